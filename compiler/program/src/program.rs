//! The program itself: tables of nodes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Expression, Read, SemanticHash, Table, index::*, nodes::*};

/// A compiled package: everything the engine needs, and nothing that runs by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The package's name.
    pub package: String,
    /// Sorted by path, as all tables.
    pub params: Table<Param>,
    /// Entities.
    pub entities: Table<Entity>,
    /// Signals and counters.
    pub signals: Table<Signal>,
    /// What webhooks bring.
    pub sources: Table<WebhookSource>,
    /// Events.
    pub events: Table<Event>,
    /// Detectors.
    pub detectors: Table<Detector>,
    /// Actions.
    pub actions: Table<Action>,
    /// Channels.
    pub channels: Table<Channel>,
    /// Plans.
    pub plans: Table<Plan>,
    /// Policies.
    pub policies: Table<Policy>,
    /// Guards that several policies share.
    pub shared_guards: Table<SharedGuard>,
    /// What depends on what, by the key of the standard library's `Service`; sorted.
    pub topology: Vec<Dependency>,
}

macro_rules! lookups {
    ($($method:ident: $index:ident => $table:ident: $node:ident),* $(,)?) => {$(
        #[doc = concat!("The `", stringify!($node), "` at `index`; none when the index is of another program.")]
        #[must_use]
        pub fn $method(&self, index: $index) -> Option<&$node> {
            self.$table.get(index.at())
        }
    )*};
}

impl Program {
    lookups! {
        param: ParamIndex => params: Param,
        entity: EntityIndex => entities: Entity,
        signal: SignalIndex => signals: Signal,
        source: SourceIndex => sources: WebhookSource,
        event: EventIndex => events: Event,
        detector: DetectorIndex => detectors: Detector,
        action: ActionIndex => actions: Action,
        channel: ChannelIndex => channels: Channel,
        plan: PlanIndex => plans: Plan,
        policy: PolicyIndex => policies: Policy,
        shared_guard: SharedGuardIndex => shared_guards: SharedGuard,
    }

    /// The detector or event that a policy acts on.
    #[must_use]
    pub fn trigger(&self, trigger: Trigger) -> Option<&Head> {
        match trigger {
            Trigger::Detector(detector) => self.detector(detector).map(|node| &node.head),
            Trigger::Event(event) => self.event(event).map(|node| &node.head),
        }
    }

    /// The fields of a key, and those that the entities with such a key lead to: a pod leads to its service.
    #[must_use]
    pub fn reached(&self, keys: &[String]) -> BTreeSet<String> {
        let mut reached: BTreeSet<String> = keys.iter().cloned().collect();
        // Each round opens an entity, so there are no more of them than entities.
        for _ in 0..self.entities.len() {
            let before = reached.len();
            for entity in &self.entities {
                if !entity.keys.iter().all(|key| reached.contains(key)) {
                    continue;
                }
                for field in &entity.fields {
                    match &field.kind {
                        FieldKind::Text => {
                            reached.insert(field.name.clone());
                        }
                        FieldKind::Entity(other) => {
                            reached.extend(self.entity(*other).into_iter().flat_map(|it| it.keys.clone()));
                        }
                        FieldKind::Entities(_) | FieldKind::Quantity(_) => {}
                    }
                }
            }
            if reached.len() == before {
                break;
            }
        }
        reached
    }

    /// What a node of an expression reads that comes as samples. The key of an entity is known without any.
    #[must_use]
    pub fn sampled(&self, node: &Expression) -> Option<Read> {
        if let Expression::EntityField { entity, path, .. } = node {
            let keys = &self.entity(*entity)?.keys;
            path.first().filter(|field| !keys.contains(field))?;
        }
        node.read()
    }

    /// What an expression reads, by name.
    #[must_use]
    pub fn read_head(&self, read: Read) -> Option<&Head> {
        match read {
            Read::Signal(signal, _) => self.signal(signal).map(|node| &node.head),
            Read::Detector(detector) => self.detector(detector).map(|node| &node.head),
            Read::Event(event, _) => self.event(event).map(|node| &node.head),
            Read::Entity(entity) => self.entity(entity).map(|node| &node.head),
        }
    }

