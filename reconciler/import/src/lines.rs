//! The lines of a stream, one at a time: a file of any size takes the memory of its longest line.

use std::io::{BufRead, Read as _};

use heal_telemetry::csv::foreign;

use crate::ImportError;

/// The longest line that is read, in bytes.
pub(crate) const LINE_BYTES_MAX: usize = 16 << 20;

/// The lines of a stream.
pub(crate) struct Lines<'a, R> {
    file: &'a str,
    stream: R,
    number: u64,
    bytes: Vec<u8>,
}

/// A line without its end.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// Whether a line feed ended it: the last one of a file that was cut off has none.
    pub(crate) is_ended: bool,
}

impl<'a, R: BufRead> Lines<'a, R> {
    /// The lines of a stream, which errors call `file`.
    pub(crate) fn new(file: &'a str, stream: R) -> Lines<'a, R> {
        Lines { file, stream, number: 0, bytes: Vec::new() }
    }

    /// The next line, without a mark of byte order before the first.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, ImportError> {
        self.bytes.clear();
        if self.number == 0 {
            let start = self.stream.fill_buf();
            let start =
                start.map_err(|wrong| ImportError::of_file(self.file, format!("cannot be read: {wrong}")))?;
            if let Some(reason) = foreign(self.file, start) {
                return Err(ImportError::of_file(self.file, reason));
            }
        }
        let mut limited = (&mut self.stream).take(LINE_BYTES_MAX as u64 + 1);
        let read = limited.read_until(b'\n', &mut self.bytes);
        let read =
            read.map_err(|wrong| ImportError::of_file(self.file, format!("cannot be read: {wrong}")))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read > LINE_BYTES_MAX {
            let reason = format!("the line has more than {} MiB: is it a text?", LINE_BYTES_MAX >> 20);
            return Err(ImportError::at_line(self.file, self.number, reason));
        }
        let mut bytes = self.bytes.as_slice();
        if self.number == 1 {
            bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        }
        let ended = bytes.strip_suffix(b"\n");
        let line = ended.unwrap_or(bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(Line { number: self.number, bytes: line, is_ended: ended.is_some() }))
    }
}

impl<'a> Line<'a> {
    /// Its text.
    pub(crate) fn text(self, file: &str) -> Result<&'a str, ImportError> {
        std::str::from_utf8(self.bytes)
            .map_err(|_| ImportError::at_line(file, self.number, "the line is not UTF-8"))
    }
}
