//! The values that are tried of a param: round ones, in the unit that it is written in, inside of its range.

use heal_program::{Dimension, Param, Unit, base_unit, literal_unit};

/// Steps that a narrow range is divided into, at least.
const STEPS_MIN: f64 = 50.0;
/// A range whose ends are this far apart is walked through in relative steps.
const WIDE: f64 = 4.0;
/// Most values of one param: a range over twelve decades stays below.
const VALUES_MAX: usize = 1_200;

/// A value that is tried.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GridValue {
    /// As it would be written: `52ms`.
    pub(crate) text: String,
    /// In the base unit of its dimension.
    pub(crate) value: f64,
}

/// The values that are tried of a param, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    /// The values; the present one is among them.
    pub(crate) values: Vec<GridValue>,
    /// Where the present one stands.
    pub(crate) present: usize,
}

/// The way in which a param may not be moved, because a bound would hold less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Not to a higher value.
    pub(crate) up: bool,
    /// Not to a lower value.
    pub(crate) down: bool,
}

impl Grid {
    /// The grid of a param that is written as `value_text` in the range of `range_texts`; none where its range holds no
    /// other value, or where none could be written.
    pub(crate) fn of(param: &Param, value_text: &str, range_texts: (&str, &str), held: Held) -> Option<Grid> {
        let (low, high) = param.range?;
        let writing = Writing::of(param.dimension, value_text)?;
        let in_unit = |value: f64| (value - writing.offset) / writing.scale;
        let is_whole = param.dimension == Dimension::COUNT
            && [low, high, param.value].iter().all(|value| value.fract() == 0.0);
        let mut values: Vec<GridValue> = round_numbers(in_unit(low), in_unit(high), is_whole)
            .filter_map(|number| writing.value(number))
            .filter(|it| low <= it.value && it.value <= high)
            .take(VALUES_MAX)
            .collect();
        values.push(GridValue { text: range_texts.0.to_owned(), value: low });
        values.push(GridValue { text: range_texts.1.to_owned(), value: high });
        values.retain(|it| !same(it.value, param.value));
        values.retain(|it| if it.value > param.value { !held.up } else { !held.down });
        values.push(GridValue { text: value_text.to_owned(), value: param.value });
        // The sort keeps the order of equals: of two texts for one value the one in the param's own unit is kept.
        values.sort_by(|left, right| left.value.total_cmp(&right.value));
        values.dedup_by(|next, kept| same(next.value, kept.value));
        let present = values.iter().position(|it| it.value.to_bits() == param.value.to_bits())?;
        (values.len() > 1).then_some(Grid { values, present })
    }
}

/// Whether two values differ by nothing but rounding.
fn same(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-12 * left.abs().max(right.abs())
}

/// How values of a param are written.
struct Writing {
    suffix: String,
    unit: Option<Unit>,
    scale: f64,
    offset: f64,
}

impl Writing {
    /// In the last unit of its text, else in the base unit of its dimension.
    fn of(dimension: Dimension, text: &str) -> Option<Writing> {
        let suffix = text.rfind(|letter: char| letter.is_ascii_digit()).and_then(|at| text.get(at + 1..));
        let written = suffix.map(|suffix| suffix.trim_matches(|it: char| it == ')' || it.is_whitespace()));
        let fits = |suffix: &str| literal_unit(suffix).is_some_and(|unit| unit.dimension == dimension);
        let plain = [Dimension::RATIO, Dimension::COUNT].contains(&dimension);
        let suffix = match written {
            Some("") if plain => "",
            Some(suffix) if fits(suffix) => suffix,
            Some(_) | None => base_unit(dimension).or(plain.then_some(""))?,
        };
        let unit = literal_unit(suffix);
        let (scale, offset) = unit.map_or((1.0, 0.0), |unit| (unit.scale(), unit.offset()));
        Some(Writing { suffix: suffix.to_owned(), unit, scale, offset })
    }

