//! `guard shared fleet { ... }`: one count for all policies that name it.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_program::{EntityIndex, Guard, Per, SharedGuard, SharedGuardIndex};
use heal_syntax::tree::{ItemKind as TreeKind, Path};

use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    decide::{Firing, firing::lower_case},
    item::Item,
};

/// A shared guard from outside.
#[derive(Clone, Debug)]
pub(crate) struct SharedGuardShape {
    /// Whether it has a limit without `per`, right or wrong.
    pub(crate) unkeyed_limit: bool,
    /// All that it counts apart by.
    per: Vec<Per>,
}

impl<'a> Checker<'a> {
    /// Checks a shared guard.
    pub(crate) fn shared_guard(&mut self, item: &Item<'a>) -> Option<SharedGuard> {
        let TreeKind::SharedGuard(shared) = &item.tree.kind else { return None };
        let entities: BTreeMap<String, EntityIndex> = self
            .names
            .entities(item)
            .into_iter()
            .map(|(name, entity)| (lower_case(name), EntityIndex(entity.index)))
            .collect();
        if shared.statements.is_empty() {
            self.lacks(item, "limit", "limit 5 per 1h");
        }
        let (guard, unkeyed_limit) = self.shared_statements(item, &entities, &shared.statements);
        let per = guard.as_ref().map(counted_apart).unwrap_or_default();
        let unkeyed_limit = unkeyed_limit || item.tree.incomplete;
        self.known.shared_guards.insert(item.index, SharedGuardShape { unkeyed_limit, per });
        Some(SharedGuard { head: item.head(), guard: guard? })
    }

    /// The shared guards that a policy names, each once, and each with a count that its key has.
    pub(super) fn shared_guards(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &[(&Path, TextRange)],
    ) -> Option<Vec<SharedGuardIndex>> {
        let mut found: Vec<Option<SharedGuardIndex>> = Vec::new();
        let mut firsts: Vec<(u32, TextRange)> = Vec::new();
        for (path, _) in written {
            let range = range_of(path);
            let need = "`shared` needs";
            let kind = ReferenceKind::Uses;
            let Some(shared) = self.item_of_kind(item, path, ItemKind::SharedGuard, need, kind) else {
                found.push(None);
                continue;
            };
            if let Some((_, first)) = firsts.iter().find(|(index, _)| *index == shared.index) {
                let name = heal_syntax::tree::Name { value: shared.name.value.clone(), range };
                self.duplicate(item, &name, *first, "shared guard");
                continue;
            }
            firsts.push((shared.index, range));
            let counts = self.counts_for(item, firing, &shared, range);
            found.push(counts.then_some(SharedGuardIndex(shared.index)));
        }
        found.into_iter().collect()
    }

    /// Reports a shared guard that counts by what the policy's firings do not have.
    fn counts_for(&mut self, item: &Item<'a>, firing: &Firing, shared: &Item<'a>, range: TextRange) -> bool {
        let (Some(key), Some(shape)) = (&firing.key, self.known.shared_guards.get(&shared.index)) else {
            return true;
        };
        let lacking = shape.per.iter().find_map(|per| Some((per, self.lacking_for(per, key)?)));
        let Some((per, lacking)) = lacking else { return true };
        let (name, Firing { trigger, verb, .. }) = (&shared.name.value, firing);
        let message =
            format!("`{name}` counts per `{per}`, and `{trigger}` {verb} by {key}, without `{lacking}`");
        let diagnostic = Diagnostic::error(Code::KEY_MISMATCH, item.unit.file, range, message)
            .with_secondary(shared.unit.file, shared.name.range, "defined here")
            .with_help("let it count by what all policies that name it have");
        self.diagnostics.push(diagnostic);
        false
    }
}

/// All that a guard counts apart by.
fn counted_apart(guard: &Guard) -> Vec<Per> {
    let limits = guard.limits.iter().map(|limit| &limit.per);
    let all = limits
        .chain(guard.cooldown.iter().map(|cooldown| &cooldown.per))
        .chain(guard.blast_radius.iter().map(|blast| &blast.per))
        .chain(guard.concurrency.iter().map(|concurrency| &concurrency.per))
        .chain(guard.breakers.iter().map(|breaker| &breaker.per));
    all.flatten().cloned().collect()
}
