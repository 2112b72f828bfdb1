//! Calendars: whether an instant is inside one.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use heal_program::{Calendar, CalendarSpan, Timestamp};

/// Minutes of a day.
const DAY: u32 = 24 * 60;
/// Minutes of a week.
const WEEK: u32 = 7 * DAY;

/// Whether `at` is inside `calendar`, in its zone's wall time. `None` when nobody here knows the zone: then a guard
/// withholds.
#[must_use]
pub fn is_during(calendar: &Calendar, at: Timestamp) -> Option<bool> {
    let zone: Tz = calendar.zone.parse().ok()?;
    let local = DateTime::from_timestamp_millis(at.0)?.with_timezone(&zone).naive_local();
    Some(calendar.spans.iter().any(|span| contains(*span, local)))
}

fn contains(span: CalendarSpan, local: NaiveDateTime) -> bool {
    let weekday = local.weekday().num_days_from_monday();
    let minute = local.hour() * 60 + local.minute();
    match span {
        CalendarSpan::Weekly { from, to } => {
            let minute = weekday * DAY + minute;
            let (from, to) = (from % WEEK, to % WEEK);
            if from < to { from <= minute && minute < to } else { from <= minute || minute < to }
        }
        CalendarSpan::Daily { days, from, to } => {
            let on = |weekday: u32| days & (1 << (weekday % 7)) != 0;
            let over_midnight = to <= from;
            let begun_today = on(weekday) && from <= minute && (over_midnight || minute < to);
            begun_today || over_midnight && on(weekday + 6) && minute < to
        }
        CalendarSpan::Dates { from, to } => {
            let day = local.date().to_epoch_days();
            from <= day && day < to
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    #[track_caller]
    fn check(zone: &str, span: CalendarSpan, inside: &[&str], outside: &[&str]) {
        let calendar = Calendar {
            text: String::new(),
            zone: zone.to_owned(),
            zone_data: String::new(),
            spans: vec![span],
        };
        for text in inside {
            assert_eq!(is_during(&calendar, at(text)), Some(true), "{text}");
        }
        for text in outside {
            assert_eq!(is_during(&calendar, at(text)), Some(false), "{text}");
        }
    }

    #[test]
    fn a_week_end_runs_over_sunday() {
        // Fri 17:00..Mon 07:00 in Berlin, which is an hour ahead of UTC in January.
        check(
            "Europe/Berlin",
            CalendarSpan::Weekly { from: 4 * DAY + 17 * 60, to: 7 * 60 },
            &["2024-01-05T16:00:00Z", "2024-01-07T12:00:00Z", "2024-01-08T05:59:59Z"],
            &["2024-01-05T15:59:59Z", "2024-01-08T06:00:00Z", "2024-01-03T12:00:00Z"],
        );
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        // Mon 22:00..02:00
        check(
            "UTC",
            CalendarSpan::Daily { days: 1, from: 22 * 60, to: 2 * 60 },
            &["2024-01-01T22:00:00Z", "2024-01-02T01:59:00Z"],
            &["2024-01-01T01:00:00Z", "2024-01-02T02:00:00Z", "2024-01-02T22:00:00Z"],
        );
    }

    #[test]
    fn a_skipped_hour_is_empty_and_a_repeated_one_counts_twice() {
        let from_two_to_three = CalendarSpan::Daily { days: 0b111_1111, from: 2 * 60, to: 3 * 60 };
        check(
            "Europe/Berlin",
            from_two_to_three,
            &["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"],
            &["2024-03-31T00:59:00Z", "2024-03-31T01:00:00Z", "2024-10-27T02:00:00Z"],
        );
    }

    #[test]
    fn dates_are_local_and_half_open() {
        check(
            "Asia/Tokyo",
            CalendarSpan::Dates { from: 20_000, to: 20_001 },
            &["2024-10-03T15:00:00Z", "2024-10-04T14:59:59Z"],
            &["2024-10-03T14:59:59Z", "2024-10-04T15:00:00Z"],
        );
    }

    #[test]
    fn a_zone_that_nobody_knows_is_unknown() {
        let calendar = Calendar {
            text: String::new(),
            zone: "Mars/Olympus".to_owned(),
            zone_data: String::new(),
            spans: vec![],
        };
        assert_eq!(is_during(&calendar, Timestamp(0)), None);
    }
}
