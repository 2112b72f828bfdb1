//! Reads series of `samples.parquet`, each straight into its columns.

use std::fmt;
use std::sync::Arc;

use heal_program::Timestamp;
use parquet::data_type::{DoubleType, Int32Type, Int64Type};

use super::column::Column;
use super::pages::Unpacker;
use super::sample_table::{BATCH_ROWS, Place, SampleTable, malformed};
use super::sample_writer::SAMPLE_GROUP_ROWS;
use super::scaled::SCALED_MAX;
use super::window::Window;
use super::{SAMPLES_FILE, guarded};
use crate::limits::is_recordable;
use crate::{Columns, RecordingError, Values};

/// Reads series after series. It remembers where it stopped, so that one who reads series in order decodes nothing
/// twice.
#[derive(Default)]
pub(crate) struct SampleReader {
    open: Option<OpenGroup>,
    unpacker: Unpacker,
    scaled: Vec<i64>,
    floats: Vec<f64>,
}

/// A row group that is being read.
struct OpenGroup {
    table: Arc<SampleTable>,
    group: usize,
    /// The next row.
    row: usize,
    rows: usize,
    window: Arc<Window>,
    ids: Column<Int32Type>,
    times: Column<Int64Type>,
    scaled: Column<Int64Type>,
    floats: Column<DoubleType>,
}

impl SampleReader {
    /// Puts the samples of a series in the place of what is in `columns`. After an error, nothing is in them.
    pub(crate) fn read(
        &mut self,
        table: &Arc<SampleTable>,
        id: u32,
        columns: &mut Columns,
    ) -> Result<(), RecordingError> {
        let Columns { mut times, values } = std::mem::take(columns);
        match values {
            Values::Scaled { scaled, .. } => self.scaled = scaled,
            Values::Floats(floats) => self.floats = floats,
        }
        times.clear();
        self.scaled.clear();
        self.floats.clear();
        let place = table.place(id).ok_or_else(|| malformed(format!("has no series {id}")))?;
        let read = guarded(SAMPLES_FILE, || self.read_rows(table, id, place, &mut times));
        if read.is_err() {
            self.open = None;
        }
        read?;
        let values = match place.decimals {
            Some(decimals) => Values::Scaled { decimals, scaled: std::mem::take(&mut self.scaled) },
            None => Values::Floats(std::mem::take(&mut self.floats)),
        };
        *columns = Columns { times, values };
        Ok(())
    }

    fn read_rows(
        &mut self,
        table: &Arc<SampleTable>,
        id: u32,
        place: &Place,
        times: &mut Vec<i64>,
    ) -> Result<(), RecordingError> {
        // A footer can claim any number of rows: only so many are made room for at once.
        let rows = usize::try_from(place.end - place.start).unwrap_or(usize::MAX).min(SAMPLE_GROUP_ROWS);
        times.reserve(rows);
        match place.decimals {
            Some(_) => self.scaled.reserve(rows),
            None => self.floats.reserve(rows),
        }
        let mut row = place.start;
        while row < place.end {
            let (group, position) = table.locate(row);
            let open = OpenGroup::at(self.open.take(), table, (group, position), &self.unpacker)?;
            let open = self.open.insert(open);
            let rows = usize::try_from(place.end - row).unwrap_or(usize::MAX);
            let rows = rows.min(open.rows.saturating_sub(position)).min(BATCH_ROWS);
            self.append(id, place, rows, times)?;
            row += rows as u64;
        }
        let found =
            times.first().zip(times.last()).map(|(first, last)| (Timestamp(*first), Timestamp(*last)));
        if found != place.span {
            return Err(malformed(format!("has a footer with other times of series {id} than its rows")));
        }
        Ok(())
    }

    /// Appends the next rows, all of one series.
    fn append(
        &mut self,
        id: u32,
        place: &Place,
        rows: usize,
        times: &mut Vec<i64>,
    ) -> Result<(), RecordingError> {
        let Some(OpenGroup { table, group, row, window, ids, times: open_times, scaled, floats, .. }) =
            &mut self.open
        else {
            return Err(malformed("has no such row group"));
        };
        let group = table.group_in(*group, window, &self.unpacker)?;
        let (start, scaled_start, floats_start) = (times.len(), self.scaled.len(), self.floats.len());
        let is_own = ids.pass_same(&group, rows, id.cast_signed())?;
        open_times.append(&group, rows, times)?;
        let scaled_count = scaled.append(&group, rows, &mut self.scaled)?;
        let floats_count = floats.append(&group, rows, &mut self.floats)?;
        *row += rows;
        if !is_own {
            return Err(malformed(format!(
                "has samples of other series where those of series {id} should be"
            )));
        }
        let kind = (scaled_count, floats_count, place.decimals.is_some());
        if kind != (rows, 0, true) && kind != (0, rows, false) {
            return Err(if scaled_count + floats_count == rows && (scaled_count == 0 || floats_count == 0) {
                malformed(format!("and `series.parquet` do not agree on the decimals of series {id}"))
            } else {
                malformed(format!("mixes scaled values, floats or nulls in series {id}"))
            });
        }
        let known = times.get(start.saturating_sub(1)..).unwrap_or_default();
        if !is_rising(known) {
            return Err(malformed(format!("is not sorted by time, or has a time twice, in series {id}")));
        }
        let ends = [times.get(start), times.last()];
        if !ends.into_iter().flatten().all(|time| is_recordable(Timestamp(*time))) {
            return Err(malformed(format!("has a time outside the years 1 to 9999 in series {id}")));
        }
        let scaled = self.scaled.get(scaled_start..).unwrap_or_default();
        if !is_in_range(scaled) {
            return Err(malformed(format!("has a scaled value beyond 2^53 in series {id}")));
        }
        let floats = self.floats.get(floats_start..).unwrap_or_default();
        if !every(floats.iter(), |value| value.is_finite()) {
            return Err(malformed(format!("has a value that is not finite in series {id}")));
        }
        Ok(())
    }
}

