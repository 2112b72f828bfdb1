//! The words that begin items and statements.

/// The words that items begin with.
pub const ITEM_KEYWORDS: &[&str] =
    &["action", "channel", "counter", "detector", "entity", "param", "plan", "policy", "signal", "use"];

/// The words that statements begin with, for each kind of block.
pub const STATEMENT_KEYWORDS: &[(&str, &[&str])] = &[
    ("signal", &["from", "every", "stale after", "at most"]),
    ("detector", &["when", "for", "clear when", "severity"]),
    ("action", &["command", "kubernetes", "risk", "timeout", "idempotent"]),
    ("channel", &["http"]),
    ("plan", &["risk", "require", "step"]),
    ("policy", &["on", "where", "try", "then", "guard"]),
    ("guard", &["limit", "cooldown", "approval", "escalate when"]),
];

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
