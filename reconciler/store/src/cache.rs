//! The folder in which recordings are kept that were brought from a store. It may be deleted at any time.
//!
//! `HASH/` is a recording, by the hash of its manifest; `drafts/HASH/draft/NAME/` is one that is being changed, by the hash
//! of its address.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use heal_telemetry::{MANIFEST_FILE, Manifest, TABLE_FILES, clear_abandoned};

use crate::{StoreError, draft::remove_old_drafts};

/// How many bytes of recordings are kept: those that nobody asked for since longest go first.
const BYTES_MAX: u64 = 16 << 30;

/// The folder of drafts.
pub(crate) const DRAFTS: &str = "drafts";

/// Whether a recording is there, with tables as long as its manifest says; if so, it is the one that was asked for last.
/// What is in the tables is looked at when it is opened.
pub(crate) fn holds(folder: &Path, bytes: &[u8], manifest: &Manifest) -> bool {
    let file = folder.join(MANIFEST_FILE);
    let mut tables = TABLE_FILES.into_iter().filter_map(|name| Some((name, manifest.files.get(name)?)));
    let is_there = fs::read(&file).is_ok_and(|there| there == bytes)
        && tables.all(|(name, entry)| {
            fs::metadata(folder.join(name)).is_ok_and(|it| it.is_file() && it.len() == entry.bytes)
        });
    if is_there && let Ok(file) = File::options().append(true).open(&file) {
        // Where that cannot be written down it may go earlier.
        let _ = file.set_modified(SystemTime::now());
    }
    is_there
}

/// Removes what killed processes left, and the recordings that nobody asked for since longest, but for `kept`.
pub(crate) fn tidy(cache: &Path, kept: &Path) {
    clear_abandoned(cache);
    remove_old_drafts(&cache.join(DRAFTS), SystemTime::now());
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
            remove(&folder)?;
            bytes = bytes.saturating_sub(size);
        }
    }
    Ok(())
}

/// Removes a folder of the cache, or whatever else is in its place. It is gone at once: of one that was removed file by
/// file, an interruption would leave what is no recording and stands in the way of one.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    // What is left of it is taken for a folder that was being filled, and goes with those.
    let aside = folder.with_file_name(format!(".removed-{name}.new-{}", std::process::id()));
    let unless_gone = |done: io::Result<()>| match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    };
    let remove_all = |path: &Path| {
        unless_gone(if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) })
    };
    remove_all(&aside)?;
    unless_gone(fs::rename(folder, &aside))?;
    remove_all(&aside)
}

pub(crate) fn failed(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Cache { path, source }
}
