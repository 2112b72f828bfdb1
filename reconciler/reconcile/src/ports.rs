//! What the reconciler needs from a repository, a forge and an engine.
//!
//! Every call may be repeated after a crash, and none relies on another one having been made before.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Assessment, BranchPattern, CommitId, EngineState, PullRequest, Tree};

/// A Git repository.
pub trait Repository {
    /// Brings in what is new at the remote; nothing when the repository is the remote itself.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn refresh(&mut self) -> Result<(), PortError>;

    /// The tip of a branch; `None` when there is no such branch.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn tip(&self, branch: &str) -> Result<Option<CommitId>, PortError>;

    /// The branches under a pattern with their tips.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn branches(&self, pattern: &BranchPattern) -> Result<BTreeMap<String, CommitId>, PortError>;

    /// The best common ancestor; `None` when there is none.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>, PortError>;

    /// Policy files ([`crate::is_policy`]) that differ between two commits, sorted.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn changed_policies(&self, from: &CommitId, to: &CommitId) -> Result<Vec<String>, PortError>;

    /// The first line of a commit's message.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn subject(&self, commit: &CommitId) -> Result<String, PortError>;

    /// The policy-relevant files of a commit.
    ///
    /// # Errors
    /// [`PortError::TooLarge`] past the limits of [`crate::Tree`]; else as [`PortError`] says.
    fn tree(&self, commit: &CommitId) -> Result<Tree, PortError>;

    /// The policy-relevant files of the merge of `head` into `base`, without writing anything that can be seen.
    ///
    /// # Errors
    /// [`PortError::TooLarge`] past the limits of [`crate::Tree`]; else as [`PortError`] says.
    fn merge(&self, base: &CommitId, head: &CommitId) -> Result<Merged, PortError>;
}

/// A merge that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The files after the merge.
    Tree(Tree),
    /// Policy-relevant files on which a person has to decide, sorted.
    Conflict(Vec<String>),
}

/// References of a repository, for a forge that keeps its pull requests in them.
pub trait References {
    /// The commit that a reference points to, by its full name; `None` when there is no such reference.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn target(&self, name: &str) -> Result<Option<CommitId>, PortError>;

    /// Points a reference, by its full name, to a commit.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn set_target(&mut self, name: &str, commit: &CommitId) -> Result<(), PortError>;

    /// Whether `ancestor` is `commit` or is among its ancestors.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn contains(&self, commit: &CommitId, ancestor: &CommitId) -> Result<bool, PortError>;
}

/// Where pull requests live.
pub trait Forge {
    /// All open pull requests, without their comments.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn open_pull_requests(&mut self) -> Result<Vec<PullRequest>, PortError>;

    /// Closed and merged pull requests of a branch of this repository, without their comments.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn closed_pull_requests(&mut self, branch: &str) -> Result<Vec<PullRequest>, PortError>;

    /// Id and text of the comments on a pull request that we wrote and that start with our marker, oldest first.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn impact_comments(&mut self, pull_request: u64) -> Result<Vec<(u64, String)>, PortError>;

    /// Opens a pull request of `branch` into `into` and returns its number. When there is one already, returns that one's.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn open_pull_request(
        &mut self,
        branch: &str,
        into: &str,
        title: &str,
        body: &str,
    ) -> Result<u64, PortError>;

    /// Keeps the page of an assessment where [`PullRequest::report_link`] leads; nothing when there is no such place.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn keep_report(&mut self, pull_request: u64, html: &[u8]) -> Result<(), PortError>;

    /// Writes a comment and returns its id.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn create_comment(&mut self, pull_request: u64, body: &str) -> Result<u64, PortError>;

    /// Replaces the text of a comment.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn update_comment(&mut self, pull_request: u64, comment: u64, body: &str) -> Result<(), PortError>;

    /// Removes a comment; nothing when it is gone already.
    ///
    /// # Errors
    /// As [`PortError`] says.
    fn delete_comment(&mut self, pull_request: u64, comment: u64) -> Result<(), PortError>;
}

/// Who compiles, simulates and runs policies.
pub trait Assessor {
    /// Compares what runs (`base`) with what would run (`head`). Equal trees give an equal result.
    fn assess(&mut self, base: &Tree, head: &Tree) -> Assessment;

    /// Hands the policies of a commit of the main branch to the engine, which keeps the last good ones when these do not
    /// compile.
    fn apply(&mut self, commit: &CommitId, tree: &Tree) -> ApplyOutcome;

    /// What the engine has taken, also before this process started.
    fn engine(&self) -> EngineState;

    /// What an assessment rests on beside the two commits, such as a recording from elsewhere and the engine's version.
    /// When it changes, every comment is made anew.
    fn ground(&self) -> String {
        String::new()
    }
}

/// What became of an [`Assessor::apply`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// These policies run now.
    Applied,
    /// They do not compile; the last good ones go on.
    Refused {
        /// Diagnostics with their places, as plain text.
        diagnostics: String,
    },
}

/// What can go wrong behind a port. Messages never hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// It may work later without anyone doing anything. The pass ends.
    #[error("{message}")]
    Temporary {
        /// What happened and what to do should it last.
        message: String,
        /// How long to wait at least, where the other side said it.
        retry_after: Option<Duration>,
    },
    /// It works only after a person changed the configuration or a permission. The pass ends.
    #[error("{message}")]
    Denied {
        /// What happened and what to do.
        message: String,
    },
    /// This one thing is impossible; others may go on.
    #[error("{message}")]
    Rejected {
        /// What happened and what to do.
        message: String,
    },
    /// A file or a tree is beyond a limit.
    #[error("{message}")]
    TooLarge {
        /// Which limit, and what to do.
        message: String,
    },
}

impl PortError {
    /// A [`PortError::Temporary`] without a time.
    #[must_use]
    pub fn temporary(message: impl Into<String>) -> PortError {
        PortError::Temporary { message: message.into(), retry_after: None }
    }

    /// A [`PortError::Denied`].
    #[must_use]
    pub fn denied(message: impl Into<String>) -> PortError {
        PortError::Denied { message: message.into() }
    }

    /// A [`PortError::Rejected`].
    #[must_use]
    pub fn rejected(message: impl Into<String>) -> PortError {
        PortError::Rejected { message: message.into() }
    }

    /// A [`PortError::TooLarge`].
    #[must_use]
    pub fn too_large(message: impl Into<String>) -> PortError {
        PortError::TooLarge { message: message.into() }
    }
}
