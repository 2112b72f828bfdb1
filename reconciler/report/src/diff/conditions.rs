//! Conditions that must hold - `require`, `verify`, `where` - and whether one of head holds at least what one of base does.

use std::collections::BTreeSet;

use heal_program::{BinaryOperator, Expression, Millis, Plan, Program};

use super::{
    guards::Findings,
    order::{Order, Side, order},
};
use crate::names::Names;

/// A condition of one side, in the names of head.
pub(super) struct Condition<'a> {
    program: &'a Program,
    expression: &'a Expression,
    /// As it was written, with its word.
    text: String,
    /// What it says, whatever its items were called, with the values of its params.
    says: String,
    /// What it reads.
    reads: BTreeSet<String>,
    /// How long it may take to become true.
    within: Option<Millis>,
    names: &'a Names,
}

impl<'a> Condition<'a> {
    pub(super) fn of(
        program: &'a Program,
        expression: &'a Expression,
        text: String,
        within: Option<Millis>,
        names: &'a Names,
    ) -> Condition<'a> {
        let says = Side { program, expression, names }.written();
        Condition { says, reads: reads(program, expression, names), program, expression, text, within, names }
    }

    /// Whether it never holds where `other` does not.
    pub(super) fn implies(&self, other: &Condition<'_>) -> bool {
        let implied =
            |own: Side<'_>, wanted: Side<'_>| matches!(order(own, wanted), Order::Equal | Order::AtMost);
        let in_time = match (self.within, other.within) {
            (Some(own), Some(other)) => own <= other,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let own = parts(self.expression);
        in_time
            && parts(other.expression)
                .into_iter()
                .all(|wanted| own.iter().any(|part| implied(self.side(part), other.side(wanted))))
    }

    fn side(&self, part: &'a Expression) -> Side<'a> {
        Side { program: self.program, expression: part, names: self.names }
    }
}

/// What all must hold: `a && b` as `a` and `b`.
fn parts(expression: &Expression) -> Vec<&Expression> {
    let mut found = Vec::new();
    let mut pending = vec![expression];
    while let Some(next) = pending.pop() {
        if let Expression::Binary(BinaryOperator::And, left, right) = next {
            pending.extend([right.as_ref(), left.as_ref()]);
        } else {
            found.push(next);
        }
    }
    found
}

/// Paths of all that an expression reads.
fn reads(program: &Program, expression: &Expression, names: &Names) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    expression.walk(&mut |part| {
        let head = part.read().and_then(|read| program.read_head(read));
        found.extend(head.map(|head| names.of(&head.path).to_owned()));
    });
    found
}

/// What a plan demands before it begins.
pub(super) fn requires<'a>(program: &'a Program, plan: &'a Plan, names: &'a Names) -> Vec<Condition<'a>> {
    let of = |it: &'a heal_program::Require| {
        Condition::of(program, &it.condition, format!("require {}", it.text), None, names)
    };
    plan.requires.iter().map(of).collect()
}

/// What a plan looks for after it.
pub(super) fn verifies<'a>(program: &'a Program, plan: &'a Plan, names: &'a Names) -> Vec<Condition<'a>> {
    let of = |it: &'a heal_program::Verify| {
        let text = format!("verify {} within {}", it.text, it.within);
        Condition::of(program, &it.condition, text, Some(it.within), names)
    };
    plan.verifies.iter().map(of).collect()
}

/// What of base still holds, what holds less or more, what is gone and what is new. A condition that is not there any more is
/// another version of one that is new: of one that reads the same, or that stands in its place.
pub(super) fn compare(path: &str, before: &[Condition<'_>], after: &[Condition<'_>], found: &mut Findings) {
    let mut left: Vec<(usize, &Condition<'_>)> = after.iter().enumerate().collect();
    let mut gone: Vec<(usize, &Condition<'_>)> = Vec::new();
    for (place, was) in before.iter().enumerate() {
        let same = |is: &Condition<'_>| is.says == was.says && is.within == was.within;
        match left.iter().position(|(_, is)| same(is)) {
            Some(position) => drop(left.remove(position)),
            None => gone.push((place, was)),
        }
    }
    for (place, was) in gone {
        let by_reads = left.iter().position(|(_, is)| !was.reads.is_empty() && is.reads == was.reads);
        match by_reads.or_else(|| left.iter().position(|(other, _)| *other == place)) {
            Some(position) => {
                let (_, is) = left.remove(position);
                // Another value of a param is another condition, though it is written as before.
                let said = if was.text == is.text {
                    format!("{} changed: {}, was {}", was.text, is.says, was.says)
                } else {
                    format!("{} changed to {}", was.text, is.text)
                };
                if is.implies(was) { found.tightened(path, said) } else { found.loosened(path, said) }
            }
            // Another one may hold as much.
            None if after.iter().any(|is| is.implies(was)) => {}
            None => found.loosened(path, format!("{} removed", was.text)),
        }
    }
    for (_, is) in left {
        if !before.iter().any(|was| was.implies(is)) {
            found.tightened(path, format!("{} added", is.text));
        }
    }
}
