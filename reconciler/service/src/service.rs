//! The task that owns the engine: it selects over time, telemetry, requests and the end.

mod apply;
mod report;

use std::time::Duration;

use heal_connect::{Authentication, Poll, Prometheus, PrometheusError};
use heal_journal::{Journal, JournalError};
use heal_program::{Millis, Timestamp};
use heal_reconcile::{CommitId, EngineState};
use heal_telemetry::{Recording, RecordingError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::clock::{duration_of, wall_now};
use crate::config::{Config, TelemetryConfig};
use crate::journalled_engine::{EngineError, JournalledEngine, TOOL_VERSION};
use crate::log::{self, Level};
use crate::polling::{Polling, inputs_of};
use crate::replay::{Progress, Replay};
use crate::request::Request;
use crate::status::{ErrorEntry, PassStatus};

use self::apply::PendingApply;

/// The file of the journal below the state folder.
const JOURNAL_FILE: &str = "journal.sqlite";
/// Longest sleep: the clock of the machine may be set meanwhile.
const SLEEP_MAX: Duration = Duration::from_secs(30);
/// How soon a deadline is looked at again that waits for samples.
const LATE_DEADLINE_WAIT: Duration = Duration::from_millis(500);
/// How many errors are shown.
const ERRORS_MAX: usize = 20;

/// How long the service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Until it is asked to end.
    Forever,
    /// Until one pass over the repository has ended. No telemetry is read.
    OnePass,
}

/// Why the service could not start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The engine or its journal.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The address of Prometheus.
    #[error(transparent)]
    Prometheus(#[from] PrometheusError),
    /// A recording.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The runtime, the socket or the signals.
    #[error("could not {doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl From<JournalError> for ServiceError {
    fn from(error: JournalError) -> ServiceError {
        ServiceError::Engine(error.into())
    }
}

/// The service without its surroundings.
pub(crate) struct Service {
    mode: Mode,
    engine: JournalledEngine,
    source: Source,
    pending: Option<PendingApply>,
    work: JoinSet<Work>,
    inputs_before: u64,
    events_count: u64,
    pass: Option<PassStatus>,
    errors: Vec<ErrorEntry>,
    /// What the telemetry lacks for the program that runs, whatever is polled.
    missing: Vec<String>,
}

/// Where telemetry comes from.
enum Source {
    Nothing,
    Prometheus(Box<Polling>),
    Recording { replay: Box<Replay>, ended: bool },
}

/// What other tasks bring back.
enum Work {
    Polled(Timestamp, Poll),
    History(Poll),
}

impl Service {
    /// Opens journal and source. Nothing is sent yet.
    pub(crate) fn open(config: &Config, mode: Mode) -> Result<Service, ServiceError> {
        let journal = Journal::open(&config.state.join(JOURNAL_FILE))?;
        let engine = JournalledEngine::open(journal)?;
        let source = Source::open(&config.telemetry, &engine)?;
        let inputs_before = engine.journal().next_seq().saturating_sub(1);
        let mut service = Service {
            mode,
            engine,
            source,
            pending: None,
            work: JoinSet::new(),
            inputs_before,
            events_count: 0,
            pass: None,
            errors: Vec::new(),
            missing: Vec::new(),
        };
        service.look_for_missing();
        Ok(service)
    }

    /// Runs until the end is asked for or the mode is done, and takes a snapshot.
    pub(crate) async fn run(
        mut self,
        mut requests: mpsc::Receiver<Request>,
        mut end: watch::Receiver<bool>,
    ) -> Result<Option<PassStatus>, ServiceError> {
        while !*end.borrow() {
            let wait = self.wake()?;
            tokio::select! {
                biased;
                _ = end.changed() => {}
                request = requests.recv() => match request {
                    Some(request) => self.take(request)?,
                    None => break,
                },
                Some(Ok(work)) = self.work.join_next(), if !self.work.is_empty() => self.take_work(work)?,
                () = tokio::time::sleep(wait) => {}
            }
            self.apply_pending()?;
            if self.mode == Mode::OnePass && self.pass.is_some() {
                break;
            }
        }
        self.engine.snapshot()?;
        log::event(Level::Info, "stopped", &[("inputs", &self.inputs_since_start())]);
        Ok(self.pass)
    }

    /// Does what time has made due, and returns how long nothing will be.
    fn wake(&mut self) -> Result<Duration, ServiceError> {
        if self.mode == Mode::OnePass {
            return Ok(SLEEP_MAX);
        }
        let wait = match &mut self.source {
            Source::Recording { replay, ended } => match replay.advance(&mut self.engine)? {
                Progress::More => Duration::ZERO,
                Progress::Waits(wait) => wait,
                Progress::Idle => {
                    *ended = self.engine.now().is_some();
                    SLEEP_MAX
                }
            },
            Source::Prometheus(polling) => {
                if let Some(step) = polling.begin(wall_now()) {
                    let poller = polling.poller.clone();
                    self.work.spawn(async move { Work::Polled(step, poller.poll(step).await) });
                }
                self.wake_engine()?
            }
            Source::Nothing => self.wake_engine()?,
        };
        self.commit()?;
        Ok(wait.min(SLEEP_MAX))
    }

