//! Statistics of a whole series at every step of a grid.
//!
//! Each function fills one value a step: the same bits that the streaming form gives when it is told the samples one by
//! one and asked at each step. NaN where that gives none. Where the samples are in fixed point the sums slide over
//! integers; where they are not, the streaming form does the work.
//!
//! Outputs have one place a step; what is longer stays as it is, and steps beyond a shorter one are left out.

mod counts;
mod drive;
mod edges;
mod even_sums;
mod held;
mod learned;
mod line_sums;
mod lines;
mod moments;
mod order;
mod quantiles;
mod regular;
mod samples;
mod width;

pub use counts::{count, increase, rate};
pub use held::{before_span, delta, fresh, last};
pub use learned::{baseline, ewma};
pub use lines::{forecast, line_value, lines, slope};
pub use moments::{avg, avg_and_stddev, stddev, sum};
pub use order::{max, min};
pub use quantiles::quantile;
pub use regular::EvenRuns;
pub use samples::{Fixed, FixedColumn, Samples, Steps};
