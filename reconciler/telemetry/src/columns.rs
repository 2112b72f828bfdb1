//! The samples of a series as two columns, in the form in which they are stored.

use std::ops::Range;

use heal_program::Timestamp;

use crate::Sample;
use crate::table::{divisor, magnitude_bound, unscale, unscale_all};

/// The samples of a series as two columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// When they were measured, in milliseconds since 1970, ascending, no time twice.
    pub times: Vec<i64>,
    /// Their values.
    pub values: Values,
}

/// The values of a series. Scaled ones are exact: they give the very doubles that were recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Each value is `scaled / 10^decimals`.
    Scaled {
        /// Decimal places, 0 to 9.
        decimals: u32,
        /// At most 2^53 in size.
        scaled: Vec<i64>,
    },
    /// The values themselves, all finite.
    Floats(Vec<f64>),
}

impl Default for Values {
    fn default() -> Values {
        Values::Floats(Vec::new())
    }
}

impl Values {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Values::Scaled { scaled, .. } => scaled.len(),
            Values::Floats(floats) => floats.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values, in order.
    pub fn iter(&self) -> impl Iterator<Item = f64> {
        self.stretch(0..self.len())
    }

    /// The values at some places, in order; none where there are not that many.
    pub fn stretch(&self, places: Range<usize>) -> impl Iterator<Item = f64> {
        let (scaled, decimals, floats): (&[i64], u32, &[f64]) = match self {
            Values::Scaled { decimals, scaled } => (scaled.get(places).unwrap_or_default(), *decimals, &[]),
            Values::Floats(floats) => (&[], 0, floats.get(places).unwrap_or_default()),
        };
        let divisor = divisor(decimals);
        scaled.iter().map(move |scaled| unscale(*scaled, divisor)).chain(floats.iter().copied())
    }

    /// The values, in order.
    #[must_use]
    pub fn floats(&self) -> Vec<f64> {
        let mut floats = Vec::new();
        self.floats_into(&mut floats);
        floats
    }

    /// Puts the values, in order, in the place of what is in `floats`.
    pub fn floats_into(&self, floats: &mut Vec<f64>) {
        match self {
            Values::Scaled { decimals, scaled } => unscale_all(scaled, divisor(*decimals), floats),
            Values::Floats(values) => {
                floats.clear();
                floats.extend_from_slice(values);
            }
        }
    }
}

impl Columns {
    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// No less than the largest scaled integer is in size, and at most twice that; 0 of floats.
    #[must_use]
    pub fn magnitude_bound(&self) -> u64 {
        match &self.values {
            Values::Scaled { scaled, .. } => magnitude_bound(scaled),
            Values::Floats(_) => 0,
        }
    }

    /// The values as doubles.
    #[must_use]
    pub fn floats(&self) -> Vec<f64> {
        self.values.floats()
    }

    /// The samples, in order.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        let pairs = self.times.iter().zip(self.values.iter());
        pairs.map(|(time, value)| Sample { at: Timestamp(*time), value })
    }
}
