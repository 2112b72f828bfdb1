//! The clock of a log: how its times are written, the year that they lack, and the zone that they are in.

use chrono::{DateTime, Days, NaiveDateTime};
use heal_program::Timestamp;
use heal_telemetry::csv::{LocalClock as _, LocalZone as _, TimeFormat, UtcOffset, leaps};

use super::LogTime;
use crate::gathering::recordable;
use crate::zone::{Zone, ZoneClock};

/// Times that fall back by more are of the next year.
const HALF_A_YEAR: Days = Days::new(183);

/// At so many places in a line a time is looked for.
const PLACES_MAX: usize = 64;

const LOCAL: &str = "%Y-%m-%d %H:%M:%S%.f";
const SYSLOG: &str = "%b %e %H:%M:%S";

/// How times are written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// A number or RFC 3339, which state their zone.
    Absolute(TimeFormat),
    /// As of `strftime`.
    Pattern(String),
}

/// Reads times, one line after another.
#[derive(Clone)]
pub(super) struct Clock {
    form: Option<Form>,
    year: Option<i32>,
    zone: Zone,
    local: ZoneClock,
    latest_local: Option<NaiveDateTime>,
    /// The time before.
    before: Option<Timestamp>,
}

/// Why a text is no time.
pub(super) enum TimeWrong {
    NotATime,
    NoYear,
    /// It is one, but not like those before it; the whole reason.
    Unlike(String),
}

impl Clock {
    pub(super) fn new(time: &LogTime) -> Result<Clock, String> {
        let form = time.format.as_deref().map(|text| match text {
            "rfc3339" => Ok(Form::Absolute(TimeFormat::Rfc3339)),
            "unix" => Ok(Form::Absolute(TimeFormat::UnixSeconds)),
            "unix_ms" => Ok(Form::Absolute(TimeFormat::UnixMillis)),
            pattern => {
                let mut items = chrono::format::StrftimeItems::new(pattern);
                if items.any(|item| item == chrono::format::Item::Error) || !pattern.contains('%') {
                    return Err(format!(
                        "`{pattern}` is no form of times: write `rfc3339`, `unix`, `unix_ms` or such as `%b %e %H:%M:%S`"
                    ));
                }
                Ok(Form::Pattern(pattern.to_owned()))
            }
        });
        Ok(Clock {
            form: form.transpose()?,
            year: time.year,
            zone: time.zone,
            local: ZoneClock::of(time.zone),
            latest_local: None,
            before: None,
        })
    }

    /// Something was of this time, by whatever clock.
    pub(super) fn saw(&mut self, at: Timestamp) {
        self.local.saw(at);
    }

    /// The time that a text is.
    pub(super) fn read(&mut self, text: &str) -> Result<Timestamp, TimeWrong> {
        match self.read_any(text) {
            Ok((at, rest)) if rest.trim().is_empty() => Ok(at),
            Ok(_) => Err(TimeWrong::NotATime),
            Err(wrong) => Err(wrong),
        }
    }

    /// The time that a line begins with, in brackets or not.
    pub(super) fn read_start(&mut self, line: &str) -> Result<Timestamp, TimeWrong> {
        self.read_any(line.trim_start_matches(['[', '(', '<', ' '])).map(|(at, _)| at)
    }

    /// The time that stands somewhere in a line: the first that has a date, since numbers may be anything. A guess: it says
    /// nothing of how other lines are read.
    pub(super) fn read_within(&self, line: &str) -> Result<Timestamp, TimeWrong> {
        let mut guess = self.clone();
        let mut before = ' ';
        let mut tried = 0;
        for (place, letter) in line.char_indices() {
            let begins = letter.is_ascii_alphanumeric() && !before.is_ascii_alphanumeric();
            before = letter;
            let Some(rest) = line.get(place..).filter(|_| begins) else { continue };
            tried += 1;
            if tried > PLACES_MAX {
                break;
            }
            let form = self.form.clone().or_else(|| detect(rest));
            let is_dated = matches!(form, Some(Form::Pattern(_) | Form::Absolute(TimeFormat::Rfc3339)));
            if let Ok((at, _)) = if is_dated { guess.read_any(rest) } else { Err(TimeWrong::NotATime) } {
                return Ok(at);
            }
        }
        Err(TimeWrong::NotATime)
    }

