//! What goes together and what does not, and what is said when it does not.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_program::{Dimension, Expression as Lowered, WindowFunction};
use heal_syntax::tree::{BinaryOperator, Expression, ExpressionKind};

use crate::{
    Type, article, base_unit,
    checker::{Checker, Ground, Typed},
    literal::{bare_literal, bare_number, is_hexadecimal, unit_of_literal},
    unit_names,
};

/// An operand: as written and as typed.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub(crate) written: &'a Expression,
    pub(crate) typed: &'a Typed,
}

impl Operand<'_> {
    pub(crate) fn range(&self) -> TextRange {
        self.written.range
    }

    /// What it is by itself.
    pub(crate) fn shape(&self) -> Shape {
        Shape { type_: self.typed.type_.clone(), ground: self.typed.ground.clone() }
    }
}

/// What an expression becomes an operand of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tightness {
    /// The left side of `*`.
    Product,
    /// What stands before a dot.
    Receiver,
}

/// Says where an operand has its dimension from.
fn with_ground(diagnostic: Diagnostic, operand: Operand<'_>) -> Diagnostic {
    let Some(ground) = &operand.typed.ground else { return diagnostic };
    let text = format!("`{}` is declared as {} here", ground.name, article(ground.dimension));
    diagnostic.with_secondary(ground.place.file, ground.place.range, text)
}

