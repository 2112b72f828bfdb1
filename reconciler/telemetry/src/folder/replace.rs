//! One folder in the place of another.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::abandoned::sibling;
use super::{failed, rename};
use crate::RecordingError;
use crate::manifest::MANIFEST_FILE;
use crate::table::TABLE_FILES;

/// The files of a recording; others beside them are left alone.
pub(super) fn own_files() -> impl Iterator<Item = &'static str> {
    TABLE_FILES.into_iter().chain([MANIFEST_FILE])
}

/// Puts the new folder in the place of the old one, and sets `is_done` once that cannot be undone. Where the system can
/// exchange two folders at once, there is no moment without a recording; elsewhere the old one is put back if it fails.
pub(super) fn replace(folder: &Path, new: &Path, is_done: &mut bool) -> Result<(), RecordingError> {
    if exchange(new, folder) {
        *is_done = true;
        return remove_replaced(new, folder);
    }
    let old = sibling(folder, "old");
    rename(folder, &old)?;
    if let Err(error) = rename(new, folder) {
        rename(&old, folder)?;
        return Err(error);
    }
    *is_done = true;
    remove_replaced(&old, folder)
}

/// Removes what was replaced, but for files that are not the recording's: they go to where it is now.
pub(super) fn remove_replaced(old: &Path, folder: &Path) -> Result<(), RecordingError> {
    let left_behind = |_| RecordingError::LeftBehind { kept: old.to_owned() };
    for entry in fs::read_dir(old).map_err(left_behind)? {
        let name = entry.map_err(left_behind)?.file_name();
        let is_own = own_files().any(|own| OsStr::new(own) == name);
        if !is_own && !folder.join(&name).exists() {
            fs::rename(old.join(&name), folder.join(&name)).map_err(left_behind)?;
        }
    }
    fs::remove_dir_all(old).map_err(failed("remove", old))
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(new: &Path, folder: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, new, CWD, folder, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_new: &Path, _folder: &Path) -> bool {
    false
}
