//! A long stretch of the past, fetched piece by piece from Prometheus.
//!
//! A range query evaluates every step by itself, so where one piece ends and the next begins changes nothing. Each piece
//! that has arrived is kept in a [`WorkFolder`] as Prometheus sent it: whoever is stopped goes on from there, and what
//! comes out in the end is what an undisturbed run gives, because both read the same replies in the same order.

mod alerts;
mod back_off;
mod error;
mod piece;
mod query;
mod recorded;
#[cfg(test)]
mod tests;
mod work_folder;

use std::time::Duration;

use heal_program::{Millis, SemanticHash, Timestamp};
use tokio::runtime::Runtime;

use crate::prometheus::read;
use crate::{Prometheus, PrometheusError, QueryAnswer};
use back_off::pause_after;
use piece::{Piece, is_too_much, pieces};

pub use alerts::{ALERTS_QUERY, alert_events};
pub use error::HistoryError;
pub use recorded::{Recorded, record_query, record_signal};
pub use work_folder::WorkFolder;

/// Most samples that are asked for at once, going by how many series there are at a few points in time. It keeps an
/// answer at some megabytes; one that is larger all the same is asked for in halves.
pub const SAMPLES_MAX: usize = 500_000;

/// Which values of which query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The query.
    pub query: String,
    /// The first step.
    pub start: Timestamp,
    /// The last step, not before the first.
    pub end: Timestamp,
    /// How far the steps are apart; more than nothing.
    pub step: Millis,
}

impl Stretch {
    /// The steps of the grid of `step` from `from` up to and including `to`; none when there is none between them.
    #[must_use]
    pub fn on_grid(query: &str, (from, to): (Timestamp, Timestamp), step: Millis) -> Option<Stretch> {
        let step = step.max(Millis(1));
        let start = from.align_up(step);
        let end = Timestamp(to.0.div_euclid(step.0).saturating_mul(step.0));
        (start <= end).then(|| Stretch { query: query.to_owned(), start, end, step })
    }

    /// How many steps there are.
    #[must_use]
    pub fn points(&self) -> u64 {
        (self.end.since(self.start).0 / self.step.0.max(1)).unsigned_abs() + 1
    }
}

/// What happens while a stretch is fetched.
#[derive(Debug)]
pub enum Progress<'a> {
    /// So much of it is there.
    Arrived {
        /// Steps that are there.
        points: u64,
        /// Steps in all.
        points_all: u64,
        /// Samples that are there.
        samples: u64,
        /// Whether the last piece was there from an earlier run.
        kept: bool,
    },
    /// A request failed and is made again after a pause.
    Waiting {
        /// Why it failed.
        error: &'a PrometheusError,
        /// How long the pause is.
        pause: Duration,
        /// How often it failed so far.
        failures: u32,
        /// How often it is made again at most.
        retries_max: u32,
    },
}

/// Fetches stretches of the past, one after another.
#[derive(Debug)]
pub struct History {
    prometheus: Prometheus,
    runtime: Runtime,
    retries_max: u32,
    points_max: u64,
}

