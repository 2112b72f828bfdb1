//! The folder in which recordings are kept that were brought from a store. It may be deleted at any time.
//!
//! `HASH/` is a recording, by the hash of its manifest; `drafts/HASH/NAME/` is one that is being changed, by the hash of
//! its address.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use heal_telemetry::{MANIFEST_FILE, clear_abandoned};

use crate::StoreError;

/// How many bytes of recordings are kept: those that nobody asked for since longest go first.
const BYTES_MAX: u64 = 16 << 30;

/// The folder of drafts.
pub(crate) const DRAFTS: &str = "drafts";

/// Whether a recording is there; if so, it is the one that was asked for last.
pub(crate) fn holds(folder: &Path, manifest: &[u8]) -> bool {
    let file = folder.join(MANIFEST_FILE);
    let is_there = fs::read(&file).is_ok_and(|bytes| bytes == manifest);
    if is_there && let Ok(file) = File::options().append(true).open(&file) {
        // Where that cannot be written down it may go earlier.
        let _ = file.set_modified(SystemTime::now());
    }
    is_there
}

/// Removes what killed processes left, and the recordings that nobody asked for since longest, but for `kept`.
pub(crate) fn tidy(cache: &Path, kept: &Path) {
    clear_abandoned(cache);
    // Whatever cannot be listed or removed stays: another process may be at the same.
    let _ = remove_oldest(cache, kept, BYTES_MAX);
}

pub(crate) fn remove_oldest(cache: &Path, kept: &Path, bytes_max: u64) -> io::Result<()> {
    let mut recordings: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(cache)? {
        let folder = entry?.path();
        let Ok(manifest) = fs::metadata(folder.join(MANIFEST_FILE)) else { continue };
        let mut bytes = 0;
        for file in fs::read_dir(&folder)? {
            bytes += file?.metadata()?.len();
        }
        recordings.push((manifest.modified()?, bytes, folder));
    }
    recordings.sort();
    let mut bytes: u64 = recordings.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, size, folder) in recordings {
        if bytes <= bytes_max {
            break;
        }
        if folder != kept {
            fs::remove_dir_all(folder)?;
            bytes = bytes.saturating_sub(size);
        }
    }
    Ok(())
}

pub(crate) fn failed(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Cache { path, source }
}
