//! What was checked never meets an operand of the wrong type, whatever the facts are. Values from outside, as a webhook
//! brings them, have no type before they are looked at, and are left out.
#![no_main]

use std::collections::BTreeMap;

use heal_evaluate::{Facts, Missing, Value, value_or_why};
use heal_fuzz::{compiled, text};
use heal_program::{
    AggregateFunction, Argument, Calendar, DetectorIndex, EntityIndex, EpisodeField, EventIndex, Expression, FieldKind,
    Learned, LearnedPart, Millis, ParamIndex, Parameter, Program, SignalIndex, WindowFunction,
};
use libfuzzer_sys::fuzz_target;

/// Facts that depend on nothing but a seed and the question.
struct Seeded<'p> {
    program: &'p Program,
    seed: u64,
    parameters: BTreeMap<&'p str, &'p FieldKind>,
}

impl Seeded<'_> {
    fn dice(&self, question: u64) -> u64 {
        let mut state = self.seed ^ question.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for _ in 0..3 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }
        state
    }

    /// A number, or unknown.
    fn number(&self, question: u64) -> Option<f64> {
        let dice = self.dice(question);
        let values = [0.0, 1.0, -1.0, 0.5, 1e300, -1e300, 1e-300, 60.0, 1024.0, f64::MAX];
        (dice % 4 != 0).then(|| values[(dice / 4) as usize % values.len()])
    }

    fn truth(&self, question: u64) -> Option<bool> {
        let dice = self.dice(question);
        (dice % 4 != 0).then_some(dice / 4 % 2 == 0)
    }

    fn word(&self, question: u64) -> Option<String> {
        let dice = self.dice(question);
        let values = ["", "a", "prod", "\u{e4}", "1"];
        (dice % 4 != 0).then(|| values[(dice / 4) as usize % values.len()].to_owned())
    }

    fn of_kind(&self, kind: &FieldKind, question: u64) -> Option<Value> {
        match kind {
            FieldKind::Text | FieldKind::Entity(_) => self.word(question).map(Value::Text),
            FieldKind::Quantity(_) => self.number(question).map(Value::Number),
            FieldKind::Entities(entity) => Some(Value::List(vec![self.element(*entity, question)?])),
        }
    }

    fn element(&self, entity: EntityIndex, question: u64) -> Option<Value> {
        let keys = &self.program.entity(entity)?.keys;
        let text = self.word(question).unwrap_or_default();
        Some(Value::Object(keys.iter().map(|key| (key.clone(), Value::Text(text.clone()))).collect()))
    }

    /// What a way over fields leads to.
    fn field(&self, mut entity: EntityIndex, path: &[String], question: u64) -> Option<Value> {
        let mut kind = FieldKind::Entity(entity);
        for name in path {
            let node = self.program.entity(entity)?;
            kind = match node.fields.iter().find(|field| field.name == *name) {
                Some(field) => field.kind.clone(),
                None => FieldKind::Text,
            };
            if let FieldKind::Entity(next) = kind {
                entity = next;
            }
        }
        self.of_kind(&kind, question)
    }
}

