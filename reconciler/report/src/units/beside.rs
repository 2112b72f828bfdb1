//! Values beside the bound that they are compared with: rounding moves none of them to the other side.

use heal_program::Millis;

use super::{PLAIN_MAX, PLAIN_MIN, byte_scale, decimals_of, quantity, seconds_to_millis, separated, symbol};

/// More digits than any number has.
const DECIMALS_MAX: usize = 17;

/// A value with its unit, as [`quantity`] has it where that stands on the value's side of a bound; else with as many more
/// digits as it takes.
#[must_use]
pub fn quantity_beside(value: f64, bound: f64, unit: &str) -> String {
    let plain = quantity(value, unit);
    if value == bound || !value.is_finite() || !bound.is_finite() {
        return plain;
    }
    if unit == "s" && (120.0..1e9).contains(&value.abs()) {
        // Of a span the two largest parts are shown, and the rest is cut off.
        let is_apart = plain != quantity(bound, unit);
        let whole = Millis(seconds_to_millis(value));
        return if is_apart || whole == Millis(seconds_to_millis(bound)) { plain } else { whole.written() };
    }
    let (size, suffix) = shown_in(value, unit);
    let (own, limit) = (value / size, bound / size);
    if own.abs() != 0.0 && !(PLAIN_MIN..PLAIN_MAX).contains(&own.abs()) {
        return if plain == quantity(bound, unit) { format!("{own:e}{suffix}") } else { plain };
    }
    let is_on_its_side = |shown: &str| {
        let shown: f64 = shown.parse().unwrap_or(limit);
        if own < limit { shown < limit } else { shown > limit }
    };
    let few = decimals_of(own.abs());
    // What is further from the bound than rounding moves it stays on its side.
    let step = 0.1_f64.powi(i32::try_from(few).unwrap_or_default());
    if (own - limit).abs() > step {
        return plain;
    }
    if is_on_its_side(&format!("{own:.few$}")) {
        return plain;
    }
    let more = (few + 1..=DECIMALS_MAX).map(|decimals| format!("{own:.decimals$}"));
    let shown = more.into_iter().find(|shown| is_on_its_side(shown));
    shown.map_or(plain, |shown| format!("{}{suffix}", separated(shown.trim_end_matches('0'))))
}

/// How large what is shown is in the unit, and what stands behind the number.
fn shown_in(value: f64, unit: &str) -> (f64, String) {
    match unit {
        "" => (1.0, String::new()),
        "%" | "percent" => (1.0, "%".to_owned()),
        "ratio" => (0.01, "%".to_owned()),
        "B" | "bytes" => {
            let (size, name) = byte_scale(value.abs());
            (size, format!(" {name}"))
        }
        "s" if value != 0.0 && value.abs() < 1.0 => (0.001, " ms".to_owned()),
        unit => (1.0, format!(" {}", symbol(unit))),
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_shown_on_its_side_of_the_bound() {
        let shown = [
            quantity_beside(13.998, 14.0, "d"),
            quantity_beside(60.04, 60.0, "ms"),
            quantity_beside(0.060_004, 0.06, "s"),
            quantity_beside(0.999_96, 1.0, "s"),
            quantity_beside(1_209_605.0, 1_209_600.0, "s"),
            quantity_beside(0.950_04, 0.95, "ratio"),
            quantity_beside(1_204.4, 1_204.0, ""),
            quantity_beside(70.0, 60.0, "ms"),
            quantity_beside(60.0, 60.0, "ms"),
        ];
        assert_eq!(
            shown,
            [
                "13.998 d",
                "60.04 ms",
                "60.004 ms",
                "999.96 ms",
                "14d 5s",
                "95.004%",
                "1,204.4",
                "70 ms",
                "60 ms"
            ]
        );
    }

    proptest! {
        #[test]
        fn no_rounding_crosses_a_bound(bound in -1e6_f64..1e6, by in -1e-3_f64..1e-3) {
            let value = bound * (1.0 + by);
            let text = quantity_beside(value, bound, "ms");
            let number: f64 = text.trim_end_matches(" ms").replace(',', "").parse().unwrap();
            prop_assert!(value == bound || (number < bound) == (value < bound) && number != bound, "{text} for {value}");
        }
    }
}
