//! The checker: one walk over a tree expression that types it and lowers it at once.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Dimension, EntityIndex, Expression as Lowered, FieldKind};
use heal_syntax::tree::{Expression, ExpressionKind};

use crate::{
    Environment, Key, Place, Source, Type, Value,
    bounds::beyond_bounds,
    mismatch::{Operand, Shape},
};

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The expression, resolved and in base units.
    pub expression: Lowered,
    /// Its type; never [`Type::Unknown`] outside this crate.
    pub type_: Type,
    /// Which fields tell its series apart.
    pub key: Key,
    /// What gave it its dimension, where that is one definition.
    pub(crate) ground: Option<Ground>,
}

/// The definition that an expression has its dimension from.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) name: String,
    pub(crate) dimension: Dimension,
    /// The unit that a person thinks of it in.
    pub(crate) unit: Option<String>,
    pub(crate) place: Place,
}

/// What an expression must be where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Anything that has a value.
    Any,
    /// True or false.
    Condition,
    /// A text.
    Text,
    /// A number that measures this.
    Quantity(Dimension),
    /// The argument of a parameter of this type.
    Argument(Type),
    /// A value of this type.
    Value(Type),
    /// A list of anything, or a value from outside that may be one.
    List,
}

/// A way from a name in scope to an entity or one of its fields: `pod.workload`.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityPath {
    /// The name it starts from.
    pub root: String,
    /// The entity of that name.
    pub root_entity: EntityIndex,
    /// Field names from there; empty for the entity itself.
    pub fields: Vec<String>,
    /// What it ends at.
    pub end: FieldKind,
}

impl EntityPath {
    /// The entity that stands under a name.
    #[must_use]
    pub fn root(name: String, entity: EntityIndex) -> EntityPath {
        EntityPath { root: name, root_entity: entity, fields: Vec::new(), end: FieldKind::Entity(entity) }
    }
}

