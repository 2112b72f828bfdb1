//! What depends on what: every dependency of a service, near and far.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{EntityIndex, FieldKind, Program, short_name};

/// The name of the standard library's entity whose dependencies count.
const SERVICE: &str = "Service";
/// Most relations between a key and its service.
const WAY_LENGTH_MAX: usize = 2;

/// The dependencies that a program declares, and how a firing leads to a service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topology {
    /// What each depends on by what was declared.
    declared: BTreeMap<String, BTreeSet<String>>,
    /// The entity that stands for a service, with the field of its key.
    pub(crate) service: Option<(EntityIndex, String)>,
    /// Its relation to those that it depends on.
    pub(crate) relation: Option<String>,
    /// By entity: the fields that lead from it to its service.
    pub(crate) ways: BTreeMap<EntityIndex, Vec<String>>,
}

impl Topology {
    pub(crate) fn of(program: &Program) -> Topology {
        let mut declared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for edge in &program.topology {
            declared.entry(edge.from.clone()).or_default().insert(edge.to.clone());
        }
        let is_service = |path: &str| short_name(path) == SERVICE;
        let service = (0..).zip(&program.entities).find(|(_, entity)| is_service(&entity.head.path));
        let index = service.map(|(at, _)| EntityIndex(at));
        let relation = service.and_then(|(_, entity)| {
            let to_itself = |kind: &FieldKind| matches!(kind, FieldKind::Entities(to) if Some(*to) == index);
            entity.fields.iter().find(|field| to_itself(&field.kind)).map(|field| field.name.clone())
        });
        let service = service.and_then(|(at, entity)| Some((EntityIndex(at), entity.keys.last()?.clone())));
        Topology { declared, ways: ways_to(program, index), relation, service }
    }

    /// Whether nothing depends on anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.declared.is_empty() && self.relation.is_none()
    }

    /// Whether anything depends on a service, as far as can be told beforehand.
    pub(crate) fn is_needed(&self, service: &str) -> bool {
        self.relation.is_some() || self.declared.values().any(|to| to.contains(service))
    }

    /// All that a service depends on, near and far, but for what depends on it in turn: in a circle nobody is the
    /// cause. `related` says what an entity's own relation adds.
    pub(crate) fn upstream(&self, service: &str, related: impl Fn(&str) -> Vec<String>) -> BTreeSet<String> {
        let near = |of: &str| -> BTreeSet<String> {
            let declared = self.declared.get(of).into_iter().flatten().cloned();
            declared.chain(related(of)).collect()
        };
        let reach = |from: &str| -> BTreeSet<String> {
            let mut reached = BTreeSet::new();
            let mut next = vec![from.to_owned()];
            while let Some(service) = next.pop() {
                next.extend(near(&service).into_iter().filter(|other| reached.insert(other.clone())));
            }
            reached
        };
        let all = reach(service);
        all.into_iter().filter(|other| other != service && !reach(other).contains(service)).collect()
    }
}

/// From each entity the shortest way over relations to a service, by name where several are as short.
fn ways_to(program: &Program, service: Option<EntityIndex>) -> BTreeMap<EntityIndex, Vec<String>> {
    let mut ways: BTreeMap<EntityIndex, Vec<String>> = BTreeMap::new();
    let Some(service) = service else { return ways };
    ways.insert(service, Vec::new());
    for _ in 0..WAY_LENGTH_MAX {
        let mut found = Vec::new();
        for (at, entity) in (0..).zip(&program.entities) {
            let index = EntityIndex(at);
            if ways.contains_key(&index) {
                continue;
            }
            let step = entity.fields.iter().find_map(|field| match field.kind {
                FieldKind::Entity(to) => Some((field.name.clone(), ways.get(&to)?)),
                FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_) => None,
            });
            if let Some((name, rest)) = step {
                found.push((index, std::iter::once(name).chain(rest.iter().cloned()).collect()));
            }
        }
        ways.extend(found);
    }
    ways
}
