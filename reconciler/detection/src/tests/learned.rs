//! Functions that learn.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::near;
use crate::{Baseline, LINE_SPAN_MS_MAX, Line, Window};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn line(points: impl IntoIterator<Item = (i64, f64)>) -> Line {
    let mut window = Window::new(LINE_SPAN_MS_MAX);
    let mut newest = 0;
    for (at, value) in points {
        window.push(at, value);
        newest = at;
    }
    window.statistic(newest).unwrap()
}

#[test]
fn a_straight_line_is_forecast_without_spread() {
    let rising = line((0..240).map(|at: i64| (at * 15_000, 200.0 + at as f64)));
    let forecast = rising.forecast(479 * 15_000).unwrap();
    assert!(near(forecast.value, 679.0, 1e3) && near(forecast.lower, forecast.upper, 1e3), "{forecast:?}");
}

#[test]
fn noise_widens_a_forecast_and_distance_widens_it_further() {
    let noisy = line((0..240).map(|at: i64| (at * 15_000, 100.0 + f64::from(i8::from(at % 2 == 0)))));
    let width = |at: i64| noisy.forecast(at * 15_000).map(|it| it.upper - it.lower).unwrap();
    assert!(width(240) > 1.9 && width(240) < 2.1, "{}", width(240));
    assert!(width(2_400) > 2.0 * width(240));
}

#[test]
fn the_time_to_a_threshold_is_none_where_the_line_leads_away_or_it_is_too_far() {
    let rising = line((0..10).map(|at: i64| (at * 1_000, at as f64)));
    assert!(near(rising.seconds_to(20.0, 9_000, 60_000).unwrap(), 11.0, 1.0));
    assert_eq!(rising.seconds_to(20.0, 9_000, 10_000), None, "beyond the horizon");
    assert_eq!(rising.seconds_to(5.0, 9_000, 60_000), None, "the line leads away");
    assert_eq!(rising.seconds_to(9.0, 9_000, 60_000), Some(0.0));
    let flat = line((0..10).map(|at: i64| (at * 1_000, 5.0)));
    assert_eq!(flat.seconds_to(6.0, 9_000, 60_000), None);
}

/// Two weeks of a daily wave, sampled each minute, with noise of one.
fn two_weeks(edit: impl Fn(i64, f64) -> f64) -> Baseline {
    let mut baseline = Baseline::new(DAY, 14 * DAY, MINUTE);
    for minute in 0..14 * 1_440_i64 {
        baseline.push(minute * MINUTE, edit(minute, wave(minute)));
    }
    baseline
}

fn wave(minute: i64) -> f64 {
    let phase = minute as f64 / 1_440.0 * std::f64::consts::TAU;
    100.0 + 50.0 * phase.sin() + f64::from(i8::try_from((minute * 7_919) % 3).unwrap()) - 1.0
}

#[test]
fn what_is_usual_follows_the_season() {
    let baseline = two_weeks(|_, value| value);
    for minute in (14 * 1_440..15 * 1_440).step_by(30) {
        let usual = baseline.usual(minute * MINUTE).unwrap();
        assert!(usual.score(wave(minute)) < 4.0, "{minute}: {usual:?} and {}", wave(minute));
        assert!(usual.score(wave(minute) + 40.0) > 4.0, "{minute}: {usual:?}");
    }
}

#[test]
fn a_third_of_the_seasons_may_be_outages_without_being_learned() {
    let clean = two_weeks(|_, value| value);
    let bad = two_weeks(|minute, value| if (minute / 1_440) % 3 == 0 { 900.0 } else { value });
    let at = (14 * 1_440 + 300) * MINUTE;
    let (clean, bad) = (clean.usual(at).unwrap(), bad.usual(at).unwrap());
    assert!((clean.value - bad.value).abs() < 5.0, "{clean:?} and {bad:?}");
    assert!(bad.score(900.0) > 4.0, "{bad:?}");
}

#[test]
fn nothing_is_usual_before_a_season_has_passed() {
    let mut baseline = Baseline::new(DAY, 14 * DAY, MINUTE);
    for minute in 0..1_000_i64 {
        baseline.push(minute * MINUTE, 1.0);
    }
    assert_eq!(baseline.usual(1_000 * MINUTE), None);
}

