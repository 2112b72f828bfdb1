//! What is known of entities: which of them live, and their fields.

use std::collections::BTreeMap;

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
}

/// What is known of one entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// When it was last told to live.
    pub(crate) lived: Option<Timestamp>,
    /// Fields by name, each with the time when it was told.
    pub(crate) fields: BTreeMap<String, (Timestamp, HeldValue)>,
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

    /// The keys of those that live at `now`; none when nobody ever said which there are.
    pub(crate) fn living<'a>(
        &'a self,
        node: &'a Entity,
        now: Timestamp,
    ) -> Option<impl Iterator<Item = &'a Key> + 'a> {
        self.records.values().any(|record| record.lived.is_some()).then(|| {
            let lives = move |record: &Record| record.lived.is_some_and(|lived| is_fresh(node, lived, now));
            self.records.iter().filter(move |(_, record)| lives(record)).map(|(key, _)| key)
        })
    }

    fn forget_stale(&mut self, node: &Entity, now: Timestamp) {
        // Of those whose readings hold until the next nothing is forgotten but what was never told.
        let memory = node.feed.as_ref().map_or(Millis::from_minutes(10), |feed| feed.stale_after);
        if !sweeps_again(&mut self.swept, now, memory) {
            return;
        }
        self.records.retain(|_, record| {
            let told = record.fields.values().map(|(told, _)| *told).chain(record.lived);
            told.max().is_some_and(|told| is_fresh(node, told, now))
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
    /// A field, if what was told of it still holds and is newer than asked for.
    pub(crate) fn field(
        &self,
        node: &Entity,
        name: &str,
        now: Timestamp,
        newer_than: Timestamp,
    ) -> Option<&HeldValue> {
        let (told, value) = self.fields.get(name)?;
        (is_fresh(node, *told, now) && *told > newer_than).then_some(value)
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
