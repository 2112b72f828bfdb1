//! A series as a function of time.

use std::f64::consts::TAU;

use heal_program::{
    Millis,
    scenario::{Segment, Shape},
};

/// The course of a series from its beginning on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Course {
    stretches: Vec<Stretch>,
}

/// A segment with where it stands and the value that it begins with.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    from: Millis,
    /// Its end, exclusive; none: it goes on.
    to: Option<Millis>,
    begins_with: f64,
    shape: Shape,
}

impl Course {
    /// The course of segments one after the other; the first may go on from the value `base`.
    pub(crate) fn new(segments: &[Segment], base: f64) -> Course {
        let (mut from, mut value) = (Millis::ZERO, base);
        let mut stretches = Vec::new();
        for Segment { shape, span } in segments {
            let to = span.map(|span| Millis(from.0.saturating_add(span.0)));
            let stretch = Stretch { from, to, begins_with: value, shape: shape.clone() };
            value = stretch.ends_with(span.unwrap_or_default());
            stretches.push(stretch);
            from = to.unwrap_or(Millis(i64::MAX));
        }
        Course { stretches }
    }

    /// The value at a time after the beginning; none where there is no sample.
    pub(crate) fn value(&self, elapsed: Millis) -> Option<f64> {
        let at = self.stretches.partition_point(|stretch| stretch.from <= elapsed).checked_sub(1)?;
        let stretch = self.stretches.get(at).filter(|it| it.to.is_none_or(|to| elapsed < to))?;
        stretch.value(Millis(elapsed.0.saturating_sub(stretch.from.0)))
    }

    /// The value at a time, or else the last one before it: what another course goes on from.
    pub(crate) fn last_value(&self, elapsed: Millis) -> f64 {
        let at = self.stretches.partition_point(|stretch| stretch.from <= elapsed).checked_sub(1);
        let Some(stretch) = at.and_then(|at| self.stretches.get(at)) else { return 0.0 };
        let inside = stretch.to.map_or(elapsed, |to| elapsed.min(to));
        stretch.ends_with(Millis(inside.0.saturating_sub(stretch.from.0)))
    }

    /// When it ends; none: it goes on.
    pub(crate) fn end(&self) -> Option<Millis> {
        self.stretches.last().map_or(Some(Millis::ZERO), |stretch| stretch.to)
    }

    /// Where its last stretch begins: something is meant to be seen up to there at least.
    pub(crate) fn last_turn(&self) -> Millis {
        self.stretches.last().map_or(Millis::ZERO, |stretch| stretch.from)
    }
}

impl Stretch {
    fn value(&self, elapsed: Millis) -> Option<f64> {
        match &self.shape {
            Shape::Missing => None,
            Shape::Values(values) => values.get(self.position(elapsed, values.len())).copied().flatten(),
            Shape::Steady(_) | Shape::Slope(_) | Shape::To(_) | Shape::Wave { .. } => {
                Some(self.ends_with(elapsed))
            }
        }
    }

    /// Which of `count` values, spread evenly, holds at a time.
    fn position(&self, elapsed: Millis, count: usize) -> usize {
        let span = self.to.map_or(1, |to| to.0.saturating_sub(self.from.0)).max(1);
        let count = i128::try_from(count).unwrap_or(i128::MAX);
        usize::try_from(i128::from(elapsed.0).saturating_mul(count) / i128::from(span)).unwrap_or(usize::MAX)
    }

