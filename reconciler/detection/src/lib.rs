//! Streaming statistics over samples; no IO, no policy words.
//!
//! Times are integer milliseconds. A window of span `w` at `t` holds the samples in `(t - w, t]`.

mod aggregate;
mod exact;
mod sliding_window;

pub use aggregate::{Aggregate, CounterSteps, Moments};
pub use exact::Exact;
pub use sliding_window::SlidingWindow;

#[cfg(test)]
mod tests;
