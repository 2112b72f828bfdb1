//! From Prometheus' series to those of a recording.

use std::collections::BTreeMap;

use heal_program::{Millis, Signal, Timestamp};
use heal_telemetry::{Labels, NewSeries, Sample, order_rows, series_text};

use super::HistoryError;
use crate::samples::key_of;
use crate::{Finding, QueryAnswer, RawSeries};

/// What is recorded of an answer.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The series, sorted by labels, none without a sample.
    pub series: Vec<NewSeries>,
    /// What was left out, and what Prometheus has to say.
    pub findings: Vec<Finding>,
}

/// What a signal would have read of an answer, recorded under `name` in `unit`: a series for each key, with the key's
/// labels only. Values stay as they are. As live, a key that two series have at one time has no value at that time.
#[must_use]
pub fn record_signal(
    signal: &Signal,
    (name, unit): (&str, &str),
    step: Millis,
    answer: QueryAnswer,
) -> Recorded {
    let path = &signal.head.path;
    let mut recorded = Recorded { series: Vec::new(), findings: warnings(path, &answer) };
    let mut missing: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_key: BTreeMap<Vec<String>, Vec<RawSeries>> = BTreeMap::new();
    for series in answer.series {
        match key_of(signal, &series) {
            Ok(key) => by_key.entry(key).or_default().push(series),
            Err(label) => *missing.entry(label).or_default() += 1,
        }
    }
    recorded.findings.extend(missing.into_iter().map(|(label, series_count)| Finding::MissingLabel {
        signal: path.clone(),
        label: label.to_owned(),
        series_count,
    }));
    let mut ambiguous: Vec<Vec<String>> = Vec::new();
    for (key, series) in by_key {
        let labels: Labels = signal.keys.iter().cloned().zip(key.iter().cloned()).collect();
        let (samples, is_ambiguous) = one_of(series);
        if is_ambiguous {
            ambiguous.push(key);
        }
        recorded.series.extend(new_series((name, unit), labels, step, samples));
    }
    let keys_count = ambiguous.len() as u64;
    if let Some(key) = ambiguous.into_iter().next() {
        recorded.findings.push(Finding::AmbiguousKey { signal: path.clone(), key, keys_count });
    }
    recorded
}

/// All series of an answer, recorded under `name` in `unit` with all of their labels.
///
/// # Errors
/// When two of them differ in nothing but Prometheus' name for them.
pub fn record_query(
    (name, unit): (&str, &str),
    step: Millis,
    answer: QueryAnswer,
) -> Result<Recorded, HistoryError> {
    let mut recorded = Recorded { series: Vec::new(), findings: warnings(name, &answer) };
    let mut by_labels: BTreeMap<Labels, RawSeries> = BTreeMap::new();
    for series in answer.series {
        let mut labels = series.labels.clone();
        labels.remove("__name__");
        if let Some(other) = by_labels.insert(labels, series) {
            let mut labels = other.labels;
            labels.remove("__name__");
            return Err(HistoryError::SeveralNames { labels: series_text("", &labels) });
        }
    }
    for (labels, series) in by_labels {
        let samples = series.samples.iter().map(|sample| Sample { at: sample.at, value: sample.value });
        recorded.series.extend(new_series((name, unit), labels, step, samples.collect()));
    }
    Ok(recorded)
}

fn new_series(
    (name, unit): (&str, &str),
    labels: Labels,
    step: Millis,
    samples: Vec<Sample>,
) -> Option<NewSeries> {
    // Not-a-number is how Prometheus says "nothing here".
    let (samples, quality) = order_rows(samples);
    (!samples.is_empty()).then(|| NewSeries {
        name: name.to_owned(),
        labels,
        unit: unit.to_owned(),
        unit_declared: true,
        time_rule: format!("steps of {step} at which Prometheus evaluated the query"),
        samples,
        quality,
    })
}

/// The samples of series that stand for one key, one after another in time: where several have one, none counts.
fn one_of(series: Vec<RawSeries>) -> (Vec<Sample>, bool) {
    if let [only] = series.as_slice() {
        let samples = only.samples.iter().map(|sample| Sample { at: sample.at, value: sample.value });
        return (samples.collect(), false);
    }
    let mut at: BTreeMap<Timestamp, Option<f64>> = BTreeMap::new();
    let mut is_ambiguous = false;
    for sample in series.into_iter().flat_map(|series| series.samples) {
        at.entry(sample.at)
            .and_modify(|value| {
                *value = None;
                is_ambiguous = true;
            })
            .or_insert(Some(sample.value));
    }
    let samples = at.into_iter().filter_map(|(at, value)| value.map(|value| Sample { at, value }));
    (samples.collect(), is_ambiguous)
}

fn warnings(path: &str, answer: &QueryAnswer) -> Vec<Finding> {
    let mut warnings = answer.warnings.clone();
    warnings.sort();
    let warnings = warnings.into_iter();
    warnings.map(|text| Finding::Warning { signal: path.to_owned(), text }).collect()
}
