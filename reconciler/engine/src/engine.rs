//! The engine's face, and the order in which it does things.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use heal_program::{Affected, DetectorIndex, EntityIndex, Program, Timestamp};

use crate::{
    Effect, EffectId, Input, Key, TraceEvent, TraceKind,
    agenda::{Agenda, Look, Step},
    decide::Hindered,
    foretell::{Prophecies, Rest},
    prepared::Prepared,
    state::{State, WaitKind},
    unsupported::approximations,
};

/// An engine over a program.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) program: Arc<Program>,
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) state: State,
    /// What is due; it follows from the state.
    pub(crate) agenda: Agenda,
    /// The firings that are known beforehand; only a simulation knows any.
    pub(crate) prophecies: Prophecies,
    /// Detectors whose keys are those of the lanes that they read, one for one, as long as no key comes or goes; and whether
    /// they were at rest at the last step.
    pub(crate) aligned: BTreeMap<DetectorIndex, Rest>,
    /// What is told of nothing, where what plans say that they affect is trusted; only a simulation does.
    pub(crate) claims_beside: Option<Affected>,
    /// All that stood in the way of what was held back, where somebody wants to know; only an explanation does.
    pub(crate) hindered: Option<Vec<Hindered>>,
    pub(crate) effects: VecDeque<Effect>,
    pub(crate) trace: Vec<TraceEvent>,
}

/// Why an engine must not go on. It has not acted on the input that it halts at.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Halt {
    /// Whoever drives the engine gave it an earlier `now` than before.
    #[error("time went back from {from} to {to}: the engine was told a `now` before its last one")]
    TimeWentBack {
        /// The last `now`.
        from: Timestamp,
        /// The `now` that was told.
        to: Timestamp,
    },
    /// An input names a signal that the program does not have.
    #[error("the program has no signal number {0}: the sample was meant for another program")]
    UnknownSignal(u32),
    /// An input names an entity that the program does not have.
    #[error("the program has no entity number {0}: the input was meant for another program")]
    UnknownEntity(u32),
}

impl Engine {
    /// An engine that knows nothing yet.
    #[must_use]
    pub fn new(program: Program) -> Engine {
        let prepared = Prepared::of(&program, &[]);
        let state = State::empty(&program, &prepared);
        let mut engine = Engine {
            program: Arc::new(program),
            prepared: Arc::new(prepared),
            state,
            agenda: Agenda::default(),
            prophecies: Prophecies::default(),
            aligned: BTreeMap::new(),
            claims_beside: None,
            hindered: None,
            effects: VecDeque::new(),
            trace: Vec::new(),
        };
        engine.note_approximations();
        engine
    }

    /// The same engine in a world that does not answer to actions: what plans verify is not looked at, and is taken for
    /// true or for false.
    #[must_use]
    pub fn assuming_verify(mut self, truth: bool) -> Engine {
        self.state.assumed_verify = Some(truth);
        self
    }

    /// The same engine in a world that knows the past of entities of some kinds, and all of these fields that there ever was: what
    /// it is told of them holds until the next is told, or until the entity is gone. Where nothing was told, nothing lives.
    #[must_use]
    pub fn holding(mut self, fields: &BTreeMap<EntityIndex, BTreeSet<String>>) -> Engine {
        for (entity, fields) in fields {
            if let Some(state) = self.state.entities.get_mut(entity.at()) {
                state.holding = Some(fields.clone());
            }
        }
        self
    }

