//! The rows of a CSV file as columns of times and values.

use std::collections::BTreeMap;

use ::csv::{Error, ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};
use heal_program::Timestamp;

use super::time::is_before_unix;
use super::{
    Import, ImportError, ImportProblem, LocalClock, LocalZone, TimeFormat, ValueColumn, broken_quote, leaps,
    place,
};
use crate::Sample;
use crate::limits::is_recordable;

/// The columns that were asked for.
pub(super) struct Columns {
    pub(super) time_format: TimeFormat,
    /// How many columns of values there are.
    pub(super) columns_count: usize,
    /// Each with its key.
    pub(super) values: Vec<(Vec<String>, ValueColumn)>,
    /// The time of the last row.
    pub(super) last: Timestamp,
}

/// The columns of one key, and the clock by which its rows go: those of another key may be of the same times.
struct OfKey {
    columns: Vec<(usize, ValueColumn)>,
    clock: Box<dyn LocalClock>,
}

/// A reader of rows, blanks around cells cut off. Rows are as long as the header unless they are `ragged`.
pub(crate) fn reader(bytes: &[u8], ragged: bool) -> Reader<&[u8]> {
    ReaderBuilder::new().trim(Trim::All).flexible(ragged).from_reader(bytes)
}

/// Refuses a file with a quote that is broken: the reader would make one cell of all rows up to the next one.
pub(crate) fn check_quotes(file: &str, bytes: &[u8]) -> Result<(), ImportError> {
    match broken_quote(bytes) {
        Some(broken) => {
            let place = broken.place();
            Err(ImportProblem::Row(broken.reason).at(file, place))
        }
        None => Ok(()),
    }
}

/// What the reader says about a row that cannot be read.
pub(crate) fn unreadable(file: &str, bytes: &[u8], error: &Error) -> ImportError {
    let text = if let ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        format!("the row has {len} cells, and the header {expected_len}")
    } else if let ErrorKind::Utf8 { .. } = error.kind() {
        format!(
            "the row is not UTF-8: where the file is Latin-1, `iconv -f LATIN1 -t UTF-8 {file} > UTF8` makes it so"
        )
    } else {
        error.to_string()
    };
    let place = error.position().map(|position| place(bytes, position.byte(), None));
    ImportProblem::Row(text).at(file, place.unwrap_or_default())
}

/// Reads the columns that `import` asks for.
pub(super) fn read(
    import: &Import,
    file: &str,
    bytes: &[u8],
    zone: &dyn LocalZone,
) -> Result<Columns, ImportError> {
    check_quotes(file, bytes)?;
    let mut reader = reader(bytes, false);
    let header = reader.headers().map_err(|error| unreadable(file, bytes, &error))?.clone();
    let chosen = choose(import, &header).map_err(|problem| problem.in_file(file))?;
    let Chosen { time: time_column, keys, values } = chosen;
    let mut by_key: BTreeMap<Vec<String>, OfKey> = BTreeMap::new();
    let of_key = || OfKey { columns: values.clone(), clock: zone.clock() };
    if keys.is_empty() {
        by_key.insert(Vec::new(), of_key());
    }
    // Where a column was not asked for by name, it may be one that names series.
    let is_guessed = import.value_columns.is_empty() && values.len() > 1;
    let mut time_format = import.time_format;
    let mut before = None;
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(unreadable(file, bytes, &error)),
        }
        let offset = record.position().map_or(0, ::csv::Position::byte);
        let mut key = Vec::with_capacity(keys.len());
        for (index, name) in &keys {
            let text = record.get(*index).unwrap_or_default();
            if text.is_empty() {
                let problem = ImportProblem::EmptyKey(name.clone());
                return Err(problem.at(file, place(bytes, offset, Some(*index))));
            }
            key.push(text.to_owned());
        }
        let own = by_key.entry(key).or_insert_with(of_key);
        let text = record.get(time_column).unwrap_or_default();
        let format = time_format.or_else(|| TimeFormat::detect(text));
        let at = read_time(text, format, own.clock.as_mut(), before)
            .map_err(|problem| problem.at(file, place(bytes, offset, Some(time_column))))?;
        before = Some(at);
        time_format = format;
        for (index, column) in &mut own.columns {
            let text = record.get(*index).unwrap_or_default();
            push(column, at, text, is_guessed)
                .map_err(|problem| problem.at(file, place(bytes, offset, Some(*index))))?;
        }
    }
    let time_format = time_format.filter(|_| reader.position().record() > 1);
    let (time_format, last) = time_format.zip(before).ok_or_else(|| ImportProblem::NoRows.in_file(file))?;
    let of_key = |(key, OfKey { columns, clock }): (Vec<String>, OfKey)| {
        let shifted = clock.shifted();
        columns.into_iter().map(move |(_, column)| (key.clone(), ValueColumn { shifted, ..column }))
    };
    let columns_count = values.len();
    let values = by_key.into_iter().flat_map(of_key).collect();
    Ok(Columns { time_format, columns_count, values, last })
}

