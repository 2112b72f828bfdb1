//! Durable state of the service: what was applied, seen and done.
//!
//! One SQLite file, owned by one process. Inputs are written together with what the engine made of them, in one
//! transaction, before anything of it leaves the process. So an engine that is restored from the last snapshot and told
//! the inputs after it is the engine that died, and whatever the world has seen of that one is known to the new one. Ids
//! of effects are hashes of their cause: asking twice writes once. `docs/heald.md` describes the tables.

mod effects;
mod error;
mod inputs;
mod journal;
mod lock;
mod policies;
mod schema;
mod snapshots;
mod trace;

pub use effects::{AskedEffect, EFFECTS_MAX, EffectKind, EffectRecord, Settled};
pub use error::JournalError;
pub use inputs::InputRecord;
pub use journal::{Batch, Journal};
pub use policies::{Applied, POLICIES_MAX, Refused};
pub use schema::FORMAT_VERSION;
pub use snapshots::{Resume, SNAPSHOTS_KEPT, SnapshotRecord};
pub use trace::{TRACE_EVENTS_MAX, TraceRecord};

#[cfg(test)]
mod tests;
