//! What an engine can be asked about its state, for explanations. Nothing here changes it.

use heal_evaluate::Facts;
use heal_program::{DetectorIndex, Timestamp};

use crate::{Engine, Key, facts::StepFacts};

impl Engine {
    /// The keys that a detector knows now: those that have samples, and those that are pending or firing.
    #[must_use]
    pub fn keys(&self, detector: DetectorIndex) -> Vec<Key> {
        let node = self.program.detector(detector);
        node.map(|node| self.keys_of(detector, node).into_iter().collect()).unwrap_or_default()
    }

    /// The facts of the key whose fields are `names` with the values `key`, as a condition is evaluated under them at the
    /// grid step `at`. Only what was known at the last step that was evaluated is known.
    #[must_use]
    pub fn facts<'e>(&'e self, names: &'e [String], key: &'e Key, at: Timestamp) -> impl Facts + 'e {
        StepFacts { program: &self.program, state: &self.state, names, key, at }
    }
}
