//! OpenMetrics: what is stated is used, and what is wrong is named with its line and column.

use proptest::prelude::*;

use super::{check_total, lines};
use crate::{ImportError, Imported, OpenMetricsImport};

fn read(text: &str) -> Result<Imported, ImportError> {
    OpenMetricsImport::default().read("m.txt", text.as_bytes())
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    assert_eq!(read(text).unwrap_err().to_string(), expected);
}

#[test]
fn types_and_units_are_used() {
    let imported = read(
        "# TYPE took_seconds histogram\n# UNIT took_seconds seconds\n# HELP took_seconds How long.\n\
         took_seconds_bucket{le=\"0.1\",service=\"cart\"} 3 1700000000.5\n\
         took_seconds_bucket{service=\"cart\",le=\"+Inf\"} 4 1700000000.5 # {trace=\"1\"} 0.3\n\
         took_seconds_count{service=\"cart\"} 4 1700000000.5\ntook_seconds_sum{service=\"cart\"} 1.25 1.7000000005e9\n\
         # TYPE sent_bytes counter\nsent_bytes_total 1e3 1700000001\nsent_bytes_total 2000 1700000000\n\
         # TYPE width gauge\n# UNIT width metres\nwidth 2 1700000000\n# EOF\n",
    )
    .unwrap();
    insta::assert_snapshot!(lines(&imported), @r#"
    sent_bytes_total B? 1700000000:2000 1700000001:1000
    took_seconds_bucket{le="+Inf", service="cart"} 1 1700000000.5:4
    took_seconds_bucket{le="0.1", service="cart"} 1 1700000000.5:3
    took_seconds_count{service="cart"} 1 1700000000.5:4
    took_seconds_sum{service="cart"} s 1700000000.5:1.25
    width metres 1700000000:2
    "#);
    assert_eq!(imported.series[0].quality.backward_sorted, 1);
}

#[test]
fn the_text_format_of_prometheus_is_read_with_its_milliseconds() {
    let imported = read(
        "up{job=\"a\\\"b\\\\c\\nd\", x = \"\" ,} 1 1700000000000\n{\"app.up\", \"x.y\"=\"z\"} NaN 1700000000000\n",
    );
    insta::assert_snapshot!(lines(&imported.unwrap()), @r#"
    app.up{x.y="z"} 1? 
    up{job="a\"b\\c\nd", x=""} 1? 1700000000:1
    "#);
}

#[test]
fn labels_and_units_can_be_given() {
    let import = OpenMetricsImport {
        labels: [("cluster".to_owned(), "a".to_owned())].into(),
        units: [("took".to_owned(), "ms".to_owned())].into(),
    };
    let imported =
        import.read("m.txt", &b"took{x=\"y\"} 1 1700000000000\ntook{cluster=\"b\"} 1 1700000000000\n"[..]);
    insta::assert_snapshot!(lines(&imported.unwrap()), @r#"
    took{cluster="a", x="y"} ms? 1700000000:1
    took{cluster="b"} ms? 1700000000:1
    "#);
}

#[test]
fn what_is_said_of_a_metric_is_said_once() {
    let unit = |first: &str, second: &str| {
        format!(
            "# UNIT x {first}\nx{{a=\"1\"}} 1 1767225600\n# UNIT x {second}\nx{{a=\"1\"}} 1000 1767225660\n# EOF\n"
        )
    };
    check_refused(
        &unit("seconds", "milliseconds"),
        "`m.txt` line 3, column 10: the unit of `x` is `milliseconds` here and `seconds` above: write all of its samples alike, \
         or give those here another name",
    );
    assert!(read(&unit("seconds", "seconds")).is_ok());
    check_refused(
        "# TYPE x gauge\nx 1 1767225600000\n# TYPE x counter\nx 2 1767225660000\n",
        "`m.txt` line 3, column 10: the type of `x` is `counter` here and `gauge` above: write all of its samples alike, or give \
         those here another name",
    );
}

#[test]
fn units_of_metrics_that_are_not_there_are_found() {
    let units = ["queue_wiat", "queue_wait", "took"].map(|name| (name.to_owned(), "ms".to_owned()));
    let import = OpenMetricsImport { units: units.into(), ..OpenMetricsImport::default() };
    let text = "queue_wait{a=\"1\"} 250 1767225600000\ntook_sum 1 1767225600000\n";
    let imported = import.read("m.txt", text.as_bytes()).unwrap();
    assert_eq!(import.unused_units(&imported), ["queue_wiat"]);
}

#[test]
fn times_are_all_alike_and_none_is_before_1970() {
    check_refused(
        "x 1 1767225600000\nx 2 1767225660\n",
        "`m.txt` line 2, column 5: `1767225660` is not a time: a time in seconds among ones in milliseconds? write all of them \
         alike",
    );
    check_refused(
        "x 1 1767225600\nx 2 1767225660000\n# EOF\n",
        "`m.txt` line 2, column 5: `1767225660000` is not a time: a time in milliseconds among ones in seconds? write all of them \
         alike",
    );
    for time in ["-5", "-1e9"] {
        assert!(read(&format!("x 1 {time}\n# EOF\n")).unwrap_err().to_string().contains("is not a time"));
    }
}

#[test]
fn series_without_a_number_are_said_or_refused() {
    check_refused(
        "x NaN 1767225600000\n",
        "`m.txt`: has no number: every value is missing, infinite or not a number",
    );
    let imported = read("x NaN 1767225600000\ny 1 1767225600000\n").unwrap();
    assert_eq!(imported.notes, ["1 series has no number: x"]);
}

#[test]
fn what_is_wrong_is_named_with_line_and_column() {
    check_refused("up 1\n", "`m.txt` line 1, column 5: the sample has no time: write it behind the value");
    check_refused(
        "# x\nup{ä} 1 1\n",
        "`m.txt` line 2, column 4: labels are written `{name=\"value\", other=\"value\"}`",
    );
    check_refused("up{a=\"é} 1 1\n", "`m.txt` line 1, column 6: the text has no closing `\"`");
    check_refused("up{a=\"é\" b=\"\"} 1 1\n", "`m.txt` line 1, column 10: behind a label stands `,` or `}`");
    check_refused("up{a=\"1\",a=\"2\"} 1 1\n", "`m.txt` line 1, column 10: the label `a` is there twice");
    check_refused("up one 1\n", "`m.txt` line 1, column 4: `one` is not a number");
    check_refused("up 1 1 1\n", "`m.txt` line 1, column 8: there is more behind the time");
    check_refused("1 1 1\n", "`m.txt` line 1, column 1: a sample begins with the name of its metric");
    check_refused(
        "up 1 2024-01-01T00:00:00Z\n",
        "`m.txt` line 1, column 6: `2024-01-01T00:00:00Z` is not a time: write Unix seconds, or Unix milliseconds, all like the \
         first",
    );
    check_refused("up{a=\"\u{1b}[31m\"} x\u{7} 1\n", "`m.txt` line 1, column 15: `x\\u{7}` is not a number");
    check_refused("\u{1f}", "`m.txt` line 1, column 1: a sample begins with the name of its metric");
    check_refused("# EOF\nup 1 1\n", "`m.txt` line 2, column 1: there is more behind `# EOF`");
    check_refused("up 1 1700000000\n", "`m.txt`: ends without `# EOF`: it was cut off");
    check_refused("up 1 1700000000000", "`m.txt`: ends without the end of its last line: it was cut off");
    check_refused("", "`m.txt`: has no sample");
    check_refused("timestamp,value\n", "`m.txt` line 1, column 10: `,value` is not a number");
    let wrong = OpenMetricsImport::default().read("m.txt", &b"up 1 1\n\xff 1 1\n"[..]).unwrap_err();
    assert_eq!(wrong.to_string(), "`m.txt` line 2: the line is not UTF-8");
}

proptest! {
    #[test]
    fn any_bytes_give_series_or_one_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_total(OpenMetricsImport::default().read("m.txt", bytes.as_slice()));
    }

    #[test]
    fn any_line_like_a_sample_gives_series_or_one_error(
        text in "(# (TYPE|UNIT|EOF)? ?[a-z_]{0,3} ?[a-z]{0,3}\n|[a-z\"]{0,3}[{]?[a-c\"=,\\\\é]{0,6}[}]? ?[-0-9eE.]{0,4} ?[-0-9eE.]{0,16}\n){0,4}",
    ) {
        check_total(read(&text));
    }
}
