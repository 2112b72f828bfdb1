//! The signals that a recording has series for, and their values at incidents and at other times.

use std::collections::BTreeSet;

use heal_program::{Millis, Timestamp, dimension_named, dimension_words, recorded_unit};
use heal_telemetry::{
    Labels, METRIC_LABEL, Occurrence, Recording, Recurring, Sample, Series, SeriesEntry, label_name,
    series_text,
};

use crate::output::Failure;

/// So many values of a signal are enough to judge a threshold by.
const REST_MAX: u64 = 1_000_000;
/// The shortest window over which the growth of a counter is looked at, and of so many samples at least.
const WINDOW_MIN: Millis = Millis::from_minutes(5);
const WINDOW_SAMPLES: i64 = 5;
/// What never falls is a counter by its looks when it has so many samples, and grows at so many of a hundred of them.
const GROWING_SAMPLES_MIN: usize = 30;
const GROWING_PERCENT_MIN: usize = 10;
/// Of a counter that starts again and again so many of a thousand samples are a step down at most.
const RESTARTS_PER_THOUSAND_MAX: usize = 10;
/// Windows are of whole minutes.
const MINUTE_MS: i64 = 60_000;
/// How names of counters end, by the naming rules of Prometheus and OpenMetrics.
const COUNTER_ENDINGS: [&str; 4] = ["_total", "_count", "_sum", "_bucket"];

/// All series of one name and the same labels: a signal.
pub(super) struct Group<'a> {
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
    pub(super) every: Millis,
    pub(super) keys: Vec<&'a str>,
    /// How its values can be read.
    pub(super) forms: Vec<Form>,
    series: Vec<&'a Series>,
    /// What labels its series have.
    labels: BTreeSet<(&'a str, &'a str)>,
}

/// How the values of a series are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// As they are.
    Gauge,
    /// By how much they grew in this time.
    Counter(Millis),
}

/// The least and the greatest value at an occurrence.
pub(super) type Extremes = (f64, f64);

/// Values as a condition that holds for some samples sees them: above a bound is the least of so many, below one the greatest.
#[derive(Default)]
pub(super) struct Held {
    /// At each occurrence of which anything was recorded: the least value that lasted, and the greatest; first of those that are seen
    /// before it is over for sure, then of all.
    pub(super) extremes: [Vec<Extremes>; 2],
    /// At other times: of each of the last samples the least one, and the greatest.
    pub(super) rest: (Vec<f64>, Vec<f64>),
}

/// The signals that a recording has series for. What the language cannot name is no signal.
pub(super) fn groups(recording: &Recording) -> Result<Vec<Group<'_>>, Failure> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (entry, series) in recording.manifest.series.iter().zip(&recording.series) {
        let Some(every) = every(entry).filter(|_| unread(entry).is_none()) else { continue };
        let keys: Vec<&str> = entry.labels.keys().map(String::as_str).collect();
        match groups.last_mut() {
            Some(group) if group.name == entry.name && group.unit == entry.unit && group.keys == keys => {
                group.series.push(series);
            }
            Some(group) if group.name == entry.name => {}
            Some(_) | None => {
                groups.push(Group {
                    name: &entry.name,
                    unit: &entry.unit,
                    every,
                    keys,
                    forms: Vec::new(),
                    series: vec![series],
                    labels: BTreeSet::new(),
                });
            }
        }
    }
    for group in &mut groups {
        group.forms = group.possible_forms()?;
        let labels = group.series.iter().flat_map(|series| &series.labels);
        group.labels = labels.map(|(label, value)| (label.as_str(), value.as_str())).collect();
    }
    Ok(groups)
}

/// Why no policy can read what was recorded of what recurs: nothing where it can, or nothing was.
pub(super) fn why_unread(recording: &Recording, one: &Recurring) -> Option<String> {
    let is_meant = |entry: &&SeriesEntry| {
        one.occurrences.iter().any(|it| concerns(&it.labels, &entry.name, &entry.labels))
    };
    recording.manifest.series.iter().filter(is_meant).find_map(unread)
}

/// Why no policy can read a series.
fn unread(entry: &SeriesEntry) -> Option<String> {
    let series = || series_text(&entry.name, &entry.labels);
    if let Some(label) = entry.labels.keys().find(|label| label_name(label) != label.as_str()) {
        return Some(format!(
            "a policy cannot name the label `{label}` of `{}`: record it again with a label `{}`",
            series(),
            label_name(label)
        ));
    }
    if dimension_word(&entry.unit).is_none() {
        return Some(format!("a policy cannot read `{}`, which is in `{}`", series(), entry.unit));
    }
    every(entry).is_none().then(|| format!("`{}` has one sample alone", series()))
}

/// The word for what a unit measures, if there is one.
pub(super) fn dimension_word(unit: &str) -> Option<&'static str> {
    let dimension = recorded_unit(unit)?.dimension;
    dimension_words().find(|word| dimension_named(word) == Some(dimension))
}

/// How often a series has a sample, in whole seconds.
fn every(entry: &SeriesEntry) -> Option<Millis> {
    let seconds = entry.interval?.0.saturating_add(999).div_euclid(1_000).max(1);
    Some(Millis(seconds.saturating_mul(1_000)))
}

