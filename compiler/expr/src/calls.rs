//! Functions: windows over signals, `or`, and the functions of text.

use heal_diagnostics::{Code, Safety};
use heal_program::{Dimension, Expression as Lowered, Function, WindowFunction};
use heal_syntax::tree::{CallArgument, Expression, ExpressionKind, Name};

use crate::{
    SpanKind, Type, Value,
    checker::{Checker, Expected, Ground, Typed},
    constant_span,
    mismatch::{Operand, Shape},
    with_nearest,
};

const WINDOWS: &[(&str, WindowFunction)] = &[
    ("avg", WindowFunction::Avg),
    ("min", WindowFunction::Min),
    ("max", WindowFunction::Max),
    ("sum", WindowFunction::Sum),
    ("count", WindowFunction::Count),
    ("rate", WindowFunction::Rate),
];

const OF_TEXT: &[(&str, Function)] = &[
    ("startsWith", Function::StartsWith),
    ("endsWith", Function::EndsWith),
    ("contains", Function::Contains),
    ("matches", Function::Matches),
];

impl Checker<'_> {
    /// `function(arguments)` or `receiver.function(arguments)`
    pub(crate) fn call(
        &mut self,
        expression: &Expression,
        receiver: Option<&Expression>,
        function: &Name,
        arguments: &[CallArgument],
    ) -> Typed {
        if let Some(named) = arguments.iter().find_map(|argument| argument.name.as_ref()) {
            let message = format!("`{}` has no argument `{}`", function.value, named.value);
            self.report(Code::WRONG_ARGUMENTS, named.range, message);
            return Typed::unknown();
        }
        let arguments: Vec<&Expression> = arguments.iter().map(|argument| &argument.value).collect();
        let Some(receiver) = receiver else {
            if function.value == "size" {
                let Some([text]) = self.exactly(function, &arguments, "one text") else {
                    return Typed::unknown();
                };
                return self.size(text);
            }
            return self.unknown_function(function, None, &arguments);
        };
        if let Some((_, window)) = WINDOWS.iter().find(|(name, _)| *name == function.value) {
            return self.window(expression, receiver, function, *window, &arguments);
        }
        if let Some((_, of_text)) = OF_TEXT.iter().find(|(name, _)| *name == function.value) {
            return self.of_text(receiver, function, *of_text, &arguments);
        }
        match function.value.as_str() {
            "or" => self.or(receiver, function, &arguments),
            "size" => match self.exactly(function, &arguments, "nothing") {
                Some([]) => self.size(receiver),
                None => Typed::unknown(),
            },
            _ => self.unknown_function(function, Some(receiver), &arguments),
        }
    }

    /// `latency.avg(5m)`
    fn window(
        &mut self,
        expression: &Expression,
        receiver: &Expression,
        function: &Name,
        window: WindowFunction,
        arguments: &[&Expression],
    ) -> Typed {
        let signal = self.window_receiver(receiver, function);
        let span = self.exactly(function, arguments, "a duration, such as `5m`").and_then(|[span]| {
            constant_span(span, SpanKind::Positive, self.source, self.environment, self.diagnostics)
        });
        let (Some(Value::Signal { index, dimension, counter, key, unit, place }), Some(span)) =
            (signal, span)
        else {
            return Typed::unknown();
        };
        let name = self.source.line(receiver.range);
        if counter && window != WindowFunction::Rate {
            let text = "rate".to_owned();
            let message = format!("`{name}` is a counter, and only `rate` can read it");
            let diagnostic = self
                .error(Code::COUNTER_WITHOUT_RATE, expression.range, message)
                .with_secondary(place.file, place.range, "declared as a counter here")
                .with_fix("write `rate`", Safety::Unsafe, function.range, text);
            self.diagnostics.push(diagnostic);
            return Typed::unknown();
        }
        if !counter && window == WindowFunction::Rate {
            let diagnostic = self
                .error(
                    Code::RATE_OF_GAUGE,
                    function.range,
                    format!("`{name}` is not a counter, and has no `rate`"),
                )
                .with_secondary(place.file, place.range, "declared as a signal here")
                .with_help(
                    "declare it with `counter` if it only grows; otherwise read it with `avg` or `max`",
                );
            self.diagnostics.push(diagnostic);
            return Typed::unknown();
        }
        let (dimension, ground) = match window {
            WindowFunction::Count => (Dimension::COUNT, None),
            WindowFunction::Rate | WindowFunction::Slope => (dimension.over(Dimension::DURATION), None),
            WindowFunction::Avg
            | WindowFunction::Min
            | WindowFunction::Max
            | WindowFunction::Sum
            | WindowFunction::Stddev
            | WindowFunction::Median
            | WindowFunction::Quantile(_)
            | WindowFunction::Increase
            | WindowFunction::Delta
            | WindowFunction::Lag
            | WindowFunction::Ewma => (dimension, Some(Ground { name, dimension, unit, place })),
        };
        let expression = Lowered::Window { function: window, signal: index, span };
        Typed { expression, type_: Type::Quantity(dimension), key, ground }
    }

    /// The signal that a window function reads.
    fn window_receiver(&mut self, receiver: &Expression, function: &Name) -> Option<Value> {
        let found = match self.reference(receiver) {
            Some(value) => match value? {
                signal @ Value::Signal { .. } => return Some(signal),
                Value::Param { dimension, .. } => Type::Quantity(dimension),
                Value::Detector { .. } => Type::Bool,
                Value::Event { .. } => Type::Unknown,
                Value::Local(type_) => type_,
                Value::Bound(typed) => typed.type_,
            },
            None => self.expression(receiver).type_,
        };
        if found != Type::Unknown {
            let quoted = self.quoted(receiver.range);
            let message = format!("`{}` reads a signal, and {quoted} is not one", function.value);
            self.report(Code::TYPE_MISMATCH, receiver.range, message);
        }
        None
    }

    /// `x.or(0)`
    fn or(&mut self, receiver: &Expression, function: &Name, arguments: &[&Expression]) -> Typed {
        let typed = self.expression(receiver);
        let Some([fallback]) = self.exactly(function, arguments, "what to read where nothing is known")
        else {
            return Typed::unknown();
        };
        let typed_fallback = self.expression(fallback);
        let left = Operand { written: receiver, typed: &typed };
        let right = Operand { written: fallback, typed: &typed_fallback };
        let Some(Shape { type_, ground }) = self.alike(left, right) else { return Typed::unknown() };
        let Some(key) = self.join(left, right) else { return Typed::unknown() };
        let expression = Lowered::Or(Box::new(typed.expression), Box::new(typed_fallback.expression));
        Typed { expression, type_, key, ground }
    }

    /// `namespace.startsWith("prod-")`
    fn of_text(
        &mut self,
        receiver: &Expression,
        function: &Name,
        of_text: Function,
        arguments: &[&Expression],
    ) -> Typed {
        let typed = self.text(receiver);
        let Some([argument]) = self.exactly(function, arguments, "one text") else { return Typed::unknown() };
        let typed_argument = self.text(argument);
        if typed.type_ == Type::Unknown || typed_argument.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let expression = Lowered::Call(of_text, vec![typed.expression, typed_argument.expression]);
        Typed::constant(expression, Type::Bool)
    }

    fn size(&mut self, text: &Expression) -> Typed {
        let typed = self.text(text);
        if typed.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let expression = Lowered::Call(Function::Size, vec![typed.expression]);
        Typed::constant(expression, Type::Quantity(Dimension::COUNT))
    }

    fn text(&mut self, expression: &Expression) -> Typed {
        let typed = self.expression(expression);
        self.expect(typed, expression, &Expected::Text)
    }

    /// The arguments when there are as many as there must be.
    fn exactly<'e, const N: usize>(
        &mut self,
        function: &Name,
        arguments: &[&'e Expression],
        needed: &str,
    ) -> Option<[&'e Expression; N]> {
        let exact = <[&Expression; N]>::try_from(arguments).ok();
        if exact.is_none() {
            let message = format!("`{}` takes {needed}, and {} are given", function.value, arguments.len());
            self.report(Code::WRONG_ARGUMENTS, function.range, message);
        }
        exact
    }

    fn unknown_function(
        &mut self,
        function: &Name,
        receiver: Option<&Expression>,
        given: &[&Expression],
    ) -> Typed {
        let is_path =
            |it: &Expression| matches!(it.kind.as_ref(), ExpressionKind::Name(_) | ExpressionKind::Field(..));
        // What it is called on is only looked up, not read: a counter is no second mistake here.
        if let Some(receiver) = receiver.filter(|it| !is_path(it) || self.reference(it).is_none()) {
            self.expression(receiver);
        }
        for argument in given {
            self.expression(argument);
        }
        let of_signals = WINDOWS.iter().map(|(name, _)| *name);
        let of_text = OF_TEXT.iter().map(|(name, _)| *name);
        let known: Vec<&str> = if receiver.is_some() {
            of_signals.chain(of_text).chain(["or", "size"]).collect()
        } else {
            vec!["size"]
        };
        let message = format!("unknown function `{}`", function.value);
        let diagnostic = self.error(Code::UNKNOWN_FUNCTION, function.range, message);
        let mut diagnostic = with_nearest(diagnostic, &function.value, function.range, known.iter().copied());
        if diagnostic.help.is_empty() {
            diagnostic = diagnostic.with_help(format!("the functions here are {}", known.join(", ")));
        }
        self.diagnostics.push(diagnostic);
        Typed::unknown()
    }
}
