//! The files of the repository are written as the formatter writes them.
#![expect(clippy::disallowed_methods, reason = "these tests are about the repository's files")]

use std::path::{Path, PathBuf};

use crate::format;

/// The `.heal` files in a folder of the repository, and in the folders right below it.
fn heal_files(folder: &str) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let mut files = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder));
    let below: Vec<PathBuf> =
        files.iter().filter(|path| path.is_dir()).flat_map(|path| entries(path)).collect();
    files.extend(below);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "heal"));
    files.sort();
    files
}

#[test]
fn the_files_of_the_repository_are_in_canonical_form() {
    for folder in ["stdlib", "policies/demo", "policies/showcases"] {
        let files = heal_files(folder);
        assert!(!files.is_empty(), "{folder}");
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let output = format(&text).unwrap();
            assert!(output == text, "{} should be:\n{output}", path.display());
        }
    }
}
