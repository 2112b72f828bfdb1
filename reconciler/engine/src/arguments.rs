//! Calls with everything filled in.

use std::collections::{BTreeMap, BTreeSet};

use heal_evaluate::{Facts, Value, evaluate_with_cel};
use heal_program::{
    Action, Argument, EntityIndex, Expression, FieldKind, Operation as Written, Parameter, Program,
    SemanticHash, Timestamp,
};

use crate::{
    ArgumentValue, Effect, Labels, Lacking, Operation, Phase, Request,
    facts::StepFacts,
    rewrite::{folded_request, folded_value},
    state::PlannedStep,
};

/// Arguments by parameter.
pub(crate) type Arguments = BTreeMap<String, ArgumentValue>;

/// Something that nobody knows, and the fields for whose lack it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unknown {
    /// What it is.
    pub(crate) what: String,
    pub(crate) lacking: Vec<Lacking>,
}

impl Unknown {
    /// The same, as `name` calls it.
    pub(crate) fn named(self, name: impl FnOnce(&str) -> String) -> Unknown {
        Unknown { what: name(&self.what), lacking: self.lacking }
    }
}

impl From<String> for Unknown {
    fn from(what: String) -> Unknown {
        Unknown { what, lacking: Vec::new() }
    }
}

impl From<&str> for Unknown {
    fn from(what: &str) -> Unknown {
        what.to_owned().into()
    }
}

/// The arguments of a call; `Err` names the parameter whose value is unknown. The caller's own are in `facts`.
pub(crate) fn bind(
    parameters: &[Parameter],
    arguments: &[Argument],
    facts: &StepFacts<'_>,
) -> Result<Arguments, Unknown> {
    parameters
        .iter()
        .zip(arguments)
        .map(|(parameter, argument)| {
            let value = resolve(parameter, argument, facts).ok_or_else(|| {
                let lacking = match argument {
                    Argument::Value(expression) => facts.lacking(expression),
                    Argument::Entity(_) | Argument::EntityFromKey(..) => Vec::new(),
                };
                Unknown { what: parameter.name.clone(), lacking }
            })?;
            Ok((parameter.name.clone(), value))
        })
        .collect()
}

fn resolve(parameter: &Parameter, argument: &Argument, facts: &StepFacts<'_>) -> Option<ArgumentValue> {
    match argument {
        Argument::Entity(name) => facts.arguments?.get(name).cloned(),
        Argument::EntityFromKey(entity, fields) => {
            let values: Option<Vec<String>> = fields.iter().map(|field| facts.key_field(field)).collect();
            entity_argument(facts.program, *entity, values?)
        }
        Argument::Value(expression) => value(parameter, expression, facts),
    }
}

/// An entity with its key, in its order.
pub(crate) fn entity_argument(
    program: &Program,
    entity: EntityIndex,
    values: Vec<String>,
) -> Option<ArgumentValue> {
    let node = program.entity(entity)?;
    let key = node.keys.iter().cloned().zip(values).collect();
    Some(ArgumentValue::Entity { entity: node.head.path.clone(), key })
}

fn value(parameter: &Parameter, expression: &Expression, facts: &StepFacts<'_>) -> Option<ArgumentValue> {
    // An entity that the caller has is handed on as it is.
    if let Expression::KeyField(name) = expression
        && let Some(argument) = facts.arguments.and_then(|arguments| arguments.get(name))
    {
        return Some(argument.clone());
    }
    match (evaluate_with_cel(expression, facts)?, &parameter.kind) {
        (Value::Number(number), _) => Some(ArgumentValue::Number(number)),
        (Value::Integer(number), _) => Some(ArgumentValue::Number(number as f64)),
        (Value::Text(text), FieldKind::Entity(entity)) => {
            // The one key field of an entity stands for it.
            let keys = facts.program.entity(*entity)?.keys.len();
            (keys == 1).then(|| entity_argument(facts.program, *entity, vec![text]))?
        }
        (Value::Text(text), FieldKind::Text | FieldKind::Quantity(_) | FieldKind::Entities(_)) => {
            Some(ArgumentValue::Text(text))
        }
        (Value::Bool(truth), _) => Some(ArgumentValue::Bool(truth)),
        (Value::Object(fields), FieldKind::Entity(entity)) => {
            let node = facts.program.entity(*entity)?;
            let field = |name: &String| match fields.get(name)? {
                Value::Text(text) => Some(text.clone()),
                Value::Number(_) | Value::Integer(_) | Value::Bool(_) | Value::List(_) | Value::Object(_) => {
                    None
                }
            };
            let values = node.keys.iter().map(field).collect::<Option<Vec<_>>>()?;
            entity_argument(facts.program, *entity, values)
        }
        (Value::List(_) | Value::Object(_), _) => None,
    }
}

