//! What each importer makes of files, sound and broken.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod incidents;
mod inventory;
mod logs;
mod openmetrics;
mod otlp;
mod outcomes;
mod zones;

use heal_telemetry::{NewSeries, series_text};

use crate::{ImportError, Imported};

/// Series as lines: name, unit, `?` where it is declared, samples as seconds and values, and what was put right.
fn lines(imported: &Imported) -> String {
    let line = |series: &NewSeries| {
        let declared = if series.unit_declared { "?" } else { "" };
        let samples: Vec<String> = series
            .samples
            .iter()
            .map(|sample| format!("{}:{}", sample.at.0 as f64 / 1_000.0, sample.value))
            .collect();
        let name = series_text(&series.name, &series.labels);
        format!("{name} {}{declared} {}", series.unit, samples.join(" "))
    };
    imported.series.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Whatever was read can be recorded: what comes of any bytes is a recording, or one clear error.
fn check_total(read: Result<Imported, ImportError>) {
    match read {
        Ok(imported) if imported.series.is_empty() && imported.events.is_empty() => {}
        Ok(imported) => {
            let built = imported.into_builder("any").build();
            if let Err(wrong) = built {
                assert!(!wrong.to_string().is_empty());
            }
        }
        Err(wrong) => assert!(!wrong.to_string().contains('\n'), "{wrong}"),
    }
}
