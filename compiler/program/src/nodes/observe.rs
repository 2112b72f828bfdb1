//! What is observed: entities, signals, events, sources, detectors.

use serde::{Deserialize, Serialize};

use super::{FieldKind, Head};
use crate::{Dimension, Expression, Millis, SemanticHash, index::*};

/// `entity Pod by (namespace, pod) { ... }`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Path, hash, origin.
    pub head: Head,
    /// Its key fields, in written order.
    pub keys: Vec<String>,
    /// Its fields, sorted by name.
    pub fields: Vec<Field>,
    /// Where it is read which of them there are, with their texts and relations; none: nobody says.
    pub feed: Option<Feed>,
}

/// A field of an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
    /// Where its samples come from, for a number; a text or relation is a label of the entity's feed.
    pub source: Option<Source>,
    /// From the source's unit to the base unit: `base = raw * scale + offset`.
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
}

/// How often something is read, and for how long a reading holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// Where from; none where only the fields have sources.
    pub source: Option<Source>,
    /// How often.
    pub every: Millis,
    /// How long a reading counts as the current one. Default: 3 x `every`.
    pub stale_after: Millis,
    /// Most keys kept.
    pub keys_max: u32,
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
    /// How long after a grid step it is evaluated: 0 for pulled sources, 10 s for pushed ones.
    pub lateness: Millis,
    /// Most keys kept; samples of further keys are dropped and counted.
    pub keys_max: u32,
}

impl Signal {
    /// Whether it counts lines of a log: 0, not unknown, for a known key while the log lives.
    #[must_use]
    pub fn counts_lines(&self) -> bool {
        match &self.source {
            Source::Logs(lines) => matches!(lines.reading, LogReading::Count { .. }),
            Source::Prometheus { .. } | Source::Metric { .. } => false,
        }
    }

    /// Hash of source, query and labels: what a recording of this signal's query is found by.
    #[must_use]
    pub fn source_hash(&self) -> SemanticHash {
        self.source.hash(&self.keys)
    }
}

/// Where samples come from.
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
    /// Lines of a log.
    Logs(LogSource),
}

/// Lines of a log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogSource {
    /// Which log.
    pub name: String,
    /// A regular expression with named groups; none: the lines are JSON objects.
    pub pattern: Option<String>,
    /// What groups or fields must be equal to, sorted.
    pub matching: Vec<(String, String)>,
    /// What is made of the lines that match.
    pub reading: LogReading,
}

/// What is made of lines of a log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogReading {
    /// How many there are in each span; 0 for a known key while the source lives.
    Count {
        /// The span.
        per: Millis,
    },
    /// The number in a group or field of each.
    Value {
        /// The group or field.
        field: String,
    },
    /// Each is an event.
    Event,
}

impl Source {
    /// Hash of source, query, key fields and labels.
    #[must_use]
    pub fn hash(&self, keys: &[String]) -> SemanticHash {
        let per;
        let (kind, text, matching, rest): (&str, &str, &[(String, String)], Vec<&str>) = match self {
            Source::Prometheus { query } => ("prometheus", query, &[], Vec::new()),
            Source::Metric { name, matching } => ("metric", name, matching, Vec::new()),
            Source::Logs(LogSource { name, pattern, matching, reading }) => {
                let (word, detail) = match reading {
                    LogReading::Count { per: span } => {
                        per = span.0.to_string();
                        ("count", per.as_str())
                    }
                    LogReading::Value { field } => ("value", field.as_str()),
                    LogReading::Event => ("event", ""),
                };
                let pattern = pattern.as_deref();
                let form = if pattern.is_some() { "match" } else { "json" };
                ("logs", name, matching, vec![form, pattern.unwrap_or(""), word, detail])
            }
        };
        let matching = matching.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        let keys = keys.iter().map(String::as_bytes);
        let parts = [kind.as_bytes(), text.as_bytes()].into_iter();
        SemanticHash::of(parts.chain(rest.into_iter().map(str::as_bytes)).chain(keys).chain(matching))
    }
}

/// `event deploy by (service) { ... }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Path, hash, origin.
    pub head: Head,
    /// Its key fields, in written order.
    pub keys: Vec<String>,
    /// Where it comes from.
    pub source: EventSource,
    /// Most keys kept.
    pub keys_max: u32,
}

/// Where events come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSource {
    /// What is pushed, or recorded, under a name.
    Named {
        /// The name.
        name: String,
        /// Labels that must be equal, sorted.
        matching: Vec<(String, String)>,
    },
    /// What a source brings.
    Source {
        /// Which.
        source: SourceIndex,
        /// Fields that must be equal, sorted.
        matching: Vec<(String, String)>,
    },
    /// Lines of a log.
    Logs(LogSource),
}

impl EventSource {
    /// Labels or fields that must be equal, sorted; whoever reads a log has compared its own already.
    #[must_use]
    pub fn matching(&self) -> &[(String, String)] {
        match self {
            EventSource::Named { matching, .. } | EventSource::Source { matching, .. } => matching,
            EventSource::Logs(_) => &[],
        }
    }
}

/// `source alertmanager { ... }`: what a webhook brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebhookSource {
    /// Path, hash, origin.
    pub head: Head,
    /// The path of the webhook, such as `/hooks/alertmanager`.
    pub webhook: String,
    /// Secrets by name.
    pub secrets: Vec<Secret>,
    /// The header that carries an HMAC-SHA256 of the body, and the name of the secret that it is made with.
    pub signature: Option<(String, String)>,
    /// The list in `body` that has one event an element, called `it`; none: the body is one event, called `it`.
    pub each: Option<Expression>,
    /// Which of them count.
    pub condition: Option<Expression>,
    /// The key fields of the event.
    pub keys: Vec<String>,
    /// The fields of the event by name, sorted: its key fields, and any others.
    pub fields: Vec<(String, Expression)>,
}

/// `secret key = env("NAME")`: where a secret is found. Its value is never part of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name where it is used.
    pub name: String,
    /// Where it is found.
    pub store: SecretStore,
    /// The variable or path.
    pub reference: String,
}

/// Where secrets are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretStore {
    /// A variable of the service's environment.
    Env,
    /// A file that the service can read.
    File,
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

/// `topology checkout -> payments`: that one entity depends on another, told by key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// What depends.
    pub from: String,
    /// What it depends on.
    pub to: String,
}
