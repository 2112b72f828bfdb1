//! The engine with its journal: nothing of what the engine does is seen before it is written.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use heal_engine::{
    Effect, EffectId, Engine, Halt, Input, Outcome, Request, Snapshot, SnapshotError, TraceEvent,
};
use heal_journal::{
    Applied, AskedEffect, Batch, EffectKind, InputRecord, Journal, JournalError, Refused, Settled,
    SnapshotRecord, TraceRecord,
};
use heal_program::{Program, Timestamp, WireError, read_json};
use heal_reconcile::CommitId;

/// After how many inputs a snapshot is taken: what a restart has to replay at most.
pub const SNAPSHOT_INPUTS_MAX: u64 = 5_000;

/// Most rounds of answers to effects at one time. Each brings a run one step further, and runs are short.
const ANSWER_ROUNDS_MAX: usize = 1_000;

/// The Heal that this is: what another one compiled is compiled again.
pub(crate) const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is written as the outcome of an effect that is only shown.
const SHADOW: &str = "shadow";

/// An engine whose every input is journalled, and whose effects are answered without being carried out.
///
/// Call [`commit`](JournalledEngine::commit) before anybody is told of what happened.
#[derive(Debug)]
pub struct JournalledEngine {
    engine: Engine,
    journal: Journal,
    /// The last `now`; none before the first input.
    now: Option<Timestamp>,
    /// Effects that wait for their answer, in the order in which they were asked for.
    open: VecDeque<(EffectId, EffectKind)>,
    batch: Batch,
    /// Trace events that have not been handed out by [`JournalledEngine::take_events`].
    events: Vec<TraceEvent>,
    inputs_since_snapshot: u64,
}

