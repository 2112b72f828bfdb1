//! `samples.parquet`: all samples, by series, then by time.

use bytes::Bytes;
use heal_program::Timestamp;
use parquet::data_type::{DoubleType, Int32Type, Int64Type};

use super::reader::{Cursor, Group, TableReader};
use super::scaled::{SCALED_MAX, decimals_of, divisor, scale, unscale};
use super::writer::{Column, GROUP_ROWS, TableWriter};
use super::{Encoded, SAMPLES_FILE};
use crate::limits::is_recordable;
use crate::{RecordingError, SAMPLES_MAX, Sample, Series};

const SCHEMA: &str = "message samples {
  REQUIRED INT32 series (INTEGER(32, false));
  REQUIRED INT64 time (TIMESTAMP(MILLIS, true));
  OPTIONAL INT64 scaled;
  OPTIONAL DOUBLE float;
}";

/// Rows decoded at a time: few enough that their columns stay in the processor's cache.
const BATCH_ROWS: usize = 1 << 15;

/// Encodes all samples. Also gives, for every series, the decimals of its scaled values; none where they are floats.
pub(crate) fn write_samples(series: &[Series]) -> Result<(Encoded, Vec<Option<i32>>), RecordingError> {
    let mut writer = TableWriter::new(SAMPLES_FILE, SCHEMA)?;
    let mut buffer = Buffer::default();
    let mut decimals_by_series = Vec::with_capacity(series.len());
    for (id, series) in series.iter().enumerate() {
        let decimals = decimals_of(&series.samples);
        decimals_by_series.push(decimals);
        let mut rest = series.samples.as_slice();
        while !rest.is_empty() {
            let room = GROUP_ROWS.saturating_sub(buffer.times.len()).min(rest.len());
            let Some((chunk, later)) = rest.split_at_checked(room) else { break };
            buffer.extend(id, decimals, chunk);
            rest = later;
            if buffer.times.len() >= GROUP_ROWS {
                buffer.flush(&mut writer)?;
            }
        }
    }
    buffer.flush(&mut writer)?;
    Ok((writer.finish()?, decimals_by_series))
}

/// Decodes all samples, by series. `decimals` are those of the series table.
pub(crate) fn read_samples(
    bytes: Bytes,
    decimals: &[Option<i32>],
    counts: &[u64],
) -> Result<Vec<Vec<Sample>>, RecordingError> {
    let table = TableReader::open(SAMPLES_FILE, bytes, SCHEMA, SAMPLES_MAX)?;
    let capacity = |count: &u64| usize::try_from(*count).unwrap_or(0).min(GROUP_ROWS);
    let mut all: Vec<Vec<Sample>> = counts
        .iter()
        .map(|count| Vec::with_capacity(if *count <= table.rows() { capacity(count) } else { 0 }))
        .collect();
    let mut previous = None;
    for group in table.groups() {
        let group = group?;
        let mut cursors = Cursors::start(&group)?;
        let mut left = group.rows();
        while left > 0 {
            let rows = left.min(BATCH_ROWS);
            left -= rows;
            let mut batch = cursors.advance(rows)?;
            while let Some((id, run)) = batch.next_run()? {
                if previous.is_some_and(|previous| id < previous) {
                    return Err(malformed("is not sorted by series"));
                }
                previous = Some(id);
                let place = usize::try_from(id).ok();
                let target = place.and_then(|place| Some((all.get_mut(place)?, decimals.get(place)?)));
                let (samples, decimals) =
                    target.ok_or_else(|| malformed(format!("has samples of an unknown series {id}")))?;
                run.append(id, *decimals, samples)?;
            }
        }
    }
    Ok(all)
}

/// The columns of a row group that is being filled.
#[derive(Default)]
struct Buffer {
    series: Vec<i32>,
    times: Vec<i64>,
    scaled: Vec<i64>,
    is_scaled: Vec<i16>,
    floats: Vec<f64>,
    is_float: Vec<i16>,
}

impl Buffer {
    fn extend(&mut self, id: usize, decimals: Option<i32>, samples: &[Sample]) {
        let rows = self.times.len() + samples.len();
        self.series.resize(rows, id as i32);
        self.times.extend(samples.iter().map(|sample| sample.at.0));
        if let Some(decimals) = decimals {
            let divisor = divisor(decimals);
            self.scaled.extend(samples.iter().filter_map(|sample| scale(sample.value, divisor)));
        } else {
            self.floats.extend(samples.iter().map(|sample| sample.value));
        }
        self.is_scaled.resize(rows, i16::from(decimals.is_some()));
        self.is_float.resize(rows, i16::from(decimals.is_none()));
    }

    fn flush(&mut self, writer: &mut TableWriter) -> Result<(), RecordingError> {
        if self.times.is_empty() {
            return Ok(());
        }
        let columns = [
            Column::Small(&self.series),
            Column::Integers(&self.times),
            Column::OptionalIntegers(&self.scaled, &self.is_scaled),
            Column::OptionalFloats(&self.floats, &self.is_float),
        ];
        writer.group(self.times.len(), &columns)?;
        *self = Buffer::default();
        Ok(())
    }
}

/// The places in the columns of a row group that is being read.
struct Cursors {
    series: Cursor<Int32Type>,
    times: Cursor<Int64Type>,
    scaled: Cursor<Int64Type>,
    floats: Cursor<DoubleType>,
}

