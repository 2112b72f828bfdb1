//! Calendars: what they mean, and what is said where they mean nothing.

use heal_program::{Calendar, CalendarSpan, Expression as Lowered};
use proptest::prelude::*;

use super::world::*;
use crate::{CalendarProblem, parse_calendar};

fn spans(text: &str) -> Vec<CalendarSpan> {
    parse_calendar(text).unwrap().spans
}

fn problem(text: &str) -> (String, String, Option<String>) {
    let CalendarProblem { message, range, instead, .. } = parse_calendar(text).unwrap_err();
    (text[range.start as usize..range.end as usize].to_owned(), message, instead)
}

const DAY: u32 = 1_440;

#[test]
fn stretches_come_every_week_every_day_or_once() {
    let weekly = |from, to| CalendarSpan::Weekly { from, to };
    let daily = |days, from, to| CalendarSpan::Daily { days, from, to };
    for (text, expected) in [
        ("Fri 17:00..Mon 07:00 Europe/Berlin", weekly(4 * DAY + 1_020, 420)),
        ("Mon 00:00..Sun 24:00 UTC", weekly(0, 0)),
        ("Mon..Fri 09:00..17:00 UTC", daily(0b001_1111, 540, 1_020)),
        ("Sat..Tue 22:00..02:30 UTC", daily(0b110_0011, 1_320, 150)),
        ("daily 01:00..03:00 UTC", daily(0b111_1111, 60, 180)),
        ("Wed 00:00..24:00 UTC", daily(0b000_0100, 0, DAY)),
        ("Sat..Sun UTC", daily(0b110_0000, 0, DAY)),
        ("Sun UTC", daily(0b100_0000, 0, DAY)),
        ("2026-12-24..2026-12-27 UTC", CalendarSpan::Dates { from: 20_811, to: 20_815 }),
        ("2026-12-24..2026-12-24 UTC", CalendarSpan::Dates { from: 20_811, to: 20_812 }),
        ("2026-12-24 UTC", CalendarSpan::Dates { from: 20_811, to: 20_812 }),
    ] {
        assert_eq!(spans(text), [expected], "{text}");
    }
    assert_eq!(spans("Mon 09:00..12:00,Tue 10:00..11:00 , 2026-01-01  UTC").len(), 3);
}

#[test]
fn a_calendar_knows_its_zone_and_the_version_of_the_zones() {
    let Calendar { text, zone, zone_data, .. } =
        parse_calendar("daily 01:00..03:00 America/New_York").unwrap();
    assert_eq!((text.as_str(), zone.as_str()), ("daily 01:00..03:00 America/New_York", "America/New_York"));
    assert!(zone_data.starts_with("20"), "{zone_data}");
    let Lowered::During(calendar) = typed("during(\"Sat..Sun UTC\")").expression else {
        panic!("a calendar")
    };
    assert_eq!(calendar.zone, "UTC");
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let told = |text: &str, place: &str, message: &str, instead: Option<&str>| {
        assert_eq!(
            problem(text),
            (place.to_owned(), message.to_owned(), instead.map(str::to_owned)),
            "{text}"
        );
    };
    told("Mon..Fri 09:00..17:00", "", "this calendar names no time zone", None);
    told("", "", "this calendar names no time zone", None);
    told("UTC", "UTC", "here a stretch of time is missing", None);
    told("Mon 09:00..17:00, UTC", "UTC", "here a stretch of time is missing", None);
    told(
        "Mon 09:00..17:00 Europe/Berln",
        "Europe/Berln",
        "`Europe/Berln` is no time zone",
        Some("Europe/Berlin"),
    );
    told("Mon 09:00..17:00 berlin", "berlin", "`berlin` is no time zone", Some("Europe/Berlin"));
    told("Mon 09:00..17:00 utc", "utc", "`utc` is no time zone", Some("UTC"));
    told("Monday 09:00..17:00 UTC", "Monday", "`Monday` is no day, time or date", Some("Mon"));
    told("0 9 * * 1-5", "0 9 * * 1-5", "a calendar is no cron expression", None);
    told("Mon 9:00..17:00 UTC", "9:00", "`9:00` is no time", Some("09:00"));
    told("Mon 09:00..24:30 UTC", "24:30", "`24:30` is no time", None);
    told("Mon 09:61..17:00 UTC", "09:61", "`09:61` is no time", None);
    told("2026-02-30 UTC", "2026-02-30", "`2026-02-30` is no date", None);
    told("Mon 09:00..09:00 UTC", "Mon 09:00..09:00", "this stretch of time is empty", None);
    told(
        "2026-12-27..2026-12-24 UTC",
        "2026-12-27..2026-12-24",
        "this stretch of time ends before it begins",
        None,
    );
    told("09:00..17:00 UTC", "09:00..17:00", "this is no stretch of time", None);
}

#[test]
fn a_calendar_in_an_expression_is_underlined_inside() {
    says("during(\"Mon 9:00..17:00 UTC\")", "`9:00` 0215 `9:00` is no time");
    assert_eq!(fixed("during(\"Mon 9:00..17:00 UTC\")"), "during(\"Mon 09:00..17:00 UTC\")");
    assert_eq!(fixed("during(`Mon 09:00..17:00 Berlin`)"), "during(`Mon 09:00..17:00 Europe/Berlin`)");
    says("during(\"Mon 09:00..17:00\")", "`0` 0215 this calendar names no time zone");
    says("during(zone)", "`zone` 0105 `zone` is not a constant");
}

proptest! {
    #[test]
    fn any_text_is_a_calendar_or_told_why_not(text in "([A-Z][a-z]{2}|daily|[0-9]{1,2}:[0-9]{2}|20[0-9]{2}-[0-9]{2}-[0-9]{2}|\\.\\.|,| |UTC|Europe/Berlin|.){0,10}") {
        match parse_calendar(&text) {
            Ok(calendar) => prop_assert!(!calendar.spans.is_empty()),
            Err(problem) => {
                prop_assert!(text.get(problem.range.start as usize..problem.range.end as usize).is_some());
                prop_assert!(!problem.help.is_empty());
            }
        }
    }
}

#[test]
fn midnights_become_whole_days_and_the_one_that_a_last_midnight_begins_is_none_of_them() {
    let instead = |text: &str| parse_calendar(text).unwrap_err().instead;
    for (text, days) in [
        ("2026-12-20 00:00..2027-01-05 00:00 UTC", Some("2026-12-20..2027-01-04")),
        ("2026-12-20 00:00..2027-01-05 UTC", Some("2026-12-20..2027-01-05")),
        ("2026-12-31 00:00..2027-01-01 00:00 UTC", Some("2026-12-31")),
        ("2026-12-20 18:00..2027-01-05 UTC", None),
        ("2026-12-20T00:00..2027-01-05T00:00 UTC", Some("2026-12-20..2027-01-04")),
        ("2026-12-20T18:00:00Z..2027-01-05 UTC", None),
    ] {
        assert_eq!(instead(text).as_deref(), days, "{text}");
    }
    let help = parse_calendar("2026-12-20 18:00..2027-01-05 UTC").unwrap_err().help;
    assert!(help.contains("the last one is part of it"), "{help}");
}