    /// In wall time: tells the engine of deadlines that have come.
    fn wake_engine(&mut self) -> Result<Duration, ServiceError> {
        let now = wall_now();
        let is_due = |deadline: Option<Timestamp>| deadline.is_some_and(|deadline| deadline <= now);
        if is_due(self.engine.engine().poll_deadline()) {
            let until = self.watermark(now);
            self.engine.tick(now, until)?;
        }
        let deadline = self.engine.engine().poll_deadline();
        if is_due(deadline) {
            // A step waits for samples that are on their way.
            return Ok(LATE_DEADLINE_WAIT);
        }
        let step = match &self.source {
            Source::Prometheus(polling) => polling.next_step(),
            Source::Nothing | Source::Recording { .. } => None,
        };
        let next = deadline.into_iter().chain(step).min();
        Ok(next.map_or(SLEEP_MAX, |next| duration_of(next.since(now).max(Millis(1)))))
    }

    fn watermark(&self, now: Timestamp) -> Timestamp {
        match &self.source {
            Source::Prometheus(polling) => polling.watermark(now),
            Source::Nothing | Source::Recording { .. } => now,
        }
    }

    fn take_work(&mut self, work: Work) -> Result<(), ServiceError> {
        match work {
            Work::Polled(step, poll) => {
                let Source::Prometheus(polling) = &mut self.source else { return Ok(()) };
                let (inputs, news) = polling.end(step, poll);
                let now = wall_now();
                self.engine.tell(now, inputs)?;
                self.engine.tick(now, step)?;
                self.commit()?;
                for text in news {
                    self.complain(Level::Warning, "telemetry", text);
                }
            }
            Work::History(poll) => {
                let Source::Prometheus(polling) = &mut self.source else { return Ok(()) };
                let findings: Vec<String> = poll.findings.iter().map(ToString::to_string).collect();
                let samples = poll.samples.len();
                let inputs = inputs_of(poll);
                for finding in polling.note(wall_now(), findings) {
                    log::event(Level::Warning, "telemetry", &[("finding", &finding)]);
                }
                log::event(Level::Info, "history_fetched", &[("samples", &samples)]);
                if let Some(pending) = &mut self.pending {
                    pending.history = Some(inputs);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, request: Request) -> Result<(), ServiceError> {
        match request {
            Request::EngineState(reply) => {
                let state = self.engine_state()?;
                // Whoever asked may have gone, here and below.
                let _ = reply.send(state);
            }
            Request::Apply { commit, program, reply } => self.begin_apply(commit, *program, reply),
            Request::Refuse { commit, diagnostics, reply } => {
                log::event(Level::Warning, "refused", &[("commit", &commit), ("diagnostics", &diagnostics)]);
                let now = wall_now();
                self.engine.refuse(&commit, diagnostics, now)?;
                let _ = reply.send(Ok(()));
            }
            Request::PassEnded(pass) => self.take_pass(*pass),
            Request::Status(reply) => {
                let _ = reply.send(Box::new(self.status()?));
            }
        }
        Ok(())
    }

    fn take_pass(&mut self, pass: PassStatus) {
        for action in &pass.actions {
            log::event(Level::Info, "reconciled", &[("did", action)]);
        }
        // What was wrong in the last pass too has been said.
        let known = self.pass.take().unwrap_or_default();
        for problem in pass.problems.iter().filter(|problem| !known.problems.contains(problem)) {
            self.complain(Level::Warning, "reconcile", problem.clone());
        }
        if let Some(error) = pass.error.iter().find(|error| known.error.as_ref() != Some(*error)) {
            self.complain(Level::Error, "reconcile", error.clone());
        }
        self.pass = Some(pass);
    }

    /// What was taken by this version of Heal: what another one compiled, or could not, is tried again.
    fn engine_state(&self) -> Result<EngineState, ServiceError> {
        let journal = self.engine.journal();
        let applied = journal.applied()?.filter(|applied| applied.tool == TOOL_VERSION);
        let refused = journal.refused()?.filter(|refused| refused.tool == TOOL_VERSION);
        Ok(EngineState {
            applied: applied.and_then(|applied| CommitId::parse(&applied.commit).ok()),
            refused: refused.and_then(|refused| CommitId::parse(&refused.commit).ok()),
        })
    }

    /// Writes what happened, and only then tells of it.
    fn commit(&mut self) -> Result<(), ServiceError> {
        self.engine.commit()?;
        let events = self.engine.take_events();
        self.events_count += events.len() as u64;
        events.iter().for_each(report::log_event);
        Ok(())
    }

    /// Says it, and keeps it for the status.
    fn complain(&mut self, level: Level, name: &str, what: String) {
        log::event(level, name, &[("what", &what)]);
        if self.errors.len() >= ERRORS_MAX {
            self.errors.remove(0);
        }
        self.errors.push(ErrorEntry { at: wall_now(), what });
    }

    fn inputs_since_start(&self) -> u64 {
        self.engine.journal().next_seq().saturating_sub(1).saturating_sub(self.inputs_before)
    }
}

impl Source {
    fn open(config: &TelemetryConfig, engine: &JournalledEngine) -> Result<Source, ServiceError> {
        let program = engine.engine().program();
        match config {
            TelemetryConfig::Nothing => Ok(Source::Nothing),
            TelemetryConfig::Prometheus { url, authentication, timeout } => {
                let authentication: Authentication = authentication.clone();
                let prometheus = Prometheus::new(url, authentication, *timeout)?;
                // A step that was told is done; what came between, a restart short enough asks for.
                let last_step = engine.now().unwrap_or_else(wall_now);
                Ok(Source::Prometheus(Box::new(Polling::new(prometheus, program, last_step))))
            }
            TelemetryConfig::Recording { path, pace } => {
                let mut replay = Replay::new(Recording::open(path)?, *pace);
                if let Some(now) = engine.now() {
                    replay.follow(program, now)?;
                }
                Ok(Source::Recording { replay: Box::new(replay), ended: false })
            }
        }
    }
}
