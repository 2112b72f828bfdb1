//! Programs, traces and telemetry put together by hand, for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_engine::{ApprovalEnd, FiringEnd, Labels, RunEnd, Trace, TraceEvent, TraceKind, WithheldReason};
use heal_program::*;
use heal_telemetry::{Incident, Sample};

use crate::{Side, SignalSamples, SourceFile, Telemetry};

/// 2026-10-01T00:00:00Z
pub(crate) const START: Timestamp = Timestamp(1_790_812_800_000);

/// So many minutes after the start.
pub(crate) fn at(minutes: i64) -> Timestamp {
    START.plus(Millis::from_minutes(minutes))
}

/// Day, hour and minute of October.
pub(crate) fn on(day: i64, hour: i64, minute: i64) -> Timestamp {
    at((day - 1) * 1440 + hour * 60 + minute)
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
}

fn head(path: &str, meaning: &str) -> Head {
    Head { path: path.to_owned(), hash: SemanticHash::of([meaning.as_bytes()]), ..Head::default() }
}

/// A program, item by item. Tables are kept in the order of their calls, which tests keep sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source(pub(crate) Program);

impl Source {
    /// `signal PATH: DIMENSION by (KEYS) { from metric PATH }`
    pub(crate) fn signal(mut self, path: &str, dimension: Dimension, keys: &[&str]) -> Source {
        self.0.signals.push(Signal {
            head: head(path, &format!("signal {path} {dimension} {keys:?}")),
            dimension,
            counter: false,
            scale: 1.0,
            offset: 0.0,
            unit: None,
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            source: heal_program::Source::Metric { name: path.to_owned(), matching: Vec::new() },
            every: Millis::from_minutes(1),
            stale_after: Millis::from_minutes(3),
            lateness: Millis::ZERO,
            keys_max: 100,
        });
        self
    }

    /// `detector PATH { when SIGNAL > BOUND for HOLD }`
    pub(crate) fn detector(mut self, path: &str, signal: usize, bound: f64, hold: i64) -> Source {
        let read = &self.0.signals[signal];
        let text = format!("{} > {bound}", read.head.path);
        self.0.detectors.push(Detector {
            head: head(path, &format!("detector {text} {hold} {:?}", read.head.hash)),
            when: Expression::Binary(
                BinaryOperator::Greater,
                Box::new(Expression::Signal(SignalIndex(signal as u32))),
                Box::new(Expression::Number(bound)),
            ),
            hold: Millis::from_minutes(hold),
            clear: None,
            severity: Severity::Warning,
            keys: read.keys.clone(),
            every: read.every,
            lateness: Millis::ZERO,
            when_text: text,
        });
        self
    }

    /// `plan PATH { risk RISK }`
    pub(crate) fn plan(mut self, path: &str, risk: Risk) -> Source {
        self.0.plans.push(Plan {
            head: head(path, &format!("plan {path} {risk:?}")),
            risk,
            ..Plan::default()
        });
        self
    }

    /// `policy PATH { on DETECTOR try PLAN guard { limit RUNS per WINDOW } }`
    pub(crate) fn policy(mut self, path: &str, detector: usize, plan: usize, limit: (u32, i64)) -> Source {
        let limits =
            vec![Limit { runs_max: limit.0, window: Millis::from_minutes(limit.1), per: Vec::new() }];
        let guard = Guard { limits, ..Guard::default() };
        let plan = PlanIndex(plan as u32);
        self.0.policies.push(Policy {
            head: head(path, ""),
            on: Trigger::Detector(DetectorIndex(detector as u32)),
            condition: None,
            ladder: vec![Rung::Plan { plan, arguments: Vec::new(), again: None }],
            guard,
            shadow: false,
        });
        self.rehash()
    }

    /// Changes the last policy's guard.
    pub(crate) fn guard(mut self, change: impl FnOnce(&mut Guard)) -> Source {
        change(&mut self.0.policies.last_mut().unwrap().guard);
        self.rehash()
    }

    fn rehash(mut self) -> Source {
        for policy in &mut self.0.policies {
            let detector = self.0.detectors[policy.on.detector().unwrap().at()].head.hash;
            policy.head.hash =
                SemanticHash::of([format!("{:?} {:?} {detector}", policy.ladder, policy.guard).as_bytes()]);
        }
        self
    }
}

