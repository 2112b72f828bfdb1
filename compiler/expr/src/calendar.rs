//! Calendars: `"Fri 17:00..Mon 07:00 Europe/Berlin"`.
//!
//! A calendar is stretches of local wall time, with commas between them, and a time zone at the end:
//!
//! - `Fri 17:00..Mon 07:00`: every week from the one to the other;
//! - `Mon..Fri 09:00..17:00`, `Sat 10:00..14:00`, `daily 22:00..02:00`: on those days, over midnight where it ends
//!   before it begins;
//! - `Sat..Sun`: those days from midnight to midnight;
//! - `2026-12-24..2026-12-27`: whole days, the last one too, as people read dates; and `2026-12-24` alone for one day.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate};
use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_program::{Calendar, CalendarSpan};

use crate::{Source, nearest};

/// Most stretches of one calendar.
const SPANS_MAX: usize = 64;

const DAY: u32 = 24 * 60;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LONG_DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const FORMS: &str = "write it like \"Fri 17:00..Mon 07:00 Europe/Berlin\", \"Mon..Fri 09:00..17:00 UTC\", \"daily 01:00..03:00 UTC\" or \"2026-12-24..2026-12-27 UTC\"";

/// What is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarProblem {
    /// What, as a message.
    pub message: String,
    /// Where in the text, in bytes.
    pub range: TextRange,
    /// What to write.
    pub help: String,
    /// What to write in place of the range, where that is clear.
    pub instead: Option<String>,
}

/// Reads a calendar.
///
/// # Errors
/// [`CalendarProblem`], the first from left to right.
pub fn parse_calendar(text: &str) -> Result<Calendar, CalendarProblem> {
    let mut words = words(text);
    let zone = words.pop().filter(|word| !is_part_of_span(word.text));
    let Some(zone) = zone else {
        let end = text.trim_end().len();
        if is_cron(text) {
            let start = text.len() - text.trim_start().len();
            return Err(problem("a calendar is no cron expression", offset(start), offset(end), FORMS));
        }
        return Err(problem("this calendar names no time zone", offset(end), offset(end), FORMS));
    };
    let known_zone = zone.text.parse::<chrono_tz::Tz>().is_ok();
    let spans = spans(&words, zone)?;
    if !known_zone {
        return Err(unknown_zone(zone));
    }
    Ok(Calendar {
        text: text.to_owned(),
        zone: zone.text.to_owned(),
        zone_data: chrono_tz::IANA_TZDB_VERSION.to_owned(),
        spans,
    })
}

/// `0 9 * * 1-5`
fn is_cron(text: &str) -> bool {
    let is_field = |field: &str| field.bytes().all(|it| it.is_ascii_digit() || b"*,-/".contains(&it));
    text.split_whitespace().count() == 5 && text.split_whitespace().all(is_field)
}

/// Reads a calendar that was written as the text literal at `range`; what is wrong with it is said at its exact place.
pub fn calendar_at(
    text: &str,
    range: TextRange,
    source: Source<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Calendar> {
    let problem = match parse_calendar(text) {
        Ok(calendar) => return Some(calendar),
        Err(problem) => problem,
    };
    let inside = source.inside(range, text, problem.range);
    let place = inside.unwrap_or(range);
    let mut diagnostic =
        Diagnostic::error(Code::BAD_CALENDAR, source.file, place, problem.message).with_help(problem.help);
    if let (Some(place), Some(instead)) = (inside, problem.instead) {
        diagnostic = diagnostic.with_fix(format!("write `{instead}`"), Safety::Unsafe, place, instead);
    }
    diagnostics.push(diagnostic);
    None
}

/// A word of a calendar, or one of its signs.
#[derive(Clone, Copy, Debug)]
struct Word<'t> {
    text: &'t str,
    start: u32,
    end: u32,
}

/// Words, `..` and `,`, in order.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blanks = rest.len() - rest.trim_start().len();
        if blanks > 0 {
            at += blanks;
            continue;
        }
        let length = if rest.starts_with("..") {
            2
        } else if rest.starts_with(',') {
            1
        } else {
            let end = rest.find(|it: char| it.is_whitespace() || it == ',').unwrap_or(rest.len());
            rest.find("..").map_or(end, |dots| dots.min(end))
        };
        // `2026-12-20T00:00` of ISO 8601 is a date and a time of day: what is said of these is said of it.
        let day = rest.get(..length).and_then(|word| word.split_once('T')).map(|(day, _)| day);
        if let Some(day) = day.filter(|day| date(day).is_ok()) {
            words.push(Word { text: day, start: offset(at), end: offset(at + day.len()) });
            at += day.len() + 1;
            continue;
        }
        if let Some(word) = rest.get(..length) {
            words.push(Word { text: word, start: offset(at), end: offset(at + length) });
        }
        at += length;
    }
    words
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn problem(message: impl Into<String>, start: u32, end: u32, help: impl Into<String>) -> CalendarProblem {
    CalendarProblem {
        message: message.into(),
        range: TextRange { start, end },
        help: help.into(),
        instead: None,
    }
}

