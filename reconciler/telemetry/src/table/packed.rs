//! Integers that are packed as differences (`DELTA_BINARY_PACKED`), decoded many at a time.
//!
//! Nearly all bytes of a recording are of this form, and the Parquet crate decodes it for every type of column and any size of
//! buffer. This decodes what is well formed to the same integers, several times as fast, and says nothing of what is not: then
//! the crate decides, and says what is wrong.

use bytes::Bytes;

use super::unpack::unpack;

/// Differences that are unpacked at a time. The format makes every mini block a multiple of as many.
pub(super) const UNIT: usize = 32;

/// Integers that are passed over at a time: a page can say that it has any number of them.
const PASSED_AT_ONCE: usize = 1 << 12;

/// Bits of a difference.
const WIDTH_MAX: u8 = 64;

/// Bytes of a number that is written with seven bits a byte.
const VARIABLE_BYTES_MAX: usize = 10;

/// The integers of a page, from where one stopped to read.
#[derive(Debug)]
pub(super) struct Packed {
    bytes: Bytes,
    /// Where the next block or mini block begins.
    at: usize,
    /// Integers that were not read yet.
    left: usize,
    /// Mini blocks of a block.
    mini_blocks: usize,
    /// Units of a mini block.
    mini_block_units: usize,
    /// The last integer that was decoded; before that, the first one.
    last: i64,
    is_first_left: bool,
    least: i64,
    /// Mini blocks of the block that were not begun yet, and where the bits of a difference in each of them stand.
    mini_blocks_left: usize,
    widths_at: usize,
    /// Bits of a difference in this mini block, and units of it that were not decoded yet.
    width: u8,
    units_left: usize,
    /// Integers that were decoded and not read yet.
    spare: [i64; UNIT],
    spare_count: usize,
}

impl Packed {
    /// The integers that stand in bytes; none where the bytes do not begin as they must.
    pub(super) fn of(bytes: Bytes) -> Option<Packed> {
        let mut at = 0;
        let mut number = || usize::try_from(variable(&bytes, &mut at)?).ok();
        let (block, mini_blocks, left) = (number()?, number()?, number()?);
        let first = signed(variable(&bytes, &mut at)?);
        let mini_block = block.checked_div(mini_blocks)?;
        let is_possible = block > 0
            && block.is_multiple_of(128)
            && block.is_multiple_of(mini_blocks)
            && mini_block.is_multiple_of(UNIT);
        is_possible.then_some(Packed {
            bytes,
            at,
            left,
            mini_blocks,
            mini_block_units: mini_block / UNIT,
            last: first,
            is_first_left: true,
            least: 0,
            mini_blocks_left: 0,
            widths_at: 0,
            width: 0,
            units_left: 0,
            spare: [0; UNIT],
            spare_count: 0,
        })
    }

    /// Appends the next `count` integers; none where there are not that many that are well formed.
    pub(super) fn append(&mut self, count: usize, out: &mut Vec<i64>) -> Option<()> {
        let mut wanted = self.begin(count)?;
        if wanted > 0 && self.is_first_left {
            self.is_first_left = false;
            out.push(self.last);
            wanted -= 1;
        }
        let spare = wanted.min(self.spare_count);
        out.extend_from_slice(self.take_spare(spare));
        // Integers are decoded where they belong, and not copied there.
        let start = out.len();
        out.resize(start + (wanted - spare), 0);
        let (units, rest) = out.get_mut(start..)?.as_chunks_mut();
        for unit in units {
            self.next_unit(unit)?;
        }
        if !rest.is_empty() {
            let mut unit = [0; UNIT];
            self.next_unit(&mut unit)?;
            (self.spare, self.spare_count) = (unit, UNIT);
            rest.copy_from_slice(self.take_spare(rest.len()));
        }
        Some(())
    }

    /// Passes over the next `count` integers, whatever they are.
    pub(super) fn pass(&mut self, mut count: usize) -> Option<()> {
        let mut passed = Vec::new();
        while count > 0 {
            let some = count.min(PASSED_AT_ONCE);
            passed.clear();
            self.append(some, &mut passed)?;
            count -= some;
        }
        Some(())
    }

    /// Passes over the next `count` integers, which are all the same one: that one, and nothing where they are not.
    pub(super) fn pass_same(&mut self, count: usize) -> Option<i64> {
        let mut wanted = self.begin(count)?;
        if wanted > 0 && self.is_first_left {
            self.is_first_left = false;
            wanted -= 1;
        }
        let same = self.last;
        while wanted > 0 {
            if self.spare_count == 0 {
                self.begin_unit()?;
                (self.width == 0 && self.least == 0).then_some(())?;
                let units = self.units_left.min(wanted / UNIT);
                self.units_left -= units;
                wanted -= units * UNIT;
                if units > 0 {
                    continue;
                }
                self.units_left -= 1;
                (self.spare, self.spare_count) = ([same; UNIT], UNIT);
            }
            let some = wanted.min(self.spare_count);
            self.take_spare(some).iter().all(|it| *it == same).then_some(())?;
            wanted -= some;
        }
        Some(same)
    }

