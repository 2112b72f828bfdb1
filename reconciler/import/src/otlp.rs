//! Series from the files that the OpenTelemetry collector's file exporter writes: a JSON object a line.

mod points;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use heal_telemetry::csv::TimeFormat;
use heal_telemetry::{Labels, label_name};
use serde_json::Value;

use crate::error::open;
use crate::gathering::{Gathering, UnitOf, lacking};
use crate::lines::Lines;
use crate::units::of_ucum;
use crate::{ImportError, Imported};

/// How a file of OTLP becomes series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtlpImport {
    /// Attributes that become labels under another name: attribute to label. All others keep theirs, with `_` for what a
    /// label cannot have.
    pub renamed: BTreeMap<String, String>,
}

/// What has been read so far.
#[derive(Default)]
struct State {
    gathering: Gathering,
    /// Units as the file states them, by the name of the series, and the line in which it did first.
    units: BTreeMap<String, (String, u64)>,
    /// The number of the line that is read.
    line: u64,
    /// Lines of traces, logs and others.
    others: u64,
}

impl OtlpImport {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`OtlpImport::read`].
    pub fn read_file(&self, path: &Path) -> Result<Imported, ImportError> {
        self.read(&path.display().to_string(), open(path)?)
    }

    /// Reads a stream, which errors call `file`: gauges, sums, and of histograms and summaries their counts and sums.
    ///
    /// # Errors
    /// When a line is no JSON object, or a point in it has no time or number, with its line; when points of one series differ
    /// in their unit or in what they are; when there is no point.
    pub fn read(&self, file: &str, stream: impl BufRead) -> Result<Imported, ImportError> {
        let mut lines = Lines::new(file, stream);
        let mut state = State::default();
        while let Some(line) = lines.next()? {
            if line.bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let value: Value = serde_json::from_slice(line.bytes).map_err(|wrong| ImportError {
                file: file.to_owned(),
                line: line.number,
                column: wrong.column() as u64,
                reason: "is not JSON, or was cut off here".to_owned(),
            })?;
            state.line = line.number;
            self.take(&mut state, &value)
                .map_err(|reason| ImportError::at_line(file, line.number, reason))?;
        }
        let State { gathering, units, others, .. } = state;
        if gathering.is_empty() {
            return Err(ImportError::of_file(file, "has no point of a metric"));
        }
        let series = gathering.into_series(TimeFormat::UnixMillis.name(), |name| {
            let stated = units.get(name).map_or("", |(unit, _)| unit.as_str());
            UnitOf {
                unit: if stated.is_empty() { "1".to_owned() } else { of_ucum(stated) },
                is_declared: stated.is_empty(),
            }
        });
        let without = lacking(&series).map_err(|reason| ImportError::of_file(file, reason))?;
        let mut notes = match others {
            0 => Vec::new(),
            1 => vec!["1 line without metrics was left out".to_owned()],
            others => vec![format!("{others} lines without metrics were left out")],
        };
        notes.extend(without);
        Ok(Imported { series, notes, ..Imported::default() })
    }

    fn take(&self, state: &mut State, line: &Value) -> Result<(), String> {
        if !line.is_object() {
            return Err("is no line of OTLP: it is a JSON object".to_owned());
        }
        let Some(resources) = line.get("resourceMetrics") else {
            state.others += 1;
            return Ok(());
        };
        for resource in list(resources) {
            let mut labels = Labels::new();
            self.add_labels(resource.get("resource"), &mut labels);
            for scope in list(resource.get("scopeMetrics").unwrap_or(&Value::Null)) {
                for metric in list(scope.get("metrics").unwrap_or(&Value::Null)) {
                    self.take_metric(state, metric, &labels)?;
                }
            }
        }
        Ok(())
    }

    /// Adds the attributes of a resource or a point; those of the point win.
    fn add_labels(&self, of: Option<&Value>, labels: &mut Labels) {
        for attribute in list(of.and_then(|of| of.get("attributes")).unwrap_or(&Value::Null)) {
            let key = attribute.get("key").and_then(Value::as_str).unwrap_or_default();
            let Some(value) = attribute.get("value").and_then(text_of) else { continue };
            let label = match self.renamed.get(key) {
                Some(label) => label.clone(),
                None => label_name(key).into_owned(),
            };
            if !key.is_empty() && !label.is_empty() {
                labels.insert(label, value);
            }
        }
    }
}

/// The elements of a list; of anything else none.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The text of an attribute's value.
fn text_of(value: &Value) -> Option<String> {
    let (_, value) = value.as_object()?.iter().next()?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
