//! What a guard counts apart by: `per namespace`, `per pod.service`.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Key, with_nearest};
use heal_program::{EntityIndex, FieldKind, Per, Way};
use heal_syntax::tree::{Name, Path};

use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    decide::guard::Guarding,
    item::Item,
};

impl<'a> Checker<'a> {
    /// What stands after `per`, each once.
    pub(super) fn per(&mut self, item: &Item<'a>, guarding: Guarding<'_>, per: &[Path]) -> Option<Vec<Per>> {
        let mut found: Vec<Option<Per>> = Vec::new();
        for (at, path) in per.iter().enumerate() {
            let written = item.unit.source().line(range_of(path));
            let same = |before: &&Path| item.unit.source().line(range_of(before)) == written;
            match per.iter().take(at).find(same) {
                Some(first) => {
                    let name = Name { value: written, range: range_of(path) };
                    self.duplicate(item, &name, range_of(first), "field after `per`");
                }
                None => found.push(self.one_per(item, guarding, path)),
            }
        }
        found.into_iter().collect()
    }

    fn one_per(&mut self, item: &Item<'a>, guarding: Guarding<'_>, path: &Path) -> Option<Per> {
        let (root, fields) = path.parts.split_first()?;
        let entities = match guarding {
            Guarding::Policy(firing) => {
                let key = firing.key.as_ref()?;
                if fields.is_empty() && key.fields().contains(&root.value) {
                    return Some(Per::Key(root.value.clone()));
                }
                &firing.locals.entities
            }
            Guarding::Shared(entities) => {
                // Each policy that names the guard says whether its key has such a field.
                if fields.is_empty() {
                    return Some(Per::Key(root.value.clone()));
                }
                entities
            }
        };
        let Some(entity) = entities.get(&root.value).copied() else {
            self.unknown_per(item, guarding, path);
            return None;
        };
        if let Some(found) = self.names.items.at(ItemKind::Entity, entity.0).copied() {
            self.names.note(item, &found, ReferenceKind::Uses, root.range);
            self.names.mark_used(item, &found.name.value);
        }
        let end = fields
            .iter()
            .try_fold(FieldKind::Entity(entity), |at, field| self.step_of_way(item, &at, field))?;
        match end {
            FieldKind::Entity(_) | FieldKind::Text => Some(Per::Way(Way {
                root: root.value.clone(),
                entity,
                path: fields.iter().map(|field| field.value.clone()).collect(),
            })),
            FieldKind::Quantity(_) | FieldKind::Entities(_) => {
                let range = range_of(path);
                let shown = item.unit.source().line(range);
                let message = format!("`{shown}` tells nothing apart: `per` needs an entity or a text");
                self.error(item, Code::TYPE_MISMATCH, range, message);
                None
            }
        }
    }

    /// The field of an entity at which a way goes on.
    fn step_of_way(&mut self, item: &Item<'a>, at: &FieldKind, field: &Name) -> Option<FieldKind> {
        let FieldKind::Entity(entity) = at else {
            let message = format!("there is no field `{}`: what stands before it is no entity", field.value);
            self.error(item, Code::UNKNOWN_FIELD, field.range, message);
            return None;
        };
        let shape = self.known.entities.get(&entity.0)?;
        if shape.keys.contains(&field.value) {
            return Some(FieldKind::Text);
        }
        match shape.fields.get(&field.value) {
            Some(kind) => kind.clone(),
            None if shape.incomplete => None,
            None => {
                let message = format!("`{}` has no field `{}`", shape.name, field.value);
                let known = shape.keys.iter().chain(shape.fields.keys()).map(String::as_str);
                let diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, item.unit.file, field.range, message);
                let diagnostic = with_nearest(diagnostic, &field.value, field.range, known);
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    fn unknown_per(&mut self, item: &Item<'a>, guarding: Guarding<'_>, path: &Path) {
        let range: TextRange = range_of(path);
        let written = item.unit.source().line(range);
        let Some(root) = path.parts.first() else { return };
        let (message, known): (String, Vec<String>) = match guarding {
            Guarding::Policy(firing) => {
                let Some(key) = &firing.key else { return };
                let (trigger, verb) = (&firing.trigger, firing.verb);
                let message = if path.parts.len() == 1 {
                    format!("`{trigger}` {verb} by {key}, which has no field `{written}`")
                } else {
                    format!("`{trigger}` {verb} by {key}, which identifies no `{}`", root.value)
                };
                let entities = firing.locals.entities.keys();
                (message, key.fields().iter().chain(entities).cloned().collect())
            }
            Guarding::Shared(entities) => (
                format!("no entity here is called `{}` in lower case", root.value),
                entities.keys().cloned().collect(),
            ),
        };
        let diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, item.unit.file, root.range, message);
        let mut diagnostic =
            with_nearest(diagnostic, &root.value, root.range, known.iter().map(String::as_str));
        if diagnostic.help.is_empty() && !known.is_empty() {
            let known: std::collections::BTreeSet<&str> = known.iter().map(String::as_str).collect();
            let known: Vec<&str> = known.into_iter().collect();
            diagnostic =
                diagnostic.with_help(format!("what can be counted apart by is {}", known.join(", ")));
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether a key has all that a shared guard counts apart by; else what it lacks.
    pub(super) fn lacking_for(&self, per: &Per, key: &Key) -> Option<String> {
        match per {
            Per::Key(field) => (!key.fields().contains(field)).then(|| field.clone()),
            Per::Way(Way { entity: EntityIndex(entity), .. }) => {
                let shape = self.known.entities.get(entity)?;
                let lacking: Vec<&str> = shape
                    .keys
                    .iter()
                    .filter(|field| !key.fields().contains(field))
                    .map(String::as_str)
                    .collect();
                (!lacking.is_empty()).then(|| lacking.join("`, `"))
            }
        }
    }
}
