//! The engine's face, and the order in which it does things.

use std::{collections::VecDeque, sync::Arc};

use heal_program::{DetectorIndex, Millis, Program, SignalIndex, Timestamp};

use crate::{
    Effect, EffectId, Input, Key, Outcome, TraceEvent, TraceKind,
    prepared::Prepared,
    state::{DetectorState, State, WaitKind},
};

/// An engine over a program.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) program: Arc<Program>,
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) state: State,
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
}

impl Engine {
    /// An engine that knows nothing yet.
    #[must_use]
    pub fn new(program: Program) -> Engine {
        let prepared = Prepared::of(&program);
        let state = State::empty(&program);
        Engine {
            program: Arc::new(program),
            prepared: Arc::new(prepared),
            state,
            effects: VecDeque::new(),
            trace: Vec::new(),
        }
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
        if let Input::Sample { signal, .. } = &input
            && self.program.signal(*signal).is_none()
        {
            return Err(Halt::UnknownSignal(signal.0));
        }
        if let Input::Watermark { until } = &input {
            self.state.watermark = self.state.watermark.max(*until);
        }
        self.advance(now);
        match input {
            Input::Sample { signal, key, at, value } => self.take_sample(signal, key, at, value),
            Input::EffectResult { id, outcome } => self.take_outcome(id, outcome),
            Input::QueryResult { id, answer } => self.take_answer(id, answer),
            Input::Approval { id, granted, by } => self.take_approval(id, granted, by),
            Input::Pause { paused, by } => {
                self.state.paused = paused;
                self.record(TraceKind::Paused { paused, by });
            }
            Input::ProgramSwap(program) => self.swap(*program),
            Input::Watermark { .. } => self.report_dropped_samples(),
            // Nothing in this version of the language reads events or inventories; a driver may tell them already.
            Input::Event { .. } | Input::Inventory { .. } => {}
        }
        Ok(())
    }

    /// The next thing to be done in the world, oldest first.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When something is due that no input announces: the next grid step or the end of a wait.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Timestamp> {
        let step = self.next_step().map(|(due, _)| due);
        let timer = self.state.timers.first().map(|(at, _)| *at);
        step.into_iter().chain(timer).min()
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

    /// Does what is due up to `now`, in order of time; at one time the ends of waits come before grid steps.
    fn advance(&mut self, now: Timestamp) {
        loop {
            let timer = self.state.timers.first().copied().filter(|(at, _)| *at <= now);
            let step = self.next_step().filter(|(due, _)| *due <= now && *due <= self.state.watermark);
            match (timer, step) {
                (Some((at, id)), step) if step.is_none_or(|(due, _)| at <= due) => {
                    self.state.now = self.state.now.max(at);
                    self.state.timers.remove(&(at, id));
                    self.end_wait(id);
                }
                (_, Some((due, step))) => {
                    self.state.now = self.state.now.max(due);
                    self.step(due, step);
                }
                (Some(_), None) | (None, None) => break,
            }
        }
        self.state.now = now;
    }

    /// The earliest step of any detector: when it is due, and the grid step.
    fn next_step(&self) -> Option<(Timestamp, Timestamp)> {
        let steps = self.program.detectors.iter().zip(&self.state.detectors);
        steps.filter_map(|(node, state)| state.next_step.map(|step| (step.plus(node.lateness), step))).min()
    }

    fn take_sample(&mut self, signal: SignalIndex, key: Key, at: Timestamp, value: f64) {
        let Some(node) = self.program.signal(signal) else { return };
        let Some(state) = self.state.signals.get_mut(signal.at()) else { return };
        if !value.is_finite() {
            // Not-a-number is how sources say "nothing here".
            return;
        }
        let spans = |table: &'_ [Vec<Millis>]| table.get(signal.at()).cloned().unwrap_or_default();
        let (moments, counters) = (spans(&self.prepared.moment_spans), spans(&self.prepared.counter_spans));
        state.take(node, (&moments, &counters), key, at, value);
        for (at_index, detector) in self.prepared.detectors.iter().enumerate() {
            if !detector.signals.contains(&signal) {
                continue;
            }
            let Some(every) = self.program.detectors.get(at_index).map(|node| node.every) else { continue };
            if let Some(state) = self.state.detectors.get_mut(at_index) {
                let step = at.align_up(every);
                state.next_step = Some(state.next_step.map_or(step, |next| {
                    // A first sample of another series may lie before the first step.
                    if step > self.state.watermark { next.min(step) } else { next }
                }));
            }
        }
    }

    /// The wait for `id` has run out.
    fn end_wait(&mut self, id: EffectId) {
        let Some(kind) = self.state.waits.get(&id).map(|wait| wait.kind.clone()) else { return };
        match kind {
            WaitKind::Step(_) => {
                let reason = "no outcome was reported in time".to_owned();
                self.take_outcome(id, Outcome::Unknown { reason });
            }
            WaitKind::Require { .. } => self.take_answer(id, crate::Answer::Unknown),
            WaitKind::Approval { .. } => self.approval_timed_out(id),
        }
    }

    fn report_dropped_samples(&mut self) {
        let mut events = Vec::new();
        for (node, state) in self.program.signals.iter().zip(&mut self.state.signals) {
            let capped = format!("their keys are beyond the cap of {}", node.keys_max);
            let late = "they came after a later sample had been used".to_owned();
            for (count, reason) in [(&mut state.capped_count, capped), (&mut state.late_count, late)] {
                if *count > 0 {
                    let count = std::mem::take(count);
                    events.push(TraceKind::SamplesDropped { signal: node.head.path.clone(), count, reason });
                }
            }
        }
        for event in events {
            self.record(event);
        }
    }

    pub(crate) fn detector_state(&mut self, detector: DetectorIndex) -> Option<&mut DetectorState> {
        self.state.detectors.get_mut(detector.at())
    }
}
