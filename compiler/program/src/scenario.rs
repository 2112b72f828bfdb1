//! Tests in the language as data: what is given, how the world answers, what is expected. Instants are spans since the
//! scenario's start.

use serde::{Deserialize, Serialize};

use crate::{Millis, Origin, Timestamp, index::*};

/// `test "recycles a leaking pod once" { ... }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// The module it stands in.
    pub module: String,
    /// Where it was written.
    pub origin: Origin,
    /// Its name, in the file of its origin.
    pub place: Place,
    /// When it begins. Default: Monday 2024-01-01T00:00:00Z.
    pub start: Timestamp,
    /// How long it runs; none: until the last thing that is given or expected.
    pub run_for: Option<Millis>,
    /// Samples.
    pub series: Vec<GivenSeries>,
    /// Fields of entities.
    pub entities: Vec<GivenEntity>,
    /// Events.
    pub events: Vec<GivenEvent>,
    /// How the world answers to plans, in written order.
    pub answers: Vec<Answer>,
    /// Telemetry that stops.
    pub stops: Vec<Stop>,
    /// What people say, in written order.
    pub decisions: Vec<Decision>,
    /// The recording that is replayed instead of what is given.
    pub replay: Option<String>,
    /// What is expected, in written order.
    pub expectations: Vec<Expectation>,
}

/// A stretch of a file, in bytes: what failure output underlines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

/// What samples are of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampled {
    /// A signal: `rss`
    Signal(SignalIndex),
    /// A field of an entity that is a number: `Workload.available`
    Field(EntityIndex, String),
}

/// Key fields with their values; not all of them must be named.
pub type Selector = Vec<(String, String)>;

/// `given rss{pod: "a"} = 200MiB for 1h then rising 4MiB/m for 3h`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GivenSeries {
    /// What it is of.
    pub of: Sampled,
    /// Its key, every field.
    pub key: Vec<String>,
    /// Its stretches.
    pub segments: Vec<Segment>,
}

/// A stretch of a series; values are in the base unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// What it looks like.
    pub shape: Shape,
    /// How long it lasts; none: to the end.
    pub span: Option<Millis>,
}

/// What a stretch of a series looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One value.
    Steady(f64),
    /// So much more each second, from where the series is; less when negative.
    Slope(f64),
    /// A straight line from where the series is.
    To(f64),
    /// A sine from `low` up to `high` and back in each `every`, beginning at `low`.
    Wave {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// The length of a wave.
        every: Millis,
    },
    /// No samples.
    Missing,
    /// One sample each `every` of the signal; none: no sample.
    Values(Vec<Option<f64>>),
}

/// `given Pod{namespace: "cart", pod: "a"} = {workload: "cart"}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GivenEntity {
    /// The entity.
    pub entity: EntityIndex,
    /// Its key, every field.
    pub key: Vec<String>,
    /// Its fields.
    pub fields: Vec<(String, GivenValue)>,
}

/// The value of a field of an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenValue {
    /// A number in the base unit.
    Number(f64),
    /// A text; of a relation, the last key field of the other entity. Its other key fields are those of equal name.
    Text(String),
    /// Several of them.
    Texts(Vec<String>),
}

/// `given deploy{service: "cart"} at 10m, 2h`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GivenEvent {
    /// The event.
    pub event: EventIndex,
    /// Its key, every field.
    pub key: Vec<String>,
    /// When.
    pub at: Vec<Millis>,
}

/// `on recycle: rss = 200MiB`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The plan.
    pub plan: PlanIndex,
    /// One step of it; none: all of it.
    pub step: Option<String>,
    /// What happens.
    pub effect: Effect,
}

/// What comes of a plan or step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Samples go another way from the end of the run's last step on, for the keys that agree with the run's and with
    /// `key`.
    Becomes {
        /// What they are of.
        of: Sampled,
        /// Narrows its keys.
        key: Selector,
        /// Its stretches.
        segments: Vec<Segment>,
    },
    /// It takes that long.
    SucceedsAfter(Millis),
    /// It fails.
    Fails(String),
    /// No outcome ever comes.
    Hangs,
    /// It says that it succeeded, and nothing becomes another.
    Lies,
    /// What becomes another does, and then it fails.
    Half,
}

/// `stop rss{pod: "a"} at 1h for 10m`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// What does not arrive.
    pub of: Stopped,
    /// Narrows its keys.
    pub key: Selector,
    /// From when.
    pub at: Millis,
    /// For how long; none: to the end.
    pub span: Option<Millis>,
}

/// Telemetry that can stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Samples of one kind.
    Sampled(Sampled),
    /// Everything that is known of an entity: `stop Pod{pod: "a"} at 1h`
    Entity(EntityIndex),
}

/// `approve "sre" after 5m`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The team that is asked.
    pub team: String,
    /// Whether it agrees.
    pub grants: bool,
    /// How long after it was asked.
    pub after: Millis,
}

/// `expect no recycle{pod: "a"} at 1h..2h`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// As it was written.
    pub text: String,
    /// Where.
    pub origin: Origin,
    /// The same, in the file of its origin.
    pub place: Place,
    /// Whether none is expected.
    pub negated: bool,
    /// What is counted.
    pub subject: Subject,
    /// Narrows its keys.
    pub key: Selector,
    /// Narrows them further, all together.
    pub conditions: Vec<Condition>,
    /// How many; none: at least one.
    pub count: Option<Count>,
    /// That every incident is followed by one of them within so long.
    pub of_every_incident_within: Option<Millis>,
}

/// What an expectation counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Firings of a detector; none: of any.
    Firing(Option<DetectorIndex>),
    /// Runs of a plan; none: of any.
    Run(Option<PlanIndex>),
    /// Runs that a policy starts.
    PolicyRun(PolicyIndex),
    /// Actions of an item; none: of any.
    Action(Option<ActionIndex>),
    /// Times that people are told through a channel; none: through any.
    Escalation(Option<ChannelIndex>),
    /// Requests for approval of a team; none: of any.
    Approval(Option<String>),
    /// An event.
    Event(EventIndex),
}

/// What narrows what an expectation counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It begins in this stretch, both ends included.
    Begins(Millis, Millis),
    /// It ends in this stretch, both ends included.
    Ends(Millis, Millis),
    /// It is withheld, by this guard if one is named; what is counted then is what did not start.
    Withheld(Option<String>),
    /// Its run ends so: `passed`, `failed`, `inconclusive`, `skipped`, `rejected`.
    RunEnds(String),
    /// It begins in no incident.
    OutsideIncidents,
    /// Its explanation contains this text.
    Because(String),
}

/// What can hold a run back, as tests name it.
pub const GUARD_WORDS: &[&str] = &[
    "where",
    "require",
    "limit",
    "cooldown",
    "blast_radius",
    "concurrency",
    "breaker",
    "approval",
    "canary",
    "freeze",
    "only",
    "storm",
    "busy",
    "disturbs",
    "topology",
    "shadow",
];

/// How a run can end, as tests name it.
pub const RUN_ENDS: &[&str] = &["passed", "failed", "inconclusive", "skipped", "rejected"];

/// How many are expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// So many.
    Exactly(u32),
    /// So many or more.
    AtLeast(u32),
    /// So many or fewer.
    AtMost(u32),
}
