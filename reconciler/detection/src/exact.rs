//! Doubles that survive a snapshot bit by bit.

use serde::{Deserialize, Serialize};

/// A double that is written as its bits: JSON has no infinities, and a state that is restored must be the same state.
#[derive(Clone, Copy, Debug)]
pub struct Exact(pub f64);

/// Equal are equal bits, so that a state that holds what is not a number is the state that it is.
impl PartialEq for Exact {
    fn eq(&self, other: &Exact) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

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

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn what_is_read_again_is_what_was_written_whatever_number_it_is() {
        for value in [0.0, -0.0, 1.5, f64::INFINITY, f64::NAN, -f64::NAN] {
            let written = serde_json::to_string(&Exact(value)).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Exact>(&written).ok(), Some(Exact(value)), "{value}");
        }
        assert_ne!(Exact(0.0), Exact(-0.0));
    }
}
