//! What is written is read again, and what is not whole is not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn numbers_times_and_texts_come_back(
        all in proptest::collection::vec((any::<u64>(), any::<i64>(), "[a-c]{0,3}", any::<bool>()), 0..40),
    ) {
        let mut writer = Writer::default();
        for (number, time, text, truth) in &all {
            writer.number(*number);
            writer.time(Timestamp(*time));
            writer.text(text);
            writer.labels(&vec![(text.clone(), text.clone())]);
            writer.option(truth.then_some(*time as f64), Writer::float);
        }
        let bytes = writer.finish();
        let mut reader = Reader::of(&bytes);
        for (number, time, text, truth) in &all {
            prop_assert_eq!(reader.number(), Some(*number));
            prop_assert_eq!(reader.time(), Some(Timestamp(*time)));
            prop_assert_eq!(reader.text(), Some(text.clone()));
            prop_assert_eq!(reader.labels(), Some(vec![(text.clone(), text.clone())]));
            prop_assert_eq!(reader.option(Reader::float), Some(truth.then_some(*time as f64)));
        }
        prop_assert_eq!(reader.left(), 0);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = crate::Part::from_bytes(bytes.clone());
        let mut reader = Reader::of(&bytes);
        let _ = reader.all::<crate::Firing>();
        let _ = Reader::of(&bytes).all::<crate::Run>();
    }

    #[test]
    fn a_byte_that_was_overwritten_is_noticed(
        bytes in proptest::collection::vec(any::<u8>(), 1..200),
        place in any::<prop::sample::Index>(),
        other in 1..=255_u8,
    ) {
        let mut changed = bytes.clone();
        changed[place.index(bytes.len())] ^= other;
        prop_assert_ne!(checksum(&bytes), checksum(&changed));
        prop_assert_ne!(checksum(&bytes), checksum(&bytes[..bytes.len() - 1]));
    }
}
