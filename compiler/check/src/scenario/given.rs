//! What a test gives: series, entities, events; and telemetry that stops.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{SpanKind, with_nearest};
use heal_program::{
    Field, FieldKind,
    index::{EntityIndex, EventIndex},
    scenario::{GivenEntity, GivenEvent, GivenSeries, GivenValue, Sampled, Stop, Stopped},
};
use heal_syntax::tree::{Entry, Expression, ExpressionKind, Object, ObjectValue, Selected, Series};

use super::{selected::Telemetry, tables::Tables};
use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    names::Found,
};

/// What has been given so far, to notice what is given twice.
#[derive(Default)]
pub(crate) struct Seen {
    series: BTreeMap<(Sampled, Vec<String>), TextRange>,
    entities: BTreeMap<(u32, Vec<String>), TextRange>,
}

impl<'a> Checker<'a> {
    pub(crate) fn given_series(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        selected: &Selected,
        series: &Series,
        seen: &mut Seen,
    ) -> Option<GivenSeries> {
        if let Found::Item(event) = self.names.path(item, &selected.path)
            && event.kind == ItemKind::Event
        {
            self.samples_of_event(item, selected, &event);
            return None;
        }
        let need = "samples are given of";
        let measured = match self.telemetry(item, tables, &selected.path, false, need)? {
            Telemetry::Measured(measured) => measured,
            Telemetry::Entity(..) => return None,
        };
        let key = self.full_key(item, selected, &measured.name, &measured.keys);
        let segments = self.series(item, &measured, series, false);
        let (key, segments) = (key?, segments?);
        let range = range_of(&selected.path);
        if let Some(first) = seen.series.insert((measured.of.clone(), key.clone()), range) {
            self.given_twice(item, range, first);
            return None;
        }
        Some(GivenSeries { of: measured.of, key, segments })
    }

    /// Reports `given deploy{...} = 1`.
    fn samples_of_event(&mut self, item: &Item<'a>, selected: &Selected, event: &Item<'a>) {
        let range = range_of(&selected.path);
        let written = item.unit.source().line(range);
        self.names.note(item, event, ReferenceKind::Tests, range);
        let keys = if let heal_syntax::tree::ItemKind::Event(tree) = &event.tree.kind {
            tree.keys.as_slice()
        } else {
            &[]
        };
        let given = selected.key.iter().flat_map(|key| &key.entries);
        let entries: Vec<String> = keys
            .iter()
            .map(|key| {
                let value = given.clone().find(|entry| entry.name.value == key.value);
                let value = value.and_then(|entry| match &entry.value {
                    ObjectValue::Expression(value) => text(value),
                    ObjectValue::Object(_) | ObjectValue::List(_) => None,
                });
                format!("{}: \"{}\"", key.value, value.as_deref().unwrap_or("..."))
            })
            .collect();
        let braces = if entries.is_empty() { String::new() } else { format!("{{{}}}", entries.join(", ")) };
        let message = format!("`{written}` is an event, which happens and has no samples");
        let diagnostic = Diagnostic::error(Code::WRONG_KIND, item.unit.file, range, message)
            .with_help(format!("say when it happens: `given {written}{braces} at 10m`"));
        self.diagnostics.push(diagnostic);
    }

    fn given_twice(&mut self, item: &Item<'a>, range: TextRange, first: TextRange) {
        let message = "this is given twice in one test";
        let diagnostic = Diagnostic::error(Code::DUPLICATE_STATEMENT, item.unit.file, range, message)
            .with_secondary(item.unit.file, first, "the first one")
            .with_help("join the two with `then`, or leave one out");
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn given_entity(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        selected: &Selected,
        object: &Object,
        seen: &mut Seen,
    ) -> Option<GivenEntity> {
        let entity = self.tested(item, &selected.path, &[ItemKind::Entity], "fields are given of")?;
        let (keys, known) = tables.entity(&entity)?;
        let key = self.full_key(item, selected, &entity.name.value, keys);
        let fields = self.fields(item, &entity, object, keys, known);
        let (key, fields) = (key?, fields?);
        let range = range_of(&selected.path);
        if let Some(first) = seen.entities.insert((entity.index, key.clone()), range) {
            self.given_twice(item, range, first);
            return None;
        }
        Some(GivenEntity { entity: EntityIndex(entity.index), key, fields })
    }

    fn fields(
        &mut self,
        item: &Item<'a>,
        entity: &Item<'a>,
        object: &Object,
        keys: &[String],
        known: &[Field],
    ) -> Option<Vec<(String, GivenValue)>> {
        let mut firsts: BTreeMap<&str, TextRange> = BTreeMap::new();
        let mut fields = Vec::new();
        let mut right = true;
        for entry in &object.entries {
            if let Some(first) = firsts.insert(&entry.name.value, entry.name.range) {
                self.twice(item, entry, first);
                right = false;
                continue;
            }
            let Some(field) = known.iter().find(|field| field.name == entry.name.value) else {
                self.no_field(item, entity, entry, keys, known);
                right = false;
                continue;
            };
            match self.field_value(item, field, entry) {
                Some(value) => fields.push((entry.name.value.clone(), value)),
                None => right = false,
            }
        }
        right.then_some(fields)
    }

    fn no_field(
        &mut self,
        item: &Item<'a>,
        entity: &Item<'a>,
        entry: &Entry,
        keys: &[String],
        known: &[Field],
    ) {
        let (name, range) = (&entry.name.value, entry.name.range);
        let message = format!("`{}` has no field `{name}`", entity.name.value);
        let mut diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, item.unit.file, range, message);
        if keys.contains(name) {
            diagnostic.message = format!("`{name}` is a key field of `{}`", entity.name.value);
            let help = format!("give it in the braces before `=`: `{}{{{name}: ...}}`", entity.name.value);
            diagnostic = diagnostic.with_help(help);
        } else {
            diagnostic = with_nearest(diagnostic, name, range, known.iter().map(|field| field.name.as_str()));
        }
        self.diagnostics.push(diagnostic);
    }

