//! What the expressions of these tests can name.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, Edit, FileId, TextRange};
use heal_program::{
    DetectorIndex, Dimension, EntityIndex, EpisodeField, EventIndex, Expression as Lowered, FieldKind,
    ParamIndex, SignalIndex,
};
use heal_syntax::tree::{DetectorStatement, Expression, ItemKind, Name};

use crate::*;

/// Signals, counters, events, a detector, a param, entities `pod` and `service`, values from outside, `let`s and
/// functions; see the tables. `lib` is a module that has all of them too.
pub(crate) struct World;

/// A signal: its name, dimension, key, whether it is a counter, and its unit.
type Listed = (&'static str, Dimension, &'static [&'static str], bool, Option<&'static str>);

pub(crate) const SIGNALS: &[Listed] = &[
    ("latency", Dimension::DURATION, &["service", "region"], false, Some("ms")),
    ("load", Dimension::RATIO, &["service"], false, None),
    ("queue", Dimension::COUNT, &["queue"], false, None),
    ("heat", Dimension::TEMPERATURE, &[], false, None),
    ("errors", Dimension::COUNT, &["service"], true, None),
    ("rss", Dimension::BYTES, &["namespace", "pod"], false, None),
    ("share", Dimension::RATIO, &["service"], false, Some("percent")),
];

/// `let`s and functions: parameters and body. A parameter that begins with `s_` takes a signal.
const FUNCTIONS: &[(&str, &[&str], &str)] = &[
    ("twice", &["x"], "2 * x"),
    ("failing", &["s_part"], "s_part.rate(5m)"),
    ("above", &["x"], "[1, 2].exists(it, it > x)"),
    ("grown", &[], "load + load + load + load + load + load + load + load"),
    ("grown_more", &[], "grown + grown + grown + grown + grown + grown + grown + grown"),
    (
        "huge",
        &[],
        "grown_more + grown_more + grown_more + grown_more + grown_more + grown_more + grown_more + grown_more",
    ),
    ("window", &[], "2 * 5m"),
];

fn place() -> Place {
    Place { file: FileId(0), range: TextRange::default() }
}

fn key(fields: &[&str]) -> Key {
    Key::new(fields.iter().map(|field| (*field).to_owned()).collect())
}

impl Environment for World {
    fn value(&mut self, name: &Name) -> Resolution {
        if let Some(at) = SIGNALS.iter().position(|(signal, ..)| *signal == name.value) {
            let (_, dimension, fields, counter, unit) = SIGNALS[at];
            return Resolution::Value(Value::Signal {
                index: SignalIndex(at as u32),
                dimension,
                counter,
                key: key(fields),
                unit: unit.map(str::to_owned),
                place: place(),
            });
        }
        if let Some((_, [], body)) = FUNCTIONS.iter().find(|(function, ..)| *function == name.value) {
            let typed = with_parsed(body, |expression, source| {
                check(expression, &Expected::Any, source, &mut World, &mut Vec::new())
            });
            return typed.map_or(Resolution::Reported, |typed| Resolution::Value(Value::Bound(typed)));
        }
        Resolution::Value(match name.value.as_str() {
            "zone" | "pod" => Value::Local(Type::Text),
            "body" | "it" => Value::Bound(Typed::new(Lowered::Variable(name.value.clone()), Type::Json)),
            "status" => Value::Bound(Typed::new(Lowered::Variable("status".to_owned()), Type::Integer)),
            "factor" => Value::Param { index: ParamIndex(1), dimension: Dimension::COUNT, place: place() },
            "budget" => Value::Param { index: ParamIndex(0), dimension: Dimension::DURATION, place: place() },
            "slow" => Value::Detector { index: DetectorIndex(0), key: key(&["service"]) },
            "deploy" => Value::Event { index: EventIndex(0), key: key(&["service"]), place: place() },
            "plan" => return Resolution::WrongKind("a plan"),
            "lost" => return Resolution::Reported,
            _ => return Resolution::Missing,
        })
    }

    fn member(&mut self, module: &str, name: &Name) -> Option<Resolution> {
        let episode = |field, type_| Value::Bound(Typed::new(Lowered::Episode(field), type_));
        match (module, name.value.as_str()) {
            ("lib", _) => Some(self.value(name)),
            ("episode", "id") => Some(Resolution::Value(episode(EpisodeField::Id, Type::Text))),
            ("episode", "started") => {
                Some(Resolution::Value(episode(EpisodeField::Started, Type::Timestamp)))
            }
            ("episode", _) => Some(Resolution::Missing),
            _ => None,
        }
    }

    fn entity(&mut self, name: &Name) -> Option<EntityIndex> {
        ["pod", "service"].iter().position(|entity| *entity == name.value).map(|at| EntityIndex(at as u32))
    }

    fn field(&self, entity: EntityIndex, field: &str) -> FieldResolution {
        let known: BTreeMap<&str, FieldKind> = if entity.0 == 0 {
            BTreeMap::from([
                ("namespace", FieldKind::Text),
                ("pod", FieldKind::Text),
                ("owner", FieldKind::Entity(EntityIndex(0))),
                ("service", FieldKind::Entity(EntityIndex(1))),
                ("size", FieldKind::Quantity(Dimension::BYTES)),
            ])
        } else {
            BTreeMap::from([
                ("service", FieldKind::Text),
                ("tier", FieldKind::Text),
                ("replicas", FieldKind::Quantity(Dimension::COUNT)),
                ("depends_on", FieldKind::Entities(EntityIndex(1))),
                ("pods", FieldKind::Entities(EntityIndex(0))),
            ])
        };
        match known.get(field) {
            Some(kind) => FieldResolution::Found(kind.clone()),
            None => FieldResolution::Missing(known.keys().map(|field| (*field).to_owned()).collect()),
        }
    }

    fn entity_name(&self, entity: EntityIndex) -> String {
        ["Pod", "Service"][entity.at()].to_owned()
    }

    fn entity_keys(&self, entity: EntityIndex) -> Vec<String> {
        let keys: &[&str] = if entity.0 == 0 { &["namespace", "pod"] } else { &["service"] };
        keys.iter().map(|field| (*field).to_owned()).collect()
    }

    fn names(&self) -> Vec<String> {
        let signals = SIGNALS.iter().map(|(name, ..)| (*name).to_owned());
        signals.chain(["budget", "deploy", "slow", "body"].map(str::to_owned)).collect()
    }

    fn has_function(&mut self, module: Option<&Name>, function: &Name) -> bool {
        module.is_none_or(|module| module.value == "lib")
            && FUNCTIONS.iter().any(|(name, parameters, _)| *name == function.value && !parameters.is_empty())
    }

    fn call(
        &mut self,
        _: Option<&Name>,
        function: &Name,
        arguments: Vec<Given<'_>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Result<Typed, Reported>> {
        let (_, parameters, body) = FUNCTIONS.iter().find(|(name, ..)| *name == function.value)?;
        let mut bound = BTreeMap::new();
        for (parameter, given) in parameters.iter().zip(&arguments) {
            if given.reported {
                return Some(Err(Reported));
            }
            let value = if parameter.starts_with("s_") {
                given.value.clone()
            } else {
                given.typed.clone().map(Value::Bound)
            };
            let Some(value) = value else {
                let message = format!("`{parameter}` of `{}` is another thing", function.value);
                let range = given.written.range;
                diagnostics.push(Diagnostic::error(Code::WRONG_ARGUMENTS, given.source.file, range, message));
                return Some(Err(Reported));
            };
            bound.insert((*parameter).to_owned(), value);
        }
        let mut inner = Vec::new();
        let typed = with_parsed(body, |expression, source| {
            check(expression, &Expected::Any, source, &mut Body(bound), &mut inner)
        });
        // What is wrong in the body with what is given is said of the call: the body stands in another text.
        if let Some(first) = inner.into_iter().find(Diagnostic::is_error) {
            diagnostics.push(Diagnostic::error(first.code, FileId(0), function.range, first.message));
            return Some(Err(Reported));
        }
        Some(typed.ok_or(Reported))
    }

    fn functions(&self, _: Option<&str>) -> Vec<String> {
        let called = FUNCTIONS.iter().filter(|(_, parameters, _)| !parameters.is_empty());
        called.map(|(name, ..)| (*name).to_owned()).collect()
    }
}

/// The body of a function: its parameters, and nothing else.
struct Body(BTreeMap<String, Value>);

impl Environment for Body {
    fn value(&mut self, name: &Name) -> Resolution {
        self.0.get(&name.value).cloned().map_or(Resolution::Missing, Resolution::Value)
    }

    fn member(&mut self, _: &str, _: &Name) -> Option<Resolution> {
        None
    }

    fn entity(&mut self, _: &Name) -> Option<EntityIndex> {
        None
    }

    fn field(&self, _: EntityIndex, _: &str) -> FieldResolution {
        FieldResolution::Reported
    }

    fn entity_name(&self, _: EntityIndex) -> String {
        String::new()
    }

    fn entity_keys(&self, _: EntityIndex) -> Vec<String> {
        Vec::new()
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// What stands before an expression in the file that it is parsed in.
const BEFORE: &str = "detector d { when ";

/// Parses an expression and hands it on, with its text.
pub(crate) fn with_parsed<T>(text: &str, use_it: impl FnOnce(&Expression, Source<'_>) -> T) -> T {
    let text = format!("{BEFORE}{text} }}");
    let (tree, errors) = heal_syntax::parse(FileId(0), &text);
    assert_eq!(errors, [], "{text}");
    let ItemKind::Detector(detector) = &tree.items[0].value.kind else { panic!("a detector") };
    let DetectorStatement::When(expression) = &detector.statements[0].value else { panic!("a condition") };
    use_it(expression, Source { file: FileId(0), text: &text })
}

pub(crate) fn checked_as(text: &str, expected: &Expected) -> (Option<Typed>, Vec<Diagnostic>) {
    with_parsed(text, |expression, source| {
        let mut diagnostics = Vec::new();
        let typed = check(expression, expected, source, &mut World, &mut diagnostics);
        assert!(
            typed.is_some() || !diagnostics.is_empty() || text.contains("lost"),
            "nothing is said of {text}"
        );
        (typed, diagnostics)
    })
}

pub(crate) fn checked(text: &str) -> (Option<Typed>, Vec<Diagnostic>) {
    checked_as(text, &Expected::Any)
}

#[track_caller]
pub(crate) fn typed(text: &str) -> Typed {
    let (typed, diagnostics) = checked(text);
    assert_eq!(diagnostics, [], "{text}");
    typed.unwrap()
}

#[track_caller]
pub(crate) fn number(text: &str) -> f64 {
    let Lowered::Number(value) = typed(text).expression else { panic!("{text} is not a number") };
    value
}

/// Each diagnostic as "`underlined` code message".
pub(crate) fn said(text: &str) -> Vec<String> {
    let (_, diagnostics) = checked(text);
    let file = format!("{BEFORE}{text} }}");
    let source = Source { file: FileId(0), text: &file };
    let one = |it: &Diagnostic| {
        format!(
            "`{}` {} {}",
            source.slice(it.primary.range),
            it.code.to_string().trim_start_matches("HEAL"),
            it.message
        )
    };
    diagnostics.iter().map(one).collect()
}

/// Holds what is said of an expression to one line.
#[track_caller]
pub(crate) fn says(text: &str, expected: &str) {
    assert_eq!(said(text), [expected], "{text}");
}

/// The expression after the first rewrite that is offered.
#[track_caller]
pub(crate) fn fixed(text: &str) -> String {
    fixes(text).into_iter().next().unwrap_or_else(|| panic!("no rewrite is offered for {text}"))
}

/// The expression after each of the rewrites that are offered.
pub(crate) fn fixes(text: &str) -> Vec<String> {
    let (_, diagnostics) = checked(text);
    let file = format!("{BEFORE}{text} }}");
    let all = diagnostics.iter().flat_map(|diagnostic| &diagnostic.fixes);
    let one = |edits: &[Edit]| {
        let mut edits: Vec<&Edit> = edits.iter().collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
        let mut file = file.clone();
        for edit in edits {
            file.replace_range(edit.range.start as usize..edit.range.end as usize, &edit.text);
        }
        file.trim_start_matches(BEFORE).trim_end_matches(" }").to_owned()
    };
    all.map(|fix| one(&fix.edits)).collect()
}

/// The lines of help of the only diagnostic.
#[track_caller]
pub(crate) fn helped(text: &str) -> Vec<String> {
    let (_, diagnostics) = checked(text);
    let [diagnostic] = diagnostics.as_slice() else { panic!("{diagnostics:?} for {text}") };
    diagnostic.help.clone()
}
