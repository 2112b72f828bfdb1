//! The pass: hash every node, then keep what the package needs.

use heal_check::TypedProgram;
use heal_program::Program;

use crate::{hashes::Hashes, select::select};

/// The program of a checked package: all items of its own, and those of the standard library that they reach.
///
/// INVARIANT: called for a check without errors, so no detector reads itself. Otherwise the nodes are empty, and so is
/// the result.
#[must_use]
pub fn lower(typed: TypedProgram) -> Program {
    let TypedProgram { nodes: mut program, detector_order, items, .. } = typed;
    Hashes::of(&program, &detector_order).write_into(&mut program);
    select(program, &items, Vec::new()).0
}
