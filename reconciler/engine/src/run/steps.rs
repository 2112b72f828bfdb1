//! Steps: each runs when what it is after is done, is tried again where that is safe, and ends with an outcome.

use heal_program::{SemanticHash, Timestamp};

use crate::{
    EffectId, Engine, Outcome, Phase, Request, RunEnd, TraceKind, identity,
    state::{Run, Stage, StepRun, StepStatus, Unit, WaitKind},
};

impl Run {
    pub(super) fn list(&mut self, phase: Phase) -> &mut Vec<StepRun> {
        match phase {
            Phase::Step => &mut self.steps,
            Phase::Undo | Phase::Revert => &mut self.undo,
            Phase::Always => &mut self.always,
        }
    }

    fn steps_of(&self, phase: Phase) -> &[StepRun] {
        match phase {
            Phase::Step => &self.steps,
            Phase::Undo | Phase::Revert => &self.undo,
            Phase::Always => &self.always,
        }
    }

    /// Positions of the steps whose turn it is.
    pub(super) fn ready_steps(&self, phase: Phase) -> Vec<usize> {
        let steps = self.steps_of(phase);
        // What waits for a target that is left out waits no more.
        let is_left_out =
            |step: &StepRun| phase == Phase::Step && self.units.get(step.unit).is_some_and(Unit::is_left_out);
        let is_done = |at: &usize| {
            steps.get(*at).is_none_or(|step| {
                is_left_out(step)
                    || match &step.status {
                        StepStatus::Succeeded => true,
                        // What is taken back or done at the end goes on past a failure; a plan does not.
                        StepStatus::Failed(_) | StepStatus::Unknown(_) => phase != Phase::Step,
                        StepStatus::Waiting | StepStatus::Running(_) | StepStatus::Retrying(_) => false,
                    }
            })
        };
        let waiting = steps.iter().enumerate().filter(|(_, step)| step.status == StepStatus::Waiting);
        waiting.filter(|(_, step)| step.after.iter().all(is_done)).map(|(at, _)| at).collect()
    }

    /// Whether a step beside one failed, or nobody knows of it: nothing more begins, tries included. Targets go on by themselves.
    fn has_stopped(&self, place: usize) -> bool {
        let Some(step) = self.steps.get(place) else { return false };
        let own = |other: &&StepRun| !self.has_targets() || other.unit == step.unit;
        worst(self.steps.iter().filter(own)).is_some()
    }
}

/// The worst of what steps came to: what nobody knows, then what failed.
pub(super) fn worst<'r>(steps: impl Iterator<Item = &'r StepRun> + Clone) -> Option<RunEnd> {
    let unknown = steps.clone().find_map(|step| match &step.status {
        StepStatus::Unknown(reason) => {
            let reason = format!("the outcome of a step is unknown: {reason}");
            Some(RunEnd::Inconclusive { reason })
        }
        StepStatus::Waiting
        | StepStatus::Running(_)
        | StepStatus::Retrying(_)
        | StepStatus::Succeeded
        | StepStatus::Failed(_) => None,
    });
    unknown.or_else(|| {
        steps.clone().find_map(|step| match &step.status {
            StepStatus::Failed(reason) => Some(RunEnd::Failed { reason: reason.clone() }),
            StepStatus::Waiting
            | StepStatus::Running(_)
            | StepStatus::Retrying(_)
            | StepStatus::Succeeded
            | StepStatus::Unknown(_) => None,
        })
    })
}

impl Engine {
    /// Does what can be done of a run now, until something must be waited for or it is over.
    pub(crate) fn progress(&mut self, id: SemanticHash) {
        loop {
            let Some(run) = self.state.runs.get(&id) else { return };
            match run.stage {
                Stage::Steps => {
                    if !self.progress_steps(id) {
                        return;
                    }
                }
                Stage::Verifying(_) => return,
                Stage::Undoing => {
                    let phase = if run.is_revert { Phase::Revert } else { Phase::Undo };
                    if !self.progress_list(id, phase) {
                        return;
                    }
                    self.end_undo(id);
                }
                Stage::Always => {
                    if !self.progress_list(id, Phase::Always) {
                        return;
                    }
                    self.end_run(id);
                    return;
                }
            }
        }
    }

    /// The plan's steps; whether the run is at another stage now.
    fn progress_steps(&mut self, id: SemanticHash) -> bool {
        let Some(run) = self.state.runs.get(&id) else { return false };
        if run.has_targets() {
            return self.progress_units(id);
        }
        if let Some(end) = worst(run.steps.iter()) {
            return self.stop_steps(id, end);
        }
        if run.steps.iter().all(|step| step.status == StepStatus::Succeeded) {
            self.steps_done(id);
            return true;
        }
        for step in run.ready_steps(Phase::Step) {
            let unit = self.state.runs.get(&id).and_then(|run| run.steps.get(step)).map(|step| step.unit);
            if unit.is_some_and(|unit| self.may_go(id, unit)) {
                self.try_step(id, Phase::Step, step);
            }
        }
        false
    }

