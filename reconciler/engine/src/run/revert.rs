//! Reverts: a success that its plan takes back later, owed until it is done.

use heal_program::{Revert, SemanticHash};

use super::end::taking_back;
use crate::{
    Engine, FiringEnd, RunEnd, TraceKind, identity,
    state::{Owed, Run, Stage, TriggerState, WaitKind},
};

impl Engine {
    /// A run that passed may have to be taken back.
    pub(super) fn owe_revert(&mut self, id: SemanticHash, run: &Run, end: &RunEnd) {
        let Some(revert) = run.revert.filter(|_| *end == RunEnd::Passed) else { return };
        let has_passed = |unit: usize| {
            let over = run.units.get(unit).and_then(|unit| unit.over.as_ref());
            over.is_none_or(|over| *over == RunEnd::Passed)
        };
        let undo = taking_back(run, has_passed, true);
        if undo.is_empty() {
            return;
        }
        // What fires again needs what was done: it is owed until that is over.
        let later = self.later_firing(run);
        let firing = match revert {
            Revert::OnClear => Some(later.unwrap_or(run.firing)),
            Revert::After(_) => None,
        };
        let back = Run {
            is_revert: true,
            undo,
            written_undo: Vec::new(),
            steps: Vec::new(),
            always: Vec::new(),
            recalled: None,
            verifies: Vec::new(),
            stage: Stage::Undoing,
            outcome: None,
            look_at: None,
            revert: None,
            is_choice: false,
            claims: None,
            ..run.clone()
        };
        self.state.owed.insert(id, Owed { firing, run: back });
        match revert {
            Revert::After(span) => {
                let (wait, due) = (identity::revert(id), self.state.now.plus(span));
                self.state.wait(wait, due, WaitKind::Revert(id));
            }
            Revert::OnClear => match run.trigger {
                TriggerState::Fires => {}
                TriggerState::Ended(_) if later.is_some() => {}
                // It cleared while the run was on its way.
                TriggerState::Event | TriggerState::Ended(FiringEnd::Cleared) => self.take_back(id),
                TriggerState::Ended(FiringEnd::Lost | FiringEnd::Replaced) => self.leave_as_it_is(id),
            },
        }
    }

    /// What is owed will not become due: nobody will see it clear any more, and nothing is done blindly. People are told.
    pub(crate) fn leave_as_it_is(&mut self, of: SemanticHash) {
        let Some(Owed { run, .. }) = self.state.owed.remove(&of) else { return };
        let reason = format!("`{}` is not taken back: its detector never cleared", run.plan);
        self.tell_for_run(&run, &reason);
    }

    /// What is owed is due. Nothing holds it back.
    pub(crate) fn take_back(&mut self, of: SemanticHash) {
        let Some(Owed { run, .. }) = self.state.owed.remove(&of) else { return };
        let id = identity::revert(of);
        self.record(TraceKind::RevertStarted {
            run: id,
            of,
            firing: run.firing,
            policy: run.policy.clone(),
            plan: run.plan.clone(),
            labels: run.labels.clone(),
        });
        let mut run = run;
        let now = self.state.now;
        for unit in &mut run.units {
            unit.started = None;
            unit.over = None;
            unit.ended = false;
        }
        if let Some(whole) = run.units.first_mut() {
            whole.id = id;
            whole.started = Some(now);
            whole.counts = false;
            whole.failed = false;
        }
        for step in &mut run.undo {
            step.unit = 0;
            if let crate::Request::Act { run, .. } = &mut step.planned.effect.request {
                *run = id;
            }
        }
        self.state.runs.insert(id, run);
        self.progress(id);
    }
}