    /// The value so long after its beginning, if it lasts that long, and the last known one where there is none.
    fn ends_with(&self, elapsed: Millis) -> f64 {
        match &self.shape {
            Shape::Steady(value) => *value,
            Shape::Slope(slope) => self.begins_with + slope * elapsed.as_seconds(),
            Shape::To(value) => {
                let span = self.to.map_or(Millis::ZERO, |to| Millis(to.0.saturating_sub(self.from.0)));
                if elapsed >= span {
                    return *value;
                }
                self.begins_with + (value - self.begins_with) * (elapsed.as_seconds() / span.as_seconds())
            }
            Shape::Wave { low, high, every } => {
                let every = every.0.max(1);
                let part = elapsed.0.rem_euclid(every) as f64 / every as f64;
                low + (high - low) * (1.0 - (TAU * part).cos()) / 2.0
            }
            Shape::Missing => self.begins_with,
            Shape::Values(values) => {
                let seen = self.position(elapsed, values.len()).saturating_add(1).min(values.len());
                let last = values.iter().take(seen).rev().flatten().next();
                last.copied().unwrap_or(self.begins_with)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minutes(count: i64) -> Millis {
        Millis::from_minutes(count)
    }

    fn segment(shape: Shape, span: Option<i64>) -> Segment {
        Segment { shape, span: span.map(minutes) }
    }

    fn shown(segments: &[Segment], at: &[i64]) -> Vec<Option<f64>> {
        let course = Course::new(segments, 0.0);
        at.iter().map(|at| course.value(minutes(*at))).collect()
    }

    #[test]
    fn stretches_go_on_from_each_other() {
        let segments = [
            segment(Shape::Steady(200.0), Some(60)),
            segment(Shape::Slope(1.0), Some(2)),
            segment(Shape::Missing, Some(10)),
            segment(Shape::To(200.0), Some(12)),
            segment(Shape::Steady(7.0), None),
        ];
        let expected = [Some(200.0), Some(200.0), Some(260.0), None, Some(320.0), Some(260.0), Some(7.0)];
        assert_eq!(shown(&segments, &[0, 60, 61, 62, 72, 78, 84]), expected);
        assert_eq!(shown(&segments, &[1_000_000]), [Some(7.0)]);
    }

    #[test]
    fn a_series_that_has_ended_has_no_samples() {
        assert_eq!(shown(&[segment(Shape::Steady(1.0), Some(5))], &[4, 5, 6]), [Some(1.0), None, None]);
    }

    #[test]
    fn a_wave_goes_up_and_comes_back() {
        let wave = Shape::Wave { low: 10.0, high: 30.0, every: minutes(4) };
        let values = shown(&[segment(wave, None)], &[0, 1, 2, 3, 4]);
        let expected = [10.0, 20.0, 30.0, 20.0, 10.0];
        let near =
            |(value, expected): (&Option<f64>, f64)| value.is_some_and(|it| (it - expected).abs() < 1e-9);
        assert!(values.iter().zip(expected).all(near), "{values:?}");
    }

    #[test]
    fn values_stand_one_a_sample_and_the_last_one_is_what_goes_on() {
        let values = Shape::Values(vec![Some(1.0), None, Some(3.0), None]);
        let segments = [segment(values, Some(4)), segment(Shape::Slope(0.0), None)];
        assert_eq!(shown(&segments, &[0, 1, 2, 3, 4]), [Some(1.0), None, Some(3.0), None, Some(3.0)]);
        assert_eq!(Course::new(&segments, 0.0).last_value(minutes(1)), 1.0);
    }

    proptest! {
        #[test]
        fn any_course_has_a_value_or_none_everywhere(
            spans in proptest::collection::vec((0_u8..6, proptest::option::of(0_i64..i64::MAX)), 0..6),
            at in proptest::collection::vec(0_i64..i64::MAX, 0..10),
        ) {
            let shape = |kind| match kind {
                0 => Shape::Steady(1.0),
                1 => Shape::Slope(2.0),
                2 => Shape::To(3.0),
                3 => Shape::Wave { low: 0.0, high: 1.0, every: Millis(7) },
                4 => Shape::Missing,
                _ => Shape::Values(vec![Some(1.0), None]),
            };
            let segments: Vec<Segment> = spans
                .iter()
                .map(|(kind, span)| Segment { shape: shape(*kind), span: span.map(Millis) })
                .collect();
            let course = Course::new(&segments, 5.0);
            for at in at {
                let value = course.value(Millis(at));
                prop_assert!(value.is_none() || !segments.is_empty());
                let _ = course.last_value(Millis(at));
            }
        }
    }
}
