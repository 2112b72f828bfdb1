//! What is asked about: a program, what it did over a recording, and the recording.

use heal_engine::Trace;
use heal_program::Program;
use heal_simulator::Options;
use heal_telemetry::Recording;

/// One side of a comparison, or the only one.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What people call it: a branch, a commit, a folder.
    pub revision: &'a str,
    /// What ran.
    pub program: &'a Program,
    /// What it did over the recording, as if every verification passed.
    pub trace: &'a Trace,
    /// The same as if every verification failed; none: it verifies nothing.
    pub failing: Option<&'a Trace>,
    /// What it ran over.
    pub recording: &'a Recording,
    /// How it is simulated again, up to the moment that is asked about.
    pub options: &'a Options<'a>,
}
