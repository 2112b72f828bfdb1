//! Pure step: observation in, commands out; pull request texts.
//!
//! [`step`] decides from an [`Observation`] what to do next and holds no client. [`run_pass`] is the small driver around
//! it: it observes through the [`ports`], executes the commands, and repeats until none remain. Nothing is remembered
//! between passes: what has been done is read back from the repository and from the hidden [`Marker`] of our comments,
//! so a process that dies anywhere does nothing twice after its restart.

mod assessment;
mod branch_pattern;
mod command;
mod commit;
mod config;
mod escape;
mod marker;
mod observation;
mod observe;
mod pass;
pub mod ports;
mod step;
mod texts;
mod tree;

#[cfg(test)]
mod model;

pub use assessment::{Assessed, Assessment, Outcome, Side};
pub use branch_pattern::{BranchPattern, BranchPatternError};
pub use command::{Assess, Command};
pub use commit::{CommitId, CommitIdError};
pub use config::Config;
pub use escape::{code_span, fenced, inline, one_line};
pub use marker::{MARKER_START, Marker, is_ours};
pub use observation::{Branch, EngineState, ImpactComment, Observation, PullRequest, PullRequestState};
pub use observe::observe;
pub use pass::{Action, PASS_STEPS_MAX, PassError, PassReport, Problem, run_pass};
pub use ports::{ApplyOutcome, Assessor, Forge, Merged, PortError, References, Repository};
pub use step::{publish, step};
pub use texts::{COMMENT_CHARS_MAX, IMPACT_CHARS_MAX};
pub use tree::{FILE_BYTES_MAX, TREE_BYTES_MAX, TREE_FILES_MAX, Tree, is_policy, is_relevant};
