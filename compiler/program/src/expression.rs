//! Expression data: typed, resolved, in base units. `heal-expr` writes it, `heal-evaluate` reads it.

pub use heal_operators::{BinaryOperator, Binding, UnaryOperator};
use serde::{Deserialize, Serialize};

use crate::{Calendar, Millis, index::*};

/// An expression. Numbers are doubles in the base unit of their dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// A quantity or plain number.
    Number(f64),
    /// A whole number of CEL: its arithmetic overflows and divides as CEL says.
    Integer(i64),
    /// A text.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list.
    List(Vec<Expression>),
    /// The value of a `param`.
    Param(ParamIndex),
    /// The last value of a signal for the key at hand; unknown when there is none or it is stale.
    Signal(SignalIndex),
    /// A window function over a signal's samples in `(t - span, t]`.
    Window {
        /// What is computed.
        function: WindowFunction,
        /// Whose samples.
        signal: SignalIndex,
        /// How far back.
        span: Millis,
    },
    /// What a learned function says of a signal.
    Learned {
        /// Whose samples.
        signal: SignalIndex,
        /// How it is learned.
        model: Learned,
        /// What is asked of it.
        part: LearnedPart,
    },
    /// How long until a forecast reaches a value, in seconds; unknown when it does not within its horizon.
    TimeTo {
        /// Whose samples.
        signal: SignalIndex,
        /// The forecast.
        model: Learned,
        /// The value.
        threshold: Box<Expression>,
    },
    /// Whether no sample of a signal came for the key at hand in `(t - span, t]`, by the engine's clock. Never unknown for
    /// a key that was seen.
    Absent {
        /// Whose samples.
        signal: SignalIndex,
        /// How long.
        span: Millis,
    },
    /// An operand over all its keys, grouped by some of their fields.
    Aggregate {
        /// What is computed of a group.
        function: AggregateFunction,
        /// The fields that tell groups apart, in the operand's order; empty: one group.
        by: Vec<String>,
        /// The key of the operand.
        keys: Vec<String>,
        /// The operand.
        operand: Box<Expression>,
    },
    /// An operand read for another key than the one at hand: `rss[pod]`, `deploy[pod.service]`.
    ForKey {
        /// The operand.
        operand: Box<Expression>,
        /// Each key field of the operand with its value.
        key: Vec<(String, Expression)>,
    },
    /// Whether a detector fires for the key at hand.
    Firing(DetectorIndex),
    /// Whether an event of the key at hand happened in `(t - span, t]`.
    EventWithin {
        /// Which.
        event: EventIndex,
        /// How far back.
        span: Millis,
    },
    /// How many events of the key at hand happened in `(t - span, t]`.
    EventCount {
        /// Which.
        event: EventIndex,
        /// How far back.
        span: Millis,
    },
    /// Whether the engine's time is inside a calendar.
    During(Calendar),
    /// A field of the key at hand, such as `region`; inside an action, channel or plan, one of its parameters.
    KeyField(String),
    /// A field of an entity, reached from a parameter or from the key, such as `pod.workload.available`.
    EntityField {
        /// The name the path starts from: a plan's parameter, or an entity in scope under its lower-case name.
        root: String,
        /// The entity of the root.
        entity: EntityIndex,
        /// Field names from the root, at least one.
        path: Vec<String>,
    },
    /// A field of the episode that a channel tells of.
    Episode(EpisodeField),
    /// A secret of the action, channel or source at hand, by its name there. Its value is never part of a program.
    Secret(String),
    /// A name that a list macro or a source binds: `it`, `body`, `status`.
    Variable(String),
    /// A field of a value from outside; unknown where it has none.
    Select(Box<Expression>, String),
    /// An element of a list or of a value from outside; unknown where there is none.
    Element(Box<Expression>, Box<Expression>),
    /// `list.all(it, condition)` and its relatives.
    Comprehension {
        /// Which.
        kind: Comprehension,
        /// The list.
        list: Box<Expression>,
        /// What one of its elements is called.
        variable: String,
        /// What is asked of each, or made of it.
        body: Box<Expression>,
    },
    /// An operator with one operand.
    Unary(UnaryOperator, Box<Expression>),
    /// An operator with two operands.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `condition ? then : otherwise`.
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `x.or(fallback)`: the fallback where `x` is unknown.
    Or(Box<Expression>, Box<Expression>),
    /// A pure function of its arguments.
    Call(Function, Vec<Expression>),
}

