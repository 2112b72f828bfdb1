//! The points of a metric.

use heal_program::Timestamp;
use heal_telemetry::Labels;
use serde_json::Value;

use super::{OtlpImport, State, list};
use crate::gathering::{Meaning, recordable};
use crate::units::of_ucum;

/// `AGGREGATION_TEMPORALITY_DELTA`, as a number and as a name.
const DELTA: [&str; 2] = ["1", "AGGREGATION_TEMPORALITY_DELTA"];

/// A point of a metric, and where it goes.
struct Point<'a> {
    metric: &'a str,
    unit: &'a str,
    labels: Labels,
    at: Timestamp,
    meaning: Meaning,
}

impl OtlpImport {
    /// Takes the points of a metric.
    pub(super) fn take_metric(
        &self,
        state: &mut State,
        metric: &Value,
        resource: &Labels,
    ) -> Result<(), String> {
        let name = metric.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            return Err("a metric has no name".to_owned());
        }
        let unit = metric.get("unit").and_then(Value::as_str).unwrap_or_default();
        for kind in ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] {
            let Some(data) = metric.get(kind) else { continue };
            let temporality = data.get("aggregationTemporality").map(plain).unwrap_or_default();
            let meaning = match (kind, DELTA.contains(&temporality.as_str())) {
                ("gauge", _) => Meaning::Measured,
                (_, true) => Meaning::Increase,
                (_, false) => Meaning::Total,
            };
            for point in list(data.get("dataPoints").unwrap_or(&Value::Null)) {
                let mut labels = resource.clone();
                self.add_labels(Some(point), &mut labels);
                let at = time_of(point).map_err(|reason| format!("a point of `{name}` {reason}"))?;
                let of = Point { metric: name, unit, labels, at, meaning };
                of.take(state, kind, point).map_err(|reason| format!("a point of `{name}` {reason}"))?;
            }
        }
        Ok(())
    }
}

impl Point<'_> {
    fn take(&self, state: &mut State, kind: &str, point: &Value) -> Result<(), String> {
        if matches!(kind, "gauge" | "sum") {
            // The flag says that there is no value.
            let lacks = point.get("flags").and_then(Value::as_u64).is_some_and(|flags| flags & 1 == 1);
            let value = point.get("asDouble").or_else(|| point.get("asInt")).and_then(number);
            if value.is_none() && !lacks {
                return Err("has no number".to_owned());
            }
            return self.push(state, "", self.unit, &self.labels, value.filter(|_| !lacks));
        }
        let count = point.get("count").and_then(number).ok_or("has no count")?;
        self.push(state, "_count", "1", &self.labels, Some(count))?;
        if let Some(sum) = point.get("sum").and_then(number) {
            self.push(state, "_sum", self.unit, &self.labels, Some(sum))?;
        }
        let with = |label: &str, value: &str| {
            let mut labels = self.labels.clone();
            labels.insert(label.to_owned(), value.to_owned());
            labels
        };
        let bounds = list(point.get("explicitBounds").unwrap_or(&Value::Null));
        let bounds = bounds.map(plain).chain(std::iter::once("+Inf".to_owned()));
        let mut below = 0.0;
        for (bound, count) in bounds.zip(list(point.get("bucketCounts").unwrap_or(&Value::Null))) {
            below += number(count).ok_or("has a bucket without a count")?;
            self.push(state, "_bucket", "1", &with("le", &bound), Some(below))?;
        }
        for quantile in list(point.get("quantileValues").unwrap_or(&Value::Null)) {
            let value = quantile.get("value").and_then(number);
            let quantile = quantile.get("quantile").map_or_else(|| "0".to_owned(), plain);
            // A quantile is no increase, whatever the counts are.
            let of = Point { meaning: Meaning::Measured, labels: Labels::new(), ..*self };
            of.push(state, "", self.unit, &with("quantile", &quantile), value)?;
        }
        Ok(())
    }

    fn push(
        &self,
        state: &mut State,
        suffix: &str,
        unit: &str,
        labels: &Labels,
        value: Option<f64>,
    ) -> Result<(), String> {
        let name = format!("{}{suffix}", self.metric);
        state.gathering.push(&name, labels, self.at, value, self.meaning)?;
        let line = state.line;
        let (known, since) = state.units.entry(name).or_insert_with(|| (unit.to_owned(), line));
        if known.as_str() == unit || of_ucum(known) == of_ucum(unit) {
            return Ok(());
        }
        let shown = |unit: &str| if unit.is_empty() { "no unit".to_owned() } else { format!("`{unit}`") };
        Err(format!(
            "is in {}, and in line {since} one is in {}: let all of them be sent in one unit, or record the lines apart, each \
             as a recording of its own",
            shown(unit),
            shown(known)
        ))
    }
}

/// The end of what a point measures, from nanoseconds; an error is the rest of a sentence about the point.
fn time_of(point: &Value) -> Result<Timestamp, String> {
    let text = point.get("timeUnixNano").map(plain).unwrap_or_default();
    if matches!(text.as_str(), "" | "0" | "null") {
        return Err("has no time".to_owned());
    }
    let nanos = text.parse::<i64>().ok().filter(|nanos| *nanos > 0);
    let at = nanos.and_then(|nanos| recordable(Timestamp(nanos.div_euclid(1_000_000))));
    at.ok_or_else(|| format!("has the time `{text}`, which is none: write nanoseconds since 1970"))
}

/// A number; 64-bit integers are texts in JSON, and so are those that are none.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
