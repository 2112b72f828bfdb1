//! Which argument goes to which parameter, and whether what is given by name fits.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::{Key, Place, Value, article, with_nearest};
use heal_syntax::tree::{ItemKind, Name, PolicyStatement};

use super::{KeyShape, Spec, Takes};
use crate::item::Item;

/// An argument as it is written, as far as order and names go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'e> {
    /// The name before the colon.
    pub(crate) name: Option<&'e Name>,
    /// Where its value stands.
    pub(crate) range: TextRange,
}

/// The worker for one use: what is given so far.
pub(crate) struct Binder<'c> {
    /// Where the use stands.
    place: Place,
    /// What is used.
    callee: Item<'c>,
    /// The keys that variables stand for, with who brought them.
    variables: BTreeMap<String, (Key, String, Place)>,
}

impl<'c> Binder<'c> {
    /// For a use at `place` of `callee`.
    pub(crate) fn new(place: Place, callee: Item<'c>) -> Binder<'c> {
        Binder { place, callee, variables: BTreeMap::new() }
    }

    /// The position of the argument of each parameter: by position, then by name. `None` where something is wrong with
    /// the list.
    pub(crate) fn assign(
        &self,
        specs: &[Spec<'_>],
        written: &[Written<'_>],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Vec<Option<usize>>> {
        let callee = &self.callee.name.value;
        let mut given: Vec<Option<usize>> = vec![None; specs.len()];
        let mut next = 0;
        for (at, argument) in written.iter().enumerate() {
            let position = match argument.name {
                Some(name) => self.position(specs, name, diagnostics)?,
                None => next,
            };
            next = position + 1;
            let message = match given.get_mut(position).map(|place| place.replace(at)) {
                Some(None) => continue,
                Some(Some(_)) => format!("this parameter of `{callee}` is given twice"),
                None => format!("`{callee}` takes {}, and more are given", arguments(specs.len())),
            };
            diagnostics.push(self.error(Code::WRONG_ARGUMENTS, argument.range, message));
            return None;
        }
        let missing: Vec<String> = specs
            .iter()
            .zip(&given)
            .filter(|(spec, argument)| argument.is_none() && spec.default.is_none())
            .map(|(spec, _)| format!("`{}`", spec.name.value))
            .collect();
        if missing.is_empty() {
            return Some(given);
        }
        let message = format!("`{callee}` needs {}", missing.join(" and "));
        let diagnostic = self.error(Code::WRONG_ARGUMENTS, self.place.range, message).with_secondary(
            self.callee.unit.file,
            self.callee.name.range,
            "defined here",
        );
        diagnostics.push(diagnostic);
        None
    }

    /// Whether a parameter is what a template of policies acts on.
    pub(crate) fn is_trigger(&self, spec: &Spec<'_>) -> bool {
        let ItemKind::Policy(policy) = &self.callee.tree.kind else { return false };
        policy.statements.iter().any(|statement| match &statement.value {
            PolicyStatement::On(path) => {
                matches!(path.parts.as_slice(), [name] if name.value == spec.name.value)
            }
            PolicyStatement::Where(_)
            | PolicyStatement::Rung(_)
            | PolicyStatement::Guard(_)
            | PolicyStatement::Shadow => false,
        })
    }

    fn position(&self, specs: &[Spec<'_>], name: &Name, diagnostics: &mut Vec<Diagnostic>) -> Option<usize> {
        let position = specs.iter().position(|spec| spec.name.value == name.value);
        if position.is_none() {
            let message = format!("`{}` has no parameter `{}`", self.callee.name.value, name.value);
            let diagnostic = self.error(Code::WRONG_ARGUMENTS, name.range, message);
            let known = specs.iter().map(|spec| spec.name.value.as_str());
            diagnostics.push(with_nearest(diagnostic, &name.value, name.range, known));
        }
        position
    }

    /// What is given by its name for a parameter that takes telemetry or a detector: whether it fits.
    pub(crate) fn by_name(
        &mut self,
        spec: &Spec<'_>,
        takes: &Takes,
        given: Option<&Value>,
        text: &str,
        range: TextRange,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let problem = match (takes, given) {
            (
                Takes::Series { counter, dimension, key },
                Some(Value::Signal { counter: is_counter, dimension: measured, key: has, place, .. }),
            ) if counter == is_counter => {
                if dimension == measured {
                    self.key(key, has, text, range)
                } else {
                    let message = format!(
                        "`{text}` is {}, and `{}` takes {}",
                        article(*measured),
                        spec.name.value,
                        article(*dimension)
                    );
                    let diagnostic = self.error(Code::WRONG_ARGUMENTS, range, message);
                    Some(diagnostic.with_secondary(place.file, place.range, "declared here"))
                }
            }
            (Takes::Detector(key), Some(Value::Detector { key: has, .. })) => self.key(key, has, text, range),
            _ => {
                let message =
                    format!("`{text}` is {}, and `{}` takes {}", said(given), spec.name.value, kind(takes));
                Some(self.error(Code::WRONG_ARGUMENTS, range, message))
            }
        };
        let Some(problem) = problem else { return given.cloned() };
        let file = self.callee.unit.file;
        diagnostics.push(problem.with_secondary(file, spec.name.range, "its parameter"));
        None
    }

    /// What is wrong with a key where one of a shape is needed. The first key of a variable is what the others are held
    /// to.
    fn key(&mut self, shape: &KeyShape, key: &Key, text: &str, range: TextRange) -> Option<Diagnostic> {
        let place = Place { file: self.place.file, range };
        let (wanted, brought) = match shape {
            KeyShape::None => (Key::default(), None),
            KeyShape::Fields(fields) => (Key::new(fields.clone()), None),
            KeyShape::Variable(name) => {
                let first = || (key.clone(), text.to_owned(), place);
                let (wanted, brought, at) = self.variables.entry(name.clone()).or_insert_with(first).clone();
                (wanted, Some((name, brought, at)))
            }
        };
        if wanted.contains(key) && key.contains(&wanted) {
            return None;
        }
        let Some((name, brought, at)) = brought else {
            let message = format!("`{text}` has {}, and {} is needed here", has(key), has(&wanted));
            return Some(self.error(Code::KEY_MISMATCH, range, message));
        };
        let message = format!(
            "`{text}` has {}, and `{brought}` has {}: here both have the key `{name}`",
            has(key),
            has(&wanted)
        );
        let diagnostic = self.error(Code::KEY_MISMATCH, range, message);
        Some(diagnostic.with_secondary(at.file, at.range, format!("by {wanted}")))
    }

    fn error(&self, code: Code, range: TextRange, message: String) -> Diagnostic {
        Diagnostic::error(code, self.place.file, range, message)
    }
}

fn has(key: &Key) -> String {
    if *key == Key::default() { "no key".to_owned() } else { format!("the key {key}") }
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no argument".to_owned(),
        1 => "one argument".to_owned(),
        count => format!("{count} arguments"),
    }
}

/// What something that is given is.
fn said(given: Option<&Value>) -> &'static str {
    match given {
        Some(Value::Signal { counter: true, .. }) => "a counter",
        Some(Value::Signal { counter: false, .. }) => "a signal",
        Some(Value::Detector { .. }) => "a detector",
        Some(Value::Event { .. }) => "an event",
        Some(Value::Param { .. }) => "a param",
        Some(Value::Local(_) | Value::Bound(_)) | None => "a value",
    }
}

/// What a parameter takes.
fn kind(takes: &Takes) -> &'static str {
    match takes {
        Takes::Value(_) => "a value",
        Takes::Series { counter: true, .. } => "the name of a counter",
        Takes::Series { counter: false, .. } => "the name of a signal",
        Takes::Detector(_) => "the name of a detector",
    }
}
