//! OTLP: points become samples, attributes labels, and units those of the language.

use proptest::prelude::*;

use super::{check_total, lines};
use crate::units::of_ucum;
use crate::{ImportError, Imported, OtlpImport};

fn read(text: &str) -> Result<Imported, ImportError> {
    let renamed = [("service.name".to_owned(), "service".to_owned())].into();
    OtlpImport { renamed }.read("x.json", text.as_bytes())
}

fn line(metric: &str) -> String {
    let attributes = r#"[{"key":"service.name","value":{"stringValue":"cart"}},{"key":"host.cpus","value":{"intValue":"4"}}]"#;
    format!(
        "{{\"resourceMetrics\":[{{\"resource\":{{\"attributes\":{attributes}}},\"scopeMetrics\":[{{\"metrics\":[{metric}]}}]}}]}}\n"
    )
}

#[test]
fn gauges_sums_and_histograms_become_series() {
    let text = [
        line(
            r#"{"name":"queue","unit":"{request}","gauge":{"dataPoints":[{"attributes":[{"key":"host.cpus","value":{"intValue":"8"}}],"timeUnixNano":"1700000000250000000","asInt":"7"},{"timeUnixNano":1700000001000000000,"flags":1}]}}"#,
        ),
        line(
            r#"{"name":"sent","unit":"By","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"timeUnixNano":"1700000000000000000","asDouble":1.5}]}}"#,
        ),
        line(
            r#"{"name":"asked","sum":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"1700000060000000000","asInt":"2"},{"timeUnixNano":"1700000000000000000","asInt":"5"}]}}"#,
        ),
        line(
            r#"{"name":"took","unit":"ms","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1700000000000000000","count":"5","sum":12.5,"bucketCounts":["3","2"],"explicitBounds":[10]}]}}"#,
        ),
        "\n{\"resourceLogs\":[]}\n".to_owned(),
    ];
    let imported = read(&text.concat()).unwrap();
    insta::assert_snapshot!(lines(&imported), @r#"
    asked{host_cpus="4", service="cart"} 1? 1700000000:5 1700000060:7
    queue{host_cpus="4", service="cart"} 1 
    queue{host_cpus="8", service="cart"} 1 1700000000.25:7
    sent{host_cpus="4", service="cart"} B 1700000000:1.5
    took_bucket{host_cpus="4", le="+Inf", service="cart"} 1 1700000000:5
    took_bucket{host_cpus="4", le="10", service="cart"} 1 1700000000:3
    took_count{host_cpus="4", service="cart"} 1 1700000000:5
    took_sum{host_cpus="4", service="cart"} ms 1700000000:12.5
    "#);
    assert_eq!(imported.series[1].quality.missing, 1);
    assert_eq!(
        imported.notes,
        [
            "1 line without metrics was left out",
            "1 series has no number: queue{host_cpus=\"4\", service=\"cart\"}"
        ]
    );
}

#[test]
fn units_of_ucum_are_those_of_the_language_or_none() {
    for (ucum, unit) in [
        ("ms", "ms"),
        ("By", "B"),
        ("1", "1"),
        ("%", "percent"),
        ("{request}", "1"),
        ("{request}/s", "1/s"),
        ("By/s", "B/s"),
        ("min", "m"),
        ("Cel", "degC"),
        ("MiBy", "MiB"),
        ("m", "UCUM m"),
        ("V", "V"),
        ("J/s", "J/s"),
    ] {
        assert_eq!(of_ucum(ucum), unit);
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let check = |text: &str, expected: &str| assert_eq!(read(text).unwrap_err().to_string(), expected);
    let sound =
        line(r#"{"name":"a","gauge":{"dataPoints":[{"timeUnixNano":"1700000000000000000","asInt":"7"}]}}"#);
    check("", "`x.json`: has no point of a metric");
    check("{\"resourceLogs\":[]}\n", "`x.json`: has no point of a metric");
    check("[]\n", "`x.json` line 1: is no line of OTLP: it is a JSON object");
    let cut = &sound[..sound.len() - 9];
    check(
        &(sound.clone() + cut),
        &format!("`x.json` line 2, column {}: is not JSON, or was cut off here", cut.len()),
    );
    check(&line(r#"{"gauge":{}}"#), "`x.json` line 1: a metric has no name");
    check(
        &line(r#"{"name":"a","gauge":{"dataPoints":[{"asInt":"7"}]}}"#),
        "`x.json` line 1: a point of `a` has no time",
    );
    check(
        &line(r#"{"name":"a","sum":{"dataPoints":[{"timeUnixNano":"1","asInt":"x"}]}}"#),
        "`x.json` line 1: a point of `a` has no number",
    );
}

#[test]
fn points_of_one_series_are_alike_or_refused() {
    let gauge = |unit: &str, second: u32| {
        line(&format!(
            r#"{{"name":"q","unit":"{unit}","gauge":{{"dataPoints":[{{"timeUnixNano":"{}","asDouble":1.5}}]}}}}"#,
            1_767_225_600_000_000_000_u64 + u64::from(second) * 1_000_000_000
        ))
    };
    let sum = |temporality: u8, second: u32| {
        line(&format!(
            r#"{{"name":"q","unit":"ms","sum":{{"aggregationTemporality":{temporality},"dataPoints":[{{"timeUnixNano":"{}","asInt":"5"}}]}}}}"#,
            1_767_225_600_000_000_000_u64 + u64::from(second) * 1_000_000_000
        ))
    };
    let check = |lines: [String; 2], expected: &str| {
        assert_eq!(read(&lines.concat()).unwrap_err().to_string(), expected);
    };
    check(
        [gauge("ms", 0), gauge("s", 60)],
        "`x.json` line 2: a point of `q` is in `s`, and in line 1 one is in `ms`: let all of them be sent in one unit, or record \
         the lines apart, each as a recording of its own",
    );
    check(
        [gauge("ms", 0), gauge("", 60)],
        "`x.json` line 2: a point of `q` is in no unit, and in line 1 one is in `ms`: let all of them be sent in one unit, or \
         record the lines apart, each as a recording of its own",
    );
    check(
        [sum(2, 0), sum(1, 60)],
        "`x.json` line 2: a point of `q` is an increase (delta), and those before it are each a total (cumulative): let the \
         collector make them alike, with `deltatocumulative` or `cumulativetodelta`",
    );
    check(
        [gauge("ms", 0), sum(1, 60)],
        "`x.json` line 2: a point of `q` is an increase (delta), and those before it are each a gauge: give one of them another \
         name",
    );
    assert!(read(&[gauge("{request}", 0), gauge("1", 60)].concat()).is_ok(), "both are plain numbers");
}

#[test]
fn times_before_1970_and_series_without_a_number_are_refused() {
    let check = |point: &str, expected: &str| {
        let text = line(&format!(r#"{{"name":"a","gauge":{{"dataPoints":[{point}]}}}}"#));
        assert_eq!(read(&text).unwrap_err().to_string(), expected);
    };
    check(
        r#"{"timeUnixNano":"-5","asInt":"7"}"#,
        "`x.json` line 1: a point of `a` has the time `-5`, which is none: write nanoseconds since 1970",
    );
    check(
        r#"{"timeUnixNano":"1700000000000000000","asDouble":"NaN"}"#,
        "`x.json`: has no number: every value is missing, infinite or not a number",
    );
}

proptest! {
    #[test]
    fn any_bytes_give_series_or_one_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_total(OtlpImport::default().read("x.json", bytes.as_slice()));
    }

    #[test]
    fn any_part_of_a_line_that_is_changed_gives_series_or_one_error(place in 0_usize..250, byte: u8) {
        let sound = line(r#"{"name":"a","unit":"ms","histogram":{"dataPoints":[{"timeUnixNano":"1700000000000000000","count":"5","bucketCounts":[5]}]}}"#);
        let mut bytes = sound.into_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        check_total(OtlpImport::default().read("x.json", bytes.as_slice()));
    }
}