    /// A number of the unit as a value.
    fn value(&self, Decimal { mantissa, decimals }: Decimal) -> Option<GridValue> {
        let digits = Decimal { mantissa: mantissa.abs(), decimals }.text();
        let sign = if mantissa < 0 { -1.0 } else { 1.0 };
        let value = match self.unit {
            Some(unit) => unit.number(&digits, sign)?,
            None => digits.parse::<f64>().ok()? * sign,
        };
        let minus = if mantissa < 0 { "-" } else { "" };
        Some(GridValue { text: format!("{minus}{digits}{}", self.suffix), value })
    }
}

/// A decimal number: `mantissa / 10^decimals`; negative decimals are zeros at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    mantissa: i64,
    decimals: i32,
}

impl Decimal {
    fn text(self) -> String {
        let zeros = usize::try_from(-self.decimals).unwrap_or_default();
        let Some(decimals) = usize::try_from(self.decimals).ok().filter(|decimals| *decimals > 0) else {
            let zeros = if self.mantissa == 0 { 0 } else { zeros };
            return format!("{}{}", self.mantissa, "0".repeat(zeros));
        };
        let digits = format!("{:0width$}", self.mantissa, width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        format!("{whole}.{fraction}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// The round numbers from one to another: of a wide range all with two significant digits, else steps of 1, 2 or 5.
fn round_numbers(low: f64, high: f64, is_whole: bool) -> Box<dyn Iterator<Item = Decimal>> {
    let decimals_max = if is_whole { 0 } else { i32::MAX };
    if low > 0.0 && high / low >= WIDE {
        // One decade more on both sides: what lies outside is left out by its value.
        let decades = exponent(low) - 1..=exponent(high) + 1;
        return Box::new(decades.flat_map(move |decade| {
            let decimals = 1 - decade;
            let all = (10..100).map(move |mantissa| Decimal { mantissa, decimals });
            all.filter(move |it| decimals <= decimals_max || it.is_whole())
        }));
    }
    let wanted = (high - low) / STEPS_MIN;
    if !(wanted.is_finite() && wanted > 0.0) {
        return Box::new(std::iter::empty());
    }
    let power = exponent(wanted);
    let leading = wanted / 10_f64.powi(power);
    let (step, power) = match leading {
        leading if leading >= 5.0 => (5, power),
        leading if leading >= 2.0 => (2, power),
        _ => (1, power),
    };
    let (step, decimals) = if is_whole && power < 0 { (1, 0) } else { (step, -power) };
    let size = step as f64 * 10_f64.powi(-decimals);
    let (first, last) = ((low / size).floor(), (high / size).ceil());
    if !(first.abs() < 1e15 && last.abs() < 1e15) {
        return Box::new(std::iter::empty());
    }
    // Both are far inside of what a whole number holds.
    let (first, last) = (first as i64, last as i64);
    Box::new((first..=last).map(move |count| Decimal { mantissa: count * step, decimals }))
}

impl Decimal {
    fn is_whole(self) -> bool {
        let power = u32::try_from(self.decimals).ok().and_then(|decimals| 10_i64.checked_pow(decimals));
        self.decimals <= 0 || power.is_some_and(|power| self.mantissa % power == 0)
    }
}

/// The power of ten of a positive number's first digit.
fn exponent(number: f64) -> i32 {
    // A double's power of ten is far inside of what the type holds.
    (number.log10() + 1e-9).floor() as i32
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use heal_program::Head;
    use proptest::prelude::*;

    use super::*;

    fn param(dimension: Dimension, value: f64, low: f64, high: f64) -> Param {
        Param { head: Head::default(), dimension, value, range: Some((low, high)) }
    }

    #[track_caller]
    fn check(param: &Param, text: &str, range: (&str, &str), first: &[&str], count: usize) {
        let grid = Grid::of(param, text, range, Held::default()).unwrap();
        let texts: Vec<&str> = grid.values.iter().map(|it| it.text.as_str()).collect();
        assert_eq!((&texts[..first.len()], texts.len()), (first, count), "{texts:?}");
        assert_eq!(texts[grid.present], text);
    }

    #[test]
    fn a_narrow_range_is_divided_into_round_steps() {
        let budget = param(Dimension::DURATION, 0.06, 0.045, 0.1);
        check(&budget, "60ms", ("45ms", "100ms"), &["45ms", "46ms", "47ms"], 56);
        let objective = param(Dimension::RATIO, 0.995, 0.99, 0.999);
        check(&objective, "99.5%", ("99%", "99.9%"), &["99%", "99.01%", "99.02%"], 91);
        let cold = param(Dimension::TEMPERATURE, -5.0, -20.0, 20.0);
        check(&cold, "-5degC", ("-20degC", "20degC"), &["-20degC", "-19.5degC"], 81);
    }

    #[test]
    fn a_wide_range_is_walked_through_in_relative_steps() {
        let budget = param(Dimension::DURATION, 0.25, 0.1, 2.0);
        check(&budget, "250ms", ("100ms", "2s"), &["100ms", "110ms", "120ms"], 101);
        let rate = param(Dimension::COUNT.over(Dimension::DURATION), 100.0, 10.0, 500.0);
        check(&rate, "100/s", ("10/s", "500/s"), &["10/s", "11/s"], 131);
    }

    #[test]
    fn counts_stay_whole_and_odd_values_stay_as_they_are_written() {
        let most = param(Dimension::COUNT, 7.0, 1.0, 20.0);
        check(&most, "7", ("1", "20"), &["1", "2", "3"], 20);
        let odd = param(Dimension::DURATION, 61.234, 60.0, 70.0);
        check(&odd, "1m1.234s", ("1m", "1m10s"), &["60s", "60.2s"], 52);
        let product = param(Dimension::DURATION, 60.0, 30.0, 90.0);
        check(&product, "2 * 30s", ("30s", "90s"), &["30s", "31s"], 61);
    }

    #[test]
    fn a_direction_in_which_a_bound_would_hold_less_is_left_out() {
        let budget = param(Dimension::DURATION, 0.06, 0.045, 0.1);
        let held = |up, down| {
            let grid = Grid::of(&budget, "60ms", ("45ms", "100ms"), Held { up, down })?;
            Some((grid.values[0].text.clone(), grid.values.last().unwrap().text.clone()))
        };
        assert_eq!(held(true, false), Some(("45ms".to_owned(), "60ms".to_owned())));
        assert_eq!(held(false, true), Some(("60ms".to_owned(), "100ms".to_owned())));
        assert_eq!(held(true, true), None);
    }

    proptest! {
        #[test]
        fn every_value_is_inside_the_range_and_reads_as_what_it_says(
            low in -1e6_f64..1e6, width in 0.0_f64..1e6, share in 0.0_f64..=1.0, scale in -6_i32..6,
        ) {
            let factor = 10_f64.powi(scale);
            let (low, high) = (low * factor, (low + width) * factor);
            let value = (low + (high - low) * share).clamp(low, high);
            let given = param(Dimension::DURATION, value, low, high);
            let texts = (format!("{low}s"), format!("{high}s"));
            if let Some(grid) = Grid::of(&given, &format!("{value}s"), (&texts.0, &texts.1), Held::default()) {
                prop_assert!(grid.values.len() <= VALUES_MAX + 3);
                for it in &grid.values {
                    prop_assert!(low <= it.value && it.value <= high, "{:?}", it);
                    let read: f64 = it.text.trim_end_matches('s').parse().unwrap();
                    prop_assert!((read - it.value).abs() <= 1e-9 * read.abs().max(1e-300), "{:?}", it);
                }
                prop_assert!(grid.values.windows(2).all(|pair| pair[0].value < pair[1].value));
            }
        }
    }
}
