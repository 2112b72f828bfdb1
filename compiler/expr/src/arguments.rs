//! Arguments of the functions that the language has: by position or name, and constants among them.

use heal_diagnostics::Code;
use heal_program::{Dimension, Expression as Lowered, Millis};
use heal_syntax::tree::{CallArgument, Expression, ExpressionKind, Name};

use crate::{
    Expected, Key, SpanKind, check, checker::Checker, constant::Constants, constant_quantity, constant_span,
    constant_whole, with_nearest,
};

/// A parameter of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
}

/// A parameter that must be given.
pub(crate) const fn required(name: &'static str) -> Parameter {
    Parameter { name, required: true }
}

/// A parameter that has a default.
pub(crate) const fn optional(name: &'static str) -> Parameter {
    Parameter { name, required: false }
}

impl Checker<'_> {
    /// The written argument of each parameter, by position and then by name. `usage` shows how the function is called.
    pub(crate) fn bind<'e, const N: usize>(
        &mut self,
        function: &Name,
        arguments: &'e [CallArgument],
        parameters: [Parameter; N],
        usage: &str,
    ) -> Option<[Option<&'e Expression>; N]> {
        let mut given: [Option<&Expression>; N] = [None; N];
        let mut next = 0;
        for argument in arguments {
            let at = match &argument.name {
                Some(name) => self.position(function, name, &parameters)?,
                None => next,
            };
            next = at + 1;
            let message = match given.get_mut(at).map(|place| place.replace(&argument.value)) {
                Some(None) => continue,
                Some(Some(_)) => {
                    let name = parameters.get(at).map_or("", |parameter| parameter.name);
                    format!("`{name}` of `{}` is given twice", function.value)
                }
                None => {
                    let plural = if N == 1 { "" } else { "s" };
                    format!("`{}` takes {N} argument{plural}, and more are given", function.value)
                }
            };
            let diagnostic = self.error(Code::WRONG_ARGUMENTS, argument.value.range, message);
            self.diagnostics.push(diagnostic.with_help(format!("write it like `{usage}`")));
            return None;
        }
        let missing: Vec<String> = parameters
            .iter()
            .zip(&given)
            .filter(|(parameter, argument)| parameter.required && argument.is_none())
            .map(|(parameter, _)| format!("`{}`", parameter.name))
            .collect();
        if missing.is_empty() {
            return Some(given);
        }
        let message = format!("`{}` needs {}", function.value, missing.join(" and "));
        let diagnostic = self.error(Code::WRONG_ARGUMENTS, function.range, message);
        self.diagnostics.push(diagnostic.with_help(format!("write it like `{usage}`")));
        None
    }

    fn position(&mut self, function: &Name, name: &Name, parameters: &[Parameter]) -> Option<usize> {
        let position = parameters.iter().position(|parameter| parameter.name == name.value);
        if position.is_none() {
            let message = format!("`{}` has no argument `{}`", function.value, name.value);
            let mut diagnostic = self.error(Code::WRONG_ARGUMENTS, name.range, message);
            let known: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
            diagnostic = with_nearest(diagnostic, &name.value, name.range, known.iter().copied());
            if diagnostic.help.is_empty() && !known.is_empty() {
                diagnostic = diagnostic.with_help(format!("its arguments are {}", known.join(", ")));
            }
            self.diagnostics.push(diagnostic);
        }
        position
    }

    /// A span of time that is known before anything runs.
    pub(crate) fn span(&mut self, written: &Expression) -> Option<Millis> {
        constant_span(written, SpanKind::Positive, self.source, self.environment, self.diagnostics)
    }

    /// A span of time, or its default.
    pub(crate) fn span_or(&mut self, written: Option<&Expression>, default: Millis) -> Option<Millis> {
        written.map_or(Some(default), |written| self.span(written))
    }

    /// A whole number from 1 up.
    pub(crate) fn whole(&mut self, written: &Expression) -> Option<u32> {
        constant_whole(written, 1, self.source, self.environment, self.diagnostics)
    }

    /// A share from 0 to 1, in ten-thousandths.
    pub(crate) fn ten_thousandths(&mut self, written: &Expression) -> Option<u32> {
        let share =
            constant_quantity(written, Dimension::RATIO, self.source, self.environment, self.diagnostics)?;
        let parts = (share * 10_000.0).round();
        let message = if !(0.0..=1.0).contains(&share) {
            format!("{} is not between 0 and 1", self.quoted(written.range))
        } else if (share * 10_000.0 - parts).abs() > 1e-6 {
            format!("{} is finer than a ten-thousandth", self.quoted(written.range))
        } else {
            return Some(parts as u32);
        };
        let help = "a quantile is a share of the samples, such as 0.99 or 99%";
        let diagnostic = self.error(Code::OUT_OF_RANGE, written.range, message).with_help(help);
        self.diagnostics.push(diagnostic);
        None
    }

    /// A text that is known before anything runs; `why` ends "... is not a constant: ".
    pub(crate) fn constant_text(&mut self, written: &Expression, why: &str) -> Option<String> {
        let typed = check(
            written,
            &Expected::Text,
            self.source,
            &mut Constants::of(self.environment),
            self.diagnostics,
        )?;
        if let Lowered::Text(text) = typed.expression {
            return Some(text);
        }
        let message = format!("{} is not a constant: {why}", self.quoted(written.range));
        self.report(Code::WRONG_ARGUMENTS, written.range, message);
        None
    }

    /// `[service, region]`: fields of `key`, in its order.
    pub(crate) fn key_fields(
        &mut self,
        function: &Name,
        written: &Expression,
        key: &Key,
    ) -> Option<Vec<String>> {
        let ExpressionKind::List(items) = written.kind.as_ref() else {
            let text = format!("[{}]", self.source.line(written.range));
            let message = format!("`by` of `{}` is a list of key fields", function.value);
            let mut diagnostic = self.error(Code::WRONG_ARGUMENTS, written.range, message);
            if matches!(written.kind.as_ref(), ExpressionKind::Name(_)) {
                diagnostic = diagnostic.with_fix(
                    format!("write `{text}`"),
                    heal_diagnostics::Safety::Unsafe,
                    written.range,
                    text,
                );
            } else {
                diagnostic =
                    diagnostic.with_help(format!("its key is {key}: write some of its fields, such as `[]`"));
            }
            self.diagnostics.push(diagnostic);
            return None;
        };
        let mut named = Vec::new();
        for item in items {
            let ExpressionKind::Name(name) = item.kind.as_ref() else {
                let message = format!("{} is not a key field", self.quoted(item.range));
                let diagnostic = self.error(Code::WRONG_ARGUMENTS, item.range, message);
                self.diagnostics.push(diagnostic.with_help("write the name of a field, without quotes"));
                return None;
            };
            if !key.fields().contains(name) {
                let message = format!("the key {key} has no field `{name}`");
                let name = Name { value: name.clone(), range: item.range };
                self.report_with_nearest(Code::UNKNOWN_FIELD, &name, message, key.fields());
                return None;
            }
            if named.contains(name) {
                let message = format!("`{name}` stands twice in this list");
                self.report(Code::WRONG_ARGUMENTS, item.range, message);
                return None;
            }
            named.push(name.clone());
        }
        Some(key.fields().iter().filter(|field| named.contains(field)).cloned().collect())
    }
}
