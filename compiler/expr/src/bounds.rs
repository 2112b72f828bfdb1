//! Bounds on the size of an expression, checked before anything recurses into it.

use heal_diagnostics::{Code, Diagnostic};
use heal_syntax::tree::{Expression, ExpressionKind};

use crate::Source;

/// Most operators and operands of an expression: with windows of bounded length it bounds the cost of a step.
pub const NODES_MAX: usize = 2_000;

/// Deepest nesting of an expression; `a + b + c` nests twice. Passes recurse into expressions, here and in the engine,
/// on threads with 2 MiB of stack.
pub const DEPTH_MAX: usize = 128;

/// Says which bound the expression breaks, if any. Does not recurse.
pub(crate) fn beyond_bounds(expression: &Expression, source: Source<'_>) -> Option<Diagnostic> {
    let mut pending = vec![(expression, 1)];
    let mut nodes = 0;
    while let Some((node, depth)) = pending.pop() {
        nodes += 1;
        let message = if depth > DEPTH_MAX {
            format!("this expression nests deeper than {DEPTH_MAX}")
        } else if nodes > NODES_MAX {
            format!("this expression has more than {NODES_MAX} operators and operands")
        } else {
            pending.extend(operands(node).into_iter().map(|operand| (operand, depth + 1)));
            continue;
        };
        let diagnostic = Diagnostic::error(Code::TOO_DEEP, source.file, expression.range, message);
        return Some(diagnostic.with_help("split it over several detectors that read each other"));
    }
    None
}

/// The expressions directly below one, from left to right.
fn operands(expression: &Expression) -> Vec<&Expression> {
    match expression.kind.as_ref() {
        ExpressionKind::Number { .. }
        | ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::Name(_) => Vec::new(),
        ExpressionKind::List(items) => items.iter().collect(),
        ExpressionKind::Field(receiver, _) => vec![receiver],
        ExpressionKind::Call { receiver, arguments, .. } => {
            receiver.iter().chain(arguments.iter().map(|argument| &argument.value)).collect()
        }
        ExpressionKind::Unary(_, operand) => vec![operand],
        ExpressionKind::Index(left, right) | ExpressionKind::Binary(left, _, right) => vec![left, right],
        ExpressionKind::Conditional(condition, then, otherwise) => vec![condition, then, otherwise],
    }
}
