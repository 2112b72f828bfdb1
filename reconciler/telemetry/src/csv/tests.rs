//! Rows become samples by one rule, and what is wrong is named with its line and column.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_program::{Millis, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{Quality, RecordingBuilder};

fn import() -> Import {
    Import { name: "a".to_owned(), unit: "1".to_owned(), ..Import::default() }
}

fn read(text: &str) -> NewSeries {
    let mut series = import().read("a.csv", text.as_bytes(), &UtcOffset::default()).unwrap().series;
    assert_eq!(series.len(), 1);
    series.remove(0)
}

/// The samples as minutes since the first and values.
fn minutes(series: &NewSeries) -> Vec<(i64, f64)> {
    let first = series.samples[0].at;
    series.samples.iter().map(|sample| (sample.at.since(first).0 / 60_000, sample.value)).collect()
}

#[track_caller]
fn check_refused(import: &Import, text: &str, expected: &str) {
    assert_eq!(
        import.read("a.csv", text.as_bytes(), &UtcOffset::default()).unwrap_err().to_string(),
        expected
    );
}

#[test]
fn the_first_row_of_a_repeated_time_wins() {
    let series = read(
        "timestamp,value\n2024-01-01 00:00:00,1\n2024-01-01 00:05:00,2\n2024-01-01 00:05:00,3\n2024-01-01 00:10:00,4\n",
    );
    assert_eq!(minutes(&series), [(0, 1.0), (5, 2.0), (10, 4.0)]);
    assert_eq!(series.quality, Quality { repeated_dropped: 1, ..Quality::default() });
}

#[test]
fn a_row_without_a_value_does_not_win() {
    let series = read("timestamp,value\n2024-01-01 00:00:00,\n2024-01-01 00:00:00,3\n");
    assert_eq!(minutes(&series), [(0, 3.0)]);
    assert_eq!(series.quality, Quality { missing: 1, ..Quality::default() });
}

#[test]
fn backward_rows_are_sorted_and_counted_unless_they_repeat() {
    let series = read(
        "timestamp,value\n2024-01-01 00:10:00,3\n2024-01-01 00:00:00,1\n2024-01-01 00:05:00,2\n2024-01-01 00:10:00,9\n\
         2024-01-01 00:15:00,4\n",
    );
    assert_eq!(minutes(&series), [(0, 1.0), (5, 2.0), (10, 3.0), (15, 4.0)]);
    assert_eq!(series.quality, Quality { backward_sorted: 2, repeated_dropped: 1, ..Quality::default() });
}

#[test]
fn the_hour_that_a_clock_repeats_keeps_its_first_rows() {
    let series = read(
        "timestamp,value\n2024-10-27 02:00:00,1\n2024-10-27 02:30:00,2\n2024-10-27 02:00:00,3\n2024-10-27 02:30:00,4\n\
         2024-10-27 03:00:00,5\n",
    );
    assert_eq!(minutes(&series), [(0, 1.0), (30, 2.0), (60, 5.0)]);
    assert_eq!(series.quality.repeated_dropped, 2);
}

#[test]
fn gaps_stay_and_are_counted() {
    let series = read("timestamp,value\n0,1\n60,1\n120,1\n210,1\n301,1\n361,1\n");
    let recording = RecordingBuilder::new("r").series(series).build().unwrap();
    let entry = &recording.manifest.series[0];
    assert_eq!(entry.samples, 6);
    assert_eq!(entry.interval, Some(Millis(60_000)));
    // 90 s is one and a half times the interval, and no gap yet.
    assert_eq!((entry.quality.gaps, entry.quality.longest_gap), (1, Some(Millis(91_000))));
}

#[test]
fn empty_cells_are_missing_and_infinite_ones_left_out() {
    let series = read("timestamp,value\n0,1\n60,\n120,NaN\n180,-inf\n240, 5 \n300,1e999\n");
    assert_eq!(minutes(&series), [(0, 1.0), (4, 5.0)]);
    assert_eq!(series.quality, Quality { missing: 1, non_finite: 3, ..Quality::default() });
}

