//! When a test begins.

use heal_program::Timestamp;

/// Monday 2024-01-01T00:00:00Z: where a test begins that does not say.
pub(crate) const START_DEFAULT: Timestamp = Timestamp(1_704_067_200_000);

/// `2024-03-31T00:00:00Z`, with an offset in place of the `Z`, or a day alone; none before 1970.
pub(crate) fn start(text: &str) -> Option<Timestamp> {
    let day =
        || Some(chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let instant = chrono::DateTime::parse_from_rfc3339(text).map(|it| it.to_utc()).ok().or_else(day)?;
    let milliseconds = instant.timestamp_millis();
    (milliseconds >= 0).then_some(Timestamp(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_days_are_read() {
        let shown = |text: &str| start(text).map_or("none".to_owned(), |it| it.to_string());
        assert_eq!(START_DEFAULT.to_string(), "2024-01-01T00:00:00Z");
        assert_eq!(shown("2024-01-01"), "2024-01-01T00:00:00Z");
        assert_eq!(shown("2024-03-31T02:30:00+02:00"), "2024-03-31T00:30:00Z");
        assert_eq!(shown("2024-02-30"), "none");
        assert_eq!(shown("1969-12-31T23:59:59Z"), "none");
        assert_eq!(shown("yesterday"), "none");
    }
}