    fn read_any<'t>(&mut self, text: &'t str) -> Result<(Timestamp, &'t str), TimeWrong> {
        let text = text.trim_start();
        let form = match &self.form {
            Some(form) => form.clone(),
            None => detect(text).ok_or(TimeWrong::NotATime)?,
        };
        let (at, rest) = match &form {
            Form::Absolute(format) => {
                let (word, rest) = first_word(text);
                if let Some(other) = format.other_number(word, self.before) {
                    return Err(TimeWrong::Unlike(format!("{}: {other}", self.expected(word))));
                }
                let at = format.parse(word, UtcOffset::default()).ok_or(TimeWrong::NotATime)?;
                (at, rest)
            }
            Form::Pattern(pattern) => self.read_pattern(pattern, text)?,
        };
        let at = recordable(at).ok_or(TimeWrong::NotATime)?;
        if let Some(before) = self.before.filter(|before| leaps(*before, at)) {
            let reason = format!(
                "the line is of {at}, more than ten years from the one before, {before}: mend the one that is wrong, or leave \
                 it out"
            );
            return Err(TimeWrong::Unlike(reason));
        }
        self.form = Some(form);
        self.before = Some(at);
        self.local.saw(at);
        Ok((at, rest))
    }

    fn read_pattern<'t>(&mut self, pattern: &str, text: &'t str) -> Result<(Timestamp, &'t str), TimeWrong> {
        if ["%z", "%:z", "%::z", "%#z", "%s"].iter().any(|offset| pattern.contains(offset)) {
            let read = DateTime::parse_and_remainder(text, pattern);
            let (at, rest) = read.map_err(|_| TimeWrong::NotATime)?;
            return Ok((Timestamp(at.timestamp_millis()), rest));
        }
        let has_year =
            ["%Y", "%y", "%G", "%D", "%F", "%c", "%x", "%v", "%+"].iter().any(|year| pattern.contains(year));
        let (local, rest) = if has_year {
            NaiveDateTime::parse_and_remainder(text, pattern).map_err(|_| TimeWrong::NotATime)?
        } else {
            self.read_without_year(pattern, text)?
        };
        self.latest_local = self.latest_local.max(Some(local));
        Ok((self.local.shown(local).ok_or(TimeWrong::NotATime)?, rest))
    }

    /// A time without a year is of that of the lines before, or of the next or last one where it would be half a year off.
    fn read_without_year<'t>(
        &mut self,
        pattern: &str,
        text: &'t str,
    ) -> Result<(NaiveDateTime, &'t str), TimeWrong> {
        let of_year = |year: i32| {
            let dated = format!("{year:04} {text}");
            let (local, rest) = NaiveDateTime::parse_and_remainder(&dated, &format!("%Y {pattern}")).ok()?;
            // Only the year was put before the text, so what is left is an end of it.
            text.get(text.len().checked_sub(rest.len())?..).map(|rest| (local, rest))
        };
        let Some(year) = self.year else {
            return Err(of_year(2000).map_or(TimeWrong::NotATime, |_| TimeWrong::NoYear));
        };
        // 29 February is in one of the years beside if it is not in this one.
        let here = of_year(year);
        let Some(latest) = self.latest_local else { return here.ok_or(TimeWrong::NotATime) };
        let before = latest.checked_sub_days(HALF_A_YEAR).unwrap_or(latest);
        let after = latest.checked_add_days(HALF_A_YEAR).unwrap_or(latest);
        let fits = |(local, _): &(NaiveDateTime, &str)| (before..=after).contains(local);
        let next = year.saturating_add(1);
        if let Some(read) = here.filter(fits) {
            return Ok(read);
        }
        if let Some(read) = of_year(next).filter(fits) {
            self.year = Some(next);
            return Ok(read);
        }
        of_year(year.saturating_sub(1)).filter(fits).or(here).ok_or(TimeWrong::NotATime)
    }

    /// That a text is no time, and what was expected.
    pub(super) fn expected(&self, text: &str) -> String {
        match &self.form {
            Some(form) => format!("`{text}` is not a time as the lines are read ({})", name(form)),
            None => format!(
                "`{text}` is not a time: say where it is with `--time`, and how it is written with `--time-format`"
            ),
        }
    }

    /// How many times lie in an hour that the clock skips or repeats.
    pub(super) fn shifted(&self) -> u64 {
        self.local.shifted()
    }

    /// What a manifest says about times that were read so.
    pub(super) fn rule(&self) -> String {
        match &self.form {
            Some(form @ Form::Pattern(_)) => format!("{}, read as {}", name(form), self.zone.name()),
            Some(form @ Form::Absolute(_)) => name(form).to_owned(),
            None => "none".to_owned(),
        }
    }
}

fn name(form: &Form) -> &str {
    match form {
        Form::Absolute(format) => format.name(),
        Form::Pattern(pattern) => pattern,
    }
}

/// How the time is written that a text begins with.
fn detect(text: &str) -> Option<Form> {
    let (word, _) = first_word(text);
    match TimeFormat::detect(word) {
        Some(format @ (TimeFormat::Rfc3339 | TimeFormat::UnixSeconds | TimeFormat::UnixMillis)) => {
            return Some(Form::Absolute(format));
        }
        Some(TimeFormat::Local) | None => {}
    }
    // As ISO 8601; Python's logging; access logs; error logs of nginx and logs of Go.
    let patterns = [
        LOCAL,
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S,%3f",
        "%d/%b/%Y:%H:%M:%S %z",
        "%Y/%m/%d %H:%M:%S%.f",
    ];
    let dated = patterns.into_iter().find(|pattern| {
        NaiveDateTime::parse_and_remainder(text, pattern).is_ok_and(|(_, rest)| {
            // `,123` behind a second is a fraction in another form.
            *pattern != LOCAL || !rest.starts_with(',')
        }) || (pattern.contains("%z") && DateTime::parse_and_remainder(text, pattern).is_ok())
    });
    let syslog = || {
        let read =
            NaiveDateTime::parse_and_remainder(&format!("2000 {text}"), &format!("%Y {SYSLOG}")).is_ok();
        read.then_some(SYSLOG)
    };
    dated.or_else(syslog).map(|pattern| Form::Pattern(pattern.to_owned()))
}

/// The letters up to the first blank or bracket, and what follows.
fn first_word(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| letter.is_whitespace() || matches!(letter, ']' | ')' | '>' | ','));
    text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""))
}
