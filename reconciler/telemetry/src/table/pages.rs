//! The pages of a column chunk, decompressed by one decompressor for all that a reader reads.
//!
//! The Parquet crate makes a decompressor, and a compressor beside it, for every chunk that it opens. A recording has four
//! chunks a series, and making the two costs as much as decoding what is in one. So the crate is told that the pages
//! are not compressed, and what it hands on is decompressed here.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use zstd::bulk::Decompressor;

use super::window::Window;

/// Most bytes of a page: what its header can say.
const PAGE_BYTES_MAX: u64 = i32::MAX as u64;

/// A decompressor, made when the first page needs one.
#[derive(Clone, Default)]
pub(super) struct Unpacker(Arc<Mutex<Option<Decompressor<'static>>>>);

impl Unpacker {
    fn unpack(&self, packed: &[u8]) -> Result<Vec<u8>> {
        let Some(size) = Decompressor::upper_bound(packed) else { return unpack_unsized(packed) };
        if size as u64 > PAGE_BYTES_MAX {
            return Err(ParquetError::General(format!("a page says that it has {size} bytes")));
        }
        let mut decompressor = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(decompressor.get_or_insert_default().decompress(packed, size)?)
    }
}

/// Of frames that do not say how long they are.
fn unpack_unsized(packed: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    zstd::stream::read::Decoder::new(packed)?.take(PAGE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The pages of a column chunk in a part of a file.
pub(super) fn pages(
    window: &Arc<Window>,
    chunk: &ColumnChunkMetaData,
    rows: usize,
    unpacker: &Unpacker,
) -> Result<Box<dyn PageReader>> {
    let reader =
        |chunk: &ColumnChunkMetaData| SerializedPageReader::new(Arc::clone(window), chunk, rows, None);
    if !matches!(chunk.compression(), Compression::ZSTD(_)) {
        return Ok(Box::new(reader(chunk)?));
    }
    let plain = chunk.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
    Ok(Box::new(Pages { packed: reader(&plain)?, unpacker: unpacker.clone() }))
}

struct Pages {
    packed: SerializedPageReader<Window>,
    unpacker: Unpacker,
}

impl Pages {
    /// A page without values takes no bytes, packed or not.
    fn unpack(&self, packed: &[u8]) -> Result<Vec<u8>> {
        if packed.is_empty() { Ok(Vec::new()) } else { self.unpacker.unpack(packed) }
    }

    fn unpacked(&self, mut page: Page) -> Result<Page> {
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = self.unpack(buf)?.into(),
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed, .. } => {
                if *is_compressed {
                    // The levels before the values are never compressed.
                    let levels =
                        (*def_levels_byte_len as usize).saturating_add(*rep_levels_byte_len as usize);
                    let split = buf.split_at_checked(levels);
                    let (levels, values) =
                        split.ok_or_else(|| ParquetError::EOF("a page is cut off".to_owned()))?;
                    *buf = Bytes::from([levels, &self.unpack(values)?].concat());
                }
            }
        }
        Ok(page)
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.packed.get_next_page()?;
        page.map(|page| self.unpacked(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.packed.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.packed.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.packed.at_record_boundary()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_frame_is_unpacked_whether_or_not_it_says_how_long_it_is(
            bytes in proptest::collection::vec(0u8..4, 0..5_000),
        ) {
            let unpacker = Unpacker::default();
            let sized = zstd::bulk::compress(&bytes, 1).unwrap();
            let unsized_frame = zstd::stream::encode_all(bytes.as_slice(), 1).unwrap();
            for packed in [sized, unsized_frame] {
                prop_assert_eq!(unpacker.unpack(&packed).unwrap(), bytes.as_slice());
            }
        }

        #[test]
        fn any_bytes_are_unpacked_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Unpacker::default().unpack(&bytes);
        }
    }
}
