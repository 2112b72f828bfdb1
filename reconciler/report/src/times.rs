//! Times and spans as people say them. All times are UTC and say so.

use heal_program::{Millis, Timestamp};

use crate::RecordingSummary;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// `2026-10-12 03:14 UTC`, with seconds only where there are some.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("{} UTC", date_and_clock(at))
}

/// `2026-10-12 03:14 to 03:29 UTC`, or both dates where they differ.
pub(crate) fn interval(start: Timestamp, end: Option<Timestamp>) -> String {
    let begin = date_and_clock(start);
    match end {
        None => format!("{begin} UTC, to the end of the recording"),
        Some(end) if end == start => format!("{begin} UTC"),
        Some(end) => {
            let finish = date_and_clock(end);
            let same_day = begin.split(' ').next() == finish.split(' ').next();
            let finish =
                if same_day { finish.split(' ').nth(1).unwrap_or(&finish).to_owned() } else { finish };
            format!("{begin} to {finish} UTC")
        }
    }
}

/// The clock alone: `03:14`.
pub(crate) fn clock(at: Timestamp) -> String {
    let text = date_and_clock(at);
    text.split(' ').nth(1).unwrap_or(&text).to_owned()
}

/// The date alone: `2026-10-12`.
pub(crate) fn date(at: Timestamp) -> String {
    let text = date_and_clock(at);
    text.split(' ').next().unwrap_or(&text).to_owned()
}

/// `Sunday`. The Unix epoch was a Thursday.
pub(crate) fn weekday(at: Timestamp) -> &'static str {
    match at.0.div_euclid(DAY_MS).rem_euclid(7) {
        0 => "Thursday",
        1 => "Friday",
        2 => "Saturday",
        3 => "Sunday",
        4 => "Monday",
        5 => "Tuesday",
        _ => "Wednesday",
    }
}

pub(crate) fn date_and_clock(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.strip_suffix('Z').unwrap_or(&text).replace('T', " ");
    // `03:14:00` ends in whole minutes; `03:14:07` and `03:14:07.250` keep what they have.
    match text.strip_suffix(":00") {
        Some(short) if at.0.rem_euclid(MINUTE_MS) == 0 => short.to_owned(),
        Some(_) | None => text,
    }
}

/// When an incident was caught, by how long after its beginning: `after 7m`. What fires at its beginning fired before it.
pub(crate) fn caught(after: Millis) -> String {
    if after > Millis::ZERO { format!("after {after}") } else { "already when it began".to_owned() }
}

/// What a headline speaks of: `30 days of production`, or without a name of the environment `30 days`.
pub(crate) fn span(recording: &RecordingSummary) -> String {
    let length = length(recording.start, recording.end);
    match recording.environment.as_str() {
        "" => length,
        environment => format!("{length} of {environment}"),
    }
}

/// For a sentence: `4 min`, `1 h 20 min`, `30 s`. Never negative.
pub(crate) fn spoken(span: Millis) -> String {
    let text = Millis(span.0.saturating_abs()).to_string();
    let words = text.split(' ').map(|part| {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match part.trim_start_matches(|c: char| c.is_ascii_digit()) {
            "d" if digits == "1" => "day",
            "d" => "days",
            "m" => "min",
            other => other,
        };
        format!("{digits} {unit}")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The largest unit that fits at least twice, rounded down: no more is claimed than is true.
pub(crate) fn at_least(span: Millis) -> String {
    const UNITS: [(i64, &str); 4] =
        [(DAY_MS, "days"), (HOUR_MS, "hours"), (MINUTE_MS, "minutes"), (1_000, "seconds")];
    let found = UNITS.into_iter().find(|(size, _)| span.0 >= 2 * size);
    found.map_or_else(|| span.to_string(), |(size, name)| format!("{} {name}", span.0 / size))
}

/// The length of a recording, rounded as a headline wants it: `30 days`, `18 hours`, `40 minutes`.
pub(crate) fn length(start: Timestamp, end: Timestamp) -> String {
    let span = end.since(start).0.max(0);
    let (size, one, many) = if span >= 2 * DAY_MS {
        (DAY_MS, "day", "days")
    } else if span >= 2 * HOUR_MS {
        (HOUR_MS, "hour", "hours")
    } else {
        (MINUTE_MS, "minute", "minutes")
    };
    let count = span.saturating_add(size / 2) / size;
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_name_their_zone_and_leave_out_seconds_that_are_zero() {
        assert_eq!(instant(Timestamp(1_394_767_860_000)), "2014-03-14 03:31 UTC");
        assert_eq!(instant(Timestamp(1_394_767_867_000)), "2014-03-14 03:31:07 UTC");
        assert_eq!(weekday(Timestamp(1_394_767_860_000)), "Friday");
        assert_eq!(weekday(Timestamp(-1)), "Wednesday");
    }

    #[test]
    fn an_interval_names_the_second_date_only_where_it_differs() {
        let start = Timestamp(1_394_767_860_000);
        assert_eq!(
            interval(start, Some(start.plus(Millis::from_minutes(15)))),
            "2014-03-14 03:31 to 03:46 UTC"
        );
        assert_eq!(
            interval(start, Some(start.plus(Millis::from_minutes(1440)))),
            "2014-03-14 03:31 to 2014-03-15 03:31 UTC"
        );
        assert_eq!(interval(start, None), "2014-03-14 03:31 UTC, to the end of the recording");
    }

    #[test]
    fn spans_read_as_people_say_them() {
        assert_eq!(spoken(Millis::from_minutes(-4)), "4 min");
        assert_eq!(spoken(Millis::from_minutes(80)), "1 h 20 min");
        assert_eq!(spoken(Millis(86_400_000)), "1 day");
        assert_eq!(length(Timestamp(0), Timestamp(30 * DAY_MS - 1)), "30 days");
        assert_eq!(length(Timestamp(0), Timestamp(MINUTE_MS)), "1 minute");
        assert_eq!(spoken(Millis(i64::MIN)), spoken(Millis(i64::MAX)));
    }
}