impl History {
    /// From a server. A request that fails is made again at most `retries_max` times; at most `points_max` steps are asked
    /// for at once.
    ///
    /// # Errors
    /// When the system gives no runtime.
    pub fn new(prometheus: Prometheus, retries_max: u32, points_max: u64) -> Result<History, HistoryError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| HistoryError::Runtime { source })?;
        Ok(History { prometheus, runtime, retries_max, points_max: points_max.max(1) })
    }

    /// All values of a stretch: those that `work` holds from earlier runs, the others from the server.
    ///
    /// # Errors
    /// When the query cannot be recorded, has no values, or the server does not answer it. What has arrived stays in
    /// `work`.
    pub fn fetch(
        &self,
        stretch: &Stretch,
        work: &WorkFolder,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<QueryAnswer, HistoryError> {
        if let Some(modifier) = query::bound_to_the_range(&stretch.query) {
            return Err(HistoryError::BoundToTheRange { modifier });
        }
        let points_all = stretch.points();
        let mut points_max = self.points_at_once(stretch, work, progress)?;
        let (mut answer, mut points, mut samples) = (QueryAnswer::default(), 0, 0);
        let mut waiting = pieces(stretch, points_max);
        while let Some(piece) = waiting.pop() {
            let halves = piece.halves(stretch.step);
            if let Some((earlier, later)) = halves.filter(|_| piece.points(stretch.step) > points_max) {
                waiting.extend([later, earlier]);
                continue;
            }
            let name = self.name_of(stretch, "range", piece);
            let kept = work.read(&name).and_then(|reply| read(&reply).ok());
            let is_kept = kept.is_some();
            let part = match kept {
                Some(part) => part,
                None => match (self.ask_piece(stretch, piece, progress), halves) {
                    (Ok((reply, part)), _) => {
                        work.keep(&name, &reply)?;
                        part
                    }
                    (Err(error), Some((earlier, later))) if is_too_much(&error) => {
                        points_max = points_max.min(earlier.points(stretch.step));
                        waiting.extend([later, earlier]);
                        continue;
                    }
                    (Err(error), _) => return Err(HistoryError::of(error)),
                },
            };
            check_numbers(&part)?;
            points += piece.points(stretch.step);
            samples += samples_in(&part);
            answer.join(part);
            progress(Progress::Arrived { points, points_all, samples, kept: is_kept });
        }
        if samples == 0 {
            return Err(HistoryError::Empty { start: stretch.start, end: stretch.end });
        }
        Ok(answer)
    }

    /// How many steps to ask for at once, by how many series there are at the end, in the middle and at the start. That
    /// a query is wrong is found here too, before anything long is begun.
    fn points_at_once(
        &self,
        stretch: &Stretch,
        work: &WorkFolder,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<u64, HistoryError> {
        let whole = Piece { start: stretch.start, end: stretch.end };
        let name = self.name_of(stretch, "series", whole);
        let known = work.read(&name).and_then(|text| String::from_utf8(text).ok()?.parse().ok());
        let series = match known {
            Some(series) => series,
            None => {
                let middle = whole.halves(stretch.step).map_or(stretch.start, |(_, later)| later.start);
                let mut most = 1;
                for at in [stretch.end, middle, stretch.start] {
                    let answer = self.with_retries(progress, || {
                        self.runtime.block_on(self.prometheus.query(&stretch.query, at))
                    });
                    let answer = answer.map_err(HistoryError::of)?;
                    check_numbers(&answer)?;
                    most = most.max(answer.series.len());
                }
                work.keep(&name, most.to_string().as_bytes())?;
                most
            }
        };
        let by_samples = (SAMPLES_MAX / series.max(1)).max(1) as u64;
        let by_points = crate::QUERY_POINTS_MAX.unsigned_abs();
        Ok(by_samples.min(by_points).min(self.points_max))
    }

    fn ask_piece(
        &self,
        stretch: &Stretch,
        piece: Piece,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(Vec<u8>, QueryAnswer), PrometheusError> {
        self.with_retries(progress, || {
            let span = (piece.start, piece.end);
            let asked = self.prometheus.range_reply(&stretch.query, span, stretch.step);
            let reply = self.runtime.block_on(asked)?;
            let answer = read(&reply)?;
            Ok((reply, answer))
        })
    }

    fn with_retries<T>(
        &self,
        progress: &mut dyn FnMut(Progress<'_>),
        mut ask: impl FnMut() -> Result<T, PrometheusError>,
    ) -> Result<T, PrometheusError> {
        let mut failures = 0;
        loop {
            let error = match ask() {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures += 1;
            let Some(pause) = pause_after(failures, &error, self.retries_max) else { return Err(error) };
            progress(Progress::Waiting { error: &error, pause, failures, retries_max: self.retries_max });
            std::thread::sleep(pause);
        }
    }

    /// What a piece is kept under: everything that its content hangs on.
    fn name_of(&self, stretch: &Stretch, what: &str, piece: Piece) -> String {
        let numbers = [piece.start.0, piece.end.0, stretch.step.0].map(i64::to_le_bytes);
        let texts = [what, self.prometheus.address(), &stretch.query].map(str::as_bytes);
        let numbers = numbers.iter().map(<[u8; 8]>::as_slice);
        SemanticHash::of(texts.into_iter().chain(numbers)).to_string()
    }
}

fn check_numbers(answer: &QueryAnswer) -> Result<(), HistoryError> {
    let points: u64 = answer.series.iter().map(|series| series.histograms_count).sum();
    if points == 0 { Ok(()) } else { Err(HistoryError::Histograms { points }) }
}

fn samples_in(answer: &QueryAnswer) -> u64 {
    answer.series.iter().map(|series| series.samples.len() as u64).sum()
}