/// Why the engine cannot go on. The process has to end: what is in memory may be ahead of what is written.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine found its contract broken: a defect of Heal.
    #[error("the engine halted: {0}")]
    Halted(#[from] Halt),
    /// The journal's snapshot cannot be taken up.
    #[error("the engine's state cannot be restored: {0}")]
    Snapshot(#[from] SnapshotError),
    /// The snapshot's program cannot be read.
    #[error("the engine's state cannot be restored: {0}")]
    Program(#[from] WireError),
    /// An input in the journal cannot be read, or one cannot be written.
    #[error("an input of the engine is not what this Heal writes: {0}")]
    Json(#[from] serde_json::Error),
}

impl JournalledEngine {
    /// Takes up where the journal ends. Inputs after its last snapshot are told again; what was written of them stays.
    ///
    /// # Errors
    /// When the journal cannot be read, or was written by a newer Heal.
    pub fn open(journal: Journal) -> Result<JournalledEngine, EngineError> {
        let resume = journal.resume()?;
        let now = resume.last_now();
        let engine = match &resume.snapshot {
            Some(record) => {
                Engine::restore(Program::from_wire(&record.program)?, Snapshot::from_json(&record.json)?)?
            }
            None => Engine::new(Program::default()),
        };
        // Nothing is carried out, so nothing can have come of it.
        let engine = engine.assuming_verify(true);
        let mut restored = JournalledEngine {
            engine,
            journal,
            now,
            open: VecDeque::new(),
            batch: Batch::default(),
            events: Vec::new(),
            inputs_since_snapshot: resume.inputs.len() as u64,
        };
        for record in resume.inputs {
            restored.handle(record.seq, record.now, read_json(&record.json)?)?;
        }
        // Nobody is told of the past.
        restored.events.clear();
        restored.commit()?;
        let open = restored.journal.open_effects()?;
        restored.open = open.into_iter().map(|effect| (effect.asked.id, effect.asked.kind)).collect();
        Ok(restored)
    }

    /// Tells inputs at a time, which is moved forward when it lies before the last one.
    ///
    /// # Errors
    /// When the engine halts.
    pub fn tell(
        &mut self,
        now: Timestamp,
        inputs: impl IntoIterator<Item = Input>,
    ) -> Result<(), EngineError> {
        for input in inputs {
            self.tell_one(now, input)?;
        }
        Ok(())
    }

    /// Tells that all samples up to `until` have been told, and answers what the engine asks for: steps of plans succeed
    /// without being carried out, and people are not asked.
    ///
    /// # Errors
    /// When the engine halts.
    pub fn tick(&mut self, now: Timestamp, until: Timestamp) -> Result<(), EngineError> {
        self.tell_one(now, Input::Watermark { until })?;
        for _ in 0..ANSWER_ROUNDS_MAX {
            let Some((id, kind)) = self.open.pop_front() else { break };
            match kind {
                EffectKind::Act => {
                    self.settle(id, now, "succeeded, as a shadow: it was not carried out");
                    self.tell_one(now, Input::EffectResult { id, outcome: Outcome::Succeeded })?;
                }
                // Nobody is asked or told while the service is a shadow: requests for approval run out by themselves.
                // An open query is of an older Heal: what it asked for is among the inputs now.
                EffectKind::Ask | EffectKind::Escalate | EffectKind::Query => self.settle(id, now, SHADOW),
            }
        }
        Ok(())
    }

    /// Makes the engine run the policies of a commit. `before` and `after` are told around the swap: the time up to which
    /// nothing is evaluated any more, and the history that new windows need.
    ///
    /// # Errors
    /// When the engine halts, or the program has no wire form.
    pub fn apply(
        &mut self,
        commit: &CommitId,
        program: Program,
        now: Timestamp,
        (before, after): (Vec<Input>, Vec<Input>),
    ) -> Result<(), EngineError> {
        self.tell(now, before)?;
        let applied = Applied {
            commit: commit.to_string(),
            at: self.clamped(now),
            tool: TOOL_VERSION.to_owned(),
            seq: self.next_seq(),
            digest: program.digest().to_string(),
            program: program.to_wire()?,
        };
        self.tell_one(now, Input::ProgramSwap(Box::new(program)))?;
        self.batch.applied = Some(applied);
        self.tell(now, after)?;
        self.commit()
    }

    /// Writes that a commit does not compile. What runs goes on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn refuse(
        &mut self,
        commit: &CommitId,
        diagnostics: String,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let (commit, tool) = (commit.to_string(), TOOL_VERSION.to_owned());
        Ok(self.journal.refuse(&Refused { commit, at: now, tool, diagnostics })?)
    }

    /// Puts everything since the last time on the disk. Now, and not before, others may know of it.
    ///
    /// # Errors
    /// When it cannot be written. The process has to end then.
    pub fn commit(&mut self) -> Result<(), EngineError> {
        self.journal.write(&self.batch)?;
        self.batch = Batch::default();
        if self.inputs_since_snapshot >= SNAPSHOT_INPUTS_MAX {
            self.snapshot()?;
        }
        Ok(())
    }

    /// Takes a snapshot, so that a restart has nothing to replay.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn snapshot(&mut self) -> Result<(), EngineError> {
        self.journal.write(&self.batch)?;
        self.batch = Batch::default();
        let Some(now) = self.now.filter(|_| self.inputs_since_snapshot > 0) else { return Ok(()) };
        self.journal.snapshot(&SnapshotRecord {
            seq: self.journal.next_seq().saturating_sub(1),
            now,
            program: self.engine.program().to_wire()?,
            json: self.engine.snapshot().to_json()?,
        })?;
        self.inputs_since_snapshot = 0;
        Ok(())
    }

    /// The engine, to look at.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The journal, to look at.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The last time that the engine was told; none before the first input.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// What happened since the last call, without what a restart told again.
    pub fn take_events(&mut self) -> Vec<TraceEvent> {
        std::mem::take(&mut self.events)
    }

    fn tell_one(&mut self, now: Timestamp, input: Input) -> Result<(), EngineError> {
        if let Input::Sample { value, .. } = &input
            && !value.is_finite()
        {
            // No source lets one through, and JSON has no form for it.
            return Ok(());
        }
        let now = self.clamped(now);
        let seq = self.next_seq();
        self.batch.inputs.push(InputRecord { seq, now, json: serde_json::to_string(&input)? });
        self.inputs_since_snapshot += 1;
        self.now = Some(now);
        self.handle(seq, now, input)
    }

    fn handle(&mut self, seq: u64, now: Timestamp, input: Input) -> Result<(), EngineError> {
        self.engine.handle(now, input)?;
        for (ordinal, event) in (0..).zip(self.engine.drain_trace()) {
            self.batch.trace.push(TraceRecord {
                seq,
                ordinal,
                at: event.at,
                json: serde_json::to_string(&event.kind)?,
            });
            self.events.push(event);
        }
        while let Some(effect) = self.engine.poll_effect() {
            let kind = kind_of(&effect);
            let json = serde_json::to_string(&effect)?;
            self.batch.effects.push(AskedEffect { id: effect.id, seq, asked_at: now, kind, json });
            self.open.push_back((effect.id, kind));
        }
        Ok(())
    }

    fn settle(&mut self, effect: EffectId, now: Timestamp, outcome: &str) {
        self.batch.settled.push(Settled { effect, at: self.clamped(now), outcome: outcome.to_owned() });
    }

    fn clamped(&self, now: Timestamp) -> Timestamp {
        self.now.map_or(now, |last| last.max(now))
    }

    fn next_seq(&self) -> u64 {
        self.journal.next_seq().saturating_add(self.batch.inputs.len() as u64)
    }
}

fn kind_of(effect: &Effect) -> EffectKind {
    match effect.request {
        Request::Act { .. } => EffectKind::Act,
        Request::Ask { .. } => EffectKind::Ask,
        Request::Escalate { .. } => EffectKind::Escalate,
    }
}
