//! Chains of `&&` and `||` that are too long for a line.

use heal_syntax::tree::{BinaryOperator, Expression, ExpressionKind};

use crate::expression::{Spelling, operator_binding};
use crate::format::COLUMNS_MAX;

/// The blanks before a line that goes on with a statement, beyond the statement's own.
const CONTINUATION: usize = 4;

/// `before`, an expression and `after`, at `indent` blanks: on one line, or broken before the operators of its chain.
pub(crate) fn broken(
    spelling: Spelling<'_>,
    indent: usize,
    before: &str,
    expression: &Expression,
    after: &str,
) -> String {
    let line = format!("{before}{}{after}", spelling.expression(expression));
    if !is_long(indent, &line) {
        return line;
    }
    let mut text = before.to_owned();
    write(spelling, &mut text, indent + CONTINUATION, expression, 0);
    text.push_str(after);
    text
}

/// Writes an expression, broken if it is a chain. `indent` is that of its further lines.
fn write(spelling: Spelling<'_>, out: &mut String, indent: usize, expression: &Expression, least: u8) {
    let Some((operator, word)) = chain_operator(expression) else {
        out.push_str(&spelling.operand(expression, least));
        return;
    };
    let own = operator_binding(operator);
    for (at, operand) in operands(expression, operator).into_iter().enumerate() {
        if at > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            out.push_str(word);
        }
        let least = if at == 0 { own } else { own + 1 };
        let text = spelling.operand(operand, least);
        // Only what stands without brackets is broken further.
        let is_bare = chain_operator(operand).is_some_and(|(inner, _)| operator_binding(inner) >= least);
        if is_bare && is_long(indent + word.len(), &text) {
            write(spelling, out, indent + CONTINUATION, operand, least);
        } else {
            out.push_str(&text);
        }
    }
}

/// The operands of a chain of one operator, which binds to the left.
fn operands(mut chain: &Expression, operator: BinaryOperator) -> Vec<&Expression> {
    let mut found = Vec::new();
    while let ExpressionKind::Binary(left, own, right) = chain.kind.as_ref()
        && own.value == operator
    {
        found.push(right);
        chain = left;
    }
    found.push(chain);
    found.reverse();
    found
}

/// The operator of a chain that may be broken, and what a line with a further operand begins with.
fn chain_operator(expression: &Expression) -> Option<(BinaryOperator, &'static str)> {
    let ExpressionKind::Binary(_, operator, _) = expression.kind.as_ref() else { return None };
    match operator.value {
        BinaryOperator::Or => Some((BinaryOperator::Or, "|| ")),
        BinaryOperator::And => Some((BinaryOperator::And, "&& ")),
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => None,
    }
}

fn is_long(indent: usize, text: &str) -> bool {
    text.lines().any(|line| indent + line.chars().count() > COLUMNS_MAX)
}
