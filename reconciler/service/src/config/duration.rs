//! Spans of time and paces, as they are written in the configuration.

use std::time::Duration;

/// Longest span: a year.
const SECONDS_MAX: f64 = 366.0 * 86_400.0;

/// Reads `250ms`, `30s`, `5m`, `1h` or `1d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{}` is not a span of time: write for example `30s`, `5m` or `1h`", shown(text));
    let unit_at = text.find(|character: char| character.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at_checked(unit_at).ok_or_else(wrong)?;
    let seconds_per_unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err(wrong()),
    };
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = if is_plain { number.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    let seconds = number * seconds_per_unit;
    if seconds > 0.0 && seconds <= SECONDS_MAX {
        Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
    } else {
        Err(format!("`{}` is out of range: write more than nothing and at most a year", shown(text)))
    }
}

/// How fast a recording is replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As many seconds of the recording pass in a second.
    Times(f64),
    /// As fast as the engine can.
    Max,
}

/// Reads `60x`, `1x`, `0.5x` or `max`.
pub(super) fn pace(text: &str) -> Result<Pace, String> {
    let wrong = || format!("`{}` is not a pace: write for example `60x`, or `max`", shown(text));
    if text == "max" {
        return Ok(Pace::Max);
    }
    let times: f64 = text.strip_suffix('x').and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    if times.is_finite() && (0.001..=1e9).contains(&times) { Ok(Pace::Times(times)) } else { Err(wrong()) }
}

/// Short and on one line, whatever was written.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Pace, duration, pace};

    #[test]
    fn spans_are_read_with_their_unit() {
        let cases =
            [("250ms", 250), ("30s", 30_000), ("1.5m", 90_000), ("1h", 3_600_000), ("1d", 86_400_000)];
        for (text, milliseconds) in cases {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "30", "s", "-5s", "0s", "5 s", "1e3s", "NaNs", "400d", "5seconds", "..s", "\u{1b}[2Js"]
        {
            let error = duration(text).err().unwrap_or_default();
            assert!(!error.is_empty() && !error.contains('\u{1b}'), "{text}");
        }
    }

    #[test]
    fn paces_are_times_or_max() {
        assert_eq!(pace("60x"), Ok(Pace::Times(60.0)));
        assert_eq!(pace("0.5x"), Ok(Pace::Times(0.5)));
        assert_eq!(pace("max"), Ok(Pace::Max));
        for text in ["", "x", "60", "-1x", "0x", "infx", "NaNx", "fast"] {
            assert!(pace(text).is_err(), "{text}");
        }
    }
}
