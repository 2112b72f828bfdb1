//! Lists that may be very long: what is at hand of them is how many there are and the first few; the rest is read when it
//! is asked for.

use std::{
    borrow::Borrow,
    fmt,
    ops::{Deref, Range},
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kept::{Kept, Reader, Writer};

/// So many stand at the beginning of a list by themselves: what a terminal shows of all that happened is among them.
pub(crate) const FIRST_MAX: usize = 60;

/// A list of events of a report.
#[derive(Clone)]
pub struct Listed<T> {
    count: usize,
    /// The first of them: all, where nothing is kept apart.
    first: Vec<T>,
    /// All of them as bytes.
    packed: Option<Packed>,
    /// All of them, once somebody has asked.
    all: OnceLock<Vec<T>>,
}

/// A part of bytes that were kept.
#[derive(Clone)]
struct Packed {
    bytes: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Packed {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Listed<T> {
        Listed::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for Listed<T> {
    fn from(all: Vec<T>) -> Listed<T> {
        Listed { count: all.len(), first: all, packed: None, all: OnceLock::new() }
    }
}

impl<T> Listed<T> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<T: Kept> Listed<T> {
    /// All of them.
    pub(crate) fn as_slice(&self) -> &[T] {
        match &self.packed {
            None => &self.first,
            Some(packed) => self.all.get_or_init(|| unpacked(packed.bytes(), self.count)),
        }
    }

    /// Visits all of them; what is read for this alone is not held for longer.
    pub(crate) fn each(&self, mut visit: impl FnMut(&T)) {
        match (&self.packed, self.all.get()) {
            (Some(packed), None) => {
                let mut reader = Reader::of(packed.bytes());
                let all = (0..self.count).map_while(|_| T::read(&mut reader));
                all.for_each(|one| visit(&one));
            }
            (_, _) => self.as_slice().iter().for_each(visit),
        }
    }

    /// The first few, and no more than [`FIRST_MAX`].
    pub(crate) fn first(&self) -> &[T] {
        self.first.get(..FIRST_MAX.min(self.first.len())).unwrap_or_default()
    }

    /// Whether two lists are the same, without reading them: no where that cannot be told.
    pub(crate) fn is_surely(&self, other: &Listed<T>) -> bool
    where
        T: PartialEq,
    {
        match (&self.packed, &other.packed) {
            (Some(one), Some(other)) => one.bytes() == other.bytes(),
            (None, None) => self.first == other.first,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Writes a list of so many: the first few, and then all.
    pub(crate) fn pack(count: usize, all: impl Iterator<Item = impl Borrow<T>>, out: &mut Vec<u8>) {
        let (mut first, mut rest) = (Writer::default(), Writer::default());
        for (place, one) in all.enumerate() {
            if place < FIRST_MAX {
                one.borrow().write(&mut first);
            }
            if count > FIRST_MAX {
                one.borrow().write(&mut rest);
            }
        }
        let (mut lengths, first, rest) = (Writer::default(), first.finish(), rest.finish());
        [count, first.len(), rest.len()].into_iter().for_each(|it| lengths.number(it as u64));
        out.extend(lengths.finish());
        out.extend(first);
        out.extend(rest);
    }

    /// Takes what [`Listed::pack`] wrote from a place in bytes, which moves behind it.
    pub(crate) fn unpack(bytes: &Arc<Vec<u8>>, at: &mut usize) -> Option<Listed<T>> {
        let mut lengths = Reader::of(bytes.get(*at..)?);
        let mut length = || usize::try_from(lengths.number()?).ok();
        let (count, first, rest) = (length()?, length()?, length()?);
        *at = bytes.len().checked_sub(lengths.left())?;
        let begin = *at;
        let between = begin.checked_add(first)?;
        *at = between.checked_add(rest)?;
        let held = count.min(FIRST_MAX);
        let first = read(bytes.get(begin..between)?, held)?;
        bytes.get(between..*at)?;
        let packed = (count > FIRST_MAX).then(|| Packed { bytes: bytes.clone(), range: between..*at });
        Some(Listed { count, first, packed, all: OnceLock::new() })
    }
}

fn read<T: Kept>(bytes: &[u8], count: usize) -> Option<Vec<T>> {
    let mut reader = Reader::of(bytes);
    (0..count).map(|_| T::read(&mut reader)).collect()
}

/// What was packed. INVARIANT: the bytes are those that this very Heal wrote, because their checksum is, and the name that
/// they are kept under has its version.
fn unpacked<T: Kept>(bytes: &[u8], count: usize) -> Vec<T> {
    let all = read(bytes, count);
    debug_assert!(all.is_some(), "what was packed is not what is read");
    all.unwrap_or_default()
}

impl<T: Kept> Deref for Listed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<'l, T: Kept> IntoIterator for &'l Listed<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl<T: Kept + PartialEq> PartialEq for Listed<T> {
    fn eq(&self, other: &Listed<T>) -> bool {
        self.count == other.count && (self.is_surely(other) || self.as_slice() == other.as_slice())
    }
}

impl<T: Kept + fmt::Debug> fmt::Debug for Listed<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(out)
    }
}

impl<T: Kept + Serialize> Serialize for Listed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.packed, self.all.get()) {
            // What is read for this alone is not held for longer.
            (Some(packed), None) => unpacked::<T>(packed.bytes(), self.count).serialize(serializer),
            (_, _) => self.as_slice().serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Listed<T>, D::Error> {
        Vec::deserialize(deserializer).map(Listed::from)
    }
}
