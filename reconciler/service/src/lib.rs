//! `heald`: clocks, polling, the status socket and shutdown.
//!
//! One task owns the engine and its journal ([`JournalledEngine`]); it selects over deadlines, telemetry, requests and
//! signals. A thread of its own goes over the repository, because Git and forges block, and asks that task to take
//! programs. What the engine asks for is shown and not carried out. Whatever is killed at any moment takes up where it
//! was. `docs/heald.md` is for its users.

mod arguments;
mod assessor;
mod clock;
mod config;
mod journalled_engine;
mod log;
mod polling;
mod ports;
mod reconciler;
mod replay;
mod request;
mod run;
mod service;
mod socket;
mod status;

pub use arguments::Arguments;
pub use config::{
    Config, ConfigError, ForgeConfig, Pace, RecordingChoice, RepositoryConfig, RepositoryPlace,
    TelemetryConfig,
};
pub use journalled_engine::{EngineError, JournalledEngine, SNAPSHOT_INPUTS_MAX};
pub use run::run;
pub use service::{Mode, ServiceError};
pub use socket::{StatusError, ask};
pub use status::{
    EngineStatus, ErrorEntry, FiringStatus, PassStatus, Policies, PullRequestStatus, RefusedCommit,
    STATUS_VERSION, ShadowAction, Status, Telemetry, render,
};

#[cfg(test)]
mod tests;
