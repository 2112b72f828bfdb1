//! Fixes put into texts.

use std::collections::BTreeMap;

use crate::{Code, Diagnostic, Edit, FileId, Files, Fix, Safety, TextRange};

/// Which fixes are put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Those that keep the meaning, or have but one meaning to give.
    Safe,
    /// Those a person must look at, too.
    Unsafe,
}

/// What came of putting fixes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// The new texts of the files that changed.
    pub texts: BTreeMap<FileId, String>,
    /// Where in the new texts something was written, in order.
    pub written: BTreeMap<FileId, Vec<TextRange>>,
    /// What was put in, in order of its place.
    pub applied: Vec<AppliedFix>,
    /// How many were left out because they would change what another one has changed.
    pub conflicting: usize,
}

/// A fix that was put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFix {
    /// What it mends.
    pub code: Code,
    /// The file of the problem.
    pub file: FileId,
    /// What it does.
    pub title: String,
}

/// Puts one fix of each diagnostic in: its first safe one, else, where those are allowed, its first unsafe one.
///
/// Of fixes that touch the same text the one that begins first is taken, then the shorter, then that of the smaller
/// code: the order of `diagnostics` does not matter. One that is left out may be put in the next time. `may_change` says
/// which files may be changed.
#[must_use]
pub fn apply_fixes(
    files: &Files,
    diagnostics: &[Diagnostic],
    allowed: Allowed,
    may_change: impl Fn(FileId) -> bool,
) -> Fixed {
    let mut chosen: Vec<(&Diagnostic, &Fix)> =
        diagnostics.iter().filter_map(|one| Some((one, choose(one, allowed)?))).collect();
    chosen.retain(|(_, fix)| {
        fix.edits.iter().all(|edit| may_change(edit.file) && is_in_file(files, edit)) && is_change(files, fix)
    });
    chosen.sort_by_key(|(diagnostic, fix)| {
        let edits: Vec<(FileId, TextRange, &str)> =
            fix.edits.iter().map(|edit| (edit.file, edit.range, edit.text.as_str())).collect();
        (edits, diagnostic.code, fix.title.as_str())
    });
    let mut fixed = Fixed::default();
    let mut taken: Vec<&Edit> = Vec::new();
    for (diagnostic, fix) in chosen {
        // What two diagnostics ask for alike is done once, for both.
        let new: Vec<&Edit> = fix.edits.iter().filter(|edit| !taken.contains(edit)).collect();
        if new.iter().any(|edit| taken.iter().any(|other| touch(edit, other))) || overlap_themselves(&new) {
            fixed.conflicting += 1;
            continue;
        }
        taken.extend(new);
        let title = fix.title.clone();
        fixed.applied.push(AppliedFix { code: diagnostic.code, file: diagnostic.primary.file, title });
    }
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in taken {
        by_file.entry(edit.file).or_default().push(edit);
    }
    for (file, edits) in by_file {
        let text = files.get(file).map_or("", |file| file.text());
        let (text, written) = edited(text, edits);
        fixed.texts.insert(file, text);
        fixed.written.insert(file, written);
    }
    fixed
}

fn choose(diagnostic: &Diagnostic, allowed: Allowed) -> Option<&Fix> {
    let first = |safety: Safety| diagnostic.fixes.iter().find(|fix| fix.safety == safety);
    match allowed {
        Allowed::Safe => first(Safety::Safe),
        Allowed::Unsafe => first(Safety::Safe).or_else(|| first(Safety::Unsafe)),
    }
}

/// Whether the range is one of the file's text.
fn is_in_file(files: &Files, edit: &Edit) -> bool {
    let range = edit.range.start as usize..edit.range.end as usize;
    files.get(edit.file).is_some_and(|file| file.text().get(range).is_some())
}

fn is_change(files: &Files, fix: &Fix) -> bool {
    let changes = |edit: &Edit| files.get(edit.file).is_some_and(|file| file.slice(edit.range) != edit.text);
    fix.edits.iter().any(changes)
}

/// Whether two edits change the same text, or insert at the same place, where it is not known which comes first.
fn touch(left: &Edit, right: &Edit) -> bool {
    left.file == right.file && left.range.start <= right.range.end && right.range.start <= left.range.end
}

