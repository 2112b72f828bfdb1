//! Rows of many series, in the order in which a file has them.

use std::collections::BTreeMap;

use heal_program::Timestamp;
use heal_telemetry::{
    EARLIEST, LATEST, Labels, NewSeries, SAMPLES_MAX, SERIES_MAX, Sample, order_rows, series_text,
};

/// What the rows of a series are. Those of one series are all alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Each is measured for itself.
    #[default]
    Measured,
    /// Each is what it has come to since a beginning.
    Total,
    /// Each is an increase since the row before: they are added up when all are there.
    Increase,
}

/// The rows of a series so far.
#[derive(Default)]
struct Rows {
    rows: Vec<Sample>,
    missing: u64,
    meaning: Meaning,
}

/// Rows of many series.
#[derive(Default)]
pub(crate) struct Gathering {
    series: BTreeMap<String, BTreeMap<Labels, Rows>>,
    series_count: usize,
    rows_count: usize,
}

/// The unit of a series, and whether the source did not state it.
pub(crate) struct UnitOf {
    pub(crate) unit: String,
    pub(crate) is_declared: bool,
}

impl Gathering {
    /// Adds a row; without a value it is counted as missing. An error says which limit is exceeded, or that the rows before
    /// meant something else.
    pub(crate) fn push(
        &mut self,
        name: &str,
        labels: &Labels,
        at: Timestamp,
        value: Option<f64>,
        meaning: Meaning,
    ) -> Result<(), String> {
        if !self.series.contains_key(name) {
            self.series.insert(name.to_owned(), BTreeMap::new());
        }
        let Some(named) = self.series.get_mut(name) else { return Ok(()) };
        if !named.contains_key(labels) {
            self.series_count += 1;
            if self.series_count > SERIES_MAX {
                return Err(format!("there are more than {SERIES_MAX} series"));
            }
            named.insert(labels.clone(), Rows { meaning, ..Rows::default() });
        }
        let Some(rows) = named.get_mut(labels) else { return Ok(()) };
        if rows.meaning != meaning {
            return Err(meaning.unlike(rows.meaning));
        }
        match value {
            Some(value) => rows.rows.push(Sample { at, value }),
            None => rows.missing += 1,
        }
        self.rows_count += 1;
        if self.rows_count > SAMPLES_MAX {
            return Err(format!("there are more than {SAMPLES_MAX} samples"));
        }
        Ok(())
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The series, sorted by name and labels, their rows put in order.
    pub(crate) fn into_series(self, time_rule: &str, unit_of: impl Fn(&str) -> UnitOf) -> Vec<NewSeries> {
        let mut all = Vec::with_capacity(self.series_count);
        for (name, named) in self.series {
            for (labels, rows) in named {
                let Rows { rows, missing, meaning } = rows;
                let (mut samples, mut quality) = order_rows(rows);
                quality.missing = missing;
                if meaning == Meaning::Increase {
                    add_up(&mut samples);
                }
                let UnitOf { unit, is_declared } = unit_of(&name);
                let time_rule = time_rule.to_owned();
                all.push(NewSeries {
                    name: name.clone(),
                    labels,
                    unit,
                    unit_declared: is_declared,
                    time_rule,
                    samples,
                    quality,
                });
            }
        }
        all
    }
}

impl Meaning {
    /// That a row is not what those before it are, and what to do, as the rest of a sentence that begins with the row.
    fn unlike(self, before: Meaning) -> String {
        let name = |meaning| match meaning {
            Meaning::Measured => "a gauge",
            Meaning::Total => "a total (cumulative)",
            Meaning::Increase => "an increase (delta)",
        };
        let what_to_do = match (self, before) {
            (Meaning::Measured, _) | (_, Meaning::Measured) => "give one of them another name",
            _ => "let the collector make them alike, with `deltatocumulative` or `cumulativetodelta`",
        };
        format!("is {}, and those before it are each {}: {what_to_do}", name(self), name(before))
    }
}

/// A line about series without any number; an error where none has one.
pub(crate) fn lacking(series: &[NewSeries]) -> Result<Option<String>, String> {
    let mut without = series.iter().filter(|series| series.samples.is_empty());
    let Some(first) = without.next() else { return Ok(None) };
    let first = series_text(&first.name, &first.labels);
    match without.count() + 1 {
        count if count == series.len() => {
            Err("has no number: every value is missing, infinite or not a number".to_owned())
        }
        1 => Ok(Some(format!("1 series has no number: {first}"))),
        count => Ok(Some(format!("{count} series have no number, the first is {first}"))),
    }
}

/// Makes a count since the first row of increases.
fn add_up(samples: &mut [Sample]) {
    let mut sum = 0.0;
    for sample in samples {
        sum += sample.value;
        sample.value = if f64::is_finite(sum) { sum } else { f64::MAX };
    }
}

/// The time, if a recording can hold it.
pub(crate) fn recordable(at: Timestamp) -> Option<Timestamp> {
    (EARLIEST..=LATEST).contains(&at).then_some(at)
}
