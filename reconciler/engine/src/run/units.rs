//! The targets of a `for each`: each is a run of its own, that starts, passes, fails and is taken back by itself.

use std::collections::BTreeMap;

use heal_program::SemanticHash;

use super::{end::taking_back, steps::worst};
use crate::{
    Engine, RunEnd,
    state::{Run, StepRun, StepStatus, Unit},
};

impl Unit {
    /// Whether it will never start, and nothing is lost by that: it is no longer meant.
    pub(super) fn is_left_out(&self) -> bool {
        self.ended && self.started.is_none() && self.over.is_none()
    }

    /// Whether it has started and nothing is known yet of how it ends.
    pub(super) fn is_open(&self) -> bool {
        self.started.is_some() && self.over.is_none() && !self.ended
    }
}

impl Run {
    pub(super) fn has_targets(&self) -> bool {
        self.units.iter().any(|unit| !unit.target.is_empty())
    }

    /// How many of it may wait for the waves of a canary: its targets, or the run itself where it has none.
    pub(super) fn candidates_count(&self) -> usize {
        let has_targets = self.has_targets();
        self.units.iter().filter(|unit| unit.counts && unit.target.is_empty() != has_targets).count()
    }

    fn of_unit(&self, unit: usize) -> impl Iterator<Item = &StepRun> + Clone {
        self.steps.iter().filter(move |step| step.unit == unit)
    }

    /// Whether all steps of a unit that started are done.
    pub(super) fn is_done(&self, unit: usize) -> bool {
        self.of_unit(unit).all(|step| step.status == StepStatus::Succeeded)
    }

    /// Whether a step of a unit is on its way, or will be tried again.
    pub(super) fn is_at_work(&self, unit: usize) -> bool {
        self.of_unit(unit).any(|step| matches!(step.status, StepStatus::Running(_) | StepStatus::Retrying(_)))
    }

    /// Steps whose turn never comes, because one before them did not succeed, and whether nobody knows what came of one before.
    /// A step stands behind what it waits for.
    fn hopeless_steps(&self) -> BTreeMap<usize, bool> {
        let mut hopeless: BTreeMap<usize, bool> = BTreeMap::new();
        for (place, step) in self.steps.iter().enumerate().filter(|(_, it)| it.status == StepStatus::Waiting)
        {
            let over = self.units.get(step.unit).and_then(|unit| unit.over.as_ref());
            let own = over.map(|over| matches!(over, RunEnd::Inconclusive { .. }));
            let lost = step.after.iter().filter_map(|before| {
                let of_its_own = self.steps.get(*before).and_then(|it| match it.status {
                    StepStatus::Failed(_) => Some(false),
                    StepStatus::Unknown(_) => Some(true),
                    StepStatus::Waiting
                    | StepStatus::Running(_)
                    | StepStatus::Retrying(_)
                    | StepStatus::Succeeded => None,
                });
                of_its_own.or_else(|| hopeless.get(before).copied())
            });
            if let Some(is_unknown) = own.into_iter().chain(lost).max() {
                hopeless.insert(place, is_unknown);
            }
        }
        hopeless
    }

    /// What a unit comes to without more of it being done; none: it goes on.
    fn end_of(&self, unit: usize, hopeless: &BTreeMap<usize, bool>) -> Option<RunEnd> {
        let own =
            hopeless.iter().filter(|(place, _)| self.steps.get(**place).is_some_and(|it| it.unit == unit));
        let end = worst(self.of_unit(unit)).or_else(|| {
            Some(if own.map(|(_, is_unknown)| *is_unknown).max()? {
                let reason = "the outcome of a step before its own is unknown".to_owned();
                RunEnd::Inconclusive { reason }
            } else {
                RunEnd::Failed { reason: "a step before its own did not succeed".to_owned() }
            })
        })?;
        let is_whole = self.units.get(unit).is_some_and(|own| own.target.is_empty());
        // What targets stand on is not taken from under one that may still be at work.
        match (end, self.unknown().filter(|_| is_whole)) {
            (RunEnd::Failed { reason }, Some(unknown)) => {
                Some(RunEnd::Inconclusive { reason: format!("{reason}; {unknown}") })
            }
            (end, _) => Some(end),
        }
    }

    /// Whether targets are at work, or are being taken back.
    fn has_targets_at_work(&self) -> bool {
        let is_target = |at: usize| self.units.get(at).is_some_and(|unit| !unit.target.is_empty());
        (0..self.units.len()).any(|at| is_target(at) && self.is_at_work(at))
            || self.undo.iter().any(|step| is_target(step.unit) && !step.status.is_over())
    }

    /// Why nobody knows what became of a unit of it that is over.
    pub(super) fn unknown(&self) -> Option<&str> {
        self.units.iter().find_map(|unit| match &unit.over {
            Some(RunEnd::Inconclusive { reason }) => Some(reason.as_str()),
            Some(
                RunEnd::Passed
                | RunEnd::Failed { .. }
                | RunEnd::Skipped { .. }
                | RunEnd::Rejected
                | RunEnd::Shadow,
            )
            | None => None,
        })
    }

    /// What the units that are over came to: the worst of it.
    pub(super) fn sum(&self, own: RunEnd) -> RunEnd {
        let mut ends: Vec<&RunEnd> = self.units.iter().filter_map(|unit| unit.over.as_ref()).collect();
        ends.push(&own);
        let unknown = ends.iter().find(|end| matches!(end, RunEnd::Inconclusive { .. }));
        let failed = || ends.iter().find(|end| matches!(end, RunEnd::Failed { .. }));
        unknown.or_else(failed).map_or(own.clone(), |end| (**end).clone())
    }

