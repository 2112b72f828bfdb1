//! References by name, for the embedded forge.

use std::path::Path;

use git2::{ErrorCode, Repository};
use heal_reconcile::{CommitId, PortError, References};

use crate::read::place;
use crate::repository::{commit_id, object_id};
use crate::{failure, isolate};

/// Prefix of the references that only we write.
const OURS: &str = "refs/heal/";

/// The references of a repository on this machine, or of a mirror.
pub struct GitReferences {
    repository: Repository,
}

impl GitReferences {
    /// Opens the repository at `folder`.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(folder: &Path) -> Result<GitReferences, PortError> {
        let place = folder.display().to_string();
        let repository =
            isolate::open(folder).map_err(|error| failure::local("open the repository", &place, &error))?;
        Ok(GitReferences { repository })
    }

    fn failed(&self, doing: &str, error: &git2::Error) -> PortError {
        failure::local(doing, &place(&self.repository), error)
    }
}

impl References for GitReferences {
    fn target(&self, name: &str) -> Result<Option<CommitId>, PortError> {
        match self.repository.find_reference(name).and_then(|reference| reference.peel_to_commit()) {
            Ok(commit) => commit_id(commit.id()).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(self.failed(&format!("read {name}"), &error)),
        }
    }

    fn set_target(&mut self, name: &str, commit: &CommitId) -> Result<(), PortError> {
        let id = object_id(commit)?;
        let set = || self.repository.reference(name, id, true, "heal").map(drop);
        match set() {
            Err(error) if error.code() == ErrorCode::Locked && name.starts_with(OURS) => {
                // Nobody else writes below this prefix, and our own writers exclude each other: a dead one left it.
                let stale = self.repository.commondir().join(format!("{name}.lock"));
                let _ = std::fs::remove_file(stale);
                set()
            }
            result => result,
        }
        .map_err(|error| self.failed(&format!("write {name}"), &error))
    }

    fn contains(&self, commit: &CommitId, ancestor: &CommitId) -> Result<bool, PortError> {
        let (commit, ancestor) = (object_id(commit)?, object_id(ancestor)?);
        let contains = commit == ancestor
            || self
                .repository
                .graph_descendant_of(commit, ancestor)
                .map_err(|error| self.failed("compare commits", &error))?;
        Ok(contains)
    }
}
