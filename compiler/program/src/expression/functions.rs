//! The functions of expressions, and their words.

use serde::{Deserialize, Serialize};

use crate::Millis;

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
