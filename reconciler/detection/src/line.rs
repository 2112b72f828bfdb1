//! The straight line through samples.

mod exact;
mod rounded;

pub(crate) use exact::{ExactLine, LineSums, SlopeFactors};
pub(crate) use rounded::RoundedLine;

use crate::{Statistic, fixed::LINE_SPAN_MS_MAX, fixed_window::Stretch};

/// Standard deviations to either side in which 95 of 100 samples lie, were the errors normal.
const DEVIATIONS: f64 = 1.96;

/// The least-squares line through the samples of a window, with how far they lie from it.
#[derive(Clone, Copy, Debug)]
pub struct Line(Form);

#[derive(Clone, Copy, Debug)]
enum Form {
    Fixed(ExactLine),
    Rounded(RoundedLine),
}

/// What a line says of an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// The value on the line.
    pub value: f64,
    /// The lower end of where 95 of 100 samples lie.
    pub lower: f64,
    /// The upper end of where 95 of 100 samples lie.
    pub upper: f64,
}

/// Sums of products of distances from the means, times in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Squares {
    pub(crate) products: f64,
    pub(crate) times: f64,
    pub(crate) values: f64,
}

impl Line {
    /// A line in fixed point.
    pub(crate) fn exact(line: ExactLine) -> Line {
        Line(Form::Fixed(line))
    }

    /// Change a second; none with fewer than two samples.
    #[must_use]
    pub fn slope(&self) -> Option<f64> {
        match &self.0 {
            Form::Fixed(line) => line.slope(),
            Form::Rounded(line) => line.slope(),
        }
    }

    /// The value on the line at an instant; none with fewer than two samples.
    #[must_use]
    pub fn value(&self, at_ms: i64) -> Option<f64> {
        let mean = match &self.0 {
            Form::Fixed(line) => line.mean_value(),
            Form::Rounded(line) => line.mean_value(),
        };
        Some(on_line(mean, self.slope()?, self.since_mean_time(at_ms)))
    }

    /// Value and spread at an instant; none with fewer than three samples, which say nothing of a spread.
    #[must_use]
    pub fn forecast(&self, at_ms: i64) -> Option<Forecast> {
        let value = self.value(at_ms)?;
        let (count, squares) = match &self.0 {
            Form::Fixed(line) => (line.count(), line.squares()),
            Form::Rounded(line) => (line.count(), line.squares()),
        };
        let spread = spread(count, self.since_mean_time(at_ms), &squares)?;
        Some(Forecast { value, lower: value - spread, upper: value + spread })
    }

    /// How many seconds after `at_ms` the line is at `threshold`; 0 where it is there, none where it is further than
    /// `ahead_ms` away or behind.
    #[must_use]
    pub fn seconds_to(&self, threshold: f64, at_ms: i64, ahead_ms: i64) -> Option<f64> {
        let way = threshold - self.value(at_ms)?;
        if way == 0.0 {
            return Some(0.0);
        }
        let seconds = way / self.slope()?;
        (seconds >= 0.0 && seconds <= ahead_ms as f64 / 1_000.0).then_some(seconds)
    }

    /// Seconds from the mean of the times.
    fn since_mean_time(&self, at_ms: i64) -> f64 {
        match &self.0 {
            Form::Fixed(line) => line.since_mean_time(at_ms),
            Form::Rounded(line) => line.since_mean_time(at_ms),
        }
    }
}

impl Statistic for Line {
    const SPAN_MS_MAX: i64 = LINE_SPAN_MS_MAX;
    type Sums = LineSums;
    type Rounded = RoundedLine;

    fn of_fixed(stretch: &Stretch<LineSums>) -> Line {
        Line::exact(ExactLine::of(stretch))
    }

    fn of_rounded(rounded: RoundedLine) -> Line {
        Line(Form::Rounded(rounded))
    }
}

/// The value on a line, some seconds from the mean of its times.
#[inline]
pub(crate) fn on_line(mean: f64, slope: f64, away: f64) -> f64 {
    mean + slope * away
}

/// What to either side of a line 95 of 100 samples lie in, some seconds from the mean of its times; none with fewer than
/// three samples.
#[inline]
pub(crate) fn spread(count: f64, away: f64, squares: &Squares) -> Option<f64> {
    let freedom = count - 2.0;
    if freedom <= 0.0 {
        return None;
    }
    let explained = squares.products * squares.products / squares.times;
    let residual = ((squares.values - explained).max(0.0) / freedom).sqrt();
    let widening = 1.0 + 1.0 / count + away * away / squares.times;
    Some(DEVIATIONS * residual * widening.sqrt())
}