/// What a word of a stretch means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Day(u32),
    Daily,
    Time(u32),
    Date(i32),
    Dots,
}

/// Whether a word cannot be a zone.
fn is_part_of_span(text: &str) -> bool {
    text == ","
        || token(text).is_ok()
        || text.contains(':')
        || text.starts_with(|it: char| it.is_ascii_digit())
}

fn token(text: &str) -> Result<Token, (String, String, Option<String>)> {
    if text == ".." {
        return Ok(Token::Dots);
    }
    if text == "daily" {
        return Ok(Token::Daily);
    }
    if let Some(day) = DAYS.iter().position(|day| *day == text) {
        return Ok(Token::Day(offset(day)));
    }
    if text.contains(':') {
        return time(text);
    }
    if text.starts_with(|it: char| it.is_ascii_digit()) {
        return date(text);
    }
    let long = LONG_DAYS.iter().position(|day| day.eq_ignore_ascii_case(text));
    let short = DAYS.iter().position(|day| day.eq_ignore_ascii_case(text));
    let near = || nearest(text, DAYS.iter().copied().chain(["daily"]));
    let meant = long.or(short).and_then(|day| DAYS.get(day).copied()).or_else(near);
    let help = meant.map_or_else(|| FORMS.to_owned(), |meant| format!("did you mean `{meant}`?"));
    Err((format!("`{text}` is no day, time or date"), help, meant.map(str::to_owned)))
}

fn time(text: &str) -> Result<Token, (String, String, Option<String>)> {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute) = text.split_once(':').unwrap_or((text, ""));
    let help = "a time is hours and minutes, from 00:00 to 24:00".to_owned();
    if hour.len() == 1 && hour.bytes().all(|byte| byte.is_ascii_digit()) && digits(minute) {
        return Err((format!("`{text}` is no time"), help, Some(format!("0{text}"))));
    }
    let parsed = (hour.parse::<u32>().ok(), minute.parse::<u32>().ok());
    match parsed {
        (Some(hours), Some(minutes))
            if digits(hour) && digits(minute) && minutes < 60 && hours * 60 + minutes <= DAY =>
        {
            Ok(Token::Time(hours * 60 + minutes))
        }
        _ => Err((format!("`{text}` is no time"), help, None)),
    }
}

fn date(text: &str) -> Result<Token, (String, String, Option<String>)> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    match date.filter(|date| text.len() == 10 && (1970..=9_999).contains(&date.year())) {
        Some(date) => Ok(Token::Date(date.to_epoch_days())),
        None => Err((format!("`{text}` is no date"), "a date is written like 2026-12-24".to_owned(), None)),
    }
}

