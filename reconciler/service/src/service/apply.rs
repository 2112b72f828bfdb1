//! Another program takes over: with the history that its new windows need, and between two steps of telemetry.

use std::collections::BTreeSet;
use std::time::Duration;

use heal_connect::{Finding, Poll, SignalPoller, warm_up_spans};
use heal_engine::Input;
use heal_program::{Millis, Program, SignalIndex, Source as SignalSource, Timestamp};
use heal_reconcile::CommitId;
use heal_simulator::{missing_signals, on_time};
use tokio::sync::oneshot;

use super::{Mode, Service, ServiceError, Source, Work};
use crate::clock::wall_now;
use crate::log::{self, Level};

/// How long the history of new signals may take to come: a program that waits is worse than one that starts cold.
const HISTORY_TIMEOUT: Duration = Duration::from_secs(60);

/// A commit on its way into the engine.
pub(super) struct PendingApply {
    commit: CommitId,
    program: Program,
    reply: oneshot::Sender<Result<(), String>>,
    /// The samples that come before the program's first step; none while they are being fetched.
    pub(super) history: Option<Vec<Input>>,
}

impl Service {
    pub(super) fn begin_apply(
        &mut self,
        commit: CommitId,
        program: Program,
        reply: oneshot::Sender<Result<(), String>>,
    ) {
        let new = self.new_signals(&program);
        let history = match &self.source {
            Source::Nothing => Some(Vec::new()),
            Source::Recording { .. } => Some(Vec::new()),
            Source::Prometheus(_) if new.is_empty() => Some(Vec::new()),
            Source::Prometheus(polling) => {
                let poller = SignalPoller::new(polling.prometheus.clone(), &program);
                let until = polling.last_step;
                let for_program = program.clone();
                self.work.spawn(async move {
                    Work::History(history_of(&poller, &for_program, &new, until).await)
                });
                None
            }
        };
        self.pending = Some(PendingApply { commit, program, reply, history });
    }

    /// Swaps once the history is there and no poll of the old program is under way.
    pub(super) fn apply_pending(&mut self) -> Result<(), ServiceError> {
        let is_polling = matches!(&self.source, Source::Prometheus(polling) if polling.in_flight.is_some());
        let Some(mut pending) = self.pending.take() else { return Ok(()) };
        let Some(mut history) = pending.history.take().filter(|_| !is_polling) else {
            self.pending = Some(pending);
            return Ok(());
        };
        let PendingApply { commit, mut program, reply, .. } = pending;
        if let Source::Recording { .. } = &self.source {
            // As a simulation meets it: nothing that was recorded arrives late.
            program = on_time(&program);
        }
        let new = self.new_signals(&program);
        let (now, before) = match &mut self.source {
            Source::Nothing => (wall_now(), Vec::new()),
            Source::Prometheus(polling) => {
                polling.follow(&program);
                // Steps of the past are not evaluated, whatever history is told.
                (wall_now(), vec![Input::Watermark { until: polling.last_step }])
            }
            Source::Recording { replay, ended } => {
                let now = self.engine.now().unwrap_or_else(|| replay.begin());
                replay.follow(&program, now)?;
                *ended = false;
                let spans = warm_up_spans(&program);
                for signal in new {
                    let (span, every) =
                        (spans.get(&signal).copied(), program.signal(signal).map(|node| node.every));
                    let from = now.minus(span.unwrap_or_default()).minus(every.unwrap_or(Millis::ZERO));
                    history.extend(replay.history(signal, from, now));
                }
                (now, Vec::new())
            }
        };
        let digest = program.digest();
        self.engine.apply(&commit, program, now, (before, history))?;
        log::event(Level::Info, "applied", &[("commit", &commit), ("program", &digest)]);
        self.look_for_missing();
        self.commit()?;
        let _ = reply.send(Ok(()));
        Ok(())
    }

    /// Signals of a program whose samples the engine has not been told yet.
    fn new_signals(&self, program: &Program) -> BTreeSet<SignalIndex> {
        let known: BTreeSet<_> =
            self.engine.engine().program().signals.iter().map(|signal| signal.head.hash).collect();
        let signals = (0..).map(SignalIndex).zip(&program.signals);
        signals.filter(|(_, signal)| !known.contains(&signal.head.hash)).map(|(index, _)| index).collect()
    }

    /// Signals of the program that runs which nothing delivers.
    pub(super) fn look_for_missing(&mut self) {
        let program = self.engine.engine().program();
        let missing: Vec<String> = match &self.source {
            Source::Recording { replay, .. } => missing_signals(program, replay.recording())
                .into_iter()
                .map(|missing| Finding::NoSource { signal: missing.item, reason: missing.reason }.to_string())
                .collect(),
            Source::Nothing => undelivered(program, |_| true, "no telemetry is configured"),
            Source::Prometheus(_) => {
                let is_pushed = |source: &SignalSource| matches!(source, SignalSource::Metric { .. });
                undelivered(
                    program,
                    is_pushed,
                    "it reads a pushed metric, and this service reads Prometheus only",
                )
            }
        };
        if self.mode == Mode::Forever {
            for finding in missing.iter().filter(|finding| !self.missing.contains(finding)) {
                log::event(Level::Warning, "telemetry", &[("finding", finding)]);
            }
        }
        self.missing = missing;
    }
}

fn undelivered(program: &Program, is_it: impl Fn(&SignalSource) -> bool, reason: &str) -> Vec<String> {
    let signals = program.signals.iter().filter(|signal| is_it(&signal.source));
    let finding =
        |path: &String| Finding::NoSource { signal: path.clone(), reason: reason.to_owned() }.to_string();
    signals.map(|signal| finding(&signal.head.path)).collect()
}

async fn history_of(
    poller: &SignalPoller,
    program: &Program,
    signals: &BTreeSet<SignalIndex>,
    until: Timestamp,
) -> Poll {
    match tokio::time::timeout(HISTORY_TIMEOUT, poller.backfill(program, signals, until)).await {
        Ok(poll) => poll,
        Err(_) => {
            let reason = format!("it did not come within {HISTORY_TIMEOUT:?}");
            let paths = signals.iter().filter_map(|signal| Some(program.signal(*signal)?.head.path.clone()));
            let finding = |signal| Finding::NotWarmedUp { signal, reason: reason.clone() };
            Poll { findings: paths.map(finding).collect(), ..Poll::default() }
        }
    }
}
