//! Takes numbers of a few bits each out of bytes, a unit of 32 at a time.

use super::packed::UNIT;

/// Fills in the numbers of `width` bits that stand in `4 * width` bytes, the lowest bits first; none for other lengths.
pub(super) fn unpack(packed: &[u8], width: u8, numbers: &mut [u64; UNIT]) -> Option<()> {
    // With the width and the place known when it is compiled, each number is two shifts, and nothing is looked up.
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                $($width => narrow::<$width>(words::<$width>(packed)?, numbers),)*
                _ => wide(packed, width, numbers)?,
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
    Some(())
}

type Word = [u8; 4];

fn words<const COUNT: usize>(packed: &[u8]) -> Option<&[Word; COUNT]> {
    let (words, rest) = packed.as_chunks();
    if rest.is_empty() { words.try_into().ok() } else { None }
}

fn narrow<const WIDTH: usize>(words: &[Word; WIDTH], numbers: &mut [u64; UNIT]) {
    macro_rules! all {
        ($($place:literal)*) => { *numbers = [$(number::<WIDTH, $place>(words),)*] };
    }
    all!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
}

/// The number at a place. Numbers of at most 32 bits lie in two words at most.
#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "32 numbers of so many bits fill so many words of 32 bits exactly"
)]
fn number<const WIDTH: usize, const PLACE: usize>(words: &[Word; WIDTH]) -> u64 {
    let (word, shift) = (PLACE * WIDTH / 32, PLACE * WIDTH % 32);
    let low = u64::from(u32::from_le_bytes(words[word]));
    let high = if shift + WIDTH > 32 { u64::from(u32::from_le_bytes(words[word + 1])) } else { 0 };
    ((low | (high << 32)) >> shift) & (u64::MAX >> (64 - WIDTH))
}

/// Numbers of any width, one by one.
fn wide(packed: &[u8], width: u8, numbers: &mut [u64; UNIT]) -> Option<()> {
    let width = usize::from(width);
    let is_fitting = width > 0 && width <= 64 && packed.len() == UNIT / 8 * width;
    is_fitting.then_some(())?;
    for (place, number) in numbers.iter_mut().enumerate() {
        let (first, shift) = (place * width / 8, place * width % 8);
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(packed.get(first..)?).for_each(|(byte, packed)| *byte = *packed);
        *number = (u128::from_le_bytes(bytes) >> shift) as u64 & (u64::MAX >> (64 - width));
    }
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_of_every_width_come_back(numbers in prop::array::uniform32(any::<u64>()), width in 1u8..=64) {
            let numbers = numbers.map(|number| number >> (64 - width));
            let mut packed = vec![0; UNIT / 8 * usize::from(width)];
            for (place, number) in numbers.iter().enumerate() {
                for bit in (0..usize::from(width)).filter(|bit| number >> bit & 1 == 1) {
                    let at = place * usize::from(width) + bit;
                    packed[at / 8] |= 1 << (at % 8);
                }
            }
            let mut found = [0; UNIT];
            unpack(&packed, width, &mut found).unwrap();
            prop_assert_eq!(found, numbers);
            wide(&packed, width, &mut found).unwrap();
            prop_assert_eq!(found, numbers);
            prop_assert_eq!(unpack(&packed[1..], width, &mut found), None);
        }

        #[test]
        fn bytes_of_other_lengths_are_refused(length in 0usize..300, width in any::<u8>()) {
            let is_fitting = (1..=64).contains(&width) && length == 4 * usize::from(width);
            prop_assert_eq!(unpack(&vec![1; length], width, &mut [0; UNIT]).is_some(), is_fitting);
        }
    }
}
