//! The line on a terminal that says how far a fetch is.

use std::{
    io::{self, IsTerminal, Write as _},
    time::{Duration, Instant},
};

use heal_connect::Progress;
use heal_program::Millis;

use crate::output::write_message;

/// How often the line is drawn at most.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// The line on a terminal that says how far a fetch is. Elsewhere only troubles are said.
pub(super) struct ProgressLine {
    name: String,
    is_terminal: bool,
    is_shown: bool,
    begun: Instant,
    drawn: Option<Instant>,
    /// Steps that an earlier run had fetched: they say nothing about the pace of this one.
    kept: u64,
    points: u64,
}

impl ProgressLine {
    pub(super) fn new(name: &str) -> ProgressLine {
        ProgressLine {
            name: name.to_owned(),
            is_terminal: io::stderr().is_terminal(),
            is_shown: false,
            begun: Instant::now(),
            drawn: None,
            kept: 0,
            points: 0,
        }
    }

    pub(super) fn show(&mut self, progress: &Progress<'_>) {
        match progress {
            Progress::Waiting { error, pause, failures, retries_max } => {
                self.clear();
                let pause = Millis(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
                let name = &self.name;
                write_message(&format!(
                    "{name}: {error}; trying again in {pause} ({failures} of {retries_max})"
                ));
            }
            Progress::Arrived { points, points_all, samples, kept } => {
                if *kept {
                    self.kept += points - self.points;
                }
                self.points = *points;
                let is_early = self.drawn.is_some_and(|drawn| drawn.elapsed() < DRAW_EVERY);
                if !self.is_terminal || is_early {
                    return;
                }
                let percent = points.saturating_mul(100) / points_all.max(&1);
                let left = left(self.begun.elapsed(), points - self.kept, points_all - points);
                let text =
                    format!("{}: {percent}% of {points_all} steps, {samples} samples{left}", self.name);
                self.draw(&text);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        if self.is_shown {
            self.draw("");
            self.is_shown = false;
        }
    }

    fn draw(&mut self, text: &str) {
        let mut error = io::stderr().lock();
        // Nobody is left to be told when standard error is gone.
        let _ = write!(error, "\r\u{1b}[2K{text}").and_then(|()| error.flush());
        (self.is_shown, self.drawn) = (true, Some(Instant::now()));
    }
}

/// How long the rest takes at the pace so far.
fn left(elapsed: Duration, done: u64, rest: u64) -> String {
    if done == 0 || rest == 0 {
        return String::new();
    }
    let seconds = elapsed.as_secs_f64() * rest as f64 / done as f64;
    format!(", {} left", Millis::from_seconds(seconds.ceil() as i64))
}
