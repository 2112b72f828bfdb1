//! Tables hold every finite double, bit by bit, and scale only where that is exact.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use bytes::Bytes;
use heal_program::Timestamp;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{DoubleType, Int32Type, Int64Type};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;

use super::sample_writer::{SAMPLE_GROUP_ROWS, SCHEMA};
use super::scaled::scale_all;
use super::*;
use crate::source::Source;
use crate::{Columns, Sample};

fn samples(values: &[f64]) -> Vec<Sample> {
    (0..).zip(values).map(|(at, value)| Sample { at: Timestamp(at * 1_000), value: *value }).collect()
}

/// The table of these series, and their decimals.
fn written(series: &[Vec<Sample>]) -> (Bytes, Vec<Option<u32>>) {
    let mut writer = SampleWriter::new(Vec::new()).unwrap();
    for samples in series {
        writer.append(samples).unwrap();
    }
    let WrittenSamples { sink, decimals, rows } = writer.finish().unwrap();
    assert_eq!(rows, series.iter().map(|samples| samples.len() as u64).sum::<u64>());
    (sink.into(), decimals)
}

/// Opens a table of series of these lengths and decimals, and reads all of them.
fn read(bytes: Bytes, counts: &[u64], decimals: &[Option<u32>]) -> Result<Vec<Vec<Sample>>, RecordingError> {
    let OpenedSamples::Fitting(table) = SampleTable::open(Source::Memory(bytes), counts, decimals)? else {
        panic!("other counts")
    };
    let (table, mut reader, mut columns) = (Arc::new(*table), SampleReader::default(), Columns::default());
    let ids = (0..).zip(counts).map(|(id, _)| id);
    ids.map(|id| {
        reader.read(&table, id, &mut columns)?;
        Ok(columns.samples().collect())
    })
    .collect()
}

fn bits(samples: &[Sample]) -> Vec<(Timestamp, u64)> {
    samples.iter().map(|sample| (sample.at, sample.value.to_bits())).collect()
}

/// Encodes and decodes, and compares the bits.
#[track_caller]
fn check_round_trip(values: &[Vec<f64>]) {
    let series: Vec<Vec<Sample>> = values.iter().map(|values| samples(values)).collect();
    let (bytes, decimals) = written(&series);
    let counts: Vec<u64> = values.iter().map(|values| values.len() as u64).collect();
    let decoded = read(bytes, &counts, &decimals).unwrap();
    assert_eq!(decoded.len(), series.len());
    for (decoded, series) in decoded.iter().zip(&series) {
        assert_eq!(bits(decoded), bits(series));
    }
}

/// The error of reading these series as series of these lengths and decimals.
#[track_caller]
fn check_refused(series: &[Vec<Sample>], counts: &[u64], decimals: &[Option<u32>], expected: &str) {
    let error = read(written(series).0, counts, decimals).unwrap_err();
    assert_eq!(error.to_string(), format!("`samples.parquet` {expected}"));
}

#[test]
fn the_fewest_exact_decimals_are_chosen() {
    let check = |values: &[f64], decimals| {
        let mut scaled = Vec::new();
        assert_eq!(scale_all(values, &mut scaled), decimals, "{values:?}");
        assert!(decimals.is_none() || scaled.len() == values.len());
    };
    check(&[], Some(0));
    check(&[0.0, 7.0, -3.0], Some(0));
    check(&[1.0, 0.25], Some(2));
    check(&[45.868, 66.26], Some(3));
    check(&[0.1 + 0.2], None);
    check(&[12.129000000000001], None);
    check(&[1e-9, 123.0], Some(9));
    check(&[1e-10], None);
    check(&[-0.0], None);
    check(&[9_007_199_254_740_992.0], Some(0));
    check(&[9_007_199_254_740_994.0], None);
    check(&[1e15, 0.001], None);
    check(&[f64::MAX], None);
    check(&[f64::MIN_POSITIVE], None);
}

#[test]
fn scaled_and_float_series_stand_side_by_side() {
    check_round_trip(&[vec![1.5, 2.25], vec![], vec![0.1 + 0.2, -0.0, f64::MAX, 5e-324], vec![-7.0]]);
}

#[test]
fn no_samples_make_a_table_without_rows() {
    check_round_trip(&[]);
    check_round_trip(&[vec![]]);
}

#[test]
fn series_go_on_in_the_next_row_group() {
    let long = |rows: usize| (0..rows).map(|n| (n % 1_000) as f64 / 10.0).collect::<Vec<f64>>();
    check_round_trip(&[vec![1.0; 5], long(SAMPLE_GROUP_ROWS * 2 + 10), vec![0.1 + 0.2; 7]]);
    check_round_trip(&[long(SAMPLE_GROUP_ROWS), long(SAMPLE_GROUP_ROWS - 1), vec![1.0], vec![2.0]]);
}

