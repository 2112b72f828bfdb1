//! The end of a run: what is taken back, what is done in any case, and what it came to.

use heal_program::{PolicyIndex, SemanticHash};

use crate::{
    Engine, RunEnd, TraceKind,
    decide::Told,
    state::{Run, Stage, StepRun, StepStatus},
};

/// The waves of a canary that a run stopped, because it did not pass.
pub(super) struct Stopped {
    /// The path of its guard.
    guard: String,
    /// Which wave, from 0.
    wave: usize,
}

impl Run {
    /// What did not work of taking units back.
    pub(super) fn undo_broken(&self, is_meant: impl Fn(usize) -> bool) -> Option<String> {
        let what = if self.is_revert { "its revert" } else { "its undo" };
        self.undo.iter().filter(|step| is_meant(step.unit)).find_map(|step| match &step.status {
            StepStatus::Failed(reason) => Some(format!("{what} failed: {reason}")),
            StepStatus::Unknown(reason) => Some(format!("the outcome of {what} is unknown: {reason}")),
            StepStatus::Waiting
            | StepStatus::Running(_)
            | StepStatus::Retrying(_)
            | StepStatus::Succeeded => None,
        })
    }

    /// What a run comes to with what is done in any case: what nobody knows of may still be under way, so nothing is climbed
    /// over it.
    fn with_always(&self, end: RunEnd) -> RunEnd {
        let unknown = self.always.iter().find_map(|step| match &step.status {
            StepStatus::Unknown(reason) => Some(reason),
            StepStatus::Waiting
            | StepStatus::Running(_)
            | StepStatus::Retrying(_)
            | StepStatus::Succeeded
            | StepStatus::Failed(_) => None,
        });
        let failed = self.always.iter().find_map(|step| match &step.status {
            StepStatus::Failed(reason) => Some(reason),
            StepStatus::Waiting
            | StepStatus::Running(_)
            | StepStatus::Retrying(_)
            | StepStatus::Succeeded
            | StepStatus::Unknown(_) => None,
        });
        let unknown =
            unknown.map(|reason| format!("the outcome of a step that always runs is unknown: {reason}"));
        match (end, unknown, failed) {
            (RunEnd::Passed, Some(reason), _) => RunEnd::Inconclusive { reason },
            (RunEnd::Failed { reason } | RunEnd::Inconclusive { reason }, Some(unknown), _) => {
                RunEnd::Inconclusive { reason: format!("{reason}; {unknown}") }
            }
            (RunEnd::Passed, None, Some(reason)) => {
                RunEnd::Failed { reason: format!("a step that always runs failed: {reason}") }
            }
            (end, _, _) => end,
        }
    }
}

impl Engine {
    /// A run's steps and verifies came to an end: what failed is taken back, and what is done in any case is.
    pub(super) fn conclude(&mut self, id: SemanticHash, end: RunEnd) {
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let end = match (end, run.unknown()) {
            (RunEnd::Failed { reason }, Some(unknown)) => {
                RunEnd::Inconclusive { reason: format!("{reason}; {unknown}") }
            }
            (end, _) => end,
        };
        let is_failure = matches!(end, RunEnd::Failed { .. });
        run.outcome = Some(end);
        // Nobody knows what to take back of what nobody knows.
        run.undo = if is_failure {
            let is_open = |unit: usize| run.units.get(unit).is_none_or(|unit| unit.over.is_none());
            taking_back(run, is_open, run.is_lost())
        } else {
            Vec::new()
        };
        run.stage = if is_failure { Stage::Undoing } else { Stage::Always };
        run.look_at = None;
        self.progress(id);
    }

