//! Which fields of entities are lacking where an expression is unknown: what a person has to give or record.

use heal_evaluate::evaluate;
use heal_program::{Entity, EntityIndex, Expression, FieldKind};

use super::{StepFacts, labels};
use crate::{Key, Lacking, observe::HeldValue};

/// Most fields that are said of one expression.
const LACKING_MAX: usize = 4;

impl StepFacts<'_> {
    /// The fields for whose lack an expression is unknown, each once.
    pub(crate) fn lacking(&self, expression: &Expression) -> Vec<Lacking> {
        let mut found: Vec<Lacking> = Vec::new();
        expression.walk(&mut |part| {
            if let Expression::EntityField { root, entity, path } = part
                && found.len() < LACKING_MAX
                && evaluate(part, self).is_none()
                && let Some(lacking) = self.lacking_on_way(root, *entity, path)
                && !found.contains(&lacking)
            {
                found.push(lacking);
            }
        });
        found
    }

    /// Where fields lead no further from an entity.
    fn lacking_on_way(&self, root: &str, entity: EntityIndex, path: &[String]) -> Option<Lacking> {
        self.lacking_from((root, entity), self.root_key(root, entity)?, path)
    }

    /// The same from an entity with a key, that has this name.
    pub(crate) fn lacking_from(
        &self,
        (root, entity): (&str, EntityIndex),
        key: Key,
        path: &[String],
    ) -> Option<Lacking> {
        let (mut at, mut key, mut way) = (entity, key, root.to_owned());
        for name in path {
            let node = self.program.entity(at)?;
            let field = node.fields.iter().find(|field| field.name == *name)?;
            way = format!("{way}.{name}");
            let held = self.held((at, node), &key, name);
            let Some(held) = held else { return Some(self.lack(&way, (at, node), &key, name)) };
            let (FieldKind::Entity(to), HeldValue::Text(text)) = (&field.kind, held) else { return None };
            match self.related((at, node), &key, *to, text) {
                Some(next) => (at, key) = (*to, next),
                None => {
                    let part = self.unknown_part((at, node), &key, *to)?;
                    return Some(self.lack(&way, (at, node), &key, part));
                }
            }
        }
        None
    }

    /// The field that says, with a relation, which entity it leads to, and that was not told.
    fn unknown_part(&self, (at, node): (EntityIndex, &Entity), key: &Key, to: EntityIndex) -> Option<&str> {
        let (_, parts) = self.program.entity(to)?.keys.split_last()?;
        let is_unknown =
            |part: &&String| !node.keys.contains(part) && self.text_field((at, node), key, part).is_none();
        parts.iter().find(is_unknown).map(String::as_str)
    }

    fn lack(&self, read: &str, (at, node): (EntityIndex, &Entity), key: &Key, field: &str) -> Lacking {
        let record = self.state.entities.get(at.at()).and_then(|state| state.records.get(key));
        Lacking {
            read: read.to_owned(),
            entity: node.head.path.clone(),
            key: labels(&node.keys, key),
            field: field.to_owned(),
            told: record.and_then(|record| record.fields.get(field)).map(|(told, _)| *told),
        }
    }
}
