//! The bytes of a file: in memory, or on disk and read where they are needed.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::RecordingError;

/// Bytes that are read at a time where all of a file is needed once.
const PIECE_BYTES: u64 = 1 << 18;

/// The bytes of a file. Any number of threads may read them.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// All of them.
    Memory(Bytes),
    /// A file that stays open, so that another one that takes its place changes nothing.
    File(Arc<OpenFile>),
}

/// A file that is read at any place.
#[derive(Debug)]
pub(crate) struct OpenFile {
    file: File,
    path: Box<Path>,
    length: u64,
}

impl Source {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Source, RecordingError> {
        let file = File::open(path).map_err(failed(path))?;
        let length = file.metadata().map_err(failed(path))?.len();
        Ok(Source::File(Arc::new(OpenFile { file, path: path.into(), length })))
    }

    /// How many bytes there are.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Source::Memory(bytes) => bytes.len() as u64,
            Source::File(file) => file.length,
        }
    }

    /// The bytes from `start` to `end`, or to the end of the file if that comes first.
    pub(crate) fn read(&self, start: u64, end: u64) -> Result<Bytes, RecordingError> {
        let end = end.min(self.length());
        let start = start.min(end);
        match self {
            Source::Memory(bytes) => Ok(bytes.slice(start as usize..end as usize)),
            Source::File(file) => {
                let bytes = read_at(&file.file, (end - start) as usize, start);
                Ok(bytes.map_err(failed(&file.path))?.into())
            }
        }
    }

    /// All bytes.
    pub(crate) fn read_all(&self) -> Result<Bytes, RecordingError> {
        self.read(0, self.length())
    }

    /// All bytes, a piece at a time.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Result<Bytes, RecordingError>> {
        let starts = (0..self.length()).step_by(PIECE_BYTES as usize);
        starts.map(|start| self.read(start, start.saturating_add(PIECE_BYTES)))
    }
}

/// So many bytes from a place in a file, without moving the place where others read.
#[cfg(unix)]
fn read_at(file: &File, length: usize, mut start: u64) -> io::Result<Vec<u8>> {
    // Memory that is filled at once need not be cleared before.
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut bytes), start) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => start += count as u64,
            Err(rustix::io::Errno::INTR) => {}
            Err(wrong) => return Err(wrong.into()),
        }
    }
    // There may have been more room than was asked for.
    bytes.truncate(length);
    Ok(bytes)
}

/// So many bytes from a place in a file.
#[cfg(windows)]
fn read_at(file: &File, length: usize, mut start: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut buffer = bytes.as_mut_slice();
    while !buffer.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, buffer, start)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = buffer.get_mut(count..).unwrap_or_default();
        start += count as u64;
    }
    Ok(bytes)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> RecordingError {
    let path = path.to_owned();
    move |source| RecordingError::Io { action: "read", path, source }
}
