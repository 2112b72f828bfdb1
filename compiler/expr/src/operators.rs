//! Operators, and what they do to dimensions and keys.

use heal_diagnostics::{Code, Safety};
use heal_program::{Dimension, Expression as Lowered};
use heal_syntax::tree::{BinaryOperator, CallArgument, Expression, ExpressionKind, Spanned, UnaryOperator};

use crate::{
    Type,
    checker::{Checker, Typed, is_number},
    literal::{bare_literal, is_hexadecimal},
    mismatch::{Operand, Shape},
    numbers::folded_whole,
};

impl Checker<'_> {
    /// `!x`, `-x`
    pub(crate) fn unary(&mut self, operator: UnaryOperator, operand: &Expression) -> Typed {
        match operator {
            UnaryOperator::Not => {
                let typed = self.condition(operand);
                Typed { expression: Lowered::Unary(UnaryOperator::Not, Box::new(typed.expression)), ..typed }
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
        let type_ = if typed.type_ == Type::Json { Type::Number } else { typed.type_.clone() };
        let expression = Lowered::Unary(UnaryOperator::Negate, Box::new(typed.expression));
        Typed { expression, type_, ..typed }
    }

    /// `left operator right`
    pub(crate) fn binary(
        &mut self,
        whole: &Expression,
        left: &Expression,
        operator: &Spanned<BinaryOperator>,
        right: &Expression,
    ) -> Typed {
        let conditions = matches!(operator.value, BinaryOperator::And | BinaryOperator::Or);
        let (typed_left, typed_right) = if conditions {
            (self.condition(left), self.condition(right))
        } else {
            let typed_left = self.expression(left);
            if is_number(right) && !scales(operator.value) {
                self.wanted = typed_left.type_.dimension();
            }
            self.text_wanted = typed_left.type_ == Type::Text && compares_words(operator.value, right);
            let typed_right = self.expression(right);
            (self.wanted, self.text_wanted) = (None, false);
            Typed::balanced(typed_left, typed_right)
        };
        if typed_left.type_ == Type::Unknown || typed_right.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let typed_right = if operator.value == BinaryOperator::In && typed_left.type_ != Type::Integer {
            typed_right.with_double_items(&typed_left.type_)
        } else {
            typed_right
        };
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
            BinaryOperator::Add => self.sum(left, right),
            BinaryOperator::Subtract => self.difference(left, right),
            BinaryOperator::Multiply => self.product(left, right, Dimension::times),
            BinaryOperator::Divide => self.product(left, right, Dimension::over),
            BinaryOperator::Remainder => self.remainder(left, right),
        };
        let Some(Shape { type_, ground }) = shape else { return Typed::unknown() };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        if type_ == Type::Integer && !self.whole_result(whole, left, operator.value, right) {
            return Typed::unknown();
        }
        let expression = Lowered::Binary(
            operator.value,
            Box::new(typed_left.expression),
            Box::new(typed_right.expression),
        );
        Typed { expression, type_, key, ground }
    }

    /// Whether an operation on whole numbers that are known has a result; says so when it has none, and warns where a
    /// division drops its rest.
    fn whole_result(
        &mut self,
        whole: &Expression,
        left: Operand<'_>,
        operator: BinaryOperator,
        right: Operand<'_>,
    ) -> bool {
        let values = (folded_whole(&left.typed.expression), folded_whole(&right.typed.expression));
        let (Some(dividend), Some(divisor)) = values else { return true };
        let divides = matches!(operator, BinaryOperator::Divide | BinaryOperator::Remainder);
        if divides && divisor == 0 {
            let message = format!("{} divides by zero", self.quoted(whole.range));
            self.report(Code::OUT_OF_RANGE, whole.range, message);
            return false;
        }
        let lowered = Lowered::Binary(
            operator,
            Box::new(Lowered::Integer(dividend)),
            Box::new(Lowered::Integer(divisor)),
        );
        let Some(result) = folded_whole(&lowered) else {
            let message = format!("{} is too large a whole number", self.quoted(whole.range));
            self.report(Code::OUT_OF_RANGE, whole.range, message);
            return false;
        };
        if operator == BinaryOperator::Divide && dividend.checked_rem(divisor) != Some(0) {
            let message =
                format!("{} is {result}: whole numbers divide without a rest", self.quoted(whole.range));
            let mut diagnostic = self.warning(Code::WHOLE_DIVISION, whole.range, message);
            if let Some(digits) = bare_literal(left.written).filter(|digits| !is_hexadecimal(digits)) {
                let text = format!("{digits}.0");
                let range = left.written.range;
                diagnostic =
                    diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, range, text.clone());
            }
            self.diagnostics.push(diagnostic.with_help("with a point in one of them the result is a double"));
        }
        true
    }

    fn equality(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        if !self.shift_is_kept(left, right) {
            return None;
        }
        self.alike(left, right).map(|_| Type::Bool.into())
    }

    /// Numbers, texts, conditions and points in time have an order, each among themselves.
    fn ordering(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        let has_order = |type_: &Type| match type_ {
            Type::Bool
            | Type::Text
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::Json => true,
            Type::List(_) | Type::Entity(_) | Type::Learned(_) | Type::Unknown => false,
        };
        let mut fits = self.is_value(left);
        fits &= self.is_value(right);
        for operand in [left, right] {
            if fits && !has_order(&operand.typed.type_) {
                let described = self.describe(&operand.typed.type_);
                let message =
                    format!("{} is {described} and cannot be ordered", self.quoted(operand.range()));
                self.report(Code::TYPE_MISMATCH, operand.range(), message);
                fits = false;
            }
        }
        if !fits || !self.shift_is_kept(left, right) {
            return None;
        }
        self.likely_percent_of(left, right);
        self.likely_percent_of(right, left);
        self.alike(left, right).map(|_| Type::Bool.into())
    }

    /// `x in [a, b]`
    fn membership(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        let item = match &right.typed.type_ {
            Type::List(item) => item.as_ref(),
            // An element of a list, or a name of an object.
            Type::Json if self.is_value(left) => return Some(Type::Bool.into()),
            Type::Json => return None,
            Type::Bool
            | Type::Text
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::Entity(_)
            | Type::Learned(_)
            | Type::Unknown => {
                let range = right.written.range;
                let type_ = self.describe(&right.typed.type_);
                let message =
                    format!("{} is {type_}, and `in` needs a list on its right", self.quoted(range));
                let diagnostic = self.error(Code::TYPE_MISMATCH, range, message);
                self.diagnostics
                    .push(diagnostic.with_help("write a list, such as `[\"cart\", \"checkout\"]`"));
                return None;
            }
        };
        // Nothing is known of the items of an empty list, and anything may be looked for in it.
        if *item == Type::Unknown {
            return self.is_value(left).then(|| Type::Bool.into());
        }
        // The items stand for what is said of them: a number among them is underlined itself.
        let written: &[Expression] =
            if let ExpressionKind::List(items) = right.written.kind.as_ref() { items } else { &[] };
        let typed = Typed { type_: item.clone(), ..right.typed.clone() };
        let mut literals = written.iter().filter(|item| bare_literal(item).is_some()).peekable();
        if literals.peek().is_none() {
            self.alike(left, Operand { typed: &typed, ..right })?;
        }
        for literal in literals {
            self.alike(left, Operand { written: literal, typed: &typed })?;
        }
        Some(Type::Bool.into())
    }

    /// `a + b`: numbers, texts, lists, a point in time and a duration.
    fn sum(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        match (&left.typed.type_, &right.typed.type_) {
            (Type::Text, Type::Text) | (Type::List(_), Type::List(_)) => self.alike(left, right),
            (Type::Text, Type::Json) | (Type::Json, Type::Text) => Some(Type::Text.into()),
            (Type::Timestamp, Type::Quantity(Dimension::DURATION))
            | (Type::Quantity(Dimension::DURATION), Type::Timestamp) => Some(Type::Timestamp.into()),
            (Type::Text, _) => {
                self.text_plus(right);
                None
            }
            (_, Type::Text) => {
                self.text_plus(left);
                None
            }
            (Type::Json, Type::Json) => {
                let message = format!(
                    "nothing says whether {} and {} are numbers or texts",
                    self.quoted(left.range()),
                    self.quoted(right.range())
                );
                let help = "say so: `double(...) + double(...)`, `string(...) + string(...)`";
                let diagnostic = self
                    .error(Code::TYPE_MISMATCH, left.range().cover(right.range()), message)
                    .with_help(help);
                self.diagnostics.push(diagnostic);
                None
            }
            _ => self.quantities(left, right),
        }
    }

    /// Something other than a text is added to one.
    fn text_plus(&mut self, other: Operand<'_>) {
        if !self.is_value(other) {
            return;
        }
        let described = self.describe(&other.typed.type_);
        let message =
            format!("{} is {described}, and only a text is added to a text", self.quoted(other.range()));
        let mut diagnostic = self.error(Code::TYPE_MISMATCH, other.range(), message);
        if matches!(other.typed.type_, Type::Number | Type::Integer | Type::Bool) {
            let text = format!("string({})", self.source.slice(other.range()));
            diagnostic =
                diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, other.range(), text.clone());
        }
        self.diagnostics.push(diagnostic);
    }

    /// `a - b`: numbers, two points in time, a point in time and a duration.
    fn difference(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        match (&left.typed.type_, &right.typed.type_) {
            (Type::Timestamp, Type::Timestamp) => Some(Type::Quantity(Dimension::DURATION).into()),
            (Type::Timestamp, Type::Quantity(Dimension::DURATION)) => Some(Type::Timestamp.into()),
            _ => self.quantities(left, right),
        }
    }

    /// Two numbers that measure the same thing.
    fn quantities(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        if !self.are_quantities(left, right) {
            return None;
        }
        match (&left.typed.type_, &right.typed.type_) {
            (Type::Json, Type::Json) => Some(Type::Number.into()),
            // A value from outside is a number here, or the result is unknown.
            (Type::Json, other) | (other, Type::Json) if other.dimension().is_none() => {
                Some(Type::Number.into())
            }
            (Type::Json, _) | (_, Type::Json) => self.alike(left, right),
            _ => self.same_dimension(left, right),
        }
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
            let whole = left.typed.type_ == Type::Integer && right.typed.type_ == Type::Integer;
            return Some(if whole { Type::Integer } else { Type::Number }.into());
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

    /// `a % b`: of whole numbers.
    fn remainder(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        if left.typed.type_ == Type::Integer && right.typed.type_ == Type::Integer {
            return Some(Type::Integer.into());
        }
        if !self.are_quantities(left, right) {
            return None;
        }
        let other = if left.typed.type_ == Type::Integer || bare_literal(left.written).is_some() {
            right
        } else {
            left
        };
        let message = format!(
            "{} is {}, and only whole numbers have a remainder",
            self.quoted(other.range()),
            self.describe(&other.typed.type_)
        );
        let mut diagnostic = self.error(Code::TYPE_MISMATCH, other.range(), message);
        diagnostic = match bare_literal(left.written) {
            Some(digits) => {
                let help = format!("a per cent is written without a blank before it: `{digits}% * ...`");
                diagnostic.with_help(help)
            }
            None => diagnostic
                .with_help("`int(x) % 2` is the remainder of what is left of x without its fraction"),
        };
        self.diagnostics.push(diagnostic);
        None
    }

    /// Whether both operands can be reckoned with.
    fn are_quantities(&mut self, left: Operand<'_>, right: Operand<'_>) -> bool {
        let left_fits = self.is_quantity(left, "reckoned with") && self.is_unshifted(left);
        let right_fits = self.is_quantity(right, "reckoned with") && self.is_unshifted(right);
        left_fits && right_fits
    }

    /// Whether no literal on a shifted scale stands beside a difference: `a - b > 10degF` compares a difference of two
    /// temperatures, which does not convert as a temperature does.
    fn shift_is_kept(&mut self, left: Operand<'_>, right: Operand<'_>) -> bool {
        (!is_difference(left.written) || self.is_unshifted(right))
            && (!is_difference(right.written) || self.is_unshifted(left))
    }
}

/// Whether an expression computes with numbers, or says how much one changed or spreads.
fn is_difference(expression: &Expression) -> bool {
    if let ExpressionKind::Call { function, arguments, .. } = expression.kind.as_ref() {
        let is_span =
            |argument: &CallArgument| matches!(argument.value.kind.as_ref(), ExpressionKind::Number { .. });
        return matches!(function.value.as_str(), "delta" | "stddev") && arguments.iter().any(is_span);
    }
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

/// Whether the sides of an operator may measure different things.
fn scales(operator: BinaryOperator) -> bool {
    match operator {
        BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder
        | BinaryOperator::In
        | BinaryOperator::Or
        | BinaryOperator::And => true,
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::Add
        | BinaryOperator::Subtract => false,
    }
}

/// Whether what is compared is a bare word, or words in a list.
fn compares_words(operator: BinaryOperator, right: &Expression) -> bool {
    let is_word = |it: &Expression| matches!(it.kind.as_ref(), ExpressionKind::Name(_));
    if let ExpressionKind::List(items) = right.kind.as_ref() {
        return operator == BinaryOperator::In && items.iter().all(is_word);
    }
    matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual) && is_word(right)
}
