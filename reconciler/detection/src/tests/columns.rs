//! Columns against the streaming forms.

use proptest::prelude::*;

use super::series::{Case, case};
use crate::{
    Baseline, Counter, Ewma, Extremes, Held, Line, Moments, SortedWindow, Window,
    columns::{self, EvenRuns, FixedColumn, Samples, Steps},
};

/// What a streaming form says at each step.
fn streamed<K>(
    case: &Case,
    mut form: K,
    push: impl Fn(&mut K, i64, f64),
    look: impl Fn(&K, i64) -> Option<f64>,
) -> Vec<f64> {
    let mut coming = case.until(i64::MAX).peekable();
    (0..case.steps.count)
        .map(|step| {
            let now_ms = case.steps.at_ms(step);
            while let Some((at_ms, value)) = coming.next_if(|(at_ms, _)| *at_ms <= now_ms) {
                push(&mut form, at_ms, value);
            }
            look(&form, now_ms).unwrap_or(f64::NAN)
        })
        .collect()
}

/// That a column is, bit by bit, what the streaming form says, with and without integers.
fn check(case: &Case, name: &str, fill: impl Fn(&Samples<'_>, Steps, &mut [f64]), expected: &[f64]) {
    let integers = FixedColumn::of(&case.values);
    let runs = EvenRuns::of(&case.times_ms, case.steps.every_ms);
    let fixed = integers.as_ref().map(FixedColumn::as_fixed);
    for (fixed, runs) in [(None, None), (fixed, None), (fixed, Some(&runs))] {
        let samples = Samples { times_ms: &case.times_ms, values: &case.values, fixed, runs };
        let mut out = vec![12_345.0; case.steps.count];
        fill(&samples, case.steps, &mut out);
        for (step, (found, expected)) in out.iter().zip(expected).enumerate() {
            let is_same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
            assert!(is_same, "{name} at {step} is {found}, streamed {expected}; fixed: {}", fixed.is_some());
        }
    }
}

fn check_moments(case: &Case) {
    let span = case.span_ms;
    let of = |look: fn(&Moments) -> f64| {
        streamed(case, Window::<Moments>::new(span), Window::push, |window, now| {
            window.statistic(now).as_ref().map(look)
        })
    };
    check(case, "sum", |samples, steps, out| columns::sum(samples, span, steps, out), &of(Moments::sum));
    check(case, "avg", |samples, steps, out| columns::avg(samples, span, steps, out), &of(Moments::avg));
    check(
        case,
        "stddev",
        |samples, steps, out| columns::stddev(samples, span, steps, out),
        &of(Moments::stddev),
    );
    let both = |part: usize| {
        move |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
            let mut other = vec![0.0; out.len()];
            if part == 0 {
                columns::avg_and_stddev(samples, span, steps, out, &mut other);
            } else {
                columns::avg_and_stddev(samples, span, steps, &mut other, out);
            }
        }
    };
    check(case, "avg of both", both(0), &of(Moments::avg));
    check(case, "stddev of both", both(1), &of(Moments::stddev));
    let counts: Vec<f64> =
        of(Moments::count).iter().map(|count| if count.is_nan() { 0.0 } else { *count }).collect();
    check(case, "count", |samples, steps, out| columns::count(samples, span, steps, out), &counts);
}

fn check_counters(case: &Case) {
    let span = case.span_ms;
    let rates = streamed(case, Window::<Counter>::new(span), Window::push, |window, now| {
        window.statistic(now)?.rate()
    });
    check(case, "rate", |samples, steps, out| columns::rate(samples, span, steps, out), &rates);
    let increases: Vec<f64> = rates.iter().map(|rate| rate * (span as f64 / 1_000.0)).collect();
    check(case, "increase", |samples, steps, out| columns::increase(samples, span, steps, out), &increases);
}