#[test]
fn series_are_read_in_any_order() {
    let series: Vec<Vec<Sample>> = (1..200).map(|n| samples(&vec![f64::from(n); 1_000])).collect();
    let (bytes, decimals) = written(&series);
    let counts = vec![1_000; series.len()];
    let opened = SampleTable::open(Source::Memory(bytes), &counts, &decimals).unwrap();
    let OpenedSamples::Fitting(table) = opened else { panic!("other counts") };
    let (table, mut reader, mut columns) = (Arc::new(*table), SampleReader::default(), Columns::default());
    for step in 0..series.len() {
        let id = (step * 71) % series.len();
        reader.read(&table, id as u32, &mut columns).unwrap();
        assert!(columns.samples().eq(series[id].iter().copied()), "series {id}");
        assert_eq!(table.place(id as u32).unwrap().span, Some((Timestamp(0), Timestamp(999_000))));
    }
}

#[test]
fn a_gauge_of_four_decimals_takes_few_bytes() {
    let values = gauge(40_320);
    let (bytes, decimals) = written(&[samples(&values)]);
    assert_eq!(decimals, [Some(4)]);
    let per_sample = bytes.len() as f64 / values.len() as f64;
    assert!(per_sample <= 1.6, "{per_sample} bytes per sample");
}

/// A share of something: a season of a day, noise that remembers, spikes; every 15 seconds.
fn gauge(count: u32) -> Vec<f64> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (mut noise, mut spike) = (0.0, 0.0);
    (0..count)
        .map(|step| {
            let season = 0.4 + 0.25 * (f64::from(step % 5_760) / 5_760.0 * std::f64::consts::TAU).sin();
            noise = 0.95 * noise + 0.01 * (random() + random() + random() - 1.5);
            spike = if random() < 0.001 { 0.5 * random() } else { spike * 0.8 };
            let value: f64 = season + noise + spike;
            (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0
        })
        .collect()
}

#[test]
fn decimals_of_another_kind_are_refused() {
    let expected = "and `series.parquet` do not agree on the decimals of series 0";
    check_refused(&[samples(&[1.5])], &[1], &[None], expected);
    check_refused(&[samples(&[0.1 + 0.2])], &[1], &[Some(1)], expected);
}

#[test]
fn rows_out_of_order_are_refused() {
    let mut unsorted = samples(&[1.5, 2.5, 3.5]);
    unsorted[1].at = Timestamp(0);
    let expected = "is not sorted by time, or has a time twice, in series 0";
    check_refused(&[unsorted], &[3], &[Some(1)], expected);
}

#[test]
fn samples_of_a_series_that_is_not_there_are_refused() {
    check_refused(
        &[samples(&[1.0]), samples(&[2.0])],
        &[1],
        &[Some(0)],
        "has samples of an unknown series 1",
    );
}

#[test]
fn counts_that_are_not_those_of_the_rows_are_found_when_a_table_is_opened() {
    let check = |lengths: &[usize], said: &[u64]| {
        let series: Vec<Vec<Sample>> = lengths.iter().map(|length| samples(&vec![1.0; *length])).collect();
        let (bytes, decimals) = written(&series);
        match SampleTable::open(Source::Memory(bytes), said, &decimals).unwrap() {
            OpenedSamples::Fitting(_) => panic!("fitting"),
            OpenedSamples::Other(found) => {
                assert!(
                    found.iter().eq(lengths.iter().map(|length| *length as u64).collect::<Vec<_>>().iter())
                );
            }
        }
    };
    check(&[3], &[4]);
    check(&[3, 2], &[2, 3]);
    check(
        &[SAMPLE_GROUP_ROWS, SAMPLE_GROUP_ROWS - 7],
        &[SAMPLE_GROUP_ROWS as u64 - 7, SAMPLE_GROUP_ROWS as u64],
    );
    check(&[SAMPLE_GROUP_ROWS, 9], &[SAMPLE_GROUP_ROWS as u64 + 9, 0]);
}

#[test]
fn a_table_of_other_columns_is_refused() {
    let error = read_events(Source::Memory(written(&[samples(&[1.0])]).0)).unwrap_err();
    assert_eq!(error.to_string(), "`events.parquet` has other columns than `time`, `name`, `labels`");
}

