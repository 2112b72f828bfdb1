//! What an inventory counts: of which entities, by what, and how many there were.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{Inventory, Labels};

/// Counts of one kind of entity by the same fields.
pub(super) struct Counts<'i> {
    pub(super) entity: &'i str,
    /// The fields; none: over all.
    pub(super) by: Vec<&'i str>,
    /// How many groups there are.
    pub(super) groups: usize,
    /// The fewest and the most of any of them at any time.
    pub(super) live: (u64, u64),
}

/// Groups, and the fewest and the most of any of them.
type Counted<'i> = (BTreeSet<&'i Labels>, u64, u64);

/// What was counted, by entity and fields.
pub(super) fn counts(inventory: &[Inventory]) -> Vec<Counts<'_>> {
    let mut all: BTreeMap<(&str, Vec<&str>), Counted<'_>> = BTreeMap::new();
    for row in inventory {
        let by = row.group.keys().map(String::as_str).collect();
        let (groups, least, most) =
            all.entry((&row.entity, by)).or_insert_with(|| (BTreeSet::new(), row.live, row.live));
        groups.insert(&row.group);
        (*least, *most) = ((*least).min(row.live), (*most).max(row.live));
    }
    let one = |((entity, by), (groups, least, most)): ((_, _), Counted<'_>)| Counts {
        entity,
        by,
        groups: groups.len(),
        live: (least, most),
    };
    all.into_iter().map(one).collect()
}

impl Counts<'_> {
    /// As people read it: kind, fields, groups, how many lived.
    pub(super) fn row(&self) -> [String; 4] {
        let by = if self.by.is_empty() { "-".to_owned() } else { self.by.join(", ") };
        let live = match self.live {
            (least, most) if least == most => most.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        [self.entity.to_owned(), by, self.groups.to_string(), live]
    }

    pub(super) fn json(&self) -> Value {
        let (least, most) = self.live;
        json!({ "entity": self.entity, "by": self.by, "groups": self.groups, "live_min": least, "live_max": most })
    }
}
