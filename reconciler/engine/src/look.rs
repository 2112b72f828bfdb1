//! What an engine can be asked about its state, for explanations. Nothing here changes it.

mod standing;

use heal_evaluate::Facts;
use heal_program::{DetectorIndex, Timestamp};

use crate::{Engine, Key, facts::StepFacts};

pub use standing::{CountedRun, Doing, GuardStanding, Standing, WhereStanding};

impl Engine {
    /// The keys that a detector knows now: those of what it reads, and those that are pending or firing.
    #[must_use]
    pub fn keys(&self, detector: DetectorIndex) -> Vec<Key> {
        let state = self.state.detectors.get(detector.at());
        state.map(|state| state.keys.keys().cloned().collect()).unwrap_or_default()
    }

    /// The facts of a key of a detector, as its condition is evaluated under them at the grid step `at`. Only what was
    /// known at the last step that was evaluated is known.
    #[must_use]
    pub fn facts<'e>(&'e self, detector: DetectorIndex, key: &'e Key, at: Timestamp) -> impl Facts + 'e {
        let node = self.program.detector(detector);
        let lateness = node.map(|node| node.lateness).unwrap_or_default();
        let names = node.map(|node| node.keys.as_slice()).unwrap_or_default();
        StepFacts { names, key, at, now: at.plus(lateness), lateness, ..self.facts_now() }
    }
}
