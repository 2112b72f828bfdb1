//! The zone in which people read a report: the local hour at which somebody would have been asked.

use heal_program::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

use crate::times;

/// A time zone over the span of a recording. By itself it is UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalZone {
    /// Its name; empty: UTC.
    pub name: String,
    /// From when on it is how far ahead of UTC, by time; before the first, it is UTC.
    pub offsets: Vec<ZoneOffset>,
}

/// How far a zone is ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneOffset {
    /// From here on.
    pub from: Timestamp,
    /// By so much; negative where it is behind.
    pub ahead: Millis,
}

impl LocalZone {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        if self.name.is_empty() { "UTC" } else { &self.name }
    }

    /// `2026-10-12 05:14 Europe/Berlin`
    pub(crate) fn instant(&self, at: Timestamp) -> String {
        format!("{} {}", times::date_and_clock(self.local(at)), self.name())
    }

    /// `Monday`
    pub(crate) fn weekday(&self, at: Timestamp) -> &'static str {
        times::weekday(self.local(at))
    }

    /// 0 to 23.
    pub(crate) fn hour(&self, at: Timestamp) -> i64 {
        const HOUR_MS: i64 = 3_600_000;
        self.local(at).0.div_euclid(HOUR_MS).rem_euclid(24)
    }

    /// The time whose UTC reads as the local time.
    fn local(&self, at: Timestamp) -> Timestamp {
        let place = self.offsets.partition_point(|offset| offset.from <= at);
        let ahead = place.checked_sub(1).and_then(|last| self.offsets.get(last)).map(|offset| offset.ahead);
        at.plus(ahead.unwrap_or(Millis::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use heal_program::{Millis, Timestamp};

    use super::{LocalZone, ZoneOffset};

    #[test]
    fn the_clock_goes_with_daylight_saving_and_is_utc_without_a_zone() {
        // 2026-10-25T01:00:00Z, when Berlin's clock goes back.
        let back = Timestamp(1_792_890_000_000);
        let offset =
            |from: Timestamp, hours: i64| ZoneOffset { from, ahead: Millis::from_minutes(60 * hours) };
        let start = back.minus(Millis::from_minutes(1_440));
        let berlin =
            LocalZone { name: "Europe/Berlin".to_owned(), offsets: vec![offset(start, 2), offset(back, 1)] };
        let before = back.minus(Millis::from_minutes(1));
        let told = |zone: &LocalZone, at: Timestamp| (zone.instant(at), zone.weekday(at), zone.hour(at));
        assert_eq!(told(&berlin, before), ("2026-10-25 02:59 Europe/Berlin".to_owned(), "Sunday", 2));
        assert_eq!(told(&berlin, back), ("2026-10-25 02:00 Europe/Berlin".to_owned(), "Sunday", 2));
        let evening = back.minus(Millis::from_minutes(180));
        assert_eq!(told(&berlin, evening), ("2026-10-25 00:00 Europe/Berlin".to_owned(), "Sunday", 0));
        assert_eq!(told(&LocalZone::default(), evening), ("2026-10-24 22:00 UTC".to_owned(), "Saturday", 22));
    }
}
