//! Whatever expression is written, the checker says something about it or types it.

use heal_diagnostics::FileId;
use heal_syntax::tree::{DetectorStatement, ItemKind};
use proptest::prelude::*;

use super::world::World;
use crate::*;

/// Pieces of expressions, right and wrong ones.
fn pieces() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "latency",
        "load",
        "errors",
        "rss",
        "queue",
        "heat",
        "deploy",
        "slow",
        "pod",
        "service",
        "zone",
        "body",
        "it",
        "budget",
        "lib",
        "episode",
        "lost",
        "plan",
        "nothing",
        "status",
        "1",
        "0",
        "5.5",
        "250ms",
        "95%",
        "1h15m",
        "1e999",
        "3parsec",
        "\"a\"",
        "'('",
        "true",
        "avg",
        "rate",
        "quantile",
        "sum",
        "all",
        "map",
        "forecast",
        "baseline",
        "outlier",
        "time_to",
        "within",
        "count",
        "absent",
        "model",
        "or",
        "size",
        "int",
        "string",
        "duration",
        "timestamp",
        "during",
        "has",
        "twice",
        "above",
        "failing",
        "by",
        "ahead",
        "train",
        "span",
        "owner",
        "depends_on",
        "tier",
        "size",
        "value",
        "score",
        "id",
    ];
    const SIGNS: &[&str] = &[
        ".", "(", ")", "[", "]", ",", ":", "+", "-", "*", "/", " % ", "==", "!=", "<", ">=", "&&", "||", "!",
        "?", " in ", " ",
    ];
    prop_oneof![
        3 => prop::sample::select(WORDS).prop_map(str::to_owned),
        4 => prop::sample::select(SIGNS).prop_map(str::to_owned),
    ]
}

/// Expressions that are often right.
fn shaped() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &[
            "latency",
            "load",
            "errors",
            "rss",
            "queue",
            "heat",
            "deploy",
            "slow",
            "zone",
            "body.x",
            "body",
            "it.n",
            "budget",
            "pod.size",
            "service.depends_on",
            "pod.service",
            "episode.id",
            "1",
            "0",
            "2.5",
            "250ms",
            "95%",
            "1h15m",
            "\"a\"",
            "true",
            "[1, 2]",
            "[\"a\"]",
            "[]",
            "window",
            "grown",
        ][..],
    )
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operator =
            prop::sample::select(&["+", "-", "*", "/", " % ", "==", "!=", "<", ">=", "&&", "||", " in "][..]);
        let method = prop::sample::select(
            &[
                "avg(5m)",
                "rate(5m)",
                "quantile(0.9, 5m)",
                "sum(by: [service])",
                "any(by: [])",
                "count(1h)",
                "within(5m)",
                "absent(5m)",
                "baseline().score",
                "forecast(ahead: 1h)",
                "value",
                "time_to(1s)",
                "or(0)",
                "size()",
                "matches(\"a\")",
                "startsWith(zone)",
                "all(x, x > 1)",
                "map(x, x)",
                "foo()",
                "filter(it, it == 1)",
                "service",
                "tier",
                "outlier(by: [region]).score",
            ][..],
        );
        let function = prop::sample::select(
            &[
                "size",
                "int",
                "double",
                "string",
                "bool",
                "has",
                "twice",
                "above",
                "failing",
                "lib.twice",
                "avg",
            ][..],
        );
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            (inner.clone(), method).prop_map(|(a, m)| format!("{a}.{m}")),
            (function, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            inner.clone().prop_map(|a| format!("!({a})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let text = format!("detector d {{ when {text} }}");
    let (tree, _) = heal_syntax::parse(FileId(0), &text);
    let source = Source { file: FileId(0), text: &text };
    for item in &tree.items {
        let ItemKind::Detector(detector) = &item.value.kind else { continue };
        for statement in &detector.statements {
            let DetectorStatement::When(expression) = &statement.value else { continue };
            let mut diagnostics = Vec::new();
            let typed = check(expression, &Expected::Any, source, &mut World, &mut diagnostics);
            for diagnostic in &diagnostics {
                let place = diagnostic.primary.range;
                prop_assert!(
                    text.get(place.start as usize..place.end as usize).is_some(),
                    "{:?}",
                    diagnostic
                );
                prop_assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'));
                for edit in diagnostic.fixes.iter().flat_map(|fix| &fix.edits) {
                    prop_assert!(text.get(edit.range.start as usize..edit.range.end as usize).is_some());
                }
            }
            let wrong = diagnostics.iter().any(heal_diagnostics::Diagnostic::is_error);
            prop_assert_eq!(typed.is_none(), wrong || (typed.is_none() && text.contains("lost")), "{}", text);
            if let Some(typed) = typed {
                prop_assert!(typed.type_ != Type::Unknown);
                prop_assert!(!matches!(typed.type_, Type::Entity(_) | Type::Learned(_)));
                let again = check(expression, &Expected::Any, source, &mut World, &mut Vec::new()).unwrap();
                prop_assert_eq!(typed.expression, again.expression);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_tokens_are_typed_or_told_why_not(pieces in prop::collection::vec(pieces(), 0..30)) {
        holds(&pieces.concat())?;
    }

    #[test]
    fn any_expression_is_typed_or_told_why_not(text in shaped()) {
        holds(&text)?;
    }
}