    fn begin(&mut self, count: usize) -> Option<usize> {
        self.left = self.left.checked_sub(count)?;
        Some(count)
    }

    fn take_spare(&mut self, count: usize) -> &[i64] {
        let start = UNIT - self.spare_count;
        self.spare_count -= count;
        self.spare.get(start..start + count).unwrap_or_default()
    }

    /// Makes sure that a unit is left in this mini block.
    fn begin_unit(&mut self) -> Option<()> {
        if self.units_left > 0 {
            return Some(());
        }
        if self.mini_blocks_left == 0 {
            self.least = signed(variable(&self.bytes, &mut self.at)?);
            self.widths_at = self.at;
            self.at = self.at.checked_add(self.mini_blocks).filter(|end| *end <= self.bytes.len())?;
            self.mini_blocks_left = self.mini_blocks;
        }
        self.width = self.bytes.get(self.widths_at).copied().filter(|width| *width <= WIDTH_MAX)?;
        self.widths_at += 1;
        self.mini_blocks_left -= 1;
        self.units_left = self.mini_block_units;
        Some(())
    }

    /// Decodes the next unit.
    fn next_unit(&mut self, unit: &mut [i64; UNIT]) -> Option<()> {
        self.begin_unit()?;
        self.units_left -= 1;
        let (mut last, least) = (self.last, self.least);
        if self.width == 0 {
            for (step, place) in (1..).zip(unit.iter_mut()) {
                *place = last.wrapping_add(least.wrapping_mul(step));
            }
        } else {
            let length = UNIT / 8 * usize::from(self.width);
            let packed = self.bytes.get(self.at..)?.get(..length)?;
            self.at += length;
            let mut differences = [0; UNIT];
            unpack(packed, self.width, &mut differences)?;
            for (place, difference) in unit.iter_mut().zip(&differences) {
                last = last.wrapping_add(least.wrapping_add(difference.cast_signed()));
                *place = last;
            }
        }
        self.last = *unit.last()?;
        Some(())
    }
}

/// A number that is written with seven bits a byte, at a place in bytes, which moves behind it.
pub(super) fn variable(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for (place, byte) in bytes.get(*at..)?.iter().take(VARIABLE_BYTES_MAX).enumerate() {
        let (shift, bits) = (7 * place as u32, u64::from(byte & 0x7f));
        // Bits that a number has no room for are not well formed.
        let shifted = bits.checked_shl(shift).filter(|shifted| shifted >> shift == bits)?;
        number |= shifted;
        if byte & 0x80 == 0 {
            *at += place + 1;
            return Some(number);
        }
    }
    None
}

