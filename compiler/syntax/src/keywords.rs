//! The words that begin items and statements.

/// The words that items begin with.
pub const ITEM_KEYWORDS: &[&str] = &[
    "action",
    "channel",
    "counter",
    "detector",
    "entity",
    "event",
    "fn",
    "guard shared",
    "let",
    "param",
    "plan",
    "policy",
    "signal",
    "source",
    "test",
    "topology",
    "use",
];

/// The words that statements begin with, for each kind of block.
pub const STATEMENT_KEYWORDS: &[(&str, &[&str])] = &[
    ("signal", &["from", "every", "stale after", "at most"]),
    ("entity", &["from", "every", "stale after", "at most"]),
    ("event", &["from", "at most"]),
    ("source", &["webhook", "secret", "signature", "each", "where", "event"]),
    ("detector", &["when", "for", "clear when", "severity"]),
    (
        "action",
        &[
            "command",
            "kubernetes",
            "http",
            "secret",
            "header",
            "body",
            "success",
            "risk",
            "timeout",
            "idempotent",
            "replaces",
            "affects",
            "undo",
        ],
    ),
    ("channel", &["http", "secret", "header", "body", "success", "timeout"]),
    (
        "plan",
        &["risk", "require", "disturbs", "affects", "step", "for each", "verify", "undo", "always", "revert"],
    ),
    ("step", &["timeout", "retry", "after"]),
    ("steps", &["step"]),
    ("policy", &["on", "where", "try", "then", "guard", "shadow"]),
    (
        "guard",
        &[
            "limit",
            "cooldown",
            "concurrency",
            "blast_radius",
            "breaker",
            "approval",
            "canary",
            "freeze",
            "only",
            "storm",
            "shared",
            "escalate when",
        ],
    ),
    ("test", &["given", "on", "expect", "start", "run for", "stop", "approve", "reject", "replay"]),
];

/// The words that an expectation of a test goes on with.
pub(crate) const QUALIFIERS: &[&str] = &[
    "at",
    "until",
    "exactly",
    "withheld",
    "passed",
    "failed",
    "inconclusive",
    "skipped",
    "rejected",
    "because",
    "within",
    "outside",
];

/// What may come of a plan in a test.
pub(crate) const EFFECTS: &[&str] = &["succeeds", "fails", "hangs", "lies", "half"];

/// The words that statements of a kind of block begin with.
pub(crate) fn statements_of(block: &str) -> &'static [&'static str] {
    STATEMENT_KEYWORDS.iter().find(|(name, _)| *name == block).map_or(&[], |(_, words)| words)
}

/// The kinds of blocks that have a statement beginning with `word`.
pub(crate) fn blocks_with(word: &str) -> impl Iterator<Item = &'static str> {
    STATEMENT_KEYWORDS
        .iter()
        .filter(move |(_, words)| words.iter().any(|one| one.split(' ').next() == Some(word)))
        .map(|(block, _)| *block)
}

/// Units as they are written elsewhere, and here.
const LONG_UNITS: &[(&str, &str)] = &[
    ("ms", "msec msecs millisecond milliseconds millis"),
    ("s", "sec secs second seconds"),
    ("m", "min mins minute minutes"),
    ("h", "hr hrs hour hours"),
    ("d", "day days"),
    ("w", "week weeks"),
    ("%", "percent pct"),
    ("B", "byte bytes"),
    ("degC", "celsius"),
    ("degF", "fahrenheit"),
];

/// The unit that a word such as `minutes` is written as.
#[must_use]
pub fn long_unit(word: &str) -> Option<&'static str> {
    let found = LONG_UNITS.iter().find(|(_, words)| words.split(' ').any(|it| it.eq_ignore_ascii_case(word)));
    found.map(|(unit, _)| *unit)
}
