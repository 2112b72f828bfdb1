//! Axes: where a time or a value stands, and what is written there.

use heal_program::{Millis, Timestamp};

use crate::times;

/// Left edge of the plot.
pub(crate) const PLOT_LEFT: f64 = 118.0;
/// What a time label takes with the room around it.
const TIME_LABEL_WIDTH: f64 = 100.0;
/// Value labels, about.
const VALUE_TICKS: f64 = 4.0;
const VALUE_TICKS_MAX: usize = 12;
/// Part of a step that is taken for a rounding error.
const ROUNDING: f64 = 1e-6;

/// Where a time stands.
pub(crate) fn x((start, end): (Timestamp, Timestamp), width: f64, at: Timestamp) -> f64 {
    let span = (end.since(start).0 as f64).max(1.0);
    PLOT_LEFT + width * (at.since(start).0 as f64 / span)
}

/// Times to write, with their labels.
pub(crate) fn time_ticks((start, end): (Timestamp, Timestamp), width: f64) -> Vec<(Timestamp, String)> {
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const STEPS: [i64; 18] = [
        MINUTE / 60,
        MINUTE / 12,
        MINUTE / 4,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        14 * DAY,
        30 * DAY,
        90 * DAY,
    ];
    let count_max = ((width / TIME_LABEL_WIDTH) as i64).max(2);
    let span = end.since(start).0.max(1);
    let step = STEPS.into_iter().find(|step| span / step <= count_max).unwrap_or(span / count_max).max(1);
    let first = start.align_up(Millis(step));
    let count = end.since(first).0.div_euclid(step);
    let times = (0..=count).map(|position| first.plus(Millis(position.saturating_mul(step))));
    times.map(|at| (at, label(at, at.0.rem_euclid(DAY) == 0))).collect()
}

/// `14 Mar` at midnight, the clock at other times.
fn label(at: Timestamp, midnight: bool) -> String {
    if !midnight {
        return times::clock(at);
    }
    let date = times::date(at);
    let mut parts = date.rsplit('-');
    let (day, month) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match month {
        Some(month) => format!("{} {month}", day.trim_start_matches('0')),
        None => date,
    }
}

/// A range that holds all values and begins and ends at round numbers, with the round numbers in it.
pub(crate) fn value_ticks(low: f64, high: f64) -> ((f64, f64), Vec<f64>) {
    let (low, high) =
        if low.is_finite() && high.is_finite() { (low.min(high), high.max(low)) } else { (0.0, 1.0) };
    // What is nearly all above zero begins there: half a scale would make small changes look large.
    let low = if low > 0.0 && low < 0.5 * high { 0.0 } else { low };
    let span = if high > low { high - low } else { low.abs().max(1.0) };
    let step = round_step(span / VALUE_TICKS);
    // What is a round number but for the last digit stays one: a range put in comes out again.
    let first = (low / step + ROUNDING).floor();
    let last = (high / step - ROUNDING).ceil().max(first + 1.0);
    let mut ticks = Vec::new();
    let mut position = first;
    // A step too small to move a large number would never reach the end.
    while position <= last && ticks.len() < VALUE_TICKS_MAX {
        ticks.push(position * step);
        position += 1.0;
    }
    ((first * step, last * step), ticks)
}

fn round_step(step: f64) -> f64 {
    let size = 10_f64.powf(step.max(f64::MIN_POSITIVE).log10().floor());
    let rest = step / size;
    let round = if rest <= 1.0 {
        1.0
    } else if rest <= 2.0 {
        2.0
    } else if rest <= 5.0 {
        5.0
    } else {
        10.0
    };
    (round * size).max(f64::MIN_POSITIVE)
}
