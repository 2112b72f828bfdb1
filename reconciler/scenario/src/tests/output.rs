//! What failures look like.

use super::{SHOP, results};
use crate::{render_human, render_json, render_junit};

const TESTS: &str = r#"
test "fires and restarts" {
  given latency{service: "cart"} = 50ms for 10m then rising 10ms/m for 20m then 200ms for 4m then 50ms for 10m
  expect slow at 5m..10m
  expect restart_it exactly 2
}
test "passes" { given latency{service: "cart"} = 50ms for 10m expect no slow }
test "never fires" { given latency{service: "cart"} = 50ms for 10m then 100ms for 3m then 50ms for 10m expect restart_it }
"#;

#[test]
fn a_failure_shows_the_expectation_what_happened_the_values_and_a_timeline() {
    let (files, results) = results(SHOP, TESTS);
    insta::assert_snapshot!(render_human(&files, &results, false));
}

#[test]
fn results_are_json() {
    let (_, results) = results(SHOP, TESTS);
    insta::assert_snapshot!(render_json(&results));
}

#[test]
fn results_are_junit() {
    let (files, results) = results(SHOP, TESTS);
    insta::assert_snapshot!(render_junit(&files, &results));
}
