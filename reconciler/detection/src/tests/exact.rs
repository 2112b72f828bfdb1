//! Windows in fixed point against their definitions.

use proptest::prelude::*;

use super::series::{Case, case};
use crate::{Counter, DECIMALS_MAX, Line, Moments, SCALED_MAX, WINDOW_SAMPLES_MAX, Window, ratio};

/// The decimals and integers of samples, straight from the definition; none when they are not in fixed point.
fn fixed(values: &[f64]) -> Option<(u32, Vec<i128>)> {
    let integer = |value: f64, decimals: u32| {
        let power = 10_f64.powi(decimals as i32);
        let integer = (value * power).round();
        (integer.abs() <= 2_f64.powi(53) && (integer as i64 as f64 / power).to_bits() == value.to_bits())
            .then_some(integer as i128)
    };
    let needed = |value: &f64| (0..=DECIMALS_MAX).find(|decimals| integer(*value, *decimals).is_some());
    let decimals = values.iter().map(needed).collect::<Option<Vec<u32>>>()?.into_iter().max().unwrap_or(0);
    let integers: Vec<i128> = values
        .iter()
        .map(|value| {
            let own = needed(value)?;
            Some(integer(*value, own)? * 10_i128.pow(decimals - own))
        })
        .collect::<Option<_>>()?;
    integers.iter().all(|it| it.abs() <= SCALED_MAX.into()).then_some((decimals, integers))
}

/// Sums over all pairs: what is left of squares and products when the means are taken away, times the count.
fn pairs<T: Copy>(all: &[T], product: impl Fn(T, T) -> i128) -> i128 {
    (0..all.len())
        .flat_map(|one| (0..one).map(move |two| (one, two)))
        .map(|(one, two)| product(all[one], all[two]))
        .sum()
}

fn check_moments(window: &Window<Moments>, now_ms: i64, inside: &[(i64, i128)], decimals: u32) {
    let Some(moments) = window.statistic(now_ms) else {
        assert!(inside.is_empty());
        return;
    };
    let (count, power) = (inside.len() as i128, 10_i128.pow(decimals));
    let sum: i128 = inside.iter().map(|(_, value)| value).sum();
    let spread = pairs(inside, |one, two| (one.1 - two.1).pow(2));
    let expected = [
        inside.len() as f64,
        ratio(sum, power),
        ratio(sum, count * power),
        ratio(spread, (count * power).pow(2)).sqrt(),
    ];
    let found = [moments.count(), moments.sum(), moments.avg(), moments.stddev()];
    assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{found:?} and {expected:?}");
}

fn check_counter(window: &Window<Counter>, now_ms: i64, inside: &[(i64, i128)], decimals: u32) {
    let rate = window.statistic(now_ms).and_then(|counter| counter.rate());
    let increase: i128 = inside
        .windows(2)
        .map(|pair| if pair[1].1 >= pair[0].1 { pair[1].1 - pair[0].1 } else { pair[1].1 })
        .sum();
    let apart_ms = inside.last().map_or(0, |last| i128::from(last.0 - inside[0].0));
    let expected = (apart_ms > 0).then(|| ratio(increase * 1_000, apart_ms * 10_i128.pow(decimals)));
    assert_eq!(rate, expected);
}

fn check_line(window: &Window<Line>, now_ms: i64, inside: &[(i64, i128)], decimals: u32) {
    let line = window.statistic(now_ms);
    let (count, power) = (inside.len() as i128, 10_i128.pow(decimals));
    let apart = |one: (i64, i128), two: (i64, i128)| i128::from(one.0 - two.0);
    let times = pairs(inside, |one, two| apart(one, two).pow(2));
    let products = pairs(inside, |one, two| apart(one, two) * (one.1 - two.1));
    let slope = (times > 0).then(|| ratio(products * 1_000, times * power));
    assert_eq!(line.and_then(|line| line.slope()), slope);
    let Some(slope) = slope else { return };
    let at_ms = now_ms + 3_600_000;
    let sum: i128 = inside.iter().map(|(_, value)| value).sum();
    let away = ratio(inside.iter().map(|(time, _)| i128::from(at_ms - time)).sum(), count * 1_000);
    let value = ratio(sum, count * power) + slope * away;
    assert_eq!(line.unwrap().value(at_ms), Some(value));
    if count > 2 {
        let squares = ratio(pairs(inside, |one, two| (one.1 - two.1).pow(2)), count * power * power);
        let (times, products) = (ratio(times, count * 1_000_000), ratio(products, count * 1_000 * power));
        let residual = ((squares - products * products / times).max(0.0) / (count - 2) as f64).sqrt();
        let spread = 1.96 * residual * (1.0 + 1.0 / count as f64 + away * away / times).sqrt();
        let forecast = line.unwrap().forecast(at_ms).unwrap();
        assert_eq!((forecast.lower, forecast.upper), (value - spread, value + spread));
    }
}

