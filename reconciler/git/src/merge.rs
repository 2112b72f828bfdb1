//! Trying a merge in memory.

use std::collections::BTreeSet;

use git2::{Index, IndexConflict, MergeOptions, Oid, Repository};
use heal_reconcile::{Merged, PortError, is_relevant};

use crate::failure;
use crate::read::{Collector, is_file, place};

/// The relevant files after a merge of `head` into `base`, or those on which a person has to decide. Conflicts elsewhere in
/// the repository do not matter here.
pub(crate) fn merge(repository: &Repository, base: Oid, head: Oid) -> Result<Merged, PortError> {
    let index = merged_index(repository, base, head)
        .map_err(|error| failure::local("try the merge", &place(repository), &error))?;
    let conflicts =
        conflicts(&index).map_err(|error| failure::local("try the merge", &place(repository), &error))?;
    if !conflicts.is_empty() {
        return Ok(Merged::Conflict(conflicts));
    }
    let mut collector = Collector::new(repository)?;
    for entry in index.iter().filter(|entry| is_file(entry.mode) && is_settled(entry.flags)) {
        if let Ok(path) = std::str::from_utf8(&entry.path) {
            collector.file(path, entry.id)?;
        }
    }
    Ok(Merged::Tree(collector.finish()))
}

/// The whole result as an index that belongs to no file.
pub(crate) fn merged_index(repository: &Repository, base: Oid, head: Oid) -> Result<Index, git2::Error> {
    let (ours, theirs) = (repository.find_commit(base)?, repository.find_commit(head)?);
    let mut options = MergeOptions::new();
    options.find_renames(true);
    repository.merge_commits(&ours, &theirs, Some(&options))
}

fn conflicts(index: &Index) -> Result<Vec<String>, git2::Error> {
    let mut paths = BTreeSet::new();
    if index.has_conflicts() {
        for conflict in index.conflicts()? {
            let IndexConflict { ancestor, our, their } = conflict?;
            for entry in [ancestor, our, their].into_iter().flatten() {
                if let Ok(path) = String::from_utf8(entry.path)
                    && is_relevant(&path)
                {
                    paths.insert(path);
                }
            }
        }
    }
    Ok(paths.into_iter().collect())
}

/// Whether an entry is not one of the sides of a conflict: its stage is zero.
fn is_settled(flags: u16) -> bool {
    const STAGE: u16 = 0x3000;
    flags & STAGE == 0
}