/// A trace, event by event; sorted by time when it is finished.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story(Vec<TraceEvent>);

impl Story {
    /// A detector fires for a key from `start` to `end`, having read `values`.
    pub(crate) fn fires(
        mut self,
        detector: &str,
        key: &[(&str, &str)],
        (start, end): (Timestamp, Timestamp),
        values: &[(&str, f64)],
    ) -> Story {
        let firing = firing_id(detector, key, start);
        let values = values.iter().map(|(part, value)| ((*part).to_owned(), Some(*value))).collect();
        let (detector, labels) = (detector.to_owned(), labels(key));
        self.push(
            start,
            TraceKind::FiringStarted {
                firing,
                detector: detector.clone(),
                labels: labels.clone(),
                severity: Severity::Warning,
                pending_since: start,
                values,
                condition: String::new(),
            },
        );
        let cleared = FiringEnd::Cleared;
        self.push(end, TraceKind::FiringEnded { firing, detector, labels, end: cleared, values: Vec::new() });
        self
    }

    /// A policy runs `recycle` for a firing.
    pub(crate) fn runs(
        mut self,
        policy: &str,
        detector: &str,
        key: &[(&str, &str)],
        start: Timestamp,
        at: Timestamp,
    ) -> Story {
        let firing = firing_id(detector, key, start);
        let run = SemanticHash::of([b"run".as_slice(), policy.as_bytes(), &firing.0, &at.0.to_le_bytes()]);
        let action = SemanticHash::of([b"action".as_slice(), &run.0]);
        let what = key.iter().map(|(_, value)| *value).collect::<Vec<_>>().join("/");
        self.push(
            at,
            TraceKind::RunStarted {
                run,
                firing,
                policy: policy.to_owned(),
                plan: "recycle".to_owned(),
                rung: 0,
                labels: labels(key),
                target: String::new(),
                shadow: false,
                grounds: Vec::new(),
                given: Vec::new(),
            },
        );
        self.push(
            at,
            TraceKind::ActionStarted {
                action,
                run,
                policy: policy.to_owned(),
                item: "std.k8s.evict".to_owned(),
                step: "evict".to_owned(),
                summary: format!("evict(pod: {what})"),
                labels: labels(key),
                phase: heal_engine::Phase::Step,
                attempt: 0,
            },
        );
        let done = at.plus(Millis::from_seconds(30));
        self.push(done, TraceKind::ActionEnded { action, outcome: "succeeded".to_owned() });
        self.push(
            done,
            TraceKind::RunEnded {
                run,
                end: RunEnd::Passed,
                firing,
                policy: policy.to_owned(),
                plan: "recycle".to_owned(),
                labels: labels(key),
            },
        );
        self
    }

    /// A rung is held back.
    pub(crate) fn withholds(
        mut self,
        policy: &str,
        detector: &str,
        key: &[(&str, &str)],
        (start, at): (Timestamp, Timestamp),
        reason: WithheldReason,
    ) -> Story {
        let firing = firing_id(detector, key, start);
        let (policy, plan, labels) = (policy.to_owned(), "recycle".to_owned(), labels(key));
        let (target, by) = (String::new(), String::new());
        self.push(at, TraceKind::Withheld { firing, policy, plan, rung: 0, labels, reason, target, by });
        self
    }

    /// A team is asked, and nobody answers for a quarter of an hour; then people are told.
    pub(crate) fn asks(
        mut self,
        policy: &str,
        detector: &str,
        key: &[(&str, &str)],
        start: Timestamp,
        team: &str,
    ) -> Story {
        let firing = firing_id(detector, key, start);
        let approval = SemanticHash::of([b"approval".as_slice(), &firing.0]);
        let until = start.plus(Millis::from_minutes(15));
        self.push(
            start,
            TraceKind::ApprovalRequested {
                approval,
                firing,
                policy: policy.to_owned(),
                plan: "recycle".to_owned(),
                team: team.to_owned(),
                labels: labels(key),
                until,
            },
        );
        self.push(until, TraceKind::ApprovalEnded { approval, end: ApprovalEnd::TimedOut });
        self.pages(policy, detector, key, (start, until), "the approval timed out")
    }

