//! Exports as JSON.

use heal_telemetry::Labels;
use serde_json::Value;

use super::{IncidentExportImport, Row};
use crate::ImportError;

/// Incidents of PagerDuty's REST API: `{"incidents": […]}`, or the list alone.
pub(super) fn pagerduty(
    import: &IncidentExportImport,
    file: &str,
    bytes: &[u8],
) -> Result<Vec<Row>, ImportError> {
    let value = parse(file, bytes)?;
    let list = value.get("incidents").unwrap_or(&value).as_array();
    let list = list.ok_or_else(|| ImportError::of_file(file, "is no list of incidents of PagerDuty"))?;
    let row = |(place, incident): (usize, &Value)| {
        if !incident.is_object() {
            return Err(ImportError::of_file(file, format!("incident {place}: is no object")));
        }
        let from = |from: &String| text_at(incident, from);
        let labels = import.labels_from.iter().filter_map(|(label, path)| Some((label.clone(), from(path)?)));
        Ok(Row {
            place: format!("incident {place}"),
            title: first(incident, &["title", "summary", "description"]),
            number: first(incident, &["incident_number", "id"]),
            start: first(incident, &["created_at"]),
            end: match first(incident, &["resolved_at"]) {
                // An incident that is resolved changed its status last when it was.
                none if none.is_empty() && first(incident, &["status"]) == "resolved" => {
                    first(incident, &["last_status_change_at"])
                }
                end => end,
            },
            labels: labels.collect::<Labels>(),
        })
    };
    (1..).zip(list).map(row).collect()
}

/// Issues of GitHub's REST API, or of `gh issue list --json number,title,labels,createdAt,closedAt`. Pull requests are
/// none.
pub(super) fn github(
    import: &IncidentExportImport,
    file: &str,
    bytes: &[u8],
) -> Result<Vec<Row>, ImportError> {
    let value = parse(file, bytes)?;
    let list =
        value.as_array().ok_or_else(|| ImportError::of_file(file, "is no list of issues of GitHub"))?;
    let mut rows = Vec::new();
    for (place, issue) in (1..).zip(list) {
        if !issue.is_object() {
            return Err(ImportError::of_file(file, format!("issue {place}: is no object")));
        }
        let labels: Vec<&str> = issue
            .get("labels")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|label| label.get("name").unwrap_or(label).as_str())
            .collect();
        let is_wanted = import.only.iter().all(|only| labels.contains(&only.as_str()));
        if !is_wanted || issue.get("pull_request").is_some() {
            continue;
        }
        let value_of = |from: &str| {
            let rest =
                |label: &str| label.strip_prefix(from)?.strip_prefix([':', '/', '=']).map(str::to_owned);
            labels.iter().find_map(|label| rest(label)).map(|value| value.trim().to_owned())
        };
        let named = import.labels_from.iter();
        let named = named.filter_map(|(label, from)| Some((label.clone(), value_of(from)?)));
        rows.push(Row {
            place: format!("issue {place}"),
            title: first(issue, &["title"]),
            number: first(issue, &["number"]),
            start: first(issue, &["created_at", "createdAt"]),
            end: first(issue, &["closed_at", "closedAt"]),
            labels: named.collect::<Labels>(),
        });
    }
    Ok(rows)
}

fn parse(file: &str, bytes: &[u8]) -> Result<Value, ImportError> {
    serde_json::from_slice(bytes).map_err(|wrong| ImportError {
        file: file.to_owned(),
        line: wrong.line() as u64,
        column: wrong.column() as u64,
        reason: "is not JSON, or was cut off here".to_owned(),
    })
}

fn first(value: &Value, names: &[&str]) -> String {
    names.iter().find_map(|name| text_at(value, name)).unwrap_or_default()
}

/// The text at a path: `service.summary`, or `service` where that object has a `summary`.
fn text_at(value: &Value, path: &str) -> Option<String> {
    let found = value.get(path).or_else(|| path.split('.').try_fold(value, |value, name| value.get(name)))?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Object(object) => object.get("summary").and_then(Value::as_str).map(str::to_owned),
        Value::Null | Value::Array(_) => None,
    }
}