impl OpenGroup {
    /// A row group at a row: the one that is open, if it is that one and has not gone past the row.
    fn at(
        open: Option<OpenGroup>,
        table: &Arc<SampleTable>,
        (group, row): (usize, usize),
        unpacker: &Unpacker,
    ) -> Result<OpenGroup, RecordingError> {
        let fitting =
            open.filter(|open| Arc::ptr_eq(&open.table, table) && open.group == group && open.row <= row);
        let mut open = match fitting {
            Some(open) => open,
            None => OpenGroup::start(table, group, unpacker)?,
        };
        let skipped = row - open.row;
        if skipped > 0 {
            let group = table.group_in(group, &open.window, unpacker)?;
            open.ids.skip(&group, skipped)?;
            open.times.skip(&group, skipped)?;
            open.scaled.skip(&group, skipped)?;
            open.floats.skip(&group, skipped)?;
            open.row = row;
        }
        Ok(open)
    }

    fn start(
        table: &Arc<SampleTable>,
        index: usize,
        unpacker: &Unpacker,
    ) -> Result<OpenGroup, RecordingError> {
        let group = table.group(index, unpacker)?;
        Ok(OpenGroup {
            table: Arc::clone(table),
            group: index,
            row: 0,
            rows: group.rows(),
            window: group.window(),
            ids: Column::of(&group, 0),
            times: Column::of(&group, 1),
            scaled: Column::of(&group, 2),
            floats: Column::of(&group, 3),
        })
    }
}

impl fmt::Debug for SampleReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SampleReader").field("group", &self.open.as_ref().map(|open| open.group)).finish()
    }
}

/// Whether each time is after the one before. Comparing numbers of 64 bits is slow, and subtracting them is not: what lies
/// apart by less than any recordable times do, and not by less than one, rises.
fn is_rising(times: &[i64]) -> bool {
    let pairs = times.iter().zip(times.iter().skip(1));
    // INVARIANT: so many differences below this do not go around.
    const APART_MAX: u64 = 1 << 49;
    const _: () = assert!(BATCH_ROWS < 1 << 14, "differences could go around");
    let bits = pairs.clone().fold(0, |bits, (earlier, later)| {
        bits | later.wrapping_sub(*earlier).wrapping_sub(1).cast_unsigned()
    });
    bits < APART_MAX || every(pairs, |(earlier, later)| earlier < later)
}

/// Whether scaled values are at most [`SCALED_MAX`] in size.
fn is_in_range(scaled: &[i64]) -> bool {
    let bits = scaled.iter().fold(0, |bits, value| bits | value.wrapping_add(SCALED_MAX).cast_unsigned());
    bits < SCALED_MAX.cast_unsigned() * 2
        || every(scaled.iter(), |value| (-SCALED_MAX..=SCALED_MAX).contains(value))
}

/// As [`Iterator::all`], but without leaving early, which lets the compiler take many values at a time.
fn every<T>(values: impl Iterator<Item = T>, is_fine: impl Fn(T) -> bool) -> bool {
    values.fold(true, |fine, value| fine & is_fine(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn many_at_a_time_are_judged_as_one_at_a_time(
            numbers in proptest::collection::vec(prop_oneof![any::<i64>(), -3i64..3, Just(SCALED_MAX), Just(-SCALED_MAX)], 0..4),
            steps in proptest::collection::vec(-1i64..400_000_000_000_000, 0..6),
        ) {
            let times: Vec<i64> = steps.iter().scan(0, |at, step| { *at += step; Some(*at) }).collect();
            for times in [&numbers, &times] {
                prop_assert_eq!(is_rising(times), times.is_sorted_by(|earlier, later| earlier < later));
            }
            let is_fine = numbers.iter().all(|it| (-SCALED_MAX..=SCALED_MAX).contains(it));
            prop_assert_eq!(is_in_range(&numbers), is_fine);
        }
    }
}
