//! Changing files of the user's, or showing what would change.

use std::{fs, io::Write as _, path::Path};

use similar::TextDiff;

use crate::{output::Failure, sources::unreadable};

/// A unified diff from one text of a file to another.
pub(crate) fn difference(file: &Path, before: &str, after: &str) -> String {
    let name = file.display().to_string();
    TextDiff::from_lines(before, after).unified_diff().header(&name, &name).to_string()
}

/// Writes beside the file and renames, so that a reader never meets half of it.
pub(crate) fn replace(file: &Path, text: &str) -> Result<(), Failure> {
    let failed = |wrong: std::io::Error| unreadable(file, &wrong);
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = file.with_file_name(format!(".{name}.heal-new"));
    let mut written = fs::File::create(&beside).map_err(failed)?;
    written.write_all(text.as_bytes()).and_then(|()| written.sync_all()).map_err(failed)?;
    let permissions = fs::metadata(file).map_err(failed)?.permissions();
    fs::set_permissions(&beside, permissions).map_err(failed)?;
    fs::rename(&beside, file).map_err(failed)
}