#[test]
fn times_are_read_as_in_the_first_row() {
    let check = |first: &str, time: i64, rule: &str| {
        let series = read(&format!("timestamp,value\n{first},1\n"));
        assert_eq!(series.samples[0].at, Timestamp(time), "{first}");
        assert_eq!(series.time_rule, rule, "{first}");
    };
    check("2014-03-14 03:31:00", 1_394_767_860_000, "local time without a zone, read as UTC");
    check("2014-03-14T03:31:00.25", 1_394_767_860_250, "local time without a zone, read as UTC");
    check("2014-03-14T03:31:00Z", 1_394_767_860_000, "RFC 3339");
    check("2014-03-14T04:31:00.5+01:00", 1_394_767_860_500, "RFC 3339");
    check("1394767860", 1_394_767_860_000, "Unix seconds");
    check("1394767860.9999", 1_394_767_860_999, "Unix seconds");
    check("1394767860123", 1_394_767_860_123, "Unix milliseconds");
}

#[test]
fn local_times_are_shifted_by_the_offset_of_their_zone() {
    let check = |offset: &str, rule: &str, minutes_ahead: i64| {
        let zone: UtcOffset = offset.parse().unwrap();
        let text = b"timestamp,value\n2014-03-14 03:31:00,1\n";
        let series = import().read("a.csv", text, &zone).unwrap().series;
        assert_eq!(series[0].samples[0].at, Timestamp(1_394_767_860_000 - minutes_ahead * 60_000));
        assert_eq!(series[0].time_rule, format!("local time without a zone, read as {rule}"));
    };
    check("UTC", "UTC", 0);
    check("+01:00", "UTC+01:00", 60);
    check("-09:30", "UTC-09:30", -570);
    for text in ["1", "+1:00", "+24:00", "+01:60", "Europe/Berlin", "", "é:00", "++1:00"] {
        assert_eq!(text.parse::<UtcOffset>(), Err(OffsetError), "{text}");
    }
}

#[test]
fn columns_are_chosen_by_name() {
    let text = b"host,cpu,when,memory\nx,1,0,10\ny,2,60,20\n";
    let import = Import {
        time_column: Some("when".to_owned()),
        value_columns: vec!["memory".to_owned(), "cpu".to_owned()],
        ..import()
    };
    let series = import.read("a.csv", text, &UtcOffset::default()).unwrap().series;
    let names: Vec<(&str, f64)> = series.iter().map(|s| (s.name.as_str(), s.samples[0].value)).collect();
    assert_eq!(names, [("a.memory", 10.0), ("a.cpu", 1.0)]);
}

