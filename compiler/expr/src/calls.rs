//! Calls: which function is meant.

use heal_diagnostics::{Code, Safety};
use heal_program::TimePart;
use heal_syntax::tree::{CallArgument, Expression, ExpressionKind, Name};

use crate::{
    Given, Resolution, Type, Value,
    aggregates::AGGREGATES,
    checker::{Checker, Typed},
    comprehensions::MACROS,
    elsewhere::method_elsewhere,
    functions::{GLOBAL, OF_TEXT},
    learned::LEARNED,
    mismatch::Tightness,
    nearest,
    windows::WINDOWS,
    with_nearest,
};

/// Functions with a receiver beside those in tables.
const OTHER_METHODS: &[&str] = &["quantile", "absent", "within", "time_to", "or", "size"];

/// Whether a function is called on something.
pub(crate) fn is_method(name: &str) -> bool {
    methods().any(|method| method == name)
}

fn methods() -> impl Iterator<Item = &'static str> {
    let windows = WINDOWS.iter().map(|(name, _)| *name);
    // What is a window too is listed there.
    let aggregates = AGGREGATES.iter().map(|(name, _)| *name).filter(|name| matches!(*name, "any" | "all"));
    let macros = MACROS.iter().map(|(name, _)| *name).filter(|name| *name != "all");
    let texts = OF_TEXT.iter().map(|(name, _)| *name);
    let times = TimePart::ALL.into_iter().map(TimePart::word);
    let others = OTHER_METHODS.iter().chain(LEARNED).copied();
    windows.chain(aggregates).chain(macros).chain(texts).chain(times).chain(others)
}

