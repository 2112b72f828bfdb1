//! Window functions.

use proptest::prelude::*;

use super::{near, samples};
use crate::{
    Aggregate, Counter, Ewma, Extremes, Held, Line, Moments, SortedWindow, Window, line::RoundedLine,
};

#[test]
fn a_window_is_open_on_the_left_and_closed_on_the_right() {
    let mut window = Window::<Moments>::new(10);
    window.push(0, 1.0);
    assert_eq!(window.statistic(9).unwrap().sum(), 1.0);
    assert!(window.statistic(10).is_none());
    window.push(10, 2.0);
    assert_eq!(window.statistic(10).unwrap().sum(), 2.0);
}

#[test]
fn a_sum_of_a_large_and_small_numbers_comes_back_after_the_large_one_left() {
    let mut window = Window::<Moments>::new(2);
    window.push(0, 1e18);
    for at_ms in 1..100 {
        window.push(at_ms, 0.1);
    }
    assert_eq!(window.statistic(99).unwrap().sum(), 0.2);
}

#[test]
fn a_small_number_beside_a_large_one_is_not_lost_in_a_sum() {
    let mut window = Window::<Moments>::new(10);
    for (at_ms, value) in [(1, 1e16), (2, 1.0), (3, 1.0), (4, -1e16)] {
        window.push(at_ms, value);
    }
    assert_eq!(window.statistic(4).unwrap().sum(), 2.0);
}

#[test]
fn a_flat_series_has_no_spread_however_long_it_is_and_whatever_came_before() {
    let mut window = Window::<Moments>::new(240);
    for at_ms in 0..100_000_i64 {
        window.push(at_ms, if at_ms < 1_000 { (at_ms as f64).sin() * 1e9 } else { 0.1 });
        if at_ms >= 1_240 {
            let statistic = window.statistic(at_ms).unwrap();
            assert_eq!((statistic.stddev(), statistic.avg()), (0.0, 0.1), "at {at_ms}");
        }
    }
}

#[test]
fn a_counter_that_restarts_counts_what_it_shows_after() {
    let mut window = Window::<Counter>::new(60_000);
    for (at_ms, value) in [(0, 100.0), (10_000, 130.0), (20_000, 5.0), (30_000, 10.0)] {
        window.push(at_ms, value);
    }
    assert_eq!(window.statistic(30_000).unwrap().rate(), Some((30.0 + 5.0 + 5.0) / 30.0));
}

#[test]
fn one_sample_has_no_rate_no_slope_and_no_delta() {
    let mut counter = Window::<Counter>::new(60_000);
    let mut line = Window::<Line>::new(60_000);
    let mut held = Held::new(60_000);
    counter.push(0, 100.0);
    line.push(0, 100.0);
    held.push(0, 100.0);
    assert_eq!(counter.statistic(30_000).unwrap().rate(), None);
    assert_eq!(line.statistic(30_000).unwrap().slope(), None);
    assert_eq!(held.delta(30_000), None);
}

#[test]
fn a_sample_weighs_half_as_much_a_half_life_later() {
    let mut mean = Ewma::new(10);
    mean.push(0, 3.0);
    mean.push(10, 9.0);
    assert_eq!(mean.value(10), Some((3.0 * 0.5 + 9.0) / 1.5));
    assert_eq!(mean.value(19), Some((3.0 * 0.5 + 9.0) / 1.5));
    assert_eq!(mean.value(20), None, "nothing came for a half-life");
}

/// Steps in time, a look some time after each, and values.
fn looked_at() -> impl Strategy<Value = Vec<(i64, i64, i32)>> {
    proptest::collection::vec((1i64..40, 0i64..300, -1_000i32..1_000), 1..200)
}

