//! Entities: what there is, how it hangs together, and what is known of each.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::Unit;
use heal_program::{Entity, EntityIndex, Feed, Field, FieldKind, Source};
use heal_syntax::tree::{self, EntityStatement, ItemKind, Spanned};

use super::{
    metric_name::{Named, unit_warning},
    sample_source::{Measured, source_range},
    signal::WrittenRhythm,
};
use crate::{check::Checker, item::Item, known::EntityShape, statements::Slot, type_name::type_range};

impl<'a> Checker<'a> {
    /// Notes the key fields of an entity: relations of others need them, and may go round in a circle.
    pub(crate) fn entity_key(&mut self, item: &Item<'a>) {
        let ItemKind::Entity(entity) = &item.tree.kind else { return };
        let keys = self.distinct(item, &entity.keys, "key field");
        if keys.is_empty() {
            self.lacks(item, "by", "by (namespace, pod)");
        }
        let shape = EntityShape {
            name: item.name.value.clone(),
            keys,
            fields: BTreeMap::new(),
            incomplete: item.tree.incomplete,
        };
        self.known.entities.insert(item.index, shape);
    }

    /// The types of an entity's fields.
    pub(crate) fn entity_fields(&mut self, item: &Item<'a>) {
        let ItemKind::Entity(entity) = &item.tree.kind else { return };
        let mut taken: BTreeMap<&str, TextRange> =
            entity.keys.iter().map(|key| (key.value.as_str(), key.range)).collect();
        let mut fields = BTreeMap::new();
        for field in fields_of(entity) {
            let kind = self.field_kind(item, &field.type_);
            if let Some(first) = taken.get(field.name.value.as_str()) {
                self.duplicate(item, &field.name, *first, "field");
                continue;
            }
            taken.insert(&field.name.value, field.name.range);
            fields.insert(field.name.value.clone(), kind);
        }
        if let Some(shape) = self.known.entities.get_mut(&item.index) {
            shape.fields = fields;
        }
    }

    /// Checks an entity whose fields have types.
    pub(crate) fn entity(&mut self, item: &Item<'a>) -> Option<Entity> {
        let ItemKind::Entity(entity) = &item.tree.kind else { return None };
        let shape = self.known.entities.get(&item.index)?.clone();
        let mut from: Slot<&tree::SampleSource> = Slot::new("from");
        let mut rhythm = WrittenRhythm::default();
        for Spanned { value: statement, range } in &entity.statements {
            match statement {
                // A text or a relation is a label of what the entity is read from: a source behind it is the entity's.
                EntityStatement::Field(field) => {
                    if let Some(source) = field.source.as_ref().filter(|_| !is_number(&shape, field)) {
                        self.fill(item, &mut from, source, source_range(source));
                    }
                }
                EntityStatement::From(source) => self.fill(item, &mut from, source, *range),
                EntityStatement::Every(span) => self.fill(item, &mut rhythm.every, span, *range),
                EntityStatement::StaleAfter(span) => self.fill(item, &mut rhythm.stale, span, *range),
                EntityStatement::AtMost(count) => self.fill(item, &mut rhythm.keys_max, count, *range),
            }
        }
        let is_fed = from.value().is_some() || fields_of(entity).any(|field| field.source.is_some());
        let written_rhythm = [&rhythm.every, &rhythm.stale, &rhythm.keys_max];
        if is_fed {
            self.require(item, &rhythm.every, "every 1m");
        } else if let Some(place) = written_rhythm.into_iter().find_map(Slot::range) {
            let message = format!("nothing of `{}` is read from anywhere", item.name.value);
            let diagnostic = Diagnostic::error(Code::MISSING_STATEMENT, item.unit.file, place, message)
                .with_help("add where it is read from, such as ``from prometheus `kube_pod_info` ``");
            self.diagnostics.push(diagnostic);
        }
        let source = from.value().map(|source| self.entity_source(item, source, &entity.keys));
        let rhythm = self.rhythm(item, &rhythm, None);
        let mut fields: Option<Vec<Field>> = Some(Vec::new());
        let mut seen: Vec<&str> = Vec::new();
        for field in fields_of(entity) {
            if seen.contains(&field.name.value.as_str()) || shape.keys.contains(&field.name.value) {
                continue;
            }
            seen.push(&field.name.value);
            let Some(kind) = shape.fields.get(&field.name.value).cloned().flatten() else {
                fields = None;
                continue;
            };
            let checked = self.checked_field(item, &shape, &entity.keys, field, kind, is_fed);
            fields = fields.zip(checked).map(|(mut fields, field)| {
                fields.push(field);
                fields
            });
        }
        let mut fields = fields?;
        fields.sort_by(|left, right| left.name.cmp(&right.name));
        let feed = match (is_fed, source) {
            (false, _) => None,
            (true, source) => {
                let source = match source {
                    Some(source) => Some(source?),
                    None => None,
                };
                let every = rhythm.every?;
                let stale_after = rhythm.stale_after(every);
                Some(Feed { source, every, stale_after, keys_max: rhythm.keys_max() })
            }
        };
        Some(Entity { head: item.head(), keys: shape.keys, fields, feed })
    }

