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
    assert_eq!(imported.notes, ["1 line without metrics was left out"]);
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
