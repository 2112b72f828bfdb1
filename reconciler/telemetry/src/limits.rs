//! The limits of a recording, and the times it can hold.

use heal_program::Timestamp;

/// The newest format that this code reads. Raised when an older reader would misread a recording; each recording is written
/// in the oldest format that can hold it.
pub const FORMAT_VERSION: u64 = ENTITIES_FORMAT;

/// The format of a recording without outcomes and entities.
pub(crate) const PLAIN_FORMAT: u64 = 1;

/// The format of a recording with outcomes and without entities.
pub(crate) const OUTCOMES_FORMAT: u64 = 2;

/// The format of a recording with entities, and with outcomes where its manifest lists their table.
pub(crate) const ENTITIES_FORMAT: u64 = 3;

/// The oldest format that can hold a recording.
pub(crate) fn format_for(has_outcomes: bool, has_entities: bool) -> u64 {
    match (has_outcomes, has_entities) {
        (_, true) => ENTITIES_FORMAT,
        (true, false) => OUTCOMES_FORMAT,
        (false, false) => PLAIN_FORMAT,
    }
}

/// How many series a recording may hold.
pub const SERIES_MAX: usize = 1_000_000;

/// How many samples a recording may hold: under a gigabyte of gauges, four of full doubles.
pub const SAMPLES_MAX: usize = 500_000_000;

/// How many events, and how many inventory rows, a recording may hold.
pub const EVENTS_MAX: usize = 10_000_000;

/// How many outcomes a recording may hold.
pub const OUTCOMES_MAX: usize = 1_000_000;

/// How many rows of what entities were a recording may hold.
pub const ENTITIES_MAX: usize = 1_000_000;

/// How many bytes a manifest may have.
pub const MANIFEST_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Most decimal places of a value that is stored as a scaled integer.
pub const DECIMALS_MAX: i32 = 9;

/// The earliest time a recording can hold: 0001-01-01T00:00:00Z, since RFC 3339 has no years before.
pub const EARLIEST: Timestamp = Timestamp(-62_135_596_800_000);

/// The latest time a recording can hold: 9999-12-31T23:59:59.999Z.
pub const LATEST: Timestamp = Timestamp(253_402_300_799_999);

/// Whether a recording can hold this time.
pub(crate) fn is_recordable(time: Timestamp) -> bool {
    (EARLIEST..=LATEST).contains(&time)
}
