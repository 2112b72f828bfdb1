//! What a pass sees before it decides.

use std::collections::BTreeMap;

use crate::{CommitId, Marker};

/// The world at one moment: the repository, the forge and the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Tip of the main branch; `None` before its first commit.
    pub main: Option<CommitId>,
    /// What the engine runs.
    pub engine: EngineState,
    /// What assessments rest on beside the two commits, as [`crate::Assessor::ground`] says it.
    pub ground: String,
    /// Branches under the pattern, by name.
    pub branches: BTreeMap<String, Branch>,
    /// Pull requests of those branches.
    pub pull_requests: Vec<PullRequest>,
}

/// What the running engine has taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineState {
    /// The commit whose policies run.
    pub applied: Option<CommitId>,
    /// The newest commit that was refused because it did not compile.
    pub refused: Option<CommitId>,
}

/// A branch under the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its tip.
    pub head: CommitId,
    /// Where it left the main branch; `None` when the two have no common history.
    pub merge_base: Option<CommitId>,
    /// Policy files that differ from the merge base, sorted.
    pub changed_policies: Vec<String>,
    /// First line of the tip's message. Untrusted.
    pub subject: String,
}

/// A pull request of a branch under the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Number on the forge.
    pub number: u64,
    /// Name of the branch to merge.
    pub branch: String,
    /// Name of the branch that it is to be merged into.
    pub into: String,
    /// Tip of the branch as the forge knows it.
    pub head: CommitId,
    /// Open, closed or merged.
    pub state: PullRequestState,
    /// Whether the branch lies in another repository than ours.
    pub from_fork: bool,
    /// Where a reader of the comment finds the report; `None` when there is no such place.
    pub report_link: Option<String>,
    /// Comments that we wrote and that carry our marker.
    pub comments: Vec<ImpactComment>,
}

/// Whether a pull request can still be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullRequestState {
    /// Waiting.
    Open,
    /// A person closed it without a merge.
    Closed,
    /// Merged.
    Merged,
}

/// A comment of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpactComment {
    /// Id on the forge; older comments have smaller ones.
    pub id: u64,
    /// What the comment says that it is about; `None` when the marker cannot be read.
    pub marker: Option<Marker>,
    /// Digest of the text below the marker as it stands on the forge.
    pub body_digest: String,
}