/// A window function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowFunction {
    /// Arithmetic mean of the samples.
    Avg,
    /// Smallest sample.
    Min,
    /// Largest sample.
    Max,
    /// Sum of the samples.
    Sum,
    /// Number of samples.
    Count,
    /// Population standard deviation of the samples.
    Stddev,
    /// The middle sample, or the mean of the two middle ones.
    Median,
    /// A quantile in ten-thousandths, linear between the samples around it.
    Quantile(u32),
    /// Increase of a counter a second: the sum of its steps (a step down is a reset and counts the new value)
    /// over the time between the first and the last sample. Unknown with fewer than two samples.
    Rate,
    /// Increase of a counter over the window: its rate times the window.
    Increase,
    /// Last sample less the first one.
    Delta,
    /// Slope of the least-squares line through the samples, a second.
    Slope,
    /// The value as it was `span` ago: the newest sample at or before `t - span`, unless it was stale then.
    Lag,
    /// Exponentially weighted mean with `span` as its half-life.
    Ewma,
}

impl WindowFunction {
    /// The word of the language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            WindowFunction::Avg => "avg",
            WindowFunction::Min => "min",
            WindowFunction::Max => "max",
            WindowFunction::Sum => "sum",
            WindowFunction::Count => "count",
            WindowFunction::Stddev => "stddev",
            WindowFunction::Median => "median",
            WindowFunction::Quantile(_) => "quantile",
            WindowFunction::Rate => "rate",
            WindowFunction::Increase => "increase",
            WindowFunction::Delta => "delta",
            WindowFunction::Slope => "slope",
            WindowFunction::Lag => "lag",
            WindowFunction::Ewma => "ewma",
        }
    }

    /// A use of it over a span: `avg(5m)`, `quantile(0.99, 5m)`.
    #[must_use]
    pub fn call(self, span: &str) -> String {
        match self {
            WindowFunction::Quantile(part) => format!("quantile({}, {span})", share(part)),
            WindowFunction::Avg
            | WindowFunction::Min
            | WindowFunction::Max
            | WindowFunction::Sum
            | WindowFunction::Count
            | WindowFunction::Stddev
            | WindowFunction::Median
            | WindowFunction::Rate
            | WindowFunction::Increase
            | WindowFunction::Delta
            | WindowFunction::Slope
            | WindowFunction::Lag
            | WindowFunction::Ewma => format!("{}({span})", self.word()),
        }
    }
}

/// A function that learns from a signal's past. Each learns once a new sample, and is unknown until it has seen
/// `train` of its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learned {
    /// What is usual at this time of the season: robust centre and spread of the same time in earlier seasons.
    Baseline {
        /// The length of a season.
        season: Millis,
        /// How much past it is learned from.
        train: Millis,
    },
    /// Where the signal will be.
    Forecast {
        /// How far ahead.
        ahead: Millis,
        /// How much past it is learned from.
        train: Millis,
        /// How.
        method: ForecastMethod,
    },
    /// How far one of a group is from its peers.
    Outlier {
        /// The fields that tell groups apart.
        by: Vec<String>,
        /// How much past is compared.
        train: Millis,
    },
    /// Whether the signal's level or spread has changed.
    Changepoint {
        /// How much past it is learned from.
        train: Millis,
    },
    /// A streaming score of strangeness, without a season.
    Anomaly {
        /// How much past it is learned from.
        train: Millis,
    },
    /// A model from a file of the package.
    Model {
        /// The file, from the package's root.
        path: String,
        /// How many samples it is given.
        samples: u32,
    },
}

