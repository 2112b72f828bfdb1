//! Names and fields.

use heal_diagnostics::{Code, Safety, TextRange};
use heal_program::{EntityIndex, Expression as Lowered, FieldKind};
use heal_syntax::tree::{Expression, ExpressionKind, Name};

use crate::{
    FieldResolution, Key, Place, Resolution, Type, Value,
    checker::{Checker, EntityPath, Ground, Typed},
    with_nearest,
};

impl Checker<'_> {
    /// A plain name.
    pub(crate) fn name(&mut self, name: &str, range: TextRange) -> Typed {
        let name = Name { value: name.to_owned(), range };
        let resolution = self.environment.value(&name);
        match self.resolved(resolution, &name, range) {
            Some(value) => self.read(value, &name.value, range),
            None => Typed::unknown(),
        }
    }

    /// `receiver.field`: a field of an entity, or an item of a module.
    pub(crate) fn field(&mut self, expression: &Expression, receiver: &Expression, field: &Name) -> Typed {
        match self.entity_path(expression) {
            Some(Some(path)) => return field_value(path),
            Some(None) => return Typed::unknown(),
            None => {}
        }
        if let Some(resolution) = self.member(receiver, field) {
            return match self.resolved(resolution, field, field.range) {
                Some(value) => self.read(value, &field.value, expression.range),
                None => Typed::unknown(),
            };
        }
        let typed = self.expression(receiver);
        if typed.type_ != Type::Unknown {
            let message = format!(
                "{} is {} and has no fields",
                self.quoted(receiver.range),
                self.describe(&typed.type_)
            );
            self.report(Code::UNKNOWN_FIELD, field.range, message);
        }
        Typed::unknown()
    }

    /// What a name or `module.name` stands for, without reading it: `None` when the expression is neither. The inner
    /// `None` means that it is wrong, and reported.
    pub(crate) fn reference(&mut self, expression: &Expression) -> Option<Option<Value>> {
        if let ExpressionKind::Name(name) = expression.kind.as_ref() {
            let name = Name { value: name.clone(), range: expression.range };
            let resolution = self.environment.value(&name);
            return Some(self.resolved(resolution, &name, expression.range));
        }
        let ExpressionKind::Field(receiver, field) = expression.kind.as_ref() else { return None };
        let resolution = self.member(receiver, field)?;
        Some(self.resolved(resolution, field, field.range))
    }

    /// Follows a path of fields that starts at an entity: `None` when it does not start at one. The inner `None`
    /// means that it is wrong, and reported.
    pub(crate) fn entity_path(&mut self, expression: &Expression) -> Option<Option<EntityPath>> {
        let (root, fields) = dotted(expression)?;
        let path = self.environment.entity_path(&root)?;
        Some(self.follow(path, &fields))
    }

    fn follow(&mut self, mut path: EntityPath, fields: &[&Name]) -> Option<EntityPath> {
        for field in fields {
            let FieldKind::Entity(owner) = path.end else {
                let message = format!("{} has no field `{}`", Type::of_field(&path.end), field.value);
                self.report(Code::UNKNOWN_FIELD, field.range, message);
                return None;
            };
            path.end = match self.environment.field(owner, &field.value) {
                FieldResolution::Found(kind) => kind,
                FieldResolution::Reported => return None,
                FieldResolution::Missing(known) => {
                    self.unknown_field(owner, field, &known);
                    return None;
                }
            };
            path.fields.push(field.value.clone());
        }
        Some(path)
    }

    fn member(&mut self, receiver: &Expression, field: &Name) -> Option<Resolution> {
        let ExpressionKind::Name(module) = receiver.kind.as_ref() else { return None };
        self.environment.member(module, field)
    }

    /// Reports a name that is not a value.
    fn resolved(&mut self, resolution: Resolution, name: &Name, range: TextRange) -> Option<Value> {
        match resolution {
            Resolution::Value(value) => return Some(value),
            Resolution::Reported => {}
            Resolution::WrongKind(kind) => {
                let message = format!("`{}` is {kind} and has no value", name.value);
                self.report(Code::WRONG_KIND, range, message);
            }
            Resolution::Refused { code, message, help } => {
                let diagnostic = self.error(code, range, message).with_help(help);
                self.diagnostics.push(diagnostic);
            }
            Resolution::Missing => {
                let names = self.environment.names();
                let message = format!("unknown name `{}`", name.value);
                self.report_with_nearest(Code::UNKNOWN_NAME, name, message, &names);
            }
        }
        None
    }

    /// The value of a named thing, read as it is.
    fn read(&mut self, value: Value, name: &str, range: TextRange) -> Typed {
        match value {
            Value::Param { index, dimension, place } => Typed {
                expression: Lowered::Param(index),
                type_: Type::Quantity(dimension),
                key: Key::default(),
                ground: Some(Ground { name: name.to_owned(), dimension, unit: None, place }),
            },
            Value::Signal { counter: true, place, .. } => {
                self.counter_without_rate(name, range, place);
                Typed::unknown()
            }
            Value::Signal { index, dimension, key, unit, place, counter: false } => Typed {
                expression: Lowered::Signal(index),
                type_: Type::Quantity(dimension),
                key,
                ground: Some(Ground { name: name.to_owned(), dimension, unit, place }),
            },
            Value::Detector { index, key } => {
                Typed { expression: Lowered::Firing(index), type_: Type::Bool, key, ground: None }
            }
            Value::Event { place, .. } => {
                let text = format!("{}.within(10m)", self.source.line(range));
                let message = format!("`{name}` is an event, and has no value of its own");
                let diagnostic = self
                    .error(Code::WRONG_KIND, range, message)
                    .with_secondary(place.file, place.range, "declared as an event here")
                    .with_help("ask whether or how often it happened: `.within(10m)`, `.count(1h)`")
                    .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text.clone());
                self.diagnostics.push(diagnostic);
                Typed::unknown()
            }
            Value::Local(type_) => Typed::constant(Lowered::KeyField(name.to_owned()), type_),
            Value::Bound(typed) => typed,
        }
    }

    fn counter_without_rate(&mut self, name: &str, range: TextRange, place: Place) {
        let text = format!("{}.rate(5m)", self.source.line(range));
        let diagnostic = self
            .error(
                Code::COUNTER_WITHOUT_RATE,
                range,
                format!("`{name}` is a counter, and only `rate` can read it"),
            )
            .with_secondary(place.file, place.range, "declared as a counter here")
            .with_help("a counter only grows: what tells something is how fast, over a window")
            .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text.clone());
        self.diagnostics.push(diagnostic);
    }

    fn unknown_field(&mut self, entity: EntityIndex, field: &Name, known: &[String]) {
        let message = format!("`{}` has no field `{}`", self.environment.entity_name(entity), field.value);
        self.report_with_nearest(Code::UNKNOWN_FIELD, field, message, known);
    }

    fn report_with_nearest(&mut self, code: Code, name: &Name, message: String, known: &[String]) {
        let diagnostic = self.error(code, name.range, message);
        let known = known.iter().map(String::as_str);
        self.diagnostics.push(with_nearest(diagnostic, &name.value, name.range, known));
    }
}

/// The name that a chain of fields starts from, and the fields in order.
fn dotted(expression: &Expression) -> Option<(Name, Vec<&Name>)> {
    let mut fields = Vec::new();
    let mut at = expression;
    while let ExpressionKind::Field(receiver, field) = at.kind.as_ref() {
        fields.push(field);
        at = receiver;
    }
    fields.reverse();
    if let ExpressionKind::Name(root) = at.kind.as_ref() {
        Some((Name { value: root.clone(), range: at.range }, fields))
    } else {
        None
    }
}

fn field_value(path: EntityPath) -> Typed {
    let type_ = Type::of_field(&path.end);
    let expression = Lowered::EntityField { root: path.root, entity: path.root_entity, path: path.fields };
    Typed::constant(expression, type_)
}
