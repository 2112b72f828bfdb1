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

/// Statements of an action, right and wrong.
const ACTION: &[&str] = &[
    "risk low",
    "risk medium",
    "risk high",
    "idempotent",
    "timeout 5s",
    "replaces pod",
    "replaces why",
    "kubernetes evict pod",
    "kubernetes scale pod {by: why, n: [1, {a: 2}]}",
    "command [\"x\", why, pod.a] on pod",
    "http POST \"https://x.example.com/{pod.pod}?{why}\"",
    "secret key = env(\"KEY\")",
    "header \"X\" key",
    "body {a: why, a: {b: pod.b}}",
    "success status == 200 && why == \"x\"",
    "undo act(pod)",
    "undo other(pod)",
];

/// Statements of a plan, right and wrong.
const PLAN: &[&str] = &[
    "risk low",
    "require pod.b > 1s",
    "require a > 1s",
    "disturbs a for 90s",
    "disturbs b everywhere for 1h",
    "step one = act(pod)",
    "step two = act(pod, why: pod.a) { after one retry 2 timeout 5s }",
    "step three = kubernetes(pod, \"x\") { retry 1 every 1s }",
    "for each p in Pod at most 3 { step four = act(p) }",
    "for each pod in Pod where p.a == \"x\" { }",
    "verify pod.b < 1s within 5m",
    "verify a < 1s within 0s",
    "undo { step five = act(pod) }",
    "always { step one = act(pod) }",
    "revert after 1h",
    "revert on clear",
];

/// Statements of a policy, right and wrong.
const POLICY: &[&str] = &[
    "on d",
    "on e",
    "on a",
    "where pod == \"x\" && pod.b > 1s",
    "where b > 1",
    "try run",
    "try run(pod) again every 5m",
    "then choose [run, run(pod: pod)]",
    "then escalate",
    "try escalate c(pod.a)",
    "try act(pod)",
    "shadow",
];

/// Statements of a guard, right and wrong.
const GUARD: &[&str] = &[
    "limit 5 per 1h",
    "limit 1 per 1m per pod, 0 per 1h",
    "cooldown 5m per pod.a",
    "cooldown 1h per (pod, b)",
    "blast_radius 10% of Pod within 1h",
    "blast_radius 0 of Pod per pod.Pod within 1h",
    "concurrency 1 per pod.Pod.a",
    "breaker 2 failures in 1h, open for 5m",
    "approval \"sre\"",
    "approval 2 of c(\"x\") when pod.b > 1s",
    "canary 1 then 50% then 100%",
    "canary 2 then 1",
    "storm 5 firings in 1m, open for 5m",
    "shared all",
    "escalate when withheld for 5m",
];

/// Items that name each other, so that later texts have something to refer to.
const WORLD: &str = "entity Pod by (pod) { a: text  b: duration  Pod: Pod }
signal a: duration in ms by (pod) { from metric \"a_seconds\" every 15s }
counter b: count by (pod, b) { from metric \"b\" every 15s }
action kubernetes(pod: Pod, b: text) { kubernetes evict pod risk high }
action other(pod: Pod) { kubernetes other pod risk low idempotent }
detector d { when a > 1s }
event e by (pod) { from event \"e\" }
channel c(team: text) { http POST \"https://example.com\" }
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
    fn plans_and_policies_of_any_shape_are_checked(
        action in prop::collection::vec(prop::sample::select(ACTION), 0..8),
        plan in prop::collection::vec(prop::sample::select(PLAN), 0..8),
        policy in prop::collection::vec(prop::sample::select(POLICY), 0..6),
        guard in prop::collection::vec(prop::sample::select(GUARD), 0..8),
    ) {
        let text = format!(
            "{WORLD}action act(pod: Pod, why: text = \"x\") {{ {} }}\nplan run(pod: Pod) {{ {} }}\n\
             guard shared all {{ {} }}\npolicy p {{ {} guard {{ limit 1 per 1h {} }} }}\n",
            action.join(" "), plan.join(" "), guard.join(" "), policy.join(" "), guard.join(" ")
        );
        let (typed, diagnostics, files) = compile(&text);
        if diagnostics.iter().any(Diagnostic::is_error) {
            prop_assert_eq!(typed.nodes.heads().count(), 0);
        } else {
            prop_assert_eq!(typed.nodes.policies.len(), 1);
        }
        for diagnostic in &diagnostics {
            let file = files.get(diagnostic.primary.file).unwrap();
            prop_assert!(diagnostic.primary.range.end as usize <= file.text().len());
            for fix in &diagnostic.fixes {
                for edit in &fix.edits {
                    prop_assert!(file.text().get(edit.range.start as usize..edit.range.end as usize).is_some());
                }
            }
        }
    }

    #[test]
    fn conditions_of_any_shape_are_checked(words in prop::collection::vec(prop::sample::select(&WORDS[11..]), 0..20)) {
        compile(&format!("{WORLD}detector d {{ when a > 1s && {} }}", words.join(" ")));
        compile(&format!("{WORLD}policy p {{ on d where {} try escalate }}", words.join(" ")));
    }
}
