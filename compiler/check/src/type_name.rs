//! Types as they are written: `duration`, `bytes/s`, `text`, `Pod`.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::{Expected, Type, dimension_named, dimension_words};
use heal_program::{Dimension, EntityIndex, FieldKind};
use heal_syntax::tree::{Expression, Name, Parameter, ParameterType, TypeName};

use crate::{
    ItemKind, ReferenceKind,
    check::{Checker, range_of},
    item::Item,
    known::ParameterShape,
    names::Found,
    order::names_in,
    scope::Locals,
};

impl<'a> Checker<'a> {
    /// The type that a name means; `None` when that was reported.
    pub(crate) fn field_kind(&mut self, item: &Item<'a>, type_: &TypeName) -> Option<FieldKind> {
        let range = range_of(&type_.path);
        let kind = match type_.path.parts.as_slice() {
            [word] if word.value == "text" => Some(FieldKind::Text),
            [word] => dimension_named(&word.value).map(FieldKind::Quantity),
            _ => None,
        };
        let kind = match kind {
            Some(kind) => kind,
            None => FieldKind::Entity(self.entity_named(item, type_)?),
        };
        let kind = match kind {
            FieldKind::Entity(entity) if type_.many => FieldKind::Entities(entity),
            FieldKind::Text | FieldKind::Quantity(_) if type_.many => {
                let message = format!(
                    "`{}` is no entity, and only entities come in numbers",
                    item.unit.source().line(range)
                );
                self.error(item, Code::TYPE_MISMATCH, range, message);
                return None;
            }
            kind @ (FieldKind::Text
            | FieldKind::Quantity(_)
            | FieldKind::Entity(_)
            | FieldKind::Entities(_)) => kind,
        };
        match (&type_.per, kind) {
            (None, FieldKind::Entity(entity)) if type_.many => Some(FieldKind::Entities(entity)),
            (_, FieldKind::Text | FieldKind::Quantity(_)) if type_.many => {
                let message = format!(
                    "`{}` is no entity, and only entities are listed in a type",
                    item.unit.source().line(range)
                );
                self.error(item, Code::TYPE_MISMATCH, type_range(type_), message);
                None
            }
            (None, kind) => Some(kind),
            (Some(per), FieldKind::Quantity(dimension)) => {
                self.per_second(item, per)?;
                Some(FieldKind::Quantity(dimension.over(Dimension::DURATION)))
            }
            (Some(_), FieldKind::Text | FieldKind::Entity(_) | FieldKind::Entities(_)) => {
                let message =
                    format!("`{}` is not a quantity and has no rate", item.unit.source().line(range));
                self.error(item, Code::TYPE_MISMATCH, type_range(type_), message);
                None
            }
        }
    }

