//! What an expression reads, and ways through what is below it.

use super::{Expression, ExpressionSize, Read};
use crate::Millis;

/// What the operands of an expression are, said once for those that are changed and for those that are looked at.
macro_rules! operands {
    ($(#[$documentation:meta])* $name:ident, $iter:ident, ($($mut:tt)?)) => {
        $(#[$documentation])*
        pub fn $name<'a>(&'a $($mut)? self, visit: &mut dyn FnMut(&'a $($mut)? Expression)) {
            match self {
                Expression::Number(_)
                | Expression::Integer(_)
                | Expression::Text(_)
                | Expression::Bool(_)
                | Expression::Param(_)
                | Expression::Signal(_)
                | Expression::Window { .. }
                | Expression::Learned { .. }
                | Expression::Absent { .. }
                | Expression::Firing(_)
                | Expression::EventWithin { .. }
                | Expression::EventCount { .. }
                | Expression::During(_)
                | Expression::KeyField(_)
                | Expression::EntityField { .. }
                | Expression::Episode(_)
                | Expression::Secret(_)
                | Expression::Variable(_) => {}
                Expression::TimeTo { threshold: operand, .. }
                | Expression::Aggregate { operand, .. }
                | Expression::Select(operand, _)
                | Expression::Unary(_, operand) => visit(operand),
                Expression::ForKey { operand, key } => {
                    visit(operand);
                    key.$iter().for_each(|(_, value)| visit(value));
                }
                Expression::Comprehension { list: left, body: right, .. }
                | Expression::Element(left, right)
                | Expression::Binary(_, left, right)
                | Expression::Or(left, right) => {
                    visit(left);
                    visit(right);
                }
                Expression::Conditional(condition, then, otherwise) => {
                    visit(condition);
                    visit(then);
                    visit(otherwise);
                }
                Expression::List(items) | Expression::Call(_, items) => items.$iter().for_each(visit),
            }
        }
    };
}

impl Expression {
    /// What this node reads, without what is below it.
    #[must_use]
    pub fn read(&self) -> Option<Read> {
        match self {
            Expression::Signal(signal) => Some(Read::Signal(*signal, Millis::ZERO)),
            Expression::Window { signal, span, .. } | Expression::Absent { signal, span } => {
                Some(Read::Signal(*signal, *span))
            }
            Expression::Learned { signal, model, .. } | Expression::TimeTo { signal, model, .. } => {
                Some(Read::Signal(*signal, model.train()))
            }
            Expression::Firing(detector) => Some(Read::Detector(*detector)),
            Expression::EventWithin { event, span } | Expression::EventCount { event, span } => {
                Some(Read::Event(*event, *span))
            }
            Expression::EntityField { entity, .. } => Some(Read::Entity(*entity)),
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
            | Expression::Call(..) => None,
        }
    }

    /// Calls `visit` on this expression and everything below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        visit(self);
        self.each_operand(&mut |operand| operand.walk(visit));
    }

    /// How many nodes it has, itself included, and how deep they nest.
    #[must_use]
    pub fn size(&self) -> ExpressionSize {
        let mut size = ExpressionSize::default();
        let mut pending = vec![(self, 1)];
        while let Some((expression, depth)) = pending.pop() {
            size.nodes += 1;
            size.depth = size.depth.max(depth);
            expression.each_operand(&mut |operand| pending.push((operand, depth + 1)));
        }
        size
    }

    /// The expressions directly below this one, from left to right.
    #[must_use]
    pub fn operands(&self) -> Vec<&Expression> {
        let mut operands = Vec::new();
        self.each_operand(&mut |operand| operands.push(operand));
        operands
    }

    operands! {
        /// Calls `visit` on the expressions directly below this one, from left to right.
        each_operand, iter, ()
    }

    operands! {
        /// Like [`Expression::each_operand`], to change them.
        operands_mut, iter_mut, (mut)
    }

    /// The same with each part for which `other` has one put in its place, outermost first. What is put in is not looked
    /// into again.
    pub fn replace(&mut self, other: &mut dyn FnMut(&Expression) -> Option<Expression>) {
        match other(self) {
            Some(put) => *self = put,
            None => self.operands_mut(&mut |operand| operand.replace(other)),
        }
    }
}
