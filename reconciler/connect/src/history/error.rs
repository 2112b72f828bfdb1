//! Why a stretch of the past could not be had.

use std::path::PathBuf;

use heal_program::Timestamp;

use crate::PrometheusError;

/// Why a stretch of the past could not be had. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The server's trouble, or the way to it: what has arrived is kept.
    #[error("{source}; what has arrived is kept: the same command goes on from there")]
    Interrupted {
        /// What happened last.
        source: PrometheusError,
    },
    /// Nothing that waiting helps against.
    #[error("{source}")]
    Refused {
        /// What the server says.
        source: PrometheusError,
    },
    /// Something answers, and it does not speak Prometheus' API.
    #[error("{source}: is this the address of Prometheus, up to the path before `/api/v1`?")]
    NotPrometheus {
        /// What came.
        source: PrometheusError,
    },
    /// Native histograms.
    #[error(
        "the query gives {points} histograms, and a recording holds numbers: ask for one, as in \
         `histogram_quantile(0.99, …)` or `histogram_count(…)`"
    )]
    Histograms {
        /// How many points.
        points: u64,
    },
    /// A query that means another thing for every range.
    #[error(
        "the query has `{modifier}`, which means another time for every range that is asked for: write the time itself, \
         or leave it out"
    )]
    BoundToTheRange {
        /// The modifier.
        modifier: &'static str,
    },
    /// No values at all.
    #[error(
        "Prometheus has no value of the query from {start} to {end}: check its names and labels, and the range"
    )]
    Empty {
        /// The first step.
        start: Timestamp,
        /// The last one.
        end: Timestamp,
    },
    /// Series that nothing but their name tells apart.
    #[error(
        "the query gives several series with the labels {labels}, and a recording has one name for all: ask for one name"
    )]
    SeveralNames {
        /// The labels.
        labels: String,
    },
    /// Another run.
    #[error("another `heal record` is at work in `{}`: wait until it is done", path.display())]
    Busy {
        /// The work folder.
        path: PathBuf,
    },
    /// The work folder.
    #[error("cannot write `{}`: {source}", path.display())]
    Work {
        /// Which path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gives no runtime.
    #[error("nothing can be asked over the network: {source}")]
    Runtime {
        /// What the system said.
        source: std::io::Error,
    },
}

impl HistoryError {
    pub(super) fn of(source: PrometheusError) -> HistoryError {
        let is_elsewhere = matches!(
            source,
            PrometheusError::Malformed { .. } | PrometheusError::Refused { status: 404 | 405, .. }
        );
        match source.is_temporary() {
            _ if is_elsewhere => HistoryError::NotPrometheus { source },
            true => HistoryError::Interrupted { source },
            false => HistoryError::Refused { source },
        }
    }
}
