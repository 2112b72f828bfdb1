//! One pass: observe, decide, execute, until nothing is left to do.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::{
    ApplyOutcome, Assess, Assessed, Assessment, Assessor, Command, CommitId, Config, Forge, Merged,
    Observation, Outcome, PortError, Repository, observe, publish, step,
};

/// Most rounds of observing and executing in a pass.
pub const PASS_STEPS_MAX: usize = 8;

/// What a pass did and what it left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassReport {
    /// What was done, in order. Empty when all was well before.
    pub actions: Vec<Action>,
    /// What could not be done and did not stop the rest. The next pass tries again.
    pub problems: Vec<Problem>,
    /// The world as last seen.
    pub observation: Observation,
}

/// Something that a pass did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The engine was given a commit.
    Applied {
        /// The commit.
        commit: CommitId,
        /// Whether it runs now.
        outcome: ApplyOutcome,
    },
    /// A pull request was opened, or found open.
    Opened {
        /// Its number.
        pull_request: u64,
        /// Its branch.
        branch: String,
    },
    /// A change was assessed and its comment written or brought up to date.
    Commented {
        /// Number of the pull request.
        pull_request: u64,
        /// Its branch.
        branch: String,
        /// One sentence of the result.
        headline: String,
    },
    /// A second comment was removed.
    RemovedDuplicate {
        /// Number of the pull request.
        pull_request: u64,
    },
}

/// Something that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What was tried, as `verb object`.
    pub doing: String,
    /// What happened.
    pub message: String,
}

/// Why a pass ended early. What it did before stands, and the next pass goes on from there.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PassError {
    /// A port failed.
    #[error("could not {doing}: {source}")]
    Port {
        /// What was tried.
        doing: String,
        /// The failure.
        source: PortError,
        /// What was done before.
        report: Box<PassReport>,
    },
    /// There was always something left to do.
    #[error(
        "the pass did not settle after {PASS_STEPS_MAX} rounds: look for another process that writes to the same pull requests"
    )]
    Unsettled {
        /// What was done.
        report: Box<PassReport>,
    },
}

impl PassError {
    /// How long to wait at least, where the other side said it.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            PassError::Port { source: PortError::Temporary { retry_after, .. }, .. } => *retry_after,
            PassError::Port { .. } | PassError::Unsettled { .. } => None,
        }
    }

    /// Whether waiting may be all that it takes.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            PassError::Port { source: PortError::Temporary { .. }, .. } | PassError::Unsettled { .. }
        )
    }
}

/// Brings pull requests, comments and the engine to what the repository says.
///
/// # Errors
/// When a port fails in a way that concerns more than one command, or the pass does not settle.
pub fn run_pass(
    config: &Config,
    repository: &mut dyn Repository,
    forge: &mut dyn Forge,
    assessor: &mut dyn Assessor,
) -> Result<PassReport, PassError> {
    let mut pass = Pass {
        config,
        repository,
        forge,
        assessor,
        attempted: BTreeSet::new(),
        report: PassReport::default(),
    };
    match pass.run() {
        Ok(true) => Ok(pass.report),
        Ok(false) => Err(PassError::Unsettled { report: Box::new(pass.report) }),
        Err(Failed { doing, source }) => {
            Err(PassError::Port { doing, source, report: Box::new(pass.report) })
        }
    }
}

struct Pass<'a> {
    config: &'a Config,
    repository: &'a mut dyn Repository,
    forge: &'a mut dyn Forge,
    assessor: &'a mut dyn Assessor,
    /// Each command is tried once in a pass, so nothing that fails or does not last is repeated here.
    attempted: BTreeSet<Command>,
    report: PassReport,
}

struct Failed {
    doing: String,
    source: PortError,
}

