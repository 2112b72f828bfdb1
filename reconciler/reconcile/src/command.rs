//! What the step asks its driver to do.

use crate::CommitId;

/// Something to do. Commands of one list are executed in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// Hand the policies of a commit of the main branch to the running engine.
    Apply {
        /// Tip of the main branch.
        commit: CommitId,
    },
    /// Open a pull request into the main branch.
    OpenPullRequest {
        /// The branch to merge.
        branch: String,
        /// Plain text.
        title: String,
        /// Markdown.
        body: String,
    },
    /// Remove a second comment of ours.
    DeleteComment {
        /// Number of the pull request.
        pull_request: u64,
        /// Id of the comment.
        comment: u64,
    },
    /// Compile both sides, simulate, compare; the result goes to [`crate::publish`].
    Assess(Assess),
    /// Keep the page of an assessment where the comment's link leads.
    KeepReport {
        /// Number of the pull request.
        pull_request: u64,
        /// The page.
        html: Vec<u8>,
    },
    /// Write the one comment.
    CreateComment {
        /// Number of the pull request.
        pull_request: u64,
        /// Markdown with the marker.
        body: String,
    },
    /// Replace the text of the one comment.
    UpdateComment {
        /// Number of the pull request.
        pull_request: u64,
        /// Id of the comment.
        comment: u64,
        /// Markdown with the marker.
        body: String,
    },
}

/// A comparison to make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assess {
    /// Number of the pull request.
    pub pull_request: u64,
    /// Its branch.
    pub branch: String,
    /// Tip of the main branch.
    pub base: CommitId,
    /// Tip of the branch. What is assessed is its merge into `base`.
    pub head: CommitId,
}
