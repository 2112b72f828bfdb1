//! The text diff of the sources.

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

use super::SourceChange;
use crate::SourceFile;

/// A larger pair of files is named, not shown: the time a diff takes grows with the square of what differs.
const FILE_BYTES_MAX: usize = 512 * 1024;
/// Lines shown around a change.
const CONTEXT_LINES: usize = 3;

/// Files that differ, by path.
pub(super) fn changes(base: &[SourceFile], head: &[SourceFile]) -> Vec<SourceChange> {
    let texts = |files: &'_ [SourceFile]| -> BTreeMap<String, String> {
        files.iter().map(|file| (file.path.clone(), file.text.clone())).collect()
    };
    let (before, after) = (texts(base), texts(head));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter_map(|path| change(path, before.get(path), after.get(path))).collect()
}

fn change(path: &str, before: Option<&String>, after: Option<&String>) -> Option<SourceChange> {
    if before == after {
        return None;
    }
    let (old, new) = (before.map_or("", String::as_str), after.map_or("", String::as_str));
    let diff = if old.len().saturating_add(new.len()) > FILE_BYTES_MAX {
        format!("{path} differs; it is too large to be shown here\n")
    } else {
        let old_name = before.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}"));
        let new_name = after.map_or_else(|| "/dev/null".to_owned(), |_| format!("b/{path}"));
        // No deadline: a diff that hangs on the speed of the machine would not be the same twice.
        let diff = TextDiff::from_lines(old, new);
        diff.unified_diff().context_radius(CONTEXT_LINES).header(&old_name, &new_name).to_string()
    };
    Some(SourceChange { path: path.to_owned(), diff })
}
