//! What the parameters of a template or function take.

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_program::{Dimension, FieldKind};
use heal_syntax::tree::{Expression, KeyPattern, Name, Parameter, ParameterType};

use crate::{ItemKind, check::Checker, item::Item, type_name::type_range};

/// A parameter of a template or function.
#[derive(Clone, Debug)]
pub(crate) struct Spec<'a> {
    /// Its name.
    pub(crate) name: &'a Name,
    /// What may be given; none where that was reported.
    pub(crate) takes: Option<Takes>,
    /// What it is when nothing is given.
    pub(crate) default: Option<&'a Expression>,
}

/// What may be given for a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Takes {
    /// A value or an entity.
    Value(FieldKind),
    /// A signal or counter by its name.
    Series {
        /// Whether it only grows.
        counter: bool,
        /// What it measures.
        dimension: Dimension,
        /// Its key.
        key: KeyShape,
    },
    /// A detector by its name.
    Detector(KeyShape),
}

/// Which keys fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyShape {
    /// Only no key.
    None,
    /// Any; what has the same variable has an equal key.
    Variable(String),
    /// These fields, in any order.
    Fields(Vec<String>),
}

impl KeyShape {
    fn of(pattern: &KeyPattern) -> KeyShape {
        match pattern {
            KeyPattern::None => KeyShape::None,
            KeyPattern::Variable(name) => KeyShape::Variable(name.value.clone()),
            KeyPattern::Fields(fields) => {
                KeyShape::Fields(fields.iter().map(|field| field.value.clone()).collect())
            }
        }
    }

    /// The key that stands for all that fit. A variable is a field of which nothing is known: it joins with itself and
    /// with no key, which every key does.
    pub(crate) fn fields(&self) -> Vec<String> {
        match self {
            KeyShape::None => Vec::new(),
            KeyShape::Variable(name) => vec![name.clone()],
            KeyShape::Fields(fields) => fields.clone(),
        }
    }
}

impl<'a> Checker<'a> {
    /// The parameters of a template or function.
    pub(super) fn specs(&mut self, item: &Item<'a>, parameters: &'a [Parameter]) -> Vec<Spec<'a>> {
        let mut specs: Vec<Spec<'a>> = Vec::new();
        for Parameter { name, type_, default } in parameters {
            let takes = self.takes(item, type_, name);
            if let Some(first) = specs.iter().find(|spec| spec.name.value == name.value) {
                let first = first.name.range;
                self.duplicate(item, name, first, "parameter");
                continue;
            }
            if let (Some(default), Some(Takes::Series { .. } | Takes::Detector(_))) = (default, &takes) {
                let message = format!("`{}` is given by its name, and has no default", name.value);
                self.error(item, Code::WRONG_KIND, default.range, message);
            }
            specs.push(Spec { name, takes, default: default.as_ref() });
        }
        specs
    }

    fn takes(&mut self, item: &Item<'a>, type_: &ParameterType, name: &Name) -> Option<Takes> {
        match type_ {
            ParameterType::Value(type_) => {
                let kind = self.field_kind(item, type_)?;
                let of_entities = matches!(kind, FieldKind::Entity(_) | FieldKind::Entities(_));
                if of_entities && item.kind != ItemKind::Function {
                    let message = format!(
                        "`{}` is an entity, and {} takes values, telemetry and detectors",
                        name.value,
                        item.kind.phrase()
                    );
                    self.error(item, Code::WRONG_KIND, type_range(type_), message);
                    return None;
                }
                Some(Takes::Value(kind))
            }
            ParameterType::Series { counter, type_, keys } => {
                let dimension = self.dimension(item, type_);
                self.key_pattern(item, keys);
                Some(Takes::Series { counter: *counter, dimension: dimension?, key: KeyShape::of(keys) })
            }
            ParameterType::Detector(keys) => {
                self.key_pattern(item, keys);
                if item.kind == ItemKind::Function {
                    let diagnostic =
                        not_taken(item, name.range, &format!("the function `{}`", item.name.value))
                            .with_help("a detector reads others by their names; templates take them");
                    self.diagnostics.push(diagnostic);
                    return None;
                }
                Some(Takes::Detector(KeyShape::of(keys)))
            }
        }
    }

    fn key_pattern(&mut self, item: &Item<'a>, pattern: &KeyPattern) {
        if let KeyPattern::Fields(fields) = pattern {
            self.distinct(item, fields, "key field");
        }
    }
}

fn not_taken(item: &Item<'_>, range: TextRange, who: &str) -> Diagnostic {
    let message = format!("{who} takes values, entities and telemetry, and no detector");
    Diagnostic::error(Code::WRONG_KIND, item.unit.file, range, message)
}