/// An argument as expressions see it.
pub(crate) fn as_value(argument: &ArgumentValue) -> Option<Value> {
    Some(match argument {
        ArgumentValue::Text(text) => Value::Text(text.clone()),
        ArgumentValue::Number(number) => Value::Number(*number),
        ArgumentValue::Bool(truth) => Value::Bool(*truth),
        ArgumentValue::Entity { key, .. } => Value::Object(
            key.iter().map(|(name, value)| (name.clone(), Value::Text(value.clone()))).collect(),
        ),
    })
}

/// A value as an expression; none for what has no literal.
pub(crate) fn literal(value: &Value) -> Option<Expression> {
    Some(match value {
        Value::Number(number) => Expression::Number(*number),
        Value::Integer(number) => Expression::Integer(*number),
        Value::Text(text) => Expression::Text(text.clone()),
        Value::Bool(truth) => Expression::Bool(*truth),
        Value::List(items) => Expression::List(items.iter().map(literal).collect::<Option<Vec<_>>>()?),
        Value::Object(_) => return None,
    })
}

/// A value as people read it.
pub(crate) fn literal_text(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(literal_text).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => fields.values().map(literal_text).collect::<Vec<_>>().join("/"),
    }
}

/// Entities among arguments, as text: `Pod cart/a`.
pub(crate) fn entities_of(arguments: &Arguments) -> BTreeSet<String> {
    let text = |value: &ArgumentValue| match value {
        ArgumentValue::Entity { entity, .. } => Some(format!("{entity} {value}")),
        ArgumentValue::Text(_) | ArgumentValue::Number(_) | ArgumentValue::Bool(_) => None,
    };
    arguments.values().filter_map(text).collect()
}

/// In what a step is done.
#[derive(Clone, Copy)]
pub(crate) struct StepContext<'a> {
    pub(crate) unit: SemanticHash,
    pub(crate) policy: &'a str,
    pub(crate) plan: &'a str,
    pub(crate) labels: &'a Labels,
    pub(crate) phase: Phase,
}

/// A step with everything filled in, but for its deadline and its id, which its try gives it; `Err` says what is unknown.
pub(crate) fn planned(
    context: StepContext<'_>,
    name: &str,
    timeout: heal_program::Millis,
    action: &Action,
    arguments: Arguments,
    facts: &StepFacts<'_>,
) -> Result<PlannedStep, Unknown> {
    let own = StepFacts { arguments: Some(&arguments), ..*facts };
    let operation = operation(action, &arguments, &own)?;
    let summary = summary(action, &arguments);
    let request = Request::Act {
        run: context.unit,
        policy: context.policy.to_owned(),
        plan: context.plan.to_owned(),
        step: name.to_owned(),
        phase: context.phase,
        attempt: 0,
        labels: context.labels.clone(),
        item: action.head.path.clone(),
        operation,
        arguments,
    };
    let id = context.unit;
    let effect = Effect { id, idempotency_key: String::new(), deadline: Timestamp::MAX, request };
    Ok(PlannedStep { name: name.to_owned(), item: action.head.path.clone(), summary, timeout, effect })
}

fn operation(action: &Action, arguments: &Arguments, facts: &StepFacts<'_>) -> Result<Operation, Unknown> {
    let unknown = || Unknown::from(action.head.path.clone());
    match &action.operation {
        Written::Command { arguments: words, on } => {
            let word = |word: &Expression| {
                let text = evaluate_with_cel(word, facts).as_ref().map(literal_text);
                text.ok_or_else(|| Unknown { lacking: facts.lacking(word), ..unknown() })
            };
            let on = match on {
                Some(name) => Some(arguments.get(name).cloned().ok_or_else(|| name.clone())?),
                None => None,
            };
            let arguments = words.iter().map(word).collect::<Result<Vec<_>, Unknown>>()?;
            Ok(Operation::Command { arguments, on })
        }
        Written::Http(request) => folded_request(request, facts).map(Operation::Http).map_err(|()| unknown()),
        Written::Kubernetes { verb, target, options } => {
            let target = arguments.get(target).cloned().ok_or_else(|| target.clone())?;
            let option = |(name, value): &(String, heal_program::Value)| {
                Ok((name.clone(), folded_value(value, facts).map_err(|()| Unknown::from(name.clone()))?))
            };
            let options = options.iter().map(option).collect::<Result<Vec<_>, Unknown>>()?;
            Ok(Operation::Kubernetes { verb: verb.clone(), target, options })
        }
    }
}

/// `restart_unit(host: web-1, unit: nginx)`
fn summary(action: &Action, arguments: &Arguments) -> String {
    let parts: Vec<String> = action
        .parameters
        .iter()
        .filter_map(|parameter| {
            arguments.get(&parameter.name).map(|value| format!("{}: {value}", parameter.name))
        })
        .collect();
    format!("{}({})", action.head.path, parts.join(", "))
}