    /// Where it is read which entities there are.
    fn entity_source(
        &mut self,
        item: &Item<'a>,
        source: &'a tree::SampleSource,
        keys: &[tree::Name],
    ) -> Option<Source> {
        let measured =
            Measured { name: item.name, dimension: None, type_range: item.name.range, counter: false };
        if let tree::SampleSource::Logs(log) = source {
            let message = "entities are read from series with labels, not from lines of a log";
            let diagnostic = Diagnostic::error(Code::WRONG_READING, item.unit.file, log.name.range, message)
                .with_help("read them with `from prometheus` or `from metric`");
            self.diagnostics.push(diagnostic);
            return None;
        }
        self.sample_source(item, source, keys, &measured).source
    }

    fn checked_field(
        &mut self,
        item: &Item<'a>,
        shape: &EntityShape,
        keys: &[tree::Name],
        field: &'a tree::Field,
        kind: FieldKind,
        is_fed: bool,
    ) -> Option<Field> {
        let dimension = match &kind {
            FieldKind::Quantity(dimension) => *dimension,
            FieldKind::Text => {
                self.no_unit(item, field, "a text")?;
                return Some(unscaled(field, kind));
            }
            FieldKind::Entity(other) | FieldKind::Entities(other) => {
                let other = *other;
                self.no_unit(item, field, "a relation")?;
                self.relation_key(item, shape, field, other)?;
                return Some(unscaled(field, kind));
            }
        };
        let unit = match &field.unit {
            Some(name) => self.unit_after_in(item, &field.name, name, dimension).map(Some),
            None => Some(None),
        };
        let Some(written) = &field.source else {
            if is_fed {
                let message = format!("nothing says where the number `{}` is read from", field.name.value);
                let diagnostic =
                    Diagnostic::error(Code::MISSING_STATEMENT, item.unit.file, field.name.range, message)
                        .with_help(format!(
                            "add its source: ``{}: {} from prometheus `...` ``",
                            field.name.value,
                            item.unit.source().line(type_range(&field.type_))
                        ));
                self.diagnostics.push(diagnostic);
                return None;
            }
            return unit.map(|unit| scaled(field, kind, None, unit));
        };
        let measured = Measured {
            name: &field.name,
            dimension: Some(dimension),
            type_range: type_range(&field.type_),
            counter: false,
        };
        let source = self.sample_source(item, written, keys, &measured).source;
        let unit = unit?;
        let named = Named { name: &field.name, type_: &field.type_, unit: field.unit.as_ref() };
        self.diagnostics.extend(unit_warning(item, named, written, dimension, unit));
        Some(scaled(field, kind, Some(source?), unit))
    }

    /// Texts and relations are labels, which have no unit.
    fn no_unit(&mut self, item: &Item<'a>, field: &tree::Field, what: &str) -> Option<()> {
        let Some(unit) = &field.unit else { return Some(()) };
        let message = format!("`{}` is {what}, and only numbers have a unit", field.name.value);
        self.error(item, Code::TYPE_MISMATCH, unit.range, message);
        None
    }

    /// A relation tells the last key field of the other entity; the rest of that key has to be known here.
    fn relation_key(
        &mut self,
        item: &Item<'a>,
        shape: &EntityShape,
        field: &tree::Field,
        other: EntityIndex,
    ) -> Option<()> {
        let target = self.known.entities.get(&other.0)?;
        let (_, rest) = target.keys.split_last()?;
        let is_text = |name: &String| {
            shape.keys.contains(name) || matches!(shape.fields.get(name), Some(Some(FieldKind::Text) | None))
        };
        let lacking: Vec<String> =
            rest.iter().filter(|name| !is_text(name)).map(|name| format!("`{name}`")).collect();
        if lacking.is_empty() || shape.incomplete {
            return Some(());
        }
        let (target, place) = (target.name.clone(), self.names.items.at(crate::ItemKind::Entity, other.0));
        let lacking = lacking.join(" and ");
        let message = format!(
            "`{}` does not say which `{target}`: `{}` has no {lacking}",
            field.name.value, shape.name
        );
        let range = type_range(&field.type_);
        let mut diagnostic = Diagnostic::error(Code::KEY_MISMATCH, item.unit.file, range, message)
            .with_help(format!("add {lacking} to the key of `{}`, or as a field of type `text`", shape.name));
        if let Some(place) = place {
            diagnostic =
                diagnostic.with_secondary(place.unit.file, place.name.range, "its key is defined here");
        }
        self.diagnostics.push(diagnostic);
        None
    }
}

fn fields_of(entity: &tree::Entity) -> impl Iterator<Item = &tree::Field> {
    entity.statements.iter().filter_map(|statement| match &statement.value {
        EntityStatement::Field(field) => Some(field),
        EntityStatement::From(_)
        | EntityStatement::Every(_)
        | EntityStatement::StaleAfter(_)
        | EntityStatement::AtMost(_) => None,
    })
}

fn is_number(shape: &EntityShape, field: &tree::Field) -> bool {
    matches!(shape.fields.get(&field.name.value), Some(Some(FieldKind::Quantity(_))))
}

fn unscaled(field: &tree::Field, kind: FieldKind) -> Field {
    scaled(field, kind, None, None)
}

fn scaled(field: &tree::Field, kind: FieldKind, source: Option<Source>, unit: Option<Unit>) -> Field {
    Field {
        name: field.name.value.clone(),
        kind,
        source,
        scale: unit.map_or(1.0, Unit::scale),
        offset: unit.map_or(0.0, Unit::offset),
    }
}
