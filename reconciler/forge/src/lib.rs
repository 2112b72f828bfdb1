//! Forges behind the reconciler's ports: embedded always, GitHub as a feature.
//!
//! [`EmbeddedForge`] keeps pull requests as references of the repository and as files beside it, so that everything works
//! with no account and no network. `GitHubForge` speaks to GitHub or GitHub Enterprise. Neither remembers anything in
//! memory that a restart would lose.

mod embedded;
#[cfg(all(test, feature = "github"))]
mod end_to_end;
mod files;
#[cfg(test)]
mod fixture;
#[cfg(feature = "github")]
mod github;

pub use embedded::{EmbeddedForge, EmbeddedPullRequest};
#[cfg(feature = "github")]
pub use github::{Credentials, GitHubForge, GitHubSettings, ReportFolder};
