//! Windows against a plain recomputation.
#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

use proptest::prelude::*;

use crate::{CounterSteps, Moments, SlidingWindow};

#[test]
fn a_window_is_open_on_the_left_and_closed_on_the_right() {
    let mut window = SlidingWindow::<Moments>::new(10);
    window.push(0, 1.0);
    assert_eq!(window.statistic(9).unwrap().sum(), 1.0);
    assert!(window.statistic(10).is_none());
    window.push(10, 2.0);
    assert_eq!(window.statistic(10).unwrap().sum(), 2.0);
}

#[test]
fn a_sum_of_a_large_and_small_numbers_comes_back_after_the_large_one_left() {
    let mut window = SlidingWindow::<Moments>::new(2);
    window.push(0, 1e18);
    for at_ms in 1..100 {
        window.push(at_ms, 0.1);
    }
    assert_eq!(window.statistic(99).unwrap().sum(), 0.2);
}

#[test]
fn a_counter_that_restarts_counts_what_it_shows_after() {
    let mut window = SlidingWindow::<CounterSteps>::new(60_000);
    for (at_ms, value) in [(0, 100.0), (10_000, 130.0), (20_000, 5.0), (30_000, 10.0)] {
        window.push(at_ms, value);
    }
    assert_eq!(window.statistic(30_000).unwrap().rate(), Some((30.0 + 5.0 + 5.0) / 30.0));
}

#[test]
fn one_sample_of_a_counter_has_no_rate() {
    let mut window = SlidingWindow::<CounterSteps>::new(60_000);
    window.push(0, 100.0);
    assert_eq!(window.statistic(30_000).unwrap().rate(), None);
}

proptest! {
    #[test]
    fn a_window_equals_its_samples_counted_afresh(
        steps in proptest::collection::vec((1i64..40, 0i64..300, -1_000i32..1_000), 1..200), span_ms in 1i64..200,
    ) {
        let mut window = SlidingWindow::<Moments>::new(span_ms);
        let mut all = Vec::new();
        let mut now_ms = 0;
        for (step_ms, look_later_ms, value) in steps {
            now_ms += step_ms;
            let value = f64::from(value);
            window.push(now_ms, value);
            all.push((now_ms, value));
            let look_at_ms = now_ms + look_later_ms;
            let inside: Vec<f64> =
                all.iter().filter(|(at, _)| *at > look_at_ms - span_ms).map(|(_, value)| *value).collect();
            let Some(statistic) = window.statistic(look_at_ms) else {
                prop_assert!(inside.is_empty());
                continue;
            };
            // Whole numbers of this size add up exactly in any order.
            prop_assert_eq!(statistic.count(), inside.len() as f64);
            prop_assert_eq!(statistic.sum(), inside.iter().sum::<f64>());
            prop_assert_eq!(statistic.min(), inside.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(statistic.max(), inside.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
    }
}
