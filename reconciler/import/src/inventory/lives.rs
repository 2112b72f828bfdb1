//! What lived when, and how many that makes of each group.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::Timestamp;
use heal_telemetry::{Inventory, Labels, LivedEntity, without_repeats};

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
    /// The units of those fields that are numbers.
    pub units: Labels,
    /// Since when; none: it lived before anything was recorded.
    pub since: Option<Timestamp>,
    /// From when on it lives no longer; none: it outlives what is recorded.
    pub until: Option<Timestamp>,
}

/// Entities, none of which lives twice at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lives {
    all: Vec<Life>,
    /// The fields that tell one from another, for each kind where not all do.
    keys: BTreeMap<String, Vec<String>>,
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
fn twice((entity, key): &(&str, Labels), same: &[&Life], has_key: bool) -> Option<(u64, String)> {
    // Of spans in the order of their beginnings some overlap only where two beside each other do.
    let pairs = same.iter().zip(same.iter().skip(1));
    let overlaps = |(one, next): &(&&Life, &&Life)| {
        one.until.is_none_or(|until| next.since.is_none_or(|since| since < until))
    };
    let lines = pairs.filter(overlaps).map(|(one, next)| (one.line.max(next.line), one.line.min(next.line)));
    let (line, other) = lines.min()?;
    let names: Vec<&str> = key.values().map(String::as_str).collect();
    let reason = format!(
        "`{entity} {}` lives already, by line {other}: give it `since` and the other one `until`, or {}",
        names.join("/"),
        if has_key { "where it has changed, a later `since`" } else { "tell them apart by a field" }
    );
    Some((line, reason))
}

/// Of an entity with a key, a row with a later `since` says how it changed: the one before it, without `until`, holds until
/// then. `all` are sorted by since and line.
fn end_where_changed<'k>(all: &mut [Life], keys: &dyn Fn(&str) -> Option<&'k [String]>) {
    let mut next: BTreeMap<(String, Labels), Option<Timestamp>> = BTreeMap::new();
    for life in all.iter_mut().rev() {
        let Some(own) = keys(&life.entity) else { continue };
        let key = (life.entity.clone(), life.split(Some(own)).0);
        let later = next.insert(key, life.since);
        if life.until.is_none()
            && let Some(Some(later)) = later
            && life.since.is_none_or(|since| since < later)
        {
            life.until = Some(later);
        }
    }
}

impl Life {
    /// The fields of its key, which are all where none is said, and its other fields.
    fn split(&self, keys: Option<&[String]>) -> (Labels, Labels) {
        let own = self.fields.iter().map(|(field, value)| (field.clone(), value.clone()));
        own.partition(|(field, _)| keys.is_none_or(|keys| keys.contains(field)))
    }

    /// From when to when it lived within a span; none where it did not, and until none where it outlives it.
    fn within(&self, start: Timestamp, end: Timestamp) -> Option<(Timestamp, Option<Timestamp>)> {
        let since = self.since.map_or(start, |since| since.max(start));
        let is_outside = since > end || self.until.is_some_and(|until| until <= start);
        (!is_outside).then(|| (since, self.until.filter(|until| *until <= end)))
    }
}

impl Lives {
    /// Entities that are told from each other by the `keys` of their kind, by all of their fields where there are none.
    pub(super) fn of<'k>(
        mut all: Vec<Life>,
        keys: &dyn Fn(&str) -> Option<&'k [String]>,
        per: &[Vec<String>],
    ) -> Result<Lives, ImportError> {
        all.sort_by_key(|life| (life.since, life.line));
        end_where_changed(&mut all, keys);
        let mut known: BTreeMap<(&str, Labels), Vec<&Life>> = BTreeMap::new();
        for life in &all {
            known.entry((&life.entity, life.split(keys(&life.entity)).0)).or_default().push(life);
        }
        let mut wrong = known.iter().filter_map(|(key, same)| twice(key, same, keys(key.0).is_some()));
        if let Some((line, reason)) = wrong.by_ref().min() {
            return Err(ImportError::at_line("", line, reason));
        }
        let mut of_kinds: BTreeMap<String, BTreeSet<Vec<String>>> = BTreeMap::new();
        for life in &all {
            let own = of_kinds.entry(life.entity.clone()).or_default();
            own.insert(Vec::new());
            if per.is_empty() {
                let texts = life.fields.keys().filter(|field| !life.units.contains_key(*field));
                own.extend(texts.map(|field| vec![field.clone()]));
            } else {
                own.extend(per.iter().cloned());
            }
        }
        let own = |kind: &String| Some((kind.clone(), keys(kind)?.to_vec()));
        let keys = of_kinds.keys().filter_map(own).collect();
        Ok(Lives { all, keys, per: of_kinds })
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

    /// What they were from `start` to `end`.
    #[must_use]
    pub fn lived(&self, start: Timestamp, end: Timestamp) -> Vec<LivedEntity> {
        let within = self.all.iter().filter_map(|life| {
            let (since, until) = life.within(start, end)?;
            let (key, fields) = life.split(self.keys.get(&life.entity).map(Vec::as_slice));
            let is_field = |(field, _): &(&String, &String)| fields.contains_key(*field);
            let units = life.units.iter().filter(is_field);
            let units = units.map(|(field, unit)| (field.clone(), unit.clone())).collect();
            Some(LivedEntity { since, entity: life.entity.clone(), key, fields, units, until })
        });
        without_repeats(within)
    }

    /// How many lived from `start` to `end`: of each group at `start`, and whenever that changes.
    #[must_use]
    pub fn counted(&self, start: Timestamp, end: Timestamp) -> Counted {
        // By kind and group: how many more or fewer there are from a time on.
        let mut changes: BTreeMap<(&String, Labels), BTreeMap<Timestamp, i64>> = BTreeMap::new();
        let mut outside = 0;
        for life in &self.all {
            let Some((since, until)) = life.within(start, end) else {
                outside += 1;
                continue;
            };
            for fields in self.per.get(&life.entity).into_iter().flatten() {
                let value = |field: &String| Some((field.clone(), life.fields.get(field)?.clone()));
                // One without a field is in no group by it.
                let Some(group) = fields.iter().map(value).collect::<Option<Labels>>() else { continue };
                let of_group = changes.entry((&life.entity, group)).or_default();
                *of_group.entry(since).or_default() += 1;
                if let Some(until) = until {
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
