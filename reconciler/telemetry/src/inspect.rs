//! What the samples of a series say about their quality: values that stay as they are, and units that change.

use heal_program::{Millis, Timestamp};

use crate::{Columns, Recording, RecordingError, Series, SeriesReader};

/// So many equal samples in a row are a flat stretch.
const FLAT_MIN: usize = 30;

/// So many samples on each side tell whether a jump lasts.
const BESIDE_MIN: usize = 20;

/// So many at most are looked at.
const BESIDE_MAX: usize = 60;

/// Factors by which units of one thing differ.
const FACTORS: [f64; 4] = [10.0, 100.0, 1_000.0, 1_024.0];

/// Most jumps that are told of a series.
const JUMPS_MAX: usize = 10;

/// What the samples of a series say about their quality.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flaws {
    /// Whether it has one value only, in at least 30 samples.
    pub is_constant: bool,
    /// Stretches of at least 30 equal samples, in a series that changes with most of its samples.
    pub flat: u64,
    /// The longest of them.
    pub longest_flat: Option<Millis>,
    /// Where the values change for good by a factor by which units differ.
    pub unit_jumps: Vec<UnitJump>,
}

/// A lasting change by a factor by which units differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitJump {
    /// The first sample after it.
    pub at: Timestamp,
    /// 10, 100, 1000 or 1024, or one of them below 1.
    pub factor: f64,
}

/// Reads all samples of a recording, and says of each series what they say about their quality. The manifest has it too,
/// but for recordings that were made before it had.
///
/// # Errors
/// When samples cannot be read.
pub fn inspect(recording: &Recording) -> Result<Vec<Flaws>, RecordingError> {
    let (mut reader, mut columns, mut values) = (SeriesReader::default(), Columns::default(), Vec::new());
    let flaws = recording.series.iter().map(|series| {
        reader.read(series, &mut columns)?;
        columns.values.floats_into(&mut values);
        let entry = recording.manifest.entry(series.id);
        let of_log = entry.filter(|entry| recording.manifest.has_log(&entry.name));
        let of_any = flaws_of(&columns.times, &values);
        let as_counts =
            of_log.and_then(|entry| flaws_of_counts(&entry.unit, &columns.times, &values, &of_any));
        let mut flaws = as_counts.unwrap_or(of_any);
        flaws.unit_jumps.retain(|jump| !recording.is_of_incident(series, jump.at));
        Ok(flaws)
    });
    flaws.collect()
}

impl Recording {
    /// Whether an incident that may concern a series begins or ends within two steps of a time: what multiplies there is no
    /// other unit.
    #[must_use]
    pub fn is_of_incident(&self, series: &Series, at: Timestamp) -> bool {
        let interval = self.manifest.entry(series.id).and_then(|entry| entry.interval).unwrap_or_default();
        let beside = Millis(interval.0.saturating_mul(2));
        self.incidents.iter().any(|incident| {
            let own =
                |(label, value): (&String, &String)| series.labels.get(label).is_none_or(|it| it == value);
            let is_near = |edge: Timestamp| edge.minus(beside) <= at && at <= edge.plus(beside);
            (is_near(incident.start) || is_near(incident.end)) && incident.labels.iter().all(own)
        })
    }
}

/// What the samples of a series say about their quality.
pub(crate) fn flaws_of(times: &[i64], values: &[f64]) -> Flaws {
    let changes =
        values.iter().zip(values.iter().skip(1)).filter(|(earlier, later)| earlier != later).count();
    if changes == 0 {
        return Flaws { is_constant: values.len() >= FLAT_MIN, ..Flaws::default() };
    }
    let mut flaws = Flaws { unit_jumps: unit_jumps(times, values), ..Flaws::default() };
    if changes * 2 > values.len() {
        add_flat(&mut flaws, times, values, |_| true);
    }
    flaws
}

