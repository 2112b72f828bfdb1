//! The folders that this process is filling, for whoever interrupts it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // A set of paths is whole whatever happened to whoever held it.
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder is being filled.
pub(super) fn begun(folder: &Path) {
    unfinished().insert(folder.to_owned());
}

/// It is no longer.
pub(super) fn ended(folder: &Path) {
    unfinished().remove(folder);
}

/// Removes what this process has not finished writing. For whoever ends it at once: other threads that write there fail.
pub fn remove_unfinished() {
    for folder in std::mem::take(&mut *unfinished()) {
        // Whoever writes the recording next removes what is left.
        let _ = fs::remove_dir_all(folder);
    }
}