    /// People are told.
    pub(crate) fn pages(
        mut self,
        policy: &str,
        detector: &str,
        key: &[(&str, &str)],
        (start, at): (Timestamp, Timestamp),
        reason: &str,
    ) -> Story {
        let firing = firing_id(detector, key, start);
        let escalation = SemanticHash::of([b"escalation".as_slice(), &firing.0, &at.0.to_le_bytes()]);
        self.push(
            at,
            TraceKind::Escalated {
                escalation,
                firing,
                policy: policy.to_owned(),
                channel: None,
                labels: labels(key),
                reason: reason.to_owned(),
                under: None,
                shadow: false,
            },
        );
        self
    }

    /// They are told through a channel.
    pub(crate) fn through(mut self, path: &str) -> Story {
        if let Some(TraceKind::Escalated { channel, .. }) = self.0.last_mut().map(|event| &mut event.kind) {
            *channel = Some(path.to_owned());
        }
        self
    }

    /// An item lacks data.
    pub(crate) fn lacks(mut self, item: &str, reason: &str, downstream: &[&str]) -> Story {
        let downstream = downstream.iter().map(|path| (*path).to_owned()).collect();
        self.push(
            START,
            TraceKind::NotSimulated { item: item.to_owned(), reason: reason.to_owned(), downstream },
        );
        self
    }

    pub(crate) fn push(&mut self, at: Timestamp, kind: TraceKind) {
        self.0.push(TraceEvent { at, kind });
    }

    pub(crate) fn trace(mut self) -> Trace {
        self.0.sort_by_key(|event| event.at);
        Trace { events: self.0 }
    }
}

fn firing_id(detector: &str, key: &[(&str, &str)], start: Timestamp) -> SemanticHash {
    let key = format!("{key:?}");
    SemanticHash::of([detector.as_bytes(), key.as_bytes(), &start.0.to_le_bytes()])
}

pub(crate) fn incident(name: &str, start: Timestamp, end: Timestamp, labels: &[(&str, &str)]) -> Incident {
    let labels = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
    Incident { name: name.to_owned(), start, end, labels }
}

/// Two programs with their stories over a recording of thirty days with these incidents and no samples.
pub(crate) fn diff(
    (base, before): (&Source, Story),
    (head, after): (&Source, Story),
    incidents: Vec<Incident>,
) -> crate::ImpactDiff {
    let telemetry = quiet(incidents);
    let (before, after) = (before.trace(), after.trace());
    let base = Side { revision: "base", program: &base.0, trace: &before, failing: None, sources: &[] };
    let head = Side { revision: "head", program: &head.0, trace: &after, failing: None, sources: &[] };
    crate::ImpactDiff::between(&base, &head, &telemetry).unwrap()
}

/// The same of programs that did one thing as if every verification passed, and another as if every one failed.
pub(crate) fn diff_of_courses(
    source: &Source,
    (before, before_failing): (Story, Story),
    (after, after_failing): (Story, Story),
) -> crate::ImpactDiff {
    let traces = [before, before_failing, after, after_failing].map(Story::trace);
    let side = |passing: usize| Side {
        revision: "x",
        program: &source.0,
        trace: &traces[passing],
        failing: Some(&traces[passing + 1]),
        sources: &[],
    };
    crate::ImpactDiff::between(&side(0), &side(2), &quiet(Vec::new())).unwrap()
}

/// A recording of thirty days with these incidents and no samples.
pub(crate) fn quiet(incidents: Vec<Incident>) -> Telemetry {
    Telemetry {
        recording: "october".to_owned(),
        environment: "production".to_owned(),
        start: START,
        end: at(30 * 1440),
        incidents_labelled: true,
        incidents,
        ..Telemetry::default()
    }
}

/// One policy `heal` on one detector `hot` of one signal `load` by `host`.
pub(crate) fn one_policy(bound: f64) -> Source {
    Source::default()
        .signal("load", Dimension::RATIO, &["host"])
        .detector("hot", 0, bound, 0)
        .plan("recycle", Risk::Low)
        .policy("heal", 0, 0, (6, 60))
}

