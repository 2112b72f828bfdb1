//! The table of units, and what a number in each is in the base unit of its dimension.

use crate::{Conversion, Dimension};

/// A unit: `base = (raw - zero) * multiplier / divisor`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// What it measures.
    pub dimension: Dimension,
    /// The unit's number at the zero of the base unit; other than 0 only for scales such as degF.
    zero: f64,
    multiplier: f64,
    divisor: f64,
}

impl Unit {
    const fn new(dimension: Dimension, multiplier: f64, divisor: f64) -> Unit {
        Unit { dimension, zero: 0.0, multiplier, divisor }
    }

    /// The number that `digits` in this unit are in the base unit: the very number that a sample of so many is.
    #[must_use]
    pub fn number(self, digits: &str, sign: f64) -> Option<f64> {
        let raw = match hexadecimal(digits) {
            Some(raw) => raw as f64,
            None => digits.parse().ok()?,
        };
        Some(self.to_base(raw * sign))
    }

    /// A number in this unit, in the base unit.
    #[must_use]
    pub fn to_base(self, raw: f64) -> f64 {
        Conversion::new(self.scale(), self.offset()).apply(raw)
    }

    /// The factor of `base = raw * scale + offset`.
    #[must_use]
    pub fn scale(self) -> f64 {
        self.multiplier / self.divisor
    }

    /// The summand of `base = raw * scale + offset`.
    #[must_use]
    pub fn offset(self) -> f64 {
        if self.is_shifted() { -self.zero * self.multiplier / self.divisor } else { 0.0 }
    }

    /// Whether its zero is not the base unit's: then a difference does not convert as a value does.
    #[must_use]
    pub fn is_shifted(self) -> bool {
        self.zero != 0.0
    }

    /// This unit in each `other`: `Mbit` over `s`. A shifted scale loses its shift, because a rate is a difference.
    fn over(self, other: Unit) -> Unit {
        Unit {
            dimension: self.dimension.over(other.dimension),
            zero: 0.0,
            multiplier: self.multiplier * other.divisor,
            divisor: self.divisor * other.multiplier,
        }
    }
}

/// The number that digits such as `0x1F` are, whatever unit follows; `None` for decimal ones and for those too large.
#[must_use]
pub fn hexadecimal(digits: &str) -> Option<u64> {
    u64::from_str_radix(digits.strip_prefix("0x")?, 16).ok()
}

const ONE: Unit = Unit::new(Dimension::COUNT, 1.0, 1.0);

const UNITS: &[(&str, Unit)] = &[
    ("ns", Unit::new(Dimension::DURATION, 1.0, 1e9)),
    ("us", Unit::new(Dimension::DURATION, 1.0, 1e6)),
    ("ms", Unit::new(Dimension::DURATION, 1.0, 1e3)),
    ("s", Unit::new(Dimension::DURATION, 1.0, 1.0)),
    ("m", Unit::new(Dimension::DURATION, 60.0, 1.0)),
    ("h", Unit::new(Dimension::DURATION, 3_600.0, 1.0)),
    ("d", Unit::new(Dimension::DURATION, 86_400.0, 1.0)),
    ("w", Unit::new(Dimension::DURATION, 604_800.0, 1.0)),
    ("B", Unit::new(Dimension::BYTES, 1.0, 1.0)),
    ("KB", Unit::new(Dimension::BYTES, 1e3, 1.0)),
    ("MB", Unit::new(Dimension::BYTES, 1e6, 1.0)),
    ("GB", Unit::new(Dimension::BYTES, 1e9, 1.0)),
    ("TB", Unit::new(Dimension::BYTES, 1e12, 1.0)),
    ("KiB", Unit::new(Dimension::BYTES, 1_024.0, 1.0)),
    ("MiB", Unit::new(Dimension::BYTES, 1_048_576.0, 1.0)),
    ("GiB", Unit::new(Dimension::BYTES, 1_073_741_824.0, 1.0)),
    ("TiB", Unit::new(Dimension::BYTES, 1_099_511_627_776.0, 1.0)),
    ("bit", Unit::new(Dimension::BYTES, 1.0, 8.0)),
    ("kbit", Unit::new(Dimension::BYTES, 1e3, 8.0)),
    ("Mbit", Unit::new(Dimension::BYTES, 1e6, 8.0)),
    ("Gbit", Unit::new(Dimension::BYTES, 1e9, 8.0)),
    ("%", Unit::new(Dimension::RATIO, 1.0, 100.0)),
    ("degC", Unit::new(Dimension::TEMPERATURE, 1.0, 1.0)),
    ("degF", Unit { dimension: Dimension::TEMPERATURE, zero: 32.0, multiplier: 5.0, divisor: 9.0 }),
];