impl Facts for Seeded<'_> {
    fn param(&self, param: ParamIndex) -> Option<f64> {
        self.program.param(param).map(|param| param.value)
    }
    fn signal(&self, signal: SignalIndex) -> Option<f64> {
        self.number(u64::from(signal.0))
    }
    fn window(&self, function: WindowFunction, signal: SignalIndex, span: Millis) -> Option<f64> {
        self.number(function.word().len() as u64 ^ u64::from(signal.0) << 8 ^ (span.0 as u64) << 16)
    }
    fn firing(&self, detector: DetectorIndex) -> Option<bool> {
        self.truth(u64::from(detector.0) ^ 0x100)
    }
    fn key_field(&self, name: &str) -> Option<String> {
        self.word(name.len() as u64)
    }
    fn local(&self, name: &str) -> Option<Value> {
        match self.parameters.get(name) {
            Some(kind) => self.of_kind(kind, name.len() as u64),
            None => self.key_field(name).map(Value::Text),
        }
    }
    fn entity_field(&self, _: &str, entity: EntityIndex, path: &[String]) -> Option<Value> {
        self.field(entity, path, path.len() as u64 ^ 0x200)
    }
    fn element_field(&self, entity: EntityIndex, _: &Value, path: &[String]) -> Option<Value> {
        self.field(entity, path, path.len() as u64 ^ 0x300)
    }
    fn learned(&self, signal: SignalIndex, _: &Learned, _: LearnedPart) -> Option<f64> {
        self.number(u64::from(signal.0) ^ 0x400)
    }
    fn time_to(&self, signal: SignalIndex, _: &Learned, _: f64) -> Option<f64> {
        self.number(u64::from(signal.0) ^ 0x500)
    }
    fn absent(&self, signal: SignalIndex, _: Millis) -> Option<bool> {
        self.truth(u64::from(signal.0) ^ 0x600)
    }
    fn event_within(&self, event: EventIndex, _: Millis) -> Option<bool> {
        self.truth(u64::from(event.0) ^ 0x700)
    }
    fn event_count(&self, event: EventIndex, _: Millis) -> Option<f64> {
        self.number(u64::from(event.0) ^ 0x800)
    }
    fn during(&self, _: &Calendar) -> Option<bool> {
        self.truth(0x900)
    }
    fn episode(&self, field: EpisodeField) -> Option<Value> {
        match field {
            EpisodeField::Started => self.number(0xa00).map(Value::Number),
            EpisodeField::Id
            | EpisodeField::Summary
            | EpisodeField::Severity
            | EpisodeField::Detector
            | EpisodeField::Policy
            | EpisodeField::Reason => self.word(0xb00).map(Value::Text),
        }
    }
    fn aggregate(&self, function: AggregateFunction, _: &[String], _: &[String], operand: &Expression) -> Option<Value> {
        match function {
            AggregateFunction::Any | AggregateFunction::All => self.truth(0xc00).map(Value::Bool),
            AggregateFunction::Count => self.number(0xd00).map(Value::Number),
            AggregateFunction::Avg
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Sum
            | AggregateFunction::Stddev
            | AggregateFunction::Quantile(_) => value_or_why(operand, self).ok(),
        }
    }
    fn for_key(&self, operand: &Expression, _: &[(String, Value)]) -> Option<Value> {
        value_or_why(operand, self).ok()
    }
}

/// Every expression of a program that the checker knows all types of, with the parameters that it may name.
fn expressions(program: &Program) -> Vec<(&Expression, &[Parameter])> {
    let mut found: Vec<(&Expression, &[Parameter])> = Vec::new();
    for detector in &program.detectors {
        found.push((&detector.when, &[]));
        found.extend(detector.clear.iter().map(|clear| (&clear.when, [].as_slice())));
    }
    for plan in &program.plans {
        found.extend(plan.requires.iter().map(|it| (&it.condition, plan.parameters.as_slice())));
        found.extend(plan.verifies.iter().map(|it| (&it.condition, plan.parameters.as_slice())));
        let steps = plan.steps.iter().chain(&plan.undo).chain(&plan.always);
        // A step in a `for each` may name its target, which is no parameter.
        let arguments = steps.filter(|step| step.fan.is_none()).flat_map(|step| &step.arguments);
        found.extend(values(arguments).map(|it| (it, plan.parameters.as_slice())));
    }
    for policy in &program.policies {
        found.extend(policy.condition.iter().map(|it| (&it.condition, [].as_slice())));
        let approval = policy.guard.approval.iter().flat_map(|it| &it.condition);
        found.extend(approval.map(|it| (&it.condition, [].as_slice())));
    }
    found
}

fn values<'p>(arguments: impl Iterator<Item = &'p Argument>) -> impl Iterator<Item = &'p Expression> {
    arguments.filter_map(|argument| match argument {
        Argument::Value(expression) => Some(expression),
        Argument::Entity(_) | Argument::EntityFromKey(..) => None,
    })
}

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    let Some(program) = compiled(&text).program else { return };
    for (expression, parameters) in expressions(&program) {
        for seed in 1..4 {
            let parameters = parameters.iter().map(|it| (it.name.as_str(), &it.kind)).collect();
            let facts = Seeded { program: &program, seed, parameters };
            let outcome = value_or_why(expression, &facts);
            assert!(outcome != Err(Missing::Mistyped), "{expression:?}\n{text}");
        }
    }
});