    /// A step failed: nothing more begins, and what is on its way is waited for.
    fn stop_steps(&mut self, id: SemanticHash, end: RunEnd) -> bool {
        let Some(run) = self.state.runs.get_mut(&id) else { return false };
        let mut waits = Vec::new();
        let mut is_running = false;
        for step in &mut run.steps {
            match step.status {
                StepStatus::Retrying(wait) => {
                    waits.push(wait);
                    step.status = StepStatus::Failed("a step beside it failed".to_owned());
                }
                StepStatus::Running(_) => is_running = true,
                StepStatus::Waiting
                | StepStatus::Succeeded
                | StepStatus::Failed(_)
                | StepStatus::Unknown(_) => {}
            }
        }
        if !is_running {
            for step in &run.steps {
                let is_bad = matches!(step.status, StepStatus::Failed(_) | StepStatus::Unknown(_));
                if let Some(unit) = run.units.get_mut(step.unit).filter(|_| is_bad) {
                    unit.failed = true;
                }
            }
        }
        for wait in waits {
            self.state.end_wait_of(wait, |_| true);
        }
        if is_running {
            return false;
        }
        self.settle_disturbances(id);
        self.conclude(id, end);
        true
    }

    /// The steps of an `undo` or `always`: each in its turn, whatever came of the others. Whether all are over.
    pub(super) fn progress_list(&mut self, id: SemanticHash, phase: Phase) -> bool {
        let Some(run) = self.state.runs.get(&id) else { return true };
        if run.steps_of(phase).iter().all(|step| step.status.is_over()) {
            return true;
        }
        for step in run.ready_steps(phase) {
            self.try_step(id, phase, step);
        }
        false
    }

    /// Asks the world for a step.
    pub(super) fn try_step(&mut self, id: SemanticHash, phase: Phase, place: usize) {
        let now = self.state.now;
        if phase == Phase::Step {
            self.resume_disturbances(id);
        }
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let (policy, labels) = (run.policy.clone(), run.labels.clone());
        let Some(step) = run.list(phase).get_mut(place) else { return };
        let attempt = step.attempt;
        step.attempt = attempt.saturating_add(1);
        let mut effect = step.planned.effect.clone();
        let Request::Act { run: unit, attempt: tried, phase: told, .. } = &mut effect.request else { return };
        (*tried, *told) = (attempt, phase);
        let unit = *unit;
        let action = identity::action(unit, phase, &step.planned.name, place, attempt);
        step.status = StepStatus::Running(action);
        (effect.id, effect.idempotency_key) = (action, action.to_string());
        effect.deadline = now.plus(step.planned.timeout);
        let started = TraceKind::ActionStarted {
            action,
            run: unit,
            policy,
            item: step.planned.item.clone(),
            step: step.planned.name.clone(),
            summary: step.planned.summary.clone(),
            labels,
            phase,
            attempt,
        };
        self.state.wait(action, effect.deadline, WaitKind::Step { run: id, phase, step: place });
        self.record(started);
        self.effects.push_back(effect);
    }

    /// What came of a step. One that is known to have failed is tried again, as often as it says; one that nobody knows of
    /// may still be under way, and is not.
    pub(crate) fn take_outcome(&mut self, id: EffectId, outcome: Outcome) {
        let is_step = |kind: &WaitKind| matches!(kind, WaitKind::Step { .. });
        let Some(WaitKind::Step { run, phase, step: place }) = self.state.end_wait_of(id, is_step) else {
            return;
        };
        let (text, status) = match outcome {
            Outcome::Succeeded => ("succeeded".to_owned(), StepStatus::Succeeded),
            Outcome::Failed { reason } => (format!("failed: {reason}"), StepStatus::Failed(reason)),
            Outcome::Unknown { reason } => (format!("unknown: {reason}"), StepStatus::Unknown(reason)),
        };
        self.record(TraceKind::ActionEnded { action: id, outcome: text });
        let now = self.state.now;
        let Some(of) = self.state.runs.get_mut(&run) else { return };
        let has_stopped = phase == Phase::Step && of.has_stopped(place);
        let Some(step) = of.list(phase).get_mut(place) else { return };
        if matches!(status, StepStatus::Failed(_)) && step.retries_left > 0 && !has_stopped {
            step.retries_left -= 1;
            let (wait, due) = (identity::retry(id), now.plus(step.retry_every));
            step.status = StepStatus::Retrying(wait);
            self.state.wait(wait, due, WaitKind::Retry { run, phase, step: place });
            return;
        }
        step.status = status;
        self.progress(run);
    }

    /// The time until a step is tried again is over.
    pub(crate) fn retry_step(&mut self, id: SemanticHash, phase: Phase, place: usize) {
        let Some(step) = self.state.runs.get_mut(&id).and_then(|run| run.list(phase).get_mut(place)) else {
            return;
        };
        if matches!(step.status, StepStatus::Retrying(_)) {
            step.status = StepStatus::Waiting;
            self.try_step(id, phase, place);
        }
    }

    /// All steps of the plan are done: the world is looked at, or the run has passed.
    fn steps_done(&mut self, id: SemanticHash) {
        self.settle_disturbances(id);
        let Some(run) = self.state.runs.get(&id) else { return };
        if run.verifies.is_empty() {
            self.conclude(id, RunEnd::Passed);
            return;
        }
        self.begin_verifying(id);
    }

    /// The time of the last step of a run; what is verified must be newer.
    pub(super) fn verify_begin(run: &Run) -> Timestamp {
        match run.stage {
            Stage::Verifying(since) => since,
            Stage::Steps | Stage::Undoing | Stage::Always => Timestamp::MAX,
        }
    }
}
