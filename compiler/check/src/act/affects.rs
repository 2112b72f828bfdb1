//! What actions and plans say that they change, and nothing else.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Affects, Disturbs, EventIndex, SignalIndex, Step};
use heal_syntax::tree;

use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    known::ActionShape,
    names::Found,
    statements::Slot,
};

impl<'a> Checker<'a> {
    /// `affects rss, deploy`: signals and events, each once. The inner `None`: it says nothing; the outer one: something
    /// was reported.
    pub(super) fn affects(
        &mut self,
        item: &Item<'a>,
        written: &Slot<&tree::Affects>,
    ) -> Option<Option<Affects>> {
        let Some(names) = written.value().map(|affects| &affects.names) else { return Some(None) };
        let mut affects = Affects::default();
        let mut first: Vec<(Item<'a>, &tree::Path)> = Vec::new();
        let mut is_whole = true;
        for path in names {
            let Some(found) = self.affected_item(item, path) else {
                is_whole = false;
                continue;
            };
            if let Some((_, before)) = first.iter().find(|(before, _)| before.id == found.id) {
                let name = tree::Name { value: found.name.value.clone(), range: range_of(path) };
                self.duplicate(item, &name, range_of(before), "affected signal");
                continue;
            }
            if found.kind == ItemKind::Signal {
                affects.signals.push(SignalIndex(found.index));
            } else {
                affects.events.push(EventIndex(found.index));
            }
            first.push((found, path));
        }
        if let Some(range) = written.range() {
            self.note_place(item, crate::StatementKind::Affects, 0, range);
        }
        affects.signals.sort_unstable();
        affects.events.sort_unstable();
        is_whole.then_some(Some(affects))
    }

    fn affected_item(&mut self, item: &Item<'a>, path: &tree::Path) -> Option<Item<'a>> {
        let range = range_of(path);
        let written = item.unit.source().line(range);
        let what = match self.names.path(item, path) {
            Found::Item(found) => {
                self.names.note(item, &found, ReferenceKind::Affects, range);
                if matches!(found.kind, ItemKind::Signal | ItemKind::Event) {
                    return Some(found);
                }
                let diagnostic = Diagnostic::error(
                    Code::WRONG_KIND,
                    item.unit.file,
                    range,
                    format!(
                        "`{written}` is {}, and `affects` needs a signal or an event",
                        found.kind.phrase()
                    ),
                );
                let help = match found.kind {
                    ItemKind::Detector | ItemKind::DetectorTemplate | ItemKind::Let | ItemKind::Function => {
                        "name the signals that it reads"
                    }
                    ItemKind::Entity => "fields of entities count as affected always: leave it out",
                    ItemKind::Param
                    | ItemKind::Signal
                    | ItemKind::Action
                    | ItemKind::Channel
                    | ItemKind::Plan
                    | ItemKind::Policy
                    | ItemKind::Event
                    | ItemKind::Source
                    | ItemKind::SharedGuard
                    | ItemKind::PolicyTemplate
                    | ItemKind::Test => "name what telemetry shows of it, or write `affects nothing`",
                };
                self.diagnostics.push(diagnostic.with_help(help));
                return None;
            }
            Found::Reported => return None,
            Found::Module => "a module",
            Found::Private(found) => {
                let diagnostic = found.private(&written, item.unit.file, range);
                self.diagnostics.push(diagnostic);
                return None;
            }
            Found::Missing => {
                let wanted = [ItemKind::Signal, ItemKind::Event];
                self.missing(
                    item,
                    path,
                    &wanted,
                    &["nothing"],
                    &format!("unknown signal or event `{written}`"),
                );
                return None;
            }
        };
        let message = format!("`{written}` is {what}, and `affects` needs a signal or an event");
        self.error(item, Code::WRONG_KIND, range, message);
        None
    }

    /// Reports a plan that says less than its actions do.
    pub(super) fn affects_enough<'s>(
        &mut self,
        item: &Item<'a>,
        written: &Slot<&tree::Affects>,
        (affects, disturbs): (Option<&Option<Affects>>, Option<&Vec<Disturbs>>),
        steps: impl Iterator<Item = &'s Step>,
    ) {
        let (Some(Some(own)), Some(disturbs), Some(range)) = (affects, disturbs, written.range()) else {
            return;
        };
        let is_said = |signal: &SignalIndex| {
            own.signals.contains(signal) || disturbs.iter().any(|it| it.signal == *signal)
        };
        for step in steps {
            let Some(action) = self.known.actions.get(&step.action.0) else { continue };
            let undo = action.undo.flatten().and_then(|undo| self.known.actions.get(&undo));
            let more = |shape: &ActionShape| {
                let affects = shape.affects.as_ref()?;
                let signal = affects.signals.iter().find(|signal| !is_said(signal));
                let event = affects.events.iter().find(|event| !own.events.contains(event));
                let more = signal.map(|it| (ItemKind::Signal, it.0));
                Some((more.or(event.map(|it| (ItemKind::Event, it.0)))?, shape.place))
            };
            let Some(((kind, index), place)) = std::iter::once(action).chain(undo).find_map(more) else {
                continue;
            };
            let mut items = self.names.items.all.iter();
            let named = items.find(|it| it.kind == kind && it.index == index);
            let more =
                named.map_or_else(|| "what one of them does".to_owned(), |it| format!("`{}`", it.name.value));
            let message = format!(
                "`{}` says that it does not affect {more}, and its step `{}` does",
                item.name.value, step.name
            );
            let diagnostic = Diagnostic::error(Code::AFFECTS_MORE, item.unit.file, range, message)
                .with_secondary(place.file, place.range, "this action says so")
                .with_help("say it here too; or leave `affects` out, so that what the actions say holds");
            self.diagnostics.push(diagnostic);
            return;
        }
    }
}
