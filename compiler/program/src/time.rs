//! Instants and spans. All time in Heal is event time in whole milliseconds, UTC.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A span of time in milliseconds. Negative spans exist only as differences of two timestamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Timestamp {
    /// The earliest representable instant.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// The latest representable instant.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// The instant `span` later; saturates at the ends of the range.
    #[must_use]
    pub fn plus(self, span: Millis) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }

    /// The instant `span` earlier; saturates at the ends of the range.
    #[must_use]
    pub fn minus(self, span: Millis) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this instant is; negative when it is before it.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The first instant at or after this one that lies on the grid of `step`, which is aligned to the Unix epoch.
    /// A step of zero or less has every instant on its grid.
    #[must_use]
    pub fn align_up(self, step: Millis) -> Timestamp {
        if step.0 <= 0 {
            return self;
        }
        let remainder = self.0.rem_euclid(step.0);
        if remainder == 0 { self } else { Timestamp(self.0.saturating_add(step.0 - remainder)) }
    }
}

impl Millis {
    /// Zero.
    pub const ZERO: Millis = Millis(0);

    /// `count` seconds.
    #[must_use]
    pub const fn from_seconds(count: i64) -> Millis {
        Millis(count.saturating_mul(1_000))
    }

    /// `count` minutes.
    #[must_use]
    pub const fn from_minutes(count: i64) -> Millis {
        Millis(count.saturating_mul(60_000))
    }

    /// This span in seconds, the base unit of the language's durations.
    #[must_use]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

/// RFC 3339 with a `Z`, milliseconds only where there are some: `2014-03-14T03:31:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match chrono::DateTime::from_timestamp_millis(self.0) {
            Some(time) if self.0 % 1_000 == 0 => write!(formatter, "{}", time.format("%Y-%m-%dT%H:%M:%SZ")),
            Some(time) => write!(formatter, "{}", time.format("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(formatter, "{}ms", self.0),
        }
    }
}

impl Millis {
    /// The span as the language writes it, with all its units, the largest first: `1h30m`, `2d12h`, `0s`.
    #[must_use]
    pub fn written(self) -> String {
        if self.0 == 0 {
            return "0s".to_owned();
        }
        let mut rest = self.0.unsigned_abs();
        let mut text = if self.0 < 0 { "-".to_owned() } else { String::new() };
        for (size, name) in UNITS {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                text.push_str(&format!("{count}{name}"));
            }
        }
        text
    }
}

/// The units of spans of time, in milliseconds.
const UNITS: [(u64, &str); 5] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];

/// As people say it, the two largest units that are not zero: `4m 15s`, `1d 2h`, `250ms`, `0s`.
impl fmt::Display for Millis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return formatter.write_str("0s");
        }
        if self.0 < 0 {
            formatter.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        let mut written = 0;
        for (size, name) in UNITS {
            let count = rest / size;
            rest %= size;
            if count == 0 {
                continue;
            }
            if written == 1 {
                formatter.write_str(" ")?;
            }
            write!(formatter, "{count}{name}")?;
            written += 1;
            if written == 2 {
                break;
            }
        }
        Ok(())
    }
}
