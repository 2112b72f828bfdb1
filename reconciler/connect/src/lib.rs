//! Sources of telemetry from real systems.
//!
//! [`Prometheus`] asks a server; [`SignalPoller`] knows which of a program's signals are due at which step of the grid and
//! turns the answers into samples. What does not come is missing, and never zero: a series without a key label, two
//! series for one key, and values that are not numbers are left out and said as a [`Finding`].

mod backfill;
mod poll;
mod prometheus;
mod samples;
mod secret;

pub use backfill::{BACKFILL_SAMPLES_MAX, warm_up_spans};
pub use poll::{CONCURRENT_QUERIES_MAX, Failure, Poll, SignalPoller};
pub use prometheus::{
    Authentication, Prometheus, PrometheusError, QUERY_POINTS_MAX, QueryAnswer, RESPONSE_BYTES_MAX,
    RawSample, RawSeries,
};
pub use samples::{Finding, SignalSample};
pub use secret::{SECRET_BYTES_MAX, SecretError, SecretReference};

#[cfg(test)]
mod tests;
