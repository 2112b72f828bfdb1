//! Recordings as a whole: round trips, damage, the frozen format, the demo.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod damage;
mod demo;
mod entities;
mod format;
mod on_disk;
mod outcomes;
mod round_trip;

use std::collections::BTreeMap;

use heal_program::Timestamp;

use crate::*;

/// A small recording with something of everything.
fn small() -> Recording {
    builder().build().unwrap()
}

fn builder() -> RecordingBuilder {
    RecordingBuilder::new("small")
        .description("Two series, an incident, an event and two counts.")
        .origin("made by hand")
        .series(series("app.latency", [("service", "checkout")], &[45.868, 47.25, 60.0]))
        .series(series("app.latency", [("service", "cart")], &[0.1 + 0.2, -0.0, 1e300]))
        .incidents([Incident {
            name: "outage".to_owned(),
            start: Timestamp(1_400_000_060_000),
            end: Timestamp(1_400_000_120_000),
            labels: labels([("service", "checkout")]),
        }])
        .events([Event {
            at: Timestamp(1_400_000_030_000),
            name: "deploy".to_owned(),
            labels: labels([("service", "cart")]),
        }])
        .inventory([
            Inventory {
                at: Timestamp(1_400_000_000_000),
                entity: "Pod".to_owned(),
                group: Labels::new(),
                live: 12,
            },
            Inventory {
                at: Timestamp(1_400_000_000_000),
                entity: "Pod".to_owned(),
                group: labels([("service", "cart")]),
                live: 4,
            },
        ])
        .signal("0123abcd", "app.latency")
}

fn series<const N: usize>(name: &str, pairs: [(&str, &str); N], values: &[f64]) -> NewSeries {
    let samples = (0..)
        .zip(values)
        .map(|(minute, value)| Sample { at: Timestamp(1_400_000_000_000 + minute * 60_000), value: *value });
    NewSeries {
        name: name.to_owned(),
        labels: labels(pairs),
        unit: "ms".to_owned(),
        unit_declared: true,
        time_rule: "Unix milliseconds".to_owned(),
        samples: samples.collect(),
        quality: Quality::default(),
    }
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// All samples of a recording, by series: times and bits of values.
fn bits(recording: &Recording) -> BTreeMap<(String, Labels), Vec<(i64, u64)>> {
    let bits = |series: &Series| {
        let samples = series.samples().unwrap();
        samples.iter().map(|sample| (sample.at.0, sample.value.to_bits())).collect()
    };
    let series = recording.series.iter();
    series.map(|series| ((series.name.clone(), series.labels.clone()), bits(series))).collect()
}
