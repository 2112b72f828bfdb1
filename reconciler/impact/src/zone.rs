//! A time zone over the span of a recording.

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use heal_program::{Millis, Timestamp};
use heal_report::{LocalZone, ZoneOffset};

/// Zones change at whole quarters of an hour.
const STEP: Millis = Millis::from_minutes(15);

/// The zone of this name from one time to another; UTC where there is none of that name.
pub(crate) fn zone_over(name: Option<&str>, start: Timestamp, end: Timestamp) -> LocalZone {
    let Some((name, zone)) = name.and_then(|name| Some((name, name.parse::<Tz>().ok()?))) else {
        return LocalZone::default();
    };
    let ahead = |at: Timestamp| {
        let at = DateTime::from_timestamp_millis(at.0)?.naive_utc();
        Some(Millis(i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc()) * 1_000))
    };
    let mut offsets: Vec<ZoneOffset> = Vec::new();
    let mut at = start.align_up(STEP).minus(STEP);
    while at <= end {
        let ahead = ahead(at).unwrap_or(Millis::ZERO);
        if offsets.last().is_none_or(|last| last.ahead != ahead) {
            offsets.push(ZoneOffset { from: at, ahead });
        }
        at = at.plus(STEP);
    }
    LocalZone { name: name.to_owned(), offsets }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use heal_program::{Millis, Timestamp};

    use super::zone_over;

    #[test]
    fn daylight_saving_is_told_where_it_changes() {
        let (start, end) = (Timestamp(1_772_323_200_000), Timestamp(1_796_083_200_000));
        let zone = zone_over(Some("Europe/Berlin"), start, end);
        let told: Vec<(String, Millis)> =
            zone.offsets.iter().skip(1).map(|offset| (offset.from.to_string(), offset.ahead)).collect();
        let hours = |hours: i64| Millis::from_minutes(60 * hours);
        assert_eq!(
            told,
            [("2026-03-29T01:00:00Z".to_owned(), hours(2)), ("2026-10-25T01:00:00Z".to_owned(), hours(1))]
        );
        assert!(zone_over(Some("Mars/Olympus"), start, end).offsets.is_empty());
    }
}