fn spans(words: &[Word<'_>], zone: Word<'_>) -> Result<Vec<CalendarSpan>, CalendarProblem> {
    let mut spans = Vec::new();
    for words in words.split(|word| word.text == ",") {
        let mut tokens = Vec::new();
        for word in words {
            let token = token(word.text).map_err(|(message, help, instead)| CalendarProblem {
                message,
                range: TextRange { start: word.start, end: word.end },
                help,
                instead,
            })?;
            tokens.push(token);
        }
        let (start, end) = match (words.first(), words.last()) {
            (Some(first), Some(last)) => (first.start, last.end),
            _ => return Err(problem("here a stretch of time is missing", zone.start, zone.end, FORMS)),
        };
        if let Some(dated) = dated_time(words, &tokens) {
            return Err(dated);
        }
        spans.push(span(&tokens).map_err(|message| problem(message, start, end, FORMS))?);
        if spans.len() > SPANS_MAX {
            let message = format!("a calendar has at most {SPANS_MAX} stretches");
            return Err(problem(message, start, end, "split it into two calendars"));
        }
    }
    Ok(spans)
}

/// What is wrong where a date has a time of day: `2026-12-20 00:00..2027-01-05 00:00`.
fn dated_time(words: &[Word<'_>], tokens: &[Token]) -> Option<CalendarProblem> {
    let is_dated = |pair: &[Token]| matches!(pair, [Token::Date(_), Token::Time(_)]);
    let at = tokens.windows(2).position(is_dated)?;
    let (first, last) = (words.get(at)?, words.get(at + 1)?);
    let help = "a date is all of a day, and the last one is part of it: `2026-12-20..2027-01-05` ends at midnight after the 5th";
    let (mut start, mut end) = (first.start, last.end);
    let instead = whole_days(tokens);
    if let (Some(_), Some(first), Some(last)) = (&instead, words.first(), words.last()) {
        (start, end) = (first.start, last.end);
    }
    let range = TextRange { start, end };
    Some(CalendarProblem {
        message: "a date has no time of day here".to_owned(),
        range,
        help: help.to_owned(),
        instead,
    })
}

/// From midnight to midnight: the day that the last midnight begins is not part of it.
fn whole_days(tokens: &[Token]) -> Option<String> {
    let written = |day: i32| Some(NaiveDate::from_epoch_days(day)?.format("%Y-%m-%d").to_string());
    let (from, to) = match *tokens {
        [Token::Date(from), Token::Time(0), Token::Dots, Token::Date(to), Token::Time(0)] => (from, to - 1),
        [Token::Date(from), Token::Time(0), Token::Dots, Token::Date(to)] => (from, to),
        _ => return None,
    };
    match from.cmp(&to) {
        Ordering::Less => Some(format!("{}..{}", written(from)?, written(to)?)),
        Ordering::Equal => written(from),
        Ordering::Greater => None,
    }
}

fn span(tokens: &[Token]) -> Result<CalendarSpan, &'static str> {
    use Token::{Daily, Date, Day, Dots, Time};
    const EVERY_DAY: u8 = 0b111_1111;
    let daily = |days: u8, from: u32, to: u32| {
        if from == to || from == DAY {
            return Err("this stretch of time is empty");
        }
        Ok(CalendarSpan::Daily { days, from, to })
    };
    match *tokens {
        [Day(from), Time(from_time), Dots, Day(to), Time(to_time)] => {
            let (from, to) = (from * DAY + from_time, to * DAY + to_time);
            if from == to {
                return Err("this stretch of time is empty");
            }
            // The minute after a week's last one is its first.
            Ok(CalendarSpan::Weekly { from: from % (7 * DAY), to: to % (7 * DAY) })
        }
        [Day(day), Time(from), Dots, Time(to)] => daily(days(day, day), from, to),
        [Day(first), Dots, Day(last), Time(from), Dots, Time(to)] => daily(days(first, last), from, to),
        [Daily, Time(from), Dots, Time(to)] => daily(EVERY_DAY, from, to),
        [Day(day)] => daily(days(day, day), 0, DAY),
        [Day(first), Dots, Day(last)] => daily(days(first, last), 0, DAY),
        [Date(day)] => Ok(CalendarSpan::Dates { from: day, to: day + 1 }),
        [Date(from), Dots, Date(to)] if from <= to => Ok(CalendarSpan::Dates { from, to: to + 1 }),
        [Date(_), Dots, Date(_)] => Err("this stretch of time ends before it begins"),
        _ => Err("this is no stretch of time"),
    }
}

/// The days from `first` to `last`, over Sunday where that comes first.
fn days(first: u32, last: u32) -> u8 {
    let count = (last + 7 - first) % 7 + 1;
    (0..count).fold(0, |days, day| days | 1 << ((first + day) % 7))
}

/// The zone that is meant by a name which is none.
pub(crate) fn meant_zone(name: &str) -> Option<&'static str> {
    let names = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let by_case = names().find(|known| known.eq_ignore_ascii_case(name));
    // `Berlin` is meant as the zone that ends so.
    let by_city = names().find(|known| {
        known.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name)) && known.contains('/')
    });
    by_case.or(by_city).or_else(|| nearest(name, names()))
}

fn unknown_zone(zone: Word<'_>) -> CalendarProblem {
    let name = zone.text;
    let meant = meant_zone(name);
    let help = meant.map_or_else(
        || "a zone is named as in the time zone database, such as Europe/Berlin or UTC".to_owned(),
        |meant| format!("did you mean `{meant}`?"),
    );
    CalendarProblem {
        message: format!("`{name}` is no time zone"),
        range: TextRange { start: zone.start, end: zone.end },
        help,
        instead: meant.map(str::to_owned),
    }
}
