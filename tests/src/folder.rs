//! A temporary folder that is removed at the end of its test.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own for one test. Set `HEAL_TEST_KEEP=1` to keep it and see its path.
#[derive(Debug)]
pub struct TestFolder {
    folder: tempfile::TempDir,
}

impl TestFolder {
    /// A new, empty folder.
    pub fn new() -> TestFolder {
        let mut folder =
            tempfile::Builder::new().prefix("heal-test-").tempdir().expect("make a temporary folder");
        folder.disable_cleanup(std::env::var_os("HEAL_TEST_KEEP").is_some());
        TestFolder { folder }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path below it, which need not exist.
    pub fn join(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.path().join(relative)
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, relative: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).unwrap_or_else(|error| panic!("create {}: {error}", parent.display()));
        }
        fs::write(&path, content).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
        path
    }

    /// The text of a file in it.
    pub fn read(&self, relative: impl AsRef<Path>) -> String {
        let path = self.join(relative);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
    }

    /// A folder below it, made when it is not there.
    pub fn subfolder(&self, relative: impl AsRef<Path>) -> PathBuf {
        let path = self.join(relative);
        fs::create_dir_all(&path).unwrap_or_else(|error| panic!("create {}: {error}", path.display()));
        path
    }
}

impl Default for TestFolder {
    fn default() -> TestFolder {
        TestFolder::new()
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        if std::env::var_os("HEAL_TEST_KEEP").is_some() {
            crate::skip::say_aloud(&format!("kept: {}", self.path().display()));
        }
    }
}
