//! A column as recordings have it, page by page: packed integers in every row, or nothing in any row.
//!
//! What is otherwise gives nothing here, and is read by the Parquet crate: files that other tools wrote, columns with values in
//! some rows, and damage.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};

use super::packed::{Packed, variable};

/// A column from where one stopped to read.
pub(super) struct QuickColumn {
    pages: Box<dyn PageReader>,
    is_optional: bool,
    /// Rows of this page that were not read yet, and what they hold.
    left: usize,
    held: Held,
}

/// What the rows of a page hold.
enum Held {
    Nothing,
    Integers(Box<Packed>),
}

impl QuickColumn {
    pub(super) fn new(pages: Box<dyn PageReader>, is_optional: bool) -> QuickColumn {
        QuickColumn { pages, is_optional, left: 0, held: Held::Nothing }
    }

    /// Appends the integers of the next rows, and says how many rows have one.
    pub(super) fn append(&mut self, rows: usize, integers: &mut Vec<i64>) -> Option<usize> {
        let mut found = 0;
        self.over_pages(rows, |held, rows| {
            if let Held::Integers(packed) = held {
                packed.append(rows, integers)?;
                found += rows;
            }
            Some(())
        })?;
        Some(found)
    }

    /// Passes over the next rows, where all of them hold this integer; says nothing where any does not.
    pub(super) fn pass_same(&mut self, rows: usize, integer: i64) -> Option<()> {
        self.over_pages(rows, |held, rows| match held {
            Held::Integers(packed) => (packed.pass_same(rows)? == integer).then_some(()),
            Held::Nothing => None,
        })
    }

    /// Passes over the next rows, where none of them holds anything; says nothing where any does.
    pub(super) fn pass_nothing(&mut self, rows: usize) -> Option<()> {
        self.over_pages(rows, |held, _| matches!(held, Held::Nothing).then_some(()))
    }

    /// Leaves out rows. Pages that are left out whole are not decompressed.
    pub(super) fn skip(&mut self, mut rows: usize) -> Option<()> {
        while self.left == 0 && rows > 0 {
            let next = self.pages.peek_next_page().ok()??;
            let Some(levels) = next.num_levels.filter(|levels| *levels <= rows && !next.is_dict) else {
                break;
            };
            self.pages.skip_next_page().ok()?;
            rows -= levels;
        }
        self.over_pages(rows, |held, rows| match held {
            Held::Integers(packed) => packed.pass(rows),
            Held::Nothing => Some(()),
        })
    }

    fn over_pages(
        &mut self,
        mut rows: usize,
        mut take: impl FnMut(&mut Held, usize) -> Option<()>,
    ) -> Option<()> {
        while rows > 0 {
            if self.left == 0 {
                self.next_page()?;
                continue;
            }
            let some = rows.min(self.left);
            take(&mut self.held, some)?;
            self.left -= some;
            rows -= some;
        }
        Some(())
    }

    fn next_page(&mut self) -> Option<()> {
        let Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } =
            self.pages.get_next_page().ok()??
        else {
            return None;
        };
        self.left = usize::try_from(num_values).ok()?;
        let mut begin = 0;
        if self.is_optional {
            (def_level_encoding == Encoding::RLE).then_some(())?;
            let length = usize::try_from(u32::from_le_bytes(*buf.first_chunk()?)).ok()?;
            begin = length.checked_add(size_of::<u32>())?;
            let levels = buf.get(size_of::<u32>()..begin)?;
            if !is_present(levels, self.left)? {
                self.held = Held::Nothing;
                return (begin == buf.len()).then_some(());
            }
        }
        (encoding == Encoding::DELTA_BINARY_PACKED).then_some(())?;
        self.held = Held::Integers(Box::new(Packed::of(buf.slice(begin..))?));
        Some(())
    }
}

/// Whether so many rows have a value, as runs of equal levels say: all or none, else nothing is said.
fn is_present(levels: &[u8], rows: usize) -> Option<bool> {
    let (mut at, mut told, mut present) = (0, 0, None);
    while told < rows {
        let run = variable(levels, &mut at)?;
        // The lowest bit tells runs from levels that are written out.
        (run & 1 == 0 && run > 0).then_some(())?;
        let level = match levels.get(at)? {
            0 => false,
            1 => true,
            _ => return None,
        };
        at += 1;
        (*present.get_or_insert(level) == level).then_some(())?;
        told = told.checked_add(usize::try_from(run >> 1).ok()?)?;
    }
    present
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_present_where_all_runs_say_so() {
        assert_eq!(is_present(&[20, 1], 10), Some(true));
        assert_eq!(is_present(&[20, 0], 10), Some(false));
        assert_eq!(is_present(&[0x80, 0x01, 1, 20, 1], 74), Some(true));
        assert_eq!(is_present(&[20, 1], 11), None, "a row of which nothing is said");
        assert_eq!(is_present(&[20, 1, 20, 0], 20), None, "some have one");
        assert_eq!(is_present(&[3, 0xff], 8), None, "levels that are written out");
        assert_eq!(is_present(&[20, 2], 10), None, "no level of an optional column");
        assert_eq!(is_present(&[0, 1, 20, 1], 10), None, "a run of nothing");
    }

    proptest! {
        #[test]
        fn any_levels_are_read_or_refused(levels in prop::collection::vec(any::<u8>(), 0..20), rows in 0usize..400) {
            let _ = is_present(&levels, rows);
        }
    }
}
