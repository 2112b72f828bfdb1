//! Labelled incidents from files: CSV, or the windows of a benchmark as JSON.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use ::csv::StringRecord;
use heal_program::Timestamp;

use crate::csv::{
    ImportError, ImportProblem, LocalClock, LocalZone, Place, RowLines, TimeFormat, check_quotes, cut_off,
    foreign, is_before_unix, is_ended, other_delimiter, reader, unreadable,
};
use crate::limits::is_recordable;
use crate::{Incident, Labels};

/// No clock is set back by more than a day: behind a time by so much, what it shows again is its second pass.
const PASS_MS: i64 = 86_400_000;

/// What was read of a file of incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFile {
    /// Its incidents.
    pub incidents: Vec<Incident>,
    /// In which line of the file each stands, by its name; those of windows have none.
    pub lines: BTreeMap<String, usize>,
    /// What may be otherwise than it was meant, a line each.
    pub remarks: Vec<String>,
}

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
    pub fn read_file(&self, path: &Path, zone: &dyn LocalZone) -> Result<IncidentFile, ImportError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|error| ImportProblem::Unreadable(error.to_string()).in_file(&file))?;
        if let Some(reason) = foreign(&file, &bytes) {
            return Err(ImportProblem::Foreign(reason).in_file(&file));
        }
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            let incidents = self.read_windows(&file, &bytes, zone)?;
            Ok(IncidentFile { incidents, ..IncidentFile::default() })
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
    ) -> Result<IncidentFile, ImportError> {
        if let Some(reason) = other_delimiter(file, bytes) {
            return Err(ImportProblem::Foreign(reason).in_file(file));
        }
        check_quotes(file, bytes)?;
        let mut known: BTreeMap<String, Incident> = BTreeMap::new();
        let mut read = IncidentFile::default();
        let mut lines = RowLines::of(bytes);
        let mut reader = reader(bytes, true);
        let header = reader.headers().map_err(|error| unreadable(file, bytes, &error))?;
        if header.is_empty() {
            return Err(ImportProblem::Empty.in_file(file));
        }
        if header.get(1).is_some_and(|start| time_in(start, zone.clock().as_mut()).is_ok()) {
            let row = header.iter().collect::<Vec<_>>().join(",");
            return Err(ImportProblem::NoIncidentHeader(row).in_file(file));
        }
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(file, bytes, &error))?;
            let line = lines.line(record.position().map_or(0, ::csv::Position::byte));
            let line = usize::try_from(line).unwrap_or(usize::MAX);
            let at = |problem: ImportProblem, field: Option<usize>| {
                problem.at(file, Place { line, column: field.map_or(0, |field| field + 1) })
            };
            let (Some(name), Some(start), Some(end)) = (record.get(0), record.get(1), record.get(2)) else {
                return Err(at(ImportProblem::IncidentShort, None));
            };
            if name.is_empty() {
                return Err(at(ImportProblem::IncidentShort, Some(0)));
            }
            let (start, end) = span(name, (start, end), zone)
                .map_err(|(problem, is_end)| at(problem, Some(1 + usize::from(is_end))))?;
            let labels = self.labels_of(&record).map_err(|(problem, field)| at(problem, Some(field)))?;
            let incident = Incident { name: name.to_owned(), start, end, labels };
            match known.get(name) {
                Some(same) if *same == incident => continue,
                Some(_) => {
                    let line = read.lines.get(name).copied().unwrap_or_default();
                    return Err(at(ImportProblem::IncidentTwice { name: name.to_owned(), line }, Some(0)));
                }
                None => {}
            }
            read.lines.insert(name.to_owned(), line);
            known.insert(name.to_owned(), incident.clone());
            read.incidents.push(incident);
        }
        if let Some(last) = read.incidents.last().filter(|_| !is_ended(bytes)) {
            read.remarks.push(cut_off(file, &format!("of `{}`", last.name)));
        }
        Ok(read)
    }

    /// The labels in the cells of a row behind its end; a problem with its cell.
    fn labels_of(&self, record: &StringRecord) -> Result<Labels, (ImportProblem, usize)> {
        let mut labels = Labels::new();
        for (field, cell) in record.iter().enumerate().skip(3).filter(|(_, cell)| !cell.is_empty()) {
            let pair = cell.split_once('=').filter(|(label, _)| !label.trim().is_empty());
            let (label, value) = pair.ok_or_else(|| (ImportProblem::NotALabel(cell.to_owned()), field))?;
            let label = label.trim();
            if labels.insert(label.to_owned(), value.trim().to_owned()).is_some() {
                return Err((ImportProblem::LabelTwice(label.to_owned()), field));
            }
        }
        if labels.is_empty() {
            labels.clone_from(&self.unlabelled);
        }
        Ok(labels)
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
        if self.series_file.is_empty() {
            let text = format!(
                "has windows, each of the file of a series: add them with that, `heal record csv FILE --incidents {file}`"
            );
            return Err(ImportProblem::Windows(text).in_file(file));
        }
        let windows = path.and_then(|path| windows.get(path)).ok_or_else(|| {
            ImportProblem::Windows(format!(
                "has no windows of `{}`, or of several such files",
                self.series_file
            ))
            .in_file(file)
        })?;
        let incidents = (1..).zip(windows).map(|(number, (start, end))| {
            let name = if windows.len() == 1 { self.name.clone() } else { format!("{} {number}", self.name) };
            let (start, end) = span(&name, (start, end), zone).map_err(|(problem, _)| problem)?;
            Ok(Incident { name, start, end, labels: self.labels.clone() })
        });
        incidents.collect::<Result<_, _>>().map_err(|problem: ImportProblem| problem.in_file(file))
    }
}

/// When an incident starts and ends. In an hour that a clock repeats its start is of the first pass, and its end is of the second
/// where it would be before the start in the first. A problem says whether it is the end's.
fn span(
    name: &str,
    (start, end): (&str, &str),
    zone: &dyn LocalZone,
) -> Result<(Timestamp, Timestamp), (ImportProblem, bool)> {
    let mut clock = zone.clock();
    let start = time_in(start, clock.as_mut()).map_err(|problem| (problem, false))?;
    let time = |clock: &mut dyn LocalClock| time_in(end, clock).map_err(|problem| (problem, true));
    let mut end = time(clock.as_mut())?;
    if end < start {
        // Rows may be out of order by a little before a clock takes it for the second pass; an end never is.
        clock.saw(Timestamp(start.0.saturating_add(PASS_MS)));
        end = time(clock.as_mut())?;
    }
    if end >= start {
        return Ok((start, end));
    }
    let name = name.to_owned();
    let problem = match clock.shifted() {
        0 => ImportProblem::IncidentBackward(name),
        _ => ImportProblem::IncidentClock { name, zone: zone.name(), start, end },
    };
    Err((problem, true))
}

/// The time in a cell.
fn time_in(text: &str, clock: &mut dyn LocalClock) -> Result<Timestamp, ImportProblem> {
    let time = TimeFormat::detect(text).and_then(|format| format.parse_by(text, clock));
    let expected = if is_before_unix(text) {
        ": it is before 1970".to_owned()
    } else {
        format!(": write it as {}", TimeFormat::EXAMPLES)
    };
    time.filter(|time| is_recordable(*time))
        .ok_or_else(|| ImportProblem::NotATime { text: text.to_owned(), expected })
}
