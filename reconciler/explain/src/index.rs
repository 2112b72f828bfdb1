//! Ids: what each of them stands for, and which one a beginning means.

use std::{cmp::Reverse, collections::BTreeMap};

use heal_program::SemanticHash;
use heal_report::{Identified, Part};

use crate::times::{for_key, instant};

/// Digits that two ids must share for one to be proposed for the other.
const NEAR_DIGITS: usize = 2;
/// Most ids that are proposed.
const NEAR_MAX: usize = 6;

/// An id, or the beginning of one, that is looked for in what the groups of a program did. Nothing is held but what begins
/// so and what is near.
#[derive(Clone, Debug)]
pub struct Sought {
    /// As it was asked for.
    text: String,
    /// In small letters.
    wanted: Vec<u8>,
    /// The first of those that begin so.
    begin: BTreeMap<SemanticHash, Known>,
    /// Those that share the most digits, and the first by their ids.
    near: BTreeMap<(Reverse<usize>, SemanticHash), String>,
}

/// Something that has an id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    /// What, in a few words: `run restart of heal_checkout for cart, 2026-10-12 03:14 UTC`.
    pub(crate) what: String,
    /// The firing, or event, that it is about.
    pub(crate) firing: SemanticHash,
    /// The place of the group that did it.
    pub(crate) group: usize,
}

/// What a beginning of an id means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meant {
    /// One thing.
    One(SemanticHash, Known),
    /// Several that begin so, each with its id.
    Several(Vec<String>),
    /// Nothing; these are near.
    Nothing(Vec<String>),
}

impl Sought {
    /// Looks for an id by its beginning.
    #[must_use]
    pub fn of(text: &str) -> Sought {
        let wanted = text.to_ascii_lowercase().into_bytes();
        Sought { text: text.to_owned(), wanted, begin: BTreeMap::new(), near: BTreeMap::new() }
    }

    /// As it was asked for.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Looks among what the group at a place did.
    pub fn look(&mut self, group: usize, part: &Part) {
        part.each_id(|it| self.take(group, it));
    }

    fn take(&mut self, group: usize, it: Identified<'_>) {
        let shared = self.shared(it.id);
        let what = || format!("{}, {}", for_key(&it.what.to_string(), it.labels), instant(it.at));
        if shared == self.wanted.len() {
            // The first of several is known, and that there are several.
            let is_among = |last: &SemanticHash| it.id < *last;
            if self.begin.len() <= NEAR_MAX || self.begin.keys().next_back().is_some_and(is_among) {
                let known = || Known { what: what(), firing: it.firing, group };
                self.begin.entry(it.id).or_insert_with(known);
                if self.begin.len() > NEAR_MAX + 1 {
                    self.begin.pop_last();
                }
            }
        } else if shared >= NEAR_DIGITS && self.begin.is_empty() {
            // An event has stood for itself before it stands among detections as its own firing.
            let last = self.near.keys().next_back().filter(|_| self.near.len() >= NEAR_MAX);
            if last.is_none_or(|(Reverse(least), _)| shared >= *least) {
                self.near.entry((Reverse(shared), it.id)).or_insert_with(|| line(it.id, &what(), 0));
                if self.near.len() > NEAR_MAX {
                    self.near.pop_last();
                }
            }
        }
    }

    /// How many digits an id shares with what is looked for.
    fn shared(&self, id: SemanticHash) -> usize {
        let digits = id.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let digit = |digit: u8| if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        digits.zip(&self.wanted).take_while(|(own, wanted)| digit(*own) == **wanted).count()
    }

    /// What it means.
    pub(crate) fn meant(&self) -> Meant {
        let mut begin = self.begin.iter();
        match (begin.next(), begin.next()) {
            (Some((id, known)), None) if !self.wanted.is_empty() => Meant::One(*id, known.clone()),
            (None, _) => Meant::Nothing(self.near.values().cloned().collect()),
            (Some(_), _) => {
                let digits = self.wanted.len().saturating_add(4);
                let several = self.begin.iter().take(NEAR_MAX);
                Meant::Several(several.map(|(id, known)| line(*id, &known.what, digits)).collect())
            }
        }
    }
}

fn line(id: SemanticHash, what: &str, digits: usize) -> String {
    let short: String = id.to_string().chars().take(digits.max(id.short().len())).collect();
    format!("{short}  {what}")
}

#[cfg(test)]
mod tests {
    use heal_engine::Labels;
    use heal_program::Timestamp;
    use heal_report::What;

    use super::*;

    #[test]
    fn an_event_is_proposed_once_and_as_an_event() {
        let (id, labels) = (SemanticHash([0xab; 16]), Labels::default());
        let it = |what| Identified { id, firing: id, what, labels: &labels, at: Timestamp(0) };
        let mut sought = Sought::of("abac");
        for what in [What::Other("event tick"), What::Firing("tick")] {
            sought.take(0, it(what));
        }
        let near = vec!["abababab  event tick, 1970-01-01 00:00 UTC".to_owned()];
        assert_eq!(sought.meant(), Meant::Nothing(near));
    }
}