impl Cursors {
    fn start(group: &Group<'_>) -> Result<Cursors, RecordingError> {
        Ok(Cursors {
            series: group.cursor(0)?,
            times: group.cursor(1)?,
            scaled: group.cursor(2)?,
            floats: group.cursor(3)?,
        })
    }

    fn advance(&mut self, rows: usize) -> Result<Rows<'_>, RecordingError> {
        self.series.advance(rows)?;
        self.times.advance(rows)?;
        self.scaled.advance(rows)?;
        self.floats.advance(rows)?;
        Ok(Rows {
            series: &self.series.values,
            times: &self.times.values,
            scaled: &self.scaled.values,
            is_scaled: &self.scaled.present,
            floats: &self.floats.values,
            is_float: &self.floats.present,
        })
    }
}

/// Rows not yet taken from a batch.
struct Rows<'a> {
    series: &'a [i32],
    times: &'a [i64],
    scaled: &'a [i64],
    is_scaled: &'a [i16],
    floats: &'a [f64],
    is_float: &'a [i16],
}

/// Neighbouring rows of one series, all scaled or all floats.
enum Run<'a> {
    Scaled { times: &'a [i64], values: &'a [i64] },
    Floats { times: &'a [i64], values: &'a [f64] },
}

impl<'a> Rows<'a> {
    fn next_run(&mut self) -> Result<Option<(u32, Run<'a>)>, RecordingError> {
        let Some(&id) = self.series.first() else { return Ok(None) };
        let rows = self.series.iter().take_while(|&&other| other == id).count();
        let torn = || malformed("has columns of different lengths");
        take(&mut self.series, rows).ok_or_else(torn)?;
        let times = take(&mut self.times, rows).ok_or_else(torn)?;
        let is_scaled = take(&mut self.is_scaled, rows).ok_or_else(torn)?;
        let is_float = take(&mut self.is_float, rows).ok_or_else(torn)?;
        let (all_scaled, none_scaled) = (all(is_scaled, 1), all(is_scaled, 0));
        let (all_floats, no_floats) = (all(is_float, 1), all(is_float, 0));
        let run = if all_scaled && no_floats {
            Run::Scaled { times, values: take(&mut self.scaled, rows).ok_or_else(torn)? }
        } else if none_scaled && all_floats {
            Run::Floats { times, values: take(&mut self.floats, rows).ok_or_else(torn)? }
        } else {
            return Err(malformed(format!(
                "mixes scaled values, floats or nulls in series {}",
                id.cast_unsigned()
            )));
        };
        Ok(Some((id.cast_unsigned(), run)))
    }
}

impl Run<'_> {
    /// Appends the run to the samples of its series.
    fn append(
        &self,
        id: u32,
        decimals: Option<i32>,
        samples: &mut Vec<Sample>,
    ) -> Result<(), RecordingError> {
        let times = match self {
            Run::Scaled { times, .. } | Run::Floats { times, .. } => *times,
        };
        let follows = match (samples.last(), times.first()) {
            (Some(last), Some(first)) => last.at.0 < *first,
            (None, _) | (_, None) => true,
        };
        let later_times = times.get(1..).unwrap_or_default();
        if !follows || !every(times.iter().zip(later_times), |(earlier, later)| earlier < later) {
            return Err(malformed(format!("is not sorted by time, or has a time twice, in series {id}")));
        }
        let ends = [times.first(), times.last()];
        if !ends.into_iter().flatten().all(|time| is_recordable(Timestamp(*time))) {
            return Err(malformed(format!("has a time outside the years 1 to 9999 in series {id}")));
        }
        match (self, decimals) {
            (Run::Scaled { values, .. }, Some(decimals)) => {
                if !every(values.iter(), |value| (-SCALED_MAX..=SCALED_MAX).contains(value)) {
                    return Err(malformed(format!("has a scaled value beyond 2^53 in series {id}")));
                }
                let divisor = divisor(decimals);
                let pairs = times.iter().zip(values.iter());
                samples.extend(pairs.map(|(time, value)| sample(*time, unscale(*value, divisor))));
            }
            (Run::Floats { values, .. }, None) => {
                if !every(values.iter(), |value| value.is_finite()) {
                    return Err(malformed(format!("has a value that is not finite in series {id}")));
                }
                let pairs = times.iter().zip(values.iter());
                samples.extend(pairs.map(|(time, value)| sample(*time, *value)));
            }
            (Run::Scaled { .. }, None) | (Run::Floats { .. }, Some(_)) => {
                return Err(malformed(format!(
                    "and `series.parquet` do not agree on the decimals of series {id}"
                )));
            }
        }
        Ok(())
    }
}

fn sample(time: i64, value: f64) -> Sample {
    Sample { at: Timestamp(time), value }
}

fn take<'a, T>(slice: &mut &'a [T], count: usize) -> Option<&'a [T]> {
    slice.split_off(..count)
}

fn all(flags: &[i16], wanted: i16) -> bool {
    every(flags.iter(), |flag| *flag == wanted)
}

/// As [`Iterator::all`], but without leaving early, which lets the compiler take many values at a time.
fn every<T>(values: impl Iterator<Item = T>, is_fine: impl Fn(T) -> bool) -> bool {
    values.fold(true, |fine, value| fine & is_fine(value))
}

fn malformed(reason: impl Into<String>) -> RecordingError {
    RecordingError::malformed(SAMPLES_FILE, reason)
}
