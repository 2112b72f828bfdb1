//! Expressions as text, made from bytes, and what they can name.

use heal_diagnostics::{Diagnostic, FileId, TextRange};
use heal_expr::{
    Environment, Expected, FieldResolution, Key, Place, Resolution, Source, Type, Typed, Value as Named,
    check,
};
use heal_program::*;
use heal_syntax::tree::{DetectorStatement, ItemKind, Name};

use crate::{Facts, Value, aggregated, evaluate};

/// Signals, an event, a detector, a param, a text, entities `pod` and `service`, and variables of all types of CEL.
pub(super) struct Names;

const SIGNALS: &[(&str, Dimension, &[&str], bool)] = &[
    ("latency", Dimension::DURATION, &["service", "region"], false),
    ("load", Dimension::RATIO, &["service"], false),
    ("queue", Dimension::COUNT, &["service"], false),
    ("errors", Dimension::COUNT, &["service"], true),
];

/// The variables of CEL, with their types.
pub(super) fn variables() -> Vec<(&'static str, Type, Value)> {
    let text = |text: &str| Value::Text(text.to_owned());
    let list = |item: Type| Type::List(Box::new(item));
    vec![
        ("i", Type::Integer, Value::Integer(7)),
        ("j", Type::Integer, Value::Integer(-3)),
        ("d", Type::Number, Value::Number(2.5)),
        ("s", Type::Text, text("cart")),
        ("b", Type::Bool, Value::Bool(true)),
        ("li", list(Type::Integer), Value::List([1, 2, 7].map(Value::Integer).to_vec())),
        ("lt", list(Type::Text), Value::List(["cart", "é"].map(text).to_vec())),
    ]
}

fn place() -> Place {
    Place { file: FileId(0), range: TextRange::default() }
}

fn key(fields: &[&str]) -> Key {
    Key::new(fields.iter().map(|field| (*field).to_owned()).collect())
}

impl Environment for Names {
    fn value(&mut self, name: &Name) -> Resolution {
        if let Some((name, type_, _)) = variables().into_iter().find(|(known, ..)| *known == name.value) {
            let variable = Expression::Variable(name.to_owned());
            return Resolution::Value(Named::Bound(Typed::new(variable, type_)));
        }
        if let Some(at) = SIGNALS.iter().position(|(signal, ..)| *signal == name.value) {
            let (_, dimension, fields, counter) = SIGNALS[at];
            return Resolution::Value(Named::Signal {
                index: SignalIndex(at as u32),
                dimension,
                counter,
                key: key(fields),
                unit: None,
                place: place(),
            });
        }
        Resolution::Value(match name.value.as_str() {
            "zone" => Named::Local(Type::Text),
            "budget" => Named::Param { index: ParamIndex(0), dimension: Dimension::DURATION, place: place() },
            "slow" => Named::Detector { index: DetectorIndex(0), key: key(&["service"]) },
            "deploy" => Named::Event { index: EventIndex(0), key: key(&["service"]), place: place() },
            _ => return Resolution::Missing,
        })
    }

    fn member(&mut self, module: &str, name: &Name) -> Option<Resolution> {
        (module == "episode").then(|| match name.value.as_str() {
            "id" => bound(EpisodeField::Id, Type::Text),
            "started" => bound(EpisodeField::Started, Type::Timestamp),
            _ => Resolution::Missing,
        })
    }

    fn entity(&mut self, name: &Name) -> Option<EntityIndex> {
        ["pod", "service"].iter().position(|entity| *entity == name.value).map(|at| EntityIndex(at as u32))
    }

    fn field(&self, _: EntityIndex, field: &str) -> FieldResolution {
        match field {
            "namespace" | "pod" | "tier" => FieldResolution::Found(FieldKind::Text),
            "service" => FieldResolution::Found(FieldKind::Entity(EntityIndex(1))),
            "replicas" => FieldResolution::Found(FieldKind::Quantity(Dimension::COUNT)),
            "depends_on" => FieldResolution::Found(FieldKind::Entities(EntityIndex(1))),
            _ => FieldResolution::Missing(Vec::new()),
        }
    }

    fn entity_name(&self, _: EntityIndex) -> String {
        "Entity".to_owned()
    }

