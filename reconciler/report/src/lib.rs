//! Trace to report, two reports to an impact diff; text, Markdown, HTML and JSON.

mod diff;
mod document;
mod incidents;
mod input;
mod model;
mod readings;
mod report;
mod timeline;
mod times;
mod units;
mod worst_case;

pub use diff::{
    BrokenGate, Counted, Difference, DifferenceKind, ImpactDiff, IncidentImpact, Pairing, SemanticChange,
    SemanticChangeKind, SourceChange,
};
pub use input::{Side, SignalSamples, SourceFile, Telemetry};
pub use model::*;
