//! Benchmarks: what `heal-bench` runs.

pub mod check;
mod figure;
mod live;
mod machine;
pub mod peers;
mod process;
pub mod replay;
pub mod rules;
mod shapes;

pub use figure::{Figure, Report, Target};
pub use machine::machine;
pub use process::{Cost, cost, cpu_seconds_of, peak_mebibytes};
