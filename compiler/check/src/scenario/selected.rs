//! Items that tests name, and the keys in braces behind them.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::with_nearest;
use heal_program::{index::EntityIndex, scenario::Selector};
use heal_syntax::tree::{Entry, Expression, ExpressionKind, ObjectValue, Path, Selected};

use super::tables::{Measured, Tables};
use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    names::Found,
};

/// What telemetry of a test is of.
#[derive(Clone, Debug)]
pub(crate) enum Telemetry {
    /// A signal, or a field of an entity.
    Measured(Measured),
    /// All of an entity.
    Entity(EntityIndex, Vec<String>),
}

impl<'a> Checker<'a> {
    /// The item of one of the kinds `wanted` that a test names; `need` says by what: "`stop` needs".
    pub(crate) fn tested(
        &mut self,
        item: &Item<'a>,
        path: &Path,
        wanted: &[ItemKind],
        need: &str,
    ) -> Option<Item<'a>> {
        let range = range_of(path);
        let written = item.unit.source().line(range);
        let phrases: Vec<&str> = wanted.iter().map(|kind| kind.phrase()).collect();
        let (code, message) = match self.names.path(item, path) {
            Found::Item(found) => {
                self.names.note(item, &found, ReferenceKind::Tests, range);
                if wanted.contains(&found.kind) {
                    return Some(found);
                }
                let phrase = found.kind.phrase();
                (Code::WRONG_KIND, format!("`{written}` is {phrase}, and {need} {}", phrases.join(" or ")))
            }
            Found::Reported => return None,
            Found::Module => {
                (Code::WRONG_KIND, format!("`{written}` is a module, and {need} {}", phrases.join(" or ")))
            }
            Found::Private(found) => {
                (Code::PRIVATE_ITEM, format!("`{written}` is private to `{}`", found.unit.module))
            }
            Found::Missing => {
                let words: Vec<&str> = wanted.iter().map(|kind| kind.word()).collect();
                let message = format!("unknown {} `{written}`", words.join(" or "));
                self.missing(item, path, wanted, &[], &message);
                return None;
            }
        };
        self.error(item, code, range, message);
        None
    }

    /// What samples are of: `rss`, `Workload.available`; with `whole`, all of an entity too.
    pub(crate) fn telemetry(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        path: &Path,
        whole: bool,
        need: &str,
    ) -> Option<Telemetry> {
        if let Some((entity, field)) = self.entity_field(item, path) {
            return match tables.field(&entity, &field.value) {
                Some(measured) => Some(Telemetry::Measured(measured)),
                None => {
                    self.no_such_number(item, tables, &entity, field);
                    None
                }
            };
        }
        let wanted: &[ItemKind] =
            if whole { &[ItemKind::Signal, ItemKind::Entity] } else { &[ItemKind::Signal] };
        let found = self.tested(item, path, wanted, need)?;
        if found.kind == ItemKind::Entity {
            let (keys, _) = tables.entity(&found)?;
            return Some(Telemetry::Entity(EntityIndex(found.index), keys.to_vec()));
        }
        tables.signal(&found).map(Telemetry::Measured)
    }

    /// `Workload.available`, `k8s.Workload.available`: the entity and the field's name.
    fn entity_field<'t>(
        &mut self,
        item: &Item<'a>,
        path: &'t Path,
    ) -> Option<(Item<'a>, &'t heal_syntax::tree::Name)> {
        let (field, entity) = path.parts.split_last().filter(|(_, entity)| !entity.is_empty())?;
        let entity = Path { parts: entity.to_vec() };
        match self.names.path(item, &entity) {
            Found::Item(found) if found.kind == ItemKind::Entity => {
                self.names.note(item, &found, ReferenceKind::Tests, range_of(&entity));
                Some((found, field))
            }
            Found::Item(_) | Found::Reported | Found::Module | Found::Private(_) | Found::Missing => None,
        }
    }

    fn no_such_number(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        entity: &Item<'a>,
        field: &heal_syntax::tree::Name,
    ) {
        let Some((_, fields)) = tables.entity(entity) else { return };
        let name = &entity.name.value;
        if fields.iter().any(|it| it.name == field.value) {
            let message = format!("`{name}.{}` is no number, so it has no samples", field.value);
            let diagnostic = Diagnostic::error(Code::WRONG_KIND, item.unit.file, field.range, message)
                .with_help(format!(
                    "give it with the entity: `given {name}{{...}} = {{{}: ...}}`",
                    field.value
                ));
            self.diagnostics.push(diagnostic);
            return;
        }
        let message = format!("`{name}` has no field `{}`", field.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, item.unit.file, field.range, message);
        let known = fields.iter().map(|it| it.name.as_str());
        self.diagnostics.push(with_nearest(diagnostic, &field.value, field.range, known));
    }

    /// The key of something that has the key fields `fields`, all of them, in their order.
    pub(crate) fn full_key(
        &mut self,
        item: &Item<'a>,
        selected: &Selected,
        name: &str,
        fields: &[String],
    ) -> Option<Vec<String>> {
        let selector: BTreeMap<String, String> =
            self.selector(item, selected, name, fields)?.into_iter().collect();
        let lacking: Vec<String> = fields
            .iter()
            .filter(|field| !selector.contains_key(*field))
            .map(|field| format!("`{field}`"))
            .collect();
        if lacking.is_empty() {
            return fields.iter().map(|field| selector.get(field).cloned()).collect();
        }
        let message = format!(
            "`{name}` is told apart by {}, and {} is not given",
            fields.join(", "),
            lacking.join(" and ")
        );
        let entry = |field: &String| match selector.get(field) {
            Some(value) => format!("{field}: \"{value}\""),
            None => format!("{field}: \"...\""),
        };
        let entries: Vec<String> = fields.iter().map(entry).collect();
        let diagnostic =
            Diagnostic::error(Code::INCOMPLETE_KEY, item.unit.file, range_of(&selected.path), message)
                .with_help(format!("write `{name}{{{}}}`", entries.join(", ")));
        self.diagnostics.push(diagnostic);
        None
    }

    /// The key fields in braces, some of `fields`.
    pub(crate) fn selector(
        &mut self,
        item: &Item<'a>,
        selected: &Selected,
        name: &str,
        fields: &[String],
    ) -> Option<Selector> {
        let mut values: BTreeMap<&str, (String, TextRange)> = BTreeMap::new();
        let mut right = true;
        for entry in selected.key.iter().flat_map(|object| &object.entries) {
            if let Some((_, first)) = values.get(entry.name.value.as_str()) {
                let first = *first;
                self.twice(item, entry, first);
                right = false;
                continue;
            }
            let value = self.key_value(item, entry);
            if !fields.contains(&entry.name.value) {
                self.no_key_field(item, entry, name, fields);
                right = false;
            }
            match value {
                Some(value) => {
                    values.insert(&entry.name.value, (value, entry.name.range));
                }
                None => right = false,
            }
        }
        right.then(|| values.into_iter().map(|(field, (value, _))| (field.to_owned(), value)).collect())
    }

    pub(crate) fn twice(&mut self, item: &Item<'a>, entry: &Entry, first: TextRange) {
        let message = format!("the field `{}` is given twice", entry.name.value);
        let diagnostic = Diagnostic::error(Code::DUPLICATE_NAME, item.unit.file, entry.name.range, message)
            .with_secondary(item.unit.file, first, "the first one");
        self.diagnostics.push(diagnostic);
    }

    fn no_key_field(&mut self, item: &Item<'a>, entry: &Entry, name: &str, fields: &[String]) {
        let message = match fields {
            [] => format!("`{name}` has no key, so no `{}`", entry.name.value),
            _ => format!("`{name}` has no key field `{}`", entry.name.value),
        };
        let diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, item.unit.file, entry.name.range, message);
        let known = fields.iter().map(String::as_str);
        let mut diagnostic = with_nearest(diagnostic, &entry.name.value, entry.name.range, known);
        if diagnostic.help.is_empty() && !fields.is_empty() {
            diagnostic = diagnostic.with_help(format!("its key fields are {}", fields.join(", ")));
        }
        self.diagnostics.push(diagnostic);
    }

    /// The value of a key field: a text.
    fn key_value(&mut self, item: &Item<'a>, entry: &Entry) -> Option<String> {
        let (range, bare) = match &entry.value {
            ObjectValue::Expression(Expression { kind, range }) => match kind.as_ref() {
                ExpressionKind::Text(text) => return Some(text.clone()),
                ExpressionKind::Number { digits, unit } => {
                    (*range, Some(format!("{digits}{}", unit.as_deref().unwrap_or(""))))
                }
                ExpressionKind::Name(name) => (*range, Some(name.clone())),
                ExpressionKind::Bool(_)
                | ExpressionKind::List(_)
                | ExpressionKind::Field(..)
                | ExpressionKind::Call { .. }
                | ExpressionKind::Index(..)
                | ExpressionKind::Unary(..)
                | ExpressionKind::Binary(..)
                | ExpressionKind::Conditional(..) => (*range, None),
            },
            ObjectValue::Object(_) | ObjectValue::List(_) => (entry.name.range, None),
        };
        let message = format!("the key field `{}` is a text", entry.name.value);
        let mut diagnostic = Diagnostic::error(Code::TYPE_MISMATCH, item.unit.file, range, message);
        if let Some(bare) = bare {
            let quoted = format!("\"{bare}\"");
            diagnostic = diagnostic.with_fix(format!("write `{quoted}`"), Safety::Unsafe, range, quoted);
        }
        self.diagnostics.push(diagnostic);
        None
    }
}
