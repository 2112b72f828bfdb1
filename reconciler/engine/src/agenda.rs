//! What is due when. It follows from the state: a restored engine makes it anew.

use std::collections::BTreeSet;

use heal_program::{DetectorIndex, SemanticHash, Timestamp};

use crate::{Engine, Key, state::Stage};

/// Everything that is due, but for the ends of waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agenda {
    /// Grid steps of detectors: when one is due, its step, the detector.
    detectors: BTreeSet<(Timestamp, Timestamp, DetectorIndex)>,
    /// Runs whose `verify` is looked at, once the detectors of that time have been.
    verifies: BTreeSet<(Timestamp, SemanticHash)>,
    /// What is looked at again though nothing happens.
    looks: BTreeSet<(Timestamp, Look)>,
}

/// What is looked at again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Look {
    /// A ladder on an event: there are no steps of a detector to decide at.
    Ladder(String, Key),
    /// A run of which a unit is held back.
    Run(SemanticHash),
}

/// A grid step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// When it is evaluated.
    pub(crate) due: Timestamp,
    /// The step: samples up to here are seen.
    pub(crate) at: Timestamp,
    /// The run whose `verify` is looked at; none: detectors are.
    pub(crate) verify: Option<SemanticHash>,
}

impl Agenda {
    /// When the next thing is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.next_step().map(|step| step.due).into_iter().chain(self.next_look()).min()
    }

    pub(crate) fn next_step(&self) -> Option<Step> {
        let detectors = self.detectors.first().map(|(due, at, _)| Step { due: *due, at: *at, verify: None });
        let verify = self.verifies.first().map(|(due, run)| Step { due: *due, at: *due, verify: Some(*run) });
        match (detectors, verify) {
            (Some(detectors), Some(verify)) if verify.due < detectors.due => Some(verify),
            (detectors, verify) => detectors.or(verify),
        }
    }

    pub(crate) fn next_look(&self) -> Option<Timestamp> {
        self.looks.first().map(|(due, _)| *due)
    }

    /// Takes the detectors of a step, in the order of their indexes.
    pub(crate) fn take_detectors(&mut self, step: Step) -> Vec<DetectorIndex> {
        let mut taken = Vec::new();
        while let Some((_, _, detector)) =
            self.detectors.pop_first().filter(|(due, at, _)| (*due, *at) == (step.due, step.at))
        {
            taken.push(detector);
            if self.detectors.first().is_none_or(|(due, at, _)| (*due, *at) != (step.due, step.at)) {
                break;
            }
        }
        taken
    }

    pub(crate) fn take_verify(&mut self, step: &Step) {
        if let Some(run) = step.verify {
            self.verifies.remove(&(step.due, run));
        }
    }

    pub(crate) fn take_look(&mut self, due: Timestamp) -> Option<Look> {
        self.looks.pop_first().filter(|(at, _)| *at <= due).map(|(_, look)| look)
    }

    pub(crate) fn add_detector(&mut self, due: Timestamp, at: Timestamp, detector: DetectorIndex) {
        self.detectors.insert((due, at, detector));
    }

    pub(crate) fn remove_detector(&mut self, due: Timestamp, at: Timestamp, detector: DetectorIndex) {
        self.detectors.remove(&(due, at, detector));
    }

    pub(crate) fn add_verify(&mut self, due: Timestamp, run: SemanticHash) {
        self.verifies.insert((due, run));
    }

    pub(crate) fn add_look(&mut self, due: Timestamp, look: Look) {
        self.looks.insert((due, look));
    }
}

impl Engine {
    /// Makes the agenda that the state asks for.
    pub(crate) fn make_agenda(&mut self) {
        let mut agenda = Agenda::default();
        for ((at, node), state) in (0..).zip(&self.program.detectors).zip(&self.state.detectors) {
            if let Some(step) = state.next_step {
                agenda.add_detector(step.plus(node.lateness), step, DetectorIndex(at));
            }
        }
        for (id, run) in &self.state.runs {
            match (run.look_at, run.stage) {
                (Some(due), Stage::Verifying(_)) => agenda.add_verify(due, *id),
                (Some(due), Stage::Steps | Stage::Undoing | Stage::Always) => {
                    agenda.add_look(due, Look::Run(*id));
                }
                (None, _) => {}
            }
        }
        for (path, policy) in &self.state.policies {
            for (key, ladder) in &policy.ladders {
                if let Some(due) = ladder.look_at {
                    agenda.add_look(due, Look::Ladder(path.clone(), key.clone()));
                }
            }
        }
        self.agenda = agenda;
    }

    /// Has a run looked at again at a time.
    pub(crate) fn look_again(&mut self, id: SemanticHash, due: Timestamp) {
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        run.look_at = Some(due);
        match run.stage {
            Stage::Verifying(_) => self.agenda.add_verify(due, id),
            Stage::Steps | Stage::Undoing | Stage::Always => self.agenda.add_look(due, Look::Run(id)),
        }
    }
}
