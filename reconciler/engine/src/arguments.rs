//! Calls with everything filled in.

use std::collections::BTreeMap;

use heal_evaluate::{Value, evaluate_with_cel};
use heal_program::{
    Action, Argument, EntityIndex, Expression, Millis, Operation as Written, Parameter, Plan, Program,
};

use crate::{
    ArgumentValue, Effect, Engine, Key, Operation, Request, facts::StepFacts, identity, state::PlannedStep,
};

/// Arguments by parameter.
pub(crate) type Arguments = BTreeMap<String, ArgumentValue>;

/// What arguments of a call may refer to: the firing's key, and the caller's own arguments.
pub(crate) struct CallScope<'a> {
    pub(crate) facts: &'a StepFacts<'a>,
    pub(crate) arguments: &'a Arguments,
}

/// The arguments of a call; `Err` names the parameter whose value is unknown.
pub(crate) fn bind(
    parameters: &[Parameter],
    arguments: &[Argument],
    scope: &CallScope<'_>,
) -> Result<Arguments, String> {
    parameters
        .iter()
        .zip(arguments)
        .map(|(parameter, argument)| {
            let value = resolve(argument, scope).ok_or_else(|| parameter.name.clone())?;
            Ok((parameter.name.clone(), value))
        })
        .collect()
}

fn resolve(argument: &Argument, scope: &CallScope<'_>) -> Option<ArgumentValue> {
    match argument {
        Argument::Entity(name) => scope.arguments.get(name).cloned(),
        Argument::EntityFromKey(entity, fields) => entity_from_key(*entity, fields, scope.facts),
        Argument::Value(expression) => value(expression, scope),
    }
}

fn entity_from_key(entity: EntityIndex, fields: &[String], facts: &StepFacts<'_>) -> Option<ArgumentValue> {
    use heal_evaluate::Facts;
    let node = facts.program.entity(entity)?;
    let values: Option<Key> = fields.iter().map(|field| facts.key_field(field)).collect();
    let key = node.keys.iter().cloned().zip(values?).collect();
    Some(ArgumentValue::Entity { entity: node.head.path.clone(), key })
}

fn value(expression: &Expression, scope: &CallScope<'_>) -> Option<ArgumentValue> {
    match parameter_value(expression, scope.arguments) {
        Some(found) => Some(found),
        None => match evaluate_with_cel(expression, scope.facts)? {
            Value::Number(number) => Some(ArgumentValue::Number(number)),
            Value::Text(text) => Some(ArgumentValue::Text(text)),
            Value::Bool(truth) => Some(ArgumentValue::Bool(truth)),
            Value::Integer(number) => Some(ArgumentValue::Number(number as f64)),
            Value::List(_) | Value::Object(_) => None,
        },
    }
}

/// A parameter of the caller by its name, or a key field of an entity among them (`host.name`).
fn parameter_value(expression: &Expression, arguments: &Arguments) -> Option<ArgumentValue> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these two name a parameter")]
    match expression {
        Expression::KeyField(name) => arguments.get(name).cloned(),
        Expression::EntityField { root, path, .. } => match (arguments.get(root)?, path.as_slice()) {
            (ArgumentValue::Entity { key, .. }, [field]) => key
                .iter()
                .find(|(name, _)| name == field)
                .map(|(_, value)| ArgumentValue::Text(value.clone())),
            (
                ArgumentValue::Entity { .. }
                | ArgumentValue::Text(_)
                | ArgumentValue::Number(_)
                | ArgumentValue::Bool(_),
                _,
            ) => None,
        },
        _ => None,
    }
}

impl Engine {
    /// The steps of a plan as effects, all but their deadlines; `Err` says what is unknown.
    pub(crate) fn plan_steps(
        &self,
        plan: &Plan,
        (run, policy, labels): (heal_program::SemanticHash, &str, &crate::Labels),
        scope: &CallScope<'_>,
    ) -> Result<Vec<PlannedStep>, String> {
        plan.steps
            .iter()
            .map(|step| {
                let action = self.program.action(step.action).ok_or_else(|| step.name.clone())?;
                let arguments = bind(&action.parameters, &step.arguments, scope)?;
                let operation = operation(&self.program, action, &arguments, scope.facts)?;
                let id = identity::action(run, &step.name);
                Ok(PlannedStep {
                    name: step.name.clone(),
                    item: action.head.path.clone(),
                    summary: summary(action, &arguments),
                    timeout_ms: step.timeout.0,
                    effect: Effect {
                        id,
                        idempotency_key: id.to_string(),
                        deadline: self.state.now.plus(Millis(step.timeout.0)),
                        request: Request::Act {
                            run,
                            policy: policy.to_owned(),
                            plan: plan.head.path.clone(),
                            step: step.name.clone(),
                            phase: crate::Phase::Step,
                            labels: labels.clone(),
                            item: action.head.path.clone(),
                            operation,
                            arguments,
                        },
                    },
                })
            })
            .collect()
    }
}

fn operation(
    _program: &Program,
    action: &Action,
    arguments: &Arguments,
    facts: &StepFacts<'_>,
) -> Result<Operation, String> {
    let scope = CallScope { facts, arguments };
    match &action.operation {
        Written::Command { arguments: words, on } => {
            let words: Result<Vec<String>, String> = words
                .iter()
                .map(|word| {
                    value(word, &scope).map(|word| word.to_string()).ok_or_else(|| action.head.path.clone())
                })
                .collect();
            let on = match on {
                Some(name) => Some(arguments.get(name).cloned().ok_or_else(|| name.clone())?),
                None => None,
            };
            Ok(Operation::Command { arguments: words?, on })
        }
        Written::Http(_) => Err(action.head.path.clone()),
        Written::Kubernetes { verb, target, options: _ } => {
            let target = arguments.get(target).cloned().ok_or_else(|| target.clone())?;
            Ok(Operation::Kubernetes { verb: verb.clone(), target })
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
