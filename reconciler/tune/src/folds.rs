//! Blocks of time: telemetry is a series, so what was found in the past is judged by what came later, and never the other
//! way round.

use heal_program::{Millis, Timestamp};

use crate::cost::Span;

/// A contiguous block of time that cuts through no incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fold {
    /// Where it stands. The blocks of a recording follow each other without a gap.
    pub(crate) span: Span,
    /// From when on it judges what was found before it: what windows see right after its beginning is the block before.
    pub(crate) judged_from: Timestamp,
}

/// Divides a recording into at most `folds_max` blocks with as equal a number of incidents each as may be.
///
/// A boundary lies in the middle of the quiet between two incidents; incidents that overlap stay together, so there may be
/// fewer blocks. `look_back` is how far the windows of what is tuned look back: for so long after its beginning a block
/// judges nothing, or for half of the quiet before its first incident where that is shorter, so that none is lost.
pub(crate) fn folds(
    incidents: &[(Timestamp, Timestamp)],
    recording: Span,
    folds_max: usize,
    look_back: Millis,
) -> Vec<Fold> {
    let clusters = clusters(incidents);
    let total: usize = clusters.iter().map(|cluster| cluster.count).sum();
    let wanted = folds_max.min(clusters.len());
    let mut folds = Vec::new();
    let (mut from, mut judged_from) = (recording.from, recording.from);
    let (mut before, mut in_blocks) = (0, 0);
    for (at, pair) in clusters.windows(2).enumerate() {
        let [cluster, next] = pair else { continue };
        before += cluster.count;
        in_blocks += 1;
        let made = folds.len() + 1;
        let left = clusters.len() - at - 1;
        let has_its_share = before * wanted >= made * total && in_blocks > 0;
        let must_end = left <= wanted.saturating_sub(made);
        if made >= wanted || !(has_its_share || must_end) {
            continue;
        }
        in_blocks = 0;
        let quiet = next.start.since(cluster.end).0;
        let boundary = cluster.end.plus(Millis(quiet.saturating_add(1) / 2));
        folds.push(Fold { span: Span { from, until: boundary }, judged_from });
        let half = Millis(next.start.since(boundary).0 / 2);
        (from, judged_from) = (boundary, boundary.plus(look_back.min(half)));
    }
    folds.push(Fold { span: Span { from, until: recording.until }, judged_from });
    folds
}

/// Incidents that no time separates.
struct Cluster {
    start: Timestamp,
    end: Timestamp,
    count: usize,
}

fn clusters(incidents: &[(Timestamp, Timestamp)]) -> Vec<Cluster> {
    let mut sorted = incidents.to_vec();
    sorted.sort_unstable();
    let mut clusters: Vec<Cluster> = Vec::new();
    for (start, end) in sorted {
        match clusters.last_mut().filter(|last| start <= last.end) {
            Some(last) => {
                last.end = last.end.max(end);
                last.count += 1;
            }
            None => clusters.push(Cluster { start, end, count: 1 }),
        }
    }
    clusters
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: Span = Span { from: Timestamp(0), until: Timestamp(1_001) };

    fn check(incidents: &[(i64, i64)], folds_max: usize, look_back: i64) -> Vec<(i64, i64, i64)> {
        let incidents: Vec<_> =
            incidents.iter().map(|(start, end)| (Timestamp(*start), Timestamp(*end))).collect();
        let folds = folds(&incidents, WHOLE, folds_max, Millis(look_back));
        folds.iter().map(|fold| (fold.span.from.0, fold.judged_from.0, fold.span.until.0)).collect()
    }

    #[test]
    fn boundaries_lie_in_the_middle_of_the_quiet_between_incidents() {
        let incidents = [(100, 200), (400, 500), (900, 950)];
        assert_eq!(check(&incidents, 3, 10), [(0, 0, 300), (300, 310, 700), (700, 710, 1_001)]);
        assert_eq!(check(&incidents, 1, 10), [(0, 0, 1_001)]);
        assert_eq!(check(&[], 5, 10), [(0, 0, 1_001)]);
    }

    #[test]
    fn a_look_back_longer_than_the_quiet_costs_no_incident() {
        let incidents = [(100, 200), (400, 500), (900, 950)];
        assert_eq!(check(&incidents, 3, 5_000), [(0, 0, 300), (300, 350, 700), (700, 800, 1_001)]);
    }

    #[test]
    fn incidents_that_overlap_stay_together_and_blocks_have_their_share() {
        assert_eq!(check(&[(100, 300), (200, 400), (300, 310), (600, 700)], 4, 0).len(), 2);
        let eight: Vec<(i64, i64)> = (0..8).map(|at| (at * 100 + 10, at * 100 + 20)).collect();
        let starts: Vec<i64> = check(&eight, 4, 0).iter().map(|(from, _, _)| *from).collect();
        assert_eq!(starts, [0, 165, 365, 565]);
    }

    proptest! {
        #[test]
        fn blocks_cover_the_recording_and_cut_through_no_incident(
            incidents in prop::collection::vec((1_i64..900, 0_i64..100), 0..20),
            folds_max in 1_usize..8,
            look_back in 0_i64..500,
        ) {
            let incidents: Vec<(i64, i64)> =
                incidents.into_iter().map(|(start, length)| (start, start + length)).collect();
            let folds = check(&incidents, folds_max, look_back);
            prop_assert!(folds.len() <= folds_max.max(1));
            prop_assert_eq!((folds[0].0, folds[folds.len() - 1].2), (0, 1_001));
            for pair in folds.windows(2) {
                prop_assert_eq!(pair[0].2, pair[1].0);
            }
            for (from, judged_from, until) in &folds {
                prop_assert!(from <= judged_from && judged_from < until);
                for (start, end) in &incidents {
                    let inside = from <= start && start < until;
                    prop_assert!(!inside || end < until, "an incident is cut");
                    prop_assert!(!inside || judged_from <= start, "an incident is in no block's judgement");
                }
            }
            let counts: Vec<usize> = folds.iter()
                .map(|(from, _, until)| incidents.iter().filter(|(start, _)| from <= start && start < until).count())
                .collect();
            prop_assert!(folds.len() == 1 || counts.iter().all(|count| *count > 0), "{:?}", counts);
        }
    }
}
