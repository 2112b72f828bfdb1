//! Exports as CSV.

use csv::{ReaderBuilder, StringRecord, Trim};
use heal_telemetry::Labels;
use heal_telemetry::csv::other_delimiter;

use super::{IncidentExportImport, IncidentSource, Row};
use crate::ImportError;
use crate::tables::{check_quotes, said_of};

/// What a column may be called, the better name first; compared without case, blanks and underscores.
struct Names {
    title: &'static [&'static str],
    number: &'static [&'static str],
    start: &'static [&'static str],
    end: &'static [&'static str],
}

const PAGER_DUTY: Names = Names {
    title: &["title", "description", "summary"],
    number: &["incidentnumber", "number", "id"],
    start: &["createdon", "createdat", "created"],
    end: &["resolvedon", "resolvedat", "resolved"],
};

const SERVICE_NOW: Names = Names {
    title: &["shortdescription", "description"],
    number: &["number", "sysid"],
    start: &["openedat", "opened", "syscreatedon", "created"],
    end: &["resolvedat", "resolved", "closedat", "closed"],
};

/// Reads the rows of an export.
pub(super) fn read(import: &IncidentExportImport, file: &str, bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let names = match import.source {
        IncidentSource::PagerDuty => PAGER_DUTY,
        IncidentSource::ServiceNow | IncidentSource::GitHub => SERVICE_NOW,
    };
    check_quotes(file, bytes)?;
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let unreadable =
        |row: usize, wrong: &csv::Error| ImportError::of_file(file, format!("row {row}: {}", said_of(wrong)));
    let header = reader.headers().map_err(|wrong| unreadable(1, &wrong))?.clone();
    if let Some(reason) = other_delimiter(file, bytes) {
        return Err(ImportError::of_file(file, reason));
    }
    let column =
        |wanted: &[&str]| wanted.iter().find_map(|name| header.iter().position(|cell| plain(cell) == *name));
    let needed = |what: &str, wanted: &[&str]| {
        column(wanted).ok_or_else(|| {
            let cells: Vec<&str> = header.iter().take(20).collect();
            let found = cells.join("`, `").replace(char::is_control, " ");
            let reason = format!(
                "is no export of {}: it has no column for the {what} ({}); it has `{found}`",
                import.source.name(),
                wanted.join(", ")
            );
            ImportError::of_file(file, reason)
        })
    };
    let (start, end) = (needed("start", names.start)?, needed("end", names.end)?);
    let (title, number) = (needed("title", names.title)?, column(names.number));
    // Where the better one is empty, the others are asked: not all that is closed was resolved.
    let ends: Vec<usize> = names.end.iter().filter_map(|name| column(&[name])).collect();
    let mut labels_from = Vec::new();
    for (label, from) in &import.labels_from {
        labels_from.push((label, needed(&format!("label `{label}`"), &[&plain(from)])?));
    }
    let mut rows = Vec::new();
    for (place, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|wrong| unreadable(place, &wrong))?;
        let cell = |record: &StringRecord, at: usize| record.get(at).unwrap_or_default().to_owned();
        let labels = labels_from.iter().map(|(label, at)| ((*label).clone(), cell(&record, *at)));
        let ended = ends.iter().map(|at| cell(&record, *at)).find(|cell| !cell.is_empty());
        rows.push(Row {
            place: format!("row {place}"),
            title: cell(&record, title),
            number: number.map(|at| cell(&record, at)).unwrap_or_default(),
            start: cell(&record, start),
            end: ended.unwrap_or_else(|| cell(&record, end)),
            labels: labels.filter(|(_, value)| !value.is_empty()).collect::<Labels>(),
        });
    }
    Ok(rows)
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}