#[test]
fn a_signal_that_never_moved_has_a_bounded_score_when_it_does() {
    let flat = two_weeks(|_, _| 0.0);
    let usual = flat.usual(14 * DAY).unwrap();
    assert_eq!((usual.score(0.0), usual.score(1.0)), (0.0, 1e6));
}

#[test]
fn what_is_learned_is_forgotten_after_the_training_time() {
    let mut baseline = Baseline::new(DAY, 2 * DAY, MINUTE);
    for minute in 0..10 * 1_440_i64 {
        baseline.push(minute * MINUTE, if minute < 5 * 1_440 { 1.0 } else { 9.0 });
    }
    assert_eq!(baseline.usual(10 * DAY).unwrap().value, 9.0);
    let held = serde_json::to_string(&baseline).unwrap().matches("number").count();
    assert!(held <= 2 * 288 + 2, "{held} slots are held");
}

proptest! {
    #[test]
    fn a_baseline_takes_any_season_and_any_samples(
        season in 0i64..100_000, train in 0i64..1_000_000, every in 0i64..5_000,
        steps in proptest::collection::vec((0i64..50_000, proptest::num::f64::NORMAL), 1..100),
    ) {
        let mut baseline = Baseline::new(season, train, every);
        let mut now = -1_000_000;
        for (step, value) in steps {
            now += step;
            baseline.push(now, value);
            if let Some(usual) = baseline.usual(now) {
                prop_assert!(usual.lower <= usual.value && usual.value <= usual.upper);
            }
        }
    }
}

#[test]
fn many_seasons_of_which_few_were_recorded_are_learned_from_in_no_time() {
    // Who asks each season what was recorded in it is not done here in an hour.
    let mut baseline = Baseline::new(3, i64::MAX / 2, 1);
    let years = |years: i64| years * 366 * DAY;
    for (at, value) in [(years(0), 1.0), (years(1), 2.0), (years(2), 3.0), (years(3), 4.0)] {
        (0..50).for_each(|season| baseline.push(at + 3 * season, value + season as f64));
    }
    let usual = baseline.usual(years(4)).unwrap();
    assert_eq!(usual.value, 27.0);
}

proptest! {
    #[test]
    fn what_is_usual_is_what_all_earlier_seasons_say(
        (season, train, every) in (1i64..40, 0i64..400, 1i64..12),
        steps in proptest::collection::vec((prop_oneof![6 => 0i64..8, 1 => 30i64..200], -50i32..50), 0..60),
        ahead in 0i64..90,
    ) {
        let mut baseline = Baseline::new(season, train, every);
        let slots = (season / every).clamp(1, 288);
        let slot_of = |at: i64| at.div_euclid(season) * slots + at.rem_euclid(season) * slots / season;
        let (mut now, mut samples) = (0, BTreeMap::<i64, Vec<f64>>::new());
        for (step, value) in steps {
            now += step;
            baseline.push(now, f64::from(value));
            samples.entry(slot_of(now)).or_default().push(f64::from(value));
        }
        let current = samples.last_key_value().map(|(slot, _)| *slot);
        let asked = slot_of(now + ahead);
        let seasons = (train / season).max(1);
        // What is older than it is trained is dropped when a slot ends.
        let last_ended = samples.keys().rev().nth(1).copied().unwrap_or(i64::MIN);
        let oldest = last_ended.saturating_sub(seasons * slots + 1);
        let mut medians = Vec::new();
        for season in 1..=seasons {
            let centre = asked - season * slots;
            for (slot, values) in samples.range(centre - 1..=centre + 1) {
                if *slot < asked && Some(*slot) != current && *slot >= oldest {
                    medians.push(middle(values.clone()));
                }
            }
        }
        let expected = (!medians.is_empty()).then(|| middle(medians));
        prop_assert_eq!(baseline.usual(now + ahead).map(|usual| usual.value), expected);
    }
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let upper = values[values.len() / 2];
    if values.len() % 2 == 1 { upper } else { values[values.len() / 2 - 1] / 2.0 + upper / 2.0 }
}
