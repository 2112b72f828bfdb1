//! Which commit a line is from, where the sources are in a Git repository.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use heal_explain::{Commit, Place};
use heal_git::{GitRepository, LineOrigin};
use heal_program::Timestamp;
use heal_reconcile::CommitId;

use crate::commands::diff::enclosing_repository;

/// Where sources were read from.
pub(super) enum Written<'w> {
    /// A folder, with whatever is in it now.
    Folder(&'w Path),
    /// A revision of the repository that the current folder is in.
    Revision(&'w str),
}

impl<'w> Written<'w> {
    /// What a side of a difference is called by.
    pub(super) fn named(name: &'w str) -> Written<'w> {
        let folder = Path::new(name);
        if folder.is_dir() { Written::Folder(folder) } else { Written::Revision(name) }
    }
}

/// Writes into each place the commit that its line is from, or why there is none. Where there is no repository, nothing
/// is said.
pub(super) fn blame(places: &mut [Place], written: &Written<'_>) {
    for place in places.iter_mut().filter(|place| place.file.starts_with("std/")) {
        place.note = "part of Heal".to_owned();
    }
    let Some(source) = Source::of(written) else { return };
    let mut lines: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for place in places.iter().filter(|place| place.note.is_empty()) {
        lines.entry(place.file.clone()).or_default().push(place.line);
    }
    for (file, lines) in lines {
        let origins = source.origins(&file, &lines);
        for place in places.iter_mut().filter(|place| place.file == file) {
            match origins.get(&place.line) {
                Some(Some(origin)) => place.commit = Some(commit(origin)),
                Some(None) => place.note = "not committed".to_owned(),
                None => {}
            }
        }
    }
}

fn commit(origin: &LineOrigin) -> Commit {
    let at = Timestamp(origin.at_seconds.saturating_mul(1_000));
    Commit { id: origin.commit.clone(), author: origin.author.clone(), at }
}

/// A repository, and where the package is in it.
struct Source {
    repository: GitRepository,
    /// The package's folder, from the repository's root.
    inside: PathBuf,
    /// The commit that is looked at; none: what is on disk, in that folder.
    revision: Option<CommitId>,
    folder: PathBuf,
}

impl Source {
    fn of(written: &Written<'_>) -> Option<Source> {
        match written {
            Written::Folder(folder) => {
                let folder = fs::canonicalize(folder).ok()?;
                let root = folder.ancestors().find(|folder| folder.join(".git").exists())?.to_owned();
                let inside = folder.strip_prefix(&root).ok()?.to_owned();
                let repository = GitRepository::open(&root).ok()?;
                Some(Source { repository, inside, revision: None, folder })
            }
            Written::Revision(name) => {
                let (repository, inside) = enclosing_repository().ok()?;
                let revision = repository.resolve(name).ok()?;
                Some(Source { repository, inside, revision, folder: PathBuf::new() })
            }
        }
    }

    fn origins(&self, file: &str, lines: &[u32]) -> BTreeMap<u32, Option<LineOrigin>> {
        let path = self.inside.join(file).to_string_lossy().replace('\\', "/");
        let text = match self.revision {
            Some(_) => None,
            None => fs::read_to_string(self.folder.join(file)).ok(),
        };
        if self.revision.is_none() && text.is_none() {
            return BTreeMap::new();
        }
        self.repository.blame(&path, self.revision.as_ref(), text.as_deref(), lines).unwrap_or_default()
    }
}
