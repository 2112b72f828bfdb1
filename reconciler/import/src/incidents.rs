//! Incidents from the exports of other tools: PagerDuty, ServiceNow, GitHub.

mod row;
mod tables;
mod trees;

use std::collections::BTreeMap;
use std::path::Path;

use heal_telemetry::Incident;
use heal_telemetry::csv::foreign;

use crate::tables::read_whole;
use crate::{ImportError, Imported, Zone};
use row::Row;

/// Which tool an export is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentSource {
    /// PagerDuty: incidents as CSV, or as JSON of its REST API.
    PagerDuty,
    /// ServiceNow: the table of incidents as CSV.
    ServiceNow,
    /// GitHub: issues as JSON, of its REST API or of `gh issue list --json`.
    GitHub,
}

/// How an export becomes incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentExportImport {
    /// Which tool it is of.
    pub source: IncidentSource,
    /// Labels, each with the column that it is taken from; of GitHub the beginning of an issue's label, so that `service`
    /// is `checkout` where an issue has `service:checkout`, `service/checkout` or `service=checkout`.
    pub labels_from: Vec<(String, String)>,
    /// Of GitHub: only issues that have all of these labels.
    pub only: Vec<String>,
    /// The zone of times that do not state theirs.
    pub zone: Zone,
}

impl IncidentExportImport {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`IncidentExportImport::read`].
    pub fn read_file(&self, path: &Path) -> Result<Imported, ImportError> {
        self.read(&path.display().to_string(), &read_whole(path, ": export a shorter stretch")?)
    }

    /// Reads the bytes of a file, which errors call `file`. Incidents that are not over are left out and counted.
    ///
    /// # Errors
    /// When it is no such export, or an incident in it has no title, number or start, or ends before it starts; with the
    /// number of its row.
    pub fn read(&self, file: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if let Some(reason) = foreign(file, bytes) {
            return Err(ImportError::of_file(file, reason));
        }
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let rows = match (self.source, first) {
            (_, None) => return Err(ImportError::of_file(file, "is empty")),
            (IncidentSource::GitHub, _) => trees::github(self, file, bytes)?,
            (IncidentSource::PagerDuty, Some(b'{' | b'[')) => trees::pagerduty(self, file, bytes)?,
            (IncidentSource::PagerDuty | IncidentSource::ServiceNow, Some(_)) => {
                tables::read(self, file, bytes)?
            }
        };
        let rows_count = rows.len();
        let mut incidents: Vec<Incident> = Vec::new();
        let mut open = 0_u64;
        let mut places: BTreeMap<String, (String, Incident)> = BTreeMap::new();
        for row in rows {
            let place = row.place.clone();
            let incident = row.incident(self.zone);
            let incident =
                incident.map_err(|reason| ImportError::of_file(file, format!("{place}: {reason}")));
            let Some(incident) = incident? else {
                open += 1;
                continue;
            };
            let known =
                places.entry(incident.name.clone()).or_insert_with(|| (place.clone(), incident.clone()));
            if known.1 != incident {
                let reason = format!(
                    "{place}: another incident of {} is called `{}` too: export their numbers, or give each a name of its own",
                    known.0, incident.name
                );
                return Err(ImportError::of_file(file, reason));
            }
            incidents.push(incident);
        }
        if rows_count == 0 {
            let which = if self.only.is_empty() { "" } else { " with these labels" };
            return Err(ImportError::of_file(file, format!("has no incident{which}")));
        }
        let notes = match open {
            0 => Vec::new(),
            1 => vec!["1 is not over and was left out".to_owned()],
            open => vec![format!("{open} are not over and were left out")],
        };
        Ok(Imported { incidents, notes, ..Imported::default() })
    }
}

impl IncidentSource {
    /// Its name, for messages.
    fn name(self) -> &'static str {
        match self {
            IncidentSource::PagerDuty => "PagerDuty",
            IncidentSource::ServiceNow => "ServiceNow",
            IncidentSource::GitHub => "GitHub",
        }
    }
}
