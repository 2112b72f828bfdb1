//! Literals, units, dimensions, types and keys, one expression at a time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bounds;
mod calendars;
mod calls;
mod series;
mod total;
mod values;
mod world;

use heal_program::{
    BinaryOperator, Conversion, Dimension, EntityIndex, Expression as Lowered, Function, Millis, SignalIndex,
    WindowFunction,
};
use proptest::prelude::*;

use crate::*;
use world::*;

#[test]
fn literals_are_the_nearest_double_in_the_base_unit() {
    let cases: &[(&str, f64)] = &[
        ("35ms", 0.035),
        ("250us", 0.000_25),
        ("7ns", 7e-9),
        ("32.3MB", 32_300_000.0),
        ("8.2Mbit/s", 1_025_000.0),
        ("1.3m", 78.0),
        ("0.7d", 60_480.0),
        ("99.9%", 0.999),
        ("32degF", 0.0),
        ("1.5m", 90.0),
        ("2h", 7_200.0),
        ("1d", 86_400.0),
        ("1w", 604_800.0),
        ("64B", 64.0),
        ("1KB", 1e3),
        ("1KiB", 1_024.0),
        ("512MiB", 536_870_912.0),
        ("2GB", 2e9),
        ("1TiB", 1_099_511_627_776.0),
        ("8bit", 1.0),
        ("10Mbit/s", 1_250_000.0),
        ("1KiB/s", 1_024.0),
        ("60/m", 1.0),
        ("100/s", 100.0),
        ("5%", 0.05),
        ("99.9%", 0.999),
        ("0.3ms", 0.000_3),
        ("1.5e3ms", 1.5),
        ("-40degF", -40.0),
        ("212degF", 100.0),
        ("21.5degC", 21.5),
        ("9degF/s", 5.0),
    ];
    for (text, value) in cases {
        assert_eq!(number(text), *value, "{text}");
    }
}

#[test]
fn literals_have_the_dimension_of_their_unit() {
    let rate = |dimension: Dimension| Type::Quantity(dimension.over(Dimension::DURATION));
    assert_eq!(typed("100/s").type_, rate(Dimension::COUNT));
    assert_eq!(typed("1Gbit/h").type_, rate(Dimension::BYTES));
    assert_eq!(typed("5%").type_, Type::Quantity(Dimension::RATIO));
    assert_eq!(typed("5").type_, Type::Integer);
    assert_eq!(typed("5.0").type_, Type::Number);
}

#[test]
fn a_signals_unit_is_a_scale_and_an_offset() {
    let of = |name: &str| signal_unit(name).map(|unit| (unit.scale(), unit.offset()));
    assert_eq!(of("ms"), Some((0.001, 0.0)));
    assert_eq!(of("percent"), Some((0.01, 0.0)));
    assert_eq!(of("Mbit/s"), Some((125_000.0, 0.0)));
    let (scale, offset) = of("degF").unwrap();
    assert!((68.0 * scale + offset - 20.0).abs() < 1e-12);
    assert_eq!(of("parsec"), None);
}

#[test]
fn products_and_quotients_combine_dimensions() {
    let dimension = |text: &str| typed(text).type_.dimension().map(|it| it.to_string());
    assert_eq!(dimension("latency * load").as_deref(), Some("duration"));
    assert_eq!(dimension("pod.size / latency").as_deref(), Some("bytes/duration"));
    assert_eq!(dimension("latency / latency.avg(5m)").as_deref(), Some("ratio"));
    assert_eq!(dimension("1 / latency").as_deref(), Some("1/duration"));
    assert_eq!(dimension("queue / 2").as_deref(), Some("count"));
    assert_eq!(dimension("latency.count(5m) / 5m").as_deref(), Some("count/duration"));
}

