//! Everything that can hold a rung back, whether a recording can show it or not.

use heal_engine::{CountedRun, GuardStanding, Labels, Lacking, OpenedBy, WithheldReason as Reason};
use heal_program::{Millis, SemanticHash};
use insta::assert_snapshot;

use super::fixture::at;
use crate::guards::Held;

fn minutes(count: i64) -> Millis {
    Millis::from_minutes(count)
}

fn run(minute: i64, service: &str, ended: Option<i64>, failed: bool) -> CountedRun {
    CountedRun {
        run: SemanticHash::of([service.as_bytes(), &minute.to_le_bytes()]),
        whole: SemanticHash::of([service.as_bytes(), &minute.to_le_bytes()]),
        policy: String::new(),
        at: at(minute),
        labels: vec![("service".to_owned(), service.to_owned())],
        targets: vec![format!("std.k8s.Pod {service}")],
        ended: ended.map(at),
        failed,
        released: false,
    }
}

/// What is said of a reason at minute 60.
fn told(reason: &Reason) -> String {
    let standing = GuardStanding {
        runs: vec![
            run(20, "a", Some(25), true),
            run(40, "b", Some(50), false),
            run(55, "c", None, false),
            // Later than what is explained: no matter of it.
            run(70, "d", None, false),
        ],
        firings: vec![at(56), at(58), at(70)],
        wave: [run(20, "a", Some(25), true).run].into(),
    };
    let labels: Labels = vec![("service".to_owned(), "x".to_owned())];
    let name = |run: &CountedRun| format!("restart for {}", run.labels[0].1);
    let opened = OpenedBy::Failures(vec![run(20, "a", Some(25), true).run]);
    let ends = [(run(55, "c", None, false).run, at(66))].into();
    let held = Held {
        at: at(60),
        labels: &labels,
        guards: &[],
        by: "",
        standing: &standing,
        opened: Some(opened),
        ends: &ends,
        own: None,
        every: minutes(5),
        read: Vec::new(),
        name: &name,
    };
    let told = held.told(reason);
    let lines = told.because.iter().map(|line| format!("  {line}"));
    let differ = told.differ.iter().map(|line| format!("  - {line}"));
    format!("{}\n{}", heal_report::withholding(reason).1, lines.chain(differ).collect::<Vec<_>>().join("\n"))
}

fn reasons() -> Vec<Reason> {
    let text = |text: &str| text.to_owned();
    let (none, one) = (Labels::new(), vec![("service".to_owned(), "c".to_owned())]);
    let lacking = Lacking {
        read: text("pod.service"),
        entity: text("std.k8s.Pod"),
        key: vec![(text("pod"), text("a"))],
        field: text("service"),
        told: None,
    };
    vec![
        Reason::ConditionUnknown {
            condition: text("x > 2"),
            values: vec![(text("x"), None)],
            lacking: vec![],
        },
        Reason::ArgumentUnknown { what: text("argument `pod`"), lacking: vec![lacking] },
        Reason::RequireUnknown {
            condition: text("y > 1"),
            why: text("unknown"),
            values: vec![],
            lacking: vec![],
        },
        Reason::GroupUnknown { what: text("limit 2 per 1h"), per: text("pod.service") },
        Reason::Limit { runs_max: 2, window: minutes(30), per: none.clone(), used: 2, opens: at(70) },
        Reason::Cooldown { span: minutes(30), until: at(85), per: one.clone() },
        Reason::Concurrency { runs_max: 1, per: none.clone() },
        Reason::BlastRadius {
            entity: text("Pod"),
            most: 2,
            acted: 2,
            live: Some(20),
            window: minutes(60),
            per: none.clone(),
        },
        Reason::LiveCountUnknown { entity: text("Pod"), per: none.clone() },
        Reason::Breaker { failures: 1, window: minutes(60), per: none.clone(), until: Some(at(65)) },
        Reason::Breaker { failures: 1, window: minutes(60), per: none, until: None },
        Reason::CalendarUnknown { calendar: text("Sat Mars/Olympus") },
        Reason::Canary { wave: 1, waves: 3, started: 1, passed: 1, until: Some(at(65)) },
        Reason::Canary { wave: 1, waves: 3, started: 1, passed: 0, until: None },
        Reason::CanaryStopped { wave: 1 },
        Reason::Storm { firings: 2, window: minutes(5), until: at(68) },
        Reason::Disturbed { signal: text("load"), policy: text("heal"), until: Some(at(62)) },
        Reason::Disturbed { signal: text("load"), policy: text("heal"), until: None },
        Reason::DisturbBudget { signal: text("load"), used: minutes(15), budget: minutes(15) },
        Reason::Topology { upstream: text("db"), detector: text("db_slow"), until: None },
        Reason::Topology { upstream: text("db"), detector: String::new(), until: Some(at(62)) },
        Reason::Approval { team: text("sre") },
        Reason::Busy { policy: text("other") },
        Reason::NotRunnable { item: text("spin"), why: text("no executor") },
        Reason::Paused,
    ]
}

