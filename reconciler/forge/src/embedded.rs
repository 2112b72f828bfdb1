//! A forge without a server: pull requests as references of the repository and as files beside it.
//!
//! ```text
//! NAME.heal/lock
//! NAME.heal/pulls/1/pull.json        branch, state, tip
//! NAME.heal/pulls/1/description.md   a person's
//! NAME.heal/pulls/1/impact.md        the one comment
//! NAME.heal/pulls/1/report.html      the page with the pictures
//! ```
//! and `refs/heal/pull/1/head` in the repository. Whether a pull request is merged is read from the repository: its tip is
//! in the branch that it merges into. Every file is replaced as a whole, and a pull request appears as a whole, so a killed
//! process leaves nothing half done.

mod store;

use std::path::{Path, PathBuf};

use heal_reconcile::{Forge, PortError, PullRequest, PullRequestState, References, inline, is_ours};

use self::store::{Pull, Store};
use crate::files;

/// The comment's id: there is one at most.
const COMMENT: u64 = 1;
const TITLE_CHARS_MAX: usize = 200;
/// Longest comment that is read back; longer ones are not ours.
const COMMENT_BYTES_MAX: u64 = 1 << 20;

/// Pull requests beside a repository.
pub struct EmbeddedForge {
    store: Store,
    references: Box<dyn References + Send>,
}

/// A pull request as people find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedPullRequest {
    /// What the reconciler sees of it.
    pub request: PullRequest,
    /// Plain text.
    pub title: String,
    /// Where its files are.
    pub folder: PathBuf,
    /// The comment, in Markdown, once there is one.
    pub impact: Option<PathBuf>,
    /// The page with the pictures, once there is one.
    pub report: Option<PathBuf>,
}

impl EmbeddedForge {
    /// Pull requests in `folder`, which is made when it is needed.
    #[must_use]
    pub fn new(folder: PathBuf, references: Box<dyn References + Send>) -> EmbeddedForge {
        EmbeddedForge { store: Store::new(folder), references }
    }

    /// The folder for a repository at `repository`: beside it, with `.heal` after its name.
    #[must_use]
    pub fn folder_beside(repository: &Path) -> PathBuf {
        // `.` has no name to put something after.
        let repository = repository.canonicalize().unwrap_or_else(|_| repository.to_path_buf());
        let mut name = repository.file_name().unwrap_or_default().to_os_string();
        name.push(".heal");
        repository.with_file_name(name)
    }

    /// All pull requests, by number.
    ///
    /// # Errors
    /// When files or references cannot be read or brought up to date.
    pub fn pull_requests(&mut self) -> Result<Vec<EmbeddedPullRequest>, PortError> {
        let pulls = self.current()?;
        let shown = pulls.into_iter().map(|pull| {
            let folder = self.store.folder(pull.number);
            let present = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
            let (impact, report) = (present("impact.md"), present("report.html"));
            let title = pull.title.clone();
            EmbeddedPullRequest { request: request(pull), title, folder, impact, report }
        });
        Ok(shown.collect())
    }

    /// Closes a pull request without a merge; nothing when it is not open.
    ///
    /// # Errors
    /// When there is none of this number, or files cannot be written.
    pub fn close(&mut self, number: u64) -> Result<(), PortError> {
        let _lock = self.store.lock()?;
        let pull = self.store.read(number)?;
        let mut pull =
            pull.ok_or_else(|| PortError::rejected(format!("there is no pull request {number}")))?;
        if pull.state == PullRequestState::Open {
            pull.state = PullRequestState::Closed;
            self.store.write(&pull)?;
        }
        Ok(())
    }

    /// All pull requests, with tips and states as the repository has them now.
    fn current(&mut self) -> Result<Vec<Pull>, PortError> {
        if !self.store.exists() {
            return Ok(Vec::new());
        }
        let _lock = self.store.lock()?;
        let mut pulls = self.store.list()?;
        for pull in &mut pulls {
            let before = pull.clone();
            self.follow(pull)?;
            if *pull != before {
                self.references.set_target(&reference(pull.number), &pull.head)?;
                self.store.write(pull)?;
            }
        }
        Ok(pulls)
    }