/// The unit of a literal: `ms`, `MiB`, `%`, `/s` (a count each second), `Mbit/s`.
#[must_use]
pub fn literal_unit(text: &str) -> Option<Unit> {
    let Some((above, below)) = text.split_once('/') else {
        return simple_unit(text);
    };
    let above = if above.is_empty() { ONE } else { simple_unit(above)? };
    let below = simple_unit(below).filter(|unit| unit.dimension == Dimension::DURATION)?;
    Some(above.over(below))
}

/// The unit after a signal's `in`: those of literals, and `percent`.
#[must_use]
pub fn signal_unit(text: &str) -> Option<Unit> {
    literal_unit(if text == "percent" { "%" } else { text })
}

/// The unit of a recorded series: those of signals, `1` for a plain number, and `1/s` for one a second.
#[must_use]
pub fn recorded_unit(text: &str) -> Option<Unit> {
    match text {
        "1" => Some(ONE),
        "1/s" => literal_unit("/s"),
        other => signal_unit(other),
    }
}

/// The names of all units of `dimension` that a literal may have, smallest first; all names for `None`.
pub fn unit_names(dimension: Option<Dimension>) -> impl Iterator<Item = &'static str> {
    UNITS
        .iter()
        .filter(move |(_, unit)| dimension.is_none_or(|wanted| unit.dimension == wanted))
        .map(|(name, _)| *name)
}

/// How a literal in the base unit of a dimension ends; `None` where a bare number does, or nothing can be written.
#[must_use]
pub fn base_unit(dimension: Dimension) -> Option<&'static str> {
    let per_second = |above: Dimension| above.over(Dimension::DURATION);
    let table = [
        (Dimension::DURATION, "s"),
        (Dimension::BYTES, "B"),
        (Dimension::TEMPERATURE, "degC"),
        (per_second(Dimension::COUNT), "/s"),
        (per_second(Dimension::BYTES), "B/s"),
        (per_second(Dimension::RATIO), "%/s"),
        (per_second(Dimension::TEMPERATURE), "degC/s"),
    ];
    table.iter().find(|(of, _)| *of == dimension).map(|(_, unit)| *unit)
}

const DIMENSIONS: &[(&str, Dimension)] = &[
    ("duration", Dimension::DURATION),
    ("bytes", Dimension::BYTES),
    ("count", Dimension::COUNT),
    ("ratio", Dimension::RATIO),
    ("temperature", Dimension::TEMPERATURE),
];

/// The dimension of a type's word, such as `duration`.
#[must_use]
pub fn dimension_named(word: &str) -> Option<Dimension> {
    DIMENSIONS.iter().find(|(name, _)| *name == word).map(|(_, dimension)| *dimension)
}

/// All words that name a dimension.
pub fn dimension_words() -> impl Iterator<Item = &'static str> {
    DIMENSIONS.iter().map(|(name, _)| *name)
}

fn simple_unit(name: &str) -> Option<Unit> {
    UNITS.iter().find(|(of, _)| *of == name).map(|(_, unit)| *unit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: &str, raw: f64, base: f64) {
        let unit = recorded_unit(unit).unwrap();
        assert!((unit.to_base(raw) - base).abs() < 1e-9, "{unit:?}");
        assert!((raw * unit.scale() + unit.offset() - base).abs() < 1e-9, "{unit:?}");
    }

    #[test]
    fn recorded_numbers_convert_to_the_base_unit() {
        check("ms", 250.0, 0.25);
        check("percent", 95.0, 0.95);
        check("%", 95.0, 0.95);
        check("MB", 2.0, 2e6);
        check("Mbit/s", 8.0, 1e6);
        check("1", 7.0, 7.0);
        check("1/s", 7.0, 7.0);
        check("degF", 212.0, 100.0);
        for unit in ["", "foo", "s/ms/h", "millis"] {
            assert_eq!(recorded_unit(unit), None, "{unit}");
        }
    }
}
