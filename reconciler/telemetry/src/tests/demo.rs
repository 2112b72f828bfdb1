//! The recording that is shipped is what importing the shipped CSV files makes, byte for byte.
//!
//! `INSTA_UPDATE=always` writes it anew.

use std::path::{Path, PathBuf};

use super::labels;
use crate::csv::{Import, UtcOffset};
use crate::*;

/// File, name of the series, service, unit.
const SERIES: [(&str, &str, &str, &str); 4] = [
    ("ec2_request_latency_system_failure.csv", "app.request_latency", "checkout", "ms"),
    ("cpu_utilization_asg_misconfiguration.csv", "asg.cpu_utilization", "workers", "percent"),
    ("machine_temperature_system_failure.csv", "machine.temperature", "press", "degF"),
    ("ec2_cpu_utilization_c6585a.csv", "ec2.cpu_utilization", "batch", "percent"),
];

fn demo(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo").join(path)
}

fn import() -> Recording {
    let builder = RecordingBuilder::new("nab")
        .description(
            "A request latency with failures, a misconfigured scaling group, a machine that overheats, and a quiet \
             server.",
        )
        .origin(
            "Numenta Anomaly Benchmark, https://github.com/numenta/NAB at ea702d75, MIT License, Copyright 2014-2024 \
             Numenta Inc.; LICENSE.txt beside this file",
        );
    let incidents = IncidentImport::default()
        .read_file(&demo("telemetry/incidents.csv"), &UtcOffset::default())
        .unwrap()
        .incidents;
    let series = SERIES.into_iter().flat_map(|(file, name, service, unit)| {
        let import = Import {
            name: name.to_owned(),
            labels: labels([("service", service)]),
            unit: unit.to_owned(),
            unit_declared: true,
            ..Import::default()
        };
        import.read_file(&demo("telemetry").join(file), &UtcOffset::default()).unwrap().series
    });
    series.fold(builder.incidents(incidents), RecordingBuilder::series).build().unwrap()
}

#[test]
fn the_shipped_recording_is_made_of_the_shipped_files() {
    let folder = demo("recordings/nab");
    let mut imported = import();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        imported.write(&folder, Overwrite::Replace).unwrap();
    }
    let shipped = verify(&folder).unwrap();
    // A new version of Heal does not make the shipped recording an old one.
    imported.manifest.tool_version.clone_from(&shipped.manifest.tool_version);
    for (name, bytes) in imported.to_files().unwrap() {
        assert!(
            std::fs::read(folder.join(&name)).unwrap() == bytes,
            "{name} differs: run with INSTA_UPDATE=always"
        );
    }
}

#[test]
fn the_shipped_samples_are_the_cells_of_the_files() {
    let recording = Recording::open(&demo("recordings/nab")).unwrap();
    for (file, name, service, _) in SERIES {
        let text = std::fs::read_to_string(demo("telemetry").join(file)).unwrap();
        let mut expected = std::collections::BTreeMap::new();
        for line in text.lines().skip(1) {
            let (time, value) = line.split_once(',').unwrap();
            let value: f64 = value.parse().unwrap();
            expected.entry(format!("{}Z", time.replace(' ', "T"))).or_insert(value.to_bits());
        }
        let wanted = labels([("service", service)]);
        let series: Vec<&Series> = recording.series_named(name, &wanted).collect();
        assert_eq!(series.len(), 1);
        let samples = series[0].samples().unwrap();
        let found = samples.iter().map(|sample| (sample.at.to_string(), sample.value.to_bits()));
        assert!(found.eq(expected), "{file}");
    }
}

#[test]
fn every_shipped_incident_lies_in_its_series() {
    let recording = Recording::open(&demo("recordings/nab")).unwrap();
    assert_eq!(recording.incidents.len(), 8);
    for incident in &recording.incidents {
        let series = recording.series.iter().find(|series| series.labels == incident.labels).unwrap();
        let samples = series.samples().unwrap();
        let has = |time| samples.iter().any(|sample| sample.at == time);
        assert!(has(incident.start) && has(incident.end), "{}", incident.name);
    }
}

#[test]
fn the_shipped_data_stand_beside_their_licence() {
    for path in ["telemetry/LICENSE.txt", "recordings/nab/LICENSE.txt"] {
        assert!(std::fs::read_to_string(demo(path)).unwrap().contains("Numenta"), "{path}");
    }
}
