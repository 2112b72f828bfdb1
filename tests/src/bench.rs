//! Benchmarks: what `heal-bench` runs.

pub mod check;
mod figure;
mod machine;
mod process;
mod shapes;

pub use figure::{Figure, Report};
pub use machine::machine;
pub use process::{Cost, cost};