    fn entity_keys(&self, entity: EntityIndex) -> Vec<String> {
        let keys: &[&str] = if entity.0 == 0 { &["namespace", "pod"] } else { &["service"] };
        keys.iter().map(|field| (*field).to_owned()).collect()
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn bound(field: EpisodeField, type_: Type) -> Resolution {
    Resolution::Value(Named::Bound(Typed::new(Expression::Episode(field), type_)))
}

/// All facts that there can be are known.
pub(super) struct Everything;

impl Everything {
    fn of_entity(path: &[String]) -> Option<Value> {
        let service = |name: &str| {
            Value::Object([("service".to_owned(), Value::Text(name.to_owned()))].into_iter().collect())
        };
        Some(match path.last()?.as_str() {
            "replicas" => Value::Number(3.0),
            "depends_on" => Value::List(vec![service("a"), service("b")]),
            _ => Value::Text("x".to_owned()),
        })
    }
}

impl Facts for Everything {
    fn param(&self, _: ParamIndex) -> Option<f64> {
        Some(0.25)
    }
    fn signal(&self, signal: SignalIndex) -> Option<f64> {
        Some(f64::from(signal.0) + 0.5)
    }
    fn window(&self, _: WindowFunction, signal: SignalIndex, _: Millis) -> Option<f64> {
        self.signal(signal)
    }
    fn firing(&self, _: DetectorIndex) -> Option<bool> {
        Some(true)
    }
    fn key_field(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }
    fn entity_field(&self, _: &str, _: EntityIndex, path: &[String]) -> Option<Value> {
        Everything::of_entity(path)
    }
    fn element_field(&self, _: EntityIndex, _: &Value, path: &[String]) -> Option<Value> {
        Everything::of_entity(path)
    }
    fn learned(&self, signal: SignalIndex, _: &Learned, _: LearnedPart) -> Option<f64> {
        self.signal(signal)
    }
    fn time_to(&self, _: SignalIndex, _: &Learned, _: f64) -> Option<f64> {
        Some(60.0)
    }
    fn absent(&self, _: SignalIndex, _: Millis) -> Option<bool> {
        Some(false)
    }
    fn event_within(&self, _: EventIndex, _: Millis) -> Option<bool> {
        Some(true)
    }
    fn event_count(&self, _: EventIndex, _: Millis) -> Option<f64> {
        Some(2.0)
    }
    fn during(&self, _: &Calendar) -> Option<bool> {
        Some(true)
    }
    fn episode(&self, field: EpisodeField) -> Option<Value> {
        let started = field == EpisodeField::Started;
        Some(if started { Value::Number(1_700_000_000.0) } else { Value::Text("e1".to_owned()) })
    }
    fn variable(&self, name: &str) -> Option<Value> {
        variables().into_iter().find(|(known, ..)| *known == name).map(|(.., value)| value)
    }
    fn aggregate(
        &self,
        function: AggregateFunction,
        _: &[String],
        _: &[String],
        operand: &Expression,
    ) -> Option<Value> {
        aggregated(function, &[evaluate(operand, self)])
    }
    fn for_key(&self, operand: &Expression, _: &[(String, Value)]) -> Option<Value> {
        evaluate(operand, self)
    }
}

/// Reads, checks and lowers an expression; `None` where it is no expression of ours.
pub(super) fn typed(text: &str) -> (Option<Typed>, Vec<Diagnostic>) {
    let text = format!("detector d {{ when {text} }}");
    let (tree, mut diagnostics) = heal_syntax::parse(FileId(0), &text);
    if !diagnostics.is_empty() {
        return (None, diagnostics);
    }
    let ItemKind::Detector(detector) = &tree.items[0].value.kind else { panic!("a detector") };
    let DetectorStatement::When(expression) = &detector.statements[0].value else { panic!("a condition") };
    let source = Source { file: FileId(0), text: &text };
    let typed = check(expression, &Expected::Any, source, &mut Names, &mut diagnostics);
    (typed, diagnostics)
}

/// The next of the choices, by the next byte; the first when there are none left.
pub(super) struct Choices<'b>(pub(super) std::slice::Iter<'b, u8>);

impl Choices<'_> {
    pub(super) fn pick(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % count
    }

    pub(super) fn one<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.pick(texts.len())]
    }
}
