//! The repository behind the reconciler's port.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{BranchType, Delta, DiffDelta, ErrorCode, Oid, Repository};
use heal_reconcile::{BranchPattern, CommitId, Merged, PortError, Tree, is_policy};

use crate::mirror::{self, Mirror};
use crate::read::{self, is_file, place};
use crate::{Address, GitReferences, Token, failure, isolate, merge};

/// Most branches under a pattern.
pub const BRANCHES_MAX: usize = 1_000;

/// A Git repository on this machine, or a mirror of one elsewhere.
pub struct GitRepository {
    pub(crate) repository: Repository,
    mirror: Option<Mirror>,
}

impl GitRepository {
    /// Opens the repository in `folder`, bare or with a working tree. Its own branches are what is reconciled.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(folder: &Path) -> Result<GitRepository, PortError> {
        let place = folder.display().to_string();
        let repository =
            isolate::open(folder).map_err(|error| failure::local("open the repository", &place, &error))?;
        Ok(GitRepository { repository, mirror: None })
    }

    /// Opens the bare mirror of `address` in `folder`, or makes one; the first refresh fills it. One process at a time can.
    ///
    /// # Errors
    /// When the folder cannot be used or is in use, or when the token would travel unencrypted.
    pub fn mirror(address: Address, folder: &Path, token: Option<Token>) -> Result<GitRepository, PortError> {
        let (repository, mirror) = mirror::open(address, folder, token)?;
        Ok(GitRepository { repository, mirror: Some(mirror) })
    }

    /// The commit that a revision names, as `git rev-parse` reads it: a branch, a tag, a hash, `main~2`. `None` when it
    /// names none.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn resolve(&self, revision: &str) -> Result<Option<CommitId>, PortError> {
        match self.repository.revparse_single(revision).and_then(|object| object.peel_to_commit()) {
            Ok(commit) => commit_id(commit.id()).map(Some),
            Err(error)
                if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Peel) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.failed("resolve a revision", &error)),
        }
    }

    /// A second handle, to its references.
    ///
    /// # Errors
    /// When the repository cannot be opened again.
    pub fn references(&self) -> Result<GitReferences, PortError> {
        GitReferences::open(self.repository.path())
    }

    pub(crate) fn failed(&self, doing: &str, error: &git2::Error) -> PortError {
        failure::local(doing, &place(&self.repository), error)
    }

    fn tree_of(&self, commit: &CommitId) -> Result<git2::Tree<'_>, PortError> {
        self.repository
            .find_commit(object_id(commit)?)
            .and_then(|commit| commit.tree())
            .map_err(|error| self.failed(&format!("read commit {}", commit.short()), &error))
    }
}

impl heal_reconcile::Repository for GitRepository {
    fn refresh(&mut self) -> Result<(), PortError> {
        self.mirror.as_ref().map_or(Ok(()), |mirror| mirror.fetch(&self.repository))
    }

    fn tip(&self, branch: &str) -> Result<Option<CommitId>, PortError> {
        let name = format!("refs/heads/{branch}");
        match self.repository.find_reference(&name).and_then(|reference| reference.peel_to_commit()) {
            Ok(commit) => commit_id(commit.id()).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) if error.code() == ErrorCode::InvalidSpec => Err(PortError::denied(format!(
                "`{}` cannot be the name of a branch: correct the configuration",
                heal_reconcile::one_line(branch, 80)
            ))),
            Err(error) => Err(self.failed("read a branch", &error)),
        }
    }

    fn branches(&self, pattern: &BranchPattern) -> Result<BTreeMap<String, CommitId>, PortError> {
        let failed = |error: git2::Error| self.failed("list branches", &error);
        let mut branches = BTreeMap::new();
        for branch in self.repository.branches(Some(BranchType::Local)).map_err(failed)? {
            let (branch, _) = branch.map_err(failed)?;
            let Ok(Some(name)) = branch.name() else { continue };
            if !pattern.matches(name) {
                continue;
            }
            if branches.len() >= BRANCHES_MAX {
                return Err(PortError::denied(format!(
                    "more than {BRANCHES_MAX} branches are under `{pattern}`: delete merged ones or narrow the pattern"
                )));
            }
            // A branch that points to nothing readable is as good as none, and must not stop the others.
            if let Ok(commit) = branch.get().peel_to_commit() {
                branches.insert(name.to_owned(), commit_id(commit.id())?);
            }
        }
        Ok(branches)
    }

    fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>, PortError> {
        match self.repository.merge_base(object_id(one)?, object_id(other)?) {
            Ok(id) => commit_id(id).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(self.failed("find the merge base", &error)),
        }
    }

    fn changed_policies(&self, from: &CommitId, to: &CommitId) -> Result<Vec<String>, PortError> {
        let (from, to) = (self.tree_of(from)?, self.tree_of(to)?);
        let diff = self
            .repository
            .diff_tree_to_tree(Some(&from), Some(&to), None)
            .map_err(|error| self.failed("compare commits", &error))?;
        let mut paths: Vec<String> = diff.deltas().filter_map(|delta| changed_policy(&delta)).collect();
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    fn subject(&self, commit: &CommitId) -> Result<String, PortError> {
        let found = self.repository.find_commit(object_id(commit)?);
        let found = found.map_err(|error| self.failed(&format!("read commit {}", commit.short()), &error))?;
        Ok(String::from_utf8_lossy(found.summary_bytes().unwrap_or_default()).into_owned())
    }

    fn tree(&self, commit: &CommitId) -> Result<Tree, PortError> {
        let tree = self.tree_of(commit)?.id();
        read::tree(&self.repository, tree)
    }

    fn merge(&self, base: &CommitId, head: &CommitId) -> Result<Merged, PortError> {
        merge::merge(&self.repository, object_id(base)?, object_id(head)?)
    }
}

/// The path of a policy file that came, went, or has other contents.
fn changed_policy(delta: &DiffDelta<'_>) -> Option<String> {
    let (old, new) = (delta.old_file(), delta.new_file());
    let was = is_file(u32::from(old.mode())) && delta.status() != Delta::Added;
    let is = is_file(u32::from(new.mode())) && delta.status() != Delta::Deleted;
    let differs = was != is || old.id() != new.id();
    let path = new.path().or(old.path())?.to_str()?;
    (differs && (was || is) && is_policy(path)).then(|| path.to_owned())
}

pub(crate) fn commit_id(id: Oid) -> Result<CommitId, PortError> {
    CommitId::parse(&id.to_string()).map_err(|error| PortError::rejected(error.to_string()))
}

pub(crate) fn object_id(commit: &CommitId) -> Result<Oid, PortError> {
    Oid::from_str(commit.as_str()).map_err(|_| {
        PortError::denied(format!(
            "commit {} is not a SHA-1 id: repositories with SHA-256 are not supported yet",
            commit.short()
        ))
    })
}

#[cfg(test)]
mod tests;
