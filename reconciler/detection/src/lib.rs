//! Statistics over samples, as they come and by the column; no IO, no policy words.
//!
//! Times are integer milliseconds. A window of span `w` at `t` holds the samples in `(t - w, t]`. Samples are finite.
//!
//! Statistics of a series in fixed point (see [`DECIMALS_MAX`], [`SCALED_MAX`] and [`WINDOW_SAMPLES_MAX`]) are exact:
//! each is the double next to the number that its definition gives, whatever the order and the algorithm. So the
//! streaming forms here and those of [`columns`] give the same bits. A series that no integers of a common power of ten
//! give is computed by the streaming forms wherever it is met.

mod aggregate;
mod baseline;
pub mod columns;
mod counter;
mod ewma;
mod exact;
mod extremes;
mod fixed;
mod fixed_window;
mod held;
mod line;
mod moments;
mod ratio;
mod sliding_window;
mod sorted_window;
mod sum;
mod total_order;
mod window;

pub use baseline::{Baseline, Usual};
pub use counter::Counter;
pub use ewma::Ewma;
pub use exact::Exact;
pub use extremes::Extremes;
pub use fixed::{DECIMALS_MAX, LINE_SPAN_MS_MAX, SCALED_MAX, WINDOW_SAMPLES_MAX};
pub use held::Held;
pub use line::{Forecast, Line};
pub use moments::Moments;
pub use ratio::ratio;
pub use sorted_window::SortedWindow;
pub use window::{Statistic, Window};

use aggregate::Aggregate;
use sum::Sum;

#[cfg(test)]
mod tests;
