//! Names and fields.

use heal_diagnostics::{Code, Safety, TextRange};
use heal_program::{EntityIndex, Expression as Lowered, FieldKind};
use heal_syntax::tree::{Expression, ExpressionKind, Name};

use crate::{
    EntityPath, FieldResolution, Key, Place, Resolution, Type, Value,
    bounds::{NODES_MAX, size, too_large},
    calls::is_method,
    checker::{Checker, Ground, Typed},
    nearest,
    variables::Variable,
    with_nearest,
};

impl Checker<'_> {
    /// A plain name.
    pub(crate) fn name(&mut self, name: &str, range: TextRange) -> Typed {
        if let Some(variable) = self.variable(name) {
            let lowered = variable.lowered.clone();
            if let Type::Entity(entity) = variable.type_ {
                return EntityPath::root(lowered, entity).into_typed();
            }
            return Typed::new(Lowered::Variable(lowered), variable.type_.clone());
        }
        let name = Name { value: name.to_owned(), range };
        let resolution = self.environment.value(&name);
        match self.resolved(resolution, &name, range) {
            Some(value) => self.read(value, &name.value, range),
            None => Typed::unknown(),
        }
    }

    /// What a list macro around the expression binds under this name.
    pub(crate) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }

    /// `receiver.field`: a field of an entity or of a value from outside, an item of a module, what a learned function
    /// knows.
    pub(crate) fn field(&mut self, expression: &Expression, receiver: &Expression, field: &Name) -> Typed {
        match self.entity_path(expression) {
            Some(Some(path)) => return path.into_typed(),
            Some(None) => return Typed::unknown(),
            None => {}
        }
        if let Some(resolution) = self.member(receiver, field) {
            return match self.resolved(resolution, field, field.range) {
                Some(value) => self.read(value, &field.value, expression.range),
                None => Typed::unknown(),
            };
        }
        match self.series(receiver) {
            Some(None) => return Typed::unknown(),
            Some(Some(_)) if is_method(&field.value) => {
                self.method_without_call(expression, field);
                return Typed::unknown();
            }
            Some(Some(_)) | None => {}
        }
        let typed = self.expression(receiver);
        self.field_of(typed, receiver, field)
    }

    fn field_of(&mut self, typed: Typed, receiver: &Expression, field: &Name) -> Typed {
        match &typed.type_ {
            Type::Unknown => Typed::unknown(),
            Type::Json => {
                let expression = Lowered::Select(Box::new(typed.expression), field.value.clone());
                Typed { expression, ground: None, ..typed }
            }
            Type::Learned(_) => self.learned_part(typed, field),
            Type::Bool
            | Type::Text
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::List(_)
            | Type::Entity(_) => {
                let described = self.describe(&typed.type_);
                let message = format!("{} is {described} and has no fields", self.quoted(receiver.range));
                let mut diagnostic = self.error(Code::UNKNOWN_FIELD, field.range, message);
                if is_method(&field.value) {
                    diagnostic = diagnostic
                        .with_help(format!("`{}` is a function: write it with brackets", field.value));
                } else if matches!(typed.type_, Type::List(_)) {
                    diagnostic = diagnostic.with_help(format!(
                        "ask for it of each element: `{}.all(it, it.{} ...)`",
                        self.source.line(receiver.range),
                        field.value
                    ));
                }
                self.diagnostics.push(diagnostic);
                Typed::unknown()
            }
        }
    }

    /// `latency.avg`, without brackets.
    fn method_without_call(&mut self, expression: &Expression, function: &Name) {
        let text = format!("{}(5m)", self.source.line(expression.range));
        let diagnostic = self
            .error(
                Code::UNKNOWN_FIELD,
                function.range,
                format!("`{}` is a function, not a field", function.value),
            )
            .with_help("give it what it needs in brackets, such as how far back it looks")
            .with_fix(format!("write `{text}`"), Safety::Unsafe, expression.range, text.clone());
        self.diagnostics.push(diagnostic);
    }

    /// What a name or `module.name` stands for, without reading it: `None` when the expression is neither. The inner
    /// `None` means that it is wrong, and reported.
    pub(crate) fn reference(&mut self, expression: &Expression) -> Option<Option<Value>> {
        if let ExpressionKind::Name(name) = expression.kind.as_ref() {
            if self.variable(name).is_some() {
                return None;
            }
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
        let path = match self.variable(&root.value) {
            Some(variable) => {
                let Type::Entity(entity) = variable.type_ else { return None };
                EntityPath::root(variable.lowered.clone(), entity)
            }
            None => self.environment.entity_path(&root)?,
        };
        Some(self.follow(path, &fields))
    }

    fn follow(&mut self, mut path: EntityPath, fields: &[&Name]) -> Option<EntityPath> {
        for field in fields {
            let FieldKind::Entity(owner) = path.end else {
                self.beyond_the_end(&path, field);
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

    /// A field of what is no entity.
    fn beyond_the_end(&mut self, path: &EntityPath, field: &Name) {
        let type_ = Type::of_field(&path.end);
        let message = format!("{} has no field `{}`", self.describe(&type_), field.value);
        let mut diagnostic = self.error(Code::UNKNOWN_FIELD, field.range, message);
        if matches!(type_, Type::List(_)) {
            let list = path.fields.last().map_or("", String::as_str);
            diagnostic = diagnostic
                .with_help(format!("ask for it of each of them: `{list}.all(it, it.{} ...)`", field.value));
        }
        self.diagnostics.push(diagnostic);
    }

    fn member(&mut self, receiver: &Expression, field: &Name) -> Option<Resolution> {
        let ExpressionKind::Name(module) = receiver.kind.as_ref() else { return None };
        if self.variable(module).is_some() {
            return None;
        }
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
            Resolution::Refused { code: Code::UNKNOWN_NAME, .. } | Resolution::Missing
                if self.text_wanted && self.nearest_name(name).is_none() =>
            {
                let text = format!("\"{}\"", name.value);
                let diagnostic = self
                    .error(Code::UNKNOWN_NAME, range, format!("unknown name `{}`", name.value))
                    .with_help("a text stands in quotes")
                    .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text);
                self.diagnostics.push(diagnostic);
            }
            Resolution::Refused { code, message, help } => {
                let diagnostic = self.error(code, range, message).with_help(help);
                self.diagnostics.push(diagnostic);
            }
            Resolution::Missing => self.unknown_name(name),
        }
        None
    }

    /// A name that means a value here and is nearly this one.
    fn nearest_name(&self, name: &Name) -> Option<String> {
        let names = self.environment.names();
        let known = names.iter().map(String::as_str).chain(self.variables.iter().map(|it| it.name.as_str()));
        nearest(&name.value, known).map(str::to_owned)
    }

    fn unknown_name(&mut self, name: &Name) {
        if let Some(span) = iso_span(&name.value) {
            let message = format!("unknown name `{}`", name.value);
            let diagnostic = self.error(Code::UNKNOWN_NAME, name.range, message).with_fix(
                format!("write `{span}`"),
                Safety::Unsafe,
                name.range,
                span,
            );
            self.diagnostics.push(diagnostic);
            return;
        }
        let mut names = self.environment.names();
        names.extend(self.variables.iter().map(|variable| variable.name.clone()));
        let message = format!("unknown name `{}`", name.value);
        let functions = self.environment.functions(None);
        let is_near = nearest(&name.value, names.iter().map(String::as_str)).is_some();
        let functions = functions.iter().map(String::as_str);
        // A function is suggested only where no value is near, and with brackets: its name alone is no value.
        if let Some(function) = nearest(&name.value, functions).filter(|_| !is_near) {
            let diagnostic = self.error(Code::UNKNOWN_NAME, name.range, message);
            self.diagnostics.push(diagnostic.with_help(format!("did you mean to call `{function}(...)`?")));
            return;
        }
        let known = names.iter().map(String::as_str);
        let mut diagnostic =
            with_nearest(self.error(Code::UNKNOWN_NAME, name.range, message), &name.value, name.range, known);
        let mut own = self.environment.own_names();
        own.extend(self.variables.iter().map(|variable| variable.name.clone()));
        if diagnostic.help.is_empty() && !own.is_empty() {
            own.sort();
            own.dedup();
            diagnostic = diagnostic.with_help(format!("in scope here: `{}`", own.join("`, `")));
        }
        self.diagnostics.push(diagnostic);
    }

    /// The value of a named thing, read as it is.
    pub(crate) fn read(&mut self, value: Value, name: &str, range: TextRange) -> Typed {
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
                self.event_without_question(name, range, place);
                Typed::unknown()
            }
            Value::Local(type_) => Typed::new(Lowered::KeyField(name.to_owned()), type_),
            Value::Bound(typed) => self.put_in(typed, range),
        }
    }

    /// What a name stands for, put in its place, as long as the whole does not grow beyond its bound.
    pub(crate) fn put_in(&mut self, typed: Typed, range: TextRange) -> Typed {
        let before = self.put_in;
        self.put_in = before.saturating_add(size(&typed.expression));
        if self.put_in <= NODES_MAX {
            return typed;
        }
        // It is said once, where the bound was passed.
        if before <= NODES_MAX {
            let diagnostic = too_large(range, self.source);
            self.diagnostics.push(diagnostic);
        }
        Typed::unknown()
    }

    pub(crate) fn counter_without_rate(&mut self, name: &str, range: TextRange, place: Place) {
        let text = format!("{}.rate(5m)", self.source.line(range));
        let diagnostic = self
            .error(
                Code::COUNTER_WITHOUT_RATE,
                range,
                format!("`{name}` is a counter, and only `rate`, `increase` and `delta` can read it"),
            )
            .with_secondary(place.file, place.range, "declared as a counter here")
            .with_help("a counter only grows: what tells something is how fast, over a window")
            .with_help(format!("if `{name}` can fall, declare it with `signal`"))
            .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text.clone());
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn event_without_question(&mut self, name: &str, range: TextRange, place: Place) {
        let text = format!("{}.within(10m)", self.source.line(range));
        let diagnostic = self
            .error(Code::WRONG_KIND, range, format!("`{name}` is an event, and has no value of its own"))
            .with_secondary(place.file, place.range, "declared as an event here")
            .with_help("ask whether or how often it happened: `.within(10m)`, `.count(1h)`")
            .with_fix(format!("write `{text}`"), Safety::Unsafe, range, text.clone());
        self.diagnostics.push(diagnostic);
    }

    fn unknown_field(&mut self, entity: EntityIndex, field: &Name, known: &[String]) {
        let message = format!("`{}` has no field `{}`", self.environment.entity_name(entity), field.value);
        self.report_with_nearest(Code::UNKNOWN_FIELD, field, message, known);
    }

    pub(crate) fn report_with_nearest(&mut self, code: Code, name: &Name, message: String, known: &[String]) {
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

/// `PT1H30M` of ISO 8601 as it is written here.
fn iso_span(name: &str) -> Option<String> {
    let rest = name.strip_prefix('P')?;
    let (days, times) = rest.split_once('T').unwrap_or((rest, ""));
    let is_part = |text: &str, units: &str| {
        text.split_inclusive(|one: char| !one.is_ascii_digit()).all(|part| {
            let unit = part.trim_start_matches(|one: char| one.is_ascii_digit());
            part.len() > unit.len() && !unit.is_empty() && units.contains(unit)
        })
    };
    let span = format!("{days}{times}").to_lowercase();
    (!span.is_empty() && is_part(days, "WD") && is_part(times, "HMS")).then_some(span)
}
