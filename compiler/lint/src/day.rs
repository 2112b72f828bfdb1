//! Days of the calendar, told from outside: nothing here asks a clock.

use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: i64,
    month: i64,
    day: i64,
}

impl Day {
    /// The day that is written `2027-01-31`; none when there is no such day.
    #[must_use]
    pub fn read(text: &str) -> Option<Day> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| -> Option<i64> {
            let part = parts.next()?;
            let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { part.parse().ok() } else { None }
        };
        let day = Day { year: part(4)?, month: part(2)?, day: part(2)? };
        (parts.next().is_none() && Day::of_unix_day(day.unix_day()) == day).then_some(day)
    }

    /// The day that begins so many days after 1970-01-01.
    #[must_use]
    pub fn of_unix_day(days: i64) -> Day {
        // Days since 0000-03-01, in eras of 400 years, years that begin in March, and months of which the first five
        // have 153 days: so the leap day is the last of its year.
        let days = days + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        Day { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    /// How many days after 1970-01-01 it begins.
    fn unix_day(self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let month = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * month + 2) / 5 + self.day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }
}

/// `2027-01-31`
impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Day;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (20_758, "2026-11-01"),
            (20_849, "2027-01-31"),
        ] {
            assert_eq!(Day::of_unix_day(days).to_string(), text);
            assert_eq!(Day::read(text), Some(Day::of_unix_day(days)), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "2027-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-1-31",
            "27-01-31",
            "2027-01-31-",
            "2027-01-32",
        ] {
            assert_eq!(Day::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_is_read_as_it_is_written(days in -719_162..2_932_896_i64) {
            let day = Day::of_unix_day(days);
            prop_assert_eq!(Day::read(&day.to_string()), Some(day));
            prop_assert!(day < Day::of_unix_day(days + 1));
        }
    }
}
