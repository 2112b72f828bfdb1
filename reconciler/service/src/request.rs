//! What other tasks and threads ask of the one that owns the engine.

use heal_program::Program;
use heal_reconcile::{CommitId, EngineState};
use tokio::sync::oneshot;

use crate::status::{PassStatus, Status};

/// How many requests may wait.
pub(crate) const REQUESTS_MAX: usize = 64;

/// A request, with the way back for its answer. Whoever asked may have gone.
pub(crate) enum Request {
    /// What the engine has taken, also before this process started.
    EngineState(oneshot::Sender<EngineState>),
    /// Run the policies of a commit. The answer comes when that is written.
    Apply {
        /// The commit.
        commit: CommitId,
        /// Its program.
        program: Box<Program>,
        /// Why it cannot be done: the service is about to end.
        reply: oneshot::Sender<Result<(), String>>,
    },
    /// Note that a commit does not compile.
    Refuse {
        /// The commit.
        commit: CommitId,
        /// Why.
        diagnostics: String,
        /// As for `Apply`.
        reply: oneshot::Sender<Result<(), String>>,
    },
    /// A pass over the repository has ended.
    PassEnded(Box<PassStatus>),
    /// How things stand.
    Status(oneshot::Sender<Box<Status>>),
}
