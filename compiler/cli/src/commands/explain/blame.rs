//! Which commit a line is from, where the sources are in a Git repository.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use heal_driver::Compilation;
use heal_explain::{Commit, LineTold, Place};
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

/// Most lines of one item that are told beside its first.
const LINES_MAX: usize = 4;

/// Writes into each place the commit that its line is from, or why there is none, and those of its other lines that are
/// younger. Where there is no repository, nothing is said.
pub(super) fn blame(places: &mut [Place], written: &Written<'_>, compilation: &Compilation) {
    for place in places.iter_mut().filter(|place| place.file.starts_with("std/")) {
        place.note = "part of Heal".to_owned();
    }
    let Some(source) = Source::of(written) else { return };
    let texts: Vec<Vec<(u32, String)>> = places.iter().map(|place| lines_of(place, compilation)).collect();
    let mut wanted: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for (place, lines) in places.iter().zip(&texts).filter(|(place, _)| place.note.is_empty()) {
        let of_file = wanted.entry(place.file.clone()).or_default();
        of_file.insert(place.line);
        of_file.extend(lines.iter().map(|(line, _)| *line));
    }
    for (file, lines) in wanted {
        let origins = source.origins(&file, &lines.into_iter().collect::<Vec<_>>());
        for (place, lines) in places.iter_mut().zip(&texts).filter(|(place, _)| place.file == file) {
            match origins.get(&place.line) {
                Some(Some(origin)) => {
                    place.commit = Some(commit(origin));
                    add_younger(place, lines, &origins, origin);
                }
                Some(None) => place.note = "not committed".to_owned(),
                None => {}
            }
        }
    }
}

/// The lines of an item after its first that say something, with what they say.
fn lines_of(place: &Place, compilation: &Compilation) -> Vec<(u32, String)> {
    let Some(item) = compilation.graph.item(&place.item) else { return Vec::new() };
    let Some(file) = compilation.files.get(item.file) else { return Vec::new() };
    let last = file.position(item.range.end).line;
    let lines = (1..).zip(file.text().lines()).skip(place.line as usize);
    let lines =
        lines.take_while(|(line, _)| *line <= last).map(|(line, text)| (line, text.trim().to_owned()));
    lines.filter(|(_, text)| text.contains(char::is_alphanumeric) && !text.starts_with("//")).collect()
}

/// Adds the lines that were written after the item's first one: whoever changed a bound did not touch the name above it.
fn add_younger(
    place: &mut Place,
    lines: &[(u32, String)],
    origins: &BTreeMap<u32, Option<LineOrigin>>,
    first: &LineOrigin,
) {
    let is_younger = |origin: &Option<LineOrigin>| {
        origin.as_ref().is_none_or(|it| it.commit != first.commit && it.at_seconds >= first.at_seconds)
    };
    let told = lines.iter().filter_map(|(line, text)| {
        let origin = origins.get(line).filter(|origin| is_younger(origin))?;
        Some(LineTold { line: *line, text: text.clone(), commit: origin.as_ref().map(commit) })
    });
    place.lines = told.collect();
    // What is not committed is younger than all that is.
    let age = |told: &LineTold| told.commit.as_ref().map_or(Timestamp::MAX, |commit| commit.at);
    place.lines.sort_by_key(|told| (Reverse(age(told)), told.line));
    place.more_lines = u32::try_from(place.lines.len().saturating_sub(LINES_MAX)).unwrap_or(u32::MAX);
    place.lines.truncate(LINES_MAX);
    place.lines.sort_by_key(|told| told.line);
}

fn commit(origin: &LineOrigin) -> Commit {
    let at = Timestamp(origin.at_seconds.saturating_mul(1_000));
    Commit { id: origin.commit.clone(), author: origin.author.clone(), at }
}

/// A path from a repository's root without `..`, as in `app/../common/page.heal` of a dependency beside the package; none: it
/// leads out of the repository.
fn within(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => plain.pop().then_some(())?,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
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
        let Some(path) = within(&self.inside.join(file)) else { return BTreeMap::new() };
        let path = path.to_string_lossy().replace('\\', "/");
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

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::within;

    #[test]
    fn a_dependency_beside_the_package_is_a_path_of_the_repository() {
        let plain = |path: &str| within(Path::new(path));
        assert_eq!(plain("app/../common/page.heal"), Some(PathBuf::from("common/page.heal")));
        assert_eq!(plain("./page.heal"), Some(PathBuf::from("page.heal")));
        assert_eq!(plain("../page.heal"), None);
    }
}
