//! The checker: one walk over a tree expression that types it and lowers it at once.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Dimension, EntityIndex, Expression as Lowered, FieldKind, LIST_MAX, Read};
use heal_syntax::tree::{Expression, ExpressionKind};

use crate::{
    Environment, Key, Place, Source, Type, Value,
    bounds::{beyond_bounds, beyond_lowered_bounds},
    mismatch::{Operand, Shape},
    variables::{Variable, canonical},
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

    /// A field of what it ends at, as an expression.
    pub(crate) fn field(&self, field: &str) -> Lowered {
        let path = self.fields.iter().cloned().chain([field.to_owned()]).collect();
        Lowered::EntityField { root: self.root.clone(), entity: self.root_entity, path }
    }

    /// As an expression.
    pub(crate) fn into_typed(self) -> Typed {
        let type_ = Type::of_field(&self.end);
        let expression =
            Lowered::EntityField { root: self.root, entity: self.root_entity, path: self.fields };
        Typed::new(expression, type_)
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
    let mut checker = Checker::new(source, environment, diagnostics);
    checker.wanted = match expected {
        Expected::Quantity(dimension)
        | Expected::Argument(Type::Quantity(dimension))
        | Expected::Value(Type::Quantity(dimension)) => Some(*dimension).filter(|_| is_number(expression)),
        Expected::Any
        | Expected::Condition
        | Expected::Text
        | Expected::Argument(_)
        | Expected::Value(_)
        | Expected::List => None,
    };
    let typed = checker.expression(expression);
    let typed = checker.expect(typed, expression, expected);
    checker.finish(typed, expression)
}

/// Whether an expression is a number as written.
pub(crate) fn is_number(expression: &Expression) -> bool {
    matches!(expression.kind.as_ref(), ExpressionKind::Number { .. })
}

/// What `expression` stands for, without reading it: `None` when it is neither a name nor `module.name`. The inner `None`
/// means that it is wrong, and reported.
pub fn named(
    expression: &Expression,
    source: Source<'_>,
    environment: &mut dyn Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Option<Value>> {
    Checker::new(source, environment, diagnostics).reference(expression)
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
    let mut checker = Checker::new(source, environment, diagnostics);
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
    let mut checker = Checker::new(source, environment, diagnostics);
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
    /// What the list macros around the expression bind, innermost last.
    pub(crate) variables: Vec<Variable>,
    /// How many nodes were put in for names so far.
    pub(crate) put_in: usize,
    /// What the number that is read next must measure, where that is known before it.
    pub(crate) wanted: Option<Dimension>,
    /// Whether the name that is read next stands where a text does.
    pub(crate) text_wanted: bool,
}

impl<'a> Checker<'a> {
    fn new(
        source: Source<'a>,
        environment: &'a mut dyn Environment,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Checker<'a> {
        Checker {
            source,
            environment,
            diagnostics,
            variables: Vec::new(),
            put_in: 0,
            wanted: None,
            text_wanted: false,
        }
    }

    /// What is left to be done once all of an expression is typed.
    fn finish(&mut self, mut typed: Typed, written: &Expression) -> Option<Typed> {
        if typed.type_ == Type::Unknown {
            return None;
        }
        if let Some(diagnostic) = beyond_lowered_bounds(&typed.expression, written.range, self.source) {
            self.diagnostics.push(diagnostic);
            return None;
        }
        canonical(&mut typed.expression);
        Some(typed)
    }

    /// Types any expression. What is wrong has type [`Type::Unknown`] and has been reported.
    pub(crate) fn expression(&mut self, expression: &Expression) -> Typed {
        match expression.kind.as_ref() {
            ExpressionKind::Number { digits, unit } => self.number(digits, unit.as_deref(), expression.range),
            ExpressionKind::Text(text) => Typed::new(Lowered::Text(text.clone()), Type::Text),
            ExpressionKind::Bool(value) => Typed::new(Lowered::Bool(*value), Type::Bool),
            ExpressionKind::List(items) => self.list(expression, items),
            ExpressionKind::Name(name) => self.name(name, expression.range),
            ExpressionKind::Field(receiver, field) => self.field(expression, receiver, field),
            ExpressionKind::Call { receiver, function, arguments } => {
                self.call(expression, receiver.as_ref(), function, arguments)
            }
            ExpressionKind::Index(receiver, index) => self.index(expression, receiver, index),
            ExpressionKind::Unary(operator, operand) => self.unary(operator.value, operand),
            ExpressionKind::Binary(left, operator, right) => self.binary(expression, left, operator, right),
            ExpressionKind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise)
            }
        }
    }

    /// A list: its items have one type.
    fn list(&mut self, list: &Expression, items: &[Expression]) -> Typed {
        if items.len() > LIST_MAX {
            let message = format!("this list has {} elements, and at most {LIST_MAX} may be", items.len());
            self.report(Code::TOO_DEEP, list.range, message);
            return Typed::unknown();
        }
        let mut typed: Vec<Typed> = items.iter().map(|item| self.expression(item)).collect();
        // A whole number among quantities is one of them.
        if typed.iter().any(|item| matches!(item.type_, Type::Number | Type::Quantity(_))) {
            typed = typed.into_iter().map(Typed::into_double).collect();
        }
        let mut joined: Option<(&Expression, Typed)> = None;
        for (written, item) in items.iter().zip(&typed) {
            let right = Operand { written, typed: item };
            let before = joined.as_ref().map_or(right, |(written, typed)| Operand { written, typed });
            let Some(Shape { type_, ground }) = self.alike(before, right) else { return Typed::unknown() };
            let Some(key) = self.join(before, right) else { return Typed::unknown() };
            joined = Some((written, Typed { expression: Lowered::Bool(false), type_, key, ground }));
        }
        let expression = Lowered::List(typed.into_iter().map(|item| item.expression).collect());
        // INVARIANT: only an empty list has items of an unknown type.
        let (type_, key) = joined.map_or((Type::Unknown, Key::default()), |(_, item)| (item.type_, item.key));
        Typed { expression, type_: Type::List(Box::new(type_)), key, ground: None }
    }

    fn conditional(&mut self, condition: &Expression, then: &Expression, otherwise: &Expression) -> Typed {
        let typed_condition = self.condition(condition);
        let (typed_then, typed_otherwise) =
            Typed::balanced(self.expression(then), self.expression(otherwise));
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

    /// Types an expression that must be a text.
    pub(crate) fn text(&mut self, expression: &Expression) -> Typed {
        let typed = self.expression(expression);
        self.expect(typed, expression, &Expected::Text)
    }
}

impl Typed {
    /// What has one value for every key: a constant, a text from the key at hand, a value from outside.
    #[must_use]
    pub fn new(expression: Lowered, type_: Type) -> Typed {
        Typed { expression, type_, key: Key::default(), ground: None }
    }

    /// Of something that was reported.
    pub(crate) fn unknown() -> Typed {
        Typed::new(Lowered::Bool(false), Type::Unknown)
    }

    /// Whether it reads telemetry: a signal or an event, or a detector that does.
    #[must_use]
    pub fn reads_telemetry(&self) -> bool {
        let mut reads = false;
        self.expression.walk(&mut |node| {
            reads |= match node.read() {
                Some(Read::Signal(..) | Read::Detector(_) | Read::Event(..)) => true,
                Some(Read::Entity(_)) | None => false,
            };
        });
        reads
    }
}
