//! Numbers with so many decimals and with thousands separators.

/// Most decimals that are written here, as powers of ten.
const POWERS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// Up to here a product with a power of ten is not off by as much as [`TIE`].
const SCALED_MAX: f64 = 1e12;

/// How near to the middle between two numbers the exact value has to be looked at.
const TIE: f64 = 1e-3;

/// A number with so many decimals at most, without zeros behind them: as `{:.N}` rounds it. A report holds very many.
pub(super) fn plain(value: f64, decimals: usize) -> String {
    match scaled(value, decimals) {
        Some(units) => written(value < 0.0, units, decimals),
        None => exact(value, decimals),
    }
}

/// How many units of the last decimal a number is, rounded; none where that takes its exact value.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1e12, and whole")]
fn scaled(value: f64, decimals: usize) -> Option<u64> {
    let scaled = value.abs() * POWERS.get(decimals)?;
    let whole = scaled.floor();
    let rest = scaled - whole;
    let is_plain = scaled < SCALED_MAX && (rest - 0.5).abs() > TIE;
    is_plain.then_some(if rest > 0.5 { whole + 1.0 } else { whole } as u64)
}

fn written(is_negative: bool, units: u64, decimals: usize) -> String {
    let (mut rest, mut left) = (units, decimals);
    // Zeros at the end of the decimals say nothing.
    while left > 0 && rest.is_multiple_of(10) {
        rest /= 10;
        left -= 1;
    }
    // The digits from the last to the first.
    let mut digits = String::with_capacity(20);
    let mut place = 0;
    while rest > 0 || place <= left {
        if place == left && left > 0 {
            digits.push('.');
        }
        if place > left && (place - left).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(char::from(b'0' + (rest % 10) as u8));
        rest /= 10;
        place += 1;
    }
    if is_negative && units > 0 {
        digits.push('-');
    }
    digits.chars().rev().collect()
}

/// The same by the number's exact value.
fn exact(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    separated(if text == "-0" { "0" } else { text })
}

/// A number with thousands separators.
pub(super) fn separated(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) =
        rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let length = whole.chars().count();
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (length - position) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_are_rounded_by_the_exact_value() {
        for (value, decimals, expected) in [
            (0.125, 2, "0.12"),
            (0.375, 2, "0.38"),
            // 1.005 is a little less than that.
            (1.005, 2, "1"),
            (-0.5, 0, "0"),
            (1.5, 0, "2"),
            (999.95, 1, "1,000"),
            (-1_234_567.0, 0, "-1,234,567"),
            (0.000_25, 6, "0.00025"),
        ] {
            assert_eq!(plain(value, decimals), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_written_as_its_exact_value_is(
            value in prop_oneof![any::<f64>(), -1e7..1e7_f64, -1.0..1.0_f64, (-100_000..100_000_i32).prop_map(|it| f64::from(it) / 1_000.0)],
            decimals in 0_usize..8,
        ) {
            prop_assume!(value.is_finite());
            prop_assert_eq!(plain(value, decimals), exact(value, decimals));
        }
    }
}
