//! Ids of differences: hashes of their content.

use std::collections::BTreeMap;

use heal_program::SemanticHash;

use super::Difference;
use crate::Moment;

/// Digits of an id that people type. Two differences that share them get all digits.
const DIGITS: usize = 8;

/// Gives each difference its id.
pub(super) fn name(differences: &mut [Difference]) {
    let full = unlike(differences);
    let mut uses: BTreeMap<String, u32> = BTreeMap::new();
    for id in &full {
        *uses.entry(short(id)).or_default() += 1;
    }
    for (difference, id) in differences.iter_mut().zip(full) {
        let short = short(&id);
        difference.id = if uses.get(&short) == Some(&1) { short } else { id };
    }
}

/// A hash of each difference that no other one has. One rung may be held back by several guards at one time, in either
/// course: then what is said of it tells which, and of equals their order.
fn unlike(differences: &[Difference]) -> Vec<String> {
    let mut hashes: Vec<SemanticHash> = differences.iter().map(hash).collect();
    let mut places: BTreeMap<SemanticHash, Vec<usize>> = BTreeMap::new();
    for (place, hash) in hashes.iter().enumerate() {
        places.entry(*hash).or_default().push(place);
    }
    for (hash, places) in places.into_iter().filter(|(_, places)| places.len() > 1) {
        let mut times: BTreeMap<&str, u32> = BTreeMap::new();
        for place in places {
            let detail =
                differences.get(place).map(|difference| difference.detail.as_str()).unwrap_or_default();
            let time = times.entry(detail).or_default();
            if let Some(own) = hashes.get_mut(place) {
                *own = SemanticHash::of([hash.0.as_slice(), detail.as_bytes(), &time.to_le_bytes()]);
            }
            *time += 1;
        }
    }
    hashes.iter().map(SemanticHash::to_string).collect()
}

fn short(id: &str) -> String {
    id.chars().take(DIGITS).collect()
}

/// Names of revisions are no content: the same change on another branch has the same ids.
fn hash(difference: &Difference) -> SemanticHash {
    let mut parts: Vec<Vec<u8>> = vec![
        format!("{:?}", difference.kind).into_bytes(),
        difference.item.clone().into_bytes(),
        difference.subject.clone().unwrap_or_default().into_bytes(),
        moment(difference.base.as_ref()),
        moment(difference.head.as_ref()),
    ];
    if difference.base.is_none() && difference.head.is_none() {
        parts.push(difference.detail.clone().into_bytes());
    }
    for (label, value) in &difference.labels {
        parts.push(label.clone().into_bytes());
        parts.push(value.clone().into_bytes());
    }
    SemanticHash::of(parts.iter().map(Vec::as_slice))
}

fn moment(moment: Option<&Moment>) -> Vec<u8> {
    moment
        .map(|moment| {
            format!("{} {:?} {}", moment.start.0, moment.end.map(|end| end.0), moment.id).into_bytes()
        })
        .unwrap_or_default()
}