fn check_lines(case: &Case) {
    let span = case.span_ms;
    let ahead = 14_400_000;
    let of = |look: fn(&Line, i64) -> Option<f64>| {
        streamed(case, Window::<Line>::new(span), Window::push, |window, now| {
            look(&window.statistic(now)?, now)
        })
    };
    check(
        case,
        "slope",
        |samples, steps, out| columns::slope(samples, span, steps, out),
        &of(|line, _| line.slope()),
    );
    let values = of(|line, now| line.value(now + 14_400_000));
    check(case, "line", |samples, steps, out| columns::line_value(samples, span, ahead, steps, out), &values);
    let lower = of(|line, now| line.forecast(now + 14_400_000).map(|it| it.lower));
    let lowers = |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
        columns::forecast(samples, span, ahead, steps, out, &mut vec![0.0; steps.count]);
    };
    check(case, "lower", lowers, &lower);
    let upper = of(|line, now| line.forecast(now + 14_400_000).map(|it| it.upper));
    let uppers = |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
        columns::forecast(samples, span, ahead, steps, &mut vec![0.0; steps.count], out);
    };
    check(case, "upper", uppers, &upper);
    let through = |look: fn(&Line, i64) -> Option<f64>| {
        move |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
            columns::lines(samples, span, steps, |step, now, line| {
                out[step] = line.and_then(|line| look(&line, now)).unwrap_or(f64::NAN);
            });
        }
    };
    for look in [
        (|line, now| line.forecast(now + 60_000).map(|it| it.lower)) as fn(&Line, i64) -> Option<f64>,
        |line, now| line.forecast(now + 60_000).map(|it| it.upper),
        |line, now| line.value(now),
        |line, now| line.seconds_to(10.0, now, 86_400_000),
    ] {
        check(case, "lines", through(look), &of(look));
    }
}

fn check_order(case: &Case, parts: u32) {
    let span = case.span_ms;
    let minima = streamed(case, Extremes::new(span), Extremes::push, Extremes::min);
    check(case, "min", |samples, steps, out| columns::min(samples, span, steps, out), &minima);
    let maxima = streamed(case, Extremes::new(span), Extremes::push, Extremes::max);
    check(case, "max", |samples, steps, out| columns::max(samples, span, steps, out), &maxima);
    let quantiles = streamed(case, SortedWindow::new(span), SortedWindow::push, |window, now| {
        window.quantile(parts, now)
    });
    check(
        case,
        "quantile",
        |samples, steps, out| columns::quantile(samples, parts, span, steps, out),
        &quantiles,
    );
}

fn check_held(case: &Case, stale_after: i64) {
    let span = case.span_ms;
    let deltas = streamed(case, Held::new(span), Held::push, Held::delta);
    check(case, "delta", |samples, steps, out| columns::delta(samples, span, steps, out), &deltas);
    let earlier = streamed(case, Held::new(span), Held::push, |held, now| {
        held.before_span(now).filter(|(at, _)| now - span - at <= stale_after).map(|(_, value)| value)
    });
    let before = |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
        columns::before_span(samples, span, stale_after, steps, out);
    };
    check(case, "before_span", before, &earlier);
    let newest = |form: &Option<(i64, f64)>, _| form.map(|(_, value)| value);
    let all = streamed(case, None, |form, at, value| *form = Some((at, value)), newest);
    let last = |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
        let mut times = vec![0; out.len()];
        columns::last(samples, steps, out, &mut times);
        for (step, at) in times.iter().enumerate() {
            let expected = case.until(steps.at_ms(step)).last().map_or(i64::MIN, |(at, _)| at);
            assert_eq!(*at, expected);
        }
    };
    check(case, "last", last, &all);
    let late = 10_000;
    let fresh = streamed(
        case,
        None,
        |form: &mut Option<(i64, f64)>, at, value| *form = Some((at, value)),
        |form, now| form.filter(|(at, _)| now + late - at <= stale_after).map(|(_, value)| value),
    );
    let filled = |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
        columns::fresh(samples, stale_after, late, steps, out);
    };
    check(case, "fresh", filled, &fresh);
}