    /// Follows the branch of an open pull request, and notices that it was merged or removed.
    fn follow(&self, pull: &mut Pull) -> Result<(), PortError> {
        if pull.state != PullRequestState::Open {
            return Ok(());
        }
        let into = self.references.target(&format!("refs/heads/{}", pull.into))?;
        let is_merged = |head| match &into {
            Some(into) => self.references.contains(into, head),
            None => Ok(false),
        };
        // What was merged stays merged, also when the branch went on afterwards.
        if is_merged(&pull.head)? {
            pull.state = PullRequestState::Merged;
            return Ok(());
        }
        match self.references.target(&format!("refs/heads/{}", pull.branch))? {
            Some(tip) => {
                if is_merged(&tip)? {
                    pull.state = PullRequestState::Merged;
                }
                pull.head = tip;
            }
            None => pull.state = PullRequestState::Closed,
        }
        Ok(())
    }

    /// Writes or replaces a file of an existing pull request.
    fn put(&mut self, number: u64, name: &str, bytes: &[u8]) -> Result<(), PortError> {
        let _lock = self.store.lock()?;
        if self.store.read(number)?.is_none() {
            return Err(PortError::rejected(format!("there is no pull request {number}")));
        }
        files::write(&self.store.folder(number).join(name), bytes)
    }
}

impl Forge for EmbeddedForge {
    fn open_pull_requests(&mut self) -> Result<Vec<PullRequest>, PortError> {
        let pulls = self.current()?.into_iter();
        Ok(pulls.filter(|pull| pull.state == PullRequestState::Open).map(request).collect())
    }

    fn closed_pull_requests(&mut self, branch: &str) -> Result<Vec<PullRequest>, PortError> {
        let pulls = self.current()?.into_iter();
        let closed = pulls.filter(|pull| pull.state != PullRequestState::Open && pull.branch == branch);
        Ok(closed.map(request).collect())
    }

    fn impact_comments(&mut self, pull_request: u64) -> Result<Vec<(u64, String)>, PortError> {
        let path = self.store.folder(pull_request).join("impact.md");
        let text = files::read_text(&path, COMMENT_BYTES_MAX)?;
        Ok(text.filter(|text| is_ours(text)).map(|text| (COMMENT, text)).into_iter().collect())
    }

    fn open_pull_request(
        &mut self,
        branch: &str,
        into: &str,
        title: &str,
        body: &str,
    ) -> Result<u64, PortError> {
        let head = self.references.target(&format!("refs/heads/{branch}"))?;
        let head =
            head.ok_or_else(|| PortError::rejected(format!("there is no branch `{branch}` any more")))?;
        self.store.make()?;
        let _lock = self.store.lock()?;
        let pulls = self.store.list()?;
        let open = pulls.iter().find(|pull| pull.branch == branch && pull.state == PullRequestState::Open);
        if let Some(open) = open {
            return Ok(open.number);
        }
        let number = pulls.iter().map(|pull| pull.number).max().unwrap_or(0).saturating_add(1);
        let title = title.to_owned();
        let description = format!("# {}\n\n{body}", inline(&title, TITLE_CHARS_MAX));
        let (branch, into) = (branch.to_owned(), into.to_owned());
        let pull = Pull { number, branch, into, title, state: PullRequestState::Open, head };
        // The reference first: the commits of a pull request that can be seen are kept.
        self.references.set_target(&reference(number), &pull.head)?;
        self.store.add(&pull, &description)?;
        Ok(number)
    }

    fn keep_report(&mut self, pull_request: u64, html: &[u8]) -> Result<(), PortError> {
        self.put(pull_request, "report.html", html)
    }

    fn create_comment(&mut self, pull_request: u64, body: &str) -> Result<u64, PortError> {
        self.put(pull_request, "impact.md", body.as_bytes()).map(|()| COMMENT)
    }

    fn update_comment(&mut self, pull_request: u64, _: u64, body: &str) -> Result<(), PortError> {
        self.put(pull_request, "impact.md", body.as_bytes())
    }

    fn delete_comment(&mut self, pull_request: u64, _: u64) -> Result<(), PortError> {
        self.store.remove(pull_request, "impact.md")
    }
}

fn request(pull: Pull) -> PullRequest {
    PullRequest {
        number: pull.number,
        branch: pull.branch,
        into: pull.into,
        head: pull.head,
        state: pull.state,
        from_fork: false,
        report_link: Some("report.html".to_owned()),
        comments: Vec::new(),
    }
}

fn reference(number: u64) -> String {
    format!("refs/heal/pull/{number}/head")
}

#[cfg(test)]
mod tests;
