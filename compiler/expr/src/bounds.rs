//! Bounds on the size and cost of an expression: what is written is measured before anything recurses into it, what it
//! came to with everything put in for names afterwards.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_program::{BinaryOperator, Expression as Lowered, LIST_MAX};
use heal_syntax::tree::Expression;

use crate::Source;

/// Most operators and operands of an expression: with windows of bounded length it bounds the cost of a step.
pub const NODES_MAX: usize = 2_000;

/// Deepest nesting of an expression; `a + b + c` nests twice. Passes recurse into expressions, here and in the engine,
/// on threads with 2 MiB of stack.
pub const DEPTH_MAX: usize = 128;

/// Most windows, learned functions and questions about events of an expression: each is state of the engine for each
/// key.
pub const WINDOWS_MAX: usize = 64;

/// Most steps that an evaluation may take: one macro over a list of unknown length fits, one inside another does not.
/// Two fit over relations of entities, three do not.
pub const COST_MAX: usize = 100_000;

/// How many entities a relation such as `service.pods` is taken to lead to where cost is measured. It is an estimate,
/// unlike [`LIST_MAX`]: a relation is what inventory says, not what a stranger sends, and is seldom longer. One that is
/// costs more than [`COST_MAX`], and a list longer than [`LIST_MAX`] is unknown all the same.
pub const RELATION_LENGTH: usize = 100;

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
            node.each_operand(&mut |operand| pending.push((operand, depth + 1)));
            continue;
        };
        let diagnostic = Diagnostic::error(Code::TOO_DEEP, source.file, expression.range, message);
        return Some(diagnostic.with_help("split it over several detectors that read each other"));
    }
    None
}

/// How many nodes an expression has, but no more than one beyond [`NODES_MAX`]. Does not recurse.
pub(crate) fn size(expression: &Lowered) -> usize {
    let mut pending = vec![expression];
    let mut nodes = 0;
    while let Some(node) = pending.pop() {
        nodes += 1;
        if nodes > NODES_MAX {
            break;
        }
        node.each_operand(&mut |operand| pending.push(operand));
    }
    nodes
}

/// What is said of an expression that grew beyond [`NODES_MAX`] by what stands for its names.
pub(crate) fn too_large(range: TextRange, source: Source<'_>) -> Diagnostic {
    let message =
        format!("with what its names stand for, this has more than {NODES_MAX} operators and operands");
    Diagnostic::error(Code::TOO_DEEP, source.file, range, message)
        .with_help("make a detector of a part of it: a detector is read, where a `let` or `fn` is put in")
}

/// Says which bound the lowered expression breaks, if any. It recurses only once depth is known.
pub(crate) fn beyond_lowered_bounds(
    expression: &Lowered,
    range: TextRange,
    source: Source<'_>,
) -> Option<Diagnostic> {
    let mut pending = vec![(expression, 1)];
    let (mut nodes, mut windows) = (0, 0);
    while let Some((node, depth)) = pending.pop() {
        nodes += 1;
        windows += usize::from(is_window(node));
        if nodes > NODES_MAX {
            return Some(too_large(range, source));
        }
        if depth > DEPTH_MAX {
            let message = format!("with what its names stand for, this nests deeper than {DEPTH_MAX}");
            return Some(Diagnostic::error(Code::TOO_DEEP, source.file, range, message));
        }
        node.each_operand(&mut |operand| pending.push((operand, depth + 1)));
    }
    if windows > WINDOWS_MAX {
        let message = format!("this reads {windows} windows, and at most {WINDOWS_MAX} may be");
        let diagnostic = Diagnostic::error(Code::TOO_COSTLY, source.file, range, message);
        return Some(diagnostic.with_help("split it over several detectors that read each other"));
    }
    if cost(expression) > COST_MAX {
        let message = format!("evaluating this may take more than {COST_MAX} steps");
        let diagnostic = Diagnostic::error(Code::TOO_COSTLY, source.file, range, message);
        return Some(diagnostic.with_help(format!(
            "a list whose length is not known counts as {LIST_MAX} elements, a relation of entities as {RELATION_LENGTH}: put no list macro inside another over such lists"
        )));
    }
    None
}

fn is_window(node: &Lowered) -> bool {
    matches!(
        node,
        Lowered::Window { .. }
            | Lowered::Learned { .. }
            | Lowered::TimeTo { .. }
            | Lowered::Absent { .. }
            | Lowered::EventWithin { .. }
            | Lowered::EventCount { .. }
    )
}

/// Most nodes that are evaluated.
fn cost(expression: &Lowered) -> usize {
    if let Lowered::Comprehension { list, body, .. } = expression {
        let each = cost(body).saturating_mul(length(list));
        return cost(list).saturating_add(each).saturating_add(1);
    }
    let mut sum: usize = 1;
    expression.each_operand(&mut |operand| sum = sum.saturating_add(cost(operand)));
    sum
}

/// Most elements of a list.
fn length(list: &Lowered) -> usize {
    match list {
        Lowered::List(items) => items.len(),
        Lowered::Comprehension { list, .. } => length(list),
        Lowered::Binary(BinaryOperator::Add, left, right) => length(left).saturating_add(length(right)),
        Lowered::EntityField { .. } => RELATION_LENGTH,
        Lowered::Conditional(_, left, right) | Lowered::Or(left, right) => length(left).max(length(right)),
        Lowered::Number(_)
        | Lowered::Integer(_)
        | Lowered::Text(_)
        | Lowered::Bool(_)
        | Lowered::Param(_)
        | Lowered::Signal(_)
        | Lowered::Window { .. }
        | Lowered::Learned { .. }
        | Lowered::TimeTo { .. }
        | Lowered::Absent { .. }
        | Lowered::Aggregate { .. }
        | Lowered::ForKey { .. }
        | Lowered::Firing(_)
        | Lowered::EventWithin { .. }
        | Lowered::EventCount { .. }
        | Lowered::During(_)
        | Lowered::KeyField(_)
        | Lowered::Episode(_)
        | Lowered::Secret(_)
        | Lowered::Variable(_)
        | Lowered::Select(..)
        | Lowered::Element(..)
        | Lowered::Unary(..)
        | Lowered::Binary(..)
        | Lowered::Call(..) => LIST_MAX,
    }
}
