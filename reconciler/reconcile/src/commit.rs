//! The id of a commit.

use std::fmt;

/// The id of a Git commit: 40 (SHA-1) or 64 (SHA-256) lowercase hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(String);

/// A text that is not a commit id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a commit id: write all 40 or 64 hexadecimal digits")]
pub struct CommitIdError {
    text: String,
}

impl CommitId {
    /// Reads a full id; upper case becomes lower case.
    ///
    /// # Errors
    /// When `text` is not 40 or 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<CommitId, CommitIdError> {
        let long_enough = text.len() == 40 || text.len() == 64;
        if long_enough && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(CommitId(text.to_ascii_lowercase()))
        } else {
            Err(CommitIdError { text: text.chars().take(80).collect() })
        }
    }

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first ten digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::CommitId;

    #[test]
    fn full_ids_are_read_and_lowered() {
        let id = CommitId::parse("0123456789ABCDEF0123456789abcdef01234567").unwrap();
        assert_eq!(id.as_str(), "0123456789abcdef0123456789abcdef01234567");
        assert_eq!(id.short(), "0123456789");
        assert!(CommitId::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "abc", "main", &"g".repeat(40), &"é".repeat(20), &"a".repeat(41)] {
            assert!(CommitId::parse(text).is_err(), "{text}");
        }
    }
}
