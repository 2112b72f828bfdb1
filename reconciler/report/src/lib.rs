//! Trace to report, two reports to an impact diff; text, Markdown, HTML and JSON.
//!
//! [`Report::of`] counts what one program did over a recording, [`ImpactDiff::between`] says what a change would have
//! done. Both become one `Document`, which every rendering shows in the same order and words; `docs/impact.md` says
//! what each number means.

mod constant;
mod diff;
mod document;
mod expression_text;
mod incidents;
mod input;
mod kept;
mod listed;
mod model;
mod names;
mod outcomes;
mod parts;
mod peaks;
mod picture;
mod quality;
mod readings;
mod render;
mod report;
mod tally;
#[cfg(test)]
mod testing;
mod threads;
mod timeline;
mod times;
mod units;
mod verdicts;
mod wire;
mod worst_case;
mod zone;

pub use constant::{constant, constant_with};
pub use diff::{
    BrokenGate, Counted, Difference, DifferenceKind, Gate, ImpactDiff, IncidentImpact, Pairing,
    SemanticChange, SemanticChangeKind, Shift, SourceChange,
};
pub use document::difference_text;
pub use expression_text::{dimension_of, expression_text};
pub use input::{Samples, Shown, Side, SignalSamples, SourceFile, Telemetry};
pub use kept::{Kept, Reader, Writer};
pub use listed::Listed;
pub use model::*;
pub use outcomes::OutcomesReport;
pub use parts::{Draft, Drafts, Identified, Part, What};
pub use quality::{SignalQuality, UnitJump};
pub use render::{HtmlOptions, MARKDOWN_BYTES_MAX, MarkdownOptions};
pub use timeline::{Account, withheld_id, withholding};
pub use units::{base_unit, constant_quantity, display_unit, quantity, quantity_beside, quantity_towards};
pub use wire::{JSON_VERSION, JsonError};
pub use zone::{LocalZone, ZoneOffset};