#[test]
fn a_byte_order_mark_and_quotes_are_no_part_of_a_cell() {
    let series = read("\u{feff}timestamp,value\r\n\"0\",\"1\"\r\n");
    assert_eq!(minutes(&series), [(0, 1.0)]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let check = |text: &str, expected: &str| check_refused(&import(), text, expected);
    check("", "`a.csv`: is empty: the first row must name the columns");
    check("timestamp,value\n", "`a.csv`: has no row below its header");
    check("timestamp\n0\n", "`a.csv`: has no column of values");
    check(
        "timestamp,value\n0,1\n60,abc\n",
        "`a.csv` line 3, column 2: `abc` in `value` is not a number; leave a cell empty where there is no value",
    );
    check(
        "timestamp,value\r\n0,1\r\n\r\n60,abc\r\n",
        "`a.csv` line 4, column 2: `abc` in `value` is not a number; leave a cell empty where there is no value",
    );
    check(
        "timestamp,value\nyesterday,1\n",
        "`a.csv` line 2, column 1: `yesterday` is not a time: write it as `2014-03-14 03:31:00`, \
         `2014-03-14T03:31:00Z`, Unix seconds or Unix milliseconds",
    );
    check(
        "timestamp,value\n0,1\n2014-03-14 03:31:00,1\n",
        "`a.csv` line 3, column 1: `2014-03-14 03:31:00` is not a time as the rows are read (Unix seconds)",
    );
    check("timestamp,value\n0,1\n60\n", "`a.csv` line 3: the row has 1 cells, and the header 2");
    check("timestamp,a,a\n0,1,2\n", "`a.csv`: has or was asked for two columns `a`");
    check("timestamp,value\n0,1\n-5,1\n", "`a.csv` line 3, column 1: `-5` is not a time: it is before 1970");
    check(
        "timestamp,value\n1767225600000,1\n1767225660,2\n",
        "`a.csv` line 3, column 1: `1767225660` is not a time as the rows are read (Unix milliseconds): a time in seconds \
         among ones in milliseconds? write all of them alike",
    );
    check(
        "timestamp,value\n1767225600,1\n1767225660000,2\n",
        "`a.csv` line 3, column 1: `1767225660000` is not a time as the rows are read (Unix seconds): a time in milliseconds \
         among ones in seconds? write all of them alike",
    );
    check(
        "timestamp,value\n2026-01-01 00:00:00,1\n2006-01-01 00:01:00,2\n",
        "`a.csv` line 3, column 1: `2006-01-01 00:01:00` is more than ten years from the time before it, \
         2026-01-01T00:00:00Z: mend the one that is wrong",
    );
    check(
        "timestamp;value\n2026-01-01 00:00:00;99\n",
        "`a.csv`: line 1: the cells are apart by `;`, and `,` is needed: `tr ';' ',' < a.csv > COMMAS` makes it so",
    );
    check(
        "timestamp,a,b\n0,1,NaN\n60,1,\n",
        "`a.csv`: no row has a number for `a.b`: leave its column out, or name the others with `--value-column`",
    );
    check(
        "timestamp,value\n0,\"\u{1b}[31m\n\"\n",
        "`a.csv` line 2, column 2: `\\u{1b}[31m` in `value` is not a number; leave a cell empty where there is no value",
    );
    assert_eq!(
        import().read("a.csv", b"\xff\xfet\0,\0", &UtcOffset::default()).unwrap_err().to_string(),
        "`a.csv`: is UTF-16, not UTF-8: turn it into that first, `iconv -f UTF-16 -t UTF-8 a.csv > UTF8`"
    );
    check_refused(
        &Import { time_column: Some("when".to_owned()), ..import() },
        "timestamp,value\n0,1\n",
        "`a.csv`: has no column `when`; it has `timestamp`, `value`",
    );
    assert_eq!(
        import()
            .read("a.csv", b"timestamp,value\n0,1\n60,\xff\n", &UtcOffset::default())
            .unwrap_err()
            .to_string(),
        "`a.csv` line 3: the row is not UTF-8: where the file is Latin-1, `iconv -f LATIN1 -t UTF-8 a.csv > UTF8` makes it so"
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_import_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = import().read("a.csv", &bytes, &UtcOffset::default());
    }

    #[test]
    fn no_cells_make_the_import_panic(cells in prop::collection::vec("[0-9eE.:TZ+ -]{0,25}", 2..20)) {
        let mut text = "timestamp,value\n".to_owned();
        text.extend(cells.chunks(2).map(|pair| format!("{}\n", pair.join(","))));
        let _ = import().read("a.csv", text.as_bytes(), &UtcOffset::default());
    }

    /// Rows in any order, some twice, make the samples of the clean file.
    #[test]
    fn shuffled_and_repeated_rows_make_the_same_samples(
        values in prop::collection::btree_map(0..100_000_i64, -1e6..1e6_f64, 1..40),
        order in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..60),
    ) {
        let clean: Vec<(i64, f64)> = values.into_iter().collect();
        let mut rows = clean.clone();
        let mut repeated = 0;
        for (index, repeats) in order {
            let other = index.index(rows.len());
            if repeats {
                // The repetition has another value and comes last, so it loses.
                rows.push((rows[other].0, 0.5));
                repeated += 1;
            } else if other < clean.len() {
                rows.swap(0, other);
            }
        }
        let text = |rows: &[(i64, f64)]| {
            let rows: String = rows.iter().map(|(time, value)| format!("{time},{value}\n")).collect();
            format!("timestamp,value\n{rows}")
        };
        let (expected, found) = (read(&text(&clean)), read(&text(&rows)));
        prop_assert_eq!(&found.samples, &expected.samples);
        prop_assert_eq!(found.quality.repeated_dropped, repeated);
        prop_assert_eq!(expected.quality, Quality::default());
        let kept: Vec<i64> = rows.iter().take(clean.len()).map(|(time, _)| *time).collect();
        let backward = (1..kept.len()).filter(|n| kept[..*n].iter().any(|earlier| *earlier > kept[*n])).count();
        prop_assert_eq!(found.quality.backward_sorted, backward as u64);
    }
}

