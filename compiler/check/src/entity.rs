//! Entities: what plans work on.

use std::collections::BTreeMap;

use heal_diagnostics::TextRange;
use heal_program::{Entity, Field};
use heal_syntax::tree::{self, EntityStatement, ItemKind};

use crate::{check::Checker, item::Item, known::EntityShape};

impl<'a> Checker<'a> {
    /// Checks an entity.
    pub(crate) fn entity(&mut self, item: &Item<'a>) -> Option<Entity> {
        let ItemKind::Entity(entity) = &item.tree.kind else { return None };
        let keys = self.distinct(item, &entity.keys, "key field");
        if keys.is_empty() {
            self.lacks(item, "by", "by (namespace, pod)");
        }
        let mut taken: BTreeMap<&str, TextRange> =
            entity.keys.iter().map(|key| (key.value.as_str(), key.range)).collect();
        let mut fields = BTreeMap::new();
        for statement in &entity.statements {
            let EntityStatement::Field(tree::Field { name, type_, .. }) = &statement.value else { continue };
            let kind = self.field_kind(item, type_);
            if let Some(first) = taken.get(name.value.as_str()) {
                self.duplicate(item, name, *first, "field");
                continue;
            }
            taken.insert(&name.value, name.range);
            fields.insert(name.value.clone(), kind);
        }
        let shape = EntityShape {
            name: item.name.value.clone(),
            keys: keys.clone(),
            fields: fields.clone(),
            incomplete: item.tree.incomplete,
        };
        self.known.entities.insert(item.index, shape);
        let fields: Option<Vec<Field>> = fields
            .into_iter()
            .map(|(name, kind)| Some(Field { name, kind: kind?, source: None, scale: 1.0, offset: 0.0 }))
            .collect();
        Some(Entity { head: item.head(), keys, fields: fields?, feed: None })
    }
}