impl Group<'_> {
    /// How many labels of what recurs its series have with the same values.
    pub(super) fn shared(&self, one: &Recurring) -> usize {
        let has = |labels: &Labels| {
            let own = labels.iter().map(|(label, value)| (label.as_str(), value.as_str()));
            own.filter(|own| *own == (METRIC_LABEL, self.name) || self.labels.contains(own)).count()
        };
        one.occurrences.iter().map(|occurrence| has(&occurrence.labels)).max().unwrap_or_default()
    }

    /// How its values can be read: of what is called as a counter is, by how much it grew; of what only grows, either.
    fn possible_forms(&self) -> Result<Vec<Form>, Failure> {
        let samples = Millis(self.every.0.saturating_mul(WINDOW_SAMPLES));
        let window = Millis(samples.max(WINDOW_MIN).0.div_euclid(MINUTE_MS).saturating_mul(MINUTE_MS));
        let window = Form::Counter(window);
        if COUNTER_ENDINGS.iter().any(|ending| self.name.ends_with(ending)) {
            return Ok(vec![window]);
        }
        let mut longest: Option<&Series> = None;
        for series in &self.series {
            if longest.is_none_or(|known| known.len() < series.len()) {
                longest = Some(series);
            }
        }
        let samples = longest.map(|series| series.samples()).transpose()?.unwrap_or_default();
        Ok(if only_grows(&samples) { vec![window, Form::Gauge] } else { vec![Form::Gauge] })
    }

    /// The values at each occurrence of one, in series that it may concern, and those at times that are none of any, in all series:
    /// a condition is asked of all. For each number of samples that it may hold for.
    pub(super) fn values_at(
        &self,
        form: Form,
        one: &Recurring,
        all: &[Recurring],
        holds: &[usize],
    ) -> Result<Vec<Held>, Failure> {
        let none = || vec![None; one.occurrences.len()];
        let mut extremes: Vec<[Vec<Option<Extremes>>; 2]> = holds.iter().map(|_| [none(), none()]).collect();
        let mut rest: Vec<(Vec<f64>, Vec<f64>)> = holds.iter().map(|_| Default::default()).collect();
        let count: u64 = self.series.iter().map(|series| series.len()).sum();
        let stride = usize::try_from(count / REST_MAX + 1).unwrap_or(usize::MAX);
        for series in &self.series {
            let is_meant = |it: &Occurrence| concerns(&it.labels, self.name, &series.labels);
            let read = read(series.samples()?, form);
            for ((hold, extremes), (low, high)) in holds.iter().zip(&mut extremes).zip(&mut rest) {
                let lasting: Vec<(Timestamp, Extremes)> = lasting(&read, *hold).collect();
                // What comes last in an occurrence may be seen after it only.
                for (extremes, before_end) in extremes.iter_mut().zip([self.every, Millis::ZERO]) {
                    for (occurrence, extreme) in one.occurrences.iter().zip(extremes) {
                        let end = occurrence.end.minus(before_end);
                        let seen =
                            within(&lasting, occurrence.start, end).iter().filter(|_| is_meant(occurrence));
                        for (_, (least, most)) in seen.copied() {
                            let (lowest, highest) = extreme.unwrap_or((most, least));
                            *extreme = Some((lowest.min(most), highest.max(least)));
                        }
                    }
                }
                let any = all.iter().flat_map(|it| &it.occurrences).filter(|it| is_meant(it));
                let mut busy = stretches(any).into_iter().peekable();
                for (at, (least, most)) in lasting.into_iter().step_by(stride) {
                    while busy.next_if(|(_, end)| *end < at).is_some() {}
                    if busy.peek().is_none_or(|(start, _)| at < *start) {
                        low.push(least);
                        high.push(most);
                    }
                }
            }
        }
        let heard = |extremes: Vec<Option<Extremes>>| extremes.into_iter().flatten().collect();
        let held = extremes.into_iter().zip(rest);
        Ok(held.map(|(extremes, rest)| Held { extremes: extremes.map(heard), rest }).collect())
    }
}

/// At each sample the least and the greatest of it and as many before it as a condition holds for.
fn lasting(values: &[(Timestamp, f64)], hold: usize) -> impl Iterator<Item = (Timestamp, Extremes)> + '_ {
    values.windows(hold + 1).filter_map(|window| {
        let (at, _) = *window.last()?;
        let over = |of: fn(f64, f64) -> f64, from: f64| window.iter().map(|(_, value)| *value).fold(from, of);
        Some((at, (over(f64::min, f64::INFINITY), over(f64::max, f64::NEG_INFINITY))))
    })
}

/// The values from one time to another, both inclusive, of all in order of time.
fn within<T>(values: &[(Timestamp, T)], start: Timestamp, end: Timestamp) -> &[(Timestamp, T)] {
    let from = values.partition_point(|(at, _)| *at < start);
    let to = values.partition_point(|(at, _)| *at <= end);
    // An end before the start gives none.
    values.get(from..to).unwrap_or_default()
}

