//! Reading the policy-relevant files of a commit or of a merge, within limits.

use git2::{ObjectType, Odb, Oid, Repository};
use heal_reconcile::{FILE_BYTES_MAX, PortError, TREE_BYTES_MAX, TREE_FILES_MAX, Tree, is_relevant};

use crate::failure;

/// Deepest folder that is looked into.
const DEPTH_MAX: usize = 64;
/// Most entries that are looked at, relevant or not.
const ENTRIES_MAX: usize = 2_000_000;

/// Mode bits of a file that is neither a link nor a submodule.
const MODE_FILE: u32 = 0o100_000;
const MODE_KIND: u32 = 0o170_000;

/// Whether an entry with this mode is a plain file, executable or not.
pub(crate) fn is_file(mode: u32) -> bool {
    mode & MODE_KIND == MODE_FILE
}

/// Collects files into a [`Tree`] and refuses past its limits.
pub(crate) struct Collector<'a> {
    repository: &'a Repository,
    odb: Odb<'a>,
    tree: Tree,
    bytes: usize,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(repository: &'a Repository) -> Result<Collector<'a>, PortError> {
        let odb =
            repository.odb().map_err(|error| failure::local("read files", &place(repository), &error))?;
        Ok(Collector { repository, odb, tree: Tree::new(), bytes: 0 })
    }

    /// Takes a file if it is relevant. Its size is known before it is loaded.
    pub(crate) fn file(&mut self, path: &str, id: Oid) -> Result<(), PortError> {
        if !is_relevant(path) {
            return Ok(());
        }
        let failed =
            |error: git2::Error| failure::local(&format!("read {path}"), &place(self.repository), &error);
        let (size, kind) = self.odb.read_header(id).map_err(failed)?;
        if kind != ObjectType::Blob {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(size);
        let mebibytes = |bytes: usize| bytes >> 20;
        if size > FILE_BYTES_MAX {
            return Err(PortError::too_large(format!(
                "{path} has {size} bytes, more than {} MiB: split it or keep the recording elsewhere",
                mebibytes(FILE_BYTES_MAX)
            )));
        }
        if self.bytes > TREE_BYTES_MAX {
            return Err(PortError::too_large(format!(
                "policies and recordings have more than {} MiB together: keep recordings elsewhere",
                mebibytes(TREE_BYTES_MAX)
            )));
        }
        if self.tree.len() >= TREE_FILES_MAX {
            return Err(PortError::too_large(format!(
                "there are more than {TREE_FILES_MAX} policy and recording files: split the repository"
            )));
        }
        let object = self.odb.read(id).map_err(failed)?;
        self.tree.insert(path.to_owned(), object.data().to_vec());
        Ok(())
    }

    pub(crate) fn finish(self) -> Tree {
        self.tree
    }
}

/// The relevant files below a Git tree. Links, submodules and names that are not UTF-8 are passed over.
pub(crate) fn tree(repository: &Repository, root: Oid) -> Result<Tree, PortError> {
    let failed = |error: git2::Error| failure::local("read files", &place(repository), &error);
    let mut collector = Collector::new(repository)?;
    let mut waiting = vec![(String::new(), root, 0_usize)];
    let mut entries = 0_usize;
    while let Some((prefix, id, depth)) = waiting.pop() {
        let folder = repository.find_tree(id).map_err(failed)?;
        for entry in &folder {
            entries += 1;
            if entries > ENTRIES_MAX {
                return Err(PortError::too_large(format!(
                    "the repository has more than {ENTRIES_MAX} files and folders: keep policies in one of their own"
                )));
            }
            let Ok(name) = entry.name() else { continue };
            if name.contains('/') {
                continue;
            }
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if entry.kind() == Some(ObjectType::Tree) {
                if depth < DEPTH_MAX && !matches!(name, "." | ".." | ".git") {
                    waiting.push((path, entry.id(), depth + 1));
                }
            } else if u32::try_from(entry.filemode_raw()).is_ok_and(is_file) {
                collector.file(&path, entry.id())?;
            }
        }
    }
    Ok(collector.finish())
}

pub(crate) fn place(repository: &Repository) -> String {
    repository.path().display().to_string()
}
