//! Why nothing could be tuned.

use heal_impact::ImpactError;
use heal_simulator::SimulationError;
use heal_telemetry::RecordingError;

/// Why nothing could be tuned. Each says what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    /// The package does not compile.
    #[error("{name} does not compile")]
    DoesNotCompile {
        /// The package.
        name: String,
        /// Diagnostics with their places, as plain text.
        diagnostics: String,
    },
    /// No param has this name.
    #[error("there is no param `{name}`{help}")]
    UnknownParam {
        /// The name.
        name: String,
        /// A name that is near, or those that there are.
        help: String,
    },
    /// Several params have this name.
    #[error("`{name}` may be any of {paths}: write one of these")]
    AmbiguousParam {
        /// The name.
        name: String,
        /// Their paths.
        paths: String,
    },
    /// A param that was asked for has no range.
    #[error(
        "`{name}` has no range, and is tuned only inside of one: write in {place} which values a reviewer may choose, such as `{example}`"
    )]
    NoRange {
        /// The param.
        name: String,
        /// File and line.
        place: String,
        /// The param with a range.
        example: String,
    },
    /// Nobody labelled the recording's incidents.
    #[error(
        "the recording `{recording}` has no incidents, and without them no value is better than another: `heal record incidents FILE --into DIR` adds them"
    )]
    NoIncidents {
        /// The recording.
        recording: String,
    },
    /// Every cost is zero.
    #[error(
        "everything costs 0, so no value is better than another: write `--cost missed=240,false_alarm=30`"
    )]
    NothingCosts,
    /// The simulation failed.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The impact of a proposal could not be told.
    #[error(transparent)]
    Impact(#[from] ImpactError),
}
