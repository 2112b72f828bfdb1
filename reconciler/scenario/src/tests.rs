//! Tests of tests: small packages with one or a few tests each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod expectations;
mod mended;
mod output;
mod timelines;

use heal_diagnostics::Files;
use heal_driver::{SourceSet, compile};

use crate::{TestResult, render_human, run};

/// Two signals, a detector with a wait, a plan and a policy with a limit.
const SHOP: &str = r#"
signal latency: duration in ms by (service) { from metric "latency" every 1m }
detector slow { when latency > 90ms for 5m severity critical }
entity Service by (service) { desired: count }
action restart(target: Service) { command ["restart", target.service] risk low timeout 1m idempotent }
plan restart_it(target: Service) { step once = restart(target) }
channel page { http POST "https://example.com" }
policy heal { on slow try restart_it then escalate page guard { limit 2 per 1h } }
"#;

/// Runs the tests of a package that stand in `tests`, after `package`.
fn results(package: &str, tests: &str) -> (Files, Vec<TestResult>) {
    let text = format!("{package}{tests}");
    let sources = SourceSet::of([("shop.heal".to_owned(), text)].into());
    let compilation = compile(&sources);
    let said = heal_diagnostics::render_human(&compilation.files, &compilation.diagnostics, false);
    let tests = compilation.tests.unwrap_or_else(|| panic!("{said}"));
    let results = tests.scenarios.iter().map(|scenario| run(&tests.program, scenario, None)).collect();
    (compilation.files, results)
}

/// Holds the tests of a package to whether they pass: one that is called `fails ...` must fail.
#[track_caller]
fn check(package: &str, tests: &str) {
    let (files, results) = results(package, tests);
    assert!(!results.is_empty());
    for result in &results {
        let should_fail = result.name.starts_with("fails");
        let text = render_human(&files, std::slice::from_ref(result), false);
        assert_eq!(result.failures.is_empty(), !should_fail, "{text}");
    }
}
