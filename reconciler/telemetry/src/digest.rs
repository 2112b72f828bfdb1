//! SHA-256 in hexadecimal.

use std::io::{self, Write};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// SHA-256 of bytes, as 64 hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-256 of bytes that come in pieces.
pub(crate) fn sha256_of<E>(pieces: impl Iterator<Item = Result<Bytes, E>>) -> Result<String, E> {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(piece?);
    }
    Ok(hexadecimal(&hash.finalize()))
}

/// A writer that knows the hash and the number of the bytes that went through it.
pub(crate) struct Hashed<W> {
    inner: W,
    hash: Sha256,
    count: u64,
}

impl<W> Hashed<W> {
    /// Nothing was written yet.
    pub(crate) fn new(inner: W) -> Hashed<W> {
        Hashed { inner, hash: Sha256::new(), count: 0 }
    }

    /// The writer, the SHA-256 of all bytes in hexadecimal, and how many they are.
    pub(crate) fn finish(self) -> (W, String, u64) {
        (self.inner, hexadecimal(&self.hash.finalize()), self.count)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
