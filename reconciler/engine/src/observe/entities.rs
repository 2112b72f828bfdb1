//! What is known of entities: which of them live, and their fields.

use std::collections::{BTreeMap, BTreeSet};

use heal_detection::Exact;
use heal_program::{Entity, Millis, Timestamp};
use serde::{Deserialize, Serialize};

use super::events::sweeps_again;
use crate::{FieldValue, Key, Labels, pairs};

/// All entities of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EntityState {
    /// By key.
    #[serde(with = "pairs")]
    pub(crate) records: BTreeMap<Key, Record>,
    /// How many live, as an inventory told it: by group, with the time from when on.
    #[serde(with = "pairs")]
    pub(crate) inventory: BTreeMap<Labels, (Timestamp, u64)>,
    /// When it was last looked for those of which nothing holds any more.
    #[serde(default)]
    swept: Option<Timestamp>,
    /// The fields that are told of for as long as there is anything: what was told of one holds until the next is told, or
    /// until the entity is gone. Only a world that knows all of its past says so, as a recording does; none: what was told holds
    /// as long as a reading does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) holding: Option<BTreeSet<String>>,
}

/// What is known of one entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// When it was last told to live.
    pub(crate) lived: Option<Timestamp>,
    /// Fields by name, each with the time when it was told.
    pub(crate) fields: BTreeMap<String, (Timestamp, HeldValue)>,
    /// When it was last told to be gone: nothing of before holds any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gone: Option<Timestamp>,
}

/// The value of a field, bit by bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum HeldValue {
    Number(Exact),
    Text(String),
    Texts(Vec<String>),
}

impl From<FieldValue> for HeldValue {
    fn from(value: FieldValue) -> HeldValue {
        match value {
            FieldValue::Number(number) => HeldValue::Number(Exact(number)),
            FieldValue::Text(text) => HeldValue::Text(text),
            FieldValue::Texts(texts) => HeldValue::Texts(texts),
        }
    }
}

impl EntityState {
    /// An entity lives, with these fields. What was told later already stays.
    pub(crate) fn take(
        &mut self,
        node: &Entity,
        key: Key,
        at: Timestamp,
        fields: BTreeMap<String, FieldValue>,
        lives: bool,
    ) {
        if !self.records.contains_key(&key) && self.records.len() >= keys_max(node) {
            self.forget_stale(node, at);
            if self.records.len() >= keys_max(node) {
                return;
            }
        }
        let record = self.records.entry(key).or_default();
        if lives {
            record.lived = record.lived.max(Some(at));
        }
        for (name, value) in fields {
            let is_older = record.fields.get(&name).is_some_and(|(told, _)| *told > at);
            if !is_older {
                record.fields.insert(name, (at, value.into()));
            }
        }
    }

    /// An entity lives no longer. What is told of it at that time or later is told of one that lives again.
    pub(crate) fn end(&mut self, key: &Key, at: Timestamp) {
        if let Some(record) = self.records.get_mut(key) {
            record.gone = record.gone.max(Some(at));
        }
    }

    /// Whether a field was told of any entity, or would be where it is known.
    pub(crate) fn is_told(&self, field: &str) -> bool {
        self.holding.as_ref().is_some_and(|fields| fields.contains(field))
            || self.records.values().any(|record| record.fields.contains_key(field))
    }

    /// What is known of a field of an entity, if what was told of it still holds and is newer than asked for.
    pub(crate) fn field(
        &self,
        (node, key): (&Entity, &Key),
        name: &str,
        now: Timestamp,
        newer_than: Timestamp,
    ) -> Option<&HeldValue> {
        let record = self.records.get(key)?;
        let (told, value) = record.fields.get(name)?;
        let holds = record.is_after_end(*told)
            && (self.holding.is_some() || is_fresh(node, *told, now) && *told > newer_than);
        holds.then_some(value)
    }

    /// The keys of those that live at `now`; none when nobody says which there are: nobody ever did, or its source has stopped.
    pub(crate) fn living<'a>(
        &'a self,
        node: &'a Entity,
        now: Timestamp,
    ) -> Option<impl Iterator<Item = &'a Key> + 'a> {
        let holds = self.holding.is_some();
        let lives = move |record: &Record| {
            let told = record.lived.filter(|lived| record.is_after_end(*lived));
            told.is_some_and(|lived| holds || is_fresh(node, lived, now))
        };
        let is_known = holds || self.records.values().any(lives);
        is_known.then(|| self.records.iter().filter(move |(_, record)| lives(record)).map(|(key, _)| key))
    }

    fn forget_stale(&mut self, node: &Entity, now: Timestamp) {
        // Of those whose readings hold until the next nothing is forgotten but what was never told.
        let memory = node.feed.as_ref().map_or(Millis::from_minutes(10), |feed| feed.stale_after);
        if !sweeps_again(&mut self.swept, now, memory) {
            return;
        }
        let holds = self.holding.is_some();
        self.records.retain(|_, record| {
            let told = record.fields.values().map(|(told, _)| *told).chain(record.lived);
            told.max().is_some_and(|told| record.is_after_end(told) && (holds || is_fresh(node, told, now)))
        });
    }
}

/// Whether what was told then still holds. Where nobody says how long a reading holds, it holds until the next.
pub(crate) fn is_fresh(node: &Entity, told: Timestamp, now: Timestamp) -> bool {
    node.feed.as_ref().is_none_or(|feed| now.since(told) <= feed.stale_after)
}

fn keys_max(node: &Entity) -> usize {
    const KEYS_MAX: u32 = 10_000;
    node.feed.as_ref().map_or(KEYS_MAX, |feed| feed.keys_max) as usize
}

impl Record {
    /// Whether what was told then is told of one that lives, or has come back.
    fn is_after_end(&self, told: Timestamp) -> bool {
        self.gone.is_none_or(|gone| told >= gone)
    }
}

#[cfg(test)]
mod tests {
    use heal_program::Feed;

    use super::*;

    #[test]
    fn beyond_the_cap_it_is_looked_for_room_now_and_then_and_not_each_time() {
        let hundred = Millis::from_minutes(100);
        let feed = Feed { source: None, every: Millis::from_minutes(1), stale_after: hundred, keys_max: 2 };
        let node = Entity { feed: Some(feed), ..Entity::default() };
        let mut state = EntityState::default();
        let mut take = |name: &str, minute: i64| {
            let (key, at) = (vec![name.to_owned()], Timestamp(Millis::from_minutes(minute).0));
            state.take(&node, key.clone(), at, BTreeMap::new(), true);
            state.records.contains_key(&key)
        };
        assert!(take("a", 0) && take("b", 0));
        assert!(!take("c", 95));
        assert!(!take("c", 101), "the others are stale, which is seen at the next look");
        assert!(take("c", 106) && take("d", 107));
        assert!(!take("e", 108));
    }
}