fn check_learned(case: &Case) {
    let span = case.span_ms;
    let means = streamed(case, Ewma::new(span), Ewma::push, Ewma::value);
    check(case, "ewma", |samples, steps, out| columns::ewma(samples, span, steps, out), &means);
    let empty = || Baseline::new(span, span * 5, 15_000);
    let uppers =
        streamed(case, empty(), Baseline::push, |baseline, now| baseline.usual(now).map(|it| it.upper));
    let upper = |samples: &Samples<'_>, steps: Steps, out: &mut [f64]| {
        columns::baseline(samples, empty(), steps, |step, usual| {
            out[step] = usual.map_or(f64::NAN, |it| it.upper)
        });
    };
    check(case, "baseline", upper, &uppers);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_column_is_what_the_streaming_form_says_at_each_step(
        case in case(), parts in 0u32..=10_000, stale_after in 0i64..200_000,
    ) {
        check_moments(&case);
        check_counters(&case);
        check_lines(&case);
        check_order(&case, parts);
        check_held(&case, stale_after);
        check_learned(&case);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Long enough for many steps to be taken at once, with now and then a sample too many, missing or late.
    #[test]
    fn a_regular_series_with_exceptions_says_the_same(
        values in proptest::collection::vec(-10_000i64..10_000, 900), shift in prop_oneof![Just(0u32), 0u32..30],
        exceptions in proptest::collection::vec((0i64..900, -40_000i64..40_000), 0..6),
        span in 1i64..200, late in 0i64..15_000, grid in prop_oneof![3 => Just(15_000i64), 1 => Just(60_000), 1 => Just(7_500)],
    ) {
        let moved = |at: i64| exceptions.iter().find(|(place, _)| *place == at).map_or(0, |(_, moved)| *moved);
        let mut times_ms: Vec<i64> = (0..900).map(|at| at * 15_000 - late + moved(at)).collect();
        times_ms.sort_unstable();
        let steps = Steps { first_ms: -30_000, every_ms: grid, count: 920 };
        for (span_ms, decimals) in [(span * 15_000, 2), (span * 15_000 - 4_000, 0), (span * 15_000, 7)] {
            let values = values.iter().map(|it| (*it << shift) as f64 / 10_i64.pow(decimals) as f64).collect();
            let case = Case { times_ms: times_ms.clone(), values, span_ms, steps };
            check_moments(&case);
            check_counters(&case);
            check_lines(&case);
            check_order(&case, 5_000);
            check_held(&case, 20_000);
        }
    }
}

/// A long series that no bound of narrow integers holds for.
#[test]
fn wide_integers_say_the_same() {
    let values: Vec<f64> = (0..3_000_i64).map(|at| ((at * 7_919 % 1_009) << 33) as f64).collect();
    let times_ms: Vec<i64> = (0..3_000_i64).map(|at| at * 14_983 + at % 7).collect();
    let steps = Steps { first_ms: 0, every_ms: 15_000, count: 3_100 };
    let case = Case { times_ms, values, span_ms: 20_000_000, steps };
    check_moments(&case);
    check_counters(&case);
    check_lines(&case);
    check_order(&case, 9_900);
}

#[test]
fn a_window_in_order_of_more_than_one_piece_says_the_same() {
    let values: Vec<f64> = (0..4_000_i64).map(|at| (at * 7_919 % 1_009) as f64 / 100.0).collect();
    let times_ms: Vec<i64> = (0..4_000_i64).map(|at| at * 15_000).collect();
    let steps = Steps { first_ms: 0, every_ms: 15_000, count: 4_000 };
    check_order(&Case { times_ms, values, span_ms: 1_500 * 15_000, steps }, 5_000);
}

#[test]
fn a_window_of_too_many_samples_is_left_to_the_streaming_form() {
    let count = crate::WINDOW_SAMPLES_MAX + 10;
    let values: Vec<f64> = (0..count).map(|at| (at % 1_000) as f64 / 10.0).collect();
    let times_ms: Vec<i64> = (0..).take(count).collect();
    for span_ms in [count as i64 - 10, count as i64 - 9] {
        let steps = Steps { first_ms: count as i64 - 20, every_ms: 1, count: 25 };
        let case = Case { times_ms: times_ms.clone(), values: values.clone(), span_ms, steps };
        let integers = FixedColumn::of(&case.values).unwrap();
        let samples = Samples {
            times_ms: &case.times_ms,
            values: &case.values,
            fixed: Some(integers.as_fixed()),
            runs: None,
        };
        let mut window = Window::<Moments>::new(span_ms);
        case.until(i64::MAX).for_each(|(at, value)| window.push(at, value));
        assert_eq!(window.is_exact(), span_ms == count as i64 - 10);
        let expected = streamed(&case, Window::<Moments>::new(span_ms), Window::push, |window, now| {
            Some(window.statistic(now)?.stddev())
        });
        let mut out = vec![0.0; steps.count];
        columns::stddev(&samples, span_ms, steps, &mut out);
        assert_eq!(out, expected);
    }
}

#[test]
fn nothing_is_said_of_nothing() {
    let steps = Steps { first_ms: 0, every_ms: 15_000, count: 3 };
    let case = Case { times_ms: vec![], values: vec![], span_ms: 60_000, steps };
    check_moments(&case);
    check_counters(&case);
    check_lines(&case);
    check_order(&case, 5_000);
    check_held(&case, 60_000);
    check_learned(&case);
}
