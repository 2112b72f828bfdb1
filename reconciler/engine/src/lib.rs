//! Sans-IO state machine over a program: detect, decide, guard, act. The only place where a healing decision is made.
//!
//! Whoever drives it tells it what happened ([`Engine::handle`]), does what it asks for ([`Engine::poll_effect`]),
//! and comes back when it wants to look again ([`Engine::poll_deadline`]). It has no clock: `now` is an argument that
//! never goes back. Equal program and inputs give an equal trace, byte for byte, live or simulated.

mod agenda;
mod arguments;
mod claims;
mod decide;
mod detect;
mod effect;
mod engine;
mod facts;
mod foretell;
mod groups;
mod guard;
mod identity;
mod input;
mod intake;
mod look;
mod observe;
mod pairs;
mod prepared;
mod rewrite;
mod run;
mod snapshot;
mod state;
mod swap;
mod trace;
mod unsupported;
mod withheld;

pub use decide::{Hindered, Hindrance};
pub use effect::{ArgumentValue, Call, Effect, Episode, Operation, Phase, Request};
pub use engine::{Engine, Halt};
pub use foretell::{Extent, Foreteller, Known, Prophecy, Spare, Truths};
pub use groups::{Group, groups};
pub use guard::OpenedBy;
pub use heal_detection::columns::{EvenRuns, Fixed, Samples};
pub use input::{Answer, EffectId, FieldValue, Input, Key, Outcome};
pub use look::{CountedRun, Doing, GuardStanding, Standing, WhereStanding};
pub use observe::SILENT_KEY_MEMORY;
pub use run::{RecordedRun, RecordedVerdict};
pub use snapshot::{SNAPSHOT_VERSION, Snapshot, SnapshotError};
pub use trace::{
    APPROVAL_TIMED_OUT, ApprovalEnd, Candidate, DecidedBy, FiringEnd, Ground, Labels, Readings, RunEnd,
    Trace, TraceEvent, TraceKind, key_of, label_values, why_skipped,
};
pub use unsupported::{Unsupported, approximations, unsupported};
pub use withheld::{Lacking, WithheldReason};

#[cfg(test)]
mod tests;
