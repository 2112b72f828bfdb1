//! Files, ranges, diagnostics, codes and fixes; the one place that renders them.
//!
//! A pass returns facts as [`Diagnostic`]s; text for people and machines is made here and nowhere else.

mod codes;
mod diagnostic;
mod files;
mod render;

pub use codes::{CODES, Code, CodeInfo};
pub use diagnostic::{Diagnostic, Edit, Fix, Label, Safety, Severity};
pub use files::{FileId, Files, Position, SourceFile, TextRange};
pub use render::{Excerpt, JSON_VERSION, render_excerpt, render_human, render_json};
