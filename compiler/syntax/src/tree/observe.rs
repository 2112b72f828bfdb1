//! What is observed: entities, signals, events, sources, detectors, topology.

use super::{Expression, Name, Object, Parameter, Path, Spanned, TypeName};

/// `entity NAME by (KEYS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its name.
    pub name: Name,
    /// Its key fields.
    pub keys: Vec<Name>,
    /// The statements in its braces, in order.
    pub statements: Vec<Spanned<EntityStatement>>,
}

/// A statement of an entity.
#[derive(Clone, Debug, PartialEq)]
pub enum EntityStatement {
    /// `desired: count`, `` available: count from prometheus `kube_deployment_status_replicas_available` ``
    Field(Field),
    /// `` from prometheus `kube_pod_info` ``: which entities there are, and the fields that are texts or relations.
    From(SampleSource),
    /// `every 1m`
    Every(Expression),
    /// `stale after 5m`
    StaleAfter(Expression),
    /// `at most 10000 keys`
    AtMost(Expression),
}

/// `NAME: TYPE in UNIT from SOURCE`
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub type_: TypeName,
    /// The unit after `in`.
    pub unit: Option<Name>,
    /// Where a number comes from.
    pub source: Option<SampleSource>,
}

/// Where samples come from.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleSource {
    /// ``prometheus `query` ``
    Prometheus(Spanned<String>),
    /// `metric "name" where a == "x" && b == "y"`
    Metric(Spanned<String>, Vec<Matcher>),
    /// ``logs "sshd" match `...` where level == "error" count per 1m``
    Logs(LogSource),
}

/// `label == "text"`
#[derive(Clone, Debug, PartialEq)]
pub struct Matcher {
    /// The label or field.
    pub name: Name,
    /// What it must be equal to.
    pub value: Spanned<String>,
}

/// Lines of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSource {
    /// Which log.
    pub name: Spanned<String>,
    /// A regular expression with named groups; none: the lines are JSON objects.
    pub pattern: Option<Spanned<String>>,
    /// What fields or groups must be equal to.
    pub matchers: Vec<Matcher>,
    /// What is made of a line that matches.
    pub reading: LogReading,
}

/// What a log is read for.
#[derive(Clone, Debug, PartialEq)]
pub enum LogReading {
    /// `count per 1m`
    CountPer(Expression),
    /// `value took`: a group or field that holds a number.
    Value(Name),
    /// Nothing was written: right for an event only.
    Line,
}

/// `signal NAME: TYPE in UNIT by (KEYS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Whether it was written `counter`.
    pub counter: bool,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub type_: TypeName,
    /// The unit after `in`.
    pub unit: Option<Name>,
    /// Its key fields.
    pub keys: Vec<Name>,
    /// The statements in its braces, in order, with their ranges.
    pub statements: Vec<Spanned<SignalStatement>>,
}

/// A statement of a signal.
#[derive(Clone, Debug, PartialEq)]
pub enum SignalStatement {
    /// ``from prometheus `query` ``
    From(SampleSource),
    /// `every 15s`
    Every(Expression),
    /// `stale after 2m`
    StaleAfter(Expression),
    /// `at most 10000 keys`
    AtMost(Expression),
}

/// `event NAME by (KEYS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: Name,
    /// Its key fields.
    pub keys: Vec<Name>,
    /// The statements in its braces.
    pub statements: Vec<Spanned<EventStatement>>,
}

/// A statement of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum EventStatement {
    /// `from std.argocd where phase == "Running"`: an event of a source or another event, narrowed.
    From(Path, Vec<Matcher>),
    /// `from event "deploy" where phase == "Running"`: what is pushed or recorded under that name.
    FromNamed(Spanned<String>, Vec<Matcher>),
    /// ``from logs "sshd" match `Accepted .* from (?<ip>\S+)` ``
    FromLogs(LogSource),
    /// `at most 10000 keys`
    AtMost(Expression),
}

/// `source NAME { ... }`: what a webhook brings.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name.
    pub name: Name,
    /// The statements in its braces.
    pub statements: Vec<Spanned<SourceStatement>>,
}

/// A statement of a source.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceStatement {
    /// `webhook "/hooks/alertmanager"`
    Webhook(Spanned<String>),
    /// `secret key = env("NAME")`
    Secret(Secret),
    /// `signature "X-Hub-Signature-256" key`: an HMAC-SHA256 of the body in that header.
    Signature(Spanned<String>, Name),
    /// `each body.alerts`: one event an element, which is called `it`.
    Each(Expression),
    /// `where it.kind == "deploy"`
    Where(Expression),
    /// `event by (alertname, instance) {firing: it.status == "firing", ...}`
    Event(Vec<Name>, Object),
}

/// `secret NAME = env("VARIABLE")` or `file("path")`
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    /// Its name here.
    pub name: Name,
    /// `env` or `file`.
    pub store: Name,
    /// The variable or path.
    pub reference: Spanned<String>,
}

/// `detector NAME { ... }`, `detector NAME(PARAMETERS) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// Its name.
    pub name: Name,
    /// Its parameters, which make it a template.
    pub parameters: Option<Vec<Parameter>>,
    /// The statements in its braces.
    pub statements: Vec<Spanned<DetectorStatement>>,
}

/// A statement of a detector.
#[derive(Clone, Debug, PartialEq)]
pub enum DetectorStatement {
    /// `when EXPR`
    When(Expression),
    /// `for 2m`
    For(Expression),
    /// `clear when EXPR`, `clear when EXPR for 5m`
    Clear(Expression, Option<Expression>),
    /// `severity critical`
    Severity(Name),
}

/// `topology checkout -> payments, redis`
#[derive(Clone, Debug, PartialEq)]
pub struct Topology {
    /// What depends.
    pub from: Name,
    /// What it depends on.
    pub to: Vec<Name>,
}
