//! The closed list of what an engine is told. Nothing else ever reaches a decision.

use std::collections::BTreeMap;

use heal_program::{EntityIndex, Program, SemanticHash, SignalIndex, Timestamp};
use serde::{Deserialize, Serialize};

use crate::RecordedRun;

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
    /// An entity lives, with these fields: texts, and relations by the last key field of the other entity. Its other key
    /// fields are those of equal name.
    Entity {
        /// Of which kind.
        entity: EntityIndex,
        /// Its key, in the entity's order.
        key: Key,
        /// When this was so.
        at: Timestamp,
        /// Its fields by name; those that are not named stay as they were told.
        fields: BTreeMap<String, FieldValue>,
    },
    /// An entity lives no longer, from a time on: nothing that was told of it before holds any more. Only a simulation's world
    /// tells it; of what stops being told live, what was told last holds as long as a reading does.
    Gone {
        /// Of which kind.
        entity: EntityIndex,
        /// Its key, in the entity's order.
        key: Key,
        /// From when on.
        at: Timestamp,
    },
    /// A sample of a field of an entity that is a number. It does not say that the entity lives.
    Field {
        /// Of which kind.
        entity: EntityIndex,
        /// Its key, in the entity's order.
        key: Key,
        /// The field.
        field: String,
        /// When it was measured.
        at: Timestamp,
        /// The value, in the base unit of the field's dimension.
        value: f64,
    },
    /// A source of events or of counted lines went down, or is back: while it is down nobody knows whether something
    /// happened.
    Source {
        /// What its events are recorded under, see [`heal_program::Program::recorded_event`]; of a signal that counts lines
        /// of a log, its [`heal_program::Signal::source_hash`] as text.
        name: String,
        /// Whether it delivers.
        live: bool,
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
    /// The answer to a query effect of an engine before version 2. It changes nothing: what a `require` reads is among the
    /// inputs now.
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
    /// The same as a run that has just begun was really done while the recording was made. Only a simulation's world tells
    /// it; an engine that looks at the world does not listen.
    Recorded {
        /// The run that has begun.
        run: SemanticHash,
        /// What was really done, and what came of it.
        recorded: RecordedRun,
    },
    /// Another program runs from here on.
    ProgramSwap(Box<Program>),
    /// All samples up to and including `until` have been told: the grid steps up to there are evaluated.
    Watermark {
        /// Event time.
        until: Timestamp,
    },
}

/// The value of a field of an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// A number in the base unit of its dimension.
    Number(f64),
    /// A text, or a relation.
    Text(String),
    /// A relation to several.
    Texts(Vec<String>),
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
