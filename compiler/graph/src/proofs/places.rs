//! Where items and their statements stand.

use heal_check::{StatementKind, TypedProgram};
use heal_diagnostics::{FileId, TextRange};

/// A place in a file.
pub(super) type Place = (FileId, TextRange);

/// Where a statement stands; the item's name where that is not known, as for what is made from a template.
pub(super) fn statement(typed: &TypedProgram, path: &str, kind: StatementKind, at: usize) -> Option<Place> {
    let (id, item) = typed.item(path)?;
    typed.statement(id, kind, at).or(Some((item.file, item.name_range)))
}