#[test]
fn every_reason_says_what_counted_and_what_would_have_had_to_differ() {
    let all: Vec<String> = reasons().iter().map(told).collect();
    assert_snapshot!(all.join("\n"), @r#"
`where x > 2` is unknown
  `x` was unknown
  - `where x > 2` known and true
argument `pod` is unknown: `pod.service` of Pod a is unknown: it was never told; `heal record inventory` records what entities were, a test can give it: `given Pod{pod: "a"} = {service: ...}`
  `pod.service` of Pod a is unknown: it was never told
  - argument `pod` known
`require y > 1` is unknown
  - `require y > 1` known and true
`pod.service` is unknown, which limit 2 per 1h counts apart by
  - `pod.service` known, which limit 2 per 1h counts apart by
limit 2 per 30m
  2 of 2 used
  counted: restart for b at 1970-01-01 00:40 (a3b1fc9e)
  counted: restart for c at 1970-01-01 00:55 (4ace9870)
  - a limit of 3 or more
  - 10m later, at 1970-01-01 01:10 UTC: the oldest start leaves the window then
cooldown 30m for service c, until 1970-01-01 01:25 UTC
  counted: restart for c at 1970-01-01 00:55 (4ace9870)
  - a cooldown of 5m or less
  - 25m later, at 1970-01-01 01:25 UTC: the cooldown ends then
concurrency 1
  1 in flight, 1 may be
  counted: restart for c at 1970-01-01 00:55 (4ace9870)
  - a concurrency of 2 or more
  - 10m later, at 1970-01-01 01:10 UTC: the first of them has ended by then
blast radius 2 Pod per 1h
  2 Pod acted on of 20 live, 2 may be
  counted: restart for a at 1970-01-01 00:20 (0c4d4069)
  counted: restart for b at 1970-01-01 00:40 (a3b1fc9e)
  counted: restart for c at 1970-01-01 00:55 (4ace9870)
  - a blast radius of more than 2 Pod
  - 25m later, at 1970-01-01 01:25 UTC: the first of them counts no longer then
how many Pod live is unknown
  - how many Pod live known
breaker 1 failures per 1h
  open: 1 run failed within 1h, and 1 opens it
  counted: restart for a at 1970-01-01 00:20 (0c4d4069)
  - a breaker of 2 failures or more
  - 5m later, at 1970-01-01 01:05 UTC: one run is let through then
breaker 1 failures per 1h
  open: 1 run failed within 1h, and 1 opens it
  counted: restart for a at 1970-01-01 00:20 (0c4d4069)
  - a breaker of 2 failures or more
  - the run that tests it passed
the time zone of `Sat Mars/Olympus` is unknown
  - the time zone of `Sat Mars/Olympus` known
wave 1 of 3 has not passed and settled
  wave 1 of 3: 1 started, 1 passed
  - 5m later, at 1970-01-01 01:05 UTC: the wave has settled then
wave 1 of 3 has not passed and settled
  wave 1 of 3: 1 started, 0 passed
  - every run of the wave passed, and settled
a run of wave 1 did not pass
  counted: restart for a at 1970-01-01 00:20 (0c4d4069)
  - every run of wave 1 passed
storm: 2 firings per 5m
  2 firings began within 5m
  - fewer than 2 firings within 5m
  - 8m later, at 1970-01-01 01:08 UTC: the storm is over then, if no more begin
a run of heal disturbs load
  - 2m later, at 1970-01-01 01:02 UTC: what the run disturbs has settled then
a run of heal disturbs load
  - the run of heal over, and settled
load has been disturbed for 15m of the last hour
  disturbed for 15m of the last hour, 15m may be
  - less than 15m of disturbance in that hour
db_slow fires for db, which it depends on
  - db_slow not firing for db
waits whether db, which it depends on, fires too
  - 2m later, at 1970-01-01 01:02 UTC: it is waited for no longer then
waits for approval by sre
  - sre agreed
a run of other works on the same entity
  - the run of other on the same entity over
spin cannot be run yet: no executor
  - a Heal that runs spin: no executor
all starts are stopped
  - starts not stopped by a person
"#);
}

#[test]
fn no_reason_goes_without_what_would_have_let_it_through() {
    for reason in reasons() {
        assert!(told(&reason).contains("  - "), "{reason:?}");
    }
}