fn check(case: &Case) {
    let (mut moments, mut counter, mut line) =
        (Window::new(case.span_ms), Window::new(case.span_ms), Window::new(case.span_ms));
    for (at, (at_ms, value)) in case.until(i64::MAX).enumerate() {
        moments.push(at_ms, value);
        counter.push(at_ms, value);
        line.push(at_ms, value);
        let expected = fixed(&case.values[..=at]);
        let exact = (moments.is_exact(), counter.is_exact(), line.is_exact());
        assert_eq!(exact, (expected.is_some(), expected.is_some(), expected.is_some()), "at {at}");
        let Some((decimals, integers)) = expected else { return };
        let all = case.times_ms.iter().copied().zip(integers);
        // A look at once and one some time later; nothing may depend on the first.
        for now_ms in [at_ms, at_ms + case.span_ms / 3] {
            let inside: Vec<(i64, i128)> =
                all.clone().filter(|(time, _)| *time > now_ms - case.span_ms).collect();
            check_moments(&moments, now_ms, &inside, decimals);
            check_counter(&counter, now_ms, &inside, decimals);
            check_line(&line, now_ms, &inside, decimals);
        }
    }
}

proptest! {
    #[test]
    fn in_fixed_point_a_statistic_is_the_double_next_to_its_definition(case in case()) {
        check(&case);
    }

    #[test]
    fn a_window_comes_back_from_its_written_form_and_goes_on_alike(case in case(), cut in 0usize..120) {
        let mut windows = (Window::<Moments>::new(case.span_ms), Window::<Counter>::new(case.span_ms), Window::<Line>::new(case.span_ms));
        for (at, (at_ms, value)) in case.until(i64::MAX).enumerate() {
            if at == cut {
                let read = serde_json::from_str(&serde_json::to_string(&windows).unwrap()).unwrap();
                prop_assert_eq!(&read, &windows);
                windows = read;
            }
            windows.0.push(at_ms, value);
            windows.1.push(at_ms, value);
            windows.2.push(at_ms, value);
        }
        let mut whole = (Window::<Moments>::new(case.span_ms), Window::<Counter>::new(case.span_ms), Window::<Line>::new(case.span_ms));
        for (at_ms, value) in case.until(i64::MAX) {
            whole.0.push(at_ms, value);
            whole.1.push(at_ms, value);
            whole.2.push(at_ms, value);
        }
        prop_assert_eq!(&windows, &whole);
        let now = case.times_ms.last().copied().unwrap_or_default();
        let bits = |(moments, counter, line): &(Window<Moments>, Window<Counter>, Window<Line>)| [
            moments.statistic(now).map(|it| it.stddev().to_bits()),
            counter.statistic(now).and_then(|it| it.rate()).map(f64::to_bits),
            line.statistic(now).and_then(|it| it.value(now)).map(f64::to_bits),
        ];
        prop_assert_eq!(bits(&windows), bits(&whole));
    }

    #[test]
    fn a_flat_series_is_itself_without_spread_and_slope(
        integer in -1_000_000i64..1_000_000, decimals in 0u32..=6, before in -1_000_000i64..1_000_000, span in 2i64..60,
    ) {
        let value = |integer: i64| integer as f64 / 10_i64.pow(decimals) as f64;
        let (mut moments, mut line) = (Window::<Moments>::new(span * 15_000), Window::<Line>::new(span * 15_000));
        for at in 0..200_i64 {
            let sample = value(if at < 100 { before } else { integer });
            moments.push(at * 15_000, sample);
            line.push(at * 15_000, sample);
        }
        let now = 199 * 15_000;
        let (moments, line) = (moments.statistic(now).unwrap(), line.statistic(now).unwrap());
        prop_assert_eq!((moments.avg(), moments.stddev()), (value(integer), 0.0));
        prop_assert_eq!((line.slope(), line.value(now + 3_600_000)), (Some(0.0), Some(value(integer))));
    }
}

#[test]
fn the_largest_integers_and_the_fullest_window_do_not_overflow() {
    let mut window = Window::<Moments>::new(i64::MAX);
    let largest = SCALED_MAX as f64;
    for at in 0..WINDOW_SAMPLES_MAX as i64 {
        window.push(at, if at % 2 == 0 { largest } else { -largest });
    }
    let now = WINDOW_SAMPLES_MAX as i64;
    let full = window.statistic(now).unwrap();
    assert!(window.is_exact());
    let (count, power) = (WINDOW_SAMPLES_MAX as i128, i128::from(SCALED_MAX));
    assert_eq!((full.sum(), full.avg()), (largest, ratio(power, count)));
    assert_eq!(full.stddev(), ratio((count * count - 1) * power * power, count * count).sqrt());
    window.push(now, largest);
    assert!(!window.is_exact());
    assert_eq!(window.statistic(now).unwrap().sum(), 2.0 * largest);
}
