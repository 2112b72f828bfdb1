//! Disturbances: which signals a plan shakes, and for which keys.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::{Key, SpanKind};
use heal_program::{Disturbs, EntityIndex, Millis, SignalIndex, Way};
use heal_syntax::tree;

use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    scope::Locals,
};

/// Most of an hour that a key may be disturbed for: a quarter.
const DISTURBED_MAX: Millis = Millis::from_minutes(15);

impl<'a> Checker<'a> {
    /// Checks what a plan disturbs; each signal once.
    pub(super) fn disturbances(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &[(&tree::Disturbs, TextRange)],
    ) -> Option<Vec<Disturbs>> {
        let mut disturbed: Vec<Option<Disturbs>> = Vec::new();
        let mut signals: Vec<(u32, TextRange)> = Vec::new();
        for (written, range) in written {
            let span = self.constant_span(item, &written.span, SpanKind::ZeroOrMore);
            let span = span.and_then(|span| self.disturbed_span(item, span, &written.span));
            let need = "`disturbs` needs";
            let kind = ReferenceKind::Disturbs;
            let signal = self.item_of_kind(item, &written.signal, ItemKind::Signal, need, kind);
            let Some(signal) = signal else {
                disturbed.push(None);
                continue;
            };
            if let Some((_, first)) = signals.iter().find(|(index, _)| *index == signal.index) {
                let name = tree::Name { value: signal.name.value.clone(), range: range_of(&written.signal) };
                self.duplicate(item, &name, *first, "disturbed signal");
                continue;
            }
            signals.push((signal.index, range_of(&written.signal)));
            let Some(key) = self.known.signals.get(&signal.index).map(|shape| shape.key.clone()) else {
                disturbed.push(None);
                continue;
            };
            let everywhere = written.everywhere || key.fields().is_empty();
            let reached =
                if everywhere { Some(Vec::new()) } else { self.ways_reached(item, locals, written, &key) };
            disturbed.push(span.zip(reached).map(|(span, reached)| Disturbs {
                signal: SignalIndex(signal.index),
                everywhere,
                reached,
                span,
            }));
            self.note_place(item, crate::StatementKind::Disturbs, disturbed.len() - 1, *range);
        }
        disturbed.into_iter().collect()
    }

    fn disturbed_span(
        &mut self,
        item: &Item<'a>,
        span: Millis,
        written: &tree::Expression,
    ) -> Option<Millis> {
        if span <= DISTURBED_MAX {
            return Some(span);
        }
        let shown = item.unit.source().line(written.range);
        let message = format!("`{shown}` is longer than {DISTURBED_MAX}");
        let diagnostic = Diagnostic::error(Code::OUT_OF_RANGE, item.unit.file, written.range, message)
            .with_help("all that a package does may disturb a key for at most a quarter of any hour");
        self.diagnostics.push(diagnostic);
        None
    }

    /// The ways from what the plan works on to entities whose key goes together with the signal's, the shortest of each.
    pub(crate) fn ways_to_key(&self, locals: &Locals, key: &Key) -> Vec<Way> {
        let meets = |entity: EntityIndex| {
            let shape = self.known.entities.get(&entity.0);
            shape.is_some_and(|shape| {
                !shape.keys.is_empty() && key.join(&Key::new(shape.keys.clone())).is_some()
            })
        };
        locals.entities.iter().filter_map(|(name, entity)| self.shortest_way(name, *entity, &meets)).collect()
    }

    fn ways_reached(
        &mut self,
        item: &Item<'a>,
        locals: &Locals,
        written: &tree::Disturbs,
        key: &Key,
    ) -> Option<Vec<Way>> {
        let ways = self.ways_to_key(locals, key);
        let is_hidden = item.tree.incomplete || !locals.reported.is_empty();
        if !ways.is_empty() || is_hidden {
            return Some(ways);
        }
        let range = range_of(&written.signal);
        let signal = item.unit.source().line(range);
        let message = format!(
            "`{signal}` has the key {key}, and nothing that `{}` works on leads to one of them",
            item.name.value
        );
        let after = TextRange::new(range.end, range.end);
        let diagnostic = Diagnostic::error(Code::NOT_REACHED, item.unit.file, range, message)
            .with_help(format!(
                "say that it may be any: `disturbs {signal} everywhere for ...`; or give the plan a parameter that leads there"
            ))
            .with_fix("write `everywhere`", Safety::Unsafe, after, " everywhere");
        self.diagnostics.push(diagnostic);
        None
    }
}
