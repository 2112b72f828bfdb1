//! Rows of a table and JSON objects as entities.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, Trim};
use heal_telemetry::{Labels, csv::other_delimiter};

use super::objects::Cell;
use super::{InventoryImport, Life};
use crate::ImportError;
use crate::logs::time_of;
use crate::tables::{RowLines, check_quotes, unreadable};

const ENTITY: &str = "entity";
const SINCE: &str = "since";
const UNTIL: &str = "until";

/// So many names are told where one that was asked for is not there.
const PATHS_SHOWN_MAX: usize = 20;

/// How deep objects may lie in each other: `metadata.labels.app` is two.
const DEPTH_MAX: usize = 8;

/// Reads CSV; the first row names the columns.
pub(super) fn of_table(import: &InventoryImport, file: &str, bytes: &[u8]) -> Result<Vec<Life>, ImportError> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|wrong| unreadable(file, bytes, &wrong))?.clone();
    if let Some(reason) = other_delimiter(file, bytes) {
        return Err(ImportError::of_file(file, reason));
    }
    check_quotes(file, bytes)?;
    let columns: Vec<&str> = header.iter().collect();
    check_columns(import, file, &columns)?;
    let (renamed, mut lines) = (import.renamed(), RowLines::of(bytes));
    let mut lives = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|wrong| unreadable(file, bytes, &wrong))?;
        let line = lines.line(record.position().map_or(0, csv::Position::byte));
        let cells = columns.iter().zip(&record).map(|(column, cell)| ((*column).to_owned(), cell.to_owned()));
        let life = life((import, &renamed), line, cells);
        lives.push(life.map_err(|reason| ImportError::at_line(file, line, reason))?);
    }
    Ok(lives)
}

/// Refuses a header by which no entity can be told, or of which a column is meant twice.
fn check_columns<'c>(
    import: &'c InventoryImport,
    file: &str,
    columns: &[&'c str],
) -> Result<(), ImportError> {
    let wrong = |reason: String| Err(ImportError::at_line(file, 1, reason));
    let all: BTreeSet<&str> = columns.iter().copied().collect();
    let renamed = import.renamed();
    let field = |column: &'c str| renamed.get(column).copied().unwrap_or(column);
    if import.entity.is_none() && !columns.iter().any(|column| field(column) == ENTITY) {
        return wrong(format!(
            "there is no column `{ENTITY}`: say of which kind they are with `--entity NAME`; there are `{}`",
            columns.join("`, `")
        ));
    }
    if let Some((field, from)) = import.fields_from.iter().find(|(_, from)| !all.contains(from.as_str())) {
        return wrong(format!(
            "there is no column `{from}` to be the field `{field}`; there are `{}`",
            columns.join("`, `")
        ));
    }
    let mut known = BTreeSet::new();
    for field in columns.iter().map(|column| field(column)) {
        if !known.insert(field) {
            return wrong(format!("two columns are called `{field}`: leave one out, or call it otherwise"));
        }
    }
    Ok(())
}

/// Reads an object a line.
pub(super) fn of_objects(
    import: &InventoryImport,
    file: &str,
    bytes: &[u8],
) -> Result<Vec<Life>, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ImportError::of_file(file, "is not UTF-8"))?;
    let renamed = import.renamed();
    let (mut lives, mut seen) = (Vec::new(), BTreeSet::new());
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let wrong = |reason: String| ImportError::at_line(file, line, reason);
        let Ok(Cell::Object(object)) = serde_json::from_str(text) else {
            return Err(wrong("is no JSON object: write one a line, as `jq -c .` does".to_owned()));
        };
        let mut cells = Vec::new();
        flatten(object, "", 0, &mut cells).map_err(wrong)?;
        for (path, _) in &cells {
            if !seen.contains(path) {
                seen.insert(path.clone());
            }
        }
        lives.push(life((import, &renamed), line, cells.into_iter()).map_err(wrong)?);
    }
    if let Some((field, from)) = import.fields_from.iter().find(|(_, from)| !seen.contains(from)) {
        let near = seen.iter().take(PATHS_SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join("`, `");
        let reason = format!("no object has `{from}` to be the field `{field}`; they have `{near}`");
        return Err(ImportError::of_file(file, reason));
    }
    Ok(lives)
}

/// The texts, numbers and truths of an object; those of objects in it by their path.
fn flatten(
    object: Vec<(String, Cell)>,
    before: &str,
    depth: usize,
    cells: &mut Vec<(String, String)>,
) -> Result<(), String> {
    for (name, value) in object {
        let path = format!("{before}{name}");
        match value {
            // A value that is nothing is there all the same.
            Cell::Nothing => cells.push((path, String::new())),
            Cell::Text(text) => cells.push((path, text)),
            Cell::Object(inner) if depth < DEPTH_MAX => {
                flatten(inner, &format!("{path}."), depth + 1, cells)?;
            }
            Cell::Object(_) => return Err(format!("`{path}` lies deeper than {DEPTH_MAX} objects")),
            Cell::List => {
                return Err(format!("`{path}` is a list: an entity has one value of a field"));
            }
        }
    }
    Ok(())
}

fn life(
    (import, renamed): (&InventoryImport, &BTreeMap<&str, &str>),
    line: u64,
    cells: impl Iterator<Item = (String, String)>,
) -> Result<Life, String> {
    let mut life = Life { line, entity: import.entity.clone().unwrap_or_default(), ..Life::default() };
    let mut fields = Labels::new();
    for (column, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
        let time = |text: &str| {
            time_of(text, import.zone).ok_or_else(|| {
                format!(
                    "its `{column}` `{text}` is not a time: write it as `2014-03-14 03:31:00` or in RFC 3339"
                )
            })
        };
        let field = renamed.get(column.as_str()).copied().unwrap_or(&column);
        let is_told = match field {
            ENTITY => !life.entity.is_empty() && import.entity.is_none(),
            SINCE => life.since.is_some(),
            UNTIL => life.until.is_some(),
            field => fields.contains_key(field),
        };
        if is_told {
            return Err(format!(
                "two of its values are called `{field}`: leave one out, or call it otherwise"
            ));
        }
        match field {
            ENTITY if import.entity.is_some() => {
                return Err(format!(
                    "`--entity` and the column `{ENTITY}` both say of which kind it is: leave one out"
                ));
            }
            ENTITY => life.entity = cell,
            SINCE => life.since = Some(time(&cell)?),
            UNTIL => life.until = Some(time(&cell)?),
            field => {
                fields.insert(field.to_owned(), cell);
            }
        }
    }
    if life.entity.is_empty() {
        return Err(format!(
            "it does not say of which kind it is: give it `{ENTITY}`, or pass `--entity NAME`"
        ));
    }
    if fields.is_empty() {
        return Err(format!("the {} has no field that tells it from another", life.entity));
    }
    if let (Some(since), Some(until)) = (life.since, life.until)
        && until <= since
    {
        return Err(format!("the {} ends at {until}, and begins at {since}", life.entity));
    }
    Ok(Life { fields, ..life })
}
