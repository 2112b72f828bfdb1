//! Points in time, which are numbers of seconds here, and their parts.

use chrono::{DateTime, Datelike, FixedOffset, Offset, TimeZone, Timelike, Utc};
use heal_program::TimePart;

/// The first and the last second of the years that CEL knows, 1 to 9999.
const SECONDS: std::ops::Range<f64> = -62_135_596_800.0..253_402_300_800.0;

/// What of a second is told: nanoseconds.
const FRACTION_DIGITS: usize = 9;

/// The point in time at a number of seconds; none outside the years 1 to 9999.
pub(crate) fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    if !SECONDS.contains(&seconds) {
        return None;
    }
    // The shortest decimal that is this double: the fraction as it was written, where the double lies a bit below it.
    let written = seconds.abs().to_string();
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(FRACTION_DIGITS).collect();
    let (whole, fraction): (i64, u32) = (whole.parse().ok()?, fraction.parse().ok()?);
    if seconds >= 0.0 || fraction == 0 {
        let sign = if seconds < 0.0 { -1 } else { 1 };
        return DateTime::from_timestamp(sign * whole, fraction);
    }
    DateTime::from_timestamp(-whole - 1, 1_000_000_000 - fraction)
}

/// A part of a point in time, in UTC or in a zone; none where there is no such point or zone.
pub(crate) fn part(part: TimePart, seconds: f64, zone: Option<&str>) -> Option<i64> {
    let at = instant(seconds)?;
    let offset = zone.map_or(Some(Utc.fix()), |zone| offset(zone, at))?;
    let local = at.with_timezone(&offset);
    Some(match part {
        TimePart::FullYear => i64::from(local.year()),
        TimePart::Month => i64::from(local.month0()),
        TimePart::DayOfYear => i64::from(local.ordinal0()),
        TimePart::DayOfMonth => i64::from(local.day0()),
        TimePart::Date => i64::from(local.day()),
        TimePart::DayOfWeek => i64::from(local.weekday().num_days_from_sunday()),
        TimePart::Hours => i64::from(local.hour()),
        TimePart::Minutes => i64::from(local.minute()),
        TimePart::Seconds => i64::from(local.second()),
        TimePart::Milliseconds => i64::from(local.timestamp_subsec_millis()),
    })
}

/// How far a zone is ahead of UTC: of an offset such as `+05:30`, or of a zone's name; nothing between the quotes is UTC.
fn offset(zone: &str, at: DateTime<Utc>) -> Option<FixedOffset> {
    let Some((hours, minutes)) = zone.split_once(':') else {
        let zone = if zone.is_empty() { chrono_tz::UTC } else { zone.parse::<chrono_tz::Tz>().ok()? };
        return Some(zone.offset_from_utc_datetime(&at.naive_utc()).fix());
    };
    let ahead: i32 = hours.parse().ok().filter(|hours| (-23..=23).contains(hours))?;
    let minutes: i32 = minutes.parse().ok().filter(|minutes| (0..=59).contains(minutes))?;
    let minutes = if hours.starts_with('-') { ahead * 60 - minutes } else { ahead * 60 + minutes };
    FixedOffset::east_opt(minutes * 60)
}
