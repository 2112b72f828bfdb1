//! Durable state of the service: what was applied, seen and done.
//!
//! One SQLite file, owned by one process. Every input is written here before the engine sees it, so an engine that is
//! restored from the last snapshot and told the inputs after it is the engine that died. What an engine asks for is
//! written before it is done; ids are hashes of their cause, so asking twice writes once. `docs/heald.md` describes the
//! tables.

mod effects;
mod error;
mod inputs;
mod journal;
mod lock;
mod policies;
mod schema;
mod snapshots;
mod trace;

pub use effects::{AskedEffect, EFFECTS_MAX, EffectKind, EffectRecord};
pub use error::JournalError;
pub use inputs::{InputRecord, NewInput, Settled};
pub use journal::{Handled, Journal};
pub use policies::{Applied, POLICIES_MAX, Refused};
pub use schema::FORMAT_VERSION;
pub use snapshots::{Resume, SNAPSHOTS_KEPT, SnapshotRecord};
pub use trace::{TRACE_EVENTS_MAX, TraceRecord};

#[cfg(test)]
mod tests;