fn overlap_themselves(edits: &[&Edit]) -> bool {
    let after = |at: usize| edits.iter().skip(at + 1);
    edits.iter().enumerate().any(|(at, edit)| after(at).any(|other| touch(edit, other)))
}

/// The text with edits that do not touch, and where in it they wrote.
fn edited(text: &str, mut edits: Vec<&Edit>) -> (String, Vec<TextRange>) {
    edits.sort_by_key(|edit| edit.range);
    let (mut out, mut written) = (String::new(), Vec::new());
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start as usize).unwrap_or(""));
        let start = length(&out);
        out.push_str(&edit.text);
        written.push(TextRange::new(start, length(&out)));
        at = edit.range.end as usize;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    (out, written)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use proptest::prelude::*;

    use super::{Allowed, apply_fixes};
    use crate::{Code, Diagnostic, FileId, Files, Safety, TextRange};

    const TEXT: &str = "detector slow { when latency > 64 }\n";

    fn files() -> Files {
        let mut files = Files::default();
        files.add("a.heal", TEXT);
        files
    }

    fn at(start: u32, end: u32, text: &str, safety: Safety) -> Diagnostic {
        let range = TextRange::new(start, end);
        Diagnostic::error(Code::MISSING_UNIT, FileId(0), range, "odd").with_fix(text, safety, range, text)
    }

    fn fixed(diagnostics: &[Diagnostic], allowed: Allowed) -> (Option<String>, usize) {
        let mut fixed = apply_fixes(&files(), diagnostics, allowed, |_| true);
        (fixed.texts.remove(&FileId(0)), fixed.conflicting)
    }

    #[test]
    fn unsafe_fixes_wait_until_they_are_asked_for() {
        let unit = [at(31, 33, "64ms", Safety::Unsafe)];
        assert_eq!(fixed(&unit, Allowed::Safe), (None, 0));
        let text = fixed(&unit, Allowed::Unsafe).0.unwrap();
        assert_eq!(text, "detector slow { when latency > 64ms }\n");
    }

    #[test]
    fn of_fixes_that_touch_the_first_is_put_in_whatever_their_order() {
        let (wide, narrow) = (at(16, 33, "when x", Safety::Safe), at(31, 33, "64ms", Safety::Safe));
        let forward = fixed(&[wide.clone(), narrow.clone()], Allowed::Safe);
        assert_eq!(forward, fixed(&[narrow, wide], Allowed::Safe));
        assert_eq!(forward, (Some("detector slow { when x }\n".to_owned()), 1));
    }

    #[test]
    fn what_two_diagnostics_ask_for_alike_is_done_once() {
        let same = [at(31, 33, "64ms", Safety::Safe), at(31, 33, "64ms", Safety::Safe)];
        assert_eq!(fixed(&same, Allowed::Safe).0.unwrap(), "detector slow { when latency > 64ms }\n");
        let inserts = [at(14, 14, "a", Safety::Safe), at(14, 14, "b", Safety::Safe)];
        assert_eq!(fixed(&inserts, Allowed::Safe), (Some(TEXT.replace("{", "a{")), 1));
    }

    #[test]
    fn files_that_may_not_change_and_places_outside_a_file_are_left_alone() {
        let unit = at(31, 33, "64ms", Safety::Safe);
        assert!(
            apply_fixes(&files(), std::slice::from_ref(&unit), Allowed::Safe, |_| false).texts.is_empty()
        );
        assert_eq!(fixed(&[at(900, 901, "x", Safety::Safe)], Allowed::Safe), (None, 0));
        assert_eq!(fixed(&[at(31, 33, "64", Safety::Safe)], Allowed::Safe), (None, 0), "it changes nothing");
    }

    proptest! {
        #[test]
        fn every_order_gives_the_same_text(
            places in proptest::collection::vec((0..36u32, 0..5u32, "[a-z]{0,3}"), 0..8),
            seed in 0..100usize,
        ) {
            let diagnostics: Vec<Diagnostic> = places
                .iter()
                .map(|(start, length, text)| at(*start, start + length, text, Safety::Safe))
                .collect();
            let mut turned = diagnostics.clone();
            turned.rotate_left(seed % diagnostics.len().max(1));
            prop_assert_eq!(fixed(&diagnostics, Allowed::Safe), fixed(&turned, Allowed::Safe));
        }
    }
}
