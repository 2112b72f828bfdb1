//! Small repositories for tests.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use git2::{ObjectType, Oid};
use heal_reconcile::{CommitId, Merged, Tree};
use tempfile::TempDir;

use crate::{Author, GitRepository};

pub(crate) fn author(time_seconds: i64) -> Author {
    Author { name: "Ann".to_owned(), email: "ann@example.invalid".to_owned(), time_seconds }
}

pub(crate) fn empty() -> (TempDir, GitRepository) {
    let folder = tempfile::tempdir().unwrap();
    let repository = GitRepository::init(folder.path(), "main").unwrap();
    (folder, repository)
}

/// Commits `path`, `text` pairs to `branch`, which starts at `main` when it is new.
pub(crate) fn commit(repository: &mut GitRepository, branch: &str, files: &[(&str, &str)]) -> CommitId {
    use heal_reconcile::Repository as _;
    let files: BTreeMap<String, Option<Vec<u8>>> =
        files.iter().map(|(path, text)| ((*path).to_owned(), Some(text.as_bytes().to_vec()))).collect();
    let main = repository.tip("main").unwrap();
    repository
        .commit(branch, main.as_ref(), &files, &format!("{branch} changes"), &author(1_700_000_000))
        .unwrap()
}

/// `path=text` of every file, in order.
pub(crate) fn shown(tree: &Tree) -> String {
    let line = |(path, text): (&String, &Vec<u8>)| format!("{path}={}", String::from_utf8_lossy(text));
    tree.iter().map(line).collect::<Vec<_>>().join(" ")
}

pub(crate) fn shown_merge(merged: Merged) -> String {
    match merged {
        Merged::Tree(tree) => shown(&tree),
        Merged::Conflict(files) => format!("conflict: {}", files.join(" ")),
    }
}

/// Writes a Git tree as it is, with names that no honest tool would write.
pub(crate) fn raw_tree(repository: &GitRepository, entries: &[(&str, &str, Oid)]) -> Oid {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        bytes.extend_from_slice(id.as_bytes());
    }
    repository.repository.odb().unwrap().write(ObjectType::Tree, &bytes).unwrap()
}

/// Commits a tree to `branch`, over what it holds.
pub(crate) fn commit_tree(repository: &GitRepository, branch: &str, tree: Oid) -> CommitId {
    let tree = tree.to_string();
    let text = format!("tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nraw\n");
    let id = repository.repository.odb().unwrap().write(ObjectType::Commit, text.as_bytes()).unwrap();
    repository.repository.reference(&format!("refs/heads/{branch}"), id, true, "").unwrap();
    CommitId::parse(&id.to_string()).unwrap()
}