/// A change with everything in it, over thirty days.
pub(crate) struct Sample30 {
    pub(crate) base: (Program, Trace, Vec<SourceFile>),
    pub(crate) head: (Program, Trace, Vec<SourceFile>),
    pub(crate) telemetry: Telemetry,
}

impl Sample30 {
    pub(crate) fn base(&self) -> Side<'_> {
        Side {
            revision: "main",
            program: &self.base.0,
            trace: &self.base.1,
            failing: None,
            sources: &self.base.2,
        }
    }

    pub(crate) fn head(&self) -> Side<'_> {
        Side {
            revision: "heal/leaks",
            program: &self.head.0,
            trace: &self.head.1,
            failing: None,
            sources: &self.head.2,
        }
    }
}

const A: [(&str, &str); 2] = [("namespace", "cart"), ("pod", "a")];
const B: [(&str, &str); 2] = [("namespace", "cart"), ("pod", "b")];
const C: [(&str, &str); 2] = [("namespace", "cart"), ("pod", "c")];
const EU: [(&str, &str); 1] = [("service", "checkout")];
const GIB: f64 = 1_073_741_824.0;

pub(crate) fn sample() -> Sample30 {
    let items = |bound: f64, limit: u32| {
        Source::default()
            .signal("latency", Dimension::DURATION, &["service"])
            .signal("queue_depth", Dimension::COUNT, &[])
            .signal("rss", Dimension::BYTES, &["namespace", "pod"])
            .detector("leaking", 2, bound, 15)
            .detector("queue_full", 1, if bound < 0.9 * GIB { 80.0 } else { 100.0 }, 5)
            .detector("slow", 0, 0.25, 2)
            .plan("recycle", Risk::Low)
            .policy("heal_latency", 2, 0, (limit, 60))
            .policy("heal_leaks", 0, 0, (20, 60))
            .policy("heal_queue", 1, 0, (4, 30))
            .0
    };
    let common = |story: Story| {
        story
            .fires("slow", &EU, (on(5, 9, 2), on(5, 9, 31)), &[("latency", 0.412)])
            .runs("heal_latency", "slow", &EU, on(5, 9, 2), on(5, 9, 2))
            .fires("slow", &EU, (on(21, 17, 32), on(21, 18, 2)), &[("latency", 0.377)])
            .runs("heal_latency", "slow", &EU, on(21, 17, 32), on(21, 17, 32))
            .fires("leaking", &B, (on(9, 2, 0), on(9, 2, 40)), &[("rss", 0.97 * GIB)])
            .runs("heal_leaks", "leaking", &B, on(9, 2, 0), on(9, 2, 0))
            .lacks(
                "queue_depth",
                "the recording has no series \"queue.depth\"",
                &["heal_queue", "queue_full"],
            )
    };
    let base = common(Story::default())
        .fires("leaking", &A, (on(12, 3, 22), on(12, 4, 10)), &[("rss", 0.98 * GIB)])
        .runs("heal_leaks", "leaking", &A, on(12, 3, 22), on(12, 3, 22));
    let again = WithheldReason::Cooldown {
        span: Millis::from_minutes(30),
        until: on(12, 3, 44),
        per: labels(&[("namespace", "cart")]),
    };
    let head = common(Story::default())
        .fires("leaking", &A, (on(12, 3, 14), on(12, 4, 10)), &[("rss", 0.86 * GIB)])
        .runs("heal_leaks", "leaking", &A, on(12, 3, 14), on(12, 3, 14))
        .fires("leaking", &B, (on(12, 3, 20), on(12, 3, 50)), &[("rss", 0.87 * GIB)])
        .withholds("heal_leaks", "leaking", &B, (on(12, 3, 20), on(12, 3, 20)), again)
        .fires("leaking", &C, (on(19, 11, 2), on(19, 11, 24)), &[("rss", 0.88 * GIB)])
        .runs("heal_leaks", "leaking", &C, on(19, 11, 2), on(19, 11, 2))
        .fires("leaking", &A, (on(25, 3, 14), on(25, 4, 0)), &[("rss", 0.9 * GIB)])
        .asks("heal_leaks", "leaking", &A, on(25, 3, 14), "sre");
    let text = |bound: &str, limit: u32| {
        let text = format!(
            "detector leaking {{\n  when rss > {bound}\n  for 15m\n  severity warning\n}}\n\npolicy heal_latency {{\n  on slow\n  try recycle\n  guard {{ limit {limit} per 1h }}\n}}\n"
        );
        vec![SourceFile { path: "checkout.heal".to_owned(), text }]
    };
    Sample30 {
        base: (items(0.95 * GIB, 6), base.trace(), text("95% * rss_limit", 6)),
        head: (items(0.85 * GIB, 10), head.trace(), text("85% * rss_limit", 10)),
        telemetry: telemetry(),
    }
}

