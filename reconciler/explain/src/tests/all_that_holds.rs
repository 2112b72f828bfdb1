//! Of a withheld rung all is told that held it back, and no more: lifted together it runs, and lifted in part it does not.

use heal_engine::TraceKind;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::fixture::*;

/// Guards that hold the second service back at minute 14 and let the first one go at minute 12: as they are, as they would let
/// it through by what is told of each, and how each is told.
const GUARDS: [(&str, &str, &str); 6] = [
    ("limit 1 per 30m", "limit 2 per 30m", "limit 1 per 30m"),
    ("concurrency 1", "concurrency 2", "concurrency 1"),
    ("blast_radius 1 of Service within 1h", "blast_radius 2 of Service within 1h", "blast radius 1 Service"),
    ("storm 2 firings in 5m, open for 10m", "storm 3 firings in 5m, open for 10m", "storm: 2 firings"),
    ("freeze \"daily 00:13..00:30 UTC\"", "", "freeze `daily 00:13..00:30 UTC`"),
    ("only \"daily 00:00..00:13 UTC\"", "", "only during `daily 00:00..00:13 UTC`"),
];

fn two_busy(guards: &str) -> Ran {
    let a = series("load", "a", 0, &values(&[(10, 5.0), (30, 12.0)]));
    let b = series("load", "b", 0, &values(&[(12, 5.0), (28, 12.0)]));
    ran(&guarded(guards), vec![a, b], vec![])
}

/// The guards of a mask; those of `lifted` as they are told to let it through.
fn written(mask: usize, lifted: usize) -> String {
    let all = GUARDS.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0);
    all.map(|(at, (held, through, _))| if lifted & (1 << at) != 0 { *through } else { *held })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether the second service's run starts at minute 14.
fn runs(ran: &Ran) -> bool {
    ran.simulation.trace.events.iter().any(|event| {
        let is_second = |labels: &heal_engine::Labels| labels.first().is_some_and(|(_, value)| value == "b");
        event.at == at(14) && matches!(&event.kind, TraceKind::RunStarted { labels, .. } if is_second(labels))
    })
}

/// What is told of the rung that is held back at minute 14, as a mask.
fn told(ran: &Ran) -> usize {
    let text = ran.told_of(false, withheld);
    let lines = text.lines().skip_while(|line| !line.starts_with('>'));
    let held: Vec<&str> =
        lines.filter(|line| line.starts_with('>') || line.trim_start().starts_with("also: ")).collect();
    let is_told = |told: &str| held.iter().any(|line| line.contains(told));
    GUARDS.iter().enumerate().filter(|(_, (.., it))| is_told(it)).map(|(at, _)| 1 << at).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_runs_when_all_that_is_told_is_lifted_and_not_when_some_of_it_is(
        mask in 1_usize..(1 << GUARDS.len()),
        lifted in 0_usize..(1 << GUARDS.len()),
    ) {
        let held = two_busy(&written(mask, 0));
        let told = told(&held);
        prop_assert_eq!(told, mask, "{}", written(mask, 0));
        prop_assert!(runs(&two_busy(&written(mask, told))), "all is lifted: {}", written(mask, told));
        let some = lifted & told;
        prop_assert_eq!(runs(&two_busy(&written(mask, some))), some == told, "{}", written(mask, some));
    }
}

#[test]
fn each_guard_is_told_with_its_counter_and_what_would_have_had_to_differ_as_well() {
    let ran = two_busy(&written(0b1_0011, 0));
    let story = ran.told_of(false, withheld);
    let story: Vec<&str> = story.lines().skip_while(|line| !line.starts_with('>')).take(13).collect();
    assert_snapshot!(story.join("\n"), @r#"
> 00:14     1a8831a6  withheld restart, rung 1: freeze `daily 00:13..00:30 UTC`
                        it was 1970-01-01 00:14 UTC then
                        to differ: 16m later, at 1970-01-01 00:30 UTC: the freeze ends then
                        also: limit 1 per 30m
                          1 of 1 used
                          counted: restart for a at 1970-01-01 00:12 (58ebdd93)
                          to differ as well: a limit of 2 or more; or 28m later, at 1970-01-01 00:42
                            UTC: the oldest start leaves the window then
                        also: concurrency 1
                          1 in flight, 1 may be
                          counted: restart for a at 1970-01-01 00:12 (58ebdd93)
                          to differ as well: a concurrency of 2 or more; or 1m later, at 1970-01-01
                            00:15 UTC: the first of them has ended by then
"#);
}

#[test]
fn what_would_have_skipped_it_is_told_beside_what_held_it_back() {
    let other = "signal other: count by (service) { from metric \"other\" every 1m }\ndetector busy";
    let package = guarded("limit 1 per 30m")
        .replace("{\n  step restart", "{\n  require other[service] > 5\n  step restart")
        .replace("detector busy", other);
    let busy = |service, quiet| series("load", service, 0, &values(&[(quiet, 5.0), (40 - quiet, 12.0)]));
    let of = |service, value| series("other", service, 0, &values(&[(40, value)]));
    let all = vec![busy("a", 10), busy("b", 12), of("a", 9.0), of("b", 4.0)];
    let story = ran(&package, all, vec![]).told_of(false, withheld);
    let story: Vec<&str> = story.lines().skip_while(|line| !line.starts_with('>')).take(9).collect();
    assert_snapshot!(story.join("\n"), @r#"
> 00:14     cadfab7b  withheld restart, rung 1: limit 1 per 30m
                        1 of 1 used
                        counted: restart for a at 1970-01-01 00:12 (58ebdd93)
                        to differ: a limit of 2 or more; or 28m later, at 1970-01-01 00:42 UTC: the
                          oldest start leaves the window then
                        also: it would have been skipped: `other[service] > 5` is false
                          `other[service.service]` was 4
                          `service.service` was "b"
                          to differ as well: `other[service.service]` above 5: it was 4
"#);
}

#[test]
fn where_it_stands_at_a_time_is_told_with_all_that_holds_it_back() {
    let told = two_busy(&written(0b1_0001, 0)).told_at("heal[b]", 20);
    let story: Vec<&str> =
        told.lines().skip_while(|line| !line.starts_with("  at 1970-01-01 00:20")).collect();
    assert_snapshot!(story.join("\n"), @r#"
  at 1970-01-01 00:20 UTC:
  rung 1 of 2 had its turn
  held back since 1970-01-01 00:14 UTC: freeze `daily 00:13..00:30 UTC`
  held back as well: limit 1 per 30m
"#);
}
