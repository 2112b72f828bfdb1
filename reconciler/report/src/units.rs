//! Numbers with their units, as people read them.

mod beside;
mod plain;

pub use beside::quantity_beside;

use heal_program::{Dimension, Millis, Signal};
use plain::{plain, separated};

/// Largest number that is written with thousands separators; beyond it the exponent says more.
const PLAIN_MAX: f64 = 1e12;
/// Smallest number, but zero, that is written without an exponent.
const PLAIN_MIN: f64 = 1e-4;

/// The unit that a signal's values are shown in: the one it names after `in`, else the base unit of its dimension.
#[must_use]
pub fn display_unit(signal: &Signal) -> String {
    signal.unit.clone().unwrap_or_else(|| base_unit(signal.dimension))
}

/// From the base unit to the unit that [`display_unit`] names.
pub(crate) fn to_display(value: f64, signal: &Signal) -> f64 {
    if signal.unit.is_some() && signal.scale != 0.0 { (value - signal.offset) / signal.scale } else { value }
}

/// A value with its unit: `250 ms`, `1.02 GiB`, `95%`, `1,204`.
#[must_use]
pub fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "" => number(value),
        "%" | "percent" => format!("{}%", number(value)),
        "ratio" => format!("{}%", number(value * 100.0)),
        "B" | "bytes" => {
            let (size, name) = byte_scale(value.abs());
            format!("{} {name}", number(value / size))
        }
        "s" if value.abs() >= 120.0 && value.abs() < 1e9 => Millis(seconds_to_millis(value)).to_string(),
        "s" if value != 0.0 && value.abs() < 1.0 => format!("{} ms", number(value * 1_000.0)),
        unit => format!("{} {}", number(value), symbol(unit)),
    }
}

/// A constant with its unit: bytes that are a short number of a decimal unit, and of no binary one, were written in the
/// decimal one, and are shown as they were, `1.5 GB`.
#[must_use]
pub fn constant_quantity(value: f64, unit: &str) -> String {
    let (binary, _) = byte_scale(value.abs());
    if matches!(unit, "B" | "bytes")
        && !is_short(value / binary)
        && let Some((size, name)) = DECIMAL_UNITS.into_iter().find(|(size, _)| value.abs() >= *size)
        && is_short(value / size)
    {
        return format!("{} {name}", number(value / size));
    }
    quantity(value, unit)
}

/// Whether [`number`] says all of a number.
fn is_short(value: f64) -> bool {
    let scale = 10_f64.powi(i32::try_from(decimals_of(value.abs())).unwrap_or_default());
    ((value * scale).round() / scale).to_bits() == value.to_bits()
}

/// The decimal units of bytes, the largest first.
const DECIMAL_UNITS: [(f64, &str); 4] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")];

/// A value with its unit, rounded to one side: up, or down. As many digits as [`quantity`] has, where that is enough.
#[must_use]
pub fn quantity_towards(value: f64, unit: &str, up: bool) -> String {
    match unit {
        "" => number_towards(value, up),
        "%" | "percent" => format!("{}%", number_towards(value, up)),
        "ratio" => format!("{}%", number_towards(value * 100.0, up)),
        "B" | "bytes" => {
            let (size, name) = byte_scale(value.abs());
            format!("{} {name}", number_towards(value / size, up))
        }
        "s" if value.abs() >= 120.0 && value.abs() < 1e9 => {
            // A span is written with its two largest parts.
            let step = match value.abs() {
                days if days >= 86_400.0 => 3_600.0,
                hours if hours >= 3_600.0 => 60.0,
                _ => 1.0,
            };
            let steps = value / step;
            Millis(seconds_to_millis(if up { steps.ceil() } else { steps.floor() } * step)).to_string()
        }
        "s" if value != 0.0 && value.abs() < 1.0 => format!("{} ms", number_towards(value * 1_000.0, up)),
        unit => format!("{} {}", number_towards(value, up), symbol(unit)),
    }
}

/// What stands behind a number of a unit that the language spells out: `%`, `°C`.
pub(crate) fn symbol(unit: &str) -> &str {
    match unit {
        "percent" => "%",
        "degC" | "celsius" => "°C",
        "degF" | "fahrenheit" => "°F",
        unit => unit,
    }
}

/// The largest binary unit of which `bytes` is at least one: its size and name.
pub(crate) fn byte_scale(bytes: f64) -> (f64, &'static str) {
    const UNITS: [(f64, &str); 5] = [
        (1_125_899_906_842_624.0, "PiB"),
        (1_099_511_627_776.0, "TiB"),
        (1_073_741_824.0, "GiB"),
        (1_048_576.0, "MiB"),
        (1_024.0, "KiB"),
    ];
    UNITS.into_iter().find(|(size, _)| bytes >= *size).unwrap_or((1.0, "B"))
}

