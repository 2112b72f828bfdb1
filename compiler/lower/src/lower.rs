//! The pass: hash every node, then keep what the package needs.

use heal_check::TypedProgram;
use heal_program::Program;

use crate::{hashes::Hashes, select::Kept};

/// The program of a checked package: all items of its own, and those of the standard library that they reach.
///
/// INVARIANT: called for a check without errors, so no detector reads itself. Otherwise the nodes are empty, and so is
/// the result.
#[must_use]
pub fn lower(typed: TypedProgram) -> Program {
    let TypedProgram { nodes: mut program, detector_order, items, .. } = typed;
    Hashes::of(&program, &detector_order).write_into(&mut program);
    let kept = Kept::of(&mut program, &items, Vec::new());
    kept.select(program)
}

/// The same, for a typed program that will be gone on from: the hashes are written into it, and those that are there
/// already are right.
#[must_use]
pub fn lower_again(typed: &mut TypedProgram) -> Program {
    Hashes::of(&typed.nodes, &typed.detector_order).write_into(&mut typed.nodes);
    let kept = Kept::of(&mut typed.nodes, &typed.items, Vec::new());
    kept.copy(&typed.nodes)
}
