//! Tables hold every finite double, bit by bit, and scale only where that is exact.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_program::Timestamp;
use proptest::prelude::*;

use super::scaled::decimals_of;
use super::writer::GROUP_ROWS;
use super::*;
use crate::{Labels, Sample, Series, SeriesId};

fn samples(values: &[f64]) -> Vec<Sample> {
    (0..).zip(values).map(|(at, value)| Sample { at: Timestamp(at * 1_000), value: *value }).collect()
}

fn series(values: &[Vec<f64>]) -> Vec<Series> {
    let named = |(id, values): (u32, &Vec<f64>)| Series {
        id: SeriesId(id),
        name: format!("s{id}"),
        labels: Labels::new(),
        samples: samples(values),
    };
    (0..).zip(values).map(named).collect()
}

/// Encodes and decodes, and compares the bits.
#[track_caller]
fn check_round_trip(values: &[Vec<f64>]) {
    let series = series(values);
    let (encoded, decimals) = write_samples(&series).unwrap();
    let counts: Vec<u64> = values.iter().map(|values| values.len() as u64).collect();
    assert_eq!(encoded.rows, counts.iter().sum::<u64>());
    let decoded = read_samples(encoded.bytes.into(), &decimals, &counts).unwrap();
    assert_eq!(decoded.len(), series.len());
    for (decoded, series) in decoded.iter().zip(&series) {
        let bits =
            |samples: &[Sample]| -> Vec<_> { samples.iter().map(|s| (s.at, s.value.to_bits())).collect() };
        assert_eq!(bits(decoded), bits(&series.samples));
    }
}

#[test]
fn the_fewest_exact_decimals_are_chosen() {
    let check = |values: &[f64], decimals| assert_eq!(decimals_of(&samples(values)), decimals, "{values:?}");
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
    let long: Vec<f64> = (0..GROUP_ROWS + 10).map(|n| (n % 1_000) as f64 / 10.0).collect();
    check_round_trip(&[vec![1.0; 5], long, vec![0.1 + 0.2; 7]]);
}

#[test]
fn regular_decimals_take_few_bytes() {
    let values: Vec<f64> = (0..100_000_i32).map(|n| f64::from((n * 7_919).rem_euclid(100)) / 100.0).collect();
    let (encoded, _) = write_samples(&series(&[values])).unwrap();
    assert!(encoded.bytes.len() < 150_000, "{} bytes for 100,000 samples", encoded.bytes.len());
}

#[test]
fn decimals_of_another_kind_are_refused() {
    let (encoded, _) = write_samples(&series(&[vec![1.5]])).unwrap();
    let error = read_samples(encoded.bytes.into(), &[None], &[1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`samples.parquet` and `series.parquet` do not agree on the decimals of series 0"
    );
}

#[test]
fn rows_out_of_order_are_refused() {
    let mut unsorted = series(&[vec![1.5, 2.5]]);
    unsorted[0].samples.reverse();
    let (encoded, decimals) = write_samples(&unsorted).unwrap();
    let error = read_samples(encoded.bytes.into(), &decimals, &[2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`samples.parquet` is not sorted by time, or has a time twice, in series 0"
    );
}

#[test]
fn samples_of_a_series_that_is_not_there_are_refused() {
    let (encoded, _) = write_samples(&series(&[vec![1.0], vec![2.0]])).unwrap();
    let error = read_samples(encoded.bytes.into(), &[Some(0)], &[1]).unwrap_err();
    assert_eq!(error.to_string(), "`samples.parquet` has samples of an unknown series 1");
}

#[test]
fn a_table_of_other_columns_is_refused() {
    let (encoded, _) = write_samples(&series(&[vec![1.0]])).unwrap();
    let error = read_events(encoded.bytes.into()).unwrap_err();
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

proptest! {
    #[test]
    fn every_finite_value_comes_back_bit_by_bit(values in prop::collection::vec(any_values(), 0..5)) {
        check_round_trip(&values);
    }
}