/// How a forecast is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastMethod {
    /// The one with the smallest error on the training data.
    Auto,
    /// A least-squares line.
    Linear,
    /// Exponential smoothing with trend and season.
    HoltWinters,
    /// Seasonal and trend decomposition.
    Mstl,
}

/// What is asked of a learned function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnedPart {
    /// The expected value.
    Value,
    /// The lower end of what is usual.
    Lower,
    /// The upper end of what is usual.
    Upper,
    /// How unusual the last sample is.
    Score,
}

/// What is computed of a group of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AggregateFunction {
    /// Arithmetic mean.
    Avg,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Sum.
    Sum,
    /// Number of keys that are known; of conditions, of those that are true. Unknown where the operand is for keys whose
    /// samples come, as while their windows fill.
    Count,
    /// Population standard deviation.
    Stddev,
    /// A quantile in ten-thousandths.
    Quantile(u32),
    /// Whether the condition is true for any.
    Any,
    /// Whether the condition is true for all.
    All,
}

impl AggregateFunction {
    /// The word of the language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            AggregateFunction::Avg => "avg",
            AggregateFunction::Min => "min",
            AggregateFunction::Max => "max",
            AggregateFunction::Sum => "sum",
            AggregateFunction::Count => "count",
            AggregateFunction::Stddev => "stddev",
            AggregateFunction::Quantile(_) => "quantile",
            AggregateFunction::Any => "any",
            AggregateFunction::All => "all",
        }
    }

    /// A use of it, with what stands between its brackets beside the share of a quantile: `sum(by: [service])`,
    /// `quantile(0.9)`.
    #[must_use]
    pub fn call(self, rest: &str) -> String {
        let share = match self {
            AggregateFunction::Quantile(part) => Some(share(part).to_string()),
            AggregateFunction::Avg
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Sum
            | AggregateFunction::Count
            | AggregateFunction::Stddev
            | AggregateFunction::Any
            | AggregateFunction::All => None,
        };
        let rest = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
        let arguments: Vec<String> = share.into_iter().chain(rest).collect();
        format!("{}({})", self.word(), arguments.join(", "))
    }
}

/// Ten-thousandths as a share of one.
fn share(part: u32) -> f64 {
    f64::from(part) / 10_000.0
}

/// Longest list that a list macro goes through: of a longer one the result is unknown. With it the checker bounds what
/// an expression can cost.
pub const LIST_MAX: usize = 1_000;

/// A list macro of CEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comprehension {
    /// `all`
    All,
    /// `exists`
    Exists,
    /// `exists_one`
    ExistsOne,
    /// `filter`
    Filter,
    /// `map`
    Map,
}

/// What a channel can say about the episode it tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpisodeField {
    /// The firing's id: the dedup key of whoever is told.
    Id,
    /// One sentence.
    Summary,
    /// `info`, `warning`, `critical`
    Severity,
    /// The detector's path.
    Detector,
    /// The policy's path.
    Policy,
    /// Why people are told.
    Reason,
    /// When it began.
    Started,
}

/// A pure function, CEL's name in brackets where it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `text.startsWith(prefix)`
    StartsWith,
    /// `text.endsWith(suffix)`
    EndsWith,
    /// `text.contains(part)`
    Contains,
    /// `text.matches(pattern)`; RE2 syntax.
    Matches,
    /// `size(text)`, `size(list)`
    Size,
    /// `has(value.field)`
    Has,
    /// `int(x)`
    Int,
    /// `double(x)`
    Double,
    /// `string(x)`
    String,
    /// `bool(x)`
    Bool,
    /// `duration(text)`: as seconds.
    Duration,
    /// `timestamp(text)`: as seconds since 1970-01-01T00:00:00Z.
    Timestamp,
    /// `at.getHours()`, `at.getHours("Europe/Berlin")`: a part of a point in time, in UTC or in the zone.
    TimePart(TimePart),
}

