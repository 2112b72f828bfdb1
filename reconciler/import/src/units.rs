//! Units as other tools write them, in the language's.

use heal_program::recorded_unit;

/// Words of OpenMetrics and of UCUM for the units of the language.
const UNITS: &[(&str, &str)] = &[
    ("seconds", "s"),
    ("second", "s"),
    ("milliseconds", "ms"),
    ("microseconds", "us"),
    ("nanoseconds", "ns"),
    ("minutes", "m"),
    ("hours", "h"),
    ("days", "d"),
    ("bytes", "B"),
    ("byte", "B"),
    ("kilobytes", "KB"),
    ("megabytes", "MB"),
    ("gigabytes", "GB"),
    ("kibibytes", "KiB"),
    ("mebibytes", "MiB"),
    ("gibibytes", "GiB"),
    ("bits", "bit"),
    ("ratio", "1"),
    ("percent", "percent"),
    ("celsius", "degC"),
    ("fahrenheit", "degF"),
    ("min", "m"),
    ("wk", "w"),
    ("By", "B"),
    ("kBy", "KB"),
    ("MBy", "MB"),
    ("GBy", "GB"),
    ("TBy", "TB"),
    ("KiBy", "KiB"),
    ("MiBy", "MiB"),
    ("GiBy", "GiB"),
    ("TiBy", "TiB"),
    ("%", "percent"),
    ("Cel", "degC"),
    ("[degF]", "degF"),
];

/// Of UCUM, where one letter means something else than in the language.
const OTHERWISE: &[&str] = &["m", "w", "B", "KB"];

/// The unit after OpenMetrics' `# UNIT`; what is none of the language's stays as it is.
pub(crate) fn of_openmetrics(text: &str) -> String {
    known(text).unwrap_or(text).to_owned()
}

/// The unit that the name of a metric ends in, as Prometheus asks for.
pub(crate) fn of_name(name: &str) -> Option<&'static str> {
    let end = name.rsplit('_').next()?;
    let word = end.len() > 3 && end.len() < name.len();
    known(end).filter(|_| word)
}

/// A unit of UCUM, as OpenTelemetry writes it: `{request}` is a plain number, and `By/s` is each second.
pub(crate) fn of_ucum(text: &str) -> String {
    let plain = |part: &str| part == "1" || (part.starts_with('{') && part.ends_with('}'));
    if plain(text) {
        return "1".to_owned();
    }
    if let Some((above, below)) = text.split_once('/') {
        let above = if plain(above) { "1".to_owned() } else { of_ucum_simple(above) };
        let unit = format!("{above}/{}", of_ucum_simple(below));
        return if recorded_unit(&unit).is_some() { unit } else { text.to_owned() };
    }
    of_ucum_simple(text)
}

fn of_ucum_simple(text: &str) -> String {
    match known(text) {
        Some(unit) => unit.to_owned(),
        // A metre is no minute: it is written so that Heal knows no such unit.
        None if OTHERWISE.contains(&text) => format!("UCUM {text}"),
        None => text.to_owned(),
    }
}

fn known(text: &str) -> Option<&'static str> {
    UNITS.iter().find(|(other, _)| *other == text).map(|(_, unit)| *unit)
}