/// A signed number that was written as one without sign, small ones as small ones.
fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use std::sync::Arc;

    use parquet::basic::Encoding;
    use parquet::column::page::{Page, PageMetadata, PageReader};
    use parquet::column::reader::ColumnReaderImpl;
    use parquet::data_type::Int64Type;
    use parquet::errors::Result;
    use parquet::file::properties::WriterProperties;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
    use proptest::prelude::*;

    use super::*;

    fn schema() -> parquet::schema::types::TypePtr {
        Arc::new(parse_message_type("message integers { REQUIRED INT64 integer; }").unwrap())
    }

    fn column() -> ColumnDescPtr {
        SchemaDescriptor::new(schema()).column(0)
    }

    /// The page that the Parquet crate writes of integers.
    fn packed(integers: &[i64]) -> Bytes {
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::DELTA_BINARY_PACKED)
            .build();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema(), Arc::new(properties)).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(integers, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        let file = SerializedFileReader::new(Bytes::from(writer.into_inner().unwrap())).unwrap();
        let mut pages = file.get_row_group(0).unwrap().get_column_page_reader(0).unwrap();
        // Of no integers nothing is written.
        let page = pages.get_next_page().unwrap();
        page.map_or_else(|| vec![0x80, 0x01, 0x04, 0x00, 0x00].into(), |page| page.buffer().clone())
    }

    /// One page.
    struct OnePage(Option<Page>);

    impl Iterator for OnePage {
        type Item = Result<Page>;

        fn next(&mut self) -> Option<Result<Page>> {
            self.0.take().map(Ok)
        }
    }

    impl PageReader for OnePage {
        fn get_next_page(&mut self) -> Result<Option<Page>> {
            Ok(self.0.take())
        }

        fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
            Ok(None)
        }

        fn skip_next_page(&mut self) -> Result<()> {
            self.0 = None;
            Ok(())
        }
    }

    /// Reads in stretches of these lengths.
    fn read(bytes: Bytes, stretches: &[usize]) -> Option<Vec<i64>> {
        let mut packed = Packed::of(bytes)?;
        let mut integers = Vec::new();
        for stretch in stretches {
            packed.append(*stretch, &mut integers)?;
        }
        Some(integers)
    }

    /// What the Parquet crate makes of it, which panics at some bytes.
    fn read_by_crate(buf: Bytes, count: usize) -> Option<Vec<i64>> {
        let read = || {
            let page = Page::DataPage {
                buf,
                num_values: count as u32,
                encoding: Encoding::DELTA_BINARY_PACKED,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            };
            let mut reader = ColumnReaderImpl::<Int64Type>::new(column(), Box::new(OnePage(Some(page))));
            let mut integers = Vec::new();
            let (read, ..) = reader.read_records(count, None, None, &mut integers).ok()?;
            (read == count).then_some(integers)
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok().flatten()
    }

    fn any_integers() -> impl Strategy<Value = Vec<i64>> {
        let walk = |shift: u32| {
            prop::collection::vec(any::<i64>(), 0..400).prop_map(move |steps| {
                let next = |at: &mut i64, step: i64| {
                    *at = at.wrapping_add(step >> shift);
                    Some(*at)
                };
                steps.into_iter().scan(0, next).collect::<Vec<i64>>()
            })
        };
        prop_oneof![
            (0u32..64).prop_flat_map(walk),
            (any::<i64>(), -3i64..20_000, 0i64..400).prop_map(|(first, step, count)| {
                (0..count).map(|at| first.wrapping_add(at.wrapping_mul(step))).collect()
            }),
        ]
    }

    proptest! {
        #[test]
        fn integers_come_back_in_stretches_of_any_length(
            integers in any_integers(), stretches in prop::collection::vec(0usize..90, 0..20),
        ) {
            let mut left = integers.len();
            let mut all: Vec<usize> = Vec::new();
            for stretch in stretches {
                all.push(stretch.min(left));
                left -= stretch.min(left);
            }
            all.push(left);
            prop_assert_eq!(read(packed(&integers), &all), Some(integers.clone()));
            prop_assert_eq!(read(packed(&integers), &[integers.len() + 1]), None);
        }

        #[test]
        fn what_is_read_of_damaged_bytes_is_what_the_crate_reads(
            integers in any_integers(), damage in prop::collection::vec((0usize..400, any::<u8>()), 0..4), cut in 0usize..400,
        ) {
            let mut bytes = packed(&integers).to_vec();
            for (place, byte) in damage {
                if let Some(place) = bytes.get_mut(place) { *place = byte; }
            }
            bytes.truncate(bytes.len().saturating_sub(cut % 7 * cut / 7));
            for count in [integers.len(), integers.len() / 2] {
                let read = read(bytes.clone().into(), &[count]);
                prop_assert!(read.is_none() || read == read_by_crate(bytes.clone().into(), count));
            }
        }

        #[test]
        fn any_bytes_are_read_as_the_crate_reads_them_or_not_at_all(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0u8..4], 0..120), count in 0usize..300,
        ) {
            // A block of 128 integers in four mini blocks, so that more than the beginning is looked at.
            for bytes in [bytes.clone(), [vec![0x80, 0x01, 0x04, 0xac, 0x02], bytes].concat()] {
                let read = read(bytes.clone().into(), &[count]);
                prop_assert!(read.is_none() || read == read_by_crate(bytes.into(), count));
            }
        }

        #[test]
        fn the_same_integer_is_passed_over_and_another_is_seen(
            same in any::<i64>(), count in 1usize..300, other in any::<i64>(), place in 0usize..300, before in 0usize..300,
        ) {
            let mut integers = vec![same; count];
            let before = before.min(count);
            let mut read = Packed::of(packed(&integers)).unwrap();
            prop_assert_eq!(read.pass_same(before), Some(same));
            prop_assert_eq!(read.pass_same(count - before), Some(same));
            let place = place % count;
            integers[place] = other;
            let mut read = Packed::of(packed(&integers)).unwrap();
            read.pass(place).unwrap();
            let mut rest = Vec::new();
            read.append(count - place, &mut rest).unwrap();
            prop_assert_eq!(&rest, &integers[place..]);
            let mut read = Packed::of(packed(&integers)).unwrap();
            let passed = read.pass_same(count);
            prop_assert!(passed.is_none() || integers.iter().all(|it| Some(*it) == passed));
        }
    }
}