    fn field_value(&mut self, item: &Item<'a>, field: &Field, entry: &Entry) -> Option<GivenValue> {
        let (range, needed) = match (&field.kind, &entry.value) {
            (FieldKind::Quantity(dimension), ObjectValue::Expression(value)) => {
                return self.constant_quantity(item, value, *dimension).map(GivenValue::Number);
            }
            (FieldKind::Text | FieldKind::Entity(_), ObjectValue::Expression(value)) => match text(value) {
                Some(text) => return Some(GivenValue::Text(text)),
                None => (value.range, "a text"),
            },
            (FieldKind::Entities(_), ObjectValue::Expression(value)) => match texts(value) {
                Some(texts) => return Some(GivenValue::Texts(texts)),
                None => (value.range, "a list of texts"),
            },
            (FieldKind::Quantity(_), ObjectValue::Object(_) | ObjectValue::List(_)) => {
                (entry.name.range, "a number")
            }
            (FieldKind::Text | FieldKind::Entity(_), ObjectValue::Object(_) | ObjectValue::List(_)) => {
                (entry.name.range, "a text")
            }
            (FieldKind::Entities(_), ObjectValue::Object(_) | ObjectValue::List(_)) => {
                (entry.name.range, "a list of texts")
            }
        };
        let message = format!("the field `{}` is given as {needed}", field.name);
        let mut diagnostic = Diagnostic::error(Code::TYPE_MISMATCH, item.unit.file, range, message);
        if matches!(field.kind, FieldKind::Entity(_) | FieldKind::Entities(_)) {
            diagnostic = diagnostic.with_help("write the last key field of the entity that it leads to");
        }
        self.diagnostics.push(diagnostic);
        None
    }

    pub(crate) fn given_event(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        selected: &Selected,
        at: &[Expression],
    ) -> Option<GivenEvent> {
        let event = self.tested(item, &selected.path, &[ItemKind::Event], "what happens `at` a time is")?;
        let keys = tables.event_keys(&event)?;
        let key = self.full_key(item, selected, &event.name.value, keys);
        let at: Vec<_> = at.iter().map(|at| self.constant_span(item, at, SpanKind::ZeroOrMore)).collect();
        // One that is written twice happens twice.
        let mut at = at.into_iter().collect::<Option<Vec<_>>>()?;
        at.sort();
        Some(GivenEvent { event: EventIndex(event.index), key: key?, at })
    }

    pub(crate) fn stop(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        selected: &Selected,
        at: &Expression,
        span: Option<&Expression>,
    ) -> Option<Stop> {
        let (of, name, keys) = match self.telemetry(item, tables, &selected.path, true, "`stop` needs")? {
            Telemetry::Measured(measured) => (Stopped::Sampled(measured.of), measured.name, measured.keys),
            Telemetry::Entity(entity, keys) => {
                let name = item.unit.source().line(range_of(&selected.path));
                (Stopped::Entity(entity), name, keys)
            }
        };
        let key = self.selector(item, selected, &name, &keys);
        let at = self.constant_span(item, at, SpanKind::ZeroOrMore);
        let span = match span {
            Some(span) => Some(self.constant_span(item, span, SpanKind::Positive)?),
            None => None,
        };
        Some(Stop { of, key: key?, at: at?, span })
    }
}

fn text(value: &Expression) -> Option<String> {
    if let ExpressionKind::Text(text) = value.kind.as_ref() { Some(text.clone()) } else { None }
}

fn texts(value: &Expression) -> Option<Vec<String>> {
    if let ExpressionKind::List(items) = value.kind.as_ref() {
        items.iter().map(text).collect()
    } else {
        None
    }
}
