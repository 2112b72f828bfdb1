//! Operators, and what they do to dimensions and keys.

use heal_diagnostics::Code;
use heal_program::{
    BinaryOperator as LoweredBinary, Dimension, Expression as Lowered, UnaryOperator as LoweredUnary,
};
use heal_syntax::tree::{BinaryOperator, Expression, ExpressionKind, Spanned, UnaryOperator};

use crate::{
    Type,
    checker::{Checker, Typed},
    mismatch::{Operand, Shape},
};

impl Checker<'_> {
    /// `!x`, `-x`
    pub(crate) fn unary(&mut self, operator: UnaryOperator, operand: &Expression) -> Typed {
        match operator {
            UnaryOperator::Not => {
                let typed = self.condition(operand);
                Typed { expression: Lowered::Unary(LoweredUnary::Not, Box::new(typed.expression)), ..typed }
            }
            UnaryOperator::Negate => self.negate(operand),
        }
    }

    fn negate(&mut self, operand: &Expression) -> Typed {
        if let ExpressionKind::Number { digits, unit } = operand.kind.as_ref() {
            return self.signed_number(digits, unit.as_deref(), operand.range, -1.0);
        }
        let typed = self.expression(operand);
        if !self.is_quantity(Operand { written: operand, typed: &typed }, "negated") {
            return Typed::unknown();
        }
        Typed { expression: Lowered::Unary(LoweredUnary::Negate, Box::new(typed.expression)), ..typed }
    }

    /// `left operator right`
    pub(crate) fn binary(
        &mut self,
        left: &Expression,
        operator: &Spanned<BinaryOperator>,
        right: &Expression,
    ) -> Typed {
        let conditions = matches!(operator.value, BinaryOperator::And | BinaryOperator::Or);
        let (typed_left, typed_right) = if conditions {
            (self.condition(left), self.condition(right))
        } else {
            (self.expression(left), self.expression(right))
        };
        if typed_left.type_ == Type::Unknown || typed_right.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let left = Operand { written: left, typed: &typed_left };
        let right = Operand { written: right, typed: &typed_right };
        let shape = match operator.value {
            BinaryOperator::Or | BinaryOperator::And => Some(Type::Bool.into()),
            BinaryOperator::Equal | BinaryOperator::NotEqual => self.equality(left, right),
            BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => self.ordering(left, right),
            BinaryOperator::In => self.membership(left, right),
            BinaryOperator::Add | BinaryOperator::Subtract | BinaryOperator::Remainder => {
                self.sum(left, right)
            }
            BinaryOperator::Multiply => self.product(left, right, Dimension::times),
            BinaryOperator::Divide => self.product(left, right, Dimension::over),
        };
        let Some(Shape { type_, ground }) = shape else { return Typed::unknown() };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        let expression = Lowered::Binary(
            lowered(operator.value),
            Box::new(typed_left.expression),
            Box::new(typed_right.expression),
        );
        Typed { expression, type_, key, ground }
    }

    fn equality(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        self.shift_is_kept(left, right).then(|| self.alike(left, right))?.map(|_| Type::Bool.into())
    }

    fn ordering(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        let left_fits = self.is_quantity(left, "ordered");
        let right_fits = self.is_quantity(right, "ordered");
        if !left_fits || !right_fits || !self.shift_is_kept(left, right) {
            return None;
        }
        self.same_dimension(left, right).map(|_| Type::Bool.into())
    }

    /// `x in [a, b]`
    fn membership(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        let Type::List(item) = &right.typed.type_ else {
            let range = right.written.range;
            let type_ = self.describe(&right.typed.type_);
            let message = format!("{} is {type_}, and `in` needs a list on its right", self.quoted(range));
            let diagnostic = self.error(Code::TYPE_MISMATCH, range, message);
            self.diagnostics.push(diagnostic.with_help("write a list, such as `[\"cart\", \"checkout\"]`"));
            return None;
        };
        // Nothing is known of the items of an empty list, and anything may be looked for in it.
        if **item != Type::Unknown {
            let item = Typed { type_: item.as_ref().clone(), ..right.typed.clone() };
            self.alike(left, Operand { typed: &item, ..right })?;
        }
        Some(Type::Bool.into())
    }

    fn sum(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        if self.are_quantities(left, right) { self.same_dimension(left, right) } else { None }
    }

    /// A product or quotient. A bare number is a ratio here: half of a duration is a duration.
    fn product(
        &mut self,
        left: Operand<'_>,
        right: Operand<'_>,
        combine: fn(Dimension, Dimension) -> Dimension,
    ) -> Option<Shape> {
        if !self.are_quantities(left, right) {
            return None;
        }
        let dimensions = (left.typed.type_.dimension(), right.typed.type_.dimension());
        if dimensions == (None, None) {
            return Some(Type::Number.into());
        }
        let of = |dimension: Option<Dimension>| dimension.unwrap_or(Dimension::RATIO);
        let dimension = combine(of(dimensions.0), of(dimensions.1));
        // The ground stays where a ratio scales a quantity: `80% * budget` is a duration because `budget` is one.
        let ground = [left, right]
            .into_iter()
            .filter_map(|operand| operand.typed.ground.clone())
            .find(|ground| ground.dimension == dimension);
        Some(Shape { type_: Type::Quantity(dimension), ground })
    }

    /// Whether both operands can be reckoned with.
    fn are_quantities(&mut self, left: Operand<'_>, right: Operand<'_>) -> bool {
        let left_fits = self.is_quantity(left, "reckoned with") && self.is_unshifted(left);
        let right_fits = self.is_quantity(right, "reckoned with") && self.is_unshifted(right);
        left_fits && right_fits
    }

    /// Whether no literal on a shifted scale stands beside a sum: `a - b > 10degF` compares a difference of two
    /// temperatures, which does not convert as a temperature does.
    fn shift_is_kept(&mut self, left: Operand<'_>, right: Operand<'_>) -> bool {
        (!is_arithmetic(left.written) || self.is_unshifted(right))
            && (!is_arithmetic(right.written) || self.is_unshifted(left))
    }
}

fn is_arithmetic(expression: &Expression) -> bool {
    let ExpressionKind::Binary(_, operator, _) = expression.kind.as_ref() else { return false };
    match operator.value {
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => true,
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In => false,
    }
}

fn lowered(operator: BinaryOperator) -> LoweredBinary {
    match operator {
        BinaryOperator::Or => LoweredBinary::Or,
        BinaryOperator::And => LoweredBinary::And,
        BinaryOperator::Equal => LoweredBinary::Equal,
        BinaryOperator::NotEqual => LoweredBinary::NotEqual,
        BinaryOperator::Less => LoweredBinary::Less,
        BinaryOperator::LessOrEqual => LoweredBinary::LessOrEqual,
        BinaryOperator::Greater => LoweredBinary::Greater,
        BinaryOperator::GreaterOrEqual => LoweredBinary::GreaterOrEqual,
        BinaryOperator::In => LoweredBinary::In,
        BinaryOperator::Add => LoweredBinary::Add,
        BinaryOperator::Subtract => LoweredBinary::Subtract,
        BinaryOperator::Multiply => LoweredBinary::Multiply,
        BinaryOperator::Divide => LoweredBinary::Divide,
        BinaryOperator::Remainder => LoweredBinary::Remainder,
    }
}
