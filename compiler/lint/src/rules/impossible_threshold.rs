//! A comparison that is never true, or always, whatever the telemetry.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::Expression;
use heal_syntax::tree::{self, DetectorStatement, ExpressionKind};

use crate::{
    found::Found,
    linted::{Linted, WrittenDetector, aligned, places, statements},
    sides::{Comparison, Values, comparison, values},
};

pub(crate) fn check(linted: &Linted<'_>, detector: &WrittenDetector<'_>, found: &mut Found) {
    let conditions = [Some(&detector.node.when), detector.node.clear.as_ref().map(|clear| &clear.when)];
    let written = [
        statements(&detector.tree.statements, when).next(),
        statements(&detector.tree.statements, clear).next(),
    ];
    for (condition, written) in conditions.into_iter().zip(written) {
        let (Some(condition), Some(written)) = (condition, written) else { continue };
        let mut compared: Vec<Comparison<'_>> = Vec::new();
        condition.walk(&mut |node| compared.extend(comparison(node)));
        let places = places(written, &|kind| match kind {
            ExpressionKind::Binary(_, operator, _) => operator.value.order().is_some(),
            ExpressionKind::Number { .. }
            | ExpressionKind::Text(_)
            | ExpressionKind::Bool(_)
            | ExpressionKind::List(_)
            | ExpressionKind::Name(_)
            | ExpressionKind::Field(..)
            | ExpressionKind::Call { .. }
            | ExpressionKind::Index(..)
            | ExpressionKind::Unary(..)
            | ExpressionKind::Conditional(..) => false,
        });
        let places = aligned(places, compared.len(), written.range);
        for (compared, range) in compared.into_iter().zip(places) {
            let Some(outcome) = outcome(compared, linted) else { continue };
            let message = format!("{} is {outcome}", detector.quoted(range));
            found.push(
                Diagnostic::warning(Code::IMPOSSIBLE_THRESHOLD, detector.file, range, message)
                    .with_help(reason(compared, linted)),
            );
        }
    }
}

fn when(statement: &DetectorStatement) -> Option<&tree::Expression> {
    match statement {
        DetectorStatement::When(condition) => Some(condition),
        DetectorStatement::For(_) | DetectorStatement::Clear(..) | DetectorStatement::Severity(_) => None,
    }
}

fn clear(statement: &DetectorStatement) -> Option<&tree::Expression> {
    match statement {
        DetectorStatement::Clear(condition, _) => Some(condition),
        DetectorStatement::For(_) | DetectorStatement::When(_) | DetectorStatement::Severity(_) => None,
    }
}

/// How a comparison comes out whatever the telemetry; none where it depends.
fn outcome(compared: Comparison<'_>, linted: &Linted<'_>) -> Option<&'static str> {
    let larger = values(compared.larger, linted.program);
    let smaller = values(compared.smaller, linted.program);
    let never = if compared.or_equal { larger.high < smaller.low } else { larger.high <= smaller.low };
    let always = if compared.or_equal { larger.low >= smaller.high } else { larger.low > smaller.high };
    // Two constants are a matter of taste, and of another rule.
    match (is_constant(compared.larger) && is_constant(compared.smaller), never, always) {
        (false, true, _) => Some("never true"),
        (false, _, true) => Some("always true"),
        (true, _, _) | (false, false, false) => None,
    }
}

fn is_constant(side: &Expression) -> bool {
    let mut reads = false;
    side.walk(&mut |node| reads |= node.read().is_some());
    !reads
}

fn reason(compared: Comparison<'_>, linted: &Linted<'_>) -> String {
    let side = if is_constant(compared.larger) { compared.smaller } else { compared.larger };
    let Values { low, high } = values(side, linted.program);
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("what is compared is from {low} to {high}"),
        (true, false) => format!("what is compared is {low} or more"),
        (false, true) => format!("what is compared is {high} or less"),
        (false, false) => "the limit lies outside of what can be reached".to_owned(),
    }
}
