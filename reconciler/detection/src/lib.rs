//! Streaming statistics over samples; no IO, no policy words.
//!
//! Times are integer milliseconds. A window of span `w` at `t` holds the samples in `(t - w, t]`.

mod aggregate;
mod baseline;
mod ewma;
mod exact;
mod held;
mod line;
mod sliding_window;
mod sorted_window;
mod sum;

pub use aggregate::{Aggregate, CounterSteps, Moments};
pub use baseline::{Baseline, Usual};
pub use ewma::Ewma;
pub use exact::Exact;
pub use held::Held;
pub use line::{Forecast, Line};
pub use sliding_window::SlidingWindow;
pub use sorted_window::SortedWindow;
pub use sum::Sum;

#[cfg(test)]
mod tests;
