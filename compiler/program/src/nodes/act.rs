//! What is done: actions, channels, plans.

use serde::{Deserialize, Serialize};

use super::{Affects, Argument, Head, Parameter, Require, Secret, Way};
use crate::{Expression, Millis, index::*};

/// How much an action or plan can harm; ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Reversible or harmless.
    #[default]
    Low,
    /// Noticeable if wrong.
    Medium,
    /// An outage if wrong: needs an approval.
    High,
}

/// `action restart_unit(host: Host, unit: text) { ... }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Path, hash, origin.
    pub head: Head,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
    /// What it does.
    pub operation: Operation,
    /// How much it can harm.
    pub risk: Risk,
    /// Whether doing it twice is as good as once; only then may it be retried.
    pub idempotent: bool,
    /// Longest time to wait for its outcome.
    pub timeout: Millis,
    /// Parameters that name another entity after it.
    pub replaces: Vec<String>,
    /// What takes it back, with arguments in terms of its own parameters.
    pub undo: Option<(ActionIndex, Vec<Argument>)>,
    /// What it changes, and nothing else; none: it may change anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affects: Option<Affects>,
}

/// What an action does. Each text is one item, whatever is in it: nothing ever reads it as a line for a shell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "one for each action of a program, never copied in a loop")]
pub enum Operation {
    /// An argument vector, run without a shell, on the host that `on` names.
    Command {
        /// The arguments, the program first.
        arguments: Vec<Expression>,
        /// Parameter that names the host; none: where the service runs.
        on: Option<String>,
    },
    /// A request to Kubernetes, such as `evict pod`.
    Kubernetes {
        /// The verb: `evict`, `restart`, `scale`, ...
        verb: String,
        /// The parameter it works on.
        target: String,
        /// What else the verb needs, by name.
        options: Vec<(String, Value)>,
    },
    /// A request over HTTP.
    Http(HttpRequest),
}

/// `http POST "https://..." header ... body {...} success status == 202`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `POST`, `PUT`, `PATCH`, `DELETE`
    pub method: String,
    /// Where to. What stands in braces, `{service}`, is percent-encoded when it is sent.
    pub url: String,
    /// What the placeholders of the address stand for, by what stands between their braces, sorted: a text parameter, a
    /// text field of an entity, or a secret.
    pub placeholders: Vec<(String, Expression)>,
    /// Secrets by name.
    pub secrets: Vec<Secret>,
    /// Headers in written order.
    pub headers: Vec<(String, Expression)>,
    /// The body, sent as JSON.
    pub body: Option<Value>,
    /// When the answer is a success, in terms of `status` and `body`; none: a status of 200 to 299.
    pub success: Option<Expression>,
}

/// A JSON value whose leaves are expressions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// What an expression gives.
    Expression(Expression),
    /// An object, in written order.
    Object(Vec<(String, Value)>),
    /// A list.
    List(Vec<Value>),
}

impl Value {
    /// Calls `visit` on every expression in it.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        match self {
            Value::Expression(expression) => expression.walk(visit),
            Value::Object(entries) => {
                for (_, value) in entries {
                    value.walk(visit);
                }
            }
            Value::List(items) => {
                for item in items {
                    item.walk(visit);
                }
            }
        }
    }
}

/// `channel page(team: text) { http POST "https://..." ... }`: how people are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Path, hash, origin.
    pub head: Head,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
    /// What is sent.
    pub request: HttpRequest,
    /// Longest time to wait for the answer.
    pub timeout: Millis,
}

/// `plan recycle(pod: Pod) { risk low  require ...  step ... }`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Path, hash, origin.
    pub head: Head,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
    /// The highest risk of its actions, or higher where the plan says so.
    pub risk: Risk,
    /// Conditions that must hold before the first step.
    pub requires: Vec<Require>,
    /// Signals that it disturbs.
    pub disturbs: Vec<Disturbs>,
    /// Sets of entities that steps are done with, one run a target.
    pub fans: Vec<Fan>,
    /// Steps in written order; each runs when those it is `after` are done.
    pub steps: Vec<Step>,
    /// What must become true after the last step.
    pub verifies: Vec<Verify>,
    /// Steps that take back a failed run; the undos of reversible actions are not among them.
    pub undo: Vec<Step>,
    /// Steps that run at the end, whatever happened.
    pub always: Vec<Step>,
    /// When a success is taken back.
    pub revert: Option<Revert>,
    /// What it changes, and nothing else, where it says so itself; none: what its actions say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affects: Option<Affects>,
}

/// `disturbs latency_p99 for 90s`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disturbs {
    /// The signal.
    pub signal: SignalIndex,
    /// Whether every key is; else those of the entities in `reached`.
    pub everywhere: bool,
    /// Ways from the plan's parameters to entities whose key contains the signal's or is contained in it: a key of the
    /// signal is disturbed when it agrees with one of them in all fields that both have. None where `everywhere`.
    pub reached: Vec<Way>,
    /// How long after the last step.
    pub span: Millis,
}

/// `for each w in Workload where ... at most 50`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fan {
    /// What one of them is called.
    pub variable: String,
    /// The entity.
    pub entity: EntityIndex,
    /// Which of them.
    pub condition: Option<Require>,
    /// Most of them.
    pub targets_max: u32,
}

/// `step evict = k8s.evict(pod) { timeout 60s  retry 2 every 10s  after drain }`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name in the plan.
    pub name: String,
    /// What it calls.
    pub action: ActionIndex,
    /// One argument a parameter of the action.
    pub arguments: Vec<Argument>,
    /// Longest time to wait, if it differs from the action's.
    pub timeout: Millis,
    /// How often it is tried again after a failure; only idempotent actions are.
    pub retries_max: u32,
    /// Time between two tries.
    pub retry_every: Millis,
    /// Positions, in the same list, of the steps that must be done before.
    pub after: Vec<u32>,
    /// Position of its `for each` among the plan's fans.
    pub fan: Option<u32>,
}

/// `verify EXPR within 5m`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verify {
    /// The condition.
    pub condition: Expression,
    /// How long after the last step it may take to become true.
    pub within: Millis,
    /// Its text as the formatter writes it. Not part of the hash.
    pub text: String,
}

/// When a success is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revert {
    /// `revert after 1h`
    After(Millis),
    /// `revert on clear`
    OnClear,
}
