//! Trace to report, two reports to an impact diff; text, Markdown, HTML and JSON.

mod incidents;
mod input;
mod model;
mod readings;
mod report;
mod timeline;
mod times;
mod units;
mod worst_case;

pub use input::{Side, SignalSamples, SourceFile, Telemetry};
pub use model::*;