/// A part of a point in time, CEL's name in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimePart {
    /// The year (`getFullYear`).
    FullYear,
    /// The month, from 0 (`getMonth`).
    Month,
    /// The day of the year, from 0 (`getDayOfYear`).
    DayOfYear,
    /// The day of the month, from 0 (`getDayOfMonth`).
    DayOfMonth,
    /// The day of the month, from 1 (`getDate`).
    Date,
    /// The day of the week, from Sunday, which is 0 (`getDayOfWeek`).
    DayOfWeek,
    /// The hour, from 0 (`getHours`).
    Hours,
    /// The minute (`getMinutes`).
    Minutes,
    /// The second (`getSeconds`).
    Seconds,
    /// The thousandth of a second (`getMilliseconds`).
    Milliseconds,
}

impl TimePart {
    /// All of them.
    pub const ALL: [TimePart; 10] = [
        TimePart::FullYear,
        TimePart::Month,
        TimePart::DayOfYear,
        TimePart::DayOfMonth,
        TimePart::Date,
        TimePart::DayOfWeek,
        TimePart::Hours,
        TimePart::Minutes,
        TimePart::Seconds,
        TimePart::Milliseconds,
    ];

    /// The word of the language, which is CEL's.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            TimePart::FullYear => "getFullYear",
            TimePart::Month => "getMonth",
            TimePart::DayOfYear => "getDayOfYear",
            TimePart::DayOfMonth => "getDayOfMonth",
            TimePart::Date => "getDate",
            TimePart::DayOfWeek => "getDayOfWeek",
            TimePart::Hours => "getHours",
            TimePart::Minutes => "getMinutes",
            TimePart::Seconds => "getSeconds",
            TimePart::Milliseconds => "getMilliseconds",
        }
    }
}

/// What one node of an expression reads of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// A signal, and how far back.
    Signal(SignalIndex, Millis),
    /// Whether a detector fires.
    Detector(DetectorIndex),
    /// An event, and how far back.
    Event(EventIndex, Millis),
    /// Fields of an entity.
    Entity(EntityIndex),
}

/// How large an expression is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpressionSize {
    /// Its nodes.
    pub nodes: usize,
    /// How deep they nest: a lone name is 1.
    pub depth: usize,
}

impl Learned {
    /// How far back it looks for what it has to learn; a model looks back a number of samples instead.
    #[must_use]
    pub fn train(&self) -> Millis {
        match self {
            Learned::Baseline { train, .. }
            | Learned::Forecast { train, .. }
            | Learned::Outlier { train, .. }
            | Learned::Changepoint { train }
            | Learned::Anomaly { train } => *train,
            Learned::Model { .. } => Millis::ZERO,
        }
    }
}

