//! What of an expression can be unknown.

use heal_program::Expression as Lowered;

use crate::Typed;

impl Typed {
    /// The reads whose being unknown can make this expression unknown, from left to right: what a detector goes blind
    /// with, what withholds a plan. What `.or(...)` stands in for is not among them, and neither is what cannot be
    /// unknown: a param, a key field, a calendar, whether a sample is absent.
    #[must_use]
    pub fn may_be_unknown(&self) -> Vec<&Lowered> {
        may_be_unknown(&self.expression)
    }
}

/// The same of an expression that was typed before.
#[must_use]
pub fn may_be_unknown(expression: &Lowered) -> Vec<&Lowered> {
    let mut reads = Vec::new();
    gather(expression, &mut reads);
    reads
}

fn gather<'e>(expression: &'e Lowered, reads: &mut Vec<&'e Lowered>) {
    match expression {
        Lowered::Signal(_)
        | Lowered::Window { .. }
        | Lowered::Learned { .. }
        | Lowered::TimeTo { .. }
        | Lowered::Aggregate { .. }
        | Lowered::ForKey { .. }
        | Lowered::Firing(_)
        | Lowered::EventWithin { .. }
        | Lowered::EventCount { .. }
        | Lowered::EntityField { .. }
        | Lowered::Select(..)
        | Lowered::Element(..) => reads.push(expression),
        Lowered::Or(_, fallback) => gather(fallback, reads),
        Lowered::Comprehension { list, body, .. } => {
            gather(list, reads);
            gather(body, reads);
        }
        Lowered::Number(_)
        | Lowered::Integer(_)
        | Lowered::Text(_)
        | Lowered::Bool(_)
        | Lowered::List(_)
        | Lowered::Param(_)
        | Lowered::Absent { .. }
        | Lowered::During(_)
        | Lowered::KeyField(_)
        | Lowered::Episode(_)
        | Lowered::Secret(_)
        | Lowered::Variable(_)
        | Lowered::Unary(..)
        | Lowered::Binary(..)
        | Lowered::Conditional(..)
        | Lowered::Call(..) => {
            for operand in expression.operands() {
                gather(operand, reads);
            }
        }
    }
}
