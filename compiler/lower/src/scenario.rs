//! Tests: what they refer to, in the program that is kept for them.

use heal_check::{Indexes, TypedProgram};
use heal_program::{Program, scenario::Scenario};

use crate::{
    hashes::Hashes,
    select::{Kept, Node},
};

/// The tests of a checked package with the program that they run: what [`lower`](crate::lower) keeps, and whatever else
/// the tests name. None, and a program with nothing in it, for a package without tests.
#[must_use]
pub fn lower_tests(typed: &mut TypedProgram) -> (Program, Vec<Scenario>) {
    if typed.scenarios.is_empty() {
        return (Program { package: typed.package.clone(), ..Program::default() }, Vec::new());
    }
    Hashes::of(&typed.nodes, &typed.detector_order).write_into(&mut typed.nodes);
    let mut scenarios = typed.scenarios.clone();
    let mut named: Vec<Node> = Vec::new();
    for scenario in &mut scenarios {
        scenario.indexes(&mut |kind, index| named.push((kind, *index)));
    }
    let kept = Kept::of(&mut typed.nodes, &typed.items, named);
    for scenario in &mut scenarios {
        scenario.indexes(&mut |kind, index| *index = kept.number(kind, *index));
    }
    (kept.copy(&typed.nodes), scenarios)
}
