//! What a test can prove of runs whose firing is over, of relations with several key fields, of shadow, and of what it
//! hangs on.

use heal_program::scenario::Place;

use super::{SHOP, check, results};
use crate::{Failure, TestResult, render_human};

/// A detector of events that clears by itself, and a plan that takes longer to be judged.
const SLOTS: &str = r#"
entity Host by (host) { }
event refused by (host) { from event "refused" }
signal connections: ratio by (host) { from metric "connections" every 15s }
detector exhausted { when refused.count(2m) >= 2 severity critical }
action terminate(host: Host) { command ["terminate"] on host risk low timeout 30s idempotent }
channel page { http POST "https://example.com" }
plan free(host: Host) { step once = terminate(host) verify connections[host] < 80% within 5m }
policy heal { on exhausted try free then free then escalate page guard { limit 2 per 1h } }
"#;

#[test]
fn people_hear_of_a_run_that_ends_badly_after_its_firing_has_cleared() {
    check(
        SLOTS,
        r#"
test "failed" {
  given refused{host: "db1"} at 10m, 10m15s
  given connections{host: "db1"} = 98%
  run for 1h
  expect exhausted until 12m..13m
  expect free exactly 1 failed
  expect action exactly 1
  expect page exactly 1 at 15m..16m because "free failed: verify connections[host] < 80% is false"
}
test "nobody knows" {
  given refused{host: "db1"} at 10m, 10m15s
  given connections{host: "db1"} = missing
  run for 1h
  expect free exactly 1 inconclusive
  expect page exactly 1 at 15m..16m
}
"#,
    );
}

/// A relation to an entity whose other key field is a text of the one that it leads from.
const QUEUES: &str = r#"
entity Workload by (namespace, workload) { available: count }
entity Queue by (queue) { namespace: text consumer: Workload }
signal ready: count by (queue) { from metric "ready" every 1m }
detector backlog { when ready > 100 }
action restart(workload: Workload) { kubernetes restart workload risk low timeout 1m idempotent }
plan restart_it(queue: Queue) { step restart = restart(queue.consumer) }
policy heal { on backlog try restart_it then escalate guard { limit 2 per 1h } }
"#;

#[test]
fn a_relation_takes_the_other_key_fields_from_texts() {
    check(
        QUEUES,
        r#"
test "both are given" {
  given ready{queue: "orders"} = 200 for 10m
  given Queue{queue: "orders"} = {namespace: "shop", consumer: "worker"}
  expect restart exactly 1 because "workload: shop/worker"
}
"#,
    );
}

/// What is said of the one test of a package.
fn told(package: &str, test: &str) -> String {
    let (files, results) = results(package, test);
    render_human(&files, &results, false)
}

#[test]
fn what_is_lacking_is_said_with_its_entity_and_with_what_gives_it() {
    let line = |given: &str| {
        let test = format!(
            "test \"t\" {{ given ready{{queue: \"orders\"}} = 200 for 10m {given} expect restart_it }}"
        );
        let told = told(QUEUES, &test);
        let line = told.lines().find(|line| line.contains("withholds")).unwrap_or_else(|| panic!("{told}"));
        line.trim().trim_start_matches("= note: ").to_owned()
    };
    assert_eq!(
        line(""),
        "0s: heal withholds restart_it for orders: `workload` of step `restart` is unknown: `queue.consumer` of Queue orders is unknown: it was never told; write `given Queue{queue: \"orders\"} = {consumer: ...}`"
    );
    assert_eq!(
        line("given Queue{queue: \"orders\"} = {consumer: \"worker\"}"),
        "0s: heal withholds restart_it for orders: `workload` of step `restart` is unknown: `queue.consumer` of Queue orders is unknown: its `namespace` was never told; write `given Queue{queue: \"orders\"} = {namespace: ...}`"
    );
}