fn telemetry() -> Telemetry {
    let incidents = vec![
        incident("slow checkout", on(5, 9, 0), on(5, 9, 40), &[("metric", "latency")]),
        incident("leak in cart/b", on(9, 1, 50), on(9, 2, 50), &[("metric", "rss"), ("pod", "b")]),
        incident("checkout outage", on(12, 3, 10), on(12, 4, 20), &[("metric", "rss"), ("pod", "a")]),
        incident("slow evening", on(21, 17, 30), on(21, 18, 5), &[("metric", "latency")]),
        incident("second leak", on(25, 3, 0), on(25, 4, 30), &[("metric", "rss"), ("pod", "a")]),
    ];
    let spikes_a = [(on(12, 3, 40), 55.0, 0.6), (on(25, 3, 30), 60.0, 0.48)];
    let spikes_b = [(on(9, 2, 20), 40.0, 0.6), (on(12, 3, 35), 40.0, 0.46)];
    let spikes_c = [(on(19, 11, 13), 25.0, 0.47)];
    let slow = [(on(5, 9, 17), 20.0, 0.3), (on(21, 17, 47), 20.0, 0.28)];
    let series = vec![
        series("rss", &A, "B", GIB, 0.42, &spikes_a),
        series("rss", &B, "B", GIB, 0.44, &spikes_b),
        series("rss", &C, "B", GIB, 0.43, &spikes_c),
        series("latency", &EU, "s", 1.0, 0.12, &slow),
    ];
    Telemetry {
        recording: "prod-2026-10".to_owned(),
        environment: "production".to_owned(),
        zone: crate::LocalZone::default(),
        start: START,
        end: at(30 * 1440),
        series_count: 1_204,
        samples_count: 4_123_000,
        samples_expected: Some(4_156_000),
        gaps_count: 2,
        outcomes: Vec::new(),
        incidents_labelled: true,
        incidents,
        labels: std::collections::BTreeSet::new(),
        signals: series,
        quality: vec![
            crate::SignalQuality {
                signal: "latency".to_owned(),
                series: 1,
                ..crate::SignalQuality::default()
            },
            crate::SignalQuality {
                signal: "rss".to_owned(),
                series: 3,
                series_in_trouble: 1,
                gaps: 2,
                longest_gap: Some(heal_program::Millis::from_minutes(25)),
                ..crate::SignalQuality::default()
            },
        ],
        notes: vec!["arrival times are not recorded: every sample counts as on time".to_owned()],
    }
}

/// A day's wave with bumps: centre, half width in minutes, height.
fn series(
    signal: &str,
    key: &[(&str, &str)],
    unit: &str,
    size: f64,
    level: f64,
    bumps: &[(Timestamp, f64, f64)],
) -> SignalSamples {
    let seed = key.iter().flat_map(|(_, value)| value.bytes()).map(u64::from).sum::<u64>();
    let samples = (0..30 * 288).map(|step: i64| {
        let time = at(step * 5);
        let daily = ((step as f64) / 288.0 * std::f64::consts::TAU).sin() * 0.05;
        let noise = ((step.unsigned_abs() * 2_654_435_761 + seed * 40_503) % 1_000) as f64 / 1_000.0 * 0.04;
        let bump: f64 = bumps
            .iter()
            .map(|(centre, width, height)| {
                let away = time.since(*centre).0 as f64 / 60_000.0 / width;
                height * (-away * away).exp()
            })
            .sum();
        Sample { at: time, value: size * (level + daily * level * 4.0 + noise * level * 4.0 + bump) }
    });
    SignalSamples {
        signal: signal.to_owned(),
        labels: labels(key),
        unit: unit.to_owned(),
        samples: samples.collect(),
    }
}
