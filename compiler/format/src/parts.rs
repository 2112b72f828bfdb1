//! Parts that many items have: paths, types, parameters, calls, objects.

use heal_diagnostics::TextRange;
use heal_syntax::find_bracket;
use heal_syntax::tree::{
    Call, Entry, Expression, KeyPattern, Name, Object, ObjectValue, Parameter, ParameterType, Path, Selected,
    Spanned, TypeName,
};

use crate::doc::Doc;
use crate::expression::Spelling;
use crate::literals::is_name;
use crate::node::{Body, Node};

impl Spelling<'_> {
    /// The offset of the first such bracket at or after an offset.
    pub(crate) fn bracket(self, bracket: char, from: u32) -> u32 {
        self.source.and_then(|text| find_bracket(text, bracket, from)).unwrap_or(from)
    }

    /// A block of statements in braces after a head.
    pub(crate) fn block(self, range: TextRange, head: Doc, nodes: Vec<Node>) -> Node {
        let open = self.bracket('{', range.start);
        Node { range, doc: head, body: Some(Body { open, braces: ("{", "}"), nodes, inline: None }) }
    }

    /// A block of statements of one kind.
    pub(crate) fn statements<T>(
        self,
        range: TextRange,
        head: Doc,
        statements: &[Spanned<T>],
        node: fn(Self, &Spanned<T>) -> Node,
    ) -> Node {
        self.block(range, head, statements.iter().map(|one| node(self, one)).collect())
    }

    /// A head with an object after it: on one line, or an entry a line.
    pub(crate) fn with_object(self, range: TextRange, head: Doc, object: &Object) -> Node {
        let inline = spaced(head.clone()).and(self.object(object));
        let nodes = object.entries.iter().map(|entry| self.entry(entry).with_comma()).collect();
        let body = Body { open: object.range.start, braces: ("{", "}"), nodes, inline: Some(inline) };
        Node { range, doc: head, body: Some(body) }
    }

    fn entry(self, entry: &Entry) -> Node {
        let head = Doc::text(self.entry_name(&entry.name)).then(":");
        self.value(entry.name.range, head, &entry.value)
    }

    /// A value after a head, which may be empty and stands at a place.
    fn value(self, place: TextRange, head: Doc, value: &ObjectValue) -> Node {
        let range = TextRange::new(place.start, self.value_end(place.end, value));
        match value {
            ObjectValue::Expression(value) => Node::line(range, spaced(head).and(self.expression(value))),
            ObjectValue::Object(object) => self.with_object(range, head, object),
            ObjectValue::List(values) => {
                let inline = spaced(head.clone()).and(self.object_list(values));
                let open = self.bracket('[', place.end);
                let mut from = open + 1;
                let nodes = values.iter().map(|value| {
                    let start = match value {
                        ObjectValue::Expression(value) => value.range.start,
                        ObjectValue::Object(object) => object.range.start,
                        ObjectValue::List(_) => self.bracket('[', from),
                    };
                    let node = self.value(TextRange::new(start, start), Doc::default(), value);
                    from = node.range.end;
                    node.with_comma()
                });
                let nodes = nodes.collect();
                let body = Body { open, braces: ("[", "]"), nodes, inline: Some(inline) };
                Node { range, doc: head, body: Some(body) }
            }
        }
    }

    /// Where a value ends that begins at or after an offset.
    fn value_end(self, from: u32, value: &ObjectValue) -> u32 {
        match value {
            ObjectValue::Expression(value) => value.range.end,
            ObjectValue::Object(object) => object.range.end,
            ObjectValue::List(values) => {
                let open = self.bracket('[', from);
                let inner = values.iter().fold(open + 1, |from, value| self.value_end(from, value));
                self.bracket(']', inner) + 1
            }
        }
    }

    fn entry_name(self, name: &Name) -> String {
        if is_name(&name.value) { name.value.clone() } else { self.text(name) }
    }

    /// An object where no comment stands in it.
    pub(crate) fn object(self, object: &Object) -> Doc {
        let entries = object.entries.iter().map(|entry| {
            let name = self.entry_name(&entry.name);
            Doc::text(name).then(": ").and(self.object_value(&entry.value))
        });
        Doc::bracketed("{", entries.collect(), "}")
    }

    fn object_value(self, value: &ObjectValue) -> Doc {
        match value {
            ObjectValue::Expression(value) => self.expression(value),
            ObjectValue::Object(object) => self.object(object),
            ObjectValue::List(values) => self.object_list(values),
        }
    }

    fn object_list(self, values: &[ObjectValue]) -> Doc {
        Doc::bracketed("[", values.iter().map(|value| self.object_value(value)).collect(), "]")
    }

    /// An item with the key at hand.
    pub(crate) fn selected(self, selected: &Selected) -> Doc {
        let path = Doc::text(path_text(&selected.path));
        path.and_if("", selected.key.as_ref().map(|key| self.object(key)))
    }

    /// A call.
    pub(crate) fn call(self, call: &Call) -> Doc {
        let arguments = call.arguments.as_ref().map(|arguments| self.arguments(arguments));
        Doc::text(path_text(&call.target)).and_if("", arguments)
    }

    /// Parameters in brackets.
    pub(crate) fn parameters(self, parameters: &[Parameter]) -> Doc {
        let parameters = parameters.iter().map(|one| {
            let type_ = parameter_type_text(&one.type_);
            let default = one.default.as_ref().map(|value| self.expression(value));
            Doc::text(format!("{}: {type_}", one.name.value)).and_if(" = ", default)
        });
        Doc::bracketed("(", parameters.collect(), ")")
    }

    /// A word and an expression.
    pub(crate) fn word(self, word: &'static str, expression: &Expression) -> Doc {
        Doc::text(word).and(self.expression(expression))
    }

    /// An expression that may be missing.
    pub(crate) fn maybe(self, expression: Option<&Expression>) -> Option<Doc> {
        expression.map(|one| self.expression(one))
    }
}

fn spaced(head: Doc) -> Doc {
    if head.flat().is_empty() { head } else { head.then(" ") }
}

/// A type.
pub(crate) fn type_text(type_: &TypeName) -> String {
    let per = type_.per.as_ref().map(|unit| format!("/{}", unit.value));
    let name = path_text(&type_.path) + &per.unwrap_or_default();
    if type_.many { format!("[{name}]") } else { name }
}

fn parameter_type_text(type_: &ParameterType) -> String {
    match type_ {
        ParameterType::Value(type_) => type_text(type_),
        ParameterType::Series { counter, type_, keys } => {
            let word = if *counter { "counter" } else { "signal" };
            format!("{word} {}{}", type_text(type_), pattern_text(keys))
        }
        ParameterType::Detector(keys) => format!("detector{}", pattern_text(keys)),
    }
}

fn pattern_text(keys: &KeyPattern) -> String {
    match keys {
        KeyPattern::None => String::new(),
        KeyPattern::Variable(name) => format!(" by {}", name.value),
        KeyPattern::Fields(names) => keys_text(names),
    }
}

/// Keys after `by`; nothing for none.
pub(crate) fn keys_text(keys: &[Name]) -> String {
    if keys.is_empty() { String::new() } else { format!(" by ({})", names_text(keys)) }
}

/// The unit after `in`; nothing for none.
pub(crate) fn unit_text(unit: Option<&Name>) -> String {
    unit.map(|unit| format!(" in {}", unit.value)).unwrap_or_default()
}

/// Names with commas between.
pub(crate) fn names_text(names: &[Name]) -> String {
    names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ")
}

/// A path.
pub(crate) fn path_text(path: &Path) -> String {
    path.parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
}
