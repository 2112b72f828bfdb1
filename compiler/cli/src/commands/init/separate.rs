//! A threshold that tells the times of incidents from all others.

/// A threshold on the values of a signal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Threshold {
    /// The threshold.
    pub(super) value: f64,
    /// Whether values above it are bad, and not those below.
    pub(super) is_above: bool,
    /// At how many incidents a value lies beyond it.
    pub(super) caught: usize,
    /// Which part of all other values lies beyond it.
    pub(super) rest: f64,
}

impl Threshold {
    /// How well it tells them apart: 1 is perfect, 0 and less is useless.
    pub(super) fn score(&self, incidents: usize) -> f64 {
        self.caught as f64 / incidents.max(1) as f64 - 20.0 * self.rest
    }
}

/// The best threshold, from the least and greatest values at each incident and all other values.
pub(super) fn threshold(extremes: &[(f64, f64)], rest: &[f64]) -> Option<Threshold> {
    let above = one_sided(extremes.iter().map(|(_, most)| *most).collect(), rest.to_vec());
    let below =
        one_sided(extremes.iter().map(|(least, _)| -least).collect(), rest.iter().map(|it| -it).collect());
    let below = below.map(|found| Threshold { value: -found.value, is_above: false, ..found });
    let score = |found: &Threshold| found.score(extremes.len());
    let best = match (above, below) {
        (Some(above), Some(below)) if score(&below) > score(&above) => below,
        (Some(above), _) => above,
        (None, below) => below?,
    };
    (score(&best) > 0.0).then_some(best)
}

/// Of values that are bad when they are great.
fn one_sided(mut peaks: Vec<f64>, mut rest: Vec<f64>) -> Option<Threshold> {
    peaks.sort_by(|a, b| b.total_cmp(a));
    rest.sort_by(f64::total_cmp);
    let incidents = peaks.len();
    let thresholds = (1..).zip(&peaks).map(|(caught, peak)| {
        let below = rest.partition_point(|value| value < peak);
        let under = below.checked_sub(1).and_then(|at| rest.get(at)).copied();
        let value = between(under, *peak);
        let beyond = rest.len() - rest.partition_point(|other| *other <= value);
        let rest = beyond as f64 / rest.len().max(1) as f64;
        Threshold { value, is_above: true, caught, rest }
    });
    thresholds.max_by(|a, b| a.score(incidents).total_cmp(&b.score(incidents)))
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
    use super::*;

    #[test]
    fn the_threshold_lies_between_the_incidents_and_the_rest() {
        let rest: Vec<f64> = (0..1_000).map(|at| 40.0 + f64::from(at % 10)).collect();
        let above = threshold(&[(45.0, 90.0), (40.0, 80.0), (41.0, 45.0)], &rest);
        assert_eq!(above, Some(Threshold { value: 64.0, is_above: true, caught: 2, rest: 0.0 }));
        let below = threshold(&[(10.0, 45.0), (20.0, 44.0)], &rest);
        assert_eq!(below, Some(Threshold { value: 30.0, is_above: false, caught: 2, rest: 0.0 }));
        assert_eq!(threshold(&[(41.0, 45.0)], &rest), None);
        assert_eq!(threshold(&[], &rest), None);
    }
}
