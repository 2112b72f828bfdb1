//! Semantic hashes and digests.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Number of bytes kept of a SHA-256: 128 bits, no collision to be feared among a program's nodes.
const BYTES: usize = 16;

/// Hash of what a node means. Equal hashes: the same state may be kept across a program swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SemanticHash(pub [u8; BYTES]);

impl SemanticHash {
    /// Hash of `parts`, each preceded by its length, so that no two lists of parts collide by concatenation.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> SemanticHash {
        let mut all = Parts::default();
        parts.into_iter().for_each(|part| all.push(part));
        all.hash()
    }

    /// The first eight hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

/// Parts of what is hashed. They are put together first: a hasher is quick with much at once, and slow with a little.
#[derive(Debug, Default)]
pub struct Parts {
    /// Each preceded by its length.
    bytes: Vec<u8>,
}

impl Parts {
    /// None yet, with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Parts {
        Parts { bytes: Vec::with_capacity(bytes) }
    }

    /// Adds one.
    pub fn push(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(part);
    }

    /// The hash of all of them: that of [`SemanticHash::of`].
    #[must_use]
    pub fn hash(&self) -> SemanticHash {
        let mut bytes = [0; BYTES];
        for (target, source) in bytes.iter_mut().zip(Sha256::digest(&self.bytes)) {
            *target = source;
        }
        SemanticHash(bytes)
    }
}

impl fmt::Display for SemanticHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Serialize for SemanticHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SemanticHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let digits = digits.filter(|digits| digits.len() == 2 * BYTES);
        let digits =
            digits.ok_or_else(|| serde::de::Error::custom("a semantic hash has 32 hexadecimal digits"))?;
        let mut bytes = [0; BYTES];
        for (target, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *target = pair.iter().fold(0, |value, digit| value << 4 | digit);
        }
        Ok(SemanticHash(bytes))
    }
}
