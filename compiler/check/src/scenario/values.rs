//! The notation of `promtool test rules` for samples: `1+2x5 _x3 stale`.
//!
//! `a` is a sample, `axn` is `a` and then `n` more of it, `a+bxn` and `a-bxn` are `a` and then `n` more, each larger or
//! smaller by `b`. `_` is a sample that did not come, `_xn` are `n` of these. `stale` and what is no number (`NaN`, `Inf`)
//! are samples that carry nothing: for us the same as one that did not come.

/// Most samples that one notation may stand for: a year of a sample every 30 seconds.
pub(crate) const SAMPLES_MAX: usize = 1_051_200;

/// Why a notation cannot be read, and the bytes of it that are wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// Offset of the first byte in the notation.
    pub(crate) start: usize,
    /// Offset after the last byte.
    pub(crate) end: usize,
    /// What is wrong.
    pub(crate) why: Why,
}

/// What is wrong with a part of a notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// There is nothing in it.
    Empty,
    /// It is neither a number nor one of the words.
    NotASample,
    /// It is a native histogram.
    Histogram,
    /// What stands after `x` is not a count.
    NotACount,
    /// There are too many samples.
    TooMany,
}

/// The samples of a notation, in order; none where no sample comes.
pub(crate) fn samples(notation: &str) -> Result<Vec<Option<f64>>, Unreadable> {
    let mut samples = Vec::new();
    let mut rest = notation;
    while let Some(start) = rest.find(|character: char| !character.is_whitespace()) {
        let word = rest.get(start..).unwrap_or("");
        let word = word.split(char::is_whitespace).next().unwrap_or(word);
        let at = notation.len() - rest.len() + start;
        if let Err(why) = item(word, &mut samples) {
            return Err(Unreadable { start: at, end: at + word.len(), why });
        }
        rest = rest.get(start + word.len()..).unwrap_or("");
    }
    if samples.is_empty() {
        return Err(Unreadable { start: 0, end: notation.len(), why: Why::Empty });
    }
    Ok(samples)
}

fn item(word: &str, samples: &mut Vec<Option<f64>>) -> Result<(), Why> {
    if word.starts_with("{{") {
        return Err(Why::Histogram);
    }
    if let Some(repeat) = word.strip_prefix('_') {
        let count = match repeat.strip_prefix('x') {
            Some(count) => whole(count)?,
            None if repeat.is_empty() => 1,
            None => return Err(Why::NotASample),
        };
        return extend(samples, count, |_| None);
    }
    if word == "stale" {
        return extend(samples, 1, |_| None);
    }
    let (first, rest) = number(word).ok_or(Why::NotASample)?;
    if rest.is_empty() {
        return extend(samples, 1, |_| Some(first));
    }
    if let Some(count) = rest.strip_prefix('x') {
        return extend(samples, whole(count)?.saturating_add(1), |_| Some(first));
    }
    if !rest.starts_with(['+', '-']) {
        return Err(Why::NotASample);
    }
    let (step, rest) = number(rest).ok_or(Why::NotASample)?;
    let count = rest.strip_prefix('x').ok_or(Why::NotASample)?;
    extend(samples, whole(count)?.saturating_add(1), |at| Some(first + step * at as f64))
}

fn extend(
    samples: &mut Vec<Option<f64>>,
    count: usize,
    value: impl Fn(usize) -> Option<f64>,
) -> Result<(), Why> {
    if count > SAMPLES_MAX || samples.len() + count > SAMPLES_MAX {
        return Err(Why::TooMany);
    }
    samples.extend((0..count).map(|at| value(at).filter(|value| value.is_finite())));
    Ok(())
}

fn whole(text: &str) -> Result<usize, Why> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(Why::NotACount);
    }
    // More digits than fit are a count all the same.
    Ok(text.parse().unwrap_or(usize::MAX))
}

/// The number that `text` begins with, and what stands after it.
fn number(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let lower: String = unsigned.chars().take(3).collect::<String>().to_lowercase();
    for (word, value) in [("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if lower == word {
            return Some((sign * value, unsigned.get(word.len()..)?));
        }
    }
    // No hexadecimal numbers, as in promtool: `0x5` is a zero and five more.
    let length = decimal_length(unsigned.as_bytes())?;
    let value: f64 = unsigned.get(..length)?.parse().ok()?;
    Some((sign * value, unsigned.get(length..)?))
}

/// How many bytes are digits, with a point and an exponent.
fn decimal_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut length = whole;
    let mut fraction = 0;
    if bytes.get(length) == Some(&b'.') {
        fraction = digits(length + 1);
        length += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn shown(notation: &str) -> String {
        match samples(notation) {
            Ok(samples) => samples
                .iter()
                .map(|sample| sample.map_or("_".to_owned(), |value| value.to_string()))
                .collect::<Vec<_>>()
                .join(" "),
            Err(Unreadable { start, end, why }) => {
                format!("{why:?} at `{}`", notation.get(start..end).unwrap_or("?"))
            }
        }
    }

    /// The examples of promtool's documentation, with what it says they become.
    #[test]
    fn the_examples_of_promtool_mean_what_it_says() {
        assert_eq!(shown("-2+4x3"), "-2 2 6 10");
        assert_eq!(shown(" 1-2x4"), "1 -1 -3 -5 -7");
        assert_eq!(shown(" 1x4"), "1 1 1 1 1");
        assert_eq!(shown(" 4 9 16 _ 25"), "4 9 16 _ 25");
        assert_eq!(shown(" 1 _x3 stale"), "1 _ _ _ _");
        assert_eq!(shown("0+10x10 30+20x5"), "0 10 20 30 40 50 60 70 80 90 100 30 50 70 90 110 130");
        assert_eq!(shown("1+0x3"), "1 1 1 1");
    }

    #[test]
    fn numbers_are_written_as_anywhere() {
        assert_eq!(shown("1.5e3 -.5 2. +4 1e-1+2e-1x1"), "1500 -0.5 2 4 0.1 0.30000000000000004");
        assert_eq!(shown("-1-2x2"), "-1 -3 -5");
        assert_eq!(shown("1+-2x2"), "NotASample at `1+-2x2`");
        assert_eq!(shown("0x2 NaN Inf -inf"), "0 0 0 _ _ _");
    }

    #[test]
    fn what_cannot_be_read_is_pointed_at() {
        assert_eq!(shown("1 two 3"), "NotASample at `two`");
        assert_eq!(shown("1x"), "NotACount at `1x`");
        assert_eq!(shown("1+2"), "NotASample at `1+2`");
        assert_eq!(shown("_y"), "NotASample at `_y`");
        assert_eq!(shown("{{schema:1}}"), "Histogram at `{{schema:1}}`");
        assert_eq!(shown("1 1x99999999999999999999"), "TooMany at `1x99999999999999999999`");
        assert_eq!(shown("  "), "Empty at `  `");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_a_place_in_it(text in "[-+ 0-9xe._a-z\u{e4}]{0,40}") {
            match samples(&text) {
                Ok(samples) => prop_assert!(!samples.is_empty() && samples.len() <= SAMPLES_MAX),
                Err(wrong) => prop_assert!(text.get(wrong.start..wrong.end).is_some()),
            }
        }
    }
}