#[test]
fn each_combination_of_keys_is_a_series() {
    let import = Import { key_columns: vec!["topic".to_owned(), "partition".to_owned()], ..import() };
    let text =
        "time,partition,topic,lag\n0,0,orders,1\n0,1,orders,2\n60,1,orders,3\n60,0,pay,4\n120,0,orders,\n";
    let series = import.read("a.csv", text.as_bytes(), &UtcOffset::default()).unwrap().series;
    let shown = |series: &NewSeries| {
        let labels: Vec<String> =
            series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {} {:?}", series.name, labels.join(","), minutes(series))
    };
    assert_eq!(
        series.iter().map(shown).collect::<Vec<_>>(),
        [
            "a partition=0,topic=orders [(0, 1.0)]",
            "a partition=1,topic=orders [(0, 2.0), (1, 3.0)]",
            "a partition=0,topic=pay [(0, 4.0)]",
        ]
    );
    assert_eq!(series[0].quality.missing, 1);
    check_refused(
        &import,
        "time,topic,lag\n0,orders,1\n",
        "`a.csv`: has no column `partition`; it has `time`, `topic`, `lag`",
    );
    check_refused(
        &import,
        "time,topic,partition,lag\n0,orders,0,1\n0,orders,,1\n",
        "`a.csv` line 3, column 3: `partition` is empty: it says of which series the row is",
    );
}

#[test]
fn a_first_row_of_data_is_no_header() {
    for (text, row) in [("0,1\n60,2\n", "0,1"), ("2024-01-01 00:00:00,5\n", "2024-01-01 00:00:00,5")] {
        let expected = format!(
            "`a.csv`: has no header: its first row is `{row}`; name the columns in a row above it, such as \
             `timestamp,value`"
        );
        check_refused(&import(), text, &expected);
    }
}

/// What is said of a file, and the samples of its first series.
fn remarks(import: &Import, text: &str) -> Vec<String> {
    import.read("a.csv", text.as_bytes(), &UtcOffset::default()).unwrap().remarks
}

#[test]
fn rows_of_several_series_are_not_left_out_in_silence() {
    let rows = |of: &dyn Fn(i64, usize, usize) -> String| -> String {
        let all = (0..10)
            .flat_map(|step| (0..3).flat_map(move |topic| (0..2).map(move |part| (step, topic, part))));
        all.map(|(step, topic, part)| of(step * 60, topic, part)).collect()
    };
    let names = ["orders", "pay", "mail"];
    let long = rows(&|at, topic, part| format!("{at},{},{part},eu,{}\n", names[topic], at % 7));
    let long = format!("time,topic,partition,region,lag\n{long}");
    let lag = Import { value_columns: vec!["lag".to_owned()], ..import() };
    check_refused(
        &lag,
        &long,
        "`a.csv`: 50 of 60 rows are at the time of an earlier one, and `topic`, `partition` tell them apart: record a series \
         for each with `--key topic --key partition`, or leave out what is not meant",
    );
    let some = Import { key_columns: vec!["topic".to_owned()], ..lag.clone() };
    check_refused(
        &some,
        &long,
        "`a.csv`: 30 of 60 rows are at the time of an earlier one, and only `partition` tells them apart: record a series \
         for each with `--key partition`, or leave out what is not meant",
    );
    let all = Import { key_columns: vec!["topic".to_owned(), "partition".to_owned()], ..lag.clone() };
    assert_eq!(remarks(&all, &long), [""; 0]);
    // Nobody said which columns are values.
    let pairs =
        (0..10).flat_map(|step| [0, 1].map(|part| format!("{},{part},{}\n", step * 60, 10 * step + part)));
    check_refused(
        &import(),
        &format!("time,partition,lag\n{}", pairs.collect::<String>()),
        "`a.csv`: 10 of 20 rows are at the time of an earlier one, and only `partition` tells them apart: record a series for \
         each with `--key partition`, or leave out what is not meant",
    );
    check_refused(
        &import(),
        &long,
        "`a.csv` line 2, column 2: `orders` in `topic` is not a number: name the columns of values with `--value-column`, and \
         one that says of which series a row is with `--key`, as `--key topic`",
    );
    // Some repeated rows are common, and a column that differs in them is no proof.
    let few = |repeated: i64| {
        let repeated: String = (0..repeated).map(|at| format!("{},b,{at}\n", at * 60)).collect();
        let all: String = (0..60).map(|at| format!("{},a,{at}\n", at * 60)).collect();
        format!("time,state,value\n{all}{repeated}")
    };
    let value = Import { value_columns: vec!["value".to_owned()], ..import() };
    assert_eq!(remarks(&value, &few(2)), [""; 0]);
    assert_eq!(
        remarks(&value, &few(10)),
        [
            "warning: 10 of 70 rows are at the time of an earlier one and are left out: where they are of several series, \
          `--key state` records each of them"
        ]
    );
    let untold = "time,value\n0,1\n0,2\n60,3\n60,4\n";
    assert_eq!(
        remarks(&import(), untold),
        [
            "warning: 2 of 4 rows are at the time of an earlier one and are left out: are they of several series, which no \
          column tells?"
        ]
    );
}