/// The same of samples that count the lines of a log; none where they cannot be counts. Lines that do not come are what is
/// counted, so a 0 that stays is sound; and a number of lines is in no other unit when it is a thousand times as large.
/// `of_any` are the flaws of other samples that were the same.
pub(crate) fn flaws_of_counts(unit: &str, times: &[i64], values: &[f64], of_any: &Flaws) -> Option<Flaws> {
    let is_count = |value: &f64| *value >= 0.0 && value.fract() == 0.0;
    if unit != "1" || !values.iter().all(is_count) {
        return None;
    }
    let is_quiet = values.first().is_none_or(|first| *first == 0.0);
    let mut flaws = Flaws { is_constant: of_any.is_constant && !is_quiet, ..Flaws::default() };
    if of_any.flat > 0 {
        add_flat(&mut flaws, times, values, |value| value != 0.0);
    }
    Some(flaws)
}

/// Adds the stretches of equal samples, where their value counts.
fn add_flat(flaws: &mut Flaws, times: &[i64], values: &[f64], counts: impl Fn(f64) -> bool) {
    let mut start = 0;
    for run in values.chunk_by(|earlier, later| earlier == later) {
        if run.len() >= FLAT_MIN && run.first().is_some_and(|value| counts(*value)) {
            let ends = times.get(start).zip(times.get(start + run.len() - 1));
            let length = ends.map(|(first, last)| Millis(last - first));
            flaws.flat += 1;
            flaws.longest_flat = flaws.longest_flat.max(length);
        }
        start += run.len();
    }
}

/// Where the samples beside a sudden change differ by a factor of units, and do not overlap.
fn unit_jumps(times: &[i64], values: &[f64]) -> Vec<UnitJump> {
    let mut jumps: Vec<UnitJump> = Vec::new();
    let mut next = BESIDE_MIN;
    while next + BESIDE_MIN <= values.len() && jumps.len() < JUMPS_MAX {
        let (before, after) = values.split_at_checked(next).unwrap_or((values, &[]));
        let is_sudden = before.last().zip(after.first()).is_some_and(|(last, first)| {
            let ratio = first / last;
            ratio >= 5.0 || (ratio > 0.0 && ratio <= 0.2)
        });
        let found = is_sudden.then(|| factor_between(before, after)).flatten();
        if let Some((factor, at)) = found.zip(times.get(next)) {
            jumps.push(UnitJump { at: Timestamp(*at), factor });
            next += BESIDE_MIN;
        } else {
            next += 1;
        }
    }
    jumps
}

fn factor_between(before: &[f64], after: &[f64]) -> Option<f64> {
    let before = sorted(before.iter().rev().take(BESIDE_MAX))?;
    let after = sorted(after.iter().take(BESIDE_MAX))?;
    let (low, high, up) = if before.last() < after.first() {
        (before, after, true)
    } else if after.last() < before.first() {
        (after, before, false)
    } else {
        return None;
    };
    let ratio = high.get(high.len() / 2)? / low.get(low.len() / 2)?;
    let distance = |factor: &f64| (ratio / factor).ln().abs();
    let nearest = FACTORS.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    // Half of it or twice as much is another thing than another unit.
    (distance(&nearest) < 0.1).then_some(if up { nearest } else { 1.0 / nearest })
}