/// When any of some occurrences goes on, each stretch from its first to its last moment, in order and apart.
fn stretches<'o>(occurrences: impl Iterator<Item = &'o Occurrence>) -> Vec<(Timestamp, Timestamp)> {
    let mut all: Vec<(Timestamp, Timestamp)> = occurrences.map(|it| (it.start, it.end)).collect();
    all.sort_unstable();
    all.dedup_by(|next, kept| {
        let is_joined = next.0 <= kept.1;
        if is_joined {
            kept.1 = kept.1.max(next.1);
        }
        is_joined
    });
    all
}

/// Samples as a form reads them.
fn read(samples: Vec<Sample>, form: Form) -> Vec<(Timestamp, f64)> {
    let Form::Counter(window) = form else {
        return samples.into_iter().map(|sample| (sample.at, sample.value)).collect();
    };
    // What a counter has grown in all: a step down is a restart from zero.
    let (mut total, mut last): (f64, Option<f64>) = (0.0, None);
    let mut grown: Vec<(Timestamp, f64)> = Vec::with_capacity(samples.len());
    for Sample { at, value } in samples {
        total += last.map_or(0.0, |last| if value < last { value } else { value - last });
        last = Some(value);
        grown.push((at, total));
    }
    let first = grown.first().map_or(Timestamp(0), |(at, _)| *at);
    let mut oldest = grown.iter().peekable();
    let increase = |(at, total): &(Timestamp, f64)| {
        let open = at.minus(window);
        while oldest.next_if(|(then, _)| *then <= open).is_some() {}
        let before = oldest.peek().map_or(*total, |(_, before)| *before);
        // Before the window is full nothing is known of it.
        (at.since(first) >= window).then_some((*at, total - before))
    };
    grown.iter().filter_map(increase).collect()
}

/// Whether samples are those of a counter by their looks.
fn only_grows(samples: &[Sample]) -> bool {
    let steps =
        || samples.iter().zip(samples.iter().skip(1)).map(|(before, after)| (before.value, after.value));
    let (grows, falls) = (steps().filter(|(a, b)| b > a).count(), steps().filter(|(a, b)| b < a).count());
    let is_restart = |(before, after): (f64, f64)| after >= before || after <= before / 2.0;
    samples.len() >= GROWING_SAMPLES_MIN
        && samples.iter().all(|sample| sample.value >= 0.0)
        && grows.saturating_mul(100) >= samples.len().saturating_mul(GROWING_PERCENT_MIN)
        // One restart says nothing of how often there is one.
        && (falls <= 1 || falls.saturating_mul(1_000) <= samples.len().saturating_mul(RESTARTS_PER_THOUSAND_MAX))
        && steps().all(is_restart)
}

/// Whether an incident may show in a series: none of its labels contradicts the series'.
fn concerns(labels: &Labels, name: &str, series: &Labels) -> bool {
    labels.iter().all(|(label, value)| match label.as_str() {
        METRIC_LABEL if !series.contains_key(label) => value == name,
        _ => series.get(label).is_none_or(|other| other == value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64]) -> Vec<Sample> {
        (0..)
            .zip(values)
            .map(|(minute, value)| Sample { at: Timestamp(minute * 60_000), value: *value })
            .collect()
    }

    #[test]
    fn a_moment_is_in_a_stretch_when_it_is_in_any_occurrence() {
        let spans = [(30, 40), (0, 10), (5, 7), (10, 12), (50, 50)];
        let of = |(start, end): (i64, i64)| Occurrence {
            start: Timestamp(start),
            end: Timestamp(end),
            labels: Labels::new(),
        };
        let occurrences = spans.map(of);
        let joined = stretches(occurrences.iter());
        for at in (-2..55).map(Timestamp) {
            let is_in = |(start, end): (Timestamp, Timestamp)| start <= at && at <= end;
            let expected = occurrences.iter().any(|it| is_in((it.start, it.end)));
            assert_eq!(joined.iter().copied().any(is_in), expected, "{at}");
            assert_eq!(
                within(&[(at, 1.0)], Timestamp(30), Timestamp(40)).len(),
                usize::from(is_in((Timestamp(30), Timestamp(40))))
            );
        }
        assert!(joined.is_sorted_by(|one, next| one.1 < next.0), "{joined:?}");
    }

    #[test]
    fn a_counter_is_known_by_its_looks_and_read_by_what_it_grew() {
        let counted: Vec<f64> =
            (0..40_u32).map(|at| f64::from(if at < 20 { at * 3 } else { (at - 20) * 3 })).collect();
        assert!(only_grows(&samples(&counted)), "one restart in forty is a restart");
        let wave: Vec<f64> = (0..40_u32).map(|at| f64::from(at % 7)).collect();
        assert!(!only_grows(&samples(&wave)) && !only_grows(&samples(&[5.0; 40])));
        let grown = read(samples(&counted), Form::Counter(Millis::from_minutes(5)));
        assert_eq!(grown.first(), Some(&(Timestamp(300_000), 12.0)));
        assert!(grown.iter().all(|(_, value)| (0.0..=12.0).contains(value)), "{grown:?}");
    }
}
