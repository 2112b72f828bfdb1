//! Near names: what a misspelt one was meant to be.

/// The candidate nearest to `name`, if one is near enough to have been meant: at most one edit in three characters,
/// a swap of neighbours counting as one, and capitals aside. Of equally near ones the first in the alphabet.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name_lower = name.to_lowercase();
    let letters = Letters::of(&name_lower);
    let distance_max = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && letters.distance_min(candidate) <= distance_max)
        .map(|candidate| (strsim::osa_distance(&name_lower, &candidate.to_lowercase()), candidate))
        // Of a name of one or two letters everything is near.
        .filter(|(distance, candidate)| *distance <= distance_max && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// How often each letter stands in a name. One edit changes one letter and a swap none, so names that have few letters
/// in common are far from each other: that is told at a fraction of what their distance costs, and nearly all are.
struct Letters {
    counts: [u8; 128],
    /// Of the name; none where it is not ASCII, or has more letters than are counted.
    length: Option<usize>,
}

impl Letters {
    fn of(name: &str) -> Letters {
        let mut counts = [0_u8; 128];
        for byte in name.bytes() {
            if let Some(count) = counts.get_mut(usize::from(byte)) {
                *count = count.saturating_add(1);
            }
        }
        let is_counted = name.is_ascii() && name.len() <= usize::from(u8::MAX);
        Letters { counts, length: is_counted.then_some(name.len()) }
    }

    /// The least that the distance to a candidate can be.
    fn distance_min(&self, candidate: &str) -> usize {
        let Some(length) = self.length else { return 0 };
        let mut counts = self.counts;
        let (mut shared, mut others) = (0, 0);
        for byte in candidate.bytes() {
            match counts.get_mut(usize::from(byte.to_ascii_lowercase())) {
                None => return 0,
                Some(0) => others += 1,
                Some(count) => {
                    *count -= 1;
                    shared += 1;
                }
            }
        }
        others.max(length - shared)
    }
}
