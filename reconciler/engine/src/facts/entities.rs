//! Fields of entities, and the ways between them.

use std::collections::BTreeMap;

use heal_evaluate::{Facts, Value};
use heal_program::{Entity, EntityIndex, FieldKind, Way};

use super::StepFacts;
use crate::{ArgumentValue, Key, observe::HeldValue};

impl StepFacts<'_> {
    /// The key of the entity that has this name here: a parameter, or an entity that the key at hand identifies.
    pub(super) fn root_key(&self, root: &str, entity: EntityIndex) -> Option<Key> {
        if let Some(argument) = self.arguments.and_then(|arguments| arguments.get(root)) {
            return match argument {
                ArgumentValue::Entity { key, .. } => {
                    Some(key.iter().map(|(_, value)| value.clone()).collect())
                }
                ArgumentValue::Text(_) | ArgumentValue::Number(_) | ArgumentValue::Bool(_) => None,
            };
        }
        let node = self.program.entity(entity)?;
        node.keys.iter().map(|field| self.key_field(field)).collect()
    }

    /// What fields lead to from an entity.
    pub(super) fn follow(&self, entity: EntityIndex, key: &Key, path: &[String]) -> Option<Value> {
        let node = self.program.entity(entity)?;
        let Some((name, rest)) = path.split_first() else { return Some(object(node, key)) };
        if let Some(position) = node.keys.iter().position(|field| field == name) {
            return rest.is_empty().then(|| key.get(position).cloned().map(Value::Text))?;
        }
        let field = node.fields.iter().find(|field| field.name == *name)?;
        let held = self.held((entity, node), key, name)?;
        match (&field.kind, held) {
            (FieldKind::Entity(to), HeldValue::Text(text)) => {
                let other = self.related((entity, node), key, *to, text)?;
                self.follow(*to, &other, rest)
            }
            (FieldKind::Entities(to), HeldValue::Texts(texts)) if rest.is_empty() => {
                let target = self.program.entity(*to)?;
                let elements = texts.iter().map(|text| {
                    let other = self.related((entity, node), key, *to, text)?;
                    Some(object(target, &other))
                });
                elements.collect::<Option<Vec<_>>>().map(Value::List)
            }
            (FieldKind::Text, HeldValue::Text(text)) if rest.is_empty() => Some(Value::Text(text.clone())),
            (FieldKind::Quantity(_), HeldValue::Number(number)) if rest.is_empty() => {
                Some(Value::Number(number.0))
            }
            (
                FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entity(_) | FieldKind::Entities(_),
                HeldValue::Number(_) | HeldValue::Text(_) | HeldValue::Texts(_),
            ) => None,
        }
    }

    /// The key of a related entity: its last field is what was told, the others are the key fields or texts of equal name.
    pub(super) fn related(
        &self,
        (entity, from): (EntityIndex, &Entity),
        key: &Key,
        to: EntityIndex,
        told: &str,
    ) -> Option<Key> {
        let target = self.program.entity(to)?;
        let last = target.keys.len().checked_sub(1)?;
        let field = |(at, name): (usize, &String)| {
            if at == last {
                return Some(told.to_owned());
            }
            match from.keys.iter().position(|own| own == name) {
                Some(position) => key.get(position).cloned(),
                None => self.text_field((entity, from), key, name),
            }
        };
        target.keys.iter().enumerate().map(field).collect()
    }

    /// A text that was told of an entity.
    pub(super) fn text_field(
        &self,
        (entity, node): (EntityIndex, &Entity),
        key: &Key,
        name: &str,
    ) -> Option<String> {
        match self.held((entity, node), key, name)? {
            HeldValue::Text(text) => Some(text.clone()),
            HeldValue::Number(_) | HeldValue::Texts(_) => None,
        }
    }

    /// What is known of a field.
    pub(super) fn held(
        &self,
        (entity, node): (EntityIndex, &Entity),
        key: &Key,
        name: &str,
    ) -> Option<&HeldValue> {
        self.state.entities.get(entity.at())?.field((node, key), name, self.now, self.newer_than)
    }

    pub(super) fn key_of_element(&self, entity: EntityIndex, element: &Value) -> Option<Key> {
        let Value::Object(fields) = element else { return None };
        let node = self.program.entity(entity)?;
        let text = |name: &String| match fields.get(name)? {
            Value::Text(text) => Some(text.clone()),
            Value::Number(_) | Value::Integer(_) | Value::Bool(_) | Value::List(_) | Value::Object(_) => None,
        };
        node.keys.iter().map(text).collect()
    }

    /// What a way leads to, as text: a field, or the key of an entity.
    pub(crate) fn way_text(&self, way: &Way) -> Option<String> {
        match self.entity_field(&way.root, way.entity, &way.path)? {
            Value::Text(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Object(fields) => {
                let texts = fields.values().map(super::text_of).collect::<Option<Vec<_>>>()?;
                Some(texts.join("/"))
            }
            Value::Integer(_) | Value::Bool(_) | Value::List(_) => None,
        }
    }

    /// What fields lead to from an entity.
    pub(crate) fn field_value(&self, entity: EntityIndex, key: &Key, path: &[String]) -> Option<Value> {
        self.follow(entity, key, path)
    }

    /// The text that fields lead to from an entity.
    pub(crate) fn field_text(&self, entity: EntityIndex, key: &Key, path: &[String]) -> Option<String> {
        super::text_of(&self.follow(entity, key, path)?)
    }

    /// The key of the entity that a way ends at, with the names of its fields.
    pub(crate) fn way_labels(&self, way: &Way) -> Option<crate::Labels> {
        match self.entity_field(&way.root, way.entity, &way.path)? {
            Value::Object(fields) => {
                let label = |(name, value): (String, Value)| Some((name, super::text_of(&value)?));
                fields.into_iter().map(label).collect()
            }
            Value::Text(_) | Value::Number(_) | Value::Integer(_) | Value::Bool(_) | Value::List(_) => None,
        }
    }

    /// Whether anything that `path` reads from an entity was ever told, of any of its kind.
    pub(crate) fn was_ever_told(&self, entity: EntityIndex, path: &[String]) -> bool {
        let (Some(node), Some(name)) = (self.program.entity(entity), path.first()) else { return false };
        if node.keys.contains(name) {
            return true;
        }
        let state = self.state.entities.get(entity.at());
        let told_in_any = |name: &String| state.is_some_and(|state| state.is_told(name));
        let told = told_in_any(name);
        let next = node.fields.iter().find(|field| field.name == *name).and_then(|field| match field.kind {
            FieldKind::Entity(to) => Some(to),
            FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_) => None,
        });
        let rest = path.get(1..).unwrap_or_default();
        let parts = next.and_then(|next| self.program.entity(next)?.keys.split_last()).map(|(_, rest)| rest);
        let mut parts = parts.unwrap_or_default().iter().filter(|part| !node.keys.contains(part));
        told && parts.all(told_in_any)
            && (rest.is_empty() || next.is_none_or(|next| self.was_ever_told(next, rest)))
    }
}

/// An entity by its key fields.
fn object(node: &Entity, key: &Key) -> Value {
    let fields = node.keys.iter().cloned().zip(key.iter().cloned().map(Value::Text));
    Value::Object(fields.collect::<BTreeMap<_, _>>())
}
