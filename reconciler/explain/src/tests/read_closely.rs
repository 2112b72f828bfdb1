//! What an explanation says is held to what the engine decided, also where that is easily said wrong.

use heal_engine::TraceKind;
use insta::assert_snapshot;

use super::fixture::*;
use crate::{DetectionState, NoAnswer, Question};

/// The lines below the event that was asked about.
fn asked(told: &str) -> String {
    let lines: Vec<&str> = told.lines().collect();
    let from = lines.iter().position(|line| line.starts_with('>')).unwrap();
    let more = lines.iter().skip(from + 1).take_while(|line| line.starts_with("                      "));
    std::iter::once(&lines[from]).chain(more).map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// What is said of the last withheld rung of a service.
fn held(ran: &Ran, failing: bool, service: &str) -> String {
    let of_service = |kind: &TraceKind| match kind {
        TraceKind::Withheld { labels, .. } if labels[0].1 == service => withheld(kind),
        _ => None,
    };
    asked(&ran.told_of(failing, of_service))
}

/// A detector whose condition is this, over one series of these values, at the minute that it ends.
fn of_load(condition: &str, values: &[f64]) -> String {
    let package = guarded("").replace("load > ceiling", condition);
    let last = i64::try_from(values.len()).unwrap() - 1;
    ran(&package, vec![series("load", "a", 0, values)], vec![]).told_at("busy[a]", last)
}

fn differ(told: &str) -> Vec<String> {
    let lines = told.lines().skip_while(|line| !line.contains("What would have had to differ")).skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_bound_that_is_told_would_have_been_enough() {
    // 10.0625 to the nearest of three digits is 10.1 upwards and would be 10 downwards: 10 is no bound that holds.
    for (value, bound) in [(10.0125, "10.1"), (10.04, "10.1"), (10.5, "10.5"), (12.0, "12")] {
        let load = [&[5.0; 5][..], &[value; 4]].concat();
        let told = differ(&of_load("load > ceiling", &load)).join(" ");
        assert!(told.contains(&format!("`ceiling` at {bound} or more")), "{value}: {told}");
    }
    let load = [5.0126; 9];
    let told = differ(&of_load("load > ceiling", &load)).join(" ");
    assert!(told.contains("`ceiling` below 5.01 "), "{told}");
}

#[test]
fn the_nearest_step_to_a_bound_of_zero_is_the_one_with_the_least_between() {
    let load = [&[5.0; 5][..], &[-10.0, -0.5, -7.0]].concat();
    let told = differ(&of_load("load < 0", &load)).join(" ");
    assert!(told.contains("it was -0.5 at 1970-01-01 00:06 UTC, the nearest"), "{told}");
}

#[test]
fn of_many_alternatives_the_nearest_are_told() {
    let bounds = ["90", "80", "70", "60", "50", "40", "30", "20", "15", "5.5", "-30", "-70"];
    let condition: Vec<String> = bounds
        .iter()
        .map(|it| if it.starts_with('-') { format!("load < {it}") } else { format!("load > {it}") })
        .collect();
    let told = differ(&of_load(&condition.join(" || "), &[5.0; 9]));
    let firsts: Vec<&str> = told.iter().filter(|it| it.starts_with("- ")).map(String::as_str).collect();
    assert!(firsts[0].contains("above 5.5"), "{firsts:?}");
    let place = |text: &str| firsts.iter().position(|it| it.contains(text));
    assert!(place("below -30") < place("below -70").or(Some(usize::MAX)), "{firsts:?}");
}

#[test]
fn more_that_would_have_to_differ_together_than_anybody_reads_is_counted() {
    let condition: Vec<String> = (10..20).map(|it| format!("load > {it}")).collect();
    let told = differ(&of_load(&condition.join(" && "), &[5.0; 9])).join(" ");
    assert!(told.contains(", and 5 more together"), "{told}");
}

#[test]
fn what_is_unknown_must_be_known_and_come_out_right() {
    let told = differ(&of_load("load.avg(30m) > ceiling", &[12.0; 9])).join(" ");
    assert!(told.contains("`load.avg(30m)` known, and `load.avg(30m) > ceiling` true"), "{told}");
}

#[test]
fn a_breaker_that_its_test_opened_again_says_so() {
    let package = guarded("breaker 2 failures in 1h, open for 20m");
    let busy = |service: &str, from: usize| {
        series("load", service, 0, &values(&[(from, 5.0), (10, 12.0), (120 - from, 5.0)]))
    };
    let all = vec![busy("a", 10), busy("b", 11), busy("c", 50), busy("d", 60)];
    let ran = ran(&package, all, vec![]);
    assert_snapshot!(held(&ran, true, "d"), @r#"
> 01:02     f6a6ff7a  withheld restart, rung 1: breaker 2 failures per 1h
                        open: the run that was let through to test it failed
                        counted: restart for c at 1970-01-01 00:52 (877db6ab)
                        to differ: the run that tested it passed; or 15m later, at 1970-01-01 01:17
                          UTC: one run is let through then
"#);
}

#[test]
fn a_blast_radius_lists_the_runs_that_count_and_says_when_one_no_longer_does() {
    let package = guarded("blast_radius 1 of Service within 30m");
    let busy = |service: &str, from: usize, long: usize| {
        series("load", service, 0, &values(&[(from, 5.0), (long, 12.0), (120 - from - long, 5.0)]))
    };
    let ran = ran(&package, vec![busy("a", 10, 20), busy("b", 30, 60)], vec![]);
    assert_snapshot!(held(&ran, true, "b"), @r#"
> 00:32     24e81d91  withheld restart, rung 1: blast radius 1 Service per 30m
                        1 Service acted on, 1 may be
                        counted: restart for a at 1970-01-01 00:12 (58ebdd93)
                        to differ: a blast radius of more than 1 Service; or 12m later, at
                          1970-01-01 00:44 UTC: the first of them counts no longer then
"#);
}

#[test]
fn a_storm_counts_the_firings_that_made_it_one() {
    let package = guarded("storm 2 firings in 5m, open for 30m");
    let busy =
        |service: &str, from: usize| series("load", service, 0, &values(&[(from, 5.0), (60 - from, 12.0)]));
    let ran = ran(&package, vec![busy("a", 10), busy("b", 11), busy("c", 30)], vec![]);
    assert_snapshot!(held(&ran, false, "c"), @r#"
> 00:32     2c66e0f3  withheld restart, rung 1: storm: 2 firings per 5m
                        2 firings began within 5m
                        to differ: fewer than 2 firings within 5m; or 11m later, at 1970-01-01 00:43
                          UTC: the storm is over then, if no more begin
"#);
}

#[test]
fn a_counter_is_told_as_it_was_however_long_the_firing_goes_on() {
    // Guards forget runs after 31 days.
    let days = 40 * 1_440;
    let a = series("load", "a", 0, &values(&[(10, 5.0), (days, 12.0)]));
    let b = series("load", "b", 0, &values(&[(11, 5.0), (days, 12.0)]));
    let ran = ran(&guarded("concurrency 1"), vec![a, b], vec![]);
    let told = held(&ran, true, "b");
    assert!(told.contains("1 in flight, 1 may be") && told.contains("restart for a"), "{told}");
}

#[test]
fn a_key_that_went_silent_is_unknown_and_not_unseen() {
    let a = series("load", "a", 0, &[5.0; 20]);
    let b = series("load", "b", 0, &[5.0; 4_000]);
    let explanation =
        ran(&guarded(""), vec![a, b], vec![]).answer(&Question::At("busy[a]", at(3_900))).unwrap();
    let detection = &explanation.detections[0];
    assert_eq!(detection.state, DetectionState::Unknown);
    assert!(
        detection.why[0].contains("nothing was recorded of it after 1970-01-01 00:19 UTC"),
        "{detection:?}"
    );
}

#[test]
fn a_window_that_fills_after_a_silence_says_since_when() {
    let load = [(0, 10), (8_000, 12)].map(|(from, count)| series("load", "a", from, &vec![5.0; count]));
    let [mut first, second] = load;
    first.samples = first.samples.into_iter().chain(second.samples).collect();
    let package = guarded("").replace("load > ceiling", "load.avg(20m) > ceiling");
    let told = ran(&package, vec![first], vec![]).told_at("busy[a]", 8_010);
    assert!(told.contains("the first sample after a silence came at 1970-01-06 13:20 UTC"), "{told}");
}

#[test]
fn of_a_time_outside_of_the_recording_nothing_is_said() {
    let ran = ran(&guarded(""), vec![series("load", "a", 0, &[12.0; 20])], vec![]);
    for (minute, nearest) in [(-1, 0), (20, 19), (1_000_000_000, 19)] {
        let NoAnswer::Outside { said } = ran.answer(&Question::At("busy[a]", at(minute))).unwrap_err() else {
            panic!("answered")
        };
        assert!(said.contains("is from 1970-01-01 00:00 UTC to 1970-01-01 00:19 UTC"), "{said}");
        assert!(said.ends_with(&format!("ask about is `--at 1970-01-01T00:{nearest:02}:00Z`")), "{said}");
    }
}

#[test]
fn a_run_that_is_under_way_is_told_though_nothing_fires_any_more() {
    let load = values(&[(10, 5.0), (4, 12.0), (20, 5.0)]);
    let told = ran(&guarded(""), vec![series("load", "a", 0, &load)], vec![]).told_at("heal[a]", 15);
    assert!(told.contains("nothing to decide on: busy did not fire"), "{told}");
    assert!(told.contains("but at 1970-01-01 00:15 UTC:") && told.contains("a run was on its way"), "{told}");
}

#[test]
fn what_only_one_course_holds_is_not_told_as_a_fact() {
    let load = values(&[(10, 5.0), (30, 12.0)]);
    let ran = ran(&guarded(""), vec![series("load", "a", 0, &load)], vec![]);
    let page = |kind: &TraceKind| match kind {
        TraceKind::Escalated { escalation, .. } => Some(*escalation),
        _ => None,
    };
    let told = ran.told_of(true, page);
    let sentence: String = told.lines().take(2).collect::<Vec<_>>().join(" ");
    assert!(sentence.contains("if every verification fails"), "{sentence}");
}

#[test]
fn values_at_the_end_are_told_apart_and_have_units() {
    let package = guarded("")
        .replace("signal load: count", "signal load: duration")
        .replace("param ceiling: count in 5..15 = 10", "param ceiling: duration in 5s..15s = 10s");
    let package = package
        .replace("load > ceiling", "load.quantile(0.5, 3m) > ceiling || load.quantile(0.99, 3m) > ceiling");
    let load: Vec<f64> = values(&[(10, 5.0), (10, 12.0), (20, 4.0)]);
    let mut all = series("load", "a", 0, &load);
    all.unit = "s".to_owned();
    let told = ran(&package, vec![all], vec![]).told_of(false, firing);
    let ended: Vec<&str> = told.lines().skip_while(|it| !it.contains("Values at its end")).take(4).collect();
    assert!(ended.iter().any(|it| it.contains("load.quantile(0.5, 3m)") && it.ends_with(" s")), "{ended:?}");
    assert!(ended.iter().any(|it| it.contains("load.quantile(0.99, 3m)")), "{ended:?}");
}

#[test]
fn everything_that_a_policy_reads_does_and_tells_has_its_place() {
    let package = guarded("")
        .replace("use std.service\n", "use std.service\nuse std.notify\n")
        .replace("then escalate", "then escalate notify.page(\"team\")")
        .replace("on busy try", "on busy where other > 1 try")
        .replace(
            "detector busy",
            "signal other: count by (service) { from metric \"other\" every 1m }\ndetector busy",
        );
    let load = values(&[(10, 5.0), (30, 12.0)]);
    let all = vec![series("load", "a", 0, &load), series("other", "a", 0, &[5.0; 40])];
    let ran = ran(&package, all, vec![]);
    let explanation = ran.answer(&Question::At("heal[a]", at(20))).unwrap();
    let items: Vec<&str> = explanation.places.iter().map(|place| place.item.as_str()).collect();
    for item in ["other", "std.notify.page", "restart", "std.service.restart", "busy", "ceiling", "heal"] {
        assert!(items.contains(&item), "{item} is not among {items:?}");
    }
}

#[test]
fn a_path_is_meant_before_the_end_of_another_one_and_several_ends_are_asked_about() {
    let text = |more: &str| format!("{}\n{more}", guarded(""));
    let ran =
        ran(&text("policy busy2 { on busy try escalate }"), vec![series("load", "a", 0, &[5.0; 20])], vec![]);
    let explanation = ran.answer(&Question::At("busy[a]", at(10))).unwrap();
    assert_eq!(explanation.detections[0].detector, "busy");
}
