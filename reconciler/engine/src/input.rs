//! The closed list of what an engine is told. Nothing else ever reaches a decision.

use std::collections::BTreeMap;

use heal_program::{Program, SemanticHash, SignalIndex, Timestamp};
use serde::{Deserialize, Serialize};

/// Values of key fields, in the order of the node that they belong to.
pub type Key = Vec<String>;

/// Something that happened. Each is handled at a `now` that never goes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A sample of a signal, in the base unit of its dimension.
    Sample {
        /// Of which signal.
        signal: SignalIndex,
        /// For which key, in the signal's order.
        key: Key,
        /// When it was measured.
        at: Timestamp,
        /// The value.
        value: f64,
    },
    /// Something that happened at a point in time, such as a deployment.
    Event {
        /// Its kind: the name of the series it is recorded under.
        name: String,
        /// Its key fields.
        labels: BTreeMap<String, String>,
        /// When.
        at: Timestamp,
    },
    /// How many entities of a kind live: the denominator of a blast radius.
    Inventory {
        /// Of which kind.
        entity: String,
        /// In which group, as label and value; empty: over all.
        group: BTreeMap<String, String>,
        /// How many.
        live: u64,
        /// Since when.
        at: Timestamp,
    },
    /// What came of an effect. May come late, twice or never.
    EffectResult {
        /// The effect's id.
        id: EffectId,
        /// What came of it.
        outcome: Outcome,
    },
    /// The answer to a query effect.
    QueryResult {
        /// The effect's id.
        id: EffectId,
        /// The answer.
        answer: Answer,
    },
    /// A person answered.
    Approval {
        /// Which request.
        id: EffectId,
        /// Whether they agreed.
        granted: bool,
        /// Who.
        by: String,
    },
    /// Stops all starts of plans, or lets them go on.
    Pause {
        /// Whether to stop.
        paused: bool,
        /// Who said so.
        by: String,
    },
    /// Another program runs from here on.
    ProgramSwap(Box<Program>),
    /// All samples up to and including `until` have been told: the grid steps up to there are evaluated.
    Watermark {
        /// Event time.
        until: Timestamp,
    },
}

/// Hash of an effect's cause: the same cause has the same id in every run and after every restart.
pub type EffectId = SemanticHash;

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Succeeded,
    /// Not done, and known not to be.
    Failed {
        /// Why.
        reason: String,
    },
    /// Nobody knows: never retried by itself.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The condition holds.
    True,
    /// It does not.
    False,
    /// It could not be found out.
    Unknown,
    /// The recording does not hold what it reads.
    NotRecorded,
}

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
        /// The firing's key.
        labels: crate::Labels,
        /// The action item's path.
        item: String,
        /// What to do, with everything filled in.
        operation: Operation,
        /// Its arguments, by parameter.
        arguments: BTreeMap<String, ArgumentValue>,
    },
    /// Find out whether a `require` of a plan holds.
    Query {
        /// The plan's path.
        plan: String,
        /// Which of its `require`s, from 0.
        require: u32,
        /// The plan's arguments, by parameter.
        arguments: BTreeMap<String, ArgumentValue>,
    },
    /// Ask a team for its agreement.
    Ask {
        /// The team.
        team: String,
        /// What it is asked to agree to, in a sentence.
        summary: String,
        /// Digest of plan, arguments and targets: the answer holds for this and nothing else.
        digest: SemanticHash,
    },
    /// Tell people.
    Escalate {
        /// The channel's path; none: the default channel.
        channel: Option<String>,
        /// Its arguments, by parameter.
        arguments: BTreeMap<String, ArgumentValue>,
        /// What happened, in a sentence.
        summary: String,
    },
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
    },
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
