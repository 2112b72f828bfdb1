//! Each kind of expectation, holding and not.

use super::{SHOP, check};

#[test]
fn firings_are_expected_at_a_time_until_a_time_and_so_often() {
    check(
        SHOP,
        r#"
test "fires after its wait" {
  given latency{service: "cart"} = 50ms for 10m then 200ms for 20m then 50ms for 10m
  expect slow
  expect slow at 15m until 30m
  expect slow{service: "cart"} at 10m..20m
  expect slow exactly 1
  expect slow at least 1
  expect slow at most 1
  expect no slow at 0m..14m
  expect firing exactly 1
}
test "fails for the wrong time" {
  given latency{service: "cart"} = 50ms for 10m then 200ms for 20m
  expect slow at 16m..20m
}
test "fails for the wrong end" {
  given latency{service: "cart"} = 200ms for 20m then 50ms for 10m
  expect slow until 21m
}
test "fails for the wrong number" {
  given latency{service: "cart"} = 200ms for 20m
  expect slow exactly 2
}
test "fails where too many" {
  given latency{service: "cart"} = 200ms for 20m
  expect slow at most 0
}
test "fails where there should be none" {
  given latency{service: "cart"} = 200ms for 20m
  expect no slow
}
test "fails for another key" {
  given latency{service: "cart"} = 200ms for 20m
  given latency{service: "shop"} = 20ms for 20m
  expect slow{service: "shop"}
}
test "fails for none of any" {
  given latency{service: "cart"} = 200ms for 20m
  expect no firing
}
"#,
    );
}

#[test]
fn plans_actions_and_escalations_are_expected() {
    check(
        SHOP,
        r#"
test "restarts, then tells people" {
  given latency{service: "cart"} = 200ms for 40m
  expect restart_it at 5m passed
  expect restart_it{service: "cart"} exactly 1
  expect heal exactly 1
  expect restart exactly 1 passed
  expect plan exactly 1
  expect action exactly 1
  expect escalate exactly 1
  expect page exactly 1 because "restart_it passed, and slow still fires"
  expect no restart_it withheld
}
test "fails without an escalation" {
  given latency{service: "cart"} = 200ms for 6m
  expect escalate
}
test "fails for another end of the run" {
  given latency{service: "cart"} = 200ms for 40m
  expect restart_it failed
}
test "fails for another reason" {
  given latency{service: "cart"} = 200ms for 40m
  expect page because "nobody answered"
}
"#,
    );
}

#[test]
fn what_a_guard_holds_back_is_expected_with_the_guard() {
    check(
        SHOP,
        r#"
test "holds the third back" {
  given latency{service: "a"} = 200ms for 20m
  given latency{service: "b"} = 200ms for 20m
  given latency{service: "c"} = 200ms for 20m
  expect restart_it exactly 2
  expect restart_it withheld by limit
  expect heal withheld exactly 1
  expect restart_it{service: "c"} withheld because "limit 2 per 1h"
}
test "fails for another guard" {
  given latency{service: "a"} = 200ms for 20m
  given latency{service: "b"} = 200ms for 20m
  given latency{service: "c"} = 200ms for 20m
  expect restart_it withheld by cooldown
}
"#,
    );
}

#[test]
fn people_answer_as_the_test_says() {
    let package =
        SHOP.replace("limit 2 per 1h", "limit 2 per 1h approval \"sre\", timeout 15m else escalate");
    check(
        &package,
        r#"
test "approved after a while" {
  given latency{service: "a"} = 200ms for 40m
  approve "sre" after 3m
  expect approval "sre" at 5m until 8m
  expect restart_it at 8m
}
test "refused" {
  given latency{service: "a"} = 200ms for 40m
  reject "sre" after 3m
  expect approval exactly 1
  expect no restart_it
  expect escalate
}
test "nobody answers" {
  given latency{service: "a"} = 200ms for 40m
  expect approval because "asks sre"
  expect no restart_it
  expect escalate at 20m
}
test "fails without a request" {
  given latency{service: "a"} = 20ms for 40m
  expect approval "sre"
}
"#,
    );
}

#[test]
fn the_world_answers_as_the_test_says() {
    check(
        SHOP,
        r#"
test "the restart helps" {
  given latency{service: "a"} = 200ms for 40m
  on restart_it: latency = 20ms
  expect slow until 6m
  expect no escalate
}
test "the restart lies" {
  given latency{service: "a"} = 200ms for 40m
  on restart_it: latency = 20ms
  on restart_it: lies
  expect restart_it passed
  expect no slow until 0m..39m
  expect escalate
}
test "the restart fails" {
  given latency{service: "a"} = 200ms for 40m
  on restart_it: fails "no such unit"
  expect restart failed because "restart"
  expect restart_it failed because "no such unit"
  expect escalate at 5m
}
test "the restart hangs" {
  given latency{service: "a"} = 200ms for 40m
  on restart_it step once: hangs
  expect restart_it at 5m until 6m inconclusive
  expect escalate because "outcome of a step is unknown"
}
test "the restart is half done" {
  given latency{service: "a"} = 200ms for 40m
  on restart_it: latency = 20ms
  on restart_it: half
  expect restart_it failed
  expect slow until 6m
}
test "the restart takes its time" {
  given latency{service: "a"} = 200ms for 40m
  on restart_it: latency = 20ms
  on restart_it: succeeds after 30s
  expect restart_it at 5m until 330s
  expect slow until 6m
}
test "only the key that was worked on changes" {
  given latency{service: "a"} = 200ms for 20m
  given latency{service: "b"} = 200ms for 20m
  on restart_it: latency{service: "a"} = 20ms
  expect slow{service: "a"} until 6m
  expect no slow{service: "b"} until 0m..19m
}
"#,
    );
}

#[test]
fn telemetry_stops() {
    check(
        SHOP,
        r#"
test "a firing is lost" {
  given latency{service: "a"} = 200ms for 40m
  stop latency{service: "a"} at 10m
  expect slow at 5m until 16m
}
test "for a while" {
  given latency{service: "a"} = 200ms for 20m
  stop latency at 2m for 10m
  expect no slow at 0m..16m
  expect slow at 17m
}
"#,
    );
}

#[test]
fn an_outcome_that_hangs_on_what_is_not_given_fails() {
    let package = format!(
        "{SHOP}
signal errors: ratio by (service) {{ from metric \"errors\" every 1m }}
detector sick {{ when latency > 90ms && errors > 1% }}
detector either {{ when latency > 90ms || errors > 1% }}
"
    );
    check(
        &package,
        r#"
test "fails: errors are not given" {
  given latency{service: "a"} = 200ms for 5m
  expect no sick
}
test "fails: nothing is given" {
  given latency{service: "a"} = 200ms for 5m
  expect no sick{service: "b"}
}
test "what does not matter need not be given" {
  given latency{service: "a"} = 200ms for 5m
  expect either
}
test "false whatever the errors are" {
  given latency{service: "a"} = 20ms for 5m
  expect no sick
}
test "missing on purpose" {
  given latency{service: "a"} = 200ms for 5m
  given errors{service: "a"} = missing
  expect no sick
}
test "fails: anything at all hangs on errors that are not given" {
  given latency{service: "a"} = 20ms for 5m
  expect no firing
}
"#,
    );
}
