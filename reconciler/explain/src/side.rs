//! What is asked about: a program, what its groups do over a recording, and the recording.

use heal_engine::TraceEvent;
use heal_program::{DetectorIndex, Program};
use heal_simulator::{Decided, GroupLife, Groups, Options, SimulationError};
use heal_telemetry::Recording;

/// One side of a comparison, or the only one.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What people call it: a branch, a commit, a folder.
    pub revision: &'a str,
    /// What runs.
    pub program: &'a Program,
    /// Its groups. Of those, the one that a question is about is let live again, and no other one.
    pub groups: &'a Groups<'a>,
    /// What it runs over.
    pub recording: &'a Recording,
    /// How it is simulated.
    pub options: &'a Options<'a>,
}

/// A group that lived from the beginning of the recording to its end.
pub(crate) struct Lived<'a> {
    pub(crate) life: GroupLife<'a, 'a>,
    /// What it did as if every verification passed.
    pub(crate) passing: Vec<TraceEvent>,
    /// The same as if every one failed; none: it verifies nothing.
    pub(crate) failing: Option<Vec<TraceEvent>>,
}

impl<'a> Side<'a> {
    /// Lets the group at a place live.
    pub(crate) fn lived(&self, place: usize) -> Result<Option<Lived<'a>>, SimulationError> {
        let Some(life) = self.groups.life(place, self.options)? else { return Ok(None) };
        let Decided { passing, failing, .. } = life.decided()?;
        Ok(Some(Lived { life, passing, failing }))
    }

    /// Lets the group of a detector live.
    pub(crate) fn lived_with(&self, detector: DetectorIndex) -> Result<Option<Lived<'a>>, SimulationError> {
        match self.groups.of_detector(detector) {
            Some(place) => self.lived(place),
            None => Ok(None),
        }
    }
}
