//! Topology: a firing whose dependency fires is a symptom, and the dependency is healed first.

use std::collections::BTreeMap;

use heal_evaluate::{Facts, Value};
use heal_program::{EntityIndex, Millis, SemanticHash, Timestamp, short_name};

use super::Held;
use crate::{Engine, Key, Lacking, WithheldReason, decide::Case, facts::StepFacts, state::Firing};

/// How long after a firing its cause may show.
const CAUSE_DELAY_MAX: Millis = Millis::from_minutes(2);

/// What a firing is a symptom of.
pub(crate) struct Cause {
    /// The dependency.
    pub(crate) service: String,
    /// The detector that fires there.
    pub(crate) detector: String,
    /// Its firing.
    pub(crate) firing: SemanticHash,
}

impl Engine {
    /// All for which the case must wait for a dependency: those that fire, the one that began first before the others, and
    /// one that may yet.
    pub(crate) fn downstream<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = Held> + 'a {
        let fires = |cause: Cause| {
            Held::by_nobody(WithheldReason::Topology {
                upstream: cause.service,
                detector: cause.detector,
                until: None,
            })
        };
        let causes = std::iter::once_with(|| self.causes_of(case)).flatten().map(fires);
        let unknown = std::iter::once_with(|| self.cause_unknown(case)).flatten();
        causes.chain(unknown).chain(std::iter::once_with(|| self.awaited(case)).flatten())
    }

    /// A dependency that does not fire yet, and is waited for.
    fn awaited(&self, case: &Case) -> Option<Held> {
        let until = case.firing.started.plus(CAUSE_DELAY_MAX);
        if case.is_event() || self.state.now >= until {
            return None;
        }
        let upstream = self.upstream_of(case)?.into_iter().next()?;
        let is_watched = self.program.detectors.iter().any(|node| self.way_of(&node.keys).is_some());
        is_watched.then(|| {
            Held::by_nobody(WithheldReason::Topology {
                upstream,
                detector: String::new(),
                until: Some(until),
            })
        })
    }

    /// What is no longer known of where a firing belongs, though it was: that something it depends on fires cannot be ruled out.
    fn cause_unknown(&self, case: &Case) -> Option<Held> {
        if self.prepared.topology.is_empty() {
            return None;
        }
        let names = case.program.trigger_keys(case.policy()?.on)?;
        let unknown = |lacking: Lacking| {
            let what = "whether what it depends on fires".to_owned();
            Held::by_nobody(WithheldReason::ArgumentUnknown { what, lacking: vec![lacking] })
        };
        if let Some(lacking) = self.lost_service(names, &case.key) {
            let may_be = |(service, _): (&String, _)| self.prepared.topology.is_needed(service);
            return self.firing_services().iter().any(may_be).then(|| unknown(lacking));
        }
        self.upstream_of(case)?;
        let detectors = self.program.detectors.iter().zip(&self.state.detectors);
        let mut firing =
            detectors.filter(|(node, _)| self.way_of(&node.keys).is_some()).flat_map(|(node, state)| {
                let keys = state.keys.iter().filter(|(_, state)| state.firing.is_some());
                keys.filter_map(|(key, _)| self.lost_service(&node.keys, key))
            });
        firing.next().map(unknown)
    }

    /// What is no longer known on the way from a key to its service.
    fn lost_service(&self, names: &[String], key: &Key) -> Option<Lacking> {
        let (_, field) = self.prepared.topology.service.as_ref()?;
        let (entity, way) = self.way_of(names)?;
        if way.is_empty() || self.service_of(names, key).is_some() {
            return None;
        }
        let facts = StepFacts { names, key, ..self.facts_now() };
        let path: Vec<String> = way.iter().chain([field]).cloned().collect();
        let root = self.program.entity(entity)?;
        let own: Option<Key> = root.keys.iter().map(|field| facts.key_field(field)).collect();
        let read = short_name(&root.head.path);
        facts.lacking_from((read, entity), own?, &path).filter(|lacking| lacking.told.is_some())
    }

    /// The dependency that fires, of several the one that began first.
    pub(crate) fn cause_of(&self, case: &Case) -> Option<Cause> {
        self.causes_of(case).into_iter().next()
    }

    /// The dependencies that fire, the one that began first before the others.
    fn causes_of(&self, case: &Case) -> Vec<Cause> {
        let Some(upstream) = self.upstream_of(case) else { return Vec::new() };
        let firing = self.firing_services();
        let causes = upstream.iter().filter_map(|service| firing.get(service).map(|found| (service, found)));
        let mut causes: Vec<_> = causes.collect();
        causes.sort_by(|left, right| (left.1.0, left.0).cmp(&(right.1.0, right.0)));
        let cause = |(service, (_, firing, detector)): (&String, &(_, SemanticHash, String))| Cause {
            service: service.clone(),
            detector: detector.clone(),
            firing: *firing,
        };
        causes.into_iter().map(cause).collect()
    }

    /// What the service of a case depends on, near and far; none: it has no service, or nothing to depend on.
    fn upstream_of(&self, case: &Case) -> Option<std::collections::BTreeSet<String>> {
        let topology = &self.prepared.topology;
        if topology.is_empty() {
            return None;
        }
        let names = case.program.trigger_keys(case.policy()?.on)?;
        let service = self.service_of(names, &case.key)?;
        let upstream = topology.upstream(&service, |service| self.related_services(service));
        (!upstream.is_empty()).then_some(upstream)
    }

    /// The services that fire: each with its earliest firing.
    fn firing_services(&self) -> BTreeMap<String, (Timestamp, SemanticHash, String)> {
        let mut services: BTreeMap<String, (Timestamp, SemanticHash, String)> = BTreeMap::new();
        for (node, state) in self.program.detectors.iter().zip(&self.state.detectors) {
            if self.way_of(&node.keys).is_none() {
                continue;
            }
            let firing = |(key, state): (_, &crate::state::KeyState)| Some((key, state.firing?));
            for (key, Firing { id, started }) in state.keys.iter().filter_map(firing) {
                let Some(service) = self.service_of(&node.keys, key) else { continue };
                let found = (started, id, node.head.path.clone());
                let known = services.entry(service).or_insert_with(|| found.clone());
                if found < *known {
                    *known = found;
                }
            }
        }
        services
    }

    /// From which entity, and over which fields, a key leads to a service.
    fn way_of(&self, names: &[String]) -> Option<(EntityIndex, &[String])> {
        let topology = &self.prepared.topology;
        let is_identified = |entity: &EntityIndex| {
            let keys = self.program.entity(*entity).map(|node| node.keys.as_slice()).unwrap_or_default();
            !keys.is_empty() && keys.iter().all(|field| names.contains(field))
        };
        let ways = topology.ways.iter().filter(|(entity, _)| is_identified(entity));
        let shortest = ways.min_by_key(|(entity, way)| (way.len(), **entity));
        shortest.map(|(entity, way)| (*entity, way.as_slice()))
    }

    fn service_of(&self, names: &[String], key: &Key) -> Option<String> {
        let topology = &self.prepared.topology;
        let Some((_, field)) = &topology.service else {
            // Without the standard library's `Service` the key field of that name stands for it.
            let place = names.iter().position(|name| name == "service")?;
            return key.get(place).cloned();
        };
        let (entity, way) = self.way_of(names)?;
        let facts = StepFacts { names, key, ..self.facts_now() };
        let path: Vec<String> = way.iter().chain([field]).cloned().collect();
        let root = self.program.entity(entity)?;
        let own: Option<Key> = root.keys.iter().map(|field| facts.key_field(field)).collect();
        facts.field_text(entity, &own?, &path)
    }

    fn related_services(&self, service: &str) -> Vec<String> {
        let topology = &self.prepared.topology;
        let (Some((entity, field)), Some(relation)) = (&topology.service, &topology.relation) else {
            return Vec::new();
        };
        let facts = self.facts_now();
        let key: Key = vec![service.to_owned()];
        let found = facts.field_value(*entity, &key, std::slice::from_ref(relation));
        let Some(Value::List(items)) = found else { return Vec::new() };
        let name = |item: &Value| match item {
            Value::Object(fields) => match fields.get(field) {
                Some(Value::Text(text)) => Some(text.clone()),
                Some(_) | None => None,
            },
            Value::Text(text) => Some(text.clone()),
            Value::Number(_) | Value::Integer(_) | Value::Bool(_) | Value::List(_) => None,
        };
        items.iter().filter_map(name).collect()
    }
}
