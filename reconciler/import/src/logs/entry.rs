//! Entries of a log: lines, with those that belong to them, and repeated messages told as often as they came.

use std::io::BufRead;

use regex::Regex;

use crate::ImportError;
use crate::lines::{LINE_BYTES_MAX, Lines};

/// An entry of a log.
pub(super) struct Entry {
    /// The number of its first line.
    pub(super) line: u64,
    /// Its lines.
    pub(super) text: String,
    /// How many times it came.
    pub(super) times: u64,
}

/// The entries of a stream.
pub(super) struct Entries<'a, R> {
    file: &'a str,
    lines: Lines<'a, R>,
    /// What the first line of an entry matches.
    start: Option<Regex>,
    /// The entry that further lines may belong to.
    open: Option<(u64, String)>,
}

impl<'a, R: BufRead> Entries<'a, R> {
    pub(super) fn new(
        file: &'a str,
        lines: Lines<'a, R>,
        multiline: Option<&str>,
    ) -> Result<Entries<'a, R>, ImportError> {
        let start = multiline.map(Regex::new).transpose().map_err(|wrong| {
            ImportError::of_file(file, format!("the pattern of `--multiline` is none: {}", one_line(&wrong)))
        })?;
        Ok(Entries { file, lines, start, open: None })
    }

    /// The next entry. What is not UTF-8 in it is replaced.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, ImportError> {
        loop {
            let Some(line) = self.lines.next()? else {
                return Ok(self.open.take().map(entry_of));
            };
            let text = String::from_utf8_lossy(line.bytes).into_owned();
            let number = line.number;
            let Some(start) = &self.start else {
                if text.trim().is_empty() {
                    continue;
                }
                return Ok(Some(entry_of((number, text))));
            };
            if start.is_match(&text) {
                if let Some(done) = self.open.replace((number, text)) {
                    return Ok(Some(entry_of(done)));
                }
            } else if let Some((first, open)) = &mut self.open {
                if open.len() + text.len() > LINE_BYTES_MAX {
                    let reason = format!(
                        "the entry has more than {} MiB: is the pattern of `--multiline` that of its first line?",
                        LINE_BYTES_MAX >> 20
                    );
                    return Err(ImportError::at_line(self.file, *first, reason));
                }
                open.push('\n');
                open.push_str(&text);
            }
            // What stands before the first entry belongs to one that was cut off.
        }
    }
}

fn entry_of((line, text): (u64, String)) -> Entry {
    match repeated(&text) {
        Some((text, times)) => Entry { line, text, times },
        None => Entry { line, text, times: 1 },
    }
}

/// A line of syslog that stands for several: `… sshd[1]: message repeated 5 times: [ Failed password for root]`.
fn repeated(text: &str) -> Option<(String, u64)> {
    let (before, rest) = text.split_once("message repeated ")?;
    let (times, rest) = rest.split_once(" times: [")?;
    let message = rest.trim_end().strip_suffix(']')?;
    Some((format!("{before}{}", message.trim()), times.parse().ok()?))
}

/// A message of several lines as one.
pub(super) fn one_line(wrong: &regex::Error) -> String {
    let text = wrong.to_string();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}
