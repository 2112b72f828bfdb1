//! Prometheus as the source of telemetry: which step is polled next, and what came of the last ones.

use std::collections::{BTreeMap, BTreeSet};

use heal_connect::{Poll, Prometheus, SignalPoller};
use heal_engine::Input;
use heal_program::{Millis, Program, Timestamp};

/// How old a step may be that is still polled, after a slow answer or a restart. What is older is a gap: nobody should
/// act on a state of the world that is long gone.
pub(crate) const CATCH_UP_MAX: Millis = Millis(120_000);

/// How many findings are shown.
const FINDINGS_MAX: usize = 100;

/// The state of polling.
#[derive(Debug)]
pub(crate) struct Polling {
    pub(crate) prometheus: Prometheus,
    pub(crate) poller: SignalPoller,
    /// The last step that was polled, whatever came of it; at first the time up to which nothing is to be polled.
    pub(crate) last_step: Timestamp,
    /// The step that is being polled.
    pub(crate) in_flight: Option<Timestamp>,
    pub(crate) steps_count: u64,
    pub(crate) samples_count: u64,
    /// How often steps were passed over because they had become too old.
    pub(crate) gaps_count: u64,
    /// What the last polls found, with the step that found it.
    pub(crate) findings: BTreeMap<String, Timestamp>,
    /// Queries that failed the last time they were asked, by their signals.
    pub(crate) failing: BTreeMap<Vec<String>, String>,
}

impl Polling {
    /// Polling for a program; steps up to and including `last_step` are done.
    pub(crate) fn new(prometheus: Prometheus, program: &Program, last_step: Timestamp) -> Polling {
        let poller = SignalPoller::new(prometheus.clone(), program);
        Polling {
            prometheus,
            poller,
            last_step,
            in_flight: None,
            steps_count: 0,
            samples_count: 0,
            gaps_count: 0,
            findings: BTreeMap::new(),
            failing: BTreeMap::new(),
        }
    }

    /// Goes on for another program.
    pub(crate) fn follow(&mut self, program: &Program) {
        self.poller = SignalPoller::new(self.prometheus.clone(), program);
        self.findings.clear();
        self.failing.clear();
    }

    /// When the next step is due; none while one is being polled, or when there is nothing to poll.
    pub(crate) fn next_step(&self) -> Option<Timestamp> {
        if self.in_flight.is_some() { None } else { self.poller.next_step(self.last_step) }
    }

    /// Begins with the step that is due, passing over what is too old.
    pub(crate) fn begin(&mut self, now: Timestamp) -> Option<Timestamp> {
        let mut step = self.next_step().filter(|step| *step <= now)?;
        if now.since(step) > CATCH_UP_MAX {
            self.gaps_count += 1;
            self.last_step = now.minus(CATCH_UP_MAX);
            step = self.next_step().filter(|step| *step <= now)?;
        }
        self.in_flight = Some(step);
        Some(step)
    }

    /// Takes what came of a step, as inputs, and what is new to say about it: findings and failures.
    pub(crate) fn end(&mut self, step: Timestamp, poll: Poll) -> (Vec<Input>, Vec<String>) {
        self.in_flight = None;
        self.last_step = step;
        self.steps_count += 1;
        self.samples_count += poll.samples.len() as u64;
        let mut news = self.note(step, poll.findings.iter().map(ToString::to_string));
        let failures =
            poll.failures.iter().map(|failure| (failure.signals.clone(), failure.error.to_string()));
        let failing: BTreeMap<Vec<String>, String> = failures.collect();
        for (signals, error) in &failing {
            if self.failing.get(signals) != Some(error) {
                news.push(format!("no samples for {}: {error}", signals.join(", ")));
            }
        }
        // A query that was asked again and did not fail works again; others were not due.
        let asked: BTreeSet<String> = self.poller.due(step).collect();
        self.failing.retain(|signals, _| !signals.iter().all(|signal| asked.contains(signal)));
        self.failing.extend(failing);
        (inputs_of(poll), news)
    }

    /// Keeps findings for the status; returns those that are new.
    pub(crate) fn note(
        &mut self,
        step: Timestamp,
        findings: impl IntoIterator<Item = String>,
    ) -> Vec<String> {
        let mut news = Vec::new();
        for finding in findings {
            if self.findings.len() < FINDINGS_MAX && self.findings.insert(finding.clone(), step).is_none() {
                news.push(finding);
            }
        }
        news
    }

