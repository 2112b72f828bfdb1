//! Every kernel against a plain recomputation.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod columns;
mod exact;
mod learned;
mod ratios;
mod series;
mod windows;

/// Samples at rising times.
fn samples(steps: &[(i64, i32)]) -> Vec<(i64, f64)> {
    let mut now_ms = 0;
    steps
        .iter()
        .map(|(step_ms, value)| {
            now_ms += step_ms;
            (now_ms, f64::from(*value))
        })
        .collect()
}

/// Equal but for the last few digits of the larger one.
fn near(left: f64, right: f64, scale: f64) -> bool {
    (left - right).abs() <= 1e-9 * scale.max(1.0)
}
