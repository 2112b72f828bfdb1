//! Positions of nodes in a [`Program`](crate::Program)'s tables.

use serde::{Deserialize, Serialize};

macro_rules! indexes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The position as a `usize`.
            #[must_use]
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

indexes! {
    /// A `param`.
    ParamIndex,
    /// An `entity`.
    EntityIndex,
    /// A `signal` or `counter`.
    SignalIndex,
    /// An `event`.
    EventIndex,
    /// A `source`.
    SourceIndex,
    /// A `detector`.
    DetectorIndex,
    /// An `action`.
    ActionIndex,
    /// A `channel`.
    ChannelIndex,
    /// A `plan`.
    PlanIndex,
    /// A `policy`.
    PolicyIndex,
    /// A `guard shared`.
    SharedGuardIndex,
}
