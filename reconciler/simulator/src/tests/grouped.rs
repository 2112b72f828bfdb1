//! Which policies are decided together, and what the rest of a program has to do with it.

use heal_program::Program;

use super::*;
use crate::Groups;

/// Two detectors, with a policy each.
const APART: &str = "
use std.notify
entity Host by (host) { role: text }
entity Disk by (host, disk) { role: text }
signal latency: duration in ms by (host) { from metric \"latency\" every 1m }
signal load: ratio in percent by (host) { from metric \"load\" every 1m }
param slow_from: duration in 10ms..1s = 60ms
detector slow { when latency > slow_from  for 1m }
detector busy { when load > 70% clear when load.max(3m) < 50% }
action restart(host: Host) { command [\"restart\", host.host] risk low idempotent }
action reload(name: text) { command [\"reload\", name] risk medium idempotent }
plan restarting(host: Host) { step restart = restart(host) }
plan reloading(name: text) { step reload = reload(name) }
";

const TELL: &str = "try escalate notify.page(\"team\")";
const LIMIT: &str = "guard { limit 3 per 1h }";

fn sources(more: &str, slow: &str, busy: &str) -> String {
    format!("{APART}{more}\npolicy heal_slow {{ on slow {slow} }}\npolicy heal_busy {{ on busy {busy} }}\n")
}

fn recorded() -> Recording {
    let with_host = |name: &str, unit: &str, values: &[f64]| {
        let labels: Labels = [("host".to_owned(), "a".to_owned())].into();
        NewSeries { labels, ..series(name, "", unit, values) }
    };
    recording(vec![
        with_host("latency", "ms", &[10.0, 90.0, 95.0, 95.0, 10.0, 10.0, 90.0, 90.0, 90.0]),
        with_host("load", "percent", &[10.0, 90.0, 95.0, 20.0, 10.0, 10.0, 90.0, 90.0, 20.0]),
    ])
}

/// The policies and detectors of each group, by name.
fn parts(text: &str) -> Vec<String> {
    let (program, recorded) = (program(text), recorded());
    let groups = Groups::of(&program, &recorded);
    let name = |path: &str| path.rsplit('.').next().unwrap().to_owned();
    let of = |group: &heal_engine::Group| {
        let policies = group.policies.iter().map(|it| name(&program.policy(*it).unwrap().head.path));
        let detectors = group.detectors.iter().map(|it| name(&program.detector(*it).unwrap().head.path));
        policies.chain(detectors).collect::<Vec<_>>().join(" ")
    };
    let whole = simulate(&program, &recorded, &Options::default()).unwrap();
    foretold::check_groups(&program, &recorded, &whole);
    groups.all().iter().map(of).filter(|it| !it.is_empty()).collect()
}

#[track_caller]
fn check_tied(more: &str, slow: &str, busy: &str) {
    assert_eq!(parts(&sources(more, slow, busy)), ["heal_busy heal_slow busy slow"]);
}

#[track_caller]
fn check_apart(more: &str, slow: &str, busy: &str) {
    assert_eq!(parts(&sources(more, slow, busy)), ["heal_busy busy", "heal_slow slow"]);
}

#[test]
fn what_nothing_ties_is_decided_by_itself() {
    check_apart("", TELL, TELL);
}

#[test]
fn policies_on_one_detector_are_tied() {
    let text = sources(&format!("policy again {{ on slow {TELL} }}"), TELL, TELL);
    assert_eq!(parts(&text), ["again heal_slow slow", "heal_busy busy"]);
}

#[test]
fn a_shared_guard_ties() {
    let guarded = "try reloading(\"a\") guard { shared fleet }";
    check_tied("guard shared fleet { limit 3 per 1h }", guarded, guarded);
    let own = format!("try reloading(\"a\") {LIMIT}");
    check_apart("guard shared fleet { limit 3 per 1h }", &own, &own);
}

#[test]
fn plans_that_may_be_given_one_entity_tie() {
    let (restart, reload) = (format!("try restarting {LIMIT}"), format!("try reloading(\"a\") {LIMIT}"));
    check_tied("", &restart, &restart);
    check_apart("", &restart, &reload);
}

#[test]
fn a_plan_ties_to_whoever_reads_what_it_disturbs() {
    let plan = |signal: &str| {
        format!("plan shaking(host: Host) {{ disturbs {signal} for 5m  step restart = restart(host) }}")
    };
    let shake = format!("try shaking {LIMIT}");
    check_tied(&plan("load"), &shake, TELL);
    check_apart(&plan("latency"), &shake, TELL);
}

#[test]
fn what_decisions_read_ties() {
    check_tied("", &format!("where load[host] < 99% {TELL}"), &format!("where load[host] < 98% {TELL}"));
    // What is foretold of a detector is told to nobody.
    check_apart("", &format!("where load[host] < 99% {TELL}"), TELL);
    check_tied("", &format!("where busy[host] {TELL}"), TELL);
}

#[test]
fn services_that_depend_on_others_tie() {
    let with_service = |text: &str| text.replace("by (host) { from", "by (service) { from");
    let apart = with_service(&sources("", TELL, TELL));
    assert_eq!(parts(&apart).len(), 2);
    let tied = with_service(&sources("topology shop -> cart", TELL, TELL));
    let tied = format!("use std.service.{{Service}}\n{tied}");
    assert_eq!(parts(&tied), ["heal_busy heal_slow busy slow"]);
}

#[test]
fn events_tie_what_is_on_them_and_what_reads_them() {
    let event = "event deploy by (host) { from event \"deploy\" }";
    let more = format!("{event} policy seen {{ on deploy {TELL} }}");
    let text = sources(&more, &format!("where deploy.within(10m) {TELL}"), TELL);
    assert_eq!(parts(&text), ["heal_busy busy", "heal_slow seen slow"]);
    // On an event it is decided when no detector has a step: then what it reads hangs on whatever had the last one.
    let more = format!("{event} policy seen {{ on deploy where load[host] < 50% {TELL} }}");
    assert_eq!(parts(&sources(&more, TELL, TELL)), ["heal_busy heal_slow seen busy slow"]);
}

/// The names of the groups of policies, by the first policy of each.
fn names(text: &str) -> Vec<(String, String)> {
    let (program, recorded) = (program(text), recorded());
    let groups = Groups::of(&program, &recorded);
    let named = groups.all().iter().zip(groups.names()).filter_map(|(group, name)| {
        let first = program.policy(*group.policies.first()?)?;
        Some((first.head.path.rsplit('.').next()?.to_owned(), name.clone()))
    });
    named.collect()
}

#[test]
fn a_change_renames_the_groups_that_it_reaches_and_no_other_one() {
    let restart = format!("try restarting {LIMIT}");
    let base = sources("", &restart, TELL);
    let before = names(&base);
    let changed = |before_text: &str, after: &str| -> Vec<String> {
        assert_eq!(base.matches(before_text).count(), 1, "{before_text}");
        let after = names(&base.replace(before_text, after));
        after.into_iter().filter(|it| !before.contains(it)).map(|(policy, _)| policy).collect()
    };
    assert_eq!(changed("= 60ms", "= 70ms"), ["heal_slow"]);
    assert_eq!(changed("load > 70%", "load > 71%"), ["heal_busy"]);
    assert_eq!(changed("limit 3 per 1h", "limit 4 per 1h"), ["heal_slow"]);
    assert_eq!(changed("[\"restart\", host.host]", "[\"restart\", \"-f\", host.host]"), ["heal_slow"]);
    assert_eq!(changed("signal load: ratio in percent", "signal load: ratio"), ["heal_busy"]);
    assert_eq!(changed("signal latency", "/// How long it takes.\n\nsignal latency"), [""; 0]);
    // What stands beside it moves it in its tables.
    assert_eq!(changed("detector slow", "detector a_first { when load > 1% }\ndetector slow"), [""; 0]);
    assert_eq!(changed("param slow_from", "param a_first: duration = 1s\nparam slow_from"), [""; 0]);
}

/// Nothing is said of a program without any item.
#[test]
fn a_program_of_nothing_has_no_group() {
    assert_eq!(Groups::of(&Program::default(), &recorded()).all(), []);
}
