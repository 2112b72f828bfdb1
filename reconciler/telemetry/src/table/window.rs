//! A part of a file in memory, which the Parquet crate reads as if it were the file.

use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::RecordingError;
use crate::source::Source;

/// A part of a file. What lies outside it cannot be read.
pub(super) struct Window {
    /// Where in the file it begins.
    start: u64,
    bytes: Bytes,
    /// How long the file is.
    length: u64,
}

impl Window {
    /// The part from `start` to `end`, or to the end of the file if that comes first.
    pub(super) fn of(source: &Source, start: u64, end: u64) -> std::result::Result<Window, RecordingError> {
        Ok(Window { start, bytes: source.read(start, end)?, length: source.length() })
    }

    fn position(&self, start: u64) -> Result<usize> {
        let position = start.checked_sub(self.start).and_then(|position| usize::try_from(position).ok());
        let position = position.filter(|position| *position <= self.bytes.len());
        position.ok_or_else(|| ParquetError::EOF(format!("nothing can be read at byte {start}")))
    }
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Window {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Reader<Bytes>> {
        Ok(self.bytes.slice(self.position(start)?..).reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let begin = self.position(start)?;
        match begin.checked_add(length).filter(|end| *end <= self.bytes.len()) {
            Some(end) => Ok(self.bytes.slice(begin..end)),
            None => Err(ParquetError::EOF(format!("{length} bytes cannot be read at byte {start}"))),
        }
    }
}
