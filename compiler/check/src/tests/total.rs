//! Any text can be checked, and gives a program or a reason why not.

use heal_diagnostics::{Diagnostic, FileId};
use proptest::prelude::*;

use super::fixture::compile;

const WORDS: &[&str] = &[
    "signal",
    "counter",
    "detector",
    "entity",
    "action",
    "plan",
    "policy",
    "param",
    "channel",
    "use",
    "pub",
    "a",
    "b",
    "pod",
    "Pod",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "=",
    ",",
    ".",
    "..",
    "when",
    "for",
    "clear when",
    "severity",
    "from metric \"m\"",
    "every",
    "on",
    "try",
    "then",
    "escalate",
    "guard",
    "limit",
    "per",
    "cooldown",
    "approval",
    "risk",
    "high",
    "low",
    "step",
    "require",
    "command",
    "kubernetes evict",
    "text",
    "duration",
    "bytes",
    "ratio",
    "by",
    "in",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    " % ",
    ">",
    "==",
    "1",
    "0",
    "5m",
    "64MiB",
    "95%",
    "10degF",
    "1e300TiB",
    "\"x\"",
    "avg",
    "rate",
    "or",
    "?",
    "true",
    "é",
    "\n",
];

/// Items that name each other, so that later texts have something to refer to.
const WORLD: &str = "entity Pod by (pod) { a: text  b: duration  Pod: Pod }
signal a: duration in ms by (pod) { from metric \"a_seconds\" every 15s }
counter b: count by (pod, b) { from metric \"b\" every 15s }
action kubernetes(pod: Pod, b: text) { kubernetes evict pod risk high }
";

proptest! {
    #[test]
    fn any_text_is_checked(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        let text = format!("{WORLD}{}", words.join(" "));
        let (typed, diagnostics, files) = compile(&text);
        let errors = |all: &[Diagnostic]| all.iter().filter(|diagnostic| diagnostic.is_error()).count();
        let of_parser = errors(&heal_syntax::parse(FileId(0), &text).1);
        // An error of this pass leaves no nodes. One of the parser's alone may: what it hides has a word in it, or is
        // not missed by anything.
        if errors(&diagnostics) > of_parser {
            prop_assert_eq!(typed.nodes.heads().count(), 0);
        }
        for diagnostic in &diagnostics {
            let file = files.get(diagnostic.primary.file).unwrap();
            let range = diagnostic.primary.range;
            prop_assert!(range.start <= range.end && range.end as usize <= file.text().len());
            prop_assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'));
        }
    }

    #[test]
    fn conditions_of_any_shape_are_checked(words in prop::collection::vec(prop::sample::select(&WORDS[11..]), 0..20)) {
        compile(&format!("{WORLD}detector d {{ when a > 1s && {} }}", words.join(" ")));
        compile(&format!("{WORLD}policy p {{ on d where {} try escalate }}", words.join(" ")));
    }
}