/// A number with three significant digits, or all digits of its whole part: `0.0312`, `4.25`, `1,204`.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(PLAIN_MIN..PLAIN_MAX).contains(&size) {
        return format!("{value:.2e}");
    }
    plain(value, decimals_of(size))
}

/// The same rounded to one side: the number that is written is at least the value, or at most.
fn number_towards(value: f64, up: bool) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    if size != 0.0 && !(PLAIN_MIN..PLAIN_MAX).contains(&size) {
        return format!("{value:e}");
    }
    let decimals = decimals_of(size);
    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or_default());
    let nearest = (value * scale).round() / scale;
    // What was written with so few digits stays what it is, whatever its product with a power of ten is rounded to.
    if nearest == value {
        return plain(value, decimals);
    }
    let scaled = value * scale;
    plain(if up { scaled.ceil() } else { scaled.floor() } / scale, decimals)
}

/// The decimals of a number of this size that is written with three digits, or with all those of its whole part.
fn decimals_of(size: f64) -> usize {
    if size >= 100.0 || size == 0.0 {
        0
    } else if size >= 10.0 {
        1
    } else if size >= 1.0 {
        2
    } else if size >= 0.1 {
        3
    } else if size >= 0.01 {
        4
    } else {
        6
    }
}

/// A count with thousands separators.
pub(crate) fn count(value: u64) -> String {
    separated(&value.to_string())
}

/// `1 run`, `3 runs`.
pub(crate) fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// The base unit of a dimension, as [`quantity`] knows it.
#[must_use]
pub fn base_unit(dimension: Dimension) -> String {
    if dimension == Dimension::RATIO {
        "ratio".to_owned()
    } else if dimension == Dimension::DURATION {
        "s".to_owned()
    } else if dimension == Dimension::BYTES {
        "B".to_owned()
    } else if dimension == Dimension::COUNT {
        String::new()
    } else if dimension == Dimension::TEMPERATURE {
        "°C".to_owned()
    } else if dimension == Dimension::BYTES.over(Dimension::DURATION) {
        "B/s".to_owned()
    } else if dimension == Dimension::COUNT.over(Dimension::DURATION) {
        "/s".to_owned()
    } else {
        dimension.to_string()
    }
}

fn seconds_to_millis(seconds: f64) -> i64 {
    // Callers hold it below 1e9 seconds, so the product is exact enough and far from the type's ends.
    (seconds * 1_000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_significant_digits_and_whole_parts() {
        let shown: Vec<String> =
            [0.0, 0.03125, 4.25, 12.0, 1204.4, -1204567.0, 1e15, f64::NAN, -0.0].map(number).into();
        assert_eq!(shown, ["0", "0.0312", "4.25", "12", "1,204", "-1,204,567", "1.00e15", "unknown", "0"]);
    }

    #[test]
    fn quantities_read_in_their_unit() {
        assert_eq!(quantity(1_095_216_660.0, "B"), "1.02 GiB");
        let constants = [1.5e9, -2e12, 1_610_612_736.0, 250e6, 512.0, 0.0, 1_095_216_660.0];
        let shown = constants.map(|bytes| constant_quantity(bytes, "B"));
        assert_eq!(shown, ["1.5 GB", "-2 TB", "1.5 GiB", "250 MB", "512 B", "0 B", "1.02 GiB"]);
        assert_eq!(constant_quantity(1.5e9, "s"), quantity(1.5e9, "s"));
        assert_eq!(quantity(0.25, "s"), "250 ms");
        assert_eq!(quantity(255.0, "s"), "4m 15s");
        assert_eq!(quantity(0.95, "ratio"), "95%");
        assert_eq!(quantity(95.0, "%"), "95%");
        assert_eq!(quantity(46.5, "ms"), "46.5 ms");
        assert_eq!(quantity(1204.0, ""), "1,204");
    }

    #[test]
    fn what_is_rounded_to_a_side_is_on_that_side_or_as_it_was() {
        let towards = |value: f64| [true, false].map(|up| number_towards(value, up));
        assert_eq!(towards(66.625), ["66.7", "66.6"]);
        assert_eq!(towards(-66.625), ["-66.6", "-66.7"]);
        assert_eq!(towards(1204.4), ["1,205", "1,204"]);
        assert_eq!(towards(0.000_012_34), ["1.234e-5", "1.234e-5"]);
        // Of three digits already, though a tenth of them is no binary number.
        for value in [0.1, 0.29, 0.07, 4.35, 66.6, 60.0, 0.0, -1.1] {
            assert_eq!(towards(value), [number(value), number(value)]);
        }
        assert_eq!(quantity_towards(0.066_625, "s", true), "66.7 ms");
        assert_eq!(quantity_towards(255.2504, "s", true), "4m 16s");
        assert_eq!(quantity_towards(90_061.0, "s", false), "1d 1h");
        assert_eq!(quantity_towards(0.5001, "ratio", false), "50%");
    }
}
