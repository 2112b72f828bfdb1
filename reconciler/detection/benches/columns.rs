//! Nanoseconds a sample of the columnar functions and of their streaming forms: a week of samples every 15 s.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use divan::{Bencher, black_box, counter::ItemsCount};
use heal_detection::{
    Counter, Extremes, Line, Moments, SortedWindow, Window,
    columns::{self, FixedColumn, Samples, Steps},
};

const EVERY_MS: i64 = 15_000;
const COUNT: usize = 40_320;
const HOUR_MS: i64 = 3_600_000;
const STEPS: Steps = Steps { first_ms: 0, every_ms: EVERY_MS, count: COUNT };

fn main() {
    divan::main();
}

struct Series {
    times_ms: Vec<i64>,
    values: Vec<f64>,
    integers: FixedColumn,
}

impl Series {
    /// A wave with noise, cut at 1 and of four decimals, every 15 s or about that.
    fn new(jitter_ms: i64) -> Series {
        let mut state = 42_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64
        };
        let value = |at: usize, noise: i64| {
            let wave = 0.6 + 0.3 * (at as f64 / 5_760.0 * std::f64::consts::TAU).sin();
            ((wave + (noise % 2_000) as f64 / 1e4).min(1.0) * 1e4).round() / 1e4
        };
        let values: Vec<f64> = (0..COUNT).map(|at| value(at, noise())).collect();
        let times_ms = (0..COUNT as i64).map(|at| at * EVERY_MS - noise() % (jitter_ms + 1)).collect();
        let integers = FixedColumn::of(&values).unwrap();
        Series { times_ms, values, integers }
    }

    fn samples(&self) -> Samples<'_> {
        Samples {
            times_ms: &self.times_ms,
            values: &self.values,
            fixed: Some(self.integers.as_fixed()),
            runs: None,
        }
    }
}

fn column(bencher: Bencher<'_, '_>, jitter_ms: i64, fill: impl Fn(&Samples<'_>, &mut [f64])) {
    let series = Series::new(jitter_ms);
    let mut out = vec![0.0; COUNT];
    bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
        fill(black_box(&series.samples()), &mut out);
        black_box(&mut out);
    });
}

fn stream<K>(
    bencher: Bencher<'_, '_>,
    form: impl Fn() -> K,
    push: impl Fn(&mut K, i64, f64),
    look: impl Fn(&K, i64) -> Option<f64>,
) {
    let series = Series::new(0);
    bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
        let mut form = form();
        for (at_ms, value) in series.times_ms.iter().zip(&series.values) {
            push(&mut form, *at_ms, *value);
            black_box(look(&form, *at_ms));
        }
    });
}

#[divan::bench(args = [0, 900])]
fn avg(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    column(bencher, jitter_ms, |samples, out| columns::avg(samples, HOUR_MS, STEPS, out));
}

#[divan::bench(args = [0, 900])]
fn avg_and_stddev(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    let other = std::cell::RefCell::new(vec![0.0; COUNT]);
    column(bencher, jitter_ms, |samples, out| {
        columns::avg_and_stddev(samples, HOUR_MS, STEPS, out, &mut other.borrow_mut());
    });
}

#[divan::bench(args = [0, 900])]
fn line_value(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    column(bencher, jitter_ms, |samples, out| {
        columns::line_value(samples, HOUR_MS, 4 * HOUR_MS, STEPS, out);
    });
}

#[divan::bench(args = [0, 900])]
fn forecast(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    let lower = std::cell::RefCell::new(vec![0.0; COUNT]);
    column(bencher, jitter_ms, |samples, out| {
        columns::forecast(samples, HOUR_MS, 4 * HOUR_MS, STEPS, &mut lower.borrow_mut(), out);
    });
}

#[divan::bench(args = [0, 900])]
fn max(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    column(bencher, jitter_ms, |samples, out| columns::max(samples, HOUR_MS, STEPS, out));
}

#[divan::bench(args = [0, 900])]
fn median(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    column(bencher, jitter_ms, |samples, out| columns::quantile(samples, 5_000, HOUR_MS, STEPS, out));
}

#[divan::bench(args = [0, 900])]
fn rate(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    column(bencher, jitter_ms, |samples, out| columns::rate(samples, HOUR_MS, STEPS, out));
}

#[divan::bench(args = [0, 900])]
fn ewma(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    column(bencher, jitter_ms, |samples, out| columns::ewma(samples, HOUR_MS, STEPS, out));
}

#[divan::bench(args = [0, 900])]
fn fresh_and_compare(bencher: Bencher<'_, '_>, jitter_ms: i64) {
    column(bencher, jitter_ms, |samples, out| {
        columns::fresh(samples, 60_000, 0, STEPS, out);
        black_box(out.iter().filter(|value| **value > 0.9).count());
    });
}

#[divan::bench]
fn stream_moments(bencher: Bencher<'_, '_>) {
    let stddev = |window: &Window<Moments>, now_ms| Some(window.statistic(now_ms)?.stddev());
    stream(bencher, || Window::new(HOUR_MS), Window::push, stddev);
}

#[divan::bench]
fn stream_counter(bencher: Bencher<'_, '_>) {
    let rate = |window: &Window<Counter>, now_ms| window.statistic(now_ms)?.rate();
    stream(bencher, || Window::new(HOUR_MS), Window::push, rate);
}

#[divan::bench]
fn stream_line(bencher: Bencher<'_, '_>) {
    let value = |window: &Window<Line>, now_ms| window.statistic(now_ms)?.value(now_ms);
    stream(bencher, || Window::new(HOUR_MS), Window::push, value);
}

#[divan::bench]
fn stream_max(bencher: Bencher<'_, '_>) {
    stream(bencher, || Extremes::new(HOUR_MS), Extremes::push, Extremes::max);
}

#[divan::bench]
fn stream_median(bencher: Bencher<'_, '_>) {
    let median = |window: &SortedWindow, now_ms| window.quantile(5_000, now_ms);
    stream(bencher, || SortedWindow::new(HOUR_MS), SortedWindow::push, median);
}
