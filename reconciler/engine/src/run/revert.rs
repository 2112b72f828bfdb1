//! Reverts: a success that its plan takes back later, owed until it is done.

use heal_program::{Revert, SemanticHash};

use super::end::taking_back;
use crate::{
    Engine, RunEnd, TraceKind, identity,
    state::{Owed, Run, Stage, TriggerState, WaitKind},
};

impl Engine {
    /// A run that passed may have to be taken back.
    pub(super) fn owe_revert(&mut self, id: SemanticHash, run: &Run, end: &RunEnd) {
        let Some(revert) = run.revert.filter(|_| *end == RunEnd::Passed) else { return };
        let undo = taking_back(run);
        if undo.is_empty() {
            return;
        }
        let firing = match revert {
            Revert::OnClear => Some(run.firing),
            Revert::After(_) => None,
        };
        let back = Run {
            is_revert: true,
            undo,
            steps: Vec::new(),
            always: Vec::new(),
            verifies: Vec::new(),
            stage: Stage::Undoing,
            outcome: None,
            look_at: None,
            revert: None,
            is_choice: false,
            ..run.clone()
        };
        self.state.owed.insert(id, Owed { firing, run: back });
        match revert {
            Revert::After(span) => {
                let (wait, due) = (identity::revert(id), self.state.now.plus(span));
                self.state.wait(wait, due, WaitKind::Revert(id));
            }
            // It cleared while the run was on its way.
            Revert::OnClear if !matches!(run.trigger, TriggerState::Fires) => self.take_back(id),
            Revert::OnClear => {}
        }
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
