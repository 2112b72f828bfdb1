//! Sans-IO state machine over a program: detect, decide, guard, act. The only place where a healing decision is made.
//!
//! Whoever drives it tells it what happened ([`Engine::handle`]), does what it asks for ([`Engine::poll_effect`]),
//! and comes back when it wants to look again ([`Engine::poll_deadline`]). It has no clock: `now` is an argument that
//! never goes back. Equal program and inputs give an equal trace, byte for byte, live or simulated.

mod act;
mod arguments;
mod decide;
mod detect;
mod engine;
mod facts;
mod guard;
mod identity;
mod input;
mod pairs;
mod prepared;
mod series;
mod snapshot;
mod state;
mod swap;
mod trace;

pub use engine::{Engine, Halt};
pub use input::{Answer, ArgumentValue, Effect, EffectId, Input, Key, Operation, Outcome, Phase, Request};
pub use snapshot::{SNAPSHOT_VERSION, Snapshot, SnapshotError};
pub use trace::{
    ApprovalEnd, FiringEnd, Labels, RunEnd, Trace, TraceEvent, TraceKind, WithheldReason, key_of,
    label_values,
};

#[cfg(test)]
mod tests;
