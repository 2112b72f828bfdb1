//! The list macros of CEL: `all`, `exists`, `exists_one`, `filter`, `map`.

use heal_diagnostics::Code;
use heal_program::{Comprehension, Expression as Lowered};
use heal_syntax::tree::{CallArgument, Expression, ExpressionKind, Name};

use crate::{
    Type,
    checker::{Checker, Typed},
    mismatch::Operand,
    variables::Variable,
};

/// The macros by name.
pub(crate) const MACROS: &[(&str, Comprehension)] = &[
    ("all", Comprehension::All),
    ("exists", Comprehension::Exists),
    ("exists_one", Comprehension::ExistsOne),
    ("filter", Comprehension::Filter),
    ("map", Comprehension::Map),
];

impl Checker<'_> {
    /// `list.all(it, it > 1)`; `list.map(it, it > 1, it * 2)` is a `map` over a `filter`.
    pub(crate) fn comprehension(
        &mut self,
        receiver: &Expression,
        function: &Name,
        kind: Comprehension,
        arguments: &[CallArgument],
    ) -> Typed {
        let list = self.expression(receiver);
        let Some(element) = self.element_type(&list, receiver, function) else { return Typed::unknown() };
        let written: Vec<&Expression> = arguments.iter().map(|argument| &argument.value).collect();
        let named = arguments.iter().any(|argument| argument.name.is_some());
        let (variable, filter, body) = match (written.as_slice(), kind) {
            _ if named => (None, None, None),
            ([variable, body], _) => (Some(variable), None, Some(body)),
            ([variable, filter, body], Comprehension::Map) => (Some(variable), Some(filter), Some(body)),
            _ => (None, None, None),
        };
        let name = variable.and_then(|variable| {
            let ExpressionKind::Name(name) = variable.kind.as_ref() else { return None };
            Some((name.clone(), variable.range))
        });
        let (Some((name, range)), Some(body)) = (name, body) else {
            self.wrong_macro(receiver, function, kind);
            return Typed::unknown();
        };
        let lowered = format!("{name}@{}:{}", self.source.file.0, range.start);
        let variable = Variable { name, lowered, type_: element };
        match filter {
            None => self.over(list, receiver, kind, &variable, body),
            Some(filter) => {
                let kept = self.over(list, receiver, Comprehension::Filter, &variable, filter);
                self.over(kept, receiver, kind, &variable, body)
            }
        }
    }

    fn over(
        &mut self,
        list: Typed,
        receiver: &Expression,
        kind: Comprehension,
        variable: &Variable,
        body: &Expression,
    ) -> Typed {
        self.variables.push(variable.clone());
        let typed = match kind {
            Comprehension::All | Comprehension::Exists | Comprehension::ExistsOne | Comprehension::Filter => {
                self.condition(body)
            }
            Comprehension::Map => {
                let typed = self.expression(body);
                if self.is_value(Operand { written: body, typed: &typed }) { typed } else { Typed::unknown() }
            }
        };
        self.variables.pop();
        if typed.type_ == Type::Unknown || list.type_ == Type::Unknown {
            return Typed::unknown();
        }
        let left = Operand { written: receiver, typed: &list };
        let Some(key) = self.join(left, Operand { written: body, typed: &typed }) else {
            return Typed::unknown();
        };
        let type_ = match kind {
            Comprehension::All | Comprehension::Exists | Comprehension::ExistsOne => Type::Bool,
            Comprehension::Filter => Type::List(Box::new(variable.type_.clone())),
            Comprehension::Map => Type::List(Box::new(typed.type_)),
        };
        let expression = Lowered::Comprehension {
            kind,
            list: Box::new(list.expression),
            variable: variable.lowered.clone(),
            body: Box::new(typed.expression),
        };
        Typed { expression, type_, key, ground: None }
    }

    /// The type of what a macro binds; `None` where there is no list, which is reported.
    fn element_type(&mut self, list: &Typed, receiver: &Expression, function: &Name) -> Option<Type> {
        match &list.type_ {
            Type::Unknown => None,
            // Nothing is known of the elements of an empty list.
            Type::List(element) if **element == Type::Unknown => Some(Type::Json),
            Type::List(element) => Some(element.as_ref().clone()),
            Type::Json => Some(Type::Json),
            found @ (Type::Bool
            | Type::Text
            | Type::Quantity(_)
            | Type::Number
            | Type::Integer
            | Type::Timestamp
            | Type::Entity(_)
            | Type::Learned(_)) => {
                let described = self.describe(found);
                let quoted = self.quoted(receiver.range);
                let message =
                    format!("{quoted} is {described}, and `{}` asks the elements of a list", function.value);
                let mut diagnostic = self.error(Code::TYPE_MISMATCH, receiver.range, message);
                if let (Some(field), "all" | "exists") = (list.key.fields().first(), function.value.as_str())
                {
                    let word = if function.value == "all" { "all" } else { "any" };
                    diagnostic =
                        diagnostic.with_help(format!("over its keys, write `.{word}(by: [{field}])`"));
                }
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    fn wrong_macro(&mut self, receiver: &Expression, function: &Name, kind: Comprehension) {
        let body = match kind {
            Comprehension::Map => "it",
            Comprehension::All | Comprehension::Exists | Comprehension::ExistsOne | Comprehension::Filter => {
                "it == ..."
            }
        };
        let usage = format!("{}.{}(it, {body})", self.source.line(receiver.range), function.value);
        let message = format!("`{}` takes a name for an element, and what is asked of it", function.value);
        let diagnostic = self.error(Code::WRONG_ARGUMENTS, function.range, message);
        self.diagnostics.push(diagnostic.with_help(format!("write it like `{usage}`")));
    }
}
