//! The files of the repository are written as the formatter writes them.
#![expect(clippy::disallowed_methods, reason = "these tests are about the repository's files")]

use std::path::{Path, PathBuf};

use crate::format;

/// The `.heal` files right in a folder of the repository.
fn heal_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "heal"));
    files.sort();
    files
}

#[test]
fn the_files_of_the_repository_are_in_canonical_form() {
    for folder in ["stdlib", "policies/demo"] {
        let files = heal_files(folder);
        assert!(!files.is_empty(), "{folder}");
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let output = format(&text).unwrap();
            assert!(output == text, "{} should be:\n{output}", path.display());
        }
    }
}
