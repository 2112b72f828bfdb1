//! The zone that local times are in, and how its clock showed them: in order, twice in the hour that it repeats.

use std::str::FromStr;

use chrono::{FixedOffset, LocalResult, NaiveDate, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use heal_program::Timestamp;
use heal_telemetry::csv::{LocalClock, LocalZone};

/// The zone of times that do not state theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// By its name, with daylight saving.
    Named(Tz),
    /// So far ahead of UTC all year.
    Offset(FixedOffset),
}

/// Lines may be out of order by so much before they are taken for the second pass of a repeated hour.
const DISORDER_MAX: TimeDelta = TimeDelta::minutes(1);

/// The clock of a zone, as it is read time after time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ZoneClock {
    zone: Zone,
    latest: Option<Timestamp>,
    /// The day on which the second pass of a repeated hour has begun.
    second_pass: Option<NaiveDate>,
    shifted: u64,
}

impl Default for Zone {
    fn default() -> Zone {
        Zone::Named(Tz::UTC)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Zone, String> {
        if let Ok(zone) = text.parse() {
            return Ok(Zone::Named(zone));
        }
        let offset = text.parse().map_err(|_| {
            "write a zone by its name, `Europe/Berlin`, or as its offset from UTC, `+01:00`".to_owned()
        })?;
        Ok(Zone::Offset(offset))
    }
}

impl LocalZone for Zone {
    fn name(&self) -> String {
        match self {
            Zone::Named(zone) => zone.name().to_owned(),
            Zone::Offset(offset) => format!("UTC{offset}"),
        }
    }

    fn clock(&self) -> Box<dyn LocalClock> {
        Box::new(ZoneClock::of(*self))
    }
}

impl ZoneClock {
    /// One that has shown no time yet.
    pub(crate) fn of(zone: Zone) -> ZoneClock {
        ZoneClock { zone, latest: None, second_pass: None, shifted: 0 }
    }

    /// When it showed this, as far as is known by now. Whether something was of that time is for the caller to say.
    pub(crate) fn shown(&mut self, local: NaiveDateTime) -> Option<Timestamp> {
        let zone = match self.zone {
            Zone::Offset(offset) => return Some(Timestamp(behind(local, offset))),
            Zone::Named(zone) => zone,
        };
        let at = match zone.from_local_datetime(&local) {
            LocalResult::Single(at) => at.timestamp_millis(),
            LocalResult::Ambiguous(first, second) => {
                self.shifted += 1;
                let first = first.timestamp_millis();
                let is_past =
                    self.latest.is_some_and(|latest| first + DISORDER_MAX.num_milliseconds() < latest.0);
                if is_past {
                    self.second_pass = Some(local.date());
                }
                if self.second_pass == Some(local.date()) { second.timestamp_millis() } else { first }
            }
            LocalResult::None => {
                self.shifted += 1;
                let before = local.checked_sub_signed(TimeDelta::hours(3))?;
                behind(local, zone.from_local_datetime(&before).earliest()?.offset().fix())
            }
        };
        Some(Timestamp(at))
    }
}

/// In the hour that a clock repeats a time is of the first pass, until that would be more than a minute before one that came
/// earlier; in the hour that it skips, the clock was not set forward yet.
impl LocalClock for ZoneClock {
    fn at(&mut self, local: NaiveDateTime) -> Option<Timestamp> {
        let at = self.shown(local)?;
        self.saw(at);
        Some(at)
    }

    fn saw(&mut self, at: Timestamp) {
        self.latest = self.latest.max(Some(at));
    }

    fn shifted(&self) -> u64 {
        self.shifted
    }
}

fn behind(local: NaiveDateTime, offset: FixedOffset) -> i64 {
    local.and_utc().timestamp_millis() - i64::from(offset.local_minus_utc()) * 1_000
}
