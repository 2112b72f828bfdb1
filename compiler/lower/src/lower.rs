//! The pass: hash every node, then keep what the package needs.

use heal_check::{TypedProgram, VisitIndexes as _, VisitIndexesMut as _};
use heal_program::{Program, scenario::Scenario};

use crate::{
    hashes::Hashes,
    select::{Kept, Node, Selected},
};

/// The program of a checked package: all items of its own, and those of the standard library that they reach.
///
/// INVARIANT: called for a check without errors, so no detector reads itself. Otherwise the nodes are empty, and so is
/// the result.
#[must_use]
pub fn lower(typed: TypedProgram) -> Program {
    let TypedProgram { nodes: mut program, detector_order, items, .. } = typed;
    Hashes::of(&program, &detector_order).write_into(&mut program);
    let kept = Kept::of(&program, &items, Vec::new());
    kept.select(program)
}

/// The tests of a checked package with the program that they run: what [`lower`] keeps, and whatever else the tests name.
/// None, and a program with nothing in it, for a package without tests.
#[must_use]
pub fn lower_tests(typed: &mut TypedProgram) -> (Program, Vec<Scenario>) {
    tests(typed, &mut Selected::default())
}

/// Lowers typed programs of a package one after the other. What a node was lowered to is taken over where the same node
/// stands at the same place, and the programs share it.
#[derive(Clone, Debug, Default)]
pub struct Lowering {
    program: Selected,
    tests: Selected,
}

impl Lowering {
    /// What [`lower`] gives. The typed program will be gone on from: hashes are written into it, and those that are there
    /// already are right.
    pub fn lower(&mut self, typed: &mut TypedProgram) -> Program {
        Hashes::of(&typed.nodes, &typed.detector_order).write_into(&mut typed.nodes);
        let kept = Kept::of(&typed.nodes, &typed.items, Vec::new());
        self.program.select(kept, &typed.nodes)
    }

    /// What [`lower_tests`] gives, in the same way.
    pub fn lower_tests(&mut self, typed: &mut TypedProgram) -> (Program, Vec<Scenario>) {
        tests(typed, &mut self.tests)
    }
}

fn tests(typed: &mut TypedProgram, selected: &mut Selected) -> (Program, Vec<Scenario>) {
    if typed.scenarios.is_empty() {
        return (Program { package: typed.package.clone(), ..Program::default() }, Vec::new());
    }
    Hashes::of(&typed.nodes, &typed.detector_order).write_into(&mut typed.nodes);
    let mut scenarios = typed.scenarios.clone();
    let mut named: Vec<Node> = Vec::new();
    for scenario in &scenarios {
        scenario.visit_indexes(&mut |kind, index| named.push((kind, *index)));
    }
    let kept = Kept::of(&typed.nodes, &typed.items, named);
    for scenario in &mut scenarios {
        scenario.visit_indexes_mut(&mut |kind, index| *index = kept.number(kind, *index));
    }
    (selected.select(kept, &typed.nodes), scenarios)
}
