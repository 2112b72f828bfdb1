//! The little that is read of GitHub's answers.

use heal_reconcile::{CommitId, PortError, PullRequest, PullRequestState};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    state: String,
    merged_at: Option<String>,
    head: Side,
    base: Side,
}

#[derive(Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
    /// Missing when the fork was deleted.
    repo: Option<Repository>,
}

/// A repository keeps its id when it is renamed.
#[derive(Deserialize, PartialEq, Eq)]
struct Repository {
    id: u64,
}

/// Of a pull request that was just opened, all that matters.
#[derive(Deserialize)]
pub(super) struct Created {
    pub(super) number: u64,
}

#[derive(Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    body: Option<String>,
    user: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

/// An app, as it sees itself.
#[derive(Deserialize)]
pub(super) struct App {
    pub(super) slug: String,
}

/// What GitHub says when it refuses.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) errors: Vec<serde_json::Value>,
}

/// Whose comments are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// Those of this account.
    Login(String),
    /// The token may not ask whose it is, as those of installations may not: those of any bot.
    AnyBot,
}

impl Pull {
    pub(super) fn into_port(self, report_link: Option<String>) -> Result<PullRequest, PortError> {
        let head = CommitId::parse(&self.head.sha)
            .map_err(|error| PortError::temporary(format!("pull request {}: {error}", self.number)))?;
        let state = match (self.state.as_str(), &self.merged_at) {
            (_, Some(_)) => PullRequestState::Merged,
            ("open", None) => PullRequestState::Open,
            (_, None) => PullRequestState::Closed,
        };
        let from_fork = self.head.repo.is_none() || self.head.repo != self.base.repo;
        Ok(PullRequest {
            number: self.number,
            branch: self.head.branch,
            into: self.base.branch,
            head,
            state,
            from_fork,
            report_link,
            comments: Vec::new(),
        })
    }
}

impl Comment {
    pub(super) fn text(&self) -> &str {
        self.body.as_deref().unwrap_or("")
    }
}

impl Author {
    pub(super) fn wrote(&self, comment: &Comment) -> bool {
        comment.user.as_ref().is_some_and(|user| match self {
            Author::Login(login) => user.login.eq_ignore_ascii_case(login),
            Author::AnyBot => user.kind == "Bot",
        })
    }
}