/// What the operands of an expression are, said once for those that are changed and for those that are looked at.
macro_rules! operands {
    ($(#[$documentation:meta])* $name:ident, $iter:ident, ($($mut:tt)?)) => {
        $(#[$documentation])*
        pub fn $name<'a>(&'a $($mut)? self, visit: &mut dyn FnMut(&'a $($mut)? Expression)) {
            match self {
                Expression::Number(_)
                | Expression::Integer(_)
                | Expression::Text(_)
                | Expression::Bool(_)
                | Expression::Param(_)
                | Expression::Signal(_)
                | Expression::Window { .. }
                | Expression::Learned { .. }
                | Expression::Absent { .. }
                | Expression::Firing(_)
                | Expression::EventWithin { .. }
                | Expression::EventCount { .. }
                | Expression::During(_)
                | Expression::KeyField(_)
                | Expression::EntityField { .. }
                | Expression::Episode(_)
                | Expression::Secret(_)
                | Expression::Variable(_) => {}
                Expression::TimeTo { threshold: operand, .. }
                | Expression::Aggregate { operand, .. }
                | Expression::Select(operand, _)
                | Expression::Unary(_, operand) => visit(operand),
                Expression::ForKey { operand, key } => {
                    visit(operand);
                    key.$iter().for_each(|(_, value)| visit(value));
                }
                Expression::Comprehension { list: left, body: right, .. }
                | Expression::Element(left, right)
                | Expression::Binary(_, left, right)
                | Expression::Or(left, right) => {
                    visit(left);
                    visit(right);
                }
                Expression::Conditional(condition, then, otherwise) => {
                    visit(condition);
                    visit(then);
                    visit(otherwise);
                }
                Expression::List(items) | Expression::Call(_, items) => items.$iter().for_each(visit),
            }
        }
    };
}

impl Expression {
    /// What this node reads, without what is below it.
    #[must_use]
    pub fn read(&self) -> Option<Read> {
        match self {
            Expression::Signal(signal) => Some(Read::Signal(*signal, Millis::ZERO)),
            Expression::Window { signal, span, .. } | Expression::Absent { signal, span } => {
                Some(Read::Signal(*signal, *span))
            }
            Expression::Learned { signal, model, .. } | Expression::TimeTo { signal, model, .. } => {
                Some(Read::Signal(*signal, model.train()))
            }
            Expression::Firing(detector) => Some(Read::Detector(*detector)),
            Expression::EventWithin { event, span } | Expression::EventCount { event, span } => {
                Some(Read::Event(*event, *span))
            }
            Expression::EntityField { entity, .. } => Some(Read::Entity(*entity)),
            Expression::Number(_)
            | Expression::Integer(_)
            | Expression::Text(_)
            | Expression::Bool(_)
            | Expression::List(_)
            | Expression::Param(_)
            | Expression::Aggregate { .. }
            | Expression::ForKey { .. }
            | Expression::During(_)
            | Expression::KeyField(_)
            | Expression::Episode(_)
            | Expression::Secret(_)
            | Expression::Variable(_)
            | Expression::Select(..)
            | Expression::Element(..)
            | Expression::Comprehension { .. }
            | Expression::Unary(..)
            | Expression::Binary(..)
            | Expression::Conditional(..)
            | Expression::Or(..)
            | Expression::Call(..) => None,
        }
    }

    /// Calls `visit` on this expression and everything below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        visit(self);
        self.each_operand(&mut |operand| operand.walk(visit));
    }

    /// How many nodes it has, itself included, and how deep they nest.
    #[must_use]
    pub fn size(&self) -> ExpressionSize {
        let mut size = ExpressionSize::default();
        let mut pending = vec![(self, 1)];
        while let Some((expression, depth)) = pending.pop() {
            size.nodes += 1;
            size.depth = size.depth.max(depth);
            expression.each_operand(&mut |operand| pending.push((operand, depth + 1)));
        }
        size
    }

    /// The expressions directly below this one, from left to right.
    #[must_use]
    pub fn operands(&self) -> Vec<&Expression> {
        let mut operands = Vec::new();
        self.each_operand(&mut |operand| operands.push(operand));
        operands
    }

    operands! {
        /// Calls `visit` on the expressions directly below this one, from left to right.
        each_operand, iter, ()
    }

    operands! {
        /// Like [`Expression::each_operand`], to change them.
        operands_mut, iter_mut, (mut)
    }

    /// The same with each part for which `other` has one put in its place, outermost first. What is put in is not looked
    /// into again.
    pub fn replace(&mut self, other: &mut dyn FnMut(&Expression) -> Option<Expression>) {
        match other(self) {
            Some(put) => *self = put,
            None => self.operands_mut(&mut |operand| operand.replace(other)),
        }
    }
}
