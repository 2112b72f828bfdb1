//! Doubles that survive a snapshot bit by bit.

use serde::{Deserialize, Serialize};

/// A double that is written as its bits: JSON has no infinities, and a state that is restored must be the same state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact(pub f64);

impl Serialize for Exact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.to_bits())
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Exact(f64::from_bits(u64::deserialize(deserializer)?)))
    }
}
