//! Who wrote a line last.

use std::{collections::BTreeMap, path::Path};

use git2::{BlameOptions, ErrorCode, Oid};
use heal_reconcile::{CommitId, PortError};

use crate::{GitRepository, repository::object_id};

/// The commit that a line is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOrigin {
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The name of its author.
    pub author: String,
    /// When its author wrote it, in seconds since 1970.
    pub at_seconds: i64,
}

impl GitRepository {
    /// For each of these lines, from 1, of the file at `path` from the repository's root, the commit that it is from;
    /// `None` for a line that no commit holds. `text` is what the file holds now, where that may not be committed; else it
    /// is looked at as it is in the commit `at`, or in the current one.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn blame(
        &self,
        path: &str,
        at: Option<&CommitId>,
        text: Option<&str>,
        lines: &[u32],
    ) -> Result<BTreeMap<u32, Option<LineOrigin>>, PortError> {
        let nobody = || lines.iter().map(|line| (*line, None)).collect();
        // Before the first commit there is nothing to look at.
        if at.is_none() && self.repository.head().is_err() {
            return Ok(nobody());
        }
        let mut options = BlameOptions::new();
        if let Some(at) = at {
            options.newest_commit(object_id(at)?);
        }
        let committed = match self.repository.blame_file(Path::new(path), Some(&mut options)) {
            Ok(blame) => blame,
            // A file that is new.
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(nobody()),
            Err(error) => return Err(self.failed("see who wrote a line", &error)),
        };
        let now = match text {
            Some(text) => {
                let buffer = committed.blame_buffer(text.as_bytes());
                Some(buffer.map_err(|error| self.failed("see who wrote a line", &error))?)
            }
            None => None,
        };
        let blame = now.as_ref().unwrap_or(&committed);
        let origin = |line: u32| {
            let hunk = blame.get_line(line as usize)?;
            let id = hunk.final_commit_id();
            if id == Oid::ZERO_SHA1 {
                return None;
            }
            let commit = self.repository.find_commit(id).ok()?;
            let author = commit.author();
            Some(LineOrigin {
                commit: id.to_string(),
                author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
                at_seconds: author.when().seconds(),
            })
        };
        Ok(lines.iter().map(|line| (*line, origin(*line))).collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use crate::fixture::{commit, empty};

    #[test]
    fn lines_are_from_the_commit_that_wrote_them_last_and_new_ones_from_none() {
        let (_folder, mut repository) = empty();
        let first = commit(&mut repository, "main", &[("a.heal", "one\ntwo\nthree\n")]);
        let second = commit(&mut repository, "main", &[("a.heal", "one\nTWO\nthree\n")]);
        let now = "one\nTWO\nnew\nthree\n";
        let found = repository.blame("a.heal", None, Some(now), &[1, 2, 3, 4]).unwrap();
        let commits: Vec<Option<&str>> =
            found.values().map(|it| it.as_ref().map(|it| it.commit.as_str())).collect();
        let (first_id, second_id) = (first.as_str(), second.as_str());
        assert_eq!(commits, [Some(first_id), Some(second_id), None, Some(first_id)]);
        let author = found.get(&1).unwrap().as_ref().unwrap();
        assert_eq!((author.author.as_str(), author.at_seconds), ("Ann", 1_700_000_000));

        let before = repository.blame("a.heal", Some(&first), None, &[2]).unwrap();
        assert_eq!(before.get(&2).unwrap().as_ref().unwrap().commit, first_id);
        assert_eq!(repository.blame("b.heal", None, Some("x\n"), &[1]).unwrap().get(&1), Some(&None));
    }

    #[test]
    fn a_repository_without_a_commit_has_written_nothing() {
        let (_folder, repository) = empty();
        assert_eq!(repository.blame("a.heal", None, Some("x\n"), &[1]).unwrap().get(&1), Some(&None));
    }
}
