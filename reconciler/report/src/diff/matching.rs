//! Which firing of head is which firing of base.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::Labels;
use heal_program::{Millis, Timestamp};

use crate::Firing;

/// Two firings that do not overlap are the same only where no more than this lies between them.
const GAP_MAX: Millis = Millis::from_minutes(60);

/// A firing of base and its counterpart of head; at least one is there.
pub(super) type Matched<'a> = (Option<&'a Firing>, Option<&'a Firing>);

/// Matches firings of one detector, key by key: those that begin together, then those that overlap, then the nearest
/// ones. Each firing is matched once. In order of time.
pub(super) fn match_firings<'a>(base: &'a [Firing], head: &'a [Firing], end: Timestamp) -> Vec<Matched<'a>> {
    let mut groups: BTreeMap<Labels, (Vec<&Firing>, Vec<&Firing>)> = BTreeMap::new();
    for firing in base {
        groups.entry(sorted(&firing.labels)).or_default().0.push(firing);
    }
    for firing in head {
        groups.entry(sorted(&firing.labels)).or_default().1.push(firing);
    }
    let mut matched: Vec<Matched<'a>> =
        groups.into_values().flat_map(|(base, head)| match_group(&base, &head, end)).collect();
    matched.sort_by_key(|(base, head)| {
        let first = head.or(*base);
        first.map(|firing| (firing.start, sorted(&firing.labels), firing.id))
    });
    matched
}

fn match_group<'a>(base: &[&'a Firing], head: &[&'a Firing], end: Timestamp) -> Vec<Matched<'a>> {
    let mut candidates = Vec::new();
    for (position, before) in base.iter().enumerate() {
        // Firings of one key do not overlap each other, so both ends ascend and the search may stop at the first
        // one that lies too far back.
        let reach = ended(before, end).plus(GAP_MAX);
        let until = head.partition_point(|after| after.start <= reach);
        for (other, after) in head.iter().enumerate().take(until).rev() {
            let gap = gap(before, after, end);
            if gap > GAP_MAX {
                break;
            }
            let distance = after.start.since(before.start).0.saturating_abs();
            candidates.push((distance != 0, gap > Millis::ZERO, distance, position, other));
        }
    }
    candidates.sort_unstable();
    let (mut taken_base, mut taken_head) = (BTreeSet::new(), BTreeSet::new());
    let mut matched = Vec::new();
    for (_, _, _, position, other) in candidates {
        if !taken_base.contains(&position) && !taken_head.contains(&other) {
            taken_base.insert(position);
            taken_head.insert(other);
            matched.push((base.get(position).copied(), head.get(other).copied()));
        }
    }
    let left = base.iter().enumerate().filter(|(position, _)| !taken_base.contains(position));
    matched.extend(left.map(|(_, firing)| (Some(*firing), None)));
    let right = head.iter().enumerate().filter(|(position, _)| !taken_head.contains(position));
    matched.extend(right.map(|(_, firing)| (None, Some(*firing))));
    matched
}

/// The time that lies between two firings; zero where they touch or overlap.
fn gap(left: &Firing, right: &Firing, end: Timestamp) -> Millis {
    let after = right.start.since(ended(left, end));
    let before = left.start.since(ended(right, end));
    after.max(before).max(Millis::ZERO)
}

fn ended(firing: &Firing, recording_end: Timestamp) -> Timestamp {
    firing.end.unwrap_or(recording_end.max(firing.start))
}

fn sorted(labels: &Labels) -> Labels {
    let mut labels = labels.clone();
    labels.sort();
    labels
}
