//! Where a recording is in an object store.

use std::{fmt, str::FromStr};

use object_store::path::Path;

use crate::StoreError;

/// How addresses begin.
const SCHEME: &str = "s3://";

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
        let wrong = |reason: &str| StoreError::Address { text: text.to_owned(), reason: reason.to_owned() };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("write `s3://bucket/prefix`"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if bucket.is_empty() || !bucket.chars().all(is_letter) {
            return Err(wrong("a bucket's name has letters, digits, `.`, `-` and `_`"));
        }
        let parts = "its parts are not empty, and none is `.` or `..`";
        if prefix.starts_with('/') {
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
