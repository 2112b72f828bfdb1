//! `samples.parquet`, opened: which rows belong to which series, and from when to when each goes.

use std::fmt;
use std::sync::Arc;

use heal_program::Timestamp;
use parquet::data_type::{Int32Type, Int64Type};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use super::SAMPLES_FILE;
use super::pages::Unpacker;
use super::reader::{Group, TableReader};
use super::sample_writer::SCHEMA;
use super::window::Window;
use crate::limits::is_recordable;
use crate::source::Source;
use crate::{RecordingError, SAMPLES_MAX};

/// Rows decoded at a time: few enough that their columns stay in the processor's cache.
pub(super) const BATCH_ROWS: usize = 1 << 13;

/// An opened table of samples. Any number of threads may read it, each with its own
/// [`SampleReader`](super::SampleReader).
pub(crate) struct SampleTable {
    table: TableReader,
    /// For every row group, the row after its last one, counted over all groups.
    group_ends: Vec<u64>,
    places: Vec<Place>,
}

/// Where a series lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Its first row, counted over all row groups.
    pub(crate) start: u64,
    /// The row after its last one.
    pub(crate) end: u64,
    /// Decimals of its scaled values; none where they are floats.
    pub(crate) decimals: Option<u32>,
    /// The times of its first and its last row; none if it has none.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
}

/// What came of opening a table.
pub(crate) enum OpenedSamples {
    /// The series have as many samples as was said.
    Fitting(Box<SampleTable>),
    /// They have others, or so the footer says: how many each has.
    Other(Vec<u64>),
}

impl SampleTable {
    /// Opens a table of series that are said to have so many samples, and these decimals. Only row groups in which
    /// several series lie are looked into; what the footer says of the others is checked when they are read.
    pub(crate) fn open(
        source: Source,
        counts: &[u64],
        decimals: &[Option<u32>],
    ) -> Result<OpenedSamples, RecordingError> {
        let table = TableReader::open(SAMPLES_FILE, source, SCHEMA, SAMPLES_MAX)?;
        let mut end: u64 = 0;
        let places = counts.iter().zip(decimals).map(|(count, decimals)| {
            let start = end;
            end = end.saturating_add(*count);
            Place { start, end, decimals: *decimals, span: None }
        });
        let mut places: Vec<Place> = places.collect();
        if end != table.rows() || !find_spans(&table, &mut places)? {
            return count_rows(&table, counts.len()).map(OpenedSamples::Other);
        }
        let mut end = 0;
        let group_ends = table.groups_metadata().iter().map(|group| {
            end += group.num_rows().unsigned_abs();
            end
        });
        let group_ends = group_ends.collect();
        Ok(OpenedSamples::Fitting(Box::new(SampleTable { table, group_ends, places })))
    }

    /// Its bytes.
    pub(crate) fn source(&self) -> &Source {
        self.table.source()
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> u64 {
        self.table.rows()
    }

    /// Where a series lies.
    pub(crate) fn place(&self, id: u32) -> Option<&Place> {
        self.places.get(usize::try_from(id).ok()?)
    }

    /// Where all series lie, by id.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The row group in which a row lies, and its position there.
    pub(super) fn locate(&self, row: u64) -> (usize, usize) {
        let group = self.group_ends.partition_point(|end| *end <= row);
        let start = group.checked_sub(1).and_then(|before| self.group_ends.get(before)).copied();
        (group, usize::try_from(row - start.unwrap_or(0)).unwrap_or(usize::MAX))
    }

    /// A row group, its bytes in memory.
    pub(super) fn group(&self, index: usize, unpacker: &Unpacker) -> Result<Group<'_>, RecordingError> {
        self.table.group(index, unpacker)
    }

    /// A row group whose bytes were read before.
    pub(super) fn group_in(
        &self,
        index: usize,
        window: &Arc<Window>,
        unpacker: &Unpacker,
    ) -> Result<Group<'_>, RecordingError> {
        self.table.group_in(index, window, unpacker)
    }
}

impl fmt::Debug for SampleTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (series, groups) = (self.places.len(), self.group_ends.len());
        out.debug_struct("SampleTable").field("series", &series).field("groups", &groups).finish()
    }
}

