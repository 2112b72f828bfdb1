//! What lived when, and how many that makes of each group.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::Timestamp;
use heal_telemetry::{Inventory, Labels};

use crate::ImportError;

/// An entity for as long as it lived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// The line that says so.
    pub line: u64,
    /// Of which kind it is.
    pub entity: String,
    /// Its fields, those of its key among them.
    pub fields: Labels,
    /// Since when; none: it lived before anything was recorded.
    pub since: Option<Timestamp>,
    /// From when on it lives no longer; none: it outlives what is recorded.
    pub until: Option<Timestamp>,
}

/// Entities, none of which lives twice at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lives {
    all: Vec<Life>,
    /// The fields by which is counted, for each kind.
    per: BTreeMap<String, BTreeSet<Vec<String>>>,
}

/// How many lived, within a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The counts, sorted by time, entity and group.
    pub rows: Vec<Inventory>,
    /// How many lived at no time of the span.
    pub outside: usize,
}

/// The first line of an entity that lives already, and what is wrong with it.
fn twice((entity, key): &(&str, Labels), same: &mut [&Life]) -> Option<(u64, String)> {
    same.sort_by_key(|life| (life.since, life.line));
    // Of spans in the order of their beginnings some overlap only where two beside each other do.
    let pairs = same.iter().zip(same.iter().skip(1));
    let overlaps = |(one, next): &(&&Life, &&Life)| {
        one.until.is_none_or(|until| next.since.is_none_or(|since| since < until))
    };
    let lines = pairs.filter(overlaps).map(|(one, next)| (one.line.max(next.line), one.line.min(next.line)));
    let (line, other) = lines.min()?;
    let names: Vec<&str> = key.values().map(String::as_str).collect();
    let reason = format!(
        "`{entity} {}` lives already, by line {other}: give it `since` and the other one `until`, or tell them apart by a \
         field",
        names.join("/")
    );
    Some((line, reason))
}

impl Lives {
    /// Entities that are told from each other by `keys`, by all of their fields where there are none.
    pub(super) fn of(
        mut all: Vec<Life>,
        keys: &[String],
        per: Vec<Vec<String>>,
    ) -> Result<Lives, ImportError> {
        let is_key = |field: &String| keys.is_empty() || keys.contains(field);
        let key = |life: &Life| -> Labels {
            let own = life.fields.iter().filter(|(field, _)| is_key(field));
            own.map(|(field, value)| (field.clone(), value.clone())).collect()
        };
        let mut known: BTreeMap<(&str, Labels), Vec<&Life>> = BTreeMap::new();
        for life in &all {
            known.entry((&life.entity, key(life))).or_default().push(life);
        }
        if let Some((line, reason)) = known.iter_mut().filter_map(|(key, same)| twice(key, same)).min() {
            return Err(ImportError::at_line("", line, reason));
        }
        let mut of_kinds: BTreeMap<String, BTreeSet<Vec<String>>> = BTreeMap::new();
        for life in &all {
            let own = of_kinds.entry(life.entity.clone()).or_default();
            own.insert(Vec::new());
            if per.is_empty() {
                own.extend(life.fields.keys().map(|field| vec![field.clone()]));
            } else {
                own.extend(per.iter().cloned());
            }
        }
        all.sort_by_key(|life| (life.since, life.line));
        Ok(Lives { all, per: of_kinds })
    }

    /// How many entities there are in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The kinds of entities.
    pub fn kinds(&self) -> impl Iterator<Item = &String> {
        self.per.keys()
    }

    /// How many lived from `start` to `end`: of each group at `start`, and whenever that changes.
    #[must_use]
    pub fn counted(&self, start: Timestamp, end: Timestamp) -> Counted {
        // By kind and group: how many more or fewer there are from a time on.
        let mut changes: BTreeMap<(&String, Labels), BTreeMap<Timestamp, i64>> = BTreeMap::new();
        let mut outside = 0;
        for life in &self.all {
            let since = life.since.map_or(start, |since| since.max(start));
            if since > end || life.until.is_some_and(|until| until <= start) {
                outside += 1;
                continue;
            }
            for fields in self.per.get(&life.entity).into_iter().flatten() {
                let value = |field: &String| Some((field.clone(), life.fields.get(field)?.clone()));
                // One without a field is in no group by it.
                let Some(group) = fields.iter().map(value).collect::<Option<Labels>>() else { continue };
                let of_group = changes.entry((&life.entity, group)).or_default();
                *of_group.entry(since).or_default() += 1;
                if let Some(until) = life.until.filter(|until| *until <= end) {
                    *of_group.entry(until).or_default() -= 1;
                }
            }
        }
        let mut rows = Vec::new();
        for ((entity, group), mut of_group) in changes {
            // Before the first of them there were none, which is known.
            of_group.entry(start).or_default();
            let (mut live, mut told) = (0_i64, None);
            for (at, change) in of_group {
                live += change;
                if told != Some(live) {
                    told = Some(live);
                    let (entity, group) = (entity.clone(), group.clone());
                    rows.push(Inventory { at, entity, group, live: live.unsigned_abs() });
                }
            }
        }
        rows.sort();
        Counted { rows, outside }
    }
}