/// Feeds a kernel, and after each sample compares it with what is inside of its window by then.
fn compare<K>(
    steps: &[(i64, i64, i32)],
    span_ms: i64,
    mut kernel: K,
    mut push: impl FnMut(&mut K, i64, f64),
    mut check: impl FnMut(&K, i64, &[(i64, f64)]),
) {
    let pairs: Vec<(i64, i32)> = steps.iter().map(|(step, _, value)| (*step, *value)).collect();
    let all = samples(&pairs);
    for (at, (at_ms, value)) in all.iter().enumerate() {
        push(&mut kernel, *at_ms, *value);
        let look_at_ms = at_ms + steps[at].1;
        let inside: Vec<(i64, f64)> =
            all[..=at].iter().filter(|(time, _)| *time > look_at_ms - span_ms).copied().collect();
        check(&kernel, look_at_ms, &inside);
    }
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[test]
fn a_long_window_that_empties_in_a_gap_is_looked_at_in_no_time() {
    // Whoever passes those that have left the window one by one, and counts them for each, is not done here in an hour.
    const COUNT: i64 = 100_000;
    let mut window = SortedWindow::new(COUNT);
    (0..COUNT).for_each(|at| window.push(at, at as f64));
    for left in [10, 1_000, 50_000, COUNT - 1] {
        let now = 2 * COUNT - 1 - left;
        assert_eq!(window.quantile(0, now), Some((COUNT - left) as f64));
        assert_eq!(window.quantile(10_000, now), Some((COUNT - 1) as f64));
        assert_eq!(window.quantile(5_000, now), Some((COUNT - left) as f64 + (left - 1) as f64 / 2.0));
    }
    assert_eq!(window.quantile(5_000, 2 * COUNT), None);
}

proptest! {
    #[test]
    fn moments_equal_their_samples_counted_afresh(steps in looked_at(), span_ms in 1i64..200) {
        compare(&steps, span_ms, Window::<Moments>::new(span_ms), Window::push, |window, now, inside| {
            let Some(statistic) = window.statistic(now) else {
                assert!(inside.is_empty());
                return;
            };
            let values: Vec<f64> = inside.iter().map(|(_, value)| *value).collect();
            let count = values.len() as f64;
            // Whole numbers of this size add up exactly in any order.
            let sum = values.iter().sum::<f64>();
            assert_eq!((statistic.count(), statistic.sum(), statistic.avg()), (count, sum, sum / count));
            let squares = values.iter().map(|value| (value - sum / count).powi(2)).sum::<f64>();
            assert!(near(statistic.stddev(), (squares / count).sqrt(), 1e3));
        });
    }

    #[test]
    fn extremes_equal_those_of_their_samples(steps in looked_at(), span_ms in 1i64..200) {
        compare(&steps, span_ms, Extremes::new(span_ms), Extremes::push, |window, now, inside| {
            let values = || inside.iter().map(|(_, value)| *value);
            assert_eq!(window.min(now), values().reduce(f64::min));
            assert_eq!(window.max(now), values().reduce(f64::max));
        });
    }

    #[test]
    fn a_line_equals_least_squares_counted_afresh(steps in looked_at(), span_ms in 1i64..200) {
        compare(&steps, span_ms, Window::<Line>::new(span_ms), Window::push, |window, now, inside| {
            let slope = window.statistic(now).and_then(|line| line.slope());
            if inside.len() < 2 {
                assert_eq!(slope, None);
                return;
            }
            let count = inside.len() as f64;
            let (time, value) = (
                inside.iter().map(|(at, _)| *at as f64 / 1e3).sum::<f64>() / count,
                inside.iter().map(|(_, value)| *value).sum::<f64>() / count,
            );
            let products: f64 = inside.iter().map(|(at, v)| (*at as f64 / 1e3 - time) * (v - value)).sum();
            let squares: f64 = inside.iter().map(|(at, _)| (*at as f64 / 1e3 - time).powi(2)).sum();
            let expected = products / squares;
            assert!(near(slope.unwrap(), expected, 1e6), "{slope:?} and {expected}");
            let line = window.statistic(now).unwrap();
            let ahead = value + expected * ((now + 1_000) as f64 / 1e3 - time);
            assert!(near(line.value(now + 1_000).unwrap(), ahead, 1e6));
        });
    }

    #[test]
    fn quantiles_equal_their_samples_sorted_afresh(
        steps in looked_at(), span_ms in 1i64..2_000, parts in 0u32..=10_000,
    ) {
        compare(&steps, span_ms, SortedWindow::new(span_ms), SortedWindow::push, |window, now, inside| {
            let values: Vec<f64> = inside.iter().map(|(_, value)| *value).collect();
            let expected = (!values.is_empty()).then(|| quantile(&values, f64::from(parts) / 1e4));
            assert_eq!(window.quantile(parts, now), expected);
        });
    }

    #[test]
    fn a_window_in_order_of_size_comes_back_from_its_written_form(
        values in proptest::collection::vec(-50i32..50, 0..2_000),
    ) {
        let mut window = SortedWindow::new(700);
        for (at_ms, value) in (0..).zip(&values) {
            window.push(at_ms, f64::from(*value));
        }
        let read: SortedWindow = serde_json::from_str(&serde_json::to_string(&window).unwrap()).unwrap();
        let now_ms = values.len() as i64;
        for parts in [0, 2_500, 5_000, 9_900, 10_000] {
            prop_assert_eq!(read.quantile(parts, now_ms), window.quantile(parts, now_ms));
        }
    }

    #[test]
    fn what_is_held_is_what_was(steps in looked_at(), span_ms in 1i64..200) {
        let pairs: Vec<(i64, i32)> = steps.iter().map(|(step, _, value)| (*step, *value)).collect();
        let all = samples(&pairs);
        compare(&steps, span_ms, Held::new(span_ms), Held::push, |held, now, inside| {
            let expected = match inside {
                [(_, first), .., (_, last)] => Some(last - first),
                _ => None,
            };
            assert_eq!(held.delta(now), expected);
            let newest = inside.last().map_or(i64::MAX, |(at, _)| *at);
            let lagged = all.iter().rfind(|(at, _)| *at <= newest && *at <= now - span_ms);
            if inside.last().is_some() {
                assert_eq!(held.before_span(now), lagged.copied());
            }
        });
    }

    #[test]
    fn putting_stretches_together_is_the_same_as_one_stretch(
        values in proptest::collection::vec(-1_000i32..1_000, 2..60), cut in 1usize..59,
    ) {
        let all: Vec<(i64, f64)> = (0..).map(|at: i64| at * 15_000).zip(values.iter().map(|v| f64::from(*v))).collect();
        let cut = cut.min(all.len() - 1);
        let of = |part: &[(i64, f64)]| {
            part.iter().map(|(at, value)| RoundedLine::of(*value, *at)).reduce(|a, b| a.followed_by(&b)).unwrap()
        };
        let whole = of(&all);
        let joined = of(&all[..cut]).followed_by(&of(&all[cut..]));
        prop_assert!(near(whole.slope().unwrap(), joined.slope().unwrap(), 1e3));
    }
}
