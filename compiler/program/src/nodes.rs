//! The nodes of a program. Every table is sorted by item path, so equal sources in any order give equal programs.

use serde::{Deserialize, Serialize};

use crate::{Dimension, Expression, Millis, SemanticHash, index::*};

/// Where an item stands in its package: `module.name`, or `std.module.name` for the standard library.
/// It is what people see and what guard state hangs on.
pub type ItemPath = String;

/// What every node carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Where the item stands.
    pub path: ItemPath,
    /// Hash of what the node means, with what it reads; not of its name, place or formatting.
    pub hash: SemanticHash,
    /// The item's doc comment, one line a line. Not part of the hash.
    pub documentation: String,
    /// Where it was written. Not part of any hash.
    pub origin: Origin,
}

/// A place in a source file, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Path from the package's root, with `/`; `std/...` for the standard library.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
}

/// `param budget: duration in 100ms..2s = 250ms`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Path, hash, origin.
    pub head: Head,
    /// What the number measures.
    pub dimension: Dimension,
    /// The value that holds, in the base unit.
    pub value: f64,
    /// Smallest and largest value a reviewer may choose.
    pub range: Option<(f64, f64)>,
}

/// `entity Pod by (namespace, pod) { ... }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Path, hash, origin.
    pub head: Head,
    /// Its key fields, in written order.
    pub keys: Vec<String>,
    /// Its fields, sorted by name.
    pub fields: Vec<Field>,
}

/// A field of an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
}

/// The type of a field or of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A text.
    Text,
    /// A number with a dimension.
    Quantity(Dimension),
    /// Another entity.
    Entity(EntityIndex),
}

/// `signal latency: duration by (service) { ... }` or `counter ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Path, hash, origin.
    pub head: Head,
    /// What a sample measures.
    pub dimension: Dimension,
    /// Whether it is a monotone counter.
    pub counter: bool,
    /// From the source's unit to the base unit: `base = raw * scale + offset`.
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
    /// The unit written after `in`, if any: reports show values in it.
    pub unit: Option<String>,
    /// Its key fields, in written order.
    pub keys: Vec<String>,
    /// Where samples come from.
    pub source: Source,
    /// How often a sample is expected.
    pub every: Millis,
    /// How long a sample counts as the current value. Default: 3 x `every`.
    pub stale_after: Millis,
    /// How long after a grid step it is evaluated: 0 for pulled sources.
    pub lateness: Millis,
    /// Most keys kept; samples of further keys are dropped and counted.
    pub keys_max: u32,
}

impl Signal {
    /// Hash of source, query and labels: what a recording of this signal's query is found by.
    #[must_use]
    pub fn source_hash(&self) -> SemanticHash {
        let (kind, text, matching): (&str, &str, &[(String, String)]) = match &self.source {
            Source::Prometheus { query } => ("prometheus", query, &[]),
            Source::Metric { name, matching } => ("metric", name, matching),
        };
        let matching = matching.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        let keys = self.keys.iter().map(String::as_bytes);
        SemanticHash::of([kind.as_bytes(), text.as_bytes()].into_iter().chain(keys).chain(matching))
    }
}

/// Where a signal's samples come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A PromQL query, evaluated at each grid step.
    Prometheus {
        /// The query.
        query: String,
    },
    /// Raw series by name: what a recording carries, or what is pushed.
    Metric {
        /// The series' name.
        name: String,
        /// Labels that must be equal, sorted.
        matching: Vec<(String, String)>,
    },
}

/// `detector slow { when ... for ... clear when ... severity ... }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    /// Path, hash, origin.
    pub head: Head,
    /// Fires when true for `hold`.
    pub when: Expression,
    /// `for`: true at every step from t to t + hold inclusive.
    pub hold: Millis,
    /// Without it the detector clears at the first false `when`; with it, only this clears.
    pub clear: Option<Clear>,
    /// How bad it is.
    pub severity: Severity,
    /// Key fields of its firings: the largest key among what it reads.
    pub keys: Vec<String>,
    /// Its grid: the fastest `every` among its signals.
    pub every: Millis,
    /// Evaluation lag behind the grid: the largest among its signals.
    pub lateness: Millis,
    /// The text of `when` as the formatter writes it, for explanations. Not part of the hash.
    pub when_text: String,
}

