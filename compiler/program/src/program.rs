//! The program itself: tables of nodes.

use serde::{Deserialize, Serialize};

use crate::{SemanticHash, index::*, nodes::*};

/// A compiled package: everything the engine needs, and nothing that runs by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The package's name.
    pub package: String,
    /// Sorted by path, as all tables.
    pub params: Vec<Param>,
    /// Entities.
    pub entities: Vec<Entity>,
    /// Signals and counters.
    pub signals: Vec<Signal>,
    /// Detectors.
    pub detectors: Vec<Detector>,
    /// Actions.
    pub actions: Vec<Action>,
    /// Channels.
    pub channels: Vec<Channel>,
    /// Plans.
    pub plans: Vec<Plan>,
    /// Policies.
    pub policies: Vec<Policy>,
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
        detector: DetectorIndex => detectors: Detector,
        action: ActionIndex => actions: Action,
        channel: ChannelIndex => channels: Channel,
        plan: PlanIndex => plans: Plan,
        policy: PolicyIndex => policies: Policy,
    }

    /// Every node's path, kind and hash, in table order.
    pub fn heads(&self) -> impl Iterator<Item = (&'static str, &Head)> {
        let params = self.params.iter().map(|node| ("param", &node.head));
        let entities = self.entities.iter().map(|node| ("entity", &node.head));
        let signals = self.signals.iter().map(|node| ("signal", &node.head));
        let detectors = self.detectors.iter().map(|node| ("detector", &node.head));
        let actions = self.actions.iter().map(|node| ("action", &node.head));
        let channels = self.channels.iter().map(|node| ("channel", &node.head));
        let plans = self.plans.iter().map(|node| ("plan", &node.head));
        let policies = self.policies.iter().map(|node| ("policy", &node.head));
        params
            .chain(entities)
            .chain(signals)
            .chain(detectors)
            .chain(actions)
            .chain(channels)
            .chain(plans)
            .chain(policies)
    }

    /// Hash of what the program means: of its items' paths, kinds and semantic hashes. Comments, formatting,
    /// moved lines and the order of files do not change it.
    #[must_use]
    pub fn digest(&self) -> SemanticHash {
        let parts: Vec<Vec<u8>> = self
            .heads()
            .map(|(kind, head)| [kind.as_bytes(), b" ", head.path.as_bytes(), b" ", &head.hash.0].concat())
            .collect();
        SemanticHash::of(std::iter::once(self.package.as_bytes()).chain(parts.iter().map(Vec::as_slice)))
    }
}
