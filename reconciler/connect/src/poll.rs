//! Which signals are due when, and asking for them.

use std::collections::BTreeMap;

use heal_program::{Millis, Program, Signal, SignalIndex, Source, Timestamp};
use tokio::task::JoinSet;

use crate::samples::samples_of;
use crate::{Finding, Prometheus, PrometheusError, QueryAnswer, SignalSample};

/// Most queries under way at once.
pub const CONCURRENT_QUERIES_MAX: usize = 8;

/// The signals of a program that Prometheus delivers.
#[derive(Clone, Debug)]
pub struct SignalPoller {
    pub(crate) prometheus: Prometheus,
    pub(crate) signals: Vec<(SignalIndex, Signal)>,
}

/// What came of polling a step.
#[derive(Debug, Default)]
pub struct Poll {
    /// The samples, sorted by time, signal and key.
    pub samples: Vec<SignalSample>,
    /// What was left out and what is worth knowing, sorted.
    pub findings: Vec<Finding>,
    /// Queries without an answer. The samples of their signals are missing.
    pub failures: Vec<Failure>,
}

/// A query without an answer.
#[derive(Debug)]
pub struct Failure {
    /// Paths of the signals that it was asked for, sorted.
    pub signals: Vec<String>,
    /// Why.
    pub error: PrometheusError,
}

impl SignalPoller {
    /// Polls the Prometheus signals of a program; signals from elsewhere are not its concern.
    #[must_use]
    pub fn new(prometheus: Prometheus, program: &Program) -> SignalPoller {
        let signals = (0..).map(SignalIndex).zip(&program.signals);
        let polled = signals.filter(|(_, signal)| query_of(signal).is_some());
        SignalPoller { prometheus, signals: polled.map(|(index, signal)| (index, signal.clone())).collect() }
    }

    /// The first step after `at` at which a signal is due; none when there is nothing to poll.
    #[must_use]
    pub fn next_step(&self, at: Timestamp) -> Option<Timestamp> {
        let after = at.plus(Millis(1));
        self.signals.iter().map(|(_, signal)| after.align_up(every(signal))).min()
    }

    /// Paths of the signals that are due at a step of the grid.
    pub fn due(&self, step: Timestamp) -> impl Iterator<Item = String> + '_ {
        let due = self.signals.iter().filter(move |(_, signal)| step.align_up(every(signal)) == step);
        due.map(|(_, signal)| signal.head.path.clone())
    }

    /// Asks for every signal that is due at a step of the grid. Equal queries are asked once.
    pub async fn poll(&self, step: Timestamp) -> Poll {
        let mut queries: BTreeMap<&str, Vec<&(SignalIndex, Signal)>> = BTreeMap::new();
        for due in self.signals.iter().filter(|(_, signal)| step.align_up(every(signal)) == step) {
            queries.entry(query_of(&due.1).unwrap_or_default()).or_default().push(due);
        }
        let texts: Vec<String> = queries.keys().map(|query| (*query).to_owned()).collect();
        let mut answers = self.ask_all(&texts, step).await;
        let mut poll = Poll::default();
        for (query, signals) in queries {
            // A query whose task died has no answer; it cannot, short of a defect.
            let lost = || Err(PrometheusError::Unreachable { what: "the query was lost".to_owned() });
            match answers.remove(query).unwrap_or_else(lost) {
                Ok(answer) => {
                    signals.into_iter().for_each(|(index, signal)| poll.take((*index, signal), &answer))
                }
                Err(error) => {
                    let signals = signals.into_iter().map(|(_, signal)| signal.head.path.clone()).collect();
                    poll.failures.push(Failure { signals, error });
                }
            }
        }
        poll.sort();
        poll
    }

    async fn ask_all(
        &self,
        queries: &[String],
        step: Timestamp,
    ) -> BTreeMap<String, Result<QueryAnswer, PrometheusError>> {
        let mut waiting = queries.iter();
        let mut under_way = JoinSet::new();
        let mut answers = BTreeMap::new();
        loop {
            while under_way.len() < CONCURRENT_QUERIES_MAX
                && let Some(query) = waiting.next()
            {
                let (prometheus, query) = (self.prometheus.clone(), query.clone());
                under_way.spawn(async move {
                    let answer = prometheus.query(&query, step).await;
                    (query, answer)
                });
            }
            match under_way.join_next().await {
                Some(Ok((query, answer))) => {
                    answers.insert(query, answer);
                }
                Some(Err(_)) => {}
                None => return answers,
            }
        }
    }
}

impl Poll {
    pub(crate) fn take(&mut self, signal: (SignalIndex, &Signal), answer: &QueryAnswer) {
        let (mut samples, mut findings) = samples_of(signal, answer);
        self.samples.append(&mut samples);
        self.findings.append(&mut findings);
    }

    /// One order, whatever came first.
    pub(crate) fn sort(&mut self) {
        self.samples
            .sort_by(|one, other| (one.at, one.signal, &one.key).cmp(&(other.at, other.signal, &other.key)));
        self.findings.sort();
        self.findings.dedup();
    }
}

/// The grid of a signal; the compiler lets no empty one through.
pub(crate) fn every(signal: &Signal) -> Millis {
    signal.every.max(Millis(1))
}

pub(crate) fn query_of(signal: &Signal) -> Option<&str> {
    match &signal.source {
        Source::Prometheus { query } => Some(query),
        Source::Metric { .. } | Source::Logs(_) => None,
    }
}