/// Says what to do where a product would fit if a param in it were no count: what only scales is a ratio.
fn likely_factor(
    diagnostic: Diagnostic,
    (operand, dimension): (Operand<'_>, Dimension),
    other: Dimension,
) -> Diagnostic {
    let ExpressionKind::Binary(left, _, right) = operand.written.kind.as_ref() else { return diagnostic };
    let Lowered::Binary(BinaryOperator::Multiply, lowered_left, lowered_right) = &operand.typed.expression
    else {
        return diagnostic;
    };
    if dimension != other.times(Dimension::COUNT) {
        return diagnostic;
    }
    let sides = [(left, lowered_left), (right, lowered_right)].into_iter();
    let params: Vec<&str> = sides.filter_map(|(written, lowered)| param_name(written, lowered)).collect();
    // Where the whole is a count, it is one because of what its ground names.
    let param = match (&operand.typed.ground, params.as_slice()) {
        (Some(ground), params) => params.iter().find(|name| **name == ground.name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    match param {
        Some(name) => diagnostic.with_help(format!(
            "a number that only scales others is a ratio: declare `{name}` as one, with `300%` for 3"
        )),
        None => diagnostic,
    }
}

/// The name of a param that an expression is.
fn param_name<'a>(written: &'a Expression, lowered: &Lowered) -> Option<&'a str> {
    if let (ExpressionKind::Name(name), Lowered::Param(_)) = (written.kind.as_ref(), lowered) {
        Some(name)
    } else {
        None
    }
}

impl Typed {
    /// The same with another type: an element of a list in its place.
    fn with_type(&self, type_: &Type) -> Typed {
        Typed { type_: type_.clone(), ..self.clone() }
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
        if left.typed.type_ == Type::Unknown || right.typed.type_ == Type::Unknown {
            return None;
        }
        if !self.is_value(left) || !self.is_value(right) {
            return None;
        }
        if left.typed.type_.is_number() && right.typed.type_.is_number() {
            return self.same_dimension(left, right);
        }
        let unlike = match (&left.typed.type_, &right.typed.type_) {
            (Type::Json, Type::Quantity(dimension)) => {
                return self
                    .number_as(left, *dimension, right.typed.ground.as_ref())
                    .then_some(right.shape());
            }
            (Type::Quantity(dimension), Type::Json) => {
                return self.number_as(right, *dimension, left.typed.ground.as_ref()).then_some(left.shape());
            }
            (Type::Json, _) => return Some(right.shape()),
            (_, Type::Json) => return Some(left.shape()),
            (Type::List(ours), Type::List(theirs)) => {
                if **ours == Type::Unknown {
                    return Some(right.shape());
                }
                if **theirs == Type::Unknown {
                    return Some(left.shape());
                }
                // The elements are what they are: whole numbers in a list do not become doubles.
                let differ = (**ours == Type::Integer) != (**theirs == Type::Integer);
                if differ && ours.is_number() && theirs.is_number() {
                    self.unlike_types(left, right);
                    return None;
                }
                let (ours, theirs) = (left.typed.with_type(ours), right.typed.with_type(theirs));
                let left = Operand { typed: &ours, ..left };
                let item = self.alike(left, Operand { typed: &theirs, ..right })?;
                return Some(Type::List(Box::new(item.type_)).into());
            }
            (ours, theirs) => ours != theirs,
        };
        if !unlike {
            return Some(left.shape());
        }
        self.unlike_types(left, right);
        None
    }

    fn unlike_types(&mut self, left: Operand<'_>, right: Operand<'_>) {
        let message = format!(
            "{} is {}, and {} is {}",
            self.quoted(left.range()),
            self.describe(&left.typed.type_),
            self.quoted(right.range()),
            self.describe(&right.typed.type_)
        );
        let mut diagnostic = self.error(Code::TYPE_MISMATCH, right.range(), message);
        for operand in [left, right] {
            diagnostic = with_ground(diagnostic, operand);
        }
        self.diagnostics.push(diagnostic);
    }

    /// The type of two numbers that must measure the same thing. A bare number measures what the other side does,
    /// where that needs no unit.
    pub(crate) fn same_dimension(&mut self, left: Operand<'_>, right: Operand<'_>) -> Option<Shape> {
        let ground = left.typed.ground.clone().or_else(|| right.typed.ground.clone());
        match (left.typed.type_.dimension(), right.typed.type_.dimension()) {
            (None, None) => {
                let whole = left.typed.type_ == Type::Integer && right.typed.type_ == Type::Integer;
                Some(if whole { Type::Integer } else { Type::Number }.into())
            }
            (Some(dimension), None) => self
                .number_as(right, dimension, left.typed.ground.as_ref())
                .then_some(Shape { type_: Type::Quantity(dimension), ground }),
            (None, Some(dimension)) => self
                .number_as(left, dimension, right.typed.ground.as_ref())
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
        // A quotient is said once: it takes reading.
        let label = |dimension| {
            let words = article(dimension);
            if words.contains('/') { String::new() } else { format!("this is {words}") }
        };
        let mut diagnostic = self
            .error(Code::DIMENSION_MISMATCH, right.0.range(), message)
            .with_label(label(right.1))
            .with_secondary(self.source.file, left.0.range(), label(left.1));
        for (operand, dimension) in [left, right] {
            diagnostic = with_ground(diagnostic, operand);
            diagnostic = self.likely_gauge(diagnostic, operand, dimension);
        }
        for (operand, other) in [(left, right.1), (right, left.1)] {
            diagnostic = self.likely_rate(diagnostic, operand, other);
            diagnostic = likely_factor(diagnostic, operand, other);
        }
        self.diagnostics.push(diagnostic);
    }

    /// Says what to do where the rate of what is no count and no amount of data is compared: that is most likely no
    /// counter.
    fn likely_gauge(&self, diagnostic: Diagnostic, operand: Operand<'_>, dimension: Dimension) -> Diagnostic {
        let is_rate =
            matches!(operand.typed.expression, Lowered::Window { function: WindowFunction::Rate, .. });
        if !is_rate || dimension.count > 0 || dimension.data > 0 {
            return diagnostic;
        }
        let ExpressionKind::Call { receiver: Some(counter), .. } = operand.written.kind.as_ref() else {
            return diagnostic;
        };
        let counter = self.quoted(counter.range);
        diagnostic.with_help(format!("if {counter} can fall, declare it with `signal` and read it as it is"))
    }

    /// Offers the rate of a counter where its increase is compared with one.
    fn likely_rate(
        &self,
        diagnostic: Diagnostic,
        (operand, dimension): (Operand<'_>, Dimension),
        other: Dimension,
    ) -> Diagnostic {
        let is_increase =
            matches!(operand.typed.expression, Lowered::Window { function: WindowFunction::Increase, .. });
        let ExpressionKind::Call { function, .. } = operand.written.kind.as_ref() else { return diagnostic };
        if !is_increase || dimension.over(Dimension::DURATION) != other {
            return diagnostic;
        }
        diagnostic.with_help("how much a counter grows in a second is its `rate`").with_fix(
            "write `rate`",
            Safety::Unsafe,
            function.range,
            "rate",
        )
    }

    /// Whether a number without a unit, or a value from outside, may stand for a quantity of `dimension`; says so when it
    /// may not. Zero may stand for nothing of anything that has one zero.
    pub(crate) fn number_as(
        &mut self,
        number: Operand<'_>,
        dimension: Dimension,
        beside: Option<&Ground>,
    ) -> bool {
        let literal = bare_literal(number.written);
        let zero =
            literal.is_some_and(|digits| bare_number(digits) == Some(0.0)) && dimension.temperature == 0;
        if zero || dimension == Dimension::RATIO || dimension == Dimension::COUNT {
            return true;
        }
        let because = match beside {
            Some(ground) => format!("`{}` is {}", ground.name, article(ground.dimension)),
            None => format!("{} is needed here", article(dimension)),
        };
        let range = number.range();
        let message = format!("{} needs a unit: {because}", self.quoted(range));
        let mut diagnostic = self.error(Code::MISSING_UNIT, range, message);
        if let Some(ground) = beside {
            diagnostic = diagnostic.with_secondary(
                ground.place.file,
                ground.place.range,
                "its dimension comes from here",
            );
        }
        let names: Vec<&str> = unit_names(Some(dimension)).collect();
        let own_unit =
            beside.filter(|ground| ground.dimension == dimension).and_then(|it| it.unit.as_deref());
        let unit = own_unit.or_else(|| base_unit(dimension));
        // A unit after hexadecimal digits could be read as one of them: `0x1F` and `B`.
        let decimal = literal.filter(|digits| !is_hexadecimal(digits));
        match (decimal, unit) {
            (Some(digits), Some(unit)) => {
                if !names.is_empty() {
                    diagnostic = diagnostic.with_help(format!("write it with one of {}", names.join(" ")));
                }
                let text = format!("{digits}{unit}");
                diagnostic = diagnostic.with_fix(format!("write `{text}`"), Safety::Unsafe, range, text);
            }
            (None, Some(unit)) => {
                let text = format!("{} * 1{unit}", self.bracketed(number.written, Tightness::Product));
                diagnostic = diagnostic
                    .with_help("multiply a number by a unit to make a quantity of it")
                    .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text);
            }
            (_, None) => {}
        }
        self.diagnostics.push(diagnostic);
        false
    }

    /// Whether an operand is a number; says so when it is not. `done` is what cannot be done with it otherwise. A value
    /// from outside may be a number.
    pub(crate) fn is_quantity(&mut self, operand: Operand<'_>, done: &str) -> bool {
        let type_ = &operand.typed.type_;
        if type_.is_number() || *type_ == Type::Json {
            return true;
        }
        if *type_ == Type::Unknown || !self.is_value(operand) {
            return false;
        }
        let message =
            format!("{} is {} and cannot be {done}", self.quoted(operand.range()), self.describe(type_));
        self.report(Code::TYPE_MISMATCH, operand.range(), message);
        false
    }

    /// Whether an operand has a value of its own; says so when it has not.
    pub(crate) fn is_value(&mut self, operand: Operand<'_>) -> bool {
        match &operand.typed.type_ {
            Type::Entity(_) => {
                let message = format!(
                    "{} is {}, and only its fields have values",
                    self.quoted(operand.range()),
                    self.describe(&operand.typed.type_)
                );
                self.report(Code::TYPE_MISMATCH, operand.range(), message);
                false
            }
            Type::Learned(_) => {
                self.learned_without_part(operand);
                false
            }
            Type::Bool
            | Type::Text
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::List(_)
            | Type::Json
            | Type::Unknown => true,
        }
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
            let whole = *wanted == Type::Integer;
            let needed = if whole { "a whole number".to_owned() } else { self.describe(wanted) };
            self.error(code, operand.range(), format!("{quoted} is {found}, and {needed} is needed here"))
        };
        diagnostic = with_ground(diagnostic, operand);
        self.diagnostics.push(diagnostic);
    }

    /// A type as it stands in a sentence, with the names of entities.
    pub(crate) fn describe(&self, type_: &Type) -> String {
        match type_ {
            Type::Entity(entity) => format!("the entity `{}`", self.environment.entity_name(*entity)),
            Type::List(item) if matches!(**item, Type::Entity(_) | Type::List(_)) => {
                format!("a list of {}", self.describe(item))
            }
            Type::Bool
            | Type::Text
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::List(_)
            | Type::Learned(_)
            | Type::Json
            | Type::Unknown => type_.to_string(),
        }
    }

    /// The text of a range, in backticks and on one line.
    pub(crate) fn quoted(&self, range: TextRange) -> String {
        format!("`{}`", self.source.line(range))
    }

    pub(crate) fn error(&self, code: Code, range: TextRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.source.file, range, message)
    }

    pub(crate) fn warning(&self, code: Code, range: TextRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, self.source.file, range, message)
    }

    /// The text of an expression as written, in brackets where it would fall apart as an operand.
    pub(crate) fn bracketed(&self, expression: &Expression, tightness: Tightness) -> String {
        let text = self.source.slice(expression.range);
        if needs_brackets(expression, tightness) { format!("({text})") } else { text.to_owned() }
    }

    pub(crate) fn report(&mut self, code: Code, range: TextRange, message: impl Into<String>) {
        let diagnostic = self.error(code, range, message);
        self.diagnostics.push(diagnostic);
    }
}

/// Whether an expression would fall apart as an operand.
pub(crate) fn needs_brackets(expression: &Expression, tightness: Tightness) -> bool {
    match expression.kind.as_ref() {
        ExpressionKind::Number { .. } => tightness != Tightness::Product,
        ExpressionKind::Text(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Name(_)
        | ExpressionKind::Field(..)
        | ExpressionKind::Call { .. }
        | ExpressionKind::Index(..) => false,
        ExpressionKind::Binary(_, operator, _) => {
            let product = matches!(operator.value, BinaryOperator::Multiply | BinaryOperator::Divide);
            tightness != Tightness::Product || !product
        }
        ExpressionKind::Unary(..) | ExpressionKind::Conditional(..) => true,
    }
}
