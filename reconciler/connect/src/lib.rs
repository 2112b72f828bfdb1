//! Sources of telemetry from real systems.
//!
//! [`Prometheus`] asks a server; [`SignalPoller`] knows which of a program's signals are due at which step of the grid and
//! turns the answers into samples. What does not come is missing, and never zero: a series without a key label, two
//! series for one key, and values that are not numbers are left out and said as a [`Finding`]. [`History`] fetches a long
//! stretch of the past piece by piece, and goes on where an earlier run was stopped: what recordings are made of.

mod backfill;
mod history;
mod poll;
mod prometheus;
mod samples;
mod secret;

pub use backfill::{BACKFILL_SAMPLES_MAX, warm_up_spans};
pub use history::{
    ALERTS_QUERY, History, HistoryError, Progress, Recorded, SAMPLES_MAX, Stretch, WorkFolder, alert_events,
    record_query, record_signal,
};
pub use poll::{CONCURRENT_QUERIES_MAX, Failure, Poll, SignalPoller};
pub use prometheus::{
    Authentication, Prometheus, PrometheusError, QUERY_POINTS_MAX, QueryAnswer, RESPONSE_BYTES_MAX,
    RawSample, RawSeries,
};
pub use samples::{Finding, SignalSample};
pub use secret::{SECRET_BYTES_MAX, SecretError, SecretReference};

#[cfg(test)]
mod tests;
