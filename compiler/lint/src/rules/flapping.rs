//! A detector that acts at each crossing of its limit.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Expression, Millis};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for detector in linted.detectors() {
        let node = detector.node;
        let is_steady = node.hold > Millis::ZERO || node.clear.is_some() || !reads_single_samples(&node.when);
        if is_steady || !linted.is_acted_on(detector.at) || !linted.is_written(detector.item) {
            continue;
        }
        let item = detector.item;
        let message = format!("one sample makes `{}` fire, and the next one ends it", item.name());
        found
            .push(Diagnostic::warning(Code::FLAPPING, item.file, item.name_range, message).with_help(
                "add `for 2m`, or `clear when` at some distance from its limit, or read a window",
            ));
    }
}

/// Whether a condition hangs on last samples alone, which are as restless as what they measure.
fn reads_single_samples(condition: &Expression) -> bool {
    let (mut samples, mut steadier) = (false, false);
    condition.walk(&mut |node| match node {
        Expression::Signal(_) => samples = true,
        Expression::Window { .. }
        | Expression::Learned { .. }
        | Expression::TimeTo { .. }
        | Expression::Absent { .. }
        | Expression::Firing(_)
        | Expression::EventWithin { .. }
        | Expression::EventCount { .. } => steadier = true,
        Expression::Number(_)
        | Expression::Integer(_)
        | Expression::Text(_)
        | Expression::Bool(_)
        | Expression::List(_)
        | Expression::Param(_)
        | Expression::Aggregate { .. }
        | Expression::ForKey { .. }
        | Expression::During(_)
        | Expression::KeyField(_)
        | Expression::EntityField { .. }
        | Expression::Episode(_)
        | Expression::Secret(_)
        | Expression::Variable(_)
        | Expression::Select(..)
        | Expression::Element(..)
        | Expression::Comprehension { .. }
        | Expression::Unary(..)
        | Expression::Binary(..)
        | Expression::Conditional(..)
        | Expression::Or(..)
        | Expression::Call(..) => {}
    });
    samples && !steadier
}