impl Pass<'_> {
    /// Whether the pass settled.
    fn run(&mut self) -> Result<bool, Failed> {
        self.repository
            .refresh()
            .map_err(|source| Failed { doing: "read the repository".to_owned(), source })?;
        for _ in 0..PASS_STEPS_MAX {
            self.report.observation = observe(self.config, self.repository, self.forge, self.assessor)
                .map_err(|source| Failed { doing: "look at the pull requests".to_owned(), source })?;
            let mut commands = step(self.config, &self.report.observation);
            commands.retain(|command| !self.attempted.contains(command));
            if commands.is_empty() {
                return Ok(true);
            }
            for command in commands {
                self.attempted.insert(command.clone());
                self.tolerate(&command)?;
            }
        }
        Ok(false)
    }

    /// Executes; what concerns only this command becomes a problem of the report.
    fn tolerate(&mut self, command: &Command) -> Result<(), Failed> {
        let Err(source) = self.execute(command) else { return Ok(()) };
        let doing = doing(command);
        match source {
            PortError::Rejected { message } | PortError::TooLarge { message } => {
                self.report.problems.push(Problem { doing, message });
                Ok(())
            }
            PortError::Temporary { .. } | PortError::Denied { .. } => Err(Failed { doing, source }),
        }
    }

    fn execute(&mut self, command: &Command) -> Result<(), PortError> {
        match command {
            Command::Apply { commit } => {
                let tree = self.repository.tree(commit)?;
                let outcome = self.assessor.apply(commit, &tree);
                self.report.actions.push(Action::Applied { commit: commit.clone(), outcome });
            }
            Command::OpenPullRequest { branch, title, body } => {
                let pull_request = self.forge.open_pull_request(branch, &self.config.main, title, body)?;
                self.report.actions.push(Action::Opened { pull_request, branch: branch.clone() });
            }
            Command::DeleteComment { pull_request, comment } => {
                self.forge.delete_comment(*pull_request, *comment)?;
                self.report.actions.push(Action::RemovedDuplicate { pull_request: *pull_request });
            }
            Command::Assess(request) => self.assess(request)?,
            Command::KeepReport { pull_request, html } => self.forge.keep_report(*pull_request, html)?,
            Command::CreateComment { pull_request, body } => {
                self.forge.create_comment(*pull_request, body)?;
            }
            Command::UpdateComment { pull_request, comment, body } => {
                self.forge.update_comment(*pull_request, *comment, body)?;
            }
        }
        Ok(())
    }

    fn assess(&mut self, request: &Assess) -> Result<(), PortError> {
        let (assessment, conflicts) = match self.compare(request) {
            Ok(compared) => compared,
            // A limit of ours is the same tomorrow: it is told where the author of the change sees it.
            Err(PortError::TooLarge { message }) => (unknown(message), Vec::new()),
            Err(other) => return Err(other),
        };
        let headline = assessment.headline.clone();
        let assessed = Assessed { request: request.clone(), conflicts, assessment };
        for command in publish(&self.report.observation, &assessed) {
            self.execute(&command)?;
        }
        let Assess { pull_request, branch, .. } = request.clone();
        self.report.actions.push(Action::Commented { pull_request, branch, headline });
        Ok(())
    }

    fn compare(&mut self, request: &Assess) -> Result<(Assessment, Vec<String>), PortError> {
        let base = self.repository.tree(&request.base)?;
        let (head, conflicts) = match self.repository.merge(&request.base, &request.head)? {
            Merged::Tree(tree) => (tree, Vec::new()),
            Merged::Conflict(files) => (self.repository.tree(&request.head)?, files),
        };
        Ok((self.assessor.assess(&base, &head), conflicts))
    }
}

fn unknown(reason: String) -> Assessment {
    Assessment {
        headline: "the impact of this change is unknown".to_owned(),
        outcome: Outcome::Unknown { reason },
        report_html: Vec::new(),
    }
}

fn doing(command: &Command) -> String {
    match command {
        Command::Apply { commit } => format!("apply {}", commit.short()),
        Command::OpenPullRequest { branch, .. } => format!("open a pull request for {branch}"),
        Command::DeleteComment { pull_request, .. } => {
            format!("remove a second comment on pull request {pull_request}")
        }
        Command::Assess(request) => format!("assess pull request {}", request.pull_request),
        Command::KeepReport { pull_request, .. } => format!("keep the report of pull request {pull_request}"),
        Command::CreateComment { pull_request, .. } => format!("comment on pull request {pull_request}"),
        Command::UpdateComment { pull_request, .. } => {
            format!("update the comment on pull request {pull_request}")
        }
    }
}

#[cfg(test)]
mod tests;
