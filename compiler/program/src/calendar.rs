//! Calendars: stretches of local wall time that come again every week or every day, or once.

use serde::{Deserialize, Serialize};

/// `"Fri 17:00..Mon 07:00 Europe/Berlin"`: half-open stretches of local wall time. An hour that a change of clocks skips
/// is in none of them; one that it repeats counts twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// As it was written. Not part of the hash.
    pub text: String,
    /// The zone's name in the time zone database.
    pub zone: String,
    /// The version of the time zone database that the compiler knew.
    pub zone_data: String,
    /// The stretches.
    pub spans: Vec<CalendarSpan>,
}

/// A stretch of local wall time, from its first minute to the one before its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarSpan {
    /// Once a week, in minutes since Monday 00:00; it may run over Sunday's end.
    Weekly {
        /// The first minute.
        from: u32,
        /// The minute after the last one.
        to: u32,
    },
    /// Every chosen day, in minutes since midnight; one that ends before it begins runs over midnight.
    Daily {
        /// Bit 0 is Monday, bit 6 Sunday: the days on which it begins.
        days: u8,
        /// The first minute.
        from: u32,
        /// The minute after the last one.
        to: u32,
    },
    /// Whole days, as days since 1970-01-01.
    Dates {
        /// The first day.
        from: i32,
        /// The day after the last one.
        to: i32,
    },
}