/// Where the columns are that were asked for.
pub(super) struct Chosen {
    pub(super) time: usize,
    pub(super) keys: Vec<(usize, String)>,
    pub(super) values: Vec<(usize, ValueColumn)>,
}

/// The position of the column of times, and the columns of keys and values with theirs.
pub(super) fn choose(import: &Import, header: &StringRecord) -> Result<Chosen, ImportProblem> {
    if header.is_empty() {
        return Err(ImportProblem::Empty);
    }
    let names: Vec<&str> = header.iter().collect();
    let find = |wanted: &str| {
        let mut places =
            names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(place, _)| place);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(ImportProblem::ColumnTwice(wanted.to_owned())),
            (None, _) => {
                Err(ImportProblem::NoColumn { wanted: wanted.to_owned(), found: names.join("`, `") })
            }
        }
    };
    let time_column = match &import.time_column {
        Some(name) => find(name)?,
        None if names.contains(&"timestamp") => find("timestamp")?,
        None => 0,
    };
    if names.get(time_column).is_some_and(|name| TimeFormat::detect(name).is_some()) {
        return Err(ImportProblem::NoHeader(names.join(",")));
    }
    let mut keys: Vec<(usize, String)> = Vec::new();
    for name in &import.key_columns {
        let place = find(name)?;
        if keys.iter().any(|(_, other)| other == name) {
            return Err(ImportProblem::ColumnTwice(name.clone()));
        }
        keys.push((place, name.clone()));
    }
    let is_other = |place: &usize| *place != time_column && keys.iter().all(|(key, _)| key != place);
    let places = if import.value_columns.is_empty() {
        (0..names.len()).filter(is_other).collect()
    } else {
        import.value_columns.iter().map(|name| find(name)).collect::<Result<Vec<_>, _>>()?
    };
    if places.is_empty() {
        return Err(ImportProblem::NoValues);
    }
    if let Some(nameless) = places.iter().find(|place| names.get(**place).is_some_and(|name| name.is_empty()))
    {
        let others = places.iter().filter_map(|place| names.get(*place)).filter(|name| !name.is_empty());
        let others = others.map(|name| (*name).to_owned()).collect();
        return Err(ImportProblem::NoName { column: nameless + 1, others });
    }
    let mut values: Vec<(usize, ValueColumn)> = Vec::new();
    for place in places {
        let name = names.get(place).copied().unwrap_or_default();
        if values.iter().any(|(_, column)| column.name == name) {
            return Err(ImportProblem::ColumnTwice(name.to_owned()));
        }
        values.push((place, ValueColumn { name: name.to_owned(), rows: Vec::new(), missing: 0, shifted: 0 }));
    }
    Ok(Chosen { time: time_column, keys, values })
}

fn push(column: &mut ValueColumn, at: Timestamp, text: &str, is_guessed: bool) -> Result<(), ImportProblem> {
    if text.is_empty() {
        column.missing += 1;
        return Ok(());
    }
    let value = text.parse();
    let value = value.map_err(|_| {
        let (text, column) = (text.to_owned(), column.name.clone());
        if is_guessed {
            ImportProblem::NotANumberOrKey { text, column }
        } else {
            ImportProblem::NotANumber { text, column }
        }
    })?;
    column.rows.push(Sample { at, value });
    Ok(())
}

/// The time in a cell; `before` is that of the row before.
fn read_time(
    text: &str,
    format: Option<TimeFormat>,
    clock: &mut dyn LocalClock,
    before: Option<Timestamp>,
) -> Result<Timestamp, ImportProblem> {
    let other = format.and_then(|format| format.other_number(text, before));
    let at = format.and_then(|format| format.parse_by(text, clock)).filter(|at| is_recordable(*at));
    let Some(at) = at.filter(|_| other.is_none()) else { return Err(not_a_time(text, format, other)) };
    match before.filter(|before| leaps(*before, at)) {
        Some(before) => Err(ImportProblem::Leap { text: text.to_owned(), before }),
        None => Ok(at),
    }
}

fn not_a_time(text: &str, format: Option<TimeFormat>, other: Option<&str>) -> ImportProblem {
    let expected = match (format, other) {
        _ if is_before_unix(text) => ": it is before 1970".to_owned(),
        (Some(format), Some(other)) => format!(" as the rows are read ({}): {other}", format.name()),
        (Some(format), None) => format!(" as the rows are read ({})", format.name()),
        (None, _) => format!(": write it as {}", TimeFormat::EXAMPLES),
    };
    ImportProblem::NotATime { text: text.to_owned(), expected }
}
