//! Ways over relations: from a name that is an entity to what it leads to.

use std::collections::{BTreeSet, VecDeque};

use heal_program::{EntityIndex, FieldKind, Way};

use crate::check::Checker;

/// Longest way that is looked for.
const WAY_LENGTH_MAX: usize = 8;

impl<'a> Checker<'a> {
    /// The shortest way from a name to an entity that `wanted` takes; of equally short ones the first by field names.
    pub(crate) fn shortest_way(
        &self,
        root: &str,
        entity: EntityIndex,
        wanted: &dyn Fn(EntityIndex) -> bool,
    ) -> Option<Way> {
        let mut seen = BTreeSet::from([entity]);
        let mut pending: VecDeque<(EntityIndex, Vec<String>)> = VecDeque::from([(entity, Vec::new())]);
        while let Some((at, path)) = pending.pop_front() {
            if wanted(at) {
                return Some(Way { root: root.to_owned(), entity, path });
            }
            let Some(shape) = self.known.entities.get(&at.0) else { continue };
            if path.len() == WAY_LENGTH_MAX {
                continue;
            }
            for (field, kind) in &shape.fields {
                if let Some(FieldKind::Entity(next)) = kind
                    && seen.insert(*next)
                {
                    let path = path.iter().chain([field]).cloned().collect();
                    pending.push_back((*next, path));
                }
            }
        }
        None
    }
}