    /// Whether nothing came of the run, so that what its plan says about taking back is done: the whole failed, or no
    /// target has passed.
    pub(super) fn is_lost(&self) -> bool {
        let whole_failed = self.units.first().is_some_and(|whole| whole.counts && whole.failed);
        whole_failed || !self.units.iter().any(|unit| unit.over == Some(RunEnd::Passed))
    }

    /// Begins to take a unit back.
    fn take_unit_back(&mut self, unit: usize) {
        let shift = self.undo.len();
        let steps = taking_back(self, |of| of == unit, false);
        self.undo.extend(steps.into_iter().map(|mut step| {
            step.after.iter_mut().for_each(|place| *place += shift);
            step
        }));
    }

    /// Whether there is nothing more to do for a unit before what is verified.
    fn is_settled(&self, unit: usize, own: &Unit) -> bool {
        own.ended || self.of_unit(unit).next().is_none() || (own.is_open() && self.is_done(unit))
    }
}

impl Engine {
    /// The steps of a plan with targets; whether there is more to do at once.
    pub(super) fn progress_units(&mut self, id: SemanticHash) -> bool {
        while self.settle_units(id) {}
        self.progress_list(id, crate::Phase::Undo);
        self.end_units(id);
        let Some(run) = self.state.runs.get(&id) else { return false };
        if run.units.iter().enumerate().all(|(at, unit)| run.is_settled(at, unit)) {
            self.units_done(id);
            return true;
        }
        let left_out = |run: &Run| run.units.iter().filter(|unit| unit.is_left_out()).count();
        let before = left_out(run);
        for step in run.ready_steps(crate::Phase::Step) {
            let Some(run) = self.state.runs.get(&id) else { return false };
            let Some(unit) = run.steps.get(step).map(|step| step.unit) else { continue };
            let is_over = run.units.get(unit).is_none_or(|own| own.over.is_some() || own.ended);
            // While it is waited for what is on its way, nothing more of it begins.
            let is_over = is_over || worst(run.of_unit(unit)).is_some();
            if !is_over && self.may_go(id, unit) {
                self.try_step(id, crate::Phase::Step, step);
            }
        }
        let Some(run) = self.state.runs.get(&id) else { return false };
        let is_more = left_out(run) > before;
        if !is_more && !(0..run.units.len()).any(|unit| run.is_at_work(unit)) {
            self.settle_disturbances(id);
        }
        is_more
    }

    /// Ends the units of which a step did not succeed, or will never have its turn; whether there was one.
    fn settle_units(&mut self, id: SemanticHash) -> bool {
        let Some(run) = self.state.runs.get_mut(&id) else { return false };
        let mut waits = Vec::new();
        let mut is_news = false;
        let hopeless = run.hopeless_steps();
        for at in 0..run.units.len() {
            let Some(unit) = run.units.get(at).filter(|unit| unit.over.is_none() && !unit.ended) else {
                continue;
            };
            let (has_started, is_whole) = (unit.started.is_some(), unit.target.is_empty());
            let Some(end) = run.end_of(at, &hopeless) else { continue };
            for step in run.steps.iter_mut().filter(|step| step.unit == at) {
                if let StepStatus::Retrying(wait) = step.status {
                    waits.push(wait);
                    step.status = StepStatus::Failed("a step beside it failed".to_owned());
                }
            }
            if run.is_at_work(at) || is_whole && run.has_targets_at_work() {
                continue;
            }
            if has_started && matches!(end, RunEnd::Failed { .. }) {
                run.take_unit_back(at);
            }
            if let Some(unit) = run.units.get_mut(at) {
                unit.failed = true;
                unit.over = Some(end);
                // What never began needs no end.
                unit.ended = !has_started;
                is_news = true;
            }
        }
        for wait in waits {
            self.state.end_wait_of(wait, |_| true);
        }
        is_news
    }

    /// Says the end of units that are over and taken back, and of those that have passed; where something is to be
    /// verified of the whole, those have passed for the waves of a canary and are at work no more.
    fn end_units(&mut self, id: SemanticHash) {
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let mut ended: Vec<usize> = Vec::new();
        for at in 0..run.units.len() {
            let is_done = run.is_done(at);
            let is_taken_back = run.undo.iter().all(|step| step.unit != at || step.status.is_over());
            let broken = run.undo_broken(|unit| unit == at);
            let Some(unit) = run.units.get_mut(at) else { continue };
            if unit.is_open() && is_done && run.verifies.is_empty() {
                unit.over = Some(RunEnd::Passed);
            }
            if unit.over.is_none() || unit.ended || !is_taken_back {
                continue;
            }
            if let (Some(RunEnd::Failed { reason }), Some(broken)) = (&unit.over, broken) {
                unit.over = Some(RunEnd::Inconclusive { reason: format!("{reason}; {broken}") });
            }
            unit.ended = true;
            ended.push(at);
        }
        let run = run.clone();
        for (at, unit) in ended.iter().filter_map(|at| Some((*at, run.units.get(*at)?))) {
            let Some(end) = &unit.over else { continue };
            let stopped = self.record_unit_end(&run, at, end, end != &RunEnd::Passed);
            self.unit_stopped(&run, end, stopped);
        }
        self.units_passed(id);
    }

    /// Nothing more is done before what is verified.
    fn units_done(&mut self, id: SemanticHash) {
        self.settle_disturbances(id);
        let Some(run) = self.state.runs.get(&id) else { return };
        if run.units.iter().any(Unit::is_open) && !run.verifies.is_empty() {
            self.begin_verifying(id);
        } else {
            let end = run.sum(RunEnd::Passed);
            self.conclude(id, end);
        }
    }
}
