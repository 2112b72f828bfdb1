//! What a policy knows of the firings or events that it acts on.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::{Expected, Key, Type, Typed};
use heal_program::{EntityIndex, Require, Trigger};
use heal_syntax::tree::Expression;

use crate::{check::Checker, decide::policy::Triggered, item::Item, scope::Locals};

/// What a policy knows of the firings that it acts on.
#[derive(Clone, Debug)]
pub(crate) struct Firing {
    /// The name of the detector or event.
    pub(crate) trigger: String,
    /// What it does: `fires`, `happens`.
    pub(crate) verb: &'static str,
    /// The key of its firings; none where it was reported.
    pub(crate) key: Option<Key>,
    /// What can be named because of it.
    pub(crate) locals: Locals,
}

impl<'a> Checker<'a> {
    /// What can be named for a firing of a detector, or for an event: its key fields as text, and the entities that they
    /// identify among those that the file knows, under their names in lower case.
    pub(super) fn firing(&mut self, item: &Item<'a>, trigger: Option<&Triggered>) -> Firing {
        let is_event = trigger.is_some_and(|trigger| matches!(trigger.on, Trigger::Event(_)));
        let key = trigger.and_then(|trigger| trigger.key.clone());
        let mut locals = Locals { any_name: key.is_none(), ..Locals::of_telemetry() };
        if let Some(key) = &key {
            locals.values = key.fields().iter().map(|field| (field.clone(), Type::Text)).collect();
            locals.entities = self.entities_of(item, key);
        }
        Firing {
            trigger: trigger.map(|trigger| trigger.name.clone()).unwrap_or_default(),
            verb: if is_event { "happens" } else { "fires" },
            key,
            locals,
        }
    }

    /// The entities that a key identifies, by their names in lower case.
    fn entities_of(&self, item: &Item<'a>, key: &Key) -> BTreeMap<String, EntityIndex> {
        let identified = |entity: &Item<'a>| {
            let shape = self.known.entities.get(&entity.index);
            shape.is_some_and(|shape| !shape.keys.is_empty() && key.contains(&Key::new(shape.keys.clone())))
        };
        let entities = self.names.entities(item).into_iter();
        let identified = entities.filter(|(_, entity)| identified(entity));
        identified.map(|(name, entity)| (lower_case(name), EntityIndex(entity.index))).collect()
    }

    /// A condition on a firing, with its text.
    pub(super) fn requirement_for(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &Expression,
    ) -> Option<Require> {
        let typed = self.for_firing(item, firing, written, &Expected::Condition)?;
        Some(Require { condition: typed.expression, text: item.unit.source().line(written.range) })
    }

    /// An expression that has one value for a firing: its key is part of the firing's.
    pub(crate) fn for_firing(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &Expression,
        expected: &Expected,
    ) -> Option<Typed> {
        let typed = self.expression(item, &firing.locals, written, expected)?;
        let key = firing.key.as_ref()?;
        if key.contains(&typed.key) {
            return Some(typed);
        }
        let Firing { trigger, verb, .. } = firing;
        let shown = item.unit.source().line(written.range);
        let message = format!("`{shown}` has the key {}, and `{trigger}` {verb} by {key}", typed.key);
        let ways = self.ways_to_key(&firing.locals, &typed.key);
        let help = match ways.first() {
            Some(way) => format!("say whose it is: write `[{way}]` after the signal"),
            None => "read it in the detector, so that the detector fires by both keys".to_owned(),
        };
        let diagnostic = Diagnostic::error(Code::KEY_MISMATCH, item.unit.file, written.range, message);
        self.diagnostics.push(diagnostic.with_help(help));
        None
    }
}

/// `PodGroup` as a name in expressions: `pod_group`.
pub(super) fn lower_case(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    let mut after_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && after_lower {
            result.push('_');
        }
        after_lower = character.is_lowercase() || character.is_numeric();
        result.extend(character.to_lowercase());
    }
    result
}
