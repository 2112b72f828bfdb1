//! Operators in their order: flat rows of operands become trees, never deeper than a limit.

use heal_diagnostics::TextRange;

use crate::tree::{BinaryOperator, Expression, ExpressionKind, Spanned};

/// Most levels of an expression's tree. Chains of operators, fields and calls count as well as brackets, so whatever
/// walks a tree may recurse.
pub const EXPRESSION_DEPTH_MAX: usize = 256;

/// An expression that is being built.
pub(super) struct Built {
    /// The expression.
    pub(super) expression: Expression,
    /// Its range with the brackets around it.
    pub(super) outer: TextRange,
    /// How deep its tree is.
    pub(super) depth: usize,
}

impl Built {
    /// An expression over others, the deepest of which is `depth` deep; the range where it is too deep instead.
    pub(super) fn over(depth: usize, kind: ExpressionKind, range: TextRange) -> Result<Built, TextRange> {
        if depth >= EXPRESSION_DEPTH_MAX {
            return Err(range);
        }
        let expression = Expression { kind: Box::new(kind), range };
        Ok(Built { expression, outer: range, depth: depth + 1 })
    }
}

/// A row of operands and operators, put into order as it comes. All operators bind to the left.
#[derive(Default)]
pub(super) struct Row {
    operands: Vec<Built>,
    operators: Vec<Spanned<BinaryOperator>>,
}

impl Row {
    /// Takes the next operand.
    pub(super) fn operand(&mut self, operand: Built) {
        self.operands.push(operand);
    }

    /// Takes the next operator.
    pub(super) fn operator(&mut self, operator: Spanned<BinaryOperator>) -> Result<(), TextRange> {
        while self.operators.last().is_some_and(|last| last.value.binding() >= operator.value.binding()) {
            self.join()?;
        }
        self.operators.push(operator);
        Ok(())
    }

    /// The tree of the row; none for a row that is not one.
    pub(super) fn finish(mut self) -> Result<Option<Built>, TextRange> {
        while !self.operators.is_empty() {
            self.join()?;
        }
        Ok(self.operands.pop())
    }

    /// Joins the last two operands with the last operator.
    fn join(&mut self) -> Result<(), TextRange> {
        let parts = (self.operators.pop(), self.operands.pop(), self.operands.pop());
        let (Some(operator), Some(right), Some(left)) = parts else { return Ok(()) };
        let range = left.outer.cover(right.outer);
        let place = operator.range;
        let depth = left.depth.max(right.depth);
        let kind = ExpressionKind::Binary(left.expression, operator, right.expression);
        self.operands.push(Built::over(depth, kind, range).map_err(|_| place)?);
        Ok(())
    }
}
