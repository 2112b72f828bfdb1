//! The end of a run: what is taken back, what is done in any case, and what it came to.

use heal_program::SemanticHash;

use crate::{
    Engine, RunEnd, TraceKind,
    decide::Told,
    state::{Run, Stage, StepRun, StepStatus},
};

impl Engine {
    /// A run's steps and verifies came to an end: what failed is taken back, and what is done in any case is.
    pub(super) fn conclude(&mut self, id: SemanticHash, end: RunEnd) {
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let is_failure = matches!(end, RunEnd::Failed { .. });
        run.outcome = Some(end);
        // Nobody knows what to take back of what nobody knows.
        run.undo = if is_failure { taking_back(run) } else { Vec::new() };
        run.stage = if is_failure { Stage::Undoing } else { Stage::Always };
        run.look_at = None;
        self.progress(id);
    }

    /// Taking back is done. One that did not work leaves the world in a state that nobody knows.
    pub(super) fn end_undo(&mut self, id: SemanticHash) {
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let what = if run.is_revert { "its revert" } else { "its undo" };
        let broken = run.undo.iter().find_map(|step| match &step.status {
            StepStatus::Failed(reason) => Some(format!("{what} failed: {reason}")),
            StepStatus::Unknown(reason) => Some(format!("the outcome of {what} is unknown: {reason}")),
            StepStatus::Waiting
            | StepStatus::Running(_)
            | StepStatus::Retrying(_)
            | StepStatus::Succeeded => None,
        });
        if let Some(broken) = broken {
            let reason = match &run.outcome {
                Some(RunEnd::Failed { reason }) => format!("{reason}; {broken}"),
                Some(_) | None => broken,
            };
            run.outcome = Some(RunEnd::Inconclusive { reason });
        }
        run.stage = Stage::Always;
    }

    /// Everything is done.
    pub(super) fn end_run(&mut self, id: SemanticHash) {
        let Some(mut run) = self.state.runs.remove(&id) else { return };
        let mut end = run.outcome.take().unwrap_or(RunEnd::Passed);
        let broken = run.always.iter().find_map(|step| match &step.status {
            StepStatus::Failed(reason) | StepStatus::Unknown(reason) => Some(reason.clone()),
            StepStatus::Waiting
            | StepStatus::Running(_)
            | StepStatus::Retrying(_)
            | StepStatus::Succeeded => None,
        });
        if let (RunEnd::Passed, Some(reason)) = (&end, broken) {
            end = RunEnd::Failed { reason: format!("a step that always runs failed: {reason}") };
        }
        self.record_end(&run, &end);
        if run.is_revert {
            if let RunEnd::Inconclusive { reason } | RunEnd::Failed { reason } = &end {
                self.tell_for_run(&run, reason);
            }
            return;
        }
        self.owe_revert(id, &run, &end);
        if run.is_choice {
            self.remember_outcome(&run.policy, &run.plan, end == RunEnd::Passed);
        }
        self.end_rung(id, &run, &end);
        self.rest_after(&run);
    }

    /// Says and counts the end of every unit that started.
    pub(super) fn record_end(&mut self, run: &Run, end: &RunEnd) {
        let is_bad = matches!(end, RunEnd::Failed { .. } | RunEnd::Inconclusive { .. });
        // Where no unit failed by itself, as when a verify is false, the first one stands for all.
        let any_own = run.units.iter().any(|unit| unit.failed);
        let started = run.units.iter().filter(|unit| unit.started.is_some());
        for (place, unit) in started.enumerate() {
            self.record(TraceKind::RunEnded { run: unit.id, end: end.clone() });
            self.count_end(unit.id, is_bad && if any_own { unit.failed } else { place == 0 });
            let paths: Vec<String> = self.state.guards.keys().cloned().collect();
            for path in paths {
                let stopped =
                    self.end_in_canary(&path, unit.id, matches!(end, RunEnd::Passed | RunEnd::Shadow));
                if let Some(wave) = stopped {
                    self.tell_of_canary(run, wave);
                }
            }
        }
    }

    /// A wave's run did not pass: the rest is left to people.
    fn tell_of_canary(&mut self, run: &Run, wave: usize) {
        let reason = format!("wave {} of the canary did not pass, so nothing more is started", wave + 1);
        match self.case_of(&run.policy, &run.key) {
            Some(case) => self.tell(&case, Told::First, &reason),
            None => self.tell_for_run(run, &reason),
        }
    }

    /// The steps of a unit are done: for the waves of a canary it has passed, though the whole is not verified yet.
    pub(super) fn units_passed(&mut self, id: SemanticHash) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let targets = run.units.iter().enumerate().filter(|(_, unit)| !unit.target.is_empty());
        let done = |at: usize| {
            let mut own = run.steps.iter().filter(|step| step.unit == at);
            own.all(|step| step.status == StepStatus::Succeeded)
        };
        let passed: Vec<SemanticHash> = targets
            .filter(|(at, unit)| unit.started.is_some() && done(*at))
            .map(|(_, unit)| unit.id)
            .collect();
        let paths: Vec<String> = self.state.guards.keys().cloned().collect();
        for path in &paths {
            for unit in &passed {
                self.end_in_canary(path, *unit, true);
            }
        }
    }

    /// Nothing of the run's policy may fire any more.
    fn rest_after(&mut self, run: &Run) {
        let program = self.program.clone();
        let Some(policy) = program.policies.iter().find(|policy| policy.head.path == run.policy) else {
            return;
        };
        let is_firing = match policy.on.detector() {
            Some(detector) => self
                .state
                .detectors
                .get(detector.at())
                .is_some_and(|state| state.keys.values().any(|key| key.firing.is_some())),
            None => self
                .state
                .policies
                .get(&run.policy)
                .is_some_and(|state| state.ladders.values().any(|ladder| ladder.event.is_some())),
        };
        if !is_firing {
            self.rest(&program, policy);
        }
    }
}

/// What takes back the steps of a run that began: those whose actions say how, the last first, and then what the plan says.
pub(super) fn taking_back(run: &Run) -> Vec<StepRun> {
    let mut steps: Vec<StepRun> = Vec::new();
    for began in run.steps.iter().rev().filter(|step| step.attempt > 0) {
        let Some(undo) = &began.undo else { continue };
        let after = steps.len().checked_sub(1).into_iter().collect();
        steps.push(StepRun {
            planned: undo.clone(),
            unit: began.unit,
            after,
            retries_left: 0,
            retry_every: heal_program::Millis::ZERO,
            attempt: 0,
            status: StepStatus::Waiting,
            undo: None,
        });
    }
    if !run.steps.iter().any(|step| step.attempt > 0) {
        return steps;
    }
    let shift = steps.len();
    let last = shift.checked_sub(1);
    for written in &run.undo {
        let mut after: Vec<usize> = written.after.iter().map(|place| place + shift).collect();
        after.extend(last);
        steps.push(StepRun { after, ..written.clone() });
    }
    steps
}
