//! Labelled incidents from files: CSV, or the windows of a benchmark as JSON.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use heal_program::Timestamp;

use crate::csv::{
    ImportError, ImportProblem, LocalZone, TimeFormat, foreign, is_before_unix, other_delimiter, place,
    reader, unreadable,
};
use crate::limits::is_recordable;
use crate::{Incident, Labels};

/// How a file of incidents is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentImport {
    /// Name of the file that the series came from: a file of windows says which windows are whose.
    pub series_file: String,
    /// What incidents without a name of their own are called; a number follows.
    pub name: String,
    /// Labels of the series, which windows are about.
    pub labels: Labels,
    /// Labels of incidents of a CSV file that have none of their own.
    pub unlabelled: Labels,
}

impl IncidentImport {
    /// Reads a file, of which local times are in `zone`: JSON if it begins with `{`, else CSV.
    ///
    /// # Errors
    /// When the file cannot be read, or a row or window in it is not an incident.
    pub fn read_file(&self, path: &Path, zone: &dyn LocalZone) -> Result<Vec<Incident>, ImportError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|error| ImportProblem::Unreadable(error.to_string()).in_file(&file))?;
        if let Some(reason) = foreign(&file, &bytes) {
            return Err(ImportProblem::Foreign(reason).in_file(&file));
        }
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            self.read_windows(&file, &bytes, zone)
        } else {
            self.read_csv(&file, &bytes, zone)
        }
    }

    /// Reads CSV: `name,start,end`, then any number of cells `label=value`, by position: the names in the header do
    /// not matter. An incident without any has those that the import has for such.
    ///
    /// # Errors
    /// When a row is not an incident, with its place.
    pub fn read_csv(
        &self,
        file: &str,
        bytes: &[u8],
        zone: &dyn LocalZone,
    ) -> Result<Vec<Incident>, ImportError> {
        if let Some(reason) = other_delimiter(file, bytes) {
            return Err(ImportProblem::Foreign(reason).in_file(file));
        }
        // With the place of the row, from which its line is counted when somebody needs to know it.
        let mut known: BTreeMap<String, (u64, Incident)> = BTreeMap::new();
        let mut incidents = Vec::new();
        let mut reader = reader(bytes, true);
        let header = reader.headers().map_err(|error| unreadable(file, bytes, &error))?;
        if header.is_empty() {
            return Err(ImportProblem::Empty.in_file(file));
        }
        if header.get(1).is_some_and(|start| time_in(start, zone).is_ok()) {
            let row = header.iter().collect::<Vec<_>>().join(",");
            return Err(ImportProblem::NoIncidentHeader(row).in_file(file));
        }
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(file, bytes, &error))?;
            let offset = record.position().map_or(0, ::csv::Position::byte);
            let at = |problem: ImportProblem, field| problem.at(file, place(bytes, offset, field));
            let (Some(name), Some(start), Some(end)) = (record.get(0), record.get(1), record.get(2)) else {
                return Err(at(ImportProblem::IncidentShort, None));
            };
            if name.is_empty() {
                return Err(at(ImportProblem::IncidentShort, Some(0)));
            }
            let start = time_in(start, zone).map_err(|problem| at(problem, Some(1)))?;
            let end = time_in(end, zone).map_err(|problem| at(problem, Some(2)))?;
            let mut labels = Labels::new();
            for (field, cell) in record.iter().enumerate().skip(3).filter(|(_, cell)| !cell.is_empty()) {
                let pair = cell.split_once('=').filter(|(label, _)| !label.trim().is_empty());
                let (label, value) =
                    pair.ok_or_else(|| at(ImportProblem::NotALabel(cell.to_owned()), Some(field)))?;
                labels.insert(label.trim().to_owned(), value.trim().to_owned());
            }
            if labels.is_empty() {
                labels.clone_from(&self.unlabelled);
            }
            let incident = incident(name, start, end, labels).map_err(|problem| at(problem, Some(2)))?;
            match known.get(name) {
                Some((_, same)) if *same == incident => continue,
                Some((other, _)) => {
                    let line = place(bytes, *other, None).line;
                    let twice = ImportProblem::IncidentTwice { name: name.to_owned(), line };
                    return Err(at(twice, Some(0)));
                }
                None => {}
            }
            known.insert(name.to_owned(), (offset, incident.clone()));
            incidents.push(incident);
        }
        Ok(incidents)
    }

    /// Reads windows: a JSON object of `"path/of/series.csv": [["start", "end"], …]`, both ends inclusive. Only those of
    /// the import's series file count, found by its path or, where only one has it, by its name.
    ///
    /// # Errors
    /// When it is not such an object, or says nothing about the series' file.
    pub fn read_windows(
        &self,
        file: &str,
        bytes: &[u8],
        zone: &dyn LocalZone,
    ) -> Result<Vec<Incident>, ImportError> {
        let windows = serde_json::from_slice::<BTreeMap<String, Vec<(String, String)>>>(bytes);
        let windows = windows.map_err(|error| {
            let text = format!("is not an object of lists of windows `[start, end]`: {error}");
            ImportProblem::Windows(text).in_file(file)
        })?;
        let named = |path: &&String| path.rsplit('/').next() == self.series_file.rsplit('/').next();
        let ends_alike = |path: &&String| {
            self.series_file == path.as_str() || self.series_file.ends_with(&format!("/{path}"))
        };
        let paths: Vec<&String> = windows.keys().filter(named).collect();
        let path = match paths.as_slice() {
            [path] => Some(*path),
            several => several.iter().copied().find(ends_alike),
        };
        let windows = path.and_then(|path| windows.get(path)).ok_or_else(|| {
            ImportProblem::Windows(format!(
                "has no windows of `{}`, or of several such files",
                self.series_file
            ))
            .in_file(file)
        })?;
        let incidents = (1..).zip(windows).map(|(number, (start, end))| {
            let name = if windows.len() == 1 { self.name.clone() } else { format!("{} {number}", self.name) };
            incident(&name, time_in(start, zone)?, time_in(end, zone)?, self.labels.clone())
        });
        incidents.collect::<Result<_, _>>().map_err(|problem: ImportProblem| problem.in_file(file))
    }
}

/// The time in a cell. Each stands for itself: in an hour that a clock repeats it is of the first pass.
fn time_in(text: &str, zone: &dyn LocalZone) -> Result<Timestamp, ImportProblem> {
    let time = TimeFormat::detect(text).and_then(|format| format.parse_by(text, zone.clock().as_mut()));
    let expected = if is_before_unix(text) {
        ": it is before 1970".to_owned()
    } else {
        format!(": write it as {}", TimeFormat::EXAMPLES)
    };
    time.filter(|time| is_recordable(*time))
        .ok_or_else(|| ImportProblem::NotATime { text: text.to_owned(), expected })
}

fn incident(name: &str, start: Timestamp, end: Timestamp, labels: Labels) -> Result<Incident, ImportProblem> {
    if end < start {
        return Err(ImportProblem::IncidentBackward(name.to_owned()));
    }
    Ok(Incident { name: name.to_owned(), start, end, labels })
}
