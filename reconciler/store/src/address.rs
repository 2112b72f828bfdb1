//! Where a recording is in an object store.

use std::{fmt, str::FromStr};

use object_store::path::Path;

use crate::{StoreError, error::without_users};

/// How addresses begin.
const SCHEME: &str = "s3://";

/// How long the names of buckets are.
const BUCKET_LETTERS: std::ops::RangeInclusive<usize> = 3..=63;

/// Where a recording is in an object store: `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    bucket: String,
    prefix: Path,
}

impl Address {
    /// Whether a text is meant as one, right or wrong: a path of that beginning would have an empty part.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// What the recording is called unless it says otherwise: the last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.prefix.filename().unwrap_or(&self.bucket)
    }

    /// Its bucket.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key of a file in it.
    pub(crate) fn key(&self, file: &str) -> Path {
        self.prefix.clone().join(file)
    }

    /// The beginning of all of its keys.
    pub(crate) fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// What is at another prefix of the same bucket.
    pub(crate) fn beside(&self, prefix: Path) -> Address {
        Address { bucket: self.bucket.clone(), prefix }
    }
}

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Address, StoreError> {
        // Some write their credentials before a bucket.
        let wrong =
            |reason: &str| StoreError::Address { text: without_users(text), reason: reason.to_owned() };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("write `s3://bucket/prefix`"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let ends = [bucket.chars().next(), bucket.chars().last()];
        let has_ends = ends.iter().flatten().all(char::is_ascii_alphanumeric);
        if !(BUCKET_LETTERS.contains(&bucket.len()) && has_ends && bucket.chars().all(is_letter)) {
            return Err(wrong(
                "a bucket's name has 3 to 63 letters, digits, `.`, `-` and `_`, and a letter or digit at both ends",
            ));
        }
        // The last part names a folder in the cache, and `\` divides folders on Windows.
        let parts =
            "its parts are not empty, none is `.` or `..`, and none has a `\\` or a control character";
        if prefix.starts_with('/') || prefix.contains('\\') {
            return Err(wrong(parts));
        }
        let prefix = Path::parse(prefix).map_err(|_| wrong(parts))?;
        Ok(Address { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{SCHEME}{}", self.bucket)?;
        if self.prefix.as_ref().is_empty() { Ok(()) } else { write!(out, "/{}", self.prefix) }
    }
}
