//! What of a check was taken over from an earlier one, told to passes that keep what they found.

use std::collections::{BTreeMap, BTreeSet};

use heal_diagnostics::FileId;

/// What a check has taken over: the files whose items come to what they came to, and where these files are now.
///
/// A pass over single items, whose outcome follows from an item and from what that refers to, need look at no other ones.
#[derive(Clone, Debug, Default)]
pub struct TakenOver {
    /// Which check it was.
    pub(super) check: u64,
    /// The check that it has gone on from; none: all was checked.
    pub(super) from: Option<u64>,
    /// Where each file is whose items were taken over, by its id of before.
    pub(super) files: Vec<Option<FileId>>,
}

impl TakenOver {
    /// The files whose items were taken over; none: all was checked.
    #[must_use]
    pub fn files(&self) -> Option<BTreeSet<FileId>> {
        self.from.map(|_| self.files.iter().copied().flatten().collect())
    }
}

/// What a pass keeps of each file from one check to the next.
#[derive(Clone, Debug)]
pub struct PerFile<T> {
    /// The check that it is of.
    check: u64,
    by_file: BTreeMap<FileId, T>,
}

impl<T> Default for PerFile<T> {
    fn default() -> PerFile<T> {
        PerFile { check: 0, by_file: BTreeMap::new() }
    }
}

impl<T: Default> PerFile<T> {
    /// Keeps what is of files that were taken over: all others are to be looked at. `move_files` gives the files that are
    /// named in what is kept their new ids.
    pub fn take_over(&mut self, taken: &TakenOver, move_files: impl Fn(&mut T, &dyn Fn(FileId) -> FileId)) {
        let before = std::mem::take(&mut self.by_file);
        let is_of_before = taken.from == Some(self.check);
        self.check = taken.check;
        if !is_of_before {
            return;
        }
        let now = |file: FileId| taken.files.get(file.0 as usize).copied().flatten();
        let stay = (0..).map(FileId).zip(&taken.files).all(|(file, now)| now.is_none_or(|now| now == file));
        for (file, mut kept) in before {
            let Some(file) = now(file) else { continue };
            if !stay {
                // INVARIANT: what is kept of a file names that file, and files of modules that it uses, which stay if it does.
                move_files(&mut kept, &|file| now(file).unwrap_or(file));
            }
            self.by_file.insert(file, kept);
        }
    }

    /// Whether there is something of a file, if only that there was nothing to be found.
    #[must_use]
    pub fn has(&self, file: FileId) -> bool {
        self.by_file.contains_key(&file)
    }

    /// What is of a file.
    pub fn of(&mut self, file: FileId) -> &mut T {
        self.by_file.entry(file).or_default()
    }

    /// What is of all files.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.by_file.values()
    }
}
