//! What is due when. It follows from the state: a restored engine makes it anew.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{DetectorIndex, PolicyIndex, SemanticHash, Timestamp};

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
    /// Firing keys on which a policy may have to decide at the next step of its detector. One too many costs a look; whatever
    /// may move a ladder that rests puts its key in here.
    awake: BTreeMap<PolicyIndex, BTreeSet<Key>>,
    /// Firing keys whose ladders give the world a pause, with its end.
    pauses: BTreeMap<PolicyIndex, BTreeSet<(Timestamp, Key)>>,
    /// All grid steps up to this one have been taken: when it was due, and the step.
    steps_done: Option<(Timestamp, Timestamp)>,
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
        self.note_steps_done(step.due, step.at);
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
            self.note_steps_done(step.due, Timestamp::MAX);
            self.verifies.remove(&(step.due, run));
        }
    }

    /// All grid steps that are due by then have been taken, or would have been if there was anything to do at them.
    pub(crate) fn note_steps_done(&mut self, due: Timestamp, at: Timestamp) {
        self.steps_done = self.steps_done.max(Some((due, at)));
    }

    /// Whether the grid step of a time that is due at once has been taken.
    pub(crate) fn is_step_done(&self, at: Timestamp) -> bool {
        self.steps_done >= Some((at, at))
    }

    /// Has a policy look at a key at the next step of its detector.
    pub(crate) fn wake(&mut self, policy: PolicyIndex, key: &Key) {
        let awake = self.awake.entry(policy).or_default();
        if !awake.contains(key) {
            awake.insert(key.clone());
        }
    }

    /// Takes the keys that a policy is to look at now.
    pub(crate) fn take_awake(&mut self, policy: PolicyIndex, now: Timestamp) -> BTreeSet<Key> {
        let mut awake = self.awake.remove(&policy).unwrap_or_default();
        if let Some(pauses) = self.pauses.get_mut(&policy) {
            while pauses.first().is_some_and(|(until, _)| *until <= now) {
                awake.extend(pauses.pop_first().map(|(_, key)| key));
            }
        }
        awake
    }

    /// Has a policy look at a key at the first step of its detector from a time on.
    pub(crate) fn pause(&mut self, policy: PolicyIndex, until: Timestamp, key: Key) {
        self.pauses.entry(policy).or_default().insert((until, key));
    }

    /// A policy need not look at a key until something happens to it.
    pub(crate) fn forget(&mut self, policy: PolicyIndex, key: &Key) {
        if let Some(awake) = self.awake.get_mut(&policy) {
            awake.remove(key);
        }
    }

    /// From when on a policy is to look at some key: the least time where it is at the next step.
    pub(crate) fn next_awake(&self, policy: PolicyIndex) -> Option<Timestamp> {
        let awake = self.awake.get(&policy).is_some_and(|awake| !awake.is_empty());
        let pause = self.pauses.get(&policy).and_then(|pauses| pauses.first()).map(|(until, _)| *until);
        if awake { Some(Timestamp::MIN) } else { pause }
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
        for (at, policy) in (0..).zip(&self.program.policies) {
            let state = policy.on.detector().and_then(|detector| self.state.detectors.get(detector.at()));
            let keys = state.into_iter().flat_map(|state| &state.keys);
            keys.filter(|(_, state)| state.firing.is_some())
                .for_each(|(key, _)| agenda.wake(PolicyIndex(at), key));
        }
        self.agenda = agenda;
    }

    /// A ladder may have been moved: its policy looks at it at the next step of its detector.
    pub(crate) fn wake(&mut self, policy: PolicyIndex, key: &Key) {
        let Some(detector) = self.program.policy(policy).and_then(|policy| policy.on.detector()) else {
            return;
        };
        let state = self.state.detectors.get(detector.at());
        if state.and_then(|state| state.keys.get(key)).is_some_and(|state| state.firing.is_some()) {
            self.agenda.wake(policy, key);
            self.hasten(detector);
        }
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
