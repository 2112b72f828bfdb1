//! Dimensions: what a number measures. A number itself is always in the base unit of its dimension (s, B, 1, degree Celsius).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Exponents of the base dimensions. A ratio is a number without dimension: all exponents are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dimension {
    /// Exponent of time; base unit second.
    pub time: i8,
    /// Exponent of data; base unit byte.
    pub data: i8,
    /// Exponent of count; base unit one.
    pub count: i8,
    /// Exponent of temperature; base unit degree Celsius. Differences and values share it.
    pub temperature: i8,
}

impl Dimension {
    /// A number without dimension; literals are plain or in per cent.
    pub const RATIO: Dimension = Dimension { time: 0, data: 0, count: 0, temperature: 0 };
    /// A span of time, in seconds.
    pub const DURATION: Dimension = Dimension { time: 1, data: 0, count: 0, temperature: 0 };
    /// An amount of data, in bytes.
    pub const BYTES: Dimension = Dimension { time: 0, data: 1, count: 0, temperature: 0 };
    /// A number of things.
    pub const COUNT: Dimension = Dimension { time: 0, data: 0, count: 1, temperature: 0 };
    /// A temperature, in degrees Celsius.
    pub const TEMPERATURE: Dimension = Dimension { time: 0, data: 0, count: 0, temperature: 1 };

    /// The dimension of a product.
    #[must_use]
    pub fn times(self, other: Dimension) -> Dimension {
        Dimension {
            time: self.time.saturating_add(other.time),
            data: self.data.saturating_add(other.data),
            count: self.count.saturating_add(other.count),
            temperature: self.temperature.saturating_add(other.temperature),
        }
    }

    /// The dimension of a quotient.
    #[must_use]
    pub fn over(self, other: Dimension) -> Dimension {
        Dimension {
            time: self.time.saturating_sub(other.time),
            data: self.data.saturating_sub(other.data),
            count: self.count.saturating_sub(other.count),
            temperature: self.temperature.saturating_sub(other.temperature),
        }
    }
}

/// The language's words: `duration`, `bytes`, `count`, `ratio`, `temperature`, `bytes/duration`.
impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.data, "bytes"),
            (self.count, "count"),
            (self.temperature, "temperature"),
            (self.time, "duration"),
        ];
        let word = |exponent: i8, name: &str| {
            if exponent.unsigned_abs() == 1 {
                name.to_owned()
            } else {
                format!("{name}^{}", exponent.unsigned_abs())
            }
        };
        let above: Vec<String> = parts.iter().filter(|(e, _)| *e > 0).map(|(e, n)| word(*e, n)).collect();
        let below: Vec<String> = parts.iter().filter(|(e, _)| *e < 0).map(|(e, n)| word(*e, n)).collect();
        match (above.is_empty(), below.is_empty()) {
            (true, true) => formatter.write_str("ratio"),
            (false, true) => formatter.write_str(&above.join("*")),
            (true, false) => write!(formatter, "1/{}", below.join("/")),
            (false, false) => write!(formatter, "{}/{}", above.join("*"), below.join("/")),
        }
    }
}
