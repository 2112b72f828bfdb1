//! Making repositories and commits, for the demo, for `init` and for tests. The reconciler itself writes no commits.

use std::collections::BTreeMap;
use std::path::Path;

use git2::build::CheckoutBuilder;
use git2::{Commit, ErrorCode, Index, IndexEntry, IndexTime, Signature, Time};
use heal_reconcile::{CommitId, PortError, Repository as _};

use crate::repository::{commit_id, object_id};
use crate::{GitRepository, isolate, merge};

/// Who makes a commit, and when. Nothing is taken from the clock or from the user's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// A name.
    pub name: String,
    /// An address.
    pub email: String,
    /// Seconds since 1970-01-01 UTC.
    pub time_seconds: i64,
}

impl GitRepository {
    /// Makes an empty repository with a working tree in `folder`, whose first branch is to be `main`.
    ///
    /// # Errors
    /// When there is one already, or the folder cannot be written.
    pub fn init(folder: &Path, main: &str) -> Result<GitRepository, PortError> {
        init(folder, &folder.join(".git"), main, false)
    }

    /// Makes an empty bare repository in `folder`, whose first branch is to be `main`.
    ///
    /// # Errors
    /// When there is one already, or the folder cannot be written.
    pub fn init_bare(folder: &Path, main: &str) -> Result<GitRepository, PortError> {
        init(folder, folder, main, true)
    }

    /// Commits to `branch`: the files of its tip (of `from` when it is new, of nothing without either) with `files` put in,
    /// `None` for one that goes. The working tree stays as it is.
    ///
    /// # Errors
    /// When the repository cannot be written, or a path is no path.
    pub fn commit(
        &mut self,
        branch: &str,
        from: Option<&CommitId>,
        files: &BTreeMap<String, Option<Vec<u8>>>,
        message: &str,
        author: &Author,
    ) -> Result<CommitId, PortError> {
        let tip = self.tip(branch)?;
        let parent = tip.as_ref().or(from).map(object_id).transpose()?;
        let written = self.commit_to(branch, parent, files, message, author);
        commit_id(written.map_err(|error| self.failed("commit", &error))?)
    }

    /// Merges `branch` into `into` with a merge commit. `None` when there are conflicts: nothing is written then.
    ///
    /// # Errors
    /// When a branch is missing or the repository cannot be written.
    pub fn commit_merge(
        &mut self,
        into: &str,
        branch: &str,
        message: &str,
        author: &Author,
    ) -> Result<Option<CommitId>, PortError> {
        let tip = |name: &str| {
            self.tip(name)?
                .ok_or_else(|| PortError::rejected(format!("there is no branch `{name}`: create it first")))
        };
        let (base, head) = (object_id(&tip(into)?)?, object_id(&tip(branch)?)?);
        let merged = self.merge_to(into, base, head, message, author);
        merged.map_err(|error| self.failed("merge", &error))?.map(commit_id).transpose()
    }

    /// Points a branch to a commit, whatever it pointed to before.
    ///
    /// # Errors
    /// When the commit is missing or the repository cannot be written.
    pub fn set_branch(&mut self, branch: &str, commit: &CommitId) -> Result<(), PortError> {
        let name = format!("refs/heads/{branch}");
        let set = self.repository.reference(&name, object_id(commit)?, true, "heal").map(drop);
        set.map_err(|error| self.failed("move a branch", &error))
    }

    /// Removes a branch; nothing when there is none.
    ///
    /// # Errors
    /// When the repository cannot be written.
    pub fn delete_branch(&mut self, branch: &str) -> Result<(), PortError> {
        let name = format!("refs/heads/{branch}");
        match self.repository.find_reference(&name).and_then(|mut reference| reference.delete()) {
            Ok(()) => Ok(()),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
            Err(error) => Err(self.failed("remove a branch", &error)),
        }
    }

    /// Makes the working tree show a branch. Changes that are not committed are lost.
    ///
    /// # Errors
    /// When there is no such branch or no working tree, or files cannot be written.
    pub fn check_out(&mut self, branch: &str) -> Result<(), PortError> {
        let mut options = CheckoutBuilder::new();
        options.force();
        let shown = self
            .repository
            .set_head(&format!("refs/heads/{branch}"))
            .and_then(|()| self.repository.checkout_head(Some(&mut options)));
        shown.map_err(|error| self.failed(&format!("check out {branch}"), &error))
    }

    fn commit_to(
        &self,
        branch: &str,
        parent: Option<git2::Oid>,
        files: &BTreeMap<String, Option<Vec<u8>>>,
        message: &str,
        author: &Author,
    ) -> Result<git2::Oid, git2::Error> {
        let parent = parent.map(|id| self.repository.find_commit(id)).transpose()?;
        let mut index = Index::new()?;
        if let Some(parent) = &parent {
            index.read_tree(&parent.tree()?)?;
        }
        for (path, contents) in files {
            match contents {
                Some(contents) => index.add(&entry(path, self.repository.blob(contents)?))?,
                None => index.remove(Path::new(path), 0)?,
            }
        }
        let parents: Vec<&Commit<'_>> = parent.iter().collect();
        self.write(branch, &mut index, &parents, message, author)
    }

    fn merge_to(
        &self,
        into: &str,
        base: git2::Oid,
        head: git2::Oid,
        message: &str,
        author: &Author,
    ) -> Result<Option<git2::Oid>, git2::Error> {
        let mut index = merge::merged_index(&self.repository, base, head)?;
        if index.has_conflicts() {
            return Ok(None);
        }
        let (ours, theirs) = (self.repository.find_commit(base)?, self.repository.find_commit(head)?);
        self.write(into, &mut index, &[&ours, &theirs], message, author).map(Some)
    }

    fn write(
        &self,
        branch: &str,
        index: &mut Index,
        parents: &[&Commit<'_>],
        message: &str,
        author: &Author,
    ) -> Result<git2::Oid, git2::Error> {
        let tree = self.repository.find_tree(index.write_tree_to(&self.repository)?)?;
        let who = Signature::new(&author.name, &author.email, &Time::new(author.time_seconds, 0))?;
        // As git writes them: with a line break at the end.
        let message = format!("{}\n", message.trim_end());
        self.repository.commit(Some(&format!("refs/heads/{branch}")), &who, &who, &message, &tree, parents)
    }
}

/// `inner` is where the repository itself lies: `folder`, or its `.git`.
fn init(folder: &Path, inner: &Path, main: &str, is_bare: bool) -> Result<GitRepository, PortError> {
    let place = folder.display().to_string();
    if inner.join("HEAD").exists() {
        return Err(PortError::denied(format!(
            "there is a Git repository at {place} already: choose another folder"
        )));
    }
    isolate::lay_out(inner, main, is_bare).map_err(|error| {
        PortError::denied(format!(
            "could not make a repository in {place}: {error}; give this user access to it"
        ))
    })?;
    GitRepository::open(folder)
}

fn entry(path: &str, id: git2::Oid) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests;
