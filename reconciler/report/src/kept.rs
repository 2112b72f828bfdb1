//! The form in which what a report says of a group is kept: numbers as few bytes, and each text once.

mod events;

use std::collections::HashMap;

use heal_engine::Labels;
use heal_program::{SemanticHash, Timestamp};

/// Something that can be written and read again.
pub trait Kept: Sized {
    /// Writes it.
    fn write(&self, writer: &mut Writer);
    /// Reads it; none where the bytes are of something else.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// Writes things. Texts that were written before are numbers.
#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
    texts: HashMap<String, u64>,
    labels: HashMap<Labels, u64>,
    /// The last time that was written: most are not far from it.
    last: i64,
}

impl Writer {
    /// What was written.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Writes a number, seven bits a byte.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.out.push((number & 0x7f) as u8);
    }

    pub(crate) fn bool(&mut self, truth: bool) {
        self.out.push(u8::from(truth));
    }

    pub(crate) fn time(&mut self, at: Timestamp) {
        let ahead = at.0.wrapping_sub(self.last);
        self.last = at.0;
        self.number(((ahead << 1) ^ (ahead >> 63)).cast_unsigned());
    }

    pub(crate) fn float(&mut self, value: f64) {
        self.out.extend(value.to_bits().to_le_bytes());
    }

    pub(crate) fn hash(&mut self, hash: SemanticHash) {
        self.out.extend(hash.0);
    }

    pub(crate) fn text(&mut self, text: &str) {
        if let Some(known) = self.texts.get(text) {
            return self.number(*known);
        }
        self.number(0);
        self.number(text.len() as u64);
        self.out.extend(text.as_bytes());
        self.texts.insert(text.to_owned(), self.texts.len() as u64 + 1);
    }

    pub(crate) fn labels(&mut self, labels: &Labels) {
        if let Some(known) = self.labels.get(labels) {
            return self.number(*known);
        }
        self.number(0);
        self.number(labels.len() as u64);
        for (name, value) in labels {
            self.text(name);
            self.text(value);
        }
        self.labels.insert(labels.clone(), self.labels.len() as u64 + 1);
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Writer, T)) {
        self.bool(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(crate) fn all<T: Kept>(&mut self, all: &[T]) {
        self.number(all.len() as u64);
        all.iter().for_each(|one| one.write(self));
    }
}

/// Reads what a [`Writer`] wrote.
pub struct Reader<'b> {
    rest: &'b [u8],
    texts: Vec<String>,
    labels: Vec<Labels>,
    last: i64,
}

impl<'b> Reader<'b> {
    pub(crate) fn of(bytes: &'b [u8]) -> Reader<'b> {
        Reader { rest: bytes, texts: Vec::new(), labels: Vec::new(), last: 0 }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// How many things follow: there are no more of them than bytes.
    pub(crate) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    pub(crate) fn bool(&mut self) -> Option<bool> {
        match self.take()? {
            [0] => Some(false),
            [1] => Some(true),
            [_] => None,
        }
    }

    pub(crate) fn time(&mut self) -> Option<Timestamp> {
        let number = self.number()?;
        let ahead = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
        self.last = self.last.wrapping_add(ahead);
        Some(Timestamp(self.last))
    }

    pub(crate) fn float(&mut self) -> Option<f64> {
        Some(f64::from_bits(u64::from_le_bytes(self.take()?)))
    }

    pub(crate) fn hash(&mut self) -> Option<SemanticHash> {
        self.take().map(SemanticHash)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        if let Some(place) = self.number()?.checked_sub(1) {
            return self.texts.get(usize::try_from(place).ok()?).cloned();
        }
        let length = self.count()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        self.texts.push(text.clone());
        Some(text)
    }

    pub(crate) fn labels(&mut self) -> Option<Labels> {
        if let Some(place) = self.number()?.checked_sub(1) {
            return self.labels.get(usize::try_from(place).ok()?).cloned();
        }
        let count = self.count()?;
        let labels: Labels = (0..count).map(|_| Some((self.text()?, self.text()?))).collect::<Option<_>>()?;
        self.labels.push(labels.clone());
        Some(labels)
    }

    pub(crate) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.bool()? { read(self).map(Some) } else { Some(None) }
    }

    pub(crate) fn all<T: Kept>(&mut self) -> Option<Vec<T>> {
        let count = self.count()?;
        (0..count).map(|_| T::read(self)).collect()
    }
}

/// A number that hardly any other bytes have: it tells what was cut off or overwritten, and is no defence.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum.rotate_left(29) ^ word).wrapping_mul(PRIME);
    let mut lanes = [1_u64, 2, 3, 4];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    let rest = rest.iter().fold(bytes.len() as u64, |sum, byte| mix(sum, u64::from(*byte)));
    let sum = lanes.into_iter().fold(rest, mix);
    sum ^ (sum >> 32)
}

#[cfg(test)]
mod tests;
