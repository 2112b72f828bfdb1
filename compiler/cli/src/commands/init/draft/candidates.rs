//! Conditions that may tell the times of incidents from all others.

use heal_program::Millis;
use heal_telemetry::Recurring;

use super::series::{Form, Group, Held};
use crate::output::Failure;

/// So many signals are tried for each of what recurs, those first that have most of its labels.
const SIGNALS_MAX: usize = 6;
/// So many bounds above, and so many below, are tried of each.
const BOUNDS_MAX: usize = 3;
/// A condition holds for none, or for so many samples.
const HOLDS: [usize; 3] = [0, 2, 3];

/// A condition on one signal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// The signal, by its place.
    pub(super) group: usize,
    pub(super) form: Form,
    pub(super) bound: Bound,
    pub(super) hold: Millis,
    /// How many labels of what it is for its series have.
    pub(super) shared: usize,
}

/// A bound on the values of a signal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bound {
    pub(super) value: f64,
    /// Whether values above it are bad, and not those below.
    pub(super) is_above: bool,
    /// At how many incidents a value lies beyond it.
    caught: usize,
    /// Which part of all other values lies beyond it.
    rest: f64,
}

impl Bound {
    /// How well it tells them apart: 1 is perfect, 0 and less is useless.
    fn score(&self, incidents: usize) -> f64 {
        self.caught as f64 / incidents.max(1) as f64 - 5.0 * self.rest
    }
}

/// What is tried of a signal, by its place.
struct Tried {
    group: usize,
    form: Form,
    /// Each with how many samples it holds for.
    bounds: Vec<(usize, Bound)>,
    shared: usize,
}

/// The conditions that are tried for one of all that recurs, the likeliest first; none where nothing was recorded of what it
/// concerns.
pub(super) fn candidates(
    groups: &[Group<'_>],
    one: &Recurring,
    all: &[Recurring],
) -> Result<Option<Vec<Candidate>>, Failure> {
    let mut is_heard = false;
    let mut found: Vec<Tried> = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        let shared = group.shared(one);
        for form in group.forms.iter().copied() {
            let mut bounds = Vec::new();
            for (hold, held) in HOLDS.into_iter().zip(group.values_at(form, one, all, &HOLDS)?) {
                is_heard |= held.extremes.iter().any(|extremes| !extremes.is_empty());
                bounds.extend(
                    self::bounds(&held, one.occurrences.len()).into_iter().map(|bound| (hold, bound)),
                );
            }
            if !bounds.is_empty() {
                found.push(Tried { group: place, form, bounds, shared });
            }
        }
    }
    let best = |bounds: &[(usize, Bound)]| {
        bounds.iter().map(|(_, it)| it.score(one.occurrences.len())).fold(f64::NEG_INFINITY, f64::max)
    };
    // Stable: equals stay in the order of their names.
    found.sort_by(|left, right| {
        right.shared.cmp(&left.shared).then_with(|| best(&right.bounds).total_cmp(&best(&left.bounds)))
    });
    found.truncate(SIGNALS_MAX);
    let mut candidates = Vec::new();
    for Tried { group, form, bounds, shared } in found {
        let every = groups.get(group).map_or(Millis::ZERO, |group| group.every);
        candidates.extend(bounds.into_iter().map(|(samples, bound)| Candidate {
            group,
            form,
            bound,
            hold: Millis(every.0.saturating_mul(i64::try_from(samples).unwrap_or(i64::MAX))),
            shared,
        }));
    }
    Ok(is_heard.then_some(candidates))
}

/// What is tried of a signal for some incidents, from the values at each of which anything was recorded and those at other times.
fn bounds(held: &Held, incidents: usize) -> Vec<Bound> {
    let Held { extremes, rest: (low, high) } = held;
    let mut found: Vec<Bound> = Vec::new();
    for extremes in extremes {
        let above = one_sided(extremes.iter().map(|(_, most)| *most).collect(), low.clone(), incidents);
        let turned = high.iter().map(|value| -value).collect();
        let below = one_sided(extremes.iter().map(|(least, _)| -least).collect(), turned, incidents);
        let below = below.into_iter().map(|found| Bound { value: -found.value, is_above: false, ..found });
        for bound in above.into_iter().chain(below) {
            let is_known = |it: &Bound| it.value == bound.value && it.is_above == bound.is_above;
            if !found.iter().any(is_known) {
                found.push(bound);
            }
        }
    }
    found
}

/// Of values that are bad when they are great: the bounds that tell them apart best.
fn one_sided(mut peaks: Vec<f64>, mut rest: Vec<f64>, incidents: usize) -> Vec<Bound> {
    peaks.sort_by(|a, b| b.total_cmp(a));
    rest.sort_by(f64::total_cmp);
    let bound = |(caught, peak): (usize, &f64)| {
        let below = rest.partition_point(|value| value < peak);
        let under = below.checked_sub(1).and_then(|at| rest.get(at)).copied();
        let value = between(under, *peak);
        let beyond = rest.len() - rest.partition_point(|other| *other <= value);
        let rest = beyond as f64 / rest.len().max(1) as f64;
        Bound { value, is_above: true, caught, rest }
    };
    let mut bounds: Vec<Bound> = (1..).zip(&peaks).map(bound).collect();
    // Of equal ones the one that most incidents reach.
    bounds.reverse();
    bounds.dedup_by(|next, kept| next.value == kept.value);
    bounds.retain(|bound| bound.score(incidents) > 0.0);
    bounds.sort_by(|a, b| b.score(incidents).total_cmp(&a.score(incidents)));
    bounds.truncate(BOUNDS_MAX);
    bounds
}

/// A short number between two, at least the lower one and below the upper one.
fn between(lower: Option<f64>, upper: f64) -> f64 {
    let lower = lower.unwrap_or(upper - upper.abs() / 10.0 - f64::MIN_POSITIVE);
    let middle = lower + (upper - lower) / 2.0;
    let short = (1..=9).filter_map(|digits| format!("{middle:.digits$e}").parse::<f64>().ok());
    short.into_iter().find(|short| lower <= *short && *short < upper).unwrap_or(lower)
}

#[cfg(test)]
mod tests {
    use super::super::series::Extremes;
    use super::*;

    fn best(extremes: &[Extremes], rest: &[f64]) -> Option<(f64, bool, usize)> {
        let held = Held { extremes: [Vec::new(), extremes.to_vec()], rest: (rest.to_vec(), rest.to_vec()) };
        let all = bounds(&held, extremes.len());
        let best = all.into_iter().reduce(|best, next| {
            if next.score(extremes.len()) > best.score(extremes.len()) { next } else { best }
        });
        best.map(|it| (it.value, it.is_above, it.caught))
    }

    #[test]
    fn the_bound_lies_between_the_incidents_and_the_rest() {
        let rest: Vec<f64> = (0..1_000).map(|at| 40.0 + f64::from(at % 10)).collect();
        assert_eq!(best(&[(45.0, 90.0), (40.0, 80.0), (41.0, 45.0)], &rest), Some((64.0, true, 2)));
        assert_eq!(best(&[(10.0, 45.0), (20.0, 44.0)], &rest), Some((30.0, false, 2)));
        assert_eq!(best(&[(41.0, 45.0)], &rest), None);
        assert_eq!(best(&[], &rest), None);
    }
}