/// Values by size, if all are greater than 0.
fn sorted<'a>(values: impl Iterator<Item = &'a f64>) -> Option<Vec<f64>> {
    let mut values: Vec<f64> = values.copied().collect();
    values.sort_by(f64::total_cmp);
    values.first().is_some_and(|least| *least > 0.0).then_some(values)
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn flaws(value: impl Fn(i64) -> f64) -> Flaws {
        let times: Vec<i64> = (0..200).map(|minute| minute * 60_000).collect();
        let values: Vec<f64> = (0..200).map(value).collect();
        flaws_of(&times, &values)
    }

    fn wave(minute: i64) -> f64 {
        50.0 + (minute * 7 % 13) as f64
    }

    #[test]
    fn a_lasting_factor_of_units_is_a_jump_and_a_spike_or_another_factor_is_none() {
        let jump =
            |factor: f64| flaws(|minute| wave(minute) * if minute < 80 { 1.0 } else { factor }).unit_jumps;
        for factor in [10.0, 100.0, 1_000.0, 1_024.0, 0.1, 1.0 / 1_024.0] {
            assert_eq!(jump(factor), [UnitJump { at: Timestamp(80 * 60_000), factor }], "{factor}");
        }
        for factor in [1.0, 3.0, 30.0, 5_000.0, -1_000.0] {
            assert_eq!(jump(factor), [], "{factor}");
        }
        let spike = flaws(|minute| wave(minute) * if (80..85).contains(&minute) { 1_000.0 } else { 1.0 });
        assert_eq!(spike.unit_jumps, []);
    }

    #[test]
    fn what_multiplies_as_an_incident_begins_or_ends_is_no_other_unit() {
        let value = |minute: i64| wave(minute) * if (70..140).contains(&minute) { 10.0 } else { 1.0 };
        let sample = |minute| crate::Sample { at: Timestamp(minute * 60_000), value: value(minute) };
        let recorded = |incident: Option<(i64, &str)>| {
            let series = crate::NewSeries {
                name: "load".to_owned(),
                labels: [("service".to_owned(), "cart".to_owned())].into(),
                unit: "1".to_owned(),
                unit_declared: false,
                time_rule: String::new(),
                samples: (0..200).map(sample).collect(),
                quality: crate::Quality::default(),
            };
            let incidents = incident.into_iter().map(|(end, service)| crate::Incident {
                name: "slow".to_owned(),
                start: Timestamp(70 * 60_000),
                end: Timestamp(end * 60_000),
                labels: [("service".to_owned(), service.to_owned())].into(),
            });
            let recording =
                crate::RecordingBuilder::new("r").series(series).incidents(incidents).build().unwrap();
            inspect(&recording).unwrap().remove(0).unit_jumps.len()
        };
        assert_eq!(recorded(None), 2);
        assert_eq!(recorded(Some((139, "cart"))), 0);
        assert_eq!(recorded(Some((100, "cart"))), 1, "it had been over for long");
        assert_eq!(recorded(Some((139, "search"))), 2);
    }

    #[test]
    fn lines_that_do_not_come_are_no_flaw_of_counts_and_anything_else_that_stays_is() {
        let times: Vec<i64> = (0..200).map(|minute| minute * 60_000).collect();
        let counted = |value: &dyn Fn(i64) -> f64| {
            let values: Vec<f64> = (0..200).map(value).collect();
            flaws_of_counts("1", &times, &values, &flaws_of(&times, &values))
        };
        assert_eq!(counted(&|_| 0.0), Some(Flaws::default()));
        assert!(counted(&|_| 7.0).is_some_and(|flaws| flaws.is_constant));
        let quiet_at =
            |value: f64| move |minute| if (50..90).contains(&minute) { value } else { wave(minute) };
        assert_eq!(counted(&quiet_at(0.0)), Some(Flaws::default()));
        let stuck = counted(&quiet_at(7.0)).unwrap();
        assert_eq!((stuck.flat, stuck.longest_flat), (1, Some(Millis(39 * 60_000))));
        let burst = |minute| wave(minute) * if minute < 80 { 1.0 } else { 1_000.0 };
        assert_eq!(counted(&burst).map(|flaws| flaws.unit_jumps.len()), Some(0));
        assert_eq!(flaws(burst).unit_jumps.len(), 1);
        assert_eq!(counted(&|minute| wave(minute) + 0.5), None);
        assert_eq!(flaws_of_counts("ms", &times, &[0.0; 200], &Flaws::default()), None);
    }

    #[test]
    fn a_value_that_stays_is_flat_only_where_values_usually_change() {
        let stuck = flaws(|minute| if (50..100).contains(&minute) { 7.0 } else { wave(minute) });
        assert_eq!((stuck.flat, stuck.longest_flat), (1, Some(Millis(49 * 60_000))));
        let replicas = flaws(|minute| if minute < 100 { 3.0 } else { 4.0 });
        assert_eq!((replicas.flat, replicas.is_constant), (0, false));
        assert!(flaws(|_| 0.0).is_constant);
        assert_eq!(flaws(wave), Flaws::default());
    }
}