fn any_values() -> impl Strategy<Value = Vec<f64>> {
    let decimal = (-1_000_000_i32..1_000_000, 0_i32..7).prop_map(|(n, d)| f64::from(n) / 10_f64.powi(d));
    let float = any::<f64>().prop_filter("finite", |value| value.is_finite());
    prop_oneof![
        prop::collection::vec(decimal.clone(), 0..40),
        prop::collection::vec(float.clone(), 0..40),
        prop::collection::vec(prop_oneof![decimal, float, Just(-0.0)], 0..40),
    ]
}

/// A table as another tool may write it: of these series, each of integers or of floats, and with these pages.
fn written_by_another(series: &[(bool, Vec<i64>)], properties: WriterProperties) -> Bytes {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let rows = || {
        let of = |(id, (is_scaled, values)): (i32, &(bool, Vec<i64>))| {
            let row = |(at, value): (i64, &i64)| (id, at * 1_000, *is_scaled, *value);
            (0..).zip(values).map(row).collect::<Vec<_>>()
        };
        (0..).zip(series).flat_map(of)
    };
    let levels = |scaled: bool| rows().map(|row| i16::from(row.2 == scaled)).collect::<Vec<i16>>();
    let present = |scaled: bool| rows().filter(move |row| row.2 == scaled).map(|row| row.3);
    let ids: Vec<i32> = rows().map(|row| row.0).collect();
    let times: Vec<i64> = rows().map(|row| row.1).collect();
    let scaled: Vec<i64> = present(true).collect();
    let floats: Vec<f64> = present(false).map(|value| value as f64 + 0.1).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&ids, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&times, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&scaled, Some(&levels(true)), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&floats, Some(&levels(false)), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap().into()
}

fn any_properties() -> impl Strategy<Value = WriterProperties> {
    let encodings = [None, Some(Encoding::PLAIN), Some(Encoding::DELTA_BINARY_PACKED)];
    let versions = [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0];
    let compressions = [Compression::UNCOMPRESSED, Compression::ZSTD(ZstdLevel::default())];
    let kinds = (prop::sample::select(versions.to_vec()), prop::sample::select(compressions.to_vec()));
    (kinds, prop::sample::select(encodings.to_vec()), any::<bool>(), 1usize..200).prop_map(
        |((version, compression), encoding, has_dictionary, rows)| {
            let properties = WriterProperties::builder()
                .set_writer_version(version)
                .set_compression(compression)
                .set_dictionary_enabled(has_dictionary)
                .set_data_page_row_count_limit(rows)
                .set_write_batch_size(rows);
            // Only integers are packed.
            let set = |properties: WriterPropertiesBuilder, encoding| {
                ["series", "time", "scaled"].into_iter().fold(properties, |properties, column| {
                    properties.set_column_encoding(ColumnPath::from(column), encoding)
                })
            };
            match encoding {
                Some(encoding) => set(properties, encoding).build(),
                None => properties.build(),
            }
        },
    )
}

proptest! {
    #[test]
    fn tables_of_other_pages_are_read_alike(
        series in prop::collection::vec((any::<bool>(), prop::collection::vec(-5_000i64..5_000, 1..400)), 1..6),
        properties in any_properties(),
        order in prop::collection::vec(0usize..6, 0..10),
    ) {
        let bytes = written_by_another(&series, properties);
        let counts: Vec<u64> = series.iter().map(|(_, values)| values.len() as u64).collect();
        let decimals: Vec<Option<u32>> = series.iter().map(|(is_scaled, _)| is_scaled.then_some(1)).collect();
        let opened = SampleTable::open(Source::Memory(bytes), &counts, &decimals).unwrap();
        let OpenedSamples::Fitting(table) = opened else { panic!("other counts") };
        let (table, mut reader, mut columns) = (Arc::new(*table), SampleReader::default(), Columns::default());
        for id in (0..series.len()).chain(order.into_iter().map(|id| id % series.len())) {
            reader.read(&table, id as u32, &mut columns).unwrap();
            let (is_scaled, values) = &series[id];
            let value = |value: &i64| if *is_scaled { *value as f64 / 10.0 } else { *value as f64 + 0.1 };
            let found: Vec<f64> = columns.samples().map(|sample| sample.value).collect();
            prop_assert_eq!(found, values.iter().map(value).collect::<Vec<f64>>());
            prop_assert!(columns.times.iter().copied().eq((0..values.len() as i64).map(|at| at * 1_000)));
        }
    }

    #[test]
    fn every_finite_value_comes_back_bit_by_bit(values in prop::collection::vec(any_values(), 0..5)) {
        check_round_trip(&values);
    }
}
