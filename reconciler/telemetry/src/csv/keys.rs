//! Rows of several series that are read as one: most of them would be left out as repeated.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use ::csv::StringRecord;

use super::rows::{Chosen, choose, reader};
use super::{Import, ImportProblem};

/// So many rows tell what tells rows apart; of a longer file those of some of its times are looked at.
const ROWS_LOOKED_AT_MAX: usize = 200_000;
/// Fewest times whose rows are looked at, where there are more rows than that.
const TIMES_LOOKED_AT_MIN: usize = 16;

/// So many columns are looked at.
const COLUMNS_LOOKED_AT_MAX: usize = 32;

/// A row: what it has in common with those that it repeats, and the cells of the columns that may tell it apart.
struct Row {
    common: u64,
    cells: Vec<u64>,
}

/// A column that may name series.
struct Column {
    place: usize,
    name: String,
    /// Whether its cells are numbers: names are more likely to tell series apart.
    is_number: bool,
}

/// What is to be said of rows at the time of an earlier one. An error where they are most of the rows, and other columns tell
/// them apart; nothing where they are few, or nothing tells more of them.
pub(super) fn several_series(import: &Import, bytes: &[u8]) -> Result<Option<String>, ImportProblem> {
    let mut reader = reader(bytes, false);
    // What is wrong with the file was said before.
    let Ok(header) = reader.headers().cloned() else { return Ok(None) };
    let chosen = choose(import, &header)?;
    let mut columns = candidates(import, &header, &chosen);
    let (rows, count) = rows_of(&chosen, &mut columns, bytes);
    let repeated = rows.len() - distinct(&rows, &[]);
    // Of a file of which only a part was looked at.
    let repeated = repeated * count / rows.len().max(1);
    if repeated * 20 < count {
        return Ok(None);
    }
    let columns = telling(&rows, &columns);
    let rows = count;
    let is_most = repeated * 2 >= rows;
    if !columns.is_empty() && is_most {
        return Err(ImportProblem::SeveralSeries { repeated, rows, columns });
    }
    let what_to_do = match columns.as_slice() {
        [] if is_most => "are they of several series, which no column tells?".to_owned(),
        [] => return Ok(None),
        columns => format!(
            "where they are of several series, `--key {}` records each of them",
            columns.join(" --key ")
        ),
    };
    Ok(Some(format!(
        "warning: {repeated} of {rows} rows are at the time of an earlier one and are left out: {what_to_do}"
    )))
}

/// The columns that may name series: all that nobody said what they are.
fn candidates(import: &Import, header: &StringRecord, chosen: &Chosen) -> Vec<Column> {
    let is_value = |place: usize| chosen.values.iter().any(|(value, _)| *value == place);
    let is_said = |place: usize| {
        place == chosen.time
            || chosen.keys.iter().any(|(key, _)| *key == place)
            || (is_value(place) && (!import.value_columns.is_empty() || chosen.values.len() == 1))
    };
    let others = header.iter().enumerate().filter(|(place, _)| !is_said(*place));
    let column = |(place, name): (usize, &str)| Column { place, name: name.to_owned(), is_number: true };
    others.take(COLUMNS_LOOKED_AT_MAX).map(column).collect()
}

/// The rows of some times, and how many there are of all.
fn rows_of(chosen: &Chosen, columns: &mut [Column], bytes: &[u8]) -> (Vec<Row>, usize) {
    let mut reader = reader(bytes, false);
    let (mut rows, mut count, mut every): (Vec<Row>, usize, u64) = (Vec::new(), 0, 1);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).unwrap_or(false) {
        count += 1;
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let common = std::iter::once(chosen.time).chain(chosen.keys.iter().map(|(key, _)| *key));
        let common = hash(common.map(cell));
        if !common.is_multiple_of(every) || rows.len() > ROWS_LOOKED_AT_MAX {
            continue;
        }
        for column in columns.iter_mut() {
            column.is_number &= cell(column.place).parse::<f64>().is_ok();
        }
        let cells = columns.iter().map(|column| hash([cell(column.place)].into_iter())).collect();
        rows.push(Row { common, cells });
        if rows.len() > ROWS_LOOKED_AT_MAX {
            let times: BTreeSet<u64> = rows.iter().map(|row| row.common).collect();
            let half = times.iter().filter(|common| common.is_multiple_of(every * 2)).count();
            // Of few times all rows tell more than the rows of fewer: then what comes later is counted only.
            if half >= TIMES_LOOKED_AT_MIN {
                every *= 2;
                rows.retain(|row| row.common.is_multiple_of(every));
            }
        }
    }
    (rows, count)
}

/// The names of the fewest columns found that tell the rows apart which have a time in common, but for one in ten; none where
/// no columns do. A column of which nearly each cell is another one is no name.
fn telling(rows: &[Row], columns: &[Column]) -> Vec<String> {
    let alone = distinct(rows, &[]);
    let values = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(at));
        cells.collect::<BTreeSet<_>>().len()
    };
    let mut order: Vec<(bool, usize, usize)> =
        columns.iter().enumerate().map(|(at, column)| (column.is_number, values(at), at)).collect();
    order.retain(|(_, values, _)| (2..=rows.len() / 2).contains(values));
    order.sort_unstable();
    let is_told = |chosen: &[usize]| (rows.len() - distinct(rows, chosen)) * 10 <= rows.len() - alone;
    let mut chosen: Vec<usize> = Vec::new();
    let mut told = alone;
    for (_, _, at) in order {
        chosen.push(at);
        let with_it = distinct(rows, &chosen);
        if with_it == told {
            chosen.pop();
        }
        told = with_it;
        if is_told(&chosen) {
            break;
        }
    }
    if told == alone || !is_told(&chosen) {
        return Vec::new();
    }
    // What came first may not be needed any more.
    for at in chosen.clone() {
        let without: Vec<usize> = chosen.iter().copied().filter(|other| *other != at).collect();
        if is_told(&without) {
            chosen = without;
        }
    }
    chosen.sort_unstable();
    chosen.iter().filter_map(|at| columns.get(*at)).map(|column| column.name.clone()).collect()
}

/// How many rows differ in their time, their key or one of these cells.
fn distinct(rows: &[Row], cells: &[usize]) -> usize {
    let own = |row: &Row| {
        hash(std::iter::once(&row.common).chain(cells.iter().filter_map(|at| row.cells.get(*at))))
    };
    rows.iter().map(own).collect::<BTreeSet<u64>>().len()
}

fn hash<T: Hash>(parts: impl Iterator<Item = T>) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.for_each(|part| part.hash(&mut hasher));
    hasher.finish()
}