#[test]
fn the_smaller_key_is_broadcast_over_the_larger() {
    let key = |text: &str| typed(text).key.to_string();
    assert_eq!(key("latency > 1s && load > 1"), "(service, region)");
    assert_eq!(key("load > 1 && latency > 1s"), "(service, region)");
    assert_eq!(key("load > 1 ? latency : 1s"), "(service, region)");
    assert_eq!(key("heat > 1degC && queue > 1"), "(queue)");
    assert_eq!(key("1s + 2s"), "()");
    let (none, diagnostics) = checked("load > 1 && queue > 1");
    assert!(none.is_none());
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn joining_keys_ignores_their_order() {
    let key = |fields: &[&str]| Key::new(fields.iter().map(|field| (*field).to_owned()).collect());
    assert_eq!(key(&["a", "b"]).join(&key(&["b", "a"])), Some(key(&["a", "b"])));
    assert_eq!(key(&["b"]).join(&key(&["a", "b"])), Some(key(&["a", "b"])));
    assert_eq!(key(&["a"]).join(&key(&[])), Some(key(&["a"])));
    assert_eq!(key(&["a"]).join(&key(&["b"])), None);
}

#[test]
fn expressions_lower_to_resolved_data() {
    let window =
        Lowered::Window { function: WindowFunction::Avg, signal: SignalIndex(0), span: Millis(300_000) };
    let or = Lowered::Or(Box::new(window), Box::new(Lowered::Number(0.0)));
    let greater = Lowered::Binary(BinaryOperator::Greater, Box::new(or), Box::new(Lowered::Number(0.25)));
    assert_eq!(typed("lib.latency.avg(5m).or(0) > 250ms").expression, greater);
    let field = Lowered::EntityField {
        root: "pod".to_owned(),
        entity: EntityIndex(0),
        path: vec!["owner".to_owned(), "size".to_owned()],
    };
    assert_eq!(typed("pod.owner.size").expression, field);
    let zone = Lowered::KeyField("zone".to_owned());
    let ends = Lowered::Call(Function::EndsWith, vec![zone, Lowered::Text("-a".to_owned())]);
    assert_eq!(typed("zone.endsWith('-a')").expression, ends);
}

#[test]
fn an_entity_is_found_by_its_path() {
    let path = |text: &str| {
        with_parsed(text, |expression, source| {
            let mut diagnostics = Vec::new();
            let path = check_entity(expression, EntityIndex(0), source, &mut World, &mut diagnostics);
            (path.map(|path| path.fields.join(".")), diagnostics.into_iter().map(|it| it.message).next())
        })
    };
    assert_eq!(path("pod"), (Some(String::new()), None));
    assert_eq!(path("pod.owner.owner"), (Some("owner.owner".to_owned()), None));
    let message = "`pod.size` is bytes, and the entity `Pod` is needed here".to_owned();
    assert_eq!(path("pod.size"), (None, Some(message)));
    assert_eq!(path("pod.oner"), (None, Some("`Pod` has no field `oner`".to_owned())));
    let message = "`5` is a number without a unit, and the entity `Pod` is needed here".to_owned();
    assert_eq!(path("5"), (None, Some(message)));
}

#[test]
fn spans_are_whole_milliseconds() {
    let span = |text: &str, kind: SpanKind| {
        with_parsed(text, |expression, source| {
            constant_span(expression, kind, source, &mut World, &mut Vec::new())
        })
    };
    assert_eq!(span("5m", SpanKind::Positive), Some(Millis(300_000)));
    assert_eq!(span("1.5ms + 500us", SpanKind::Positive), Some(Millis(2)));
    assert_eq!(span("0.1s * 3", SpanKind::Positive), Some(Millis(300)));
    assert_eq!(span("0s", SpanKind::ZeroOrMore), Some(Millis::ZERO));
    assert_eq!(span("3650d", SpanKind::Positive), Some(SPAN_MAX));
    for wrong in ["0s", "0.4ms", "-1s", "3651d", "1e300d", "5", "1s / 0", "1MiB", "latency"] {
        assert_eq!(span(wrong, SpanKind::Positive), None, "{wrong}");
    }
}

#[test]
fn text_for_messages_is_on_one_line() {
    assert_eq!(normalised(" a  // why\n  &&\tb  "), "a && b");
    assert_eq!(normalised("x == \"a  // b\\\"  c\" // end"), "x == \"a  // b\\\"  c\"");
    assert_eq!(normalised("`a\\`  +  'it  is'"), "`a\\` + 'it  is'");
}

#[test]
fn near_names_are_found() {
    let known = ["latency", "load", "queue", "budget"];
    assert_eq!(nearest("latnecy", known), Some("latency"));
    assert_eq!(nearest("Budget", known), Some("budget"));
    assert_eq!(nearest("temperature", known), None);
    assert_eq!(nearest("b", ["a", "c"]), None);
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(text in "[a\"'`/\\\\ \n]{0,24}") {
        let once = normalised(&text);
        prop_assert!(!once.contains("  ") || once.contains(['"', '\'', '`']));
        if !text.contains(['"', '\'', '`', '/']) {
            prop_assert_eq!(normalised(&once), once);
        }
    }

    #[test]
    fn a_literal_is_the_very_number_that_a_sample_of_its_unit_is(
        whole in -1_000_000_000..1_000_000_000_i64,
        decimals in 0_usize..12,
    ) {
        let raw = whole as f64 / 10_f64.powi(decimals as i32);
        let digits = format!("{:.decimals$}", raw.abs());
        for name in unit_names(None) {
            let unit = signal_unit(name).unwrap();
            let literal = unit.number(&digits, raw.signum()).unwrap();
            let sample = Conversion::new(unit.scale(), unit.offset()).apply(digits.parse::<f64>().unwrap() * raw.signum());
            prop_assert_eq!(literal.to_bits(), sample.to_bits(), "{} {}", digits, name);
        }
    }
}