/// `clear when EXPR for D`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clear {
    /// The condition.
    pub when: Expression,
    /// For how long it must hold.
    pub hold: Millis,
}

/// How bad a firing is; ordered from least to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth looking at in office hours.
    Warning,
    /// Worth waking a person.
    Critical,
}

/// How much an action or plan can harm; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Reversible or harmless.
    Low,
    /// Noticeable if wrong.
    Medium,
    /// An outage if wrong: needs an approval.
    High,
}

/// A parameter of an action, channel or plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
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
}

/// What an action does. Text items may be parameters: no text is ever spliced into another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
        /// The verb: `evict`, `restart`, `scale_out`, ...
        verb: String,
        /// The parameter it works on.
        target: String,
    },
}

/// `channel page(team: text) { http POST "https://..." }`: how people are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Path, hash, origin.
    pub head: Head,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
    /// Where the message goes.
    pub url: String,
}

/// `plan recycle(pod: Pod) { risk low  require ...  step ... }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Path, hash, origin.
    pub head: Head,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
    /// The highest risk of its actions, or higher where the plan says so.
    pub risk: Risk,
    /// Conditions that must hold before the first step.
    pub requires: Vec<Require>,
    /// Steps, run in this order.
    pub steps: Vec<Step>,
}

/// `require EXPR`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Require {
    /// The condition.
    pub condition: Expression,
    /// Its text as the formatter writes it. Not part of the hash.
    pub text: String,
}

/// `step evict = k8s.evict(pod) { timeout 60s }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name in the plan.
    pub name: String,
    /// What it calls.
    pub action: ActionIndex,
    /// One argument a parameter of the action.
    pub arguments: Vec<Argument>,
    /// Longest time to wait, if it differs from the action's.
    pub timeout: Millis,
}

/// An argument of a call, evaluated when the call is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// An entity that the caller has under this name.
    Entity(String),
    /// An entity put together from the key fields at hand: one expression a key field, in the entity's order.
    EntityFromKey(EntityIndex, Vec<String>),
    /// A value.
    Value(Expression),
}

/// `policy heal_leaks { on ... where ... try ... then ... guard { ... } }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Path, hash, origin.
    pub head: Head,
    /// Whose firings it acts on.
    pub on: DetectorIndex,
    /// Only firings for which this is true.
    pub condition: Option<Require>,
    /// What to try, in order.
    pub ladder: Vec<Rung>,
    /// How far it may go.
    pub guard: Guard,
}

/// A rung of a ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Run a plan.
    Plan {
        /// Which.
        plan: PlanIndex,
        /// One argument a parameter of the plan.
        arguments: Vec<Argument>,
    },
    /// Tell people.
    Escalate {
        /// How; none: the service's default channel.
        channel: Option<ChannelIndex>,
        /// One argument a parameter of the channel.
        arguments: Vec<Argument>,
    },
}

/// `guard { ... }`: what bounds a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// `limit 20 per 1h, 3 per 1h per namespace`. At least one without `per` field when the ladder has a plan.
    pub limits: Vec<Limit>,
    /// `cooldown 30m per (namespace)`.
    pub cooldown: Option<Cooldown>,
    /// `approval "sre" when ..., timeout 15m else escalate`.
    pub approval: Option<Approval>,
    /// How long a ladder may be withheld before it escalates. Default 15 min.
    pub withheld_escalates_after: Millis,
}

/// At most `runs_max` run starts in any window `(t - window, t]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Most starts.
    pub runs_max: u32,
    /// Length of the sliding window.
    pub window: Millis,
    /// Key fields that count apart; none: one counter.
    pub per: Vec<String>,
}

/// At least `span` between two run starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cooldown {
    /// The time between.
    pub span: Millis,
    /// Key fields that count apart; none: the firing's whole key.
    pub per: Vec<String>,
}

/// A person must agree before a run starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The team that is asked.
    pub team: String,
    /// Ask only when this is true or unknown; none: always.
    pub condition: Option<Require>,
    /// How long an answer is waited for.
    pub timeout: Millis,
    /// What happens when none comes.
    pub on_timeout: OnTimeout,
}

/// What an approval that ran out leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The ladder ends and people are told.
    Escalate,
    /// The rung counts as rejected; the ladder ends and people are told that too, as a rejection.
    Reject,
}
