//! The fields of an entry: the named groups of a pattern, or the fields of a JSON object.

use heal_telemetry::Labels;
use regex::Regex;
use serde_json::Value;

use super::entry::one_line;
use super::{LogImport, Reading};

/// What the time of a line is called where nobody says so.
const TIMES: [&str; 4] = ["time", "timestamp", "ts", "@timestamp"];

/// Takes entries apart.
pub(super) struct Reader {
    pattern: Option<Regex>,
    /// What time may be called.
    time: Vec<String>,
    labels_from: Vec<(String, String)>,
    /// Whether an entry without one of them is no entry.
    all_labels: bool,
    /// Whether the pattern has a group for the time, so that it need not stand at the beginning.
    has_time_group: bool,
}

/// The fields of an entry.
pub(super) enum Fields {
    /// The named groups that took part.
    Groups(Labels),
    /// A JSON object.
    Object(Value),
}

impl Reader {
    pub(super) fn new(import: &LogImport) -> Result<Reader, String> {
        let pattern = import.pattern.as_deref().map(Regex::new).transpose();
        let pattern =
            pattern.map_err(|wrong| format!("the pattern is no regular expression: {}", one_line(&wrong)))?;
        let groups: Vec<String> =
            pattern.iter().flat_map(Regex::capture_names).flatten().map(str::to_owned).collect();
        let value = match &import.reading {
            Reading::Value { field, .. } => Some(field),
            Reading::Event | Reading::Count { .. } => None,
        };
        let time = match &import.time.field {
            Some(field) => vec![field.clone()],
            None => TIMES.map(str::to_owned).to_vec(),
        };
        if pattern.is_some() {
            let asked = import.matching.iter().map(|(name, _)| name).chain(value);
            let asked = asked
                .chain(&import.time.field)
                .chain(import.labels_from.iter().flatten().map(|(_, from)| from));
            if let Some(lacking) = asked.into_iter().find(|name| !groups.contains(name)) {
                let there =
                    if groups.is_empty() { "none".to_owned() } else { format!("`{}`", groups.join("`, `")) };
                return Err(format!(
                    "the pattern has no group `{lacking}`, written `(?<{lacking}>…)`; its groups are: {there}"
                ));
            }
        }
        let own = |name: &String| Some(name) != value && !time.contains(name);
        let labels_from = match &import.labels_from {
            Some(from) => from.clone(),
            None => groups.iter().filter(|name| own(name)).map(|name| (name.clone(), name.clone())).collect(),
        };
        let has_time_group = groups.iter().any(|name| time.contains(name));
        Ok(Reader { pattern, time, labels_from, all_labels: import.labels_from.is_some(), has_time_group })
    }

    /// The fields of an entry; none if it does not match, or is no JSON object.
    pub(super) fn fields(&self, text: &str) -> Option<Fields> {
        let Some(pattern) = &self.pattern else {
            let value: Value = serde_json::from_str(text).ok()?;
            return value.is_object().then_some(Fields::Object(value));
        };
        let found = pattern.captures(text)?;
        let groups = pattern.capture_names().flatten();
        let groups = groups.filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned())));
        Some(Fields::Groups(groups.collect()))
    }

    /// Whether the time of lines stands where only the pattern finds it.
    pub(super) fn has_time_group(&self) -> bool {
        self.has_time_group
    }

    /// Whether the lines say which key they are of.
    pub(super) fn has_keys(&self) -> bool {
        !self.labels_from.is_empty()
    }

    /// The text of its time; none where no field has it.
    pub(super) fn time_of(&self, fields: &Fields) -> Option<String> {
        self.time.iter().find_map(|name| fields.text(name))
    }

    /// Its labels; none where one is lacking that was asked for.
    pub(super) fn labels(&self, fields: &Fields) -> Option<Labels> {
        let mut labels = Labels::new();
        for (label, from) in &self.labels_from {
            match fields.text(from) {
                Some(value) => drop(labels.insert(label.clone(), value)),
                None if self.all_labels => return None,
                None => {}
            }
        }
        Some(labels)
    }
}

impl Fields {
    /// The text of a group or field. A field of a JSON object may be a path, `context.user.id`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self {
            Fields::Groups(groups) => groups.get(name).cloned(),
            Fields::Object(object) => match at_path(object, name)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(is) => Some(is.to_string()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
            },
        }
    }
}

/// A field by its name, or by the names of the objects around it.
fn at_path<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    path.split('.').try_fold(object, |value, name| value.get(name))
}