    /// Taking back is done. One that did not work leaves the world in a state that nobody knows.
    pub(super) fn end_undo(&mut self, id: SemanticHash) {
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        if let Some(broken) = run.undo_broken(|_| true) {
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
        let outcome = end.clone();
        end = run.with_always(end);
        let stopped = self.record_end(&run, &end);
        self.let_more_severe_go(&run);
        if run.is_revert {
            if let RunEnd::Inconclusive { reason } | RunEnd::Failed { reason } = &end {
                self.tell_for_run(&run, reason);
            }
            return;
        }
        // What worked is to be taken back, whatever became of what is done in any case.
        self.owe_revert(id, &run, &outcome);
        // The rung has the worst of what its targets came to.
        let mut end = run.sum(end);
        if run.is_choice {
            self.remember_outcome(&run.policy, &run.plan, &end);
        }
        let stop = stopped.and_then(|stopped| self.said_of_stop(&stopped, false));
        // People hear of both at once.
        if let (RunEnd::Failed { reason } | RunEnd::Inconclusive { reason }, Some(stop)) = (&mut end, &stop) {
            *reason = format!("{reason}; {stop}");
        }
        let is_told = self.end_rung(id, &run, &end);
        if let (false, Some(stop)) = (is_told, stop) {
            self.tell_of_canary(&run, &end, stop);
        }
        if let Some(policy) = self.policy_at(&run.policy) {
            self.rest_where_quiet(policy, None);
        }
    }

    /// Says and counts the end of every unit that started, but for those that came to it before. Gives the canary that it
    /// stops.
    pub(super) fn record_end(&mut self, run: &Run, end: &RunEnd) -> Option<Stopped> {
        let is_bad = matches!(end, RunEnd::Failed { .. } | RunEnd::Inconclusive { .. });
        let open = run.units.iter().enumerate().filter(|(_, unit)| unit.started.is_some() && !unit.ended);
        // Where no unit failed by itself, as when a verify is false, the first one stands for all.
        let any_own = open.clone().any(|(_, unit)| unit.failed);
        let mut stopped = None;
        for (place, (at, unit)) in open.enumerate() {
            let is_failure = is_bad && if any_own { unit.failed } else { place == 0 };
            let own = self.record_unit_end(run, at, end, is_failure);
            stopped = stopped.or(own);
        }
        stopped
    }

    /// Says and counts the end of a unit; `is_failure` is whether it counts as one for breakers. Gives the canary that it stops.
    pub(super) fn record_unit_end(
        &mut self,
        run: &Run,
        unit: usize,
        end: &RunEnd,
        is_failure: bool,
    ) -> Option<Stopped> {
        let unit = run.units.get(unit)?;
        self.record(TraceKind::RunEnded {
            run: unit.id,
            end: end.clone(),
            firing: run.firing,
            policy: run.policy.clone(),
            plan: run.plan.clone(),
            labels: run.labels.clone(),
        });
        self.count_end(unit.id, is_failure);
        let paths: Vec<String> = self.state.guards.keys().cloned().collect();
        let is_well = matches!(end, RunEnd::Passed | RunEnd::Shadow);
        let mut stopped = None;
        for guard in paths {
            if let Some(wave) = self.end_in_canary(&guard, unit.id, is_well) {
                stopped = stopped.or(Some(Stopped { guard, wave }));
            }
        }
        stopped
    }

    /// What it means that a canary stopped; none: for nothing, because nothing fires any more, so that its waves begin anew.
    fn said_of_stop(&mut self, stopped: &Stopped, is_at_work: bool) -> Option<String> {
        let (mut waves, mut holds) = (0, is_at_work);
        let program = self.program.clone();
        for (index, policy) in (0..).map(PolicyIndex).zip(&program.policies) {
            let own = crate::guard::guards_of(&program, policy);
            let Some((_, guard)) = own.into_iter().find(|(path, _)| *path == stopped.guard) else { continue };
            waves = guard.canary.map_or(0, |canary| canary.waves.len());
            holds |= self.is_at_hand(index, None);
        }
        let wave = stopped.wave + 1;
        let what = if wave < waves { format!("wave {wave} of the canary") } else { "the canary".to_owned() };
        holds.then(|| format!("{what} did not pass, so nothing more is started"))
    }

    /// A unit did not pass while others of its run go on: the waves that wait are left to people, who hear of it at once.
    pub(super) fn unit_stopped(&mut self, run: &Run, end: &RunEnd, stopped: Option<Stopped>) {
        let Some(stop) = stopped.and_then(|stopped| self.said_of_stop(&stopped, true)) else { return };
        let mut end = end.clone();
        if let RunEnd::Failed { reason } | RunEnd::Inconclusive { reason } = &mut end {
            *reason = format!("{reason}; {stop}");
        }
        self.tell_of_canary(run, &end, stop);
    }

    /// A wave's run did not pass, which its end says too: the rest is left to people.
    fn tell_of_canary(&mut self, run: &Run, end: &RunEnd, stop: String) {
        let reason = match end {
            RunEnd::Failed { reason } => format!("{} failed: {reason}", run.plan),
            RunEnd::Inconclusive { reason } => reason.clone(),
            RunEnd::Passed | RunEnd::Skipped { .. } | RunEnd::Rejected | RunEnd::Shadow => stop,
        };
        let told = if matches!(end, RunEnd::Inconclusive { .. }) { Told::Parked } else { Told::First };
        match self.case_of(&run.policy, &run.key).or_else(|| self.ended_case_of(run)) {
            Some(case) => self.tell(&case, told, &reason),
            None => self.tell_for_run(run, &reason),
        }
    }

    /// The steps of some targets are done: for the other targets of the run they have passed and are at work no more, though
    /// the whole is not verified yet.
    pub(super) fn units_passed(&mut self, id: SemanticHash) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let targets = run.units.iter().enumerate().filter(|(_, unit)| !unit.target.is_empty());
        let passed: Vec<SemanticHash> = targets
            .filter(|(at, unit)| unit.is_open() && run.is_done(*at))
            .map(|(_, unit)| unit.id)
            .collect();
        let paths: Vec<String> = self.state.guards.keys().cloned().collect();
        for unit in passed {
            self.release(unit);
            for path in &paths {
                self.release_in_canary(path, unit, id);
            }
        }
    }
}

/// What takes back the steps of units that began: those whose actions say how, the last first, and then what the plan
/// says, where that is meant too.
pub(super) fn taking_back(run: &Run, is_meant: impl Fn(usize) -> bool, is_lost: bool) -> Vec<StepRun> {
    let mut steps: Vec<StepRun> = Vec::new();
    let began = |step: &&StepRun| step.attempt > 0;
    for began in run.steps.iter().rev().filter(began).filter(|step| is_meant(step.unit)) {
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
    if !is_lost || !run.steps.iter().any(|step| step.attempt > 0) {
        return steps;
    }
    let shift = steps.len();
    let last = shift.checked_sub(1);
    for written in &run.written_undo {
        let mut after: Vec<usize> = written.after.iter().map(|place| place + shift).collect();
        after.extend(last);
        steps.push(StepRun { after, ..written.clone() });
    }
    steps
}
