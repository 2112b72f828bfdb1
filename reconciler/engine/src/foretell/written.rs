//! The form in which prophecies are kept: numbers as their bytes, lengths before what they are of.

use std::sync::Arc;

use heal_detection::Exact;
use heal_program::Timestamp;

use super::{Foretold, Prophecy, prophecy::KeyChange};
use crate::FiringEnd;

const FIRES: u8 = 0;
const CLEARED: u8 = 1;
const LOST: u8 = 2;
const REPLACED: u8 = 3;
const RESTS_UNKNOWN: u8 = 4;
const RESTS_KNOWN: u8 = 5;
const IS_QUIET: u8 = 6;

/// Writes a prophecy; what is too long for its length is cut off, and then not read again.
pub(super) fn write(prophecy: &Prophecy) -> Vec<u8> {
    let mut out = Vec::new();
    texts(&mut out, &prophecy.texts);
    length(&mut out, prophecy.keys.len());
    prophecy.keys.iter().for_each(|key| texts(&mut out, key));
    length(&mut out, prophecy.changes.len());
    for change in &prophecy.changes {
        let (kind, since) = match change.what {
            Foretold::Fires { pending_since } => (FIRES, pending_since),
            Foretold::Ends { end: FiringEnd::Cleared } => (CLEARED, change.at),
            Foretold::Ends { end: FiringEnd::Lost } => (LOST, change.at),
            Foretold::Ends { end: FiringEnd::Replaced } => (REPLACED, change.at),
            Foretold::Rests { is_known: false } => (RESTS_UNKNOWN, change.at),
            Foretold::Rests { is_known: true } => (RESTS_KNOWN, change.at),
            Foretold::IsQuiet => (IS_QUIET, change.at),
        };
        out.push(kind);
        out.extend(change.at.0.to_le_bytes());
        out.extend(since.0.to_le_bytes());
        out.extend(change.key.to_le_bytes());
        prophecy.row(change).iter().for_each(|value| out.extend(value.0.to_le_bytes()));
    }
    out
}

fn texts(out: &mut Vec<u8>, texts: &[String]) {
    length(out, texts.len());
    for text in texts {
        length(out, text.len());
        out.extend(text.as_bytes());
    }
}

fn length(out: &mut Vec<u8>, length: usize) {
    out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

/// Reads a prophecy; none where the bytes are not of one.
pub(super) fn read(bytes: &[u8]) -> Option<Prophecy> {
    let mut rest = bytes;
    let texts = take_texts(&mut rest)?;
    let mut prophecy = Prophecy { texts: Arc::new(texts), ..Prophecy::default() };
    for _ in 0..take_length(&mut rest)? {
        prophecy.keys.push(take_texts(&mut rest)?);
    }
    for row in 0..take_length(&mut rest)? {
        let [kind] = take(&mut rest)?;
        let at = Timestamp(i64::from_le_bytes(take(&mut rest)?));
        let pending_since = Timestamp(i64::from_le_bytes(take(&mut rest)?));
        let key = take_length(&mut rest)?;
        let what = match kind {
            FIRES => Foretold::Fires { pending_since },
            CLEARED => Foretold::Ends { end: FiringEnd::Cleared },
            LOST => Foretold::Ends { end: FiringEnd::Lost },
            REPLACED => Foretold::Ends { end: FiringEnd::Replaced },
            RESTS_UNKNOWN => Foretold::Rests { is_known: false },
            RESTS_KNOWN => Foretold::Rests { is_known: true },
            IS_QUIET => Foretold::IsQuiet,
            _ => return None,
        };
        prophecy.keys.get(key as usize)?;
        prophecy.changes.push(KeyChange { at, key, row, what });
        for _ in 0..prophecy.texts.len() {
            prophecy.values.push(Exact(f64::from_le_bytes(take(&mut rest)?)));
        }
    }
    rest.is_empty().then_some(prophecy)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*taken)
}

fn take_length(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_le_bytes)
}

fn take_texts(rest: &mut &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for _ in 0..take_length(rest)? {
        let length = take_length(rest)? as usize;
        let (text, after) = rest.split_at_checked(length)?;
        *rest = after;
        texts.push(std::str::from_utf8(text).ok()?.to_owned());
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prophecy() -> impl Strategy<Value = Prophecy> {
        let change = (0u32..3, any::<i64>(), any::<i64>(), 0u8..7, any::<f64>(), any::<f64>());
        proptest::collection::vec(change, 0..20).prop_map(|changes| {
            let mut prophecy = Prophecy {
                texts: Arc::new(vec!["load".to_owned(), "load.avg(5m)".to_owned()]),
                keys: vec![vec!["a".to_owned(), "eu".to_owned()], vec![], vec!["b".to_owned()]],
                ..Prophecy::default()
            };
            for (row, (key, at, since, kind, left, right)) in (0..).zip(changes) {
                let what = match kind {
                    0 => Foretold::Fires { pending_since: Timestamp(since) },
                    1 => Foretold::Ends { end: FiringEnd::Cleared },
                    2 => Foretold::Ends { end: FiringEnd::Lost },
                    3 => Foretold::Ends { end: FiringEnd::Replaced },
                    4 => Foretold::IsQuiet,
                    other => Foretold::Rests { is_known: other == 5 },
                };
                prophecy.changes.push(KeyChange { at: Timestamp(at), key, row, what });
                prophecy.values.extend([Exact(left), Exact(right)]);
            }
            prophecy
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(prophecy in prophecy()) {
            let bytes = write(&prophecy);
            let again = read(&bytes).map(|read| (write(&read), read.changes));
            prop_assert_eq!(again, Some((bytes, prophecy.changes)));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