/// Finds the times of the first and last row of every series. Says no where a series lies elsewhere.
fn find_spans(table: &TableReader, places: &mut [Place]) -> Result<bool, RecordingError> {
    let unpacker = Unpacker::default();
    let (mut series, mut start) = (0, 0);
    for (index, group) in table.groups_metadata().iter().enumerate() {
        let end = start + group.num_rows().unsigned_abs();
        if start == end {
            continue;
        }
        while places.get(series).is_some_and(|place| place.end <= start) {
            series += 1;
        }
        let Some(place) = places.get_mut(series) else { return Ok(false) };
        match (place.end >= end).then(|| ends_of(group)).flatten() {
            Some(Ends { ids, times }) => {
                if ids.0 != ids.1 || usize::try_from(ids.0) != Ok(series) {
                    return Ok(false);
                }
                place.extend(series, times.0, times.1)?;
            }
            None => {
                if !look_into(&table.group(index, &unpacker)?, start, series, places)? {
                    return Ok(false);
                }
            }
        }
        start = end;
    }
    Ok(true)
}

/// The least and greatest id and time of a row group.
struct Ends {
    ids: (i32, i32),
    times: (i64, i64),
}

/// What the footer says of a row group, if it says so.
fn ends_of(group: &RowGroupMetaData) -> Option<Ends> {
    let (ids, times) = (group.columns().first()?.statistics()?, group.columns().get(1)?.statistics()?);
    let (Statistics::Int32(ids), Statistics::Int64(times)) = (ids, times) else { return None };
    Some(Ends { ids: (*ids.min_opt()?, *ids.max_opt()?), times: (*times.min_opt()?, *times.max_opt()?) })
}

/// Finds the times of the first and last rows of the series in a row group, which begins at row `start` with a series.
fn look_into(
    group: &Group<'_>,
    start: u64,
    first: usize,
    places: &mut [Place],
) -> Result<bool, RecordingError> {
    let (mut ids, mut times) = (group.cursor::<Int32Type>(0)?, group.cursor::<Int64Type>(1)?);
    let (mut series, mut row, mut left) = (first, start, group.rows());
    while left > 0 {
        let rows = left.min(BATCH_ROWS);
        left -= rows;
        ids.advance(rows)?;
        times.advance(rows)?;
        let (mut ids, mut times) = (ids.values.as_slice(), times.values.as_slice());
        while let Some(time) = times.first() {
            while places.get(series).is_some_and(|place| place.end <= row) {
                series += 1;
            }
            let Some(place) = places.get_mut(series) else { return Ok(false) };
            let run = times.len().min(usize::try_from(place.end - row).unwrap_or(usize::MAX));
            let (Some(own), Some(own_times)) = (ids.split_off(..run), times.split_off(..run)) else {
                return Ok(false);
            };
            let id = series as i32;
            if !own.iter().fold(true, |fits, other| fits & (*other == id)) {
                return Ok(false);
            }
            place.extend(series, *time, own_times.last().copied().unwrap_or(*time))?;
            row += run as u64;
        }
    }
    Ok(true)
}

/// Counts the rows of every series, wherever they lie.
fn count_rows(table: &TableReader, series: usize) -> Result<Vec<u64>, RecordingError> {
    let mut counts = vec![0; series];
    let mut previous = 0;
    for group in table.groups() {
        let group = group?;
        let mut ids = group.cursor::<Int32Type>(0)?;
        let mut left = group.rows();
        while left > 0 {
            let rows = left.min(BATCH_ROWS);
            left -= rows;
            ids.advance(rows)?;
            for id in ids.values.iter().map(|id| id.cast_unsigned()) {
                if id < previous {
                    return Err(malformed("is not sorted by series"));
                }
                previous = id;
                let count = usize::try_from(id).ok().and_then(|id| counts.get_mut(id));
                *count.ok_or_else(|| malformed(format!("has samples of an unknown series {id}")))? += 1;
            }
        }
    }
    Ok(counts)
}

impl Place {
    fn extend(&mut self, series: usize, first: i64, last: i64) -> Result<(), RecordingError> {
        let (first, last) = (Timestamp(first), Timestamp(last));
        if !is_recordable(first) || !is_recordable(last) {
            return Err(malformed(format!("has a time outside the years 1 to 9999 in series {series}")));
        }
        self.span = Some((self.span.map_or(first, |(first, _)| first), last));
        Ok(())
    }
}

pub(super) fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(SAMPLES_FILE, reason)
}