impl Checker<'_> {
    /// `function(arguments)` or `receiver.function(arguments)`
    pub(crate) fn call(
        &mut self,
        expression: &Expression,
        receiver: Option<&Expression>,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let Some(receiver) = receiver else {
            if let Some(typed) = self.user_call(expression, None, function, arguments) {
                return typed;
            }
            if let Some(typed) = self.global(expression, function, arguments) {
                return typed;
            }
            self.unknown_global(expression, function, arguments);
            return Typed::unknown();
        };
        if let ExpressionKind::Name(name) = receiver.kind.as_ref()
            && self.variable(name).is_none()
        {
            let module = Name { value: name.clone(), range: receiver.range };
            if let Some(typed) = self.user_call(expression, Some(&module), function, arguments) {
                return typed;
            }
            if let Some(resolution) = self.environment.member(name, function) {
                self.unknown_member(&module, function, arguments, resolution);
                return Typed::unknown();
            }
        }
        self.method(expression, receiver, function, arguments)
    }

    fn method(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        let name = function.value.as_str();
        let by = arguments.iter().any(|argument| argument.name.as_ref().is_some_and(|it| it.value == "by"));
        let aggregate = AGGREGATES.iter().find(|(word, _)| *word == name).map(|(_, aggregate)| *aggregate);
        if let Some(aggregate) = aggregate.filter(|_| by || name == "any") {
            return self.aggregate(receiver, function, aggregate, arguments);
        }
        if let Some((_, kind)) = MACROS.iter().find(|(word, _)| *word == name) {
            return self.comprehension(receiver, function, *kind, arguments);
        }
        if let Some((_, window)) = WINDOWS.iter().find(|(word, _)| *word == name) {
            return self.window(expression, receiver, function, *window, arguments);
        }
        if let Some((_, of_text)) = OF_TEXT.iter().find(|(word, _)| *word == name) {
            return self.of_text(receiver, function, *of_text, arguments);
        }
        if let Some(part) = TimePart::ALL.into_iter().find(|part| part.word() == name) {
            return self.time_part(expression, receiver, function, part, arguments);
        }
        if LEARNED.contains(&name) {
            return self.learned(expression, receiver, function, arguments);
        }
        match name {
            "quantile" if by => self.aggregated_quantile(receiver, function, arguments),
            "quantile" => self.quantile(expression, receiver, function, arguments),
            "absent" => self.absent(receiver, function, arguments),
            "within" => self.within(receiver, function, arguments),
            "time_to" => self.time_to(receiver, function, arguments),
            "or" => self.or(receiver, function, arguments),
            "size" => {
                let usage = format!("{}.size()", self.source.line(receiver.range));
                match self.bind(function, arguments, [], &usage) {
                    Some([]) => self.size(receiver),
                    None => Typed::unknown(),
                }
            }
            _ => {
                self.unknown_method(receiver, function, arguments);
                Typed::unknown()
            }
        }
    }

    /// A `fn`; `None` where there is none of this name.
    fn user_call(
        &mut self,
        expression: &Expression,
        module: Option<&Name>,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Option<Typed> {
        if !self.environment.has_function(module, function) {
            return None;
        }
        let source = self.source;
        let mut given = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let name = argument.name.as_ref();
            let written = &argument.value;
            let (value, path, typed, reported) = self.given(written);
            given.push(Given { name, written, source, value, path, typed, reported });
        }
        let typed = match self.environment.call(module, function, given, self.diagnostics)? {
            Ok(typed) => self.put_in(typed, expression.range),
            Err(_) => Typed::unknown(),
        };
        Some(typed)
    }

    /// What an argument of a `fn` can be taken for.
    fn given(
        &mut self,
        written: &Expression,
    ) -> (Option<Value>, Option<crate::EntityPath>, Option<Typed>, bool) {
        let path = match self.entity_path(written) {
            Some(None) => return (None, None, None, true),
            Some(Some(path)) => Some(path),
            None => None,
        };
        match self.reference_beside(written, path.is_some()) {
            Some(None) => return (None, path, None, true),
            Some(Some(value @ (Value::Signal { counter: true, .. } | Value::Event { .. }))) => {
                return (Some(value), path, None, false);
            }
            Some(Some(value)) => {
                let name = self.source.line(written.range);
                let typed = self.read(value.clone(), &name, written.range);
                let reported = typed.type_ == Type::Unknown;
                return (Some(value), path, (!reported).then_some(typed), reported);
            }
            None => {}
        }
        if let Some(path) = path {
            let typed = path.clone().into_typed();
            return (None, Some(path), Some(typed), false);
        }
        let typed = self.expression(written);
        let reported = typed.type_ == Type::Unknown;
        (None, None, (!reported).then_some(typed), reported)
    }

    /// What a name stands for as a value. An entity's need not stand for one.
    fn reference_beside(&mut self, written: &Expression, entity: bool) -> Option<Option<Value>> {
        if !entity {
            return self.reference(written);
        }
        let ExpressionKind::Name(name) = written.kind.as_ref() else { return None };
        let name = Name { value: name.clone(), range: written.range };
        match self.environment.value(&name) {
            Resolution::Value(value) => Some(Some(value)),
            Resolution::Reported
            | Resolution::WrongKind(_)
            | Resolution::Refused { .. }
            | Resolution::Missing => None,
        }
    }

    /// Reports `module.name(...)` where that is no function.
    fn unknown_member(
        &mut self,
        module: &Name,
        function: &Name,
        arguments: &[CallArgument],
        resolution: Resolution,
    ) {
        let what = match resolution {
            Resolution::Reported => None,
            Resolution::Refused { code, message, help } => {
                let known = self.environment.functions(Some(&module.value));
                let mut diagnostic = self.error(code, function.range, message);
                match nearest(&function.value, known.iter().map(String::as_str)) {
                    Some(meant) => {
                        let title = format!("write `{meant}`");
                        diagnostic = diagnostic
                            .with_help(format!("did you mean `{}.{meant}`?", module.value))
                            .with_fix(title, Safety::Unsafe, function.range, meant);
                    }
                    None => diagnostic = diagnostic.with_help(help),
                }
                self.diagnostics.push(diagnostic);
                None
            }
            Resolution::WrongKind(kind) => Some(kind.to_owned()),
            Resolution::Value(_) => Some("a value".to_owned()),
            Resolution::Missing => {
                let known = self.environment.functions(Some(&module.value));
                let message = format!("`{}` has no function `{}`", module.value, function.value);
                self.report_with_nearest(Code::UNKNOWN_FUNCTION, function, message, &known);
                None
            }
        };
        if let Some(what) = what {
            let message = format!("`{}.{}` is {what}, not a function", module.value, function.value);
            self.report(Code::WRONG_KIND, function.range, message);
        }
        self.look_at(arguments);
    }

    /// Arguments of what is wrong anyway are looked at for their own mistakes.
    fn look_at(&mut self, arguments: &[CallArgument]) {
        for argument in arguments {
            self.look(&argument.value);
        }
    }

    /// What a name stands for is only looked up, not read: a counter is no second mistake here.
    fn look(&mut self, written: &Expression) {
        let is_path = matches!(written.kind.as_ref(), ExpressionKind::Name(_) | ExpressionKind::Field(..));
        let is_known = is_path && (self.entity_path(written).is_some() || self.reference(written).is_some());
        if !is_known {
            self.expression(written);
        }
    }

    fn unknown_method(&mut self, receiver: &Expression, function: &Name, arguments: &[CallArgument]) {
        self.look(receiver);
        self.look_at(arguments);
        let known: Vec<&str> = methods().collect();
        let message = format!("unknown function `{}`", function.value);
        let diagnostic = self.error(Code::UNKNOWN_FUNCTION, function.range, message);
        if let Some(here) = method_elsewhere(&function.value) {
            let receiver = self.bracketed(receiver, Tightness::Receiver);
            let diagnostic = diagnostic.with_help(format!("it is written like `{receiver}.{here}`"));
            self.diagnostics.push(diagnostic);
            return;
        }
        let mut diagnostic = with_nearest(diagnostic, &function.value, function.range, known.iter().copied());
        if diagnostic.help.is_empty() {
            diagnostic = diagnostic.with_help(format!("the functions here are {}", known.join(", ")));
        }
        self.diagnostics.push(diagnostic);
    }

    /// Reports an unknown function without a receiver; where it is one with a receiver, shows how it is called.
    fn unknown_global(&mut self, expression: &Expression, function: &Name, arguments: &[CallArgument]) {
        let message = format!("unknown function `{}`", function.value);
        let diagnostic = self.error(Code::UNKNOWN_FUNCTION, function.range, message);
        if let Some(meant) = self.function_elsewhere(function, arguments) {
            let mut diagnostic = diagnostic.with_help(meant.help);
            if let Some(text) = meant.rewrite {
                let title = format!("write `{text}`");
                diagnostic = diagnostic.with_fix(title, Safety::Unsafe, expression.range, text);
            }
            self.diagnostics.push(diagnostic);
            return;
        }
        self.look_at(arguments);
        let own = self.environment.functions(None);
        let known: Vec<&str> = GLOBAL.iter().copied().chain(own.iter().map(String::as_str)).collect();
        let mut diagnostic = with_nearest(diagnostic, &function.value, function.range, known.iter().copied());
        if diagnostic.help.is_empty() {
            diagnostic = diagnostic.with_help(format!("the functions here are {}", known.join(", ")));
        }
        self.diagnostics.push(diagnostic);
    }
}
