//! The text diff of the sources.

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

use super::SourceChange;
use crate::SourceFile;

/// A larger pair of files is named, not shown: the time a diff takes grows with the square of what differs.
const FILE_BYTES_MAX: usize = 512 * 1024;
/// Lines shown around a change.
const CONTEXT_LINES: usize = 3;

/// Files that left and files that came are compared with each other for what was renamed, as long as there are no more
/// such pairs.
const RENAME_PAIRS_MAX: usize = 400;
/// A file that keeps less of its lines was written anew, not renamed.
const RENAME_RATIO_MIN: f32 = 0.5;

/// Files that differ, by path; a file that was renamed, once and by its new one.
pub(super) fn changes(base: &[SourceFile], head: &[SourceFile]) -> Vec<SourceChange> {
    let texts = |files: &'_ [SourceFile]| -> BTreeMap<String, String> {
        files.iter().map(|file| (file.path.clone(), file.text.clone())).collect()
    };
    let (before, after) = (texts(base), texts(head));
    let renamed = renames(&before, &after);
    let old_paths: BTreeSet<&str> = renamed.values().copied().collect();
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| !old_paths.contains(path.as_str()))
        .filter_map(|path| {
            let old_path = renamed.get(path.as_str()).copied().unwrap_or(path);
            change((old_path, before.get(old_path)), (path, after.get(path)))
        })
        .collect()
}

/// Old paths of files that stand elsewhere now, by their new paths: the likest pairs first.
fn renames<'a>(
    before: &'a BTreeMap<String, String>,
    after: &'a BTreeMap<String, String>,
) -> BTreeMap<&'a str, &'a str> {
    let gone: Vec<_> = before.iter().filter(|(path, _)| !after.contains_key(*path)).collect();
    let come: Vec<_> = after.iter().filter(|(path, _)| !before.contains_key(*path)).collect();
    let mut renamed = BTreeMap::new();
    if gone.len().saturating_mul(come.len()) > RENAME_PAIRS_MAX {
        return renamed;
    }
    let mut pairs = Vec::new();
    for (old_path, old) in &gone {
        for (new_path, new) in &come {
            let ratio = likeness(old, new);
            if ratio >= RENAME_RATIO_MIN {
                pairs.push((ratio, old_path.as_str(), new_path.as_str()));
            }
        }
    }
    // The sort is stable: equally like pairs stay in the order of their paths.
    pairs.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut taken = BTreeSet::new();
    for (_, old_path, new_path) in pairs {
        if !renamed.contains_key(new_path) && taken.insert(old_path) {
            renamed.insert(new_path, old_path);
        }
    }
    renamed
}

/// Which share of their lines two texts have in common.
fn likeness(old: &str, new: &str) -> f32 {
    if old == new {
        return 1.0;
    }
    if old.len().saturating_add(new.len()) > FILE_BYTES_MAX {
        return 0.0;
    }
    TextDiff::from_lines(old, new).ratio()
}

fn change(before: (&str, Option<&String>), after: (&str, Option<&String>)) -> Option<SourceChange> {
    if before == after {
        return None;
    }
    let (old_path, new_path) = (before.0, after.0);
    let (old, new) = (before.1.map_or("", String::as_str), after.1.map_or("", String::as_str));
    let diff = if before.1 == after.1 {
        format!("{old_path} is {new_path} now, and has the same text\n")
    } else if old.len().saturating_add(new.len()) > FILE_BYTES_MAX {
        format!("{new_path} differs; it is too large to be shown here\n")
    } else {
        let old_name = before.1.map_or_else(|| "/dev/null".to_owned(), |_| name_on("a", old_path));
        let new_name = after.1.map_or_else(|| "/dev/null".to_owned(), |_| name_on("b", new_path));
        // No deadline: a diff that hangs on the speed of the machine would not be the same twice.
        let diff = TextDiff::from_lines(old, new);
        diff.unified_diff().context_radius(CONTEXT_LINES).header(&old_name, &new_name).to_string()
    };
    Some(SourceChange { path: new_path.to_owned(), diff })
}

/// The name of a file on a side of a diff. One of a dependency that stands beside the package is in no folder of that side.
fn name_on(side: &str, path: &str) -> String {
    if path.starts_with("../") { path.to_owned() } else { format!("{side}/{path}") }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_dependency_beside_the_package_is_named_by_where_it_stands() {
        let file =
            |text: &str| [SourceFile { path: "../common/page.heal".to_owned(), text: text.to_owned() }];
        let diff = &changes(&file("one\n"), &file("two\n"))[0].diff;
        assert!(diff.starts_with("--- ../common/page.heal\n+++ ../common/page.heal\n"), "{diff}");
    }

    fn files(files: &[(&str, &str)]) -> Vec<SourceFile> {
        let file = |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), text: (*text).into() };
        files.iter().map(file).collect()
    }

    fn check(base: &[(&str, &str)], head: &[(&str, &str)], expected: &[(&str, &str)]) {
        let found = changes(&files(base), &files(head));
        let found: Vec<(&str, &str)> =
            found.iter().map(|change| (change.path.as_str(), change.diff.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_renamed_file_is_shown_once_with_what_changed_in_it() {
        check(
            &[("old.heal", "a\nb\nc\n"), ("other.heal", "x\n")],
            &[("new.heal", "a\nB\nc\n"), ("other.heal", "x\n")],
            &[("new.heal", "--- a/old.heal\n+++ b/new.heal\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n")],
        );
        check(
            &[("old.heal", "a\n"), ("twin.heal", "a\n")],
            &[("new.heal", "a\n"), ("twin.heal", "a\n")],
            &[("new.heal", "old.heal is new.heal now, and has the same text\n")],
        );
    }

    #[test]
    fn the_likest_files_are_one() {
        check(
            &[("a.heal", "1\n2\n3\n4\n"), ("b.heal", "1\n2\n3\n5\n")],
            &[("c.heal", "1\n2\n3\n5\n"), ("d.heal", "1\n2\n3\n4\n")],
            &[
                ("c.heal", "b.heal is c.heal now, and has the same text\n"),
                ("d.heal", "a.heal is d.heal now, and has the same text\n"),
            ],
        );
    }

    #[test]
    fn a_file_that_keeps_little_was_written_anew() {
        check(
            &[("old.heal", "a\n")],
            &[("new.heal", "b\n")],
            &[
                ("new.heal", "--- /dev/null\n+++ b/new.heal\n@@ -0,0 +1 @@\n+b\n"),
                ("old.heal", "--- a/old.heal\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
            ],
        );
    }
}