    /// The key fields of what a policy acts on.
    #[must_use]
    pub fn trigger_keys(&self, trigger: Trigger) -> Option<&[String]> {
        match trigger {
            Trigger::Detector(detector) => self.detector(detector).map(|node| node.keys.as_slice()),
            Trigger::Event(event) => self.event(event).map(|node| node.keys.as_slice()),
        }
    }

    /// What a way ends at; none when it is of another program.
    #[must_use]
    pub fn way_end(&self, way: &Way) -> Option<FieldKind> {
        way.path.iter().try_fold(FieldKind::Entity(way.entity), |at, field| match at {
            FieldKind::Entity(entity) => {
                let entity = self.entity(entity)?;
                if entity.keys.contains(field) {
                    return Some(FieldKind::Text);
                }
                entity.fields.iter().find(|it| it.name == *field).map(|it| it.kind.clone())
            }
            FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_) => None,
        })
    }

    /// What an event is recorded and told under: the name of what is pushed, the path of its source, or the hash of what
    /// is read of a log.
    #[must_use]
    pub fn recorded_event(&self, event: &Event) -> String {
        match &event.source {
            EventSource::Named { name, .. } => name.clone(),
            EventSource::Source { source, .. } => {
                self.source(*source).map(|source| source.head.path.clone()).unwrap_or_default()
            }
            EventSource::Logs(lines) => Source::Logs(lines.clone()).hash(&event.keys).to_string(),
        }
    }

    /// Who is asked for an approval, for people: the team, or the channel's path.
    #[must_use]
    pub fn asked<'a>(&'a self, approval: &'a Approval) -> &'a str {
        match &approval.asked {
            Asked::Team(team) => team,
            Asked::Channel { channel, .. } => self.channel(*channel).map_or("", |channel| &channel.head.path),
        }
    }

    /// Every node's path, kind and hash, in table order.
    pub fn heads(&self) -> impl Iterator<Item = (&'static str, &Head)> {
        let params = self.params.iter().map(|node| ("param", &node.head));
        let entities = self.entities.iter().map(|node| ("entity", &node.head));
        let signals = self.signals.iter().map(|node| ("signal", &node.head));
        let sources = self.sources.iter().map(|node| ("source", &node.head));
        let events = self.events.iter().map(|node| ("event", &node.head));
        let detectors = self.detectors.iter().map(|node| ("detector", &node.head));
        let actions = self.actions.iter().map(|node| ("action", &node.head));
        let channels = self.channels.iter().map(|node| ("channel", &node.head));
        let plans = self.plans.iter().map(|node| ("plan", &node.head));
        let policies = self.policies.iter().map(|node| ("policy", &node.head));
        let shared_guards = self.shared_guards.iter().map(|node| ("guard", &node.head));
        params
            .chain(entities)
            .chain(signals)
            .chain(sources)
            .chain(events)
            .chain(detectors)
            .chain(actions)
            .chain(channels)
            .chain(plans)
            .chain(policies)
            .chain(shared_guards)
    }

    /// Hash of what the program means: of its items' paths, kinds and semantic hashes. Comments, formatting,
    /// moved lines and the order of files do not change it.
    #[must_use]
    pub fn digest(&self) -> SemanticHash {
        let parts: Vec<Vec<u8>> = self
            .heads()
            .map(|(kind, head)| [kind.as_bytes(), b" ", head.path.as_bytes(), b" ", &head.hash.0].concat())
            .collect();
        let edges = self.topology.iter().flat_map(|edge| [edge.from.as_bytes(), edge.to.as_bytes()]);
        let parts = parts.iter().map(Vec::as_slice);
        SemanticHash::of(std::iter::once(self.package.as_bytes()).chain(parts).chain(edges))
    }
}