#[test]
fn a_last_row_without_a_line_break_is_said_to_be_taken_as_whole() {
    assert_eq!(remarks(&import(), "timestamp,value\n0,1\n60,123\n"), [""; 0]);
    assert_eq!(remarks(&import(), "timestamp,value\r\n0,1\r\n60,123\r\n"), [""; 0]);
    assert_eq!(
        remarks(&import(), "timestamp,value\n0,1\n60,12"),
        [
            "note: `a.csv` does not end with a line break, and its last row, of 1970-01-01T00:01:00Z, is taken as whole: was it \
          cut off?"
        ]
    );
}

#[test]
fn a_quote_that_is_broken_swallows_no_rows() {
    check_refused(
        &import(),
        "timestamp,service,value\n0,pay,1\n60,\"pay,2\n120,cart,3\n180,\"cart,4\n",
        "`a.csv` line 3: a `\"` opens a cell, the next one closes it in line 5, and `cart` stands behind it: take away the `\"` \
         that is not meant, or write one that is part of a quoted text as `\"\"`",
    );
    check_refused(
        &import(),
        "timestamp,value\n0,1\n60,\"12",
        "`a.csv` line 3: a `\"` opens a cell here, and none closes it until the end of the file: close it, or take it away; was \
         the file cut off?",
    );
    let one = Import { value_columns: vec!["value".to_owned()], ..import() };
    let sound = "\u{feff}\"timestamp\",note,value\r\n0,\"a\r\nsays \"\"b\"\"\",1\r\n60,5\" disk,\"2\" \r\n";
    let series = one.read("a.csv", sound.as_bytes(), &UtcOffset::default()).unwrap().series;
    assert_eq!(minutes(&series[0]), [(0, 1.0), (1, 2.0)]);
}

#[test]
fn a_column_without_a_name_is_not_recorded() {
    check_refused(
        &import(),
        ",timestamp,value\n0,0,1\n1,60,2\n",
        "`a.csv`: column 1 has no name in the header, and would be recorded as one of values: name those that are with \
         `--value-column value`, or write the file without it, in pandas with `to_csv(index=False)`",
    );
    check_refused(
        &import(),
        "timestamp,\n0,1\n",
        "`a.csv`: column 2 has no name in the header, and would be recorded as one of values: write its name there",
    );
    let named = Import { value_columns: vec!["value".to_owned()], ..import() };
    let text = ",timestamp,value\n0,0,1\n1,60,2\n";
    assert_eq!(named.read("a.csv", text.as_bytes(), &UtcOffset::default()).unwrap().series.len(), 1);
    // That of times needs none: pandas writes it so.
    assert_eq!(minutes(&read(",value\n0,1\n60,2\n")), [(0, 1.0), (1, 2.0)]);
}

#[test]
fn a_column_is_a_label_that_a_policy_can_name() {
    let text = "time,interface-name,value\n0,eth0,1\n";
    let plain = Import { key_columns: vec!["interface-name".to_owned()], ..import() };
    let table = plain.read("a.csv", text.as_bytes(), &UtcOffset::default()).unwrap();
    assert_eq!(table.series[0].labels.keys().collect::<Vec<_>>(), ["interface_name"]);
    assert_eq!(
        table.remarks,
        [
            "note: the column `interface-name` is the label `interface_name`: a policy cannot name a label `interface-name`; \
             `--key 'interface-name=NAME'` calls it otherwise"
        ]
    );
    let key_labels = crate::Labels::from([("interface-name".to_owned(), "port".to_owned())]);
    let table = Import { key_labels, ..plain }.read("a.csv", text.as_bytes(), &UtcOffset::default()).unwrap();
    assert_eq!(table.series[0].labels.keys().collect::<Vec<_>>(), ["port"]);
    assert_eq!(table.remarks, [""; 0]);
}
