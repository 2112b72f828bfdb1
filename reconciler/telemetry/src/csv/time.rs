//! How a source writes its times.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime};
use heal_program::{Millis, Timestamp};

/// How a source writes its times. Fractions of a millisecond are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeFormat {
    /// `2014-03-14 03:31:00`, with `T` or fractions of a second if need be: local time of the source.
    Local,
    /// `2014-03-14T03:31:00Z` or with another offset.
    Rfc3339,
    /// `1394767860` or `1394767860.5`.
    UnixSeconds,
    /// `1394767860000`.
    UnixMillis,
}

/// How far a local time is ahead of UTC, in minutes. There is no daylight saving time in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcOffset {
    minutes: i32,
}

/// Not an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a time zone as its offset from UTC, `+01:00`, or `UTC`")]
pub struct OffsetError;

/// From here on a bare number is read as milliseconds: 1973 as such, the year 5138 as seconds.
const MILLIS_MIN: i64 = 100_000_000_000;

/// Neighbouring times that are further apart, ten years, are not of one source: one of them is a mistake.
const LEAP_MAX: Millis = Millis(10 * 366 * 86_400_000);

/// Whether two neighbouring times are so far apart that one of them is a mistake.
#[must_use]
pub fn leaps(before: Timestamp, at: Timestamp) -> bool {
    before.max(at).since(before.min(at)) > LEAP_MAX
}

/// A zone that local times without one are in.
pub trait LocalZone {
    /// Its name, for people.
    fn name(&self) -> String;

    /// A clock in it that has shown no time yet.
    fn clock(&self) -> Box<dyn LocalClock>;
}

/// A clock by which a source wrote its times, one after another.
pub trait LocalClock {
    /// The time when it showed a local one; none where it never did.
    fn at(&mut self, local: NaiveDateTime) -> Option<Timestamp>;

    /// Something was of this time, by whatever clock: an hour that this one repeats may be in its second pass.
    fn saw(&mut self, at: Timestamp);

    /// How many of them lay in an hour that it skips or repeats.
    fn shifted(&self) -> u64;
}

impl LocalZone for UtcOffset {
    fn name(&self) -> String {
        self.to_string()
    }

    fn clock(&self) -> Box<dyn LocalClock> {
        Box::new(*self)
    }
}

/// It is set neither forward nor back.
impl LocalClock for UtcOffset {
    fn at(&mut self, local: NaiveDateTime) -> Option<Timestamp> {
        let ahead = i64::from(self.minutes) * 60_000;
        local.and_utc().timestamp_millis().checked_sub(ahead).map(Timestamp)
    }

    fn saw(&mut self, _: Timestamp) {}

    fn shifted(&self) -> u64 {
        0
    }
}

impl TimeFormat {
    /// What can be written, for messages.
    pub(crate) const EXAMPLES: &'static str =
        "`2014-03-14 03:31:00`, `2014-03-14T03:31:00Z`, Unix seconds or Unix milliseconds";

    /// The format of a time, if it is one.
    #[must_use]
    pub fn detect(text: &str) -> Option<TimeFormat> {
        if let Some(seconds) = unix_millis(text, 1) {
            return Some(if seconds < MILLIS_MIN { TimeFormat::UnixSeconds } else { TimeFormat::UnixMillis });
        }
        let formats = [TimeFormat::Rfc3339, TimeFormat::Local];
        formats.into_iter().find(|format| format.parse(text, UtcOffset::default()).is_some())
    }

    /// The time, if the text is one in this format.
    #[must_use]
    pub fn parse(self, text: &str, mut offset: UtcOffset) -> Option<Timestamp> {
        self.parse_by(text, &mut offset)
    }

    /// The time, if the text is one in this format; a local one as a clock showed it.
    #[must_use]
    pub fn parse_by(self, text: &str, clock: &mut dyn LocalClock) -> Option<Timestamp> {
        let millis = match self {
            TimeFormat::Rfc3339 => DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis(),
            TimeFormat::Local => {
                let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f");
                let local = local.or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f"));
                return clock.at(local.ok()?);
            }
            TimeFormat::UnixSeconds => unix_millis(text, 1_000)?,
            TimeFormat::UnixMillis => unix_millis(text, 1)?,
        };
        Some(Timestamp(millis))
    }

    /// What a number looks like that is written otherwise than those before it, as the rest of a sentence; nothing where it
    /// is as they are.
    #[must_use]
    pub fn other_number(self, text: &str, before: Option<Timestamp>) -> Option<&'static str> {
        let is = |format| TimeFormat::detect(text) == Some(format);
        match self {
            TimeFormat::UnixSeconds if is(TimeFormat::UnixMillis) => {
                Some("a time in milliseconds among ones in seconds? write all of them alike")
            }
            // Milliseconds of the first years are as short as seconds of today.
            TimeFormat::UnixMillis
                if before.is_some_and(|before| before.0 >= MILLIS_MIN) && is(TimeFormat::UnixSeconds) =>
            {
                Some("a time in seconds among ones in milliseconds? write all of them alike")
            }
            TimeFormat::Local | TimeFormat::Rfc3339 | TimeFormat::UnixSeconds | TimeFormat::UnixMillis => {
                None
            }
        }
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeFormat::Local => "local time without a zone",
            TimeFormat::Rfc3339 => "RFC 3339",
            TimeFormat::UnixSeconds => "Unix seconds",
            TimeFormat::UnixMillis => "Unix milliseconds",
        }
    }

    /// What a manifest says about times in this format.
    pub(crate) fn rule(self, zone: &dyn LocalZone) -> String {
        match self {
            TimeFormat::Local => format!("{}, read as {}", self.name(), zone.name()),
            TimeFormat::Rfc3339 | TimeFormat::UnixSeconds | TimeFormat::UnixMillis => self.name().to_owned(),
        }
    }
}

/// Whether a text is a number of seconds or milliseconds before 1970. Nothing was measured then: it is a mistake, and no time.
pub(crate) fn is_before_unix(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|digits| unix_millis(digits, 1).is_some())
}

/// A decimal number times 1 or 1000, rounded towards the past. Digits are read as text, since a double would round.
fn unix_millis(text: &str, factor: i64) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if [whole, fraction].iter().any(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    let kept = if factor == 1_000 { 3 } else { 0 };
    let millis = fraction
        .bytes()
        .chain([b'0'; 3])
        .take(kept)
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    whole.parse::<i64>().ok()?.checked_mul(factor)?.checked_add(millis)
}

impl FromStr for UtcOffset {
    type Err = OffsetError;

    fn from_str(text: &str) -> Result<UtcOffset, OffsetError> {
        if matches!(text, "UTC" | "Z") {
            return Ok(UtcOffset::default());
        }
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            Some(_) | None => return Err(OffsetError),
        };
        let (hours, minutes) = rest.split_once(':').ok_or(OffsetError)?;
        let number = |digits: &str, max: i32| {
            let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let value = digits.parse().ok().filter(|value| is_number && (0..=max).contains(value));
            value.ok_or(OffsetError)
        };
        Ok(UtcOffset { minutes: sign * (number(hours, 23)? * 60 + number(minutes, 59)?) })
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.minutes.abs();
        match self.minutes {
            0 => out.write_str("UTC"),
            ahead if ahead > 0 => write!(out, "UTC+{:02}:{:02}", minutes / 60, minutes % 60),
            _ => write!(out, "UTC-{:02}:{:02}", minutes / 60, minutes % 60),
        }
    }
}