    /// The dimension that a type name means, where only a quantity can stand.
    pub(crate) fn dimension(&mut self, item: &Item<'a>, type_: &TypeName) -> Option<Dimension> {
        match self.field_kind(item, type_)? {
            FieldKind::Quantity(dimension) => Some(dimension),
            FieldKind::Text | FieldKind::Entity(_) | FieldKind::Entities(_) => {
                let range = type_range(type_);
                let message = format!(
                    "`{}` is not a quantity, and {} is one",
                    item.unit.source().line(range),
                    item.kind.phrase()
                );
                let words: Vec<&str> = dimension_words().collect();
                let diagnostic =
                    Diagnostic::error(Code::TYPE_MISMATCH, item.unit.file, range, message).with_help(
                        format!("the quantities are {}, and each of them over `/s`", words.join(", ")),
                    );
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// The parameters of an action, channel or plan.
    pub(crate) fn parameters(&mut self, item: &Item<'a>, parameters: &[Parameter]) -> Vec<ParameterShape> {
        let mut shapes: Vec<ParameterShape> = Vec::new();
        let mut names: Vec<&Name> = Vec::new();
        for parameter in parameters {
            let kind = match &parameter.type_ {
                ParameterType::Value(type_) => self.field_kind(item, type_),
                ParameterType::Series { .. } | ParameterType::Detector(_) => {
                    let (name, own) = (&parameter.name, item.kind.phrase());
                    let message =
                        format!("`{}` is telemetry, and {own} takes values and entities", name.value);
                    let diagnostic = Diagnostic::error(Code::WRONG_KIND, item.unit.file, name.range, message)
                        .with_help("templates of detectors and policies take telemetry, and functions");
                    self.diagnostics.push(diagnostic);
                    None
                }
            };
            let default =
                parameter.default.as_ref().map(|default| self.default(item, kind.as_ref(), default, &names));
            if let Some(first) = names.iter().find(|name| name.value == parameter.name.value) {
                self.duplicate(item, &parameter.name, first.range, "parameter");
                continue;
            }
            names.push(&parameter.name);
            shapes.push(ParameterShape { name: parameter.name.value.clone(), kind, default });
        }
        self.known.parameters.insert(item.id, shapes.clone());
        shapes
    }

    /// The value of a parameter that is not given: a constant, or a `param`.
    fn default(
        &mut self,
        item: &Item<'a>,
        kind: Option<&FieldKind>,
        written: &Expression,
        before: &[&Name],
    ) -> Option<heal_program::Expression> {
        let kind = kind?;
        if matches!(kind, FieldKind::Entity(_) | FieldKind::Entities(_)) {
            let message = "an entity has no default: whoever calls names it";
            self.error(item, Code::WRONG_KIND, written.range, message);
            return None;
        }
        if let Some(name) = names_in(written).into_iter().find(|name| before.contains(&name)) {
            let message = format!("`{}` is a parameter, and a default is the same in every call", name.value);
            let diagnostic = Diagnostic::error(Code::WRONG_KIND, item.unit.file, name.range, message)
                .with_help("write a constant or a `param`, or leave the default out");
            self.diagnostics.push(diagnostic);
            return None;
        }
        let expected = Expected::Argument(Type::of_field(kind));
        self.expression(item, &Locals::default(), written, &expected).map(|typed| typed.expression)
    }

    fn entity_named(&mut self, item: &Item<'a>, type_: &TypeName) -> Option<EntityIndex> {
        let range = range_of(&type_.path);
        let written = item.unit.source().line(range);
        match self.names.path(item, &type_.path) {
            Found::Item(found) if found.kind == ItemKind::Entity => {
                self.names.note(item, &found, ReferenceKind::Uses, range);
                return Some(EntityIndex(found.index));
            }
            Found::Item(found) => {
                self.names.note(item, &found, ReferenceKind::Uses, range);
                let message = format!("`{written}` is {}, not a type", found.kind.phrase());
                self.error(item, Code::WRONG_KIND, range, message);
            }
            Found::Reported => {}
            Found::Module => {
                self.error(item, Code::WRONG_KIND, range, format!("`{written}` is a module, not a type"))
            }
            Found::Private(found) => {
                let diagnostic = found.private(&written, item.unit.file, range);
                self.diagnostics.push(diagnostic);
            }
            Found::Missing => {
                let words: Vec<&str> = dimension_words().chain(["text"]).collect();
                if let Some((_, type_, unit)) = ELSEWHERE.iter().find(|(elsewhere, ..)| *elsewhere == written)
                {
                    // Only what brings samples has a unit in which they arrive.
                    let unit = unit.filter(|_| item.kind == ItemKind::Signal);
                    let meant = unit.map_or_else(|| (*type_).to_owned(), |unit| format!("{type_} in {unit}"));
                    let message = format!("unknown type `{written}`");
                    let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, range, message)
                        .with_help(
                            "a type is what is measured; the unit in which samples arrive stands after `in`",
                        )
                        .with_fix(format!("write `{meant}`"), Safety::Unsafe, range, meant);
                    self.diagnostics.push(diagnostic);
                    return None;
                }
                self.missing(
                    item,
                    &type_.path,
                    &[ItemKind::Entity],
                    &words,
                    &format!("unknown type `{written}`"),
                );
                if let Some(last) = self.diagnostics.last_mut().filter(|last| last.help.is_empty()) {
                    last.help.push(format!(
                        "the types are {}, quantities over `/s`, and entities",
                        words.join(", ")
                    ));
                }
            }
        }
        None
    }

    /// Types of rates are per second; other units of time belong to literals and to `in`.
    fn per_second(&mut self, item: &Item<'_>, per: &Name) -> Option<()> {
        if per.value == "s" {
            return Some(());
        }
        let message = format!("a type is per second, not per `{}`", per.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_UNIT, item.unit.file, per.range, message)
            .with_help("a unit in which samples arrive stands after `in`")
            .with_fix("write `s`", Safety::Unsafe, per.range, "s");
        self.diagnostics.push(diagnostic);
        None
    }
}

/// What types are called elsewhere, what they most likely are here, and in what unit such samples arrive.
const ELSEWHERE: &[(&str, &str, Option<&str>)] = &[
    ("seconds", "duration", Some("s")),
    ("milliseconds", "duration", Some("ms")),
    ("time", "duration", None),
    ("latency", "duration", None),
    ("percent", "ratio", Some("percent")),
    ("percentage", "ratio", Some("percent")),
    ("fraction", "ratio", None),
    ("int", "count", None),
    ("integer", "count", None),
    ("float", "count", None),
    ("double", "count", None),
    ("number", "count", None),
    ("size", "bytes", None),
    ("celsius", "temperature", Some("degC")),
    ("string", "text", None),
];

/// All of a type name.
pub(crate) fn type_range(type_: &TypeName) -> TextRange {
    let range = range_of(&type_.path);
    type_.per.as_ref().map_or(range, |per| range.cover(per.range))
}
