//! What a condition that policies and plans look at when they decide had read, and what would have made it true.

use heal_evaluate::Facts;
use heal_program::{Expression, Program};

use crate::{flips::alternatives, guards::Withholding, readings::readings};

/// The values of a condition that did not hold, a line each, and the ways in which it would have. None where the facts say
/// that it does.
pub(crate) fn needed(program: &Program, condition: &Expression, facts: &dyn Facts) -> Option<Withholding> {
    let ways = alternatives(program, condition, true, facts);
    let because = parts_read(program, condition, facts);
    let together = |way: &Vec<crate::flips::Need>| {
        way.iter().map(|need| need.text.as_str()).collect::<Vec<_>>().join(", and ")
    };
    (!ways.is_empty()).then(|| Withholding { because, differ: ways.iter().map(together).collect() })
}

/// The values of a condition's parts, a line each. The condition as a whole stands in the sentence above them.
pub(crate) fn parts_read(program: &Program, condition: &Expression, facts: &dyn Facts) -> Vec<String> {
    let read = readings(program, condition, facts).into_iter().filter(|reading| reading.depth > 0);
    read.map(|reading| format!("`{}` was {}", reading.text, reading.value)).collect()
}
