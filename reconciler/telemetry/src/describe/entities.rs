//! What a recording holds of entities: of which, with which fields, how many rows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{Labels, LivedEntity};

/// What is held of one kind of entity.
#[derive(Default)]
pub(super) struct Tally<'e> {
    entity: &'e str,
    /// The fields that tell one from another.
    key: BTreeSet<&'e str>,
    /// The other fields, with their units where they have one.
    fields: BTreeMap<&'e str, Option<&'e str>>,
    entities: BTreeSet<&'e Labels>,
    rows: usize,
}

/// What is held of each kind, by kind.
pub(super) fn tallies(entities: &[LivedEntity]) -> Vec<Tally<'_>> {
    let mut all: BTreeMap<&str, Tally<'_>> = BTreeMap::new();
    for row in entities {
        let tally = all.entry(&row.entity).or_default();
        tally.entity = &row.entity;
        tally.key.extend(row.key.keys().map(String::as_str));
        for field in row.fields.keys() {
            let unit = tally.fields.entry(field).or_default();
            *unit = unit.or(row.units.get(field).map(String::as_str));
        }
        tally.entities.insert(&row.key);
        tally.rows += 1;
    }
    all.into_values().collect()
}

impl Tally<'_> {
    fn key(&self) -> Vec<&str> {
        self.key.iter().copied().collect()
    }

    /// As people read it.
    pub(super) fn row(&self) -> [String; 5] {
        let field = |(name, unit): (&&str, &Option<&str>)| match unit {
            None | Some("1") => (*name).to_owned(),
            Some(unit) => format!("{name} in {unit}"),
        };
        let fields: Vec<String> = self.fields.iter().map(field).collect();
        let fields = if fields.is_empty() { "-".to_owned() } else { fields.join(", ") };
        let (entities, rows) = (self.entities.len().to_string(), self.rows.to_string());
        [self.entity.to_owned(), self.key().join(", "), fields, entities, rows]
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "entity": self.entity,
            "key": self.key(),
            "fields": self.fields,
            "entities": self.entities.len(),
            "rows": self.rows,
        })
    }
}
