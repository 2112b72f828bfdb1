//! Where items and their statements stand.

use heal_check::{ItemInfo, StatementKind, TypedProgram};
use heal_diagnostics::{FileId, TextRange};

/// A place in a file.
pub(super) type Place = (FileId, TextRange);

/// The item at a path.
pub(super) fn item<'t>(typed: &'t TypedProgram, path: &str) -> Option<&'t ItemInfo> {
    let at = typed.items.binary_search_by(|item| item.path.as_str().cmp(path)).ok()?;
    typed.items.get(at)
}

/// Where a statement stands; the item's name where that is not known, as for what is made from a template.
pub(super) fn statement(typed: &TypedProgram, path: &str, kind: StatementKind, at: usize) -> Option<Place> {
    let index = u32::try_from(at).ok()?;
    let wanted = (path, kind, index);
    let found = typed
        .statements
        .binary_search_by(|place| (place.item.as_str(), place.kind, place.index).cmp(&wanted))
        .ok()
        .and_then(|at| typed.statements.get(at));
    match found {
        Some(place) => Some((place.file, place.range)),
        None => item(typed, path).map(|item| (item.file, item.name_range)),
    }
}
