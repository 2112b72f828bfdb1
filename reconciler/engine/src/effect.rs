//! What an engine asks of the world. Everything is filled in: it can be carried out without the program.

use std::collections::BTreeMap;

use heal_program::{HttpRequest, SemanticHash, Severity, Timestamp, Value};
use serde::{Deserialize, Serialize};

use crate::{EffectId, Labels};

/// What the engine asks the world to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Names this effect in its result.
    pub id: EffectId,
    /// For the system that carries it out: two requests with one key are one request.
    pub idempotency_key: String,
    /// An outcome that has not come by then counts as unknown.
    pub deadline: Timestamp,
    /// What to do.
    pub request: Request,
}

/// What an effect asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Do a step of a plan.
    Act {
        /// The run's id, as in the trace.
        run: SemanticHash,
        /// The policy's path.
        policy: String,
        /// The plan's path.
        plan: String,
        /// The step's name in the plan.
        step: String,
        /// What the step is for.
        phase: Phase,
        /// Which try this is, from 0.
        attempt: u32,
        /// The firing's key.
        labels: Labels,
        /// The action item's path.
        item: String,
        /// What to do, with everything filled in.
        operation: Operation,
        /// Its arguments, by parameter.
        arguments: BTreeMap<String, ArgumentValue>,
    },
    /// Ask a team for its agreement. Each person's answer is an [`Input::Approval`](crate::Input::Approval).
    Ask {
        /// The team, or the path of the channel that is to bring the answer.
        team: String,
        /// The channel, with its arguments by parameter, where it is one that is asked.
        channel: Option<Call>,
        /// How many must agree.
        quorum: u32,
        /// What it is asked to agree to, in a sentence.
        summary: String,
        /// Digest of plan, arguments and targets: the answer holds for this and nothing else.
        digest: SemanticHash,
        /// What it is about.
        episode: Episode,
    },
    /// Tell people.
    Escalate {
        /// The channel's path; none: the default channel.
        channel: Option<String>,
        /// Its arguments, by parameter.
        arguments: BTreeMap<String, ArgumentValue>,
        /// What is sent, where a channel is named.
        request: Option<HttpRequest>,
        /// What happened, in a sentence.
        summary: String,
        /// What it is about.
        episode: Episode,
    },
}

/// A channel with its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The channel's path.
    pub channel: String,
    /// Its arguments, by parameter.
    pub arguments: BTreeMap<String, ArgumentValue>,
    /// What is sent.
    pub request: HttpRequest,
}

/// What people are told of an episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// The key under which they should see it: the firing; where the cause is known, the firing of the cause.
    pub id: SemanticHash,
    /// The firing itself.
    pub firing: SemanticHash,
    /// One sentence.
    pub summary: String,
    /// How bad.
    pub severity: Severity,
    /// The path of the detector or event.
    pub detector: String,
    /// The policy's path.
    pub policy: String,
    /// Why they are told.
    pub reason: String,
    /// When it began.
    pub started: Timestamp,
}

/// What a step is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It is a step of the plan.
    #[default]
    Step,
    /// It takes back a failed run.
    Undo,
    /// It runs at the end, whatever happened.
    Always,
    /// It takes back a success.
    Revert,
}

/// What an action does, with everything filled in: it can be carried out without the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a few at a time, and each is sent away whole")]
pub enum Operation {
    /// Run an argument vector, without a shell.
    Command {
        /// The program and its arguments.
        arguments: Vec<String>,
        /// The host to run it on; none: where the service runs.
        on: Option<ArgumentValue>,
    },
    /// Ask Kubernetes.
    Kubernetes {
        /// The verb, such as `evict`.
        verb: String,
        /// What it works on.
        target: ArgumentValue,
        /// What else the verb needs, by name; every expression in it is a literal.
        options: Vec<(String, Value)>,
    },
    /// A request over HTTP. Expressions in it are literals but for secrets, and for `status` and `body` in `success`.
    Http(HttpRequest),
}

/// A value handed to an action or channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentValue {
    /// A text.
    Text(String),
    /// A number in its base unit.
    Number(f64),
    /// A truth value.
    Bool(bool),
    /// An entity by its key fields.
    Entity {
        /// Path of the entity item.
        entity: String,
        /// Its key fields and their values, in the entity's order.
        key: Vec<(String, String)>,
    },
}

impl std::fmt::Display for ArgumentValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ArgumentValue::Text(text) => formatter.write_str(text),
            ArgumentValue::Number(number) => write!(formatter, "{number}"),
            ArgumentValue::Bool(truth) => write!(formatter, "{truth}"),
            ArgumentValue::Entity { key, .. } => {
                for (position, (_, value)) in key.iter().enumerate() {
                    write!(formatter, "{}{value}", if position == 0 { "" } else { "/" })?;
                }
                Ok(())
            }
        }
    }
}
