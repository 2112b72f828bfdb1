//! GitHub and GitHub Enterprise.
//!
//! Requests are made with octocrab but answers are read into our own small types: what this crate does not need may be
//! missing. Nothing is sent twice by itself, because a request whose answer was lost may have been carried out.

mod api;
mod failure;
mod models;
mod settings;

use std::path::PathBuf;

use heal_reconcile::{Forge, PortError, PullRequest, is_ours};
use serde_json::json;

use self::api::{Api, Method};
use self::models::{Author, Comment, Pull};
pub use self::settings::{Credentials, GitHubSettings};
use crate::files;

/// Where pages of assessments are kept and found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFolder {
    /// A folder on this machine; pages are called `NUMBER.html`.
    pub folder: PathBuf,
    /// The address under which somebody serves that folder, without a slash at its end.
    pub address: String,
}

/// Pull requests on GitHub.
///
/// Calls block on a runtime of its own: call, and drop, from a thread that is not itself running asynchronous tasks.
pub struct GitHubForge {
    api: Api,
    /// `repos/OWNER/NAME`, checked.
    repository: String,
    owner: String,
    reports: Option<ReportFolder>,
    /// Whose comments are ours; found out at the first question.
    author: Option<Author>,
}

impl GitHubForge {
    /// A forge for the repository of `settings`. Sends nothing yet, except that an app asks for its own name.
    ///
    /// # Errors
    /// When a setting cannot be right.
    pub fn new(settings: GitHubSettings) -> Result<GitHubForge, PortError> {
        settings.check()?;
        let repository = format!("/repos/{}/{}", settings.owner, settings.repository);
        let (api, app_login) = Api::connect(&settings)?;
        let author = settings.login.clone().or(app_login).map(Author::Login);
        Ok(GitHubForge { api, repository, owner: settings.owner, reports: settings.reports, author })
    }

    fn author(&mut self) -> Result<Author, PortError> {
        if let Some(author) = &self.author {
            return Ok(author.clone());
        }
        let author = self.api.author()?;
        self.author = Some(author.clone());
        Ok(author)
    }

    fn pulls(&self, query: &str) -> Result<Vec<PullRequest>, PortError> {
        let route = format!("{}/pulls?{query}", self.repository);
        let pulls: Vec<Pull> = self.api.list("list pull requests", &route)?;
        let port = |pull: Pull| {
            let link = self.link(pull.number);
            pull.into_port(link)
        };
        pulls.into_iter().map(port).collect()
    }

    fn pulls_of(&self, branch: &str, state: &str) -> Result<Vec<PullRequest>, PortError> {
        self.pulls(&format!("state={state}&head={}:{}", self.owner, encoded(branch)))
    }

    fn link(&self, number: u64) -> Option<String> {
        self.reports
            .as_ref()
            .map(|reports| format!("{}/{number}.html", reports.address.trim_end_matches('/')))
    }
}

impl Forge for GitHubForge {
    fn open_pull_requests(&mut self) -> Result<Vec<PullRequest>, PortError> {
        self.pulls("state=open")
    }

    fn closed_pull_requests(&mut self, branch: &str) -> Result<Vec<PullRequest>, PortError> {
        self.pulls_of(branch, "closed")
    }

    fn impact_comments(&mut self, pull_request: u64) -> Result<Vec<(u64, String)>, PortError> {
        let author = self.author()?;
        let route = format!("{}/issues/{pull_request}/comments", self.repository);
        let comments: Vec<Comment> = self.api.list("list comments", &route)?;
        let ours = comments.into_iter().filter(|comment| author.wrote(comment) && is_ours(comment.text()));
        let mut ours: Vec<(u64, String)> =
            ours.map(|comment| (comment.id, comment.text().to_owned())).collect();
        ours.sort_by_key(|(id, _)| *id);
        Ok(ours)
    }

    fn open_pull_request(
        &mut self,
        branch: &str,
        into: &str,
        title: &str,
        body: &str,
    ) -> Result<u64, PortError> {
        let route = format!("{}/pulls", self.repository);
        let request = json!({ "title": title, "head": branch, "base": into, "body": body });
        let answer = self.api.send("open a pull request", Method::Post, &route, Some(&request))?;
        if answer.is_already_there() {
            let open = self.pulls_of(branch, "open")?;
            if let Some(found) = open.iter().find(|request| !request.from_fork && request.branch == branch) {
                return Ok(found.number);
            }
        }
        let created: models::Created = answer.accepted()?.read()?;
        Ok(created.number)
    }

    fn keep_report(&mut self, pull_request: u64, html: &[u8]) -> Result<(), PortError> {
        match &self.reports {
            Some(reports) => {
                files::make_folder(&reports.folder)?;
                files::write(&reports.folder.join(format!("{pull_request}.html")), html)
            }
            None => Ok(()),
        }
    }

    fn create_comment(&mut self, pull_request: u64, body: &str) -> Result<u64, PortError> {
        let route = format!("{}/issues/{pull_request}/comments", self.repository);
        let answer =
            self.api.send("write a comment", Method::Post, &route, Some(&json!({ "body": body })))?;
        let created: Comment = answer.accepted()?.read()?;
        Ok(created.id)
    }

    fn update_comment(&mut self, _: u64, comment: u64, body: &str) -> Result<(), PortError> {
        let route = format!("{}/issues/comments/{comment}", self.repository);
        let answer =
            self.api.send("update a comment", Method::Patch, &route, Some(&json!({ "body": body })))?;
        if answer.is_missing() {
            return Err(PortError::rejected(format!(
                "comment {comment} is gone; a new one is written next time"
            )));
        }
        answer.accepted().map(drop)
    }

    fn delete_comment(&mut self, _: u64, comment: u64) -> Result<(), PortError> {
        let route = format!("{}/issues/comments/{comment}", self.repository);
        let answer = self.api.send("remove a comment", Method::Delete, &route, None)?;
        if answer.is_missing() { Ok(()) } else { answer.accepted().map(drop) }
    }
}

/// A branch name inside a query.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
