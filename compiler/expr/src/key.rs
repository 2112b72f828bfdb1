//! Keys as types: the fields that tell one series of an expression from another.

use std::fmt;

/// Key fields in written order. Two keys are the same when they hold the same fields in any order; an expression that
/// reads no telemetry has the empty key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key(Vec<String>);

impl Key {
    /// The key with these fields.
    #[must_use]
    pub fn new(fields: Vec<String>) -> Key {
        Key(fields)
    }

    /// Its fields in written order.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.0
    }

    /// Whether every field of `other` is one of this key.
    #[must_use]
    pub fn contains(&self, other: &Key) -> bool {
        other.0.iter().all(|field| self.0.contains(field))
    }

    /// The fields that both have, in the order of this key.
    #[must_use]
    pub fn common(&self, other: &Key) -> Key {
        Key(self.0.iter().filter(|field| other.0.contains(field)).cloned().collect())
    }

    /// The fields that `other` does not have, in the order of this key.
    #[must_use]
    pub fn without(&self, other: &Key) -> Key {
        Key(self.0.iter().filter(|field| !other.0.contains(field)).cloned().collect())
    }

    /// The key of an expression with operands of both keys: the larger one, onto which the smaller is broadcast.
    /// `None` when neither contains the other: then one series of the left would meet many of the right.
    #[must_use]
    pub fn join(&self, other: &Key) -> Option<Key> {
        if self.contains(other) {
            Some(self.clone())
        } else if other.contains(self) {
            Some(other.clone())
        } else {
            None
        }
    }
}

/// `(namespace, pod)`
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "({})", self.0.join(", "))
    }
}
