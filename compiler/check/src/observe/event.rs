//! Events: what happens at one moment.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Key, with_nearest};
use heal_program::{Event, EventSource, SourceIndex};
use heal_syntax::tree::{EventStatement, Expression, ItemKind, Matcher, Name, Path, Spanned};

use super::{log::LineFields, signal::KEYS_MAX_DEFAULT};
use crate::{
    ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    known::EventShape,
    names::Found,
    statements::Slot,
};

impl<'a> Checker<'a> {
    /// Checks an event. Those that it narrows have been checked before.
    pub(crate) fn event(&mut self, item: &Item<'a>) -> Option<Event> {
        let ItemKind::Event(event) = &item.tree.kind else { return None };
        let keys = self.distinct(item, &event.keys, "key field");
        let mut from: Slot<&EventStatement> = Slot::new("from");
        let mut keys_max: Slot<&Expression> = Slot::new("at most");
        for Spanned { value: statement, range } in &event.statements {
            match statement {
                EventStatement::From(..) | EventStatement::FromNamed(..) | EventStatement::FromLogs(_) => {
                    self.fill(item, &mut from, statement, *range);
                }
                EventStatement::AtMost(count) => self.fill(item, &mut keys_max, count, *range),
            }
        }
        self.require(item, &from, "from event \"deploy\"");
        let keys_max = match keys_max.value() {
            Some(count) => self.constant_whole(item, count, 1),
            None => Some(KEYS_MAX_DEFAULT),
        };
        let (source, fields) = match from.value() {
            Some(EventStatement::From(path, matchers)) => self.narrowed(item, path, matchers, &event.keys),
            Some(EventStatement::FromNamed(name, matchers)) => (self.named_event(item, name, matchers), None),
            Some(EventStatement::FromLogs(log)) => {
                let (log, fields) = self.log_events(item, log, &event.keys);
                let fields = match fields {
                    LineFields::Groups(groups) => Some(groups),
                    LineFields::Any => None,
                };
                (log.map(EventSource::Logs), fields)
            }
            Some(EventStatement::AtMost(_)) | None => (None, None),
        };
        let shape = EventShape { key: Key::new(keys.clone()), source: source.clone(), fields };
        self.known.events.insert(item.index, shape);
        Some(Event { head: item.head(), keys, source: source?, keys_max: keys_max? })
    }

    fn named_event(
        &mut self,
        item: &Item<'a>,
        name: &Spanned<String>,
        matchers: &[Matcher],
    ) -> Option<EventSource> {
        let matching = self.matching(item, matchers, "label");
        if name.value.trim().is_empty() {
            self.error(item, Code::BAD_LITERAL, name.range, "the name of the event is empty");
            return None;
        }
        Some(EventSource::Named { name: name.value.clone(), matching })
    }

    /// `from argocd.sync where phase == "Running"`: where it comes from, and what it has by name.
    fn narrowed(
        &mut self,
        item: &Item<'a>,
        path: &Path,
        matchers: &[Matcher],
        keys: &[Name],
    ) -> (Option<EventSource>, Option<BTreeSet<String>>) {
        let Some(found) = self.event_origin(item, path) else { return (None, None) };
        let (source, fields) = if found.kind == crate::ItemKind::Source {
            let source = EventSource::Source { source: SourceIndex(found.index), matching: Vec::new() };
            (Some(source), self.known.sources.get(&found.index).cloned())
        } else {
            let shape = self.known.events.get(&found.index);
            (shape.and_then(|it| it.source.clone()), shape.and_then(|it| it.fields.clone()))
        };
        let added = self.matching(item, matchers, "field");
        let names = matchers.iter().map(|matcher| &matcher.name);
        let mut known = true;
        if let Some(fields) = &fields {
            for name in keys.iter().chain(names).filter(|name| !fields.contains(&name.value)) {
                known = false;
                self.no_such_field(item, &found, name, fields);
            }
        }
        let source = source.filter(|_| known);
        let source = source.and_then(|source| self.also_matching(item, path, source, added, matchers));
        (source, fields)
    }

    /// A source that brings events, or another event.
    fn event_origin(&mut self, item: &Item<'a>, path: &Path) -> Option<Item<'a>> {
        let range = range_of(path);
        let written = item.unit.source().line(range);
        let wanted = [crate::ItemKind::Source, crate::ItemKind::Event];
        match self.names.path(item, path) {
            Found::Item(found) => {
                self.names.note(item, &found, ReferenceKind::Reads, range);
                if wanted.contains(&found.kind) {
                    return Some(found);
                }
                let message = format!(
                    "`{written}` is {}, and events come from a source or another event",
                    found.kind.phrase()
                );
                self.error(item, Code::WRONG_KIND, range, message);
            }
            Found::Reported => {}
            Found::Private(found) => {
                let diagnostic = found.private(&written, item.unit.file, range);
                self.diagnostics.push(diagnostic);
            }
            Found::Module => self.module_as_origin(item, &written, range, &wanted),
            Found::Missing => {
                self.missing(item, path, &wanted, &[], &format!("unknown source or event `{written}`"));
            }
        }
        None
    }

    fn module_as_origin(
        &mut self,
        item: &Item<'a>,
        written: &str,
        range: TextRange,
        wanted: &[crate::ItemKind],
    ) {
        let message = format!("`{written}` is a module, and events come from a source or another event");
        let known = self.names.known_in(item, written, wanted);
        let paths: Vec<String> = known.iter().map(|name| format!("`{written}.{name}`")).collect();
        let diagnostic = Diagnostic::error(Code::WRONG_KIND, item.unit.file, range, message);
        self.diagnostics.push(match paths.as_slice() {
            [] => diagnostic.with_help("this module has neither"),
            paths => diagnostic.with_help(format!("write {}", paths.join(" or "))),
        });
    }

    fn no_such_field(&mut self, item: &Item<'a>, origin: &Item<'a>, name: &Name, fields: &BTreeSet<String>) {
        let message = format!("the events of `{}` have no field `{}`", origin.name.value, name.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, item.unit.file, name.range, message)
            .with_secondary(origin.unit.file, origin.name.range, "defined here");
        let diagnostic = with_nearest(diagnostic, &name.value, name.range, fields.iter().map(String::as_str));
        self.diagnostics.push(if diagnostic.help.is_empty() {
            let known: Vec<&str> = fields.iter().map(String::as_str).collect();
            diagnostic.with_help(format!("its fields are {}", known.join(", ")))
        } else {
            diagnostic
        });
    }

    /// `source` with more that must be equal.
    fn also_matching(
        &mut self,
        item: &Item<'a>,
        path: &Path,
        source: EventSource,
        added: Vec<(String, String)>,
        matchers: &[Matcher],
    ) -> Option<EventSource> {
        let mut source = source;
        let matching = match &mut source {
            EventSource::Named { matching, .. } | EventSource::Source { matching, .. } => matching,
            EventSource::Logs(log) => &mut log.matching,
        };
        for (name, value) in &added {
            let Some((_, before)) = matching.iter().find(|(other, _)| other == name) else { continue };
            let place = matchers.iter().find(|matcher| matcher.name.value == *name);
            if before != value
                && let Some(place) = place
            {
                let message = format!(
                    "`{name}` is already \"{before}\" in `{}`: no event has both",
                    item.unit.source().line(range_of(path))
                );
                self.error(item, Code::CONSTANT_CONDITION, place.value.range, message);
                return None;
            }
        }
        matching.extend(added);
        matching.sort();
        matching.dedup();
        Some(source)
    }
}