    /// Up to when all samples have been told at `now`: up to the last step while a later one is due or under way.
    pub(crate) fn watermark(&self, now: Timestamp) -> Timestamp {
        let is_behind = self.in_flight.is_some() || self.next_step().is_some_and(|step| step <= now);
        if is_behind { self.last_step.min(now) } else { now }
    }
}

/// The samples of a poll as inputs, in its order.
pub(crate) fn inputs_of(poll: Poll) -> Vec<Input> {
    let input = |sample: heal_connect::SignalSample| Input::Sample {
        signal: sample.signal,
        key: sample.key,
        at: sample.at,
        value: sample.value,
    };
    poll.samples.into_iter().map(input).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::time::Duration;

    use heal_connect::{Authentication, Failure, Finding, Poll, Prometheus, PrometheusError};
    use heal_driver::{SourceSet, compile};
    use heal_program::{Program, Timestamp};

    use super::{CATCH_UP_MAX, Polling};

    const POLICY: &str = "
/// One.
signal often: ratio { from prometheus `a` every 15s }
/// Two.
signal seldom: ratio { from prometheus `b` every 1m }
";

    fn polling(last_step: i64) -> Polling {
        let files = [("a.heal".to_owned(), POLICY.to_owned())].into();
        let program: Program = compile(&SourceSet::of(files)).program.unwrap();
        let timeout = Duration::from_secs(1);
        let prometheus = Prometheus::new("http://127.0.0.1:1", Authentication::Nothing, timeout).unwrap();
        Polling::new(prometheus, &program, Timestamp(last_step))
    }

    #[test]
    fn steps_are_polled_in_order_one_at_a_time_and_hold_the_watermark_back() {
        let mut polling = polling(60_000);
        assert_eq!(polling.begin(Timestamp(74_999)), None);
        assert_eq!(polling.watermark(Timestamp(74_999)), Timestamp(74_999));
        assert_eq!(polling.watermark(Timestamp(76_000)), Timestamp(60_000), "a step is due");
        assert_eq!(polling.begin(Timestamp(95_000)), Some(Timestamp(75_000)), "the older one first");
        assert_eq!((polling.begin(Timestamp(95_000)), polling.next_step()), (None, None));
        assert_eq!(polling.watermark(Timestamp(95_000)), Timestamp(60_000));
        polling.end(Timestamp(75_000), Poll::default());
        assert_eq!(polling.begin(Timestamp(95_000)), Some(Timestamp(90_000)));
        polling.end(Timestamp(90_000), Poll::default());
        assert_eq!(polling.watermark(Timestamp(95_000)), Timestamp(95_000));
        assert_eq!((polling.steps_count, polling.gaps_count), (2, 0));
    }

    #[test]
    fn steps_that_are_too_old_are_a_gap() {
        let mut polling = polling(60_000);
        let now = Timestamp(10_000_007);
        let step = polling.begin(now).unwrap();
        assert!(now.since(step) <= CATCH_UP_MAX && step.0 % 15_000 == 0, "{step:?}");
        assert_eq!(polling.gaps_count, 1);
    }

    #[test]
    fn what_fails_is_said_once_and_forgotten_when_it_works_again() {
        let mut polling = polling(0);
        let failed = |signal: &str| Poll {
            failures: vec![Failure {
                signals: vec![signal.to_owned()],
                error: PrometheusError::Unreachable { what: "no".to_owned() },
            }],
            ..Poll::default()
        };
        let paths: Vec<String> = polling.poller.due(Timestamp(60_000)).collect();
        let [often, seldom] = paths.as_slice() else { unreachable!("{paths:?}") };
        assert_eq!(polling.end(Timestamp(60_000), failed(seldom)).1.len(), 1);
        assert_eq!(polling.end(Timestamp(75_000), failed(often)).1.len(), 1);
        assert_eq!(polling.end(Timestamp(90_000), failed(often)).1.len(), 0, "said already");
        assert_eq!(polling.failing.len(), 2);
        polling.end(Timestamp(105_000), Poll::default());
        assert_eq!(polling.failing.keys().collect::<Vec<_>>(), [&vec![seldom.clone()]], "was not due");
        polling.end(Timestamp(120_000), Poll::default());
        assert!(polling.failing.is_empty());
    }

    #[test]
    fn a_finding_is_news_once() {
        let mut polling = polling(0);
        let finding = || Finding::Histogram { signal: "s".to_owned(), points_count: 1 };
        let poll = || Poll { findings: vec![finding()], ..Poll::default() };
        assert_eq!(polling.end(Timestamp(15_000), poll()).1, [finding().to_string()]);
        assert!(polling.end(Timestamp(30_000), poll()).1.is_empty());
        assert_eq!(polling.findings.len(), 1);
    }
}
