//! Files, ranges, diagnostics, codes and fixes; the one place that renders them.
//!
//! A pass returns facts as [`Diagnostic`]s; text for people and machines is made here and nowhere else.

mod codes;
mod diagnostic;
mod files;
mod fix;
mod near;
mod pages;
mod render;

pub use codes::{CODES, Code, CodeInfo};
pub use diagnostic::{Diagnostic, Edit, Fix, Label, Safety, Severity};
pub use files::{FileId, Files, Position, SourceFile, TextRange};
pub use fix::{Allowed, AppliedFix, Fixed, apply_fixes};
pub use near::nearest;
pub use pages::{NEAR_MAX, REPOSITORY, code_title, near_codes, page, page_address, read_code};
pub use render::{
    Excerpt, JSON_VERSION, render_excerpt, render_github, render_gitlab, render_human, render_json,
    render_junit, render_rdjson, render_sarif,
};