/// Two detectors with other keys on one channel; the second policy is in shadow.
const WATCHED: &str = r#"
signal ready: count by (queue) { from metric "ready" every 1m }
signal memory: bytes by (instance) { from metric "memory" every 1m }
signal memory_limit: bytes by (instance) { from metric "memory_limit" every 1m }
detector backlog { when ready > 100 }
detector filling { when memory > memory_limit }
channel page { http POST "https://example.com" }
policy watch_queue { on backlog try escalate page }
policy watch_memory { on filling shadow try escalate page }
"#;

#[test]
fn escalations_are_narrowed_by_a_key_and_hang_on_nothing_else() {
    check(
        WATCHED,
        r#"
test "of the queue" {
  given ready{queue: "orders"} = 200 for 10m
  expect escalate{queue: "orders"} exactly 1
  expect no escalate{queue: "bills"}
  expect page{queue: "orders"}
  expect page exactly 1
}
test "fails for another queue" {
  given ready{queue: "orders"} = 200 for 10m
  expect escalate{queue: "bills"}
}
"#,
    );
}

#[test]
fn what_shadow_would_have_said_can_be_proved() {
    check(
        WATCHED,
        r#"
test "it would have told" {
  given ready{queue: "orders"} = missing
  given memory{instance: "a"} = 2GiB for 10m
  given memory_limit{instance: "a"} = 1GiB
  expect watch_memory exactly 1 withheld by shadow
  expect page{instance: "a"} withheld by shadow
  expect escalate withheld by shadow
  expect watch_memory withheld because "the ladder says so"
  expect no escalate
  expect no page
}
test "fails where it would not have" {
  given memory{instance: "a"} = 1MiB for 10m
  given memory_limit{instance: "a"} = 1GiB
  expect watch_memory withheld by shadow
}
"#,
    );
}

#[test]
fn an_expectation_hangs_on_what_can_matter_to_it() {
    let open = WATCHED.replace("filling shadow", "filling");
    check(
        &open,
        r#"
test "of a channel that two policies tell" {
  given ready{queue: "orders"} = 200 for 10m
  expect page exactly 1
  expect no page because "failed"
}
test "what came need not come less often" {
  given ready{queue: "orders"} = 200 for 10m
  expect page
  expect page at least 1
}
test "fails: given of neither" {
  run for 10m
  expect no page
}
test "fails: of a detector that is given in part" {
  given memory{instance: "a"} = 2GiB for 10m
  expect no page
}
"#,
    );
}

#[test]
fn what_is_not_given_is_told_at_the_expectation_that_hangs_on_it() {
    let test = r#"test "t" { given memory{instance: "a"} = 2GiB for 10m
  expect no page
  expect filling }"#;
    let (_, results) = results(WATCHED, test);
    let [TestResult { failures, .. }] = results.as_slice() else { panic!("{results:?}") };
    let not_given: Vec<(&str, Place)> = failures
        .iter()
        .filter_map(|failure| match failure {
            Failure::NotGiven { input, place, .. } => Some((input.as_str(), *place)),
            Failure::Expectation { .. }
            | Failure::NotSimulated { .. }
            | Failure::NoRecording { .. }
            | Failure::TooLong { .. }
            | Failure::Defect { .. } => None,
        })
        .collect();
    let text = format!("{WATCHED}{test}");
    let shown: Vec<(&str, &str)> = not_given
        .iter()
        .map(|(input, place)| (*input, &text[place.start as usize..place.end as usize]))
        .collect();
    assert_eq!(
        shown,
        [("memory_limit{instance: \"a\"}", "expect filling"), ("ready", "expect no page")],
        "{failures:?}"
    );
}

#[test]
fn the_last_day_of_a_freeze_is_part_of_it() {
    let frozen = SHOP.replace("limit 2 per 1h", "limit 2 per 1h freeze \"2026-12-24..2026-12-27 UTC\"");
    check(
        &frozen,
        r#"
test "until midnight after the last day" {
  start "2026-12-27T23:00:00Z"
  given latency{service: "cart"} = 200ms for 2h
  expect restart_it withheld by freeze at 5m
  expect restart_it exactly 1 at 1h
}
"#,
    );
}
