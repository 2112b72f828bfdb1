//! From Prometheus' series to the samples of a signal.

use std::collections::BTreeMap;
use std::fmt;

use heal_program::{Conversion, Signal, SignalIndex, Timestamp};

use crate::{QueryAnswer, RawSeries};

/// A sample of a signal, in the base unit of its dimension. Always finite.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalSample {
    /// Of which signal.
    pub signal: SignalIndex,
    /// For which key, in the signal's order.
    pub key: Vec<String>,
    /// When it was measured.
    pub at: Timestamp,
    /// The value.
    pub value: f64,
}

/// Something that was left out, or that people should know about a query. Each names the signal's path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Series lack a label that is part of the key: they were left out.
    MissingLabel {
        /// The signal's path.
        signal: String,
        /// The label.
        label: String,
        /// How many series.
        series_count: u64,
    },
    /// Several series have the same key, and none of them can stand for it: they were left out.
    AmbiguousKey {
        /// The signal's path.
        signal: String,
        /// The first such key.
        key: Vec<String>,
        /// How many keys.
        keys_count: u64,
    },
    /// Points hold a histogram and no number: they were left out.
    Histogram {
        /// The signal's path.
        signal: String,
        /// How many.
        points_count: u64,
    },
    /// Prometheus has something to say.
    Warning {
        /// The signal's path.
        signal: String,
        /// What.
        text: String,
    },
    /// The history of a signal could not be had: its windows fill up from now on.
    NotWarmedUp {
        /// The signal's path.
        signal: String,
        /// Why.
        reason: String,
    },
    /// Nothing delivers this signal.
    NoSource {
        /// The signal's path.
        signal: String,
        /// What would.
        reason: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::MissingLabel { signal, label, series_count } => {
                write!(
                    formatter,
                    "`{signal}`: {series_count} series without the label `{label}` are left out"
                )
            }
            Finding::AmbiguousKey { signal, key, keys_count } => write!(
                formatter,
                "`{signal}`: several series for the key ({}) and {keys_count} keys in all; \
                 they are left out: aggregate in the query, as in `sum by (…) (…)`",
                key.join(", ")
            ),
            Finding::Histogram { signal, points_count } => {
                write!(
                    formatter,
                    "`{signal}`: {points_count} histograms are left out: use `histogram_quantile`"
                )
            }
            Finding::Warning { signal, text } => write!(formatter, "`{signal}`: Prometheus says: {text}"),
            Finding::NotWarmedUp { signal, reason } => {
                write!(formatter, "`{signal}` starts without its history: {reason}")
            }
            Finding::NoSource { signal, reason } => write!(formatter, "`{signal}` has no source: {reason}"),
        }
    }
}

/// The samples of a signal in an answer to its query, sorted by time and key, and what was left out.
pub(crate) fn samples_of(
    (index, signal): (SignalIndex, &Signal),
    answer: &QueryAnswer,
) -> (Vec<SignalSample>, Vec<Finding>) {
    let path = &signal.head.path;
    let mut findings: Vec<Finding> = answer
        .warnings
        .iter()
        .map(|text| Finding::Warning { signal: path.clone(), text: text.clone() })
        .collect();
    let mut missing: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_key: BTreeMap<Vec<String>, Vec<&RawSeries>> = BTreeMap::new();
    let mut points_count = 0;
    for series in &answer.series {
        points_count += series.histograms_count;
        match key_of(signal, series) {
            Ok(key) => by_key.entry(key).or_default().push(series),
            Err(label) => *missing.entry(label).or_default() += 1,
        }
    }
    findings.extend(missing.into_iter().map(|(label, series_count)| Finding::MissingLabel {
        signal: path.clone(),
        label: label.to_owned(),
        series_count,
    }));
    if points_count > 0 {
        findings.push(Finding::Histogram { signal: path.clone(), points_count });
    }
    let mut ambiguous = by_key.iter().filter(|(_, series)| series.len() > 1).map(|(key, _)| key);
    if let Some(first) = ambiguous.next() {
        let keys_count = 1 + ambiguous.count() as u64;
        findings.push(Finding::AmbiguousKey { signal: path.clone(), key: first.clone(), keys_count });
    }
    let conversion = Conversion::new(signal.scale, signal.offset);
    let mut samples: Vec<SignalSample> = Vec::new();
    for (key, series) in by_key {
        let [series] = series.as_slice() else { continue };
        for sample in &series.samples {
            let value = conversion.apply(sample.value);
            // Not-a-number is how Prometheus says "nothing here".
            if value.is_finite() {
                samples.push(SignalSample { signal: index, key: key.clone(), at: sample.at, value });
            }
        }
    }
    samples.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
    (samples, findings)
}

/// The key of a series, or the label that it lacks. Prometheus cannot tell an empty label from none.
pub(crate) fn key_of<'a>(signal: &'a Signal, series: &RawSeries) -> Result<Vec<String>, &'a str> {
    let value = |label: &'a String| match series.labels.get(label) {
        Some(value) if !value.is_empty() => Ok(value.clone()),
        Some(_) | None => Err(label.as_str()),
    };
    signal.keys.iter().map(value).collect()
}
