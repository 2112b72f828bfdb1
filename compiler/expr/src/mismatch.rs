//! What goes together and what does not, and what is said when it does not.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_program::Dimension;
use heal_syntax::tree::Expression;

use crate::{
    Key, Type, article, base_unit,
    checker::{Checker, Ground, Typed},
    literal::{bare_literal, unit_of_literal},
    unit_names,
};

/// An operand: as written and as typed.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub(crate) written: &'a Expression,
    pub(crate) typed: &'a Typed,
}

impl Operand<'_> {
    fn range(&self) -> TextRange {
        self.written.range
    }
}

/// The type of two operands taken together.
pub(crate) struct Shape {
    pub(crate) type_: Type,
    pub(crate) ground: Option<Ground>,
}

impl From<Type> for Shape {
    fn from(type_: Type) -> Shape {
        Shape { type_, ground: None }
    }
}

impl Checker<'_> {
    /// The type of two operands that must have one: sides of `==`, branches of `?:`, items of a list.
    pub(crate) fn alike(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        let known = |operand: Operand<'_>| operand.typed.type_ != Type::Unknown;
        if !known(left) || !known(right) {
            return None;
        }
        for side in [left, right] {
            if matches!(side.typed.type_, Type::Entity(_)) {
                self.not_a_value(&side.typed.type_, side.range());
                return None;
            }
        }
        let is_number = |operand: Operand<'_>| {
            matches!(operand.typed.type_, Type::Number | Type::Integer | Type::Quantity(_))
        };
        if is_number(left) && is_number(right) {
            return self.same_dimension(left, right);
        }
        if left.typed.type_ == right.typed.type_ {
            return Some(left.typed.type_.clone().into());
        }
        let message = format!(
            "{} is {}, and {} is {}",
            self.quoted(left.range()),
            self.describe(&left.typed.type_),
            self.quoted(right.range()),
            self.describe(&right.typed.type_)
        );
        self.report(Code::TYPE_MISMATCH, right.range(), message);
        None
    }

    /// The type of two numbers that must measure the same thing. A bare number measures what the other side does,
    /// where that needs no unit.
    pub(crate) fn same_dimension(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        let ground = left.typed.ground.clone().or_else(|| right.typed.ground.clone());
        match (left.typed.type_.dimension(), right.typed.type_.dimension()) {
            (None, None) => Some(Type::Number.into()),
            (Some(dimension), None) => self
                .number_as(right.written, dimension, left.typed.ground.as_ref())
                .then_some(Shape { type_: Type::Quantity(dimension), ground }),
            (None, Some(dimension)) => self
                .number_as(left.written, dimension, right.typed.ground.as_ref())
                .then_some(Shape { type_: Type::Quantity(dimension), ground }),
            (Some(ours), Some(theirs)) if ours == theirs => {
                Some(Shape { type_: Type::Quantity(ours), ground })
            }
            (Some(ours), Some(theirs)) => {
                self.unlike_dimensions((left, ours), (right, theirs));
                None
            }
        }
    }

    fn unlike_dimensions(&mut self, left: (Operand<'_>, Dimension), right: (Operand<'_>, Dimension)) {
        let say = |(operand, dimension): (Operand<'_>, Dimension)| {
            format!("{} is {}", self.quoted(operand.range()), article(dimension))
        };
        let message = format!("{}, and {}", say(left), say(right));
        let mut diagnostic = self
            .error(Code::DIMENSION_MISMATCH, right.0.range(), message)
            .with_label(format!("this is {}", article(right.1)))
            .with_secondary(self.source.file, left.0.range(), format!("this is {}", article(left.1)));
        for (operand, _) in [left, right] {
            if let Some(ground) = &operand.typed.ground {
                let text = format!("`{}` is declared as {} here", ground.name, article(ground.dimension));
                diagnostic = diagnostic.with_secondary(ground.place.file, ground.place.range, text);
            }
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether a number without a unit may stand for a quantity of `dimension`; says so when it may not. Zero may
    /// stand for nothing of anything that has one zero.
    pub(crate) fn number_as(
        &mut self,
        number: &Expression,
        dimension: Dimension,
        beside: Option<&Ground>,
    ) -> bool {
        let literal = bare_literal(number);
        let zero = literal.is_some_and(|digits| digits.parse() == Ok(0.0)) && dimension.temperature == 0;
        if zero || dimension == Dimension::RATIO || dimension == Dimension::COUNT {
            return true;
        }
        let because = match beside {
            Some(ground) => format!("`{}` is {}", ground.name, article(ground.dimension)),
            None => format!("{} is needed here", article(dimension)),
        };
        let message = format!("{} needs a unit: {because}", self.quoted(number.range));
        let mut diagnostic = self.error(Code::MISSING_UNIT, number.range, message);
        if let Some(ground) = beside {
            diagnostic = diagnostic.with_secondary(
                ground.place.file,
                ground.place.range,
                "its dimension comes from here",
            );
        }
        let names: Vec<&str> = unit_names(Some(dimension)).collect();
        if !names.is_empty() {
            diagnostic = diagnostic.with_help(format!("write it with one of {}", names.join(" ")));
        }
        let own_unit =
            beside.filter(|ground| ground.dimension == dimension).and_then(|it| it.unit.as_deref());
        if let (Some(digits), Some(unit)) = (literal, own_unit.or_else(|| base_unit(dimension))) {
            let text = format!("{digits}{unit}");
            diagnostic = diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, number.range, text);
        }
        self.diagnostics.push(diagnostic);
        false
    }

    /// The key of two operands, or what is wrong with theirs.
    pub(crate) fn join(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Key> {
        let key = left.typed.key.join(&right.typed.key);
        if key.is_none() {
            let say = |operand: Operand<'_>| {
                format!("{} has the key {}", self.quoted(operand.range()), operand.typed.key)
            };
            let message = format!("{}, and {}: neither contains the other", say(left), say(right));
            let diagnostic = self
                .error(Code::KEY_MISMATCH, right.range(), message)
                .with_label(format!("by {}", right.typed.key))
                .with_secondary(self.source.file, left.range(), format!("by {}", left.typed.key))
                .with_help("aggregate one of them in its query, so that its key is a part of the other's");
            self.diagnostics.push(diagnostic);
        }
        key
    }

    /// Whether an operand is a number; says so when it is not. `done` is what cannot be done with it otherwise.
    pub(crate) fn is_quantity(&mut self, operand: Operand<'_>, done: &str) -> bool {
        let type_ = &operand.typed.type_;
        match type_ {
            Type::Number | Type::Integer | Type::Quantity(_) => return true,
            Type::Unknown => return false,
            Type::Entity(_) => {
                self.not_a_value(type_, operand.range());
                return false;
            }
            Type::Bool | Type::Text | Type::Timestamp | Type::List(_) | Type::Learned(_) | Type::Json => {}
        }
        let message =
            format!("{} is {} and cannot be {done}", self.quoted(operand.range()), self.describe(type_));
        self.report(Code::TYPE_MISMATCH, operand.range(), message);
        false
    }

    /// Whether an operand is not a literal on a shifted scale such as degF; says so when it is.
    pub(crate) fn is_unshifted(&mut self, operand: Operand<'_>) -> bool {
        if !unit_of_literal(operand.written).is_some_and(|unit| unit.is_shifted()) {
            return true;
        }
        let message = format!("{} is a temperature, not a difference of two", self.quoted(operand.range()));
        let diagnostic = self
            .error(Code::DIMENSION_MISMATCH, operand.range(), message)
            .with_help("the zero of degF is not that of degC: write differences in degC");
        self.diagnostics.push(diagnostic);
        false
    }

    /// Reports an expression of another type than `wanted`.
    pub(crate) fn unexpected(&mut self, code: Code, operand: Operand<'_>, wanted: &Type) {
        let found = self.describe(&operand.typed.type_);
        let quoted = self.quoted(operand.range());
        let mut diagnostic = if code == Code::NOT_A_CONDITION {
            let diagnostic =
                self.error(code, operand.range(), format!("{quoted} is {found}, not a condition"));
            diagnostic.with_help(format!(
                "compare it with something: `{} > ...`",
                self.source.line(operand.range())
            ))
        } else {
            let message = format!("{quoted} is {found}, and {} is needed here", self.describe(wanted));
            self.error(code, operand.range(), message)
        };
        if let Some(ground) = &operand.typed.ground {
            let text = format!("`{}` is declared as {} here", ground.name, article(ground.dimension));
            diagnostic = diagnostic.with_secondary(ground.place.file, ground.place.range, text);
        }
        self.diagnostics.push(diagnostic);
    }

    /// Reports an entity where a value is needed.
    pub(crate) fn not_a_value(&mut self, type_: &Type, range: TextRange) {
        let message =
            format!("{} is {}, and only its fields have values", self.quoted(range), self.describe(type_));
        self.report(Code::TYPE_MISMATCH, range, message);
    }

    /// A type as it stands in a sentence, with the names of entities.
    pub(crate) fn describe(&self, type_: &Type) -> String {
        if let Type::Entity(entity) = type_ {
            format!("the entity `{}`", self.environment.entity_name(*entity))
        } else {
            type_.to_string()
        }
    }

    /// The text of a range, in backticks and on one line.
    pub(crate) fn quoted(&self, range: TextRange) -> String {
        format!("`{}`", self.source.line(range))
    }

    pub(crate) fn error(&self, code: Code, range: TextRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.source.file, range, message)
    }

    pub(crate) fn report(&mut self, code: Code, range: TextRange, message: impl Into<String>) {
        let diagnostic = self.error(code, range, message);
        self.diagnostics.push(diagnostic);
    }
}
