//! Writes `samples.parquet`: all samples, by series, then by time.

use std::io::Write;

use super::SAMPLES_FILE;
use super::scaled::scale_all;
use super::writer::{Column, TableWriter};
use crate::{RecordingError, Sample};

pub(super) const SCHEMA: &str = "message samples {
  REQUIRED INT32 series (INTEGER(32, false));
  REQUIRED INT64 time (TIMESTAMP(MILLIS, true));
  OPTIONAL INT64 scaled;
  OPTIONAL DOUBLE float;
}";

/// Most rows of a row group: a week of samples every 15 seconds has a group of its own, and some hundred bytes of the
/// footer are nothing beside it.
pub(crate) const SAMPLE_GROUP_ROWS: usize = 1 << 16;

/// Writes series after series, and keeps no more than one row group.
///
/// A series that does not fit into the rest of a row group begins a new one, so that most lie in as few as can be.
pub(crate) struct SampleWriter<W: Write + Send> {
    writer: TableWriter<W>,
    buffer: Buffer,
    decimals: Vec<Option<u32>>,
    rows: u64,
    /// The values of the series that is being appended.
    floats: Vec<f64>,
    /// The same, scaled.
    scaled: Vec<i64>,
}

/// What was written.
pub(crate) struct WrittenSamples<W> {
    /// Where it was written to.
    pub(crate) sink: W,
    /// For every series, the decimals of its scaled values; none where they are floats.
    pub(crate) decimals: Vec<Option<u32>>,
    /// How many rows there are.
    pub(crate) rows: u64,
}

impl<W: Write + Send> SampleWriter<W> {
    /// A table without rows.
    pub(crate) fn new(sink: W) -> Result<SampleWriter<W>, RecordingError> {
        Ok(SampleWriter {
            writer: TableWriter::new(SAMPLES_FILE, SCHEMA, sink)?,
            buffer: Buffer::default(),
            decimals: Vec::new(),
            rows: 0,
            floats: Vec::new(),
            scaled: Vec::new(),
        })
    }

    /// Appends the samples of the next series.
    pub(crate) fn append(&mut self, samples: &[Sample]) -> Result<(), RecordingError> {
        let id = self.decimals.len() as i32;
        self.floats.clear();
        self.floats.extend(samples.iter().map(|sample| sample.value));
        let decimals = scale_all(&self.floats, &mut self.scaled);
        self.decimals.push(decimals);
        self.rows += samples.len() as u64;
        if self.buffer.room() < samples.len() {
            self.buffer.flush(&mut self.writer)?;
        }
        let mut start = 0;
        while start < samples.len() {
            let end = samples.len().min(start + self.buffer.room());
            let times = samples.get(start..end).unwrap_or_default().iter().map(|sample| sample.at.0);
            if decimals.is_some() {
                self.buffer.scaled.extend_from_slice(self.scaled.get(start..end).unwrap_or_default());
            } else {
                self.buffer.floats.extend_from_slice(self.floats.get(start..end).unwrap_or_default());
            }
            self.buffer.extend(id, times, decimals.is_some());
            if self.buffer.room() == 0 {
                self.buffer.flush(&mut self.writer)?;
            }
            start = end;
        }
        Ok(())
    }

    /// Writes what is left, and the footer.
    pub(crate) fn finish(mut self) -> Result<WrittenSamples<W>, RecordingError> {
        self.buffer.flush(&mut self.writer)?;
        Ok(WrittenSamples { sink: self.writer.finish()?, decimals: self.decimals, rows: self.rows })
    }
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
    /// How many rows still fit.
    fn room(&self) -> usize {
        SAMPLE_GROUP_ROWS.saturating_sub(self.times.len())
    }

    /// Adds rows whose values were added.
    fn extend(&mut self, id: i32, times: impl Iterator<Item = i64>, scaled: bool) {
        self.times.extend(times);
        let rows = self.times.len();
        self.series.resize(rows, id);
        self.is_scaled.resize(rows, i16::from(scaled));
        self.is_float.resize(rows, i16::from(!scaled));
    }

    fn flush<W: Write + Send>(&mut self, writer: &mut TableWriter<W>) -> Result<(), RecordingError> {
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
        self.series.clear();
        self.times.clear();
        self.scaled.clear();
        self.is_scaled.clear();
        self.floats.clear();
        self.is_float.clear();
        Ok(())
    }
}