    /// The program that runs.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Takes an input in. What it leads to is read from [`poll_effect`](Engine::poll_effect) and
    /// [`drain_trace`](Engine::drain_trace).
    ///
    /// # Errors
    /// When the input breaks the contract; the engine is as it was before.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Result<(), Halt> {
        if now < self.state.now {
            return Err(Halt::TimeWentBack { from: self.state.now, to: now });
        }
        self.check_indexes(&input)?;
        if let Input::Watermark { until } = &input {
            self.state.watermark = self.state.watermark.max(*until);
        } else {
            self.see_steps_passed_over(now);
        }
        self.advance(now);
        match input {
            Input::Sample { signal, key, at, value } => self.take_sample(signal, &key, at, value),
            Input::Event { name, labels, at } => self.take_event(&name, &labels, at),
            Input::Entity { entity, key, at, fields } => self.take_entity(entity, key, at, fields, true),
            Input::Gone { entity, key, at } => {
                if let Some(state) = self.state.entities.get_mut(entity.at()) {
                    state.end(&key, at);
                }
            }
            Input::Field { entity, key, field, at, value } => {
                let fields = [(field, crate::FieldValue::Number(value))].into();
                self.take_entity(entity, key, at, fields, false);
            }
            Input::Source { name, live } => {
                if live {
                    if self.state.down.remove(&name) {
                        self.state.back.insert(name, now);
                    }
                } else {
                    self.state.down.insert(name);
                }
            }
            Input::Inventory { entity, group, live, at } => self.take_inventory(&entity, group, live, at),
            Input::EffectResult { id, outcome } => self.take_outcome(id, outcome),
            Input::Approval { id, granted, by } => self.take_approval(id, granted, by),
            Input::Pause { paused, by } => {
                self.state.paused = paused;
                self.record(TraceKind::Paused { paused, by });
            }
            Input::Recorded { run, recorded } => self.take_recorded(run, recorded),
            Input::ProgramSwap(program) => self.swap(*program),
            Input::Watermark { .. } => self.report_dropped_samples(),
            // What a `require` reads is among the inputs now.
            Input::QueryResult { .. } => {}
        }
        Ok(())
    }

    fn check_indexes(&self, input: &Input) -> Result<(), Halt> {
        match input {
            Input::Sample { signal, .. } if self.program.signal(*signal).is_none() => {
                Err(Halt::UnknownSignal(signal.0))
            }
            Input::Entity { entity, .. } | Input::Field { entity, .. } | Input::Gone { entity, .. }
                if self.program.entity(*entity).is_none() =>
            {
                Err(Halt::UnknownEntity(entity.0))
            }
            Input::Sample { .. }
            | Input::Entity { .. }
            | Input::Gone { .. }
            | Input::Field { .. }
            | Input::Event { .. }
            | Input::Source { .. }
            | Input::Inventory { .. }
            | Input::EffectResult { .. }
            | Input::QueryResult { .. }
            | Input::Approval { .. }
            | Input::Pause { .. }
            | Input::Recorded { .. }
            | Input::ProgramSwap(_)
            | Input::Watermark { .. } => Ok(()),
        }
    }

    /// The next thing to be done in the world, oldest first.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When something is due that no input announces: the next grid step or the end of a wait.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Timestamp> {
        let timer = self.state.timers.first().map(|(at, _)| *at);
        self.agenda.next_due().into_iter().chain(timer).min()
    }

    /// What has happened since the last call.
    pub fn drain_trace(&mut self) -> Vec<TraceEvent> {
        std::mem::take(&mut self.trace)
    }

    /// Firings that go on: detector path, key, start. For people.
    pub fn firings(&self) -> impl Iterator<Item = (&str, &Key, Timestamp)> {
        self.program.detectors.iter().zip(&self.state.detectors).flat_map(|(detector, state)| {
            let firing = |(key, state): (_, &crate::state::KeyState)| Some((key, state.firing?.started));
            state
                .keys
                .iter()
                .filter_map(firing)
                .map(|(key, started)| (detector.head.path.as_str(), key, started))
        })
    }

    /// Whether a person has stopped all starts.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.state.paused
    }

    pub(crate) fn record(&mut self, kind: TraceKind) {
        self.trace.push(TraceEvent { at: self.state.now, kind });
    }

    pub(crate) fn note_approximations(&mut self) {
        for note in approximations(&self.program) {
            self.record(TraceKind::Noted { item: note.item, note: note.reason });
        }
    }

    /// Does what is due up to `now`, in order of time. At one time the ends of waits come before grid steps, and those
    /// before second looks.
    fn advance(&mut self, now: Timestamp) {
        loop {
            let timer = self.state.timers.first().copied().filter(|(at, _)| *at <= now);
            let step = self.agenda.next_step().filter(|step| step.due <= now.min(self.state.watermark));
            // All samples of its time come before it, and the steps that see them.
            let look = self.agenda.next_look().filter(|look| *look < now || *look <= self.state.watermark);
            let Some(due) =
                [timer.map(|(at, _)| at), step.map(|step| step.due), look].into_iter().flatten().min()
            else {
                break;
            };
            self.state.now = self.state.now.max(due);
            match (timer, step) {
                (Some((at, id)), _) if at <= due => {
                    self.state.timers.remove(&(at, id));
                    self.end_wait(id);
                }
                (_, Some(step)) if step.due <= due => self.step(step),
                (_, _) => {
                    self.agenda.note_steps_done(due.min(self.state.watermark), Timestamp::MAX);
                    match self.agenda.take_look(due) {
                        Some(Look::Ladder(policy, key)) => self.look_at_ladder(&policy, &key),
                        Some(Look::Run(run)) => self.look_at_run(run),
                        None => {}
                    }
                }
            }
        }
        self.agenda.note_steps_done(now.min(self.state.watermark), Timestamp::MAX);
        self.state.now = now;
    }

    fn step(&mut self, step: Step) {
        match step.verify {
            Some(run) => {
                self.agenda.take_verify(&step);
                self.verify_run(run);
            }
            None => self.step_detectors(step),
        }
    }

    /// The wait for `id` has run out.
    fn end_wait(&mut self, id: EffectId) {
        let Some(kind) = self.state.waits.get(&id).map(|wait| wait.kind.clone()) else { return };
        match kind {
            WaitKind::Step { .. } => {
                let reason = "no outcome was reported in time".to_owned();
                self.take_outcome(id, crate::Outcome::Unknown { reason });
            }
            WaitKind::Retry { run, phase, step } => {
                self.state.waits.remove(&id);
                self.retry_step(run, phase, step);
            }
            WaitKind::Approval { .. } => self.approval_timed_out(id),
            WaitKind::Revert(run) => {
                self.state.waits.remove(&id);
                self.take_back(run);
            }
        }
    }
}