/// Types `expression` and lowers it. `None` when it is wrong, which `diagnostics` then say, or when it rests on
/// something that was reported elsewhere.
pub fn check(
    expression: &Expression,
    expected: &Expected,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Typed> {
    if let Some(diagnostic) = beyond_bounds(expression, source) {
        diagnostics.push(diagnostic);
        return None;
    }
    let mut checker = Checker { source, environment, diagnostics };
    let typed = checker.expression(expression);
    let typed = checker.expect(typed, expression, expected);
    (typed.type_ != Type::Unknown).then_some(typed)
}

/// What `expression` stands for, without reading it: `None` when it is neither a name nor `module.name`. The inner `None`
/// means that it is wrong, and reported.
pub fn named(
    expression: &Expression,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Option<Value>> {
    Checker { source, environment, diagnostics }.reference(expression)
}

/// What [`check`] says of an expression that is typed already, such as an argument that is given to a function.
pub fn fit(
    typed: Typed,
    written: &Expression,
    expected: &Expected,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Typed> {
    let mut checker = Checker { source, environment, diagnostics };
    let typed = checker.expect(typed, written, expected);
    (typed.type_ != Type::Unknown).then_some(typed)
}

/// Reads `expression` as a way to an entity of a kind, such as the argument for a parameter `pod: Pod`.
pub fn check_entity(
    expression: &Expression,
    wanted: EntityIndex,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<EntityPath> {
    if let Some(diagnostic) = beyond_bounds(expression, source) {
        diagnostics.push(diagnostic);
        return None;
    }
    let mut checker = Checker { source, environment, diagnostics };
    let found = match checker.entity_path(expression) {
        Some(path) => {
            let path = path?;
            if path.end == FieldKind::Entity(wanted) {
                return Some(path);
            }
            Type::of_field(&path.end)
        }
        None => checker.expression(expression).type_,
    };
    if found != Type::Unknown {
        let message = format!(
            "{} is {}, and {} is needed here",
            checker.quoted(expression.range),
            checker.describe(&found),
            checker.describe(&Type::Entity(wanted))
        );
        checker.report(Code::WRONG_ARGUMENTS, expression.range, message);
    }
    None
}

/// The worker: what it has to know, and where it says what is wrong.
pub(crate) struct Checker<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) environment: &'a mut dyn Environment,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Types any expression. What is wrong has type [`Type::Unknown`] and has been reported.
    pub(crate) fn expression(&mut self, expression: &Expression) -> Typed {
        match expression.kind.as_ref() {
            ExpressionKind::Number { digits, unit } => self.number(digits, unit.as_deref(), expression.range),
            ExpressionKind::Text(text) => Typed::constant(Lowered::Text(text.clone()), Type::Text),
            ExpressionKind::Bool(value) => Typed::constant(Lowered::Bool(*value), Type::Bool),
            ExpressionKind::List(items) => self.list(items),
            ExpressionKind::Name(name) => self.name(name, expression.range),
            ExpressionKind::Field(receiver, field) => self.field(expression, receiver, field),
            ExpressionKind::Call { receiver, function, arguments } => {
                self.call(expression, receiver.as_ref(), function, arguments)
            }
            ExpressionKind::Index(receiver, index) => self.index(receiver, index),
            ExpressionKind::Unary(operator, operand) => self.unary(operator.value, operand),
            ExpressionKind::Binary(left, operator, right) => self.binary(left, operator, right),
            ExpressionKind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise)
            }
        }
    }

    /// A list: its items have one type.
    fn list(&mut self, items: &[Expression]) -> Typed {
        let typed: Vec<Typed> = items.iter().map(|item| self.expression(item)).collect();
        let operands = items.iter().zip(&typed);
        let mut joined: Option<(&Expression, Typed)> = None;
        for (written, item) in operands {
            let right = Operand { written, typed: item };
            let before = joined.as_ref().map_or(right, |(written, typed)| Operand { written, typed });
            let Some(Shape { type_, ground }) = self.alike(before, right) else { return Typed::unknown() };
            let Some(key) = self.join(before, right) else { return Typed::unknown() };
            joined = Some((written, Typed { expression: Lowered::Bool(false), type_, key, ground }));
        }
        let expression = Lowered::List(typed.iter().map(|item| item.expression.clone()).collect());
        // INVARIANT: only an empty list has items of an unknown type.
        let (type_, key) = joined.map_or((Type::Unknown, Key::default()), |(_, item)| (item.type_, item.key));
        Typed { expression, type_: Type::List(Box::new(type_)), key, ground: None }
    }

    fn index(&mut self, receiver: &Expression, index: &Expression) -> Typed {
        let typed = self.expression(receiver);
        self.expression(index);
        if typed.type_ != Type::Unknown {
            let message = format!(
                "{} is {} and has no elements",
                self.quoted(receiver.range),
                self.describe(&typed.type_)
            );
            self.report(Code::TYPE_MISMATCH, receiver.range, message);
        }
        Typed::unknown()
    }

    fn conditional(&mut self, condition: &Expression, then: &Expression, otherwise: &Expression) -> Typed {
        let typed_condition = self.condition(condition);
        let typed_then = self.expression(then);
        let typed_otherwise = self.expression(otherwise);
        let left = Operand { written: then, typed: &typed_then };
        let right = Operand { written: otherwise, typed: &typed_otherwise };
        let Some(Shape { type_, ground }) = self.alike(left, right) else { return Typed::unknown() };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        let branches = Typed { expression: Lowered::Bool(false), type_: type_.clone(), key, ground: None };
        let left = Operand { written: condition, typed: &typed_condition };
        let right = Operand { written: then, typed: &branches };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        if typed_condition.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let expression = Lowered::Conditional(
            Box::new(typed_condition.expression),
            Box::new(typed_then.expression),
            Box::new(typed_otherwise.expression),
        );
        Typed { expression, type_, key, ground }
    }

    /// Types an expression that must be true or false.
    pub(crate) fn condition(&mut self, expression: &Expression) -> Typed {
        let typed = self.expression(expression);
        self.expect(typed, expression, &Expected::Condition)
    }

    /// Says so when `typed` is not what is expected.
    pub(crate) fn expect(&mut self, typed: Typed, expression: &Expression, expected: &Expected) -> Typed {
        let (wanted, mismatch) = match expected {
            Expected::Any => return self.expect_value(typed, expression),
            Expected::Condition => (Type::Bool, Code::NOT_A_CONDITION),
            Expected::Text => (Type::Text, Code::TYPE_MISMATCH),
            Expected::Quantity(dimension) => (Type::Quantity(*dimension), Code::DIMENSION_MISMATCH),
            Expected::Argument(type_) => (type_.clone(), Code::WRONG_ARGUMENTS),
            Expected::Value(type_) => (type_.clone(), Code::TYPE_MISMATCH),
            Expected::List => (Type::List(Box::new(Type::Unknown)), Code::TYPE_MISMATCH),
        };
        if typed.type_ == Type::Unknown || typed.type_ == wanted {
            return typed;
        }
        if let (Type::Number, Type::Quantity(dimension)) = (&typed.type_, &wanted) {
            return if self.number_as(expression, *dimension, None) {
                Typed { type_: wanted, ..typed }
            } else {
                Typed::unknown()
            };
        }
        let code = match (&typed.type_, mismatch) {
            (Type::Quantity(_), code) | (_, code @ (Code::NOT_A_CONDITION | Code::WRONG_ARGUMENTS)) => code,
            (
                Type::Bool
                | Type::Text
                | Type::Number
                | Type::Integer
                | Type::Timestamp
                | Type::List(_)
                | Type::Entity(_)
                | Type::Learned(_)
                | Type::Json
                | Type::Unknown,
                _,
            ) => Code::TYPE_MISMATCH,
        };
        self.unexpected(code, Operand { written: expression, typed: &typed }, &wanted);
        Typed::unknown()
    }

    /// Everything is a value but an entity and an empty list.
    fn expect_value(&mut self, typed: Typed, expression: &Expression) -> Typed {
        if !matches!(typed.type_, Type::Entity(_)) {
            return typed;
        }
        self.not_a_value(&typed.type_, expression.range);
        Typed::unknown()
    }
}

impl Typed {
    /// What has one value for every key: a constant, a text from the key at hand, a value from outside.
    #[must_use]
    pub fn new(expression: Lowered, type_: Type) -> Typed {
        Typed::constant(expression, type_)
    }

    /// Of something that was reported.
    pub(crate) fn unknown() -> Typed {
        Typed::constant(Lowered::Bool(false), Type::Unknown)
    }

    /// A value that reads nothing.
    pub(crate) fn constant(expression: Lowered, type_: Type) -> Typed {
        Typed { expression, type_, key: Key::default(), ground: None }
    }

    /// Whether it reads telemetry: a signal, or a detector that does.
    #[must_use]
    pub fn reads_telemetry(&self) -> bool {
        let mut reads = false;
        self.expression.walk(&mut |node| {
            reads |= matches!(node, Lowered::Signal(_) | Lowered::Window { .. } | Lowered::Firing(_));
        });
        reads
    }
}
