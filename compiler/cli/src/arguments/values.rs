//! Values on the command line that are more than a text: labels, units, days, points in time, spans.

use heal_diagnostics::nearest;
use heal_driver::Day;
use heal_program::{Millis, Timestamp, recorded_unit, unit_names};
use heal_telemetry::{
    csv::{TimeFormat, UtcOffset},
    label_name,
};

/// Longest span that can be asked for, in milliseconds: a hundred years.
const SPAN_MAX: i64 = 36_525 * 86_400_000;

/// A point in time, UTC where no zone is written.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    // As reports write it: `2026-01-31 12:00 UTC`.
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let (clock, zone) = text.strip_suffix('Z').map_or((text, ""), |clock| (clock, "Z"));
    let (midnight, minute) = (format!("{text} 00:00:00"), format!("{clock}:00{zone}"));
    let texts = [text, &midnight, &minute].into_iter();
    let mut found = texts.filter_map(|text| TimeFormat::detect(text)?.parse(text, UtcOffset::default()));
    found.next().filter(|time| (heal_telemetry::EARLIEST..=heal_telemetry::LATEST).contains(time)).ok_or_else(
        || "a point in time is written `2026-01-31`, `2026-01-31 12:00 UTC`, `2026-01-31T12:00:00Z` or in Unix seconds".to_owned(),
    )
}

/// A span as the language writes it: `15s`, `7d`, `1d12h`.
pub(super) fn span(text: &str) -> Result<Millis, String> {
    const UNITS: [(&str, i64); 6] =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];
    let wrong = || "a span is written `15s`, `7d` or `1d12h`".to_owned();
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, after) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let letters = after.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(letters).ok_or_else(wrong)?;
        let unit = UNITS.iter().find(|(unit, _)| *unit == name).ok_or_else(wrong)?;
        let count: i64 = number.parse().map_err(|_| wrong())?;
        total = count.checked_mul(unit.1).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = after;
    }
    match total {
        0 => Err(wrong()),
        total if total > SPAN_MAX => Err("a span is at most a hundred years".to_owned()),
        total => Ok(Millis(total)),
    }
}

pub(super) fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("a label is written `name=value`".to_owned()),
    }
}

/// A label that series get: one that a policy can name.
pub(super) fn series_label(text: &str) -> Result<(String, String), String> {
    let (name, value) = label(text)?;
    let plain = label_name(&name);
    if plain == name {
        return Ok((name, value));
    }
    Err(format!("a policy cannot name the label `{name}`: write `{plain}={value}`"))
}

/// What is called otherwise in a file, and the label that it becomes, `from=to`.
pub(super) fn renamed(text: &str) -> Result<(String, String), String> {
    let (from, to) = label(text)?;
    check_named(&from, to)
}

/// A column whose cells are a label, and how that is called where it is said.
pub(super) fn key_column(text: &str) -> Result<(String, Option<String>), String> {
    match text.rsplit_once('=') {
        None if !text.is_empty() => Ok((text.to_owned(), None)),
        Some((from, to)) if !from.is_empty() && !to.is_empty() => {
            check_named(from, to.to_owned()).map(|(from, to)| (from, Some(to)))
        }
        Some(_) | None => Err("this is written `column`, or `column=label` to call it otherwise".to_owned()),
    }
}

fn check_named(from: &str, to: String) -> Result<(String, String), String> {
    let plain = label_name(&to);
    if plain == to {
        return Ok((from.to_owned(), to));
    }
    Err(format!("a policy cannot name a label `{to}`: write `{from}={plain}`"))
}

/// What units are called elsewhere.
const CALLED: [(&str, &str); 16] = [
    ("%", "percent"),
    ("byte", "B"),
    ("bytes", "B"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("milliseconds", "ms"),
    ("sec", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("hour", "h"),
    ("hours", "h"),
    ("days", "d"),
];

pub(super) fn unit(text: &str) -> Result<String, String> {
    if recorded_unit(text).is_some() {
        return Ok(text.to_owned());
    }
    if let Some((_, unit)) = CALLED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Err(format!("this is no unit: did you mean `{unit}`?"));
    }
    let names: Vec<&str> = unit_names(None).chain(["percent", "1"]).collect();
    let by_case = names.iter().copied().find(|name| name.eq_ignore_ascii_case(text));
    Err(match by_case.or_else(|| nearest(text, names.iter().copied())) {
        _ if text.is_empty() => "a unit is missing: write `1` for a plain number".to_owned(),
        Some(meant) => format!("this is no unit: did you mean `{meant}`?"),
        None => format!(
            "this is no unit: the units are {}, and those over a unit of time, such as `/s`; `1` is a plain number",
            names.join(" ")
        ),
    })
}

pub(super) fn day(text: &str) -> Result<Day, String> {
    Day::read(text).ok_or_else(|| "a day is written `2027-01-31`".to_owned())
}

#[cfg(test)]
mod tests {
    use heal_program::{Millis, Timestamp};

    use super::{span, time};

    #[test]
    fn spans_are_read_with_their_units() {
        let cases = [
            ("15s", 15_000),
            ("7d", 604_800_000),
            ("1d12h", 129_600_000),
            ("250ms", 250),
            ("2w", 1_209_600_000),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(span(text), Ok(Millis(milliseconds)), "{text}");
        }
        for text in
            ["", "7", "d", "0s", "-1s", "1.5h", "7 d", "1y", "99999999999999999999s", "99999999d", "1é"]
        {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_days_times_or_unix_seconds() {
        let day = Timestamp(1_767_225_600_000);
        for text in [
            "2026-01-01",
            "2026-01-01 00:00:00",
            "2026-01-01 00:00",
            "2026-01-01 00:00 UTC",
            "2026-01-01T00:00Z",
            "2026-01-01T01:00:00+01:00",
            "1767225600",
        ] {
            assert_eq!(time(text), Ok(day), "{text}");
        }
        for text in ["", " UTC", "Z", "yesterday", "2026-13-01", "2026-01-01 00", "99999-01-01"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
