//! Few points for many samples, so that every spike still shows.

use heal_program::Timestamp;
use heal_telemetry::Sample;

/// A point of a line.
pub(crate) type Point = (Timestamp, f64);

/// Points of a strip, about: fewer samples are drawn as they are.
pub(crate) const POINTS_MAX: usize = 1_500;
/// Buckets over the whole axis; each keeps its smallest and its largest sample.
const OVERVIEW_BUCKETS: i64 = 350;
/// Buckets shared by the stretches that matter, so that zooming in shows more than the overview.
const FOCUS_BUCKETS: i64 = 350;
/// Stretches that get buckets of their own.
const FOCUS_MAX: usize = 24;
/// A line is broken at most this often: beyond, the breaks would be most of it.
const BREAKS_MAX: usize = 200;
/// Samples further apart than this many times the usual distance have a gap between them.
const GAP_FACTOR: i64 = 5;

/// The line through `samples` inside `domain`, finer inside the stretches of `focus`.
pub(crate) fn downsample(
    samples: &[Sample],
    domain: (Timestamp, Timestamp),
    focus: &[(Timestamp, Timestamp)],
) -> Vec<Vec<Point>> {
    let inside = samples
        .iter()
        .filter(|sample| sample.value.is_finite() && sample.at >= domain.0 && sample.at <= domain.1);
    let samples: Vec<Sample> = inside.copied().collect();
    let segments = segments(&samples, gap(&samples));
    if samples.len() <= POINTS_MAX {
        let points = |segment: &[Sample]| segment.iter().map(|sample| (sample.at, sample.value)).collect();
        return segments.into_iter().map(points).collect();
    }
    let bounds = bounds(domain, focus);
    segments.into_iter().map(|segment| extremes(segment, &bounds)).collect()
}

/// The distance beyond which samples are not joined.
fn gap(samples: &[Sample]) -> i64 {
    let mut distances: Vec<i64> =
        samples.iter().zip(samples.iter().skip(1)).map(|(left, right)| right.at.since(left.at).0).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).map_or(i64::MAX, |usual| usual.saturating_mul(GAP_FACTOR))
}

fn segments(samples: &[Sample], gap: i64) -> Vec<&[Sample]> {
    let mut segments: Vec<&[Sample]> = Vec::new();
    let mut rest = samples;
    while segments.len() < BREAKS_MAX {
        let broken =
            rest.iter().zip(rest.iter().skip(1)).position(|(left, right)| right.at.since(left.at).0 > gap);
        let Some((segment, after)) = broken.and_then(|position| rest.split_at_checked(position + 1)) else {
            break;
        };
        segments.push(segment);
        rest = after;
    }
    if !rest.is_empty() {
        segments.push(rest);
    }
    segments
}

/// Ends of buckets, ascending.
fn bounds(domain: (Timestamp, Timestamp), focus: &[(Timestamp, Timestamp)]) -> Vec<i64> {
    let mut bounds: Vec<i64> = ends(domain, OVERVIEW_BUCKETS).collect();
    let focus: Vec<_> = focus.iter().take(FOCUS_MAX).collect();
    let share = FOCUS_BUCKETS / i64::try_from(focus.len().max(1)).unwrap_or(1);
    for (start, end) in focus {
        let (start, end) = ((*start).max(domain.0), (*end).min(domain.1));
        if start < end {
            bounds.extend(ends((start, end), share));
        }
    }
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

fn ends(domain: (Timestamp, Timestamp), count: i64) -> impl Iterator<Item = i64> {
    let span = i128::from(domain.1.since(domain.0).0.max(1));
    (1..=count).map(move |step| {
        let offset = span * i128::from(step) / i128::from(count.max(1));
        domain.0.0.saturating_add(i64::try_from(offset).unwrap_or(i64::MAX))
    })
}

/// First the earlier, then the later of the smallest and the largest sample of each bucket.
fn extremes(segment: &[Sample], bounds: &[i64]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let mut rest = segment;
    while let Some(first) = rest.first() {
        let bucket = bounds.partition_point(|end| *end < first.at.0);
        let end = bounds.get(bucket).copied().unwrap_or(i64::MAX);
        let (own, after) = rest.split_at(rest.partition_point(|sample| sample.at.0 <= end).max(1));
        let low =
            own.iter().copied().reduce(|best, sample| if sample.value < best.value { sample } else { best });
        let high =
            own.iter().copied().reduce(|best, sample| if sample.value > best.value { sample } else { best });
        let mut pair: Vec<Point> =
            low.into_iter().chain(high).map(|sample| (sample.at, sample.value)).collect();
        pair.sort_by_key(|(at, _)| *at);
        pair.dedup();
        points.extend(pair);
        rest = after;
    }
    points
}
