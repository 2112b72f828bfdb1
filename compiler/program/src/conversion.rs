//! Numbers in a unit of their own, in the base unit of their dimension.

/// Most decimal places that a number is looked through for.
const DECIMALS_MAX: u32 = 9;

/// Up to here every whole number is a double.
const WHOLE_MAX: i64 = 1 << 53;

/// From a signal's own unit to the base unit of its dimension.
///
/// Where a number has few decimals and the unit is a decimal part or a multiple, the result is the double next to what a
/// person would compute: 13 ms are 0.013 s, which `13.0 * 0.001` is not. Sums over converted samples are then as exact as
/// sums over the recorded ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    scale: f64,
    offset: f64,
    /// How many of the unit the base unit is, where that is a whole number: one that is divided by it is rounded once.
    divisor: Option<f64>,
    /// The number at the zero of the base unit, where it has few decimals: 32 of degrees Fahrenheit.
    zero: Option<f64>,
    /// The scale as a whole number over a power of ten, where it is one and there is no offset.
    decimal: Option<(i64, u32)>,
}

impl Conversion {
    /// Of a unit that is `scale` times the base unit, and is `offset` where that is zero.
    #[must_use]
    pub fn new(scale: f64, offset: f64) -> Conversion {
        let decimal = decimal_of(scale).filter(|(whole, _)| offset == 0.0 && *whole > 0);
        let divisor = Some((1.0 / scale).round()).filter(|whole| offset == 0.0 && 1.0 / whole == scale);
        Conversion { scale, offset, divisor, zero: zero_of(scale, offset), decimal }
    }

    /// Whether numbers stay as they are.
    #[must_use]
    pub fn is_identity(self) -> bool {
        self.scale == 1.0 && self.offset == 0.0
    }

    /// The scale as a whole number over ten to a power, where it is one and nothing is added.
    #[must_use]
    pub fn decimal(self) -> Option<(i64, u32)> {
        self.decimal
    }

    /// A number in the base unit.
    #[must_use]
    pub fn apply(self, value: f64) -> f64 {
        if self.is_identity() {
            return value;
        }
        let exact = self.decimal.zip(decimal_of(value)).and_then(|((factor, more), (whole, decimals))| {
            let product = whole.checked_mul(factor).filter(|product| product.abs() <= WHOLE_MAX)?;
            // Ten to 18 is a double, so this rounds once.
            Some(product as f64 / power_of_ten(decimals + more))
        });
        // What is measured from there is what is multiplied: the zero itself is exactly zero.
        let from_zero = self.zero.map(|zero| (value - zero) * self.scale);
        let divided = self.divisor.map(|divisor| value / divisor);
        exact.or(divided).or(from_zero).unwrap_or(value * self.scale + self.offset)
    }
}

fn zero_of(scale: f64, offset: f64) -> Option<f64> {
    let zero = -offset / scale;
    let decimals = 10_f64.powi(9);
    let short = (zero * decimals).round() / decimals;
    // A quotient of two rounded numbers is off by a few steps at most.
    ((short - zero).abs() <= 4.0 * f64::EPSILON * zero.abs()).then_some(short)
}

/// A number as a whole one over ten to a power, with the smallest power there is; none where it has too many decimals or
/// is too large.
fn decimal_of(value: f64) -> Option<(i64, u32)> {
    (0..=DECIMALS_MAX).find_map(|decimals| {
        let divisor = power_of_ten(decimals);
        let whole = (value * divisor).round();
        let whole = (whole.abs() <= WHOLE_MAX as f64).then_some(whole as i64)?;
        (whole as f64 / divisor).to_bits().eq(&value.to_bits()).then_some((whole, decimals))
    })
}

fn power_of_ten(decimals: u32) -> f64 {
    10_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_stay_what_people_read() {
        let milliseconds = Conversion::new(0.001, 0.0);
        assert_eq!(milliseconds.apply(13.0), 0.013);
        assert_ne!(13.0 * 0.001, 0.013, "or there would be no need");
        for tenth in 0..100_000 {
            let written: f64 = format!("{}e-4", tenth).parse().unwrap_or_default();
            assert_eq!(milliseconds.apply(f64::from(tenth) / 10.0), written);
        }
        assert_eq!(Conversion::new(3_600.0, 0.0).apply(0.1), 360.0);
        assert_eq!(Conversion::new(0.01, 0.0).apply(99.9), 0.999);
        // 10 ms a minute.
        assert_eq!(Conversion::new(1.0 / 60_000.0, 0.0).apply(10.0), 10.0 / 60_000.0);
        assert_ne!(10.0 * (1.0 / 60_000.0), 10.0 / 60_000.0, "or there would be no need");
    }

    #[test]
    fn other_numbers_and_units_are_scaled_as_doubles() {
        let fahrenheit = Conversion::new(5.0 / 9.0, -160.0 / 9.0);
        assert_eq!(fahrenheit.apply(32.0), 0.0);
        assert_eq!(fahrenheit.apply(30.0), -2.0 * (5.0 / 9.0));
        let odd = Conversion::new(0.3, 0.1);
        assert_eq!(odd.apply(0.7), 0.7 * 0.3 + 0.1);
        assert_eq!(Conversion::new(0.001, 0.0).apply(0.1 + 0.2), (0.1 + 0.2) * 0.001);
        assert_eq!(Conversion::new(0.001, 0.0).apply(1e300), 1e300 * 0.001);
        assert!(Conversion::new(1.0, 0.0).apply(f64::NAN).is_nan());
        assert_eq!(Conversion::new(0.001, 0.0).apply(f64::INFINITY), f64::INFINITY);
    }
}
