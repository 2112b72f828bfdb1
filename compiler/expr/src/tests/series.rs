//! What has a past: windows, learned functions, events; other keys and aggregation.

use heal_program::{
    AggregateFunction, Dimension, EntityIndex, EventIndex, Expression as Lowered, ForecastMethod, Learned,
    LearnedPart, Millis, SignalIndex, WindowFunction,
};

use super::world::*;
use crate::Type;

fn dimension(text: &str) -> String {
    typed(text).type_.dimension().unwrap().to_string()
}

fn field(root: &str, entity: u32, path: &[&str]) -> Lowered {
    let path = path.iter().map(|field| (*field).to_owned()).collect();
    Lowered::EntityField { root: root.to_owned(), entity: EntityIndex(entity), path }
}

#[test]
fn windows_have_the_dimension_of_what_they_compute() {
    for (text, expected) in [
        ("latency.avg(5m)", "duration"),
        ("latency.median(5m)", "duration"),
        ("latency.quantile(99%, 5m)", "duration"),
        ("latency.stddev(5m)", "duration"),
        ("latency.count(5m)", "count"),
        ("latency.lag(1d)", "duration"),
        ("latency.ewma(10m)", "duration"),
        ("rss.slope(1h)", "bytes/duration"),
        ("rss.delta(5m)", "bytes"),
        ("errors.rate(5m)", "count/duration"),
        ("errors.increase(5m)", "count"),
        ("errors.delta(5m)", "count"),
        ("rss.avg(span: 1h30m)", "bytes"),
    ] {
        assert_eq!(dimension(text), expected, "{text}");
    }
    let window = |function, span| Lowered::Window { function, signal: SignalIndex(0), span: Millis(span) };
    assert_eq!(
        typed("latency.quantile(0.999, 5m)").expression,
        window(WindowFunction::Quantile(9_990), 300_000)
    );
    assert_eq!(
        typed("latency.quantile(span: 1h15m, quantile: 0.5)").expression,
        window(WindowFunction::Quantile(5_000), 4_500_000)
    );
    assert_eq!(typed("latency.avg(window)").expression, window(WindowFunction::Avg, 600_000));
}

#[test]
fn a_quantile_is_a_share() {
    says("latency.quantile(1.5, 5m)", "`1.5` 0211 `1.5` is not between 0 and 1");
    says("latency.quantile(0.99999, 5m)", "`0.99999` 0211 `0.99999` is finer than a ten-thousandth");
    says("latency.quantile(0.9)", "`quantile` 0209 `quantile` needs `span`");
    assert_eq!(helped("latency.quantile(0.9)"), ["write it like `latency.quantile(0.99, 5m)`"]);
    says("latency.quantile(0.9, 5m, 1m)", "`1m` 0209 `quantile` takes 2 arguments, and more are given");
    says("latency.quantile(0.9, quantile: 0.5)", "`0.5` 0209 `quantile` of `quantile` is given twice");
}

#[test]
fn counters_are_read_by_what_knows_resets() {
    says(
        "errors > 1",
        "`errors` 0206 `errors` is a counter, and only `rate`, `increase` and `delta` can read it",
    );
    assert_eq!(fixed("errors > 1/s"), "errors.rate(5m) > 1/s");
    assert_eq!(fixed("errors.max(5m) > 1/s"), "errors.rate(5m) > 1/s");
    assert_eq!(fixed("errors[pod.service] > 1/s"), "errors[pod.service].rate(5m) > 1/s");
    says("latency.increase(5m)", "`increase` 0207 `latency` is not a counter, and has no `increase`");
    says(
        "errors.anomaly().score > 1",
        "`errors.anomaly()` 0206 `errors` is a counter, and `anomaly` learns from signals",
    );
    assert_eq!(typed("errors.absent(5m)").type_, Type::Bool);
}

#[test]
fn a_learned_function_has_parts_and_defaults() {
    let learned = |text: &str| {
        let Lowered::Learned { model, part, .. } = typed(text).expression else { panic!("{text}") };
        (model, part)
    };
    let (day, hour) = (Millis(86_400_000), Millis(3_600_000));
    let baseline = Learned::Baseline { season: day, train: Millis(14 * day.0) };
    assert_eq!(learned("latency.baseline().score"), (baseline.clone(), LearnedPart::Score));
    assert_eq!(learned("latency.baseline(1d, train: 14d).upper"), (baseline, LearnedPart::Upper));
    let forecast = |train, method| Learned::Forecast { ahead: Millis(4 * hour.0), train, method };
    assert_eq!(
        learned("rss.forecast(ahead: 4h, train: 1h, method: \"linear\").value"),
        (forecast(hour, ForecastMethod::Linear), LearnedPart::Value)
    );
    assert_eq!(
        learned("rss.forecast(4h).lower"),
        (forecast(Millis(4 * hour.0), ForecastMethod::Auto), LearnedPart::Lower)
    );
    let outlier = Learned::Outlier { by: vec!["service".to_owned()], train: hour };
    assert_eq!(learned("latency.outlier(by: [service]).score"), (outlier, LearnedPart::Score));
    assert_eq!(learned("latency.changepoint(train: 1d).score").0, Learned::Changepoint { train: day });
    assert_eq!(learned("latency.anomaly().score").0, Learned::Anomaly { train: day });
    let model = Learned::Model { path: "models/x.onnx".to_owned(), samples: 60 };
    assert_eq!(learned("model(\"models/x.onnx\", latency).score").0, model);

    assert_eq!(dimension("latency.baseline().value"), "duration");
    assert_eq!(dimension("latency.baseline().score"), "ratio");
    assert_eq!(typed("latency.baseline().score > 4").type_, Type::Bool);
    assert_eq!(typed("latency.baseline(season: 1h, train: 500h).score > 4").type_, Type::Bool);
}

#[test]
fn parts_that_a_learned_function_lacks_are_told() {
    says("rss.forecast(ahead: 4h).score > 4", "`score` 0210 `forecast` has no field `score`");
    says("rss.forecast(ahead: 4h).valeu > 1B", "`valeu` 0210 `forecast` has no field `valeu`");
    assert_eq!(fixed("rss.forecast(ahead: 4h).valeu > 1B"), "rss.forecast(ahead: 4h).value > 1B");
    says(
        "rss.forecast(ahead: 4h) > 1B",
        "`rss.forecast(ahead: 4h)` 0201 `rss.forecast(ahead: 4h)` has no value of its own",
    );
    assert_eq!(fixed("rss.forecast(ahead: 4h) > 1B"), "rss.forecast(ahead: 4h).value > 1B");
    assert_eq!(fixed("latency.baseline() > 4"), "latency.baseline().score > 4");
    says("rss.forecast(train: 4h).value > 1B", "`forecast` 0209 `forecast` needs `ahead`");
    says("rss.forecast(ahed: 4h).value > 1B", "`ahed` 0209 `forecast` has no argument `ahed`");
    assert_eq!(fixed("rss.forecast(ahed: 4h).value > 1B"), "rss.forecast(ahead: 4h).value > 1B");
    says(
        "rss.forecast(4h, method: \"arima\").value > 1B",
        "`\"arima\"` 0209 `arima` is no method of a forecast",
    );
    assert_eq!(
        fixed("rss.forecast(4h, method: \"linaer\").value > 1B"),
        "rss.forecast(4h, method: \"linear\").value > 1B"
    );
    says(
        "latency.baseline(season: 1w, train: 1w).score > 1",
        "`1w` 0211 in 7d there are less than two seasons of 7d",
    );
    says(
        "latency.baseline(season: 1m, train: 8h21m).score > 1",
        "`8h21m` 0211 in 8h 21m there are more than 500 seasons of 1m",
    );
    says("latency.baseline(season: 1m).score > 1", "`1m` 0211 in 14d there are more than 500 seasons of 1m");
    says(
        "latency.outlier(by: [region, service]).score > 1",
        "`[region, service]` 0209 by (service, region) each group has one series, and no peers to compare it with",
    );
    says(
        "model(\"../x.onnx\", latency).score > 1",
        "`\"../x.onnx\"` 0209 `../x.onnx` is not the path of a file of the package",
    );
    says(
        "model(\"x.onnx\", latency, samples: 10000).score > 1",
        "`10000` 0211 `10000` samples are more than 5760",
    );
}

#[test]
fn a_forecast_says_how_long_until() {
    let forecast = Learned::Forecast {
        ahead: Millis(14_400_000),
        train: Millis(14_400_000),
        method: ForecastMethod::Auto,
    };
    let time_to = |threshold: Lowered| Lowered::TimeTo {
        signal: SignalIndex(5),
        model: forecast.clone(),
        threshold: Box::new(threshold),
    };
    assert_eq!(typed("rss.forecast(ahead: 4h).time_to(1KiB)").expression, time_to(Lowered::Number(1_024.0)));
    assert_eq!(dimension("rss.forecast(ahead: 4h).time_to(rss)"), "duration");
    says(
        "rss.forecast(ahead: 4h).time_to(1s) > 1h",
        "`1s` 0202 `1s` is a duration, and bytes is needed here",
    );
    says("rss.forecast(ahead: 4h).time_to(64) > 1h", "`64` 0203 `64` needs a unit: bytes is needed here");
    says(
        "latency.baseline().time_to(1s) > 1h",
        "`latency.baseline()` 0201 `time_to` asks a forecast, and `latency.baseline()` is none",
    );
    let other = typed("rss[pod].forecast(ahead: 4h).time_to(1KiB)").expression;
    assert!(
        matches!(&other, Lowered::ForKey { operand, .. } if **operand == time_to(Lowered::Number(1_024.0)))
    );
    says(
        "rss[pod].forecast(ahead: 4h).time_to(rss) > 1h",
        "`rss` 0205 `rss` is read for another key than the forecast",
    );
}

#[test]
fn events_are_asked_whether_and_how_often() {
    let within = Lowered::EventWithin { event: EventIndex(0), span: Millis(600_000) };
    assert_eq!(typed("deploy.within(10m)").expression, within);
    assert_eq!(typed("deploy.within(10m)").key.to_string(), "(service)");
    assert_eq!(typed("deploy.count(1h) > 3").type_, Type::Bool);
    let of_pod = Lowered::ForKey {
        operand: Box::new(within),
        key: vec![("service".to_owned(), field("pod", 0, &["service", "service"]))],
    };
    assert_eq!(typed("deploy[pod.service].within(10m)").expression, of_pod);
    assert_eq!(typed("deploy[pod.service].within(10m)").key.to_string(), "()");
    says("deploy", "`deploy` 0105 `deploy` is an event, and has no value of its own");
    assert_eq!(fixed("!deploy"), "!deploy.within(10m)");
    says("deploy.avg(5m) > 1", "`avg` 0201 `deploy` is an event, and has no `avg`");
    says(
        "latency.within(5m)",
        "`latency` 0201 `within` asks about an event, and `latency` is a signal of a duration",
    );
    says("deploy.absent(5m)", "`absent` 0201 `deploy` is an event, and has no `absent`");
}

#[test]
fn another_key_is_told_by_an_entity_or_a_text() {
    let rss = Lowered::ForKey {
        operand: Box::new(Lowered::Signal(SignalIndex(5))),
        key: vec![
            ("namespace".to_owned(), field("pod", 0, &["owner", "namespace"])),
            ("pod".to_owned(), field("pod", 0, &["owner", "pod"])),
        ],
    };
    assert_eq!(typed("rss[pod.owner]").expression, rss);
    assert_eq!(dimension("rss[pod].avg(5m)"), "bytes");
    assert_eq!(typed("load[\"cart\"] > 1 && queue > 1").key.to_string(), "(queue)");
    assert_eq!(typed("load[zone] + load[it.name]").key.to_string(), "()");
    assert_eq!(typed("slow[pod.service]").type_, Type::Bool);
    assert_eq!(typed("(load > 1)[service]").type_, Type::Bool);
    says("rss[\"a\"] > 1B", "`\"a\"` 0205 `rss` has the key (namespace, pod), which one text does not tell");
    says(
        "latency[service] > 1s",
        "`service` 0205 `latency` has the key (service, region), and `Service` is told by (service), without `region`",
    );
    assert_eq!(fixed("latency.avg(5m)[service] > 1s"), "latency.avg(5m).max(by: [service])[service] > 1s");
    assert_eq!(typed("latency.avg(5m).max(by: [service])[service] > 1s").key.to_string(), "()");
    says("heat[zone] > 1degC", "`heat[zone` 0205 `heat` has no key: there is one series of it");
    says("load[5] > 1", "`5` 0201 `5` is a number without a unit, and the key (service) is needed here");
    says(
        "load[service.depends_on] > 1",
        "`service.depends_on` 0201 `service.depends_on` is a list of the entity `Service`, and the key (service) is needed here",
    );
    says("rss[pod.onwer] > 1B", "`onwer` 0210 `Pod` has no field `onwer`");
}

#[test]
fn windows_of_other_languages_are_translated() {
    says("latency[5m] > 1s", "`5m` 0201 `5m` is no key: a window is written as a function");
    assert_eq!(fixed("latency[5m] > 1s"), "latency.avg(5m) > 1s");
    assert_eq!(fixed("errors[ 1h30m ] > 1/s"), "errors.rate(1h30m) > 1/s");
    says("rate(errors[5m]) > 1/s", "`rate` 0208 unknown function `rate`");
    assert_eq!(fixed("rate(errors[5m]) > 1/s"), "errors.rate(5m) > 1/s");
    assert_eq!(fixed("avg(latency, 5m) > 1s"), "latency.avg(5m) > 1s");
    assert_eq!(fixed("absent(latency)"), "latency.absent(5m)");
    says("avg_over_time(latency[5m]) > 1s", "`avg_over_time` 0208 unknown function `avg_over_time`");
    assert_eq!(fixed("avg_over_time(latency[5m]) > 1s"), "latency.avg(5m) > 1s");
    assert_eq!(fixed("irate(errors[5m]) > 1/s"), "errors.rate(5m) > 1/s");
    assert_eq!(fixed("forecast(rss, ahead: 4h).value > 1B"), "rss.forecast(ahead: 4h).value > 1B");
    assert_eq!(fixed("or(load / 2, 0) > 1"), "(load / 2).or(0) > 1");
    assert_eq!(fixed("quantile_over_time(0.9, latency[5m]) > 1s"), "latency.quantile(0.9, 5m) > 1s");
    assert_eq!(fixed("sum(load) > 1"), "load.sum(by: []) > 1");
    assert_eq!(
        fixed("predict_linear(rss[1h], 4*3600) > 1B"),
        "rss.forecast(ahead: 4h, train: 1h, method: \"linear\").value > 1B"
    );
    assert_eq!(
        helped("predict_linear(rss[1h], budget) > 1B"),
        [
            "what is to come is read with `forecast`: `rss.forecast(ahead: 4h, train: 1h, method: \"linear\").value`"
        ]
    );
    assert_eq!(
        helped("topk(3, latency) > 1s"),
        [
            "each key is judged by itself: compare with a limit, or with the others by `x.outlier(by: [zone], train: 1h).score > 3`"
        ]
    );
    assert_eq!(helped("latency.p99(5m) > 1s"), ["it is written like `latency.quantile(0.99, 5m)`"]);
    assert_eq!(fixed("errors.increase(5m) > 1/s"), "errors.rate(5m) > 1/s");
    says("latency.avg > 1s", "`avg` 0210 `avg` is a function, not a field");
    assert_eq!(fixed("latency.avg > 1s"), "latency.avg(5m) > 1s");
    assert_eq!(fixed("errors.rate > 1/s"), "errors.rate(5m) > 1/s");
}

#[test]
fn keys_are_aggregated() {
    let sum = Lowered::Aggregate {
        function: AggregateFunction::Max,
        by: vec!["service".to_owned()],
        keys: vec!["service".to_owned(), "region".to_owned()],
        operand: Box::new(Lowered::Signal(SignalIndex(0))),
    };
    let max = typed("latency.max(by: [service])");
    assert_eq!(
        (max.expression, max.key.to_string(), max.type_),
        (sum, "(service)".to_owned(), Type::Quantity(Dimension::DURATION))
    );
    assert_eq!(typed("latency.avg(by: [region, service])").key.to_string(), "(service, region)");
    assert_eq!(typed("(latency > 1s).any(by: [])").key.to_string(), "()");
    assert_eq!(typed("slow.all(by: [])").type_, Type::Bool);
    assert_eq!(dimension("slow.count(by: [])"), "count");
    assert_eq!(dimension("latency.quantile(0.9, by: [service])"), "duration");
    assert_eq!(dimension("errors.rate(5m).sum(by: [])"), "count/duration");
    says(
        "latency.sum(by: [servcie]) > 1s",
        "`servcie` 0210 the key (service, region) has no field `servcie`",
    );
    assert_eq!(fixed("latency.sum(by: [servcie]) > 1s"), "latency.sum(by: [service]) > 1s");
    assert_eq!(fixed("latency.sum(by: service) > 1s"), "latency.sum(by: [service]) > 1s");
    says("latency.sum(by: [\"service\"]) > 1s", "`\"service\"` 0209 `\"service\"` is not a key field");
    says("latency.sum(by: [service, service]) > 1s", "`service` 0209 `service` stands twice in this list");
    says("heat.max(by: []) > 1degC", "`max` 0205 `heat` has no key: there is one series of it");
    says("latency.any(by: [service])", "`latency` 0212 `latency` is a duration, not a condition");
    says("slow.sum(by: []) > 1", "`slow` 0201 `slow` is true or false and cannot be put together over keys");
    assert_eq!(fixed("errors.sum(by: []) > 1/s"), "errors.rate(5m).sum(by: []) > 1/s");
    says("load.any()", "`any` 0209 `any` needs `by`");
}

#[test]
fn keys_with_nothing_in_common_are_not_aggregated_away() {
    // Where the keys have nothing in common, what is asked is whether two names mean one thing.
    assert_eq!(fixes("latency > 1s && rss > 1B"), Vec::<String>::new());
    assert_eq!(fixes("queue / load > 1"), Vec::<String>::new());
}

#[test]
fn what_may_be_unknown_is_listed() {
    let unknown = |text: &str| typed(text).may_be_unknown().len();
    assert_eq!(unknown("load > 1 && latency.avg(5m) > budget"), 2);
    assert_eq!(unknown("load.or(0) > 1"), 0);
    assert_eq!(unknown("load.or(load.lag(1d)) > 1"), 1);
    assert_eq!(unknown("errors.absent(5m) || zone == \"a\" || during(\"daily 01:00..02:00 UTC\")"), 0);
    assert_eq!(unknown("pod.size > 1B && deploy.within(5m) && body.x == 1"), 3);
    assert_eq!(unknown("latency.max(by: [service]) > 1s"), 1);
}

#[test]
fn telemetry_is_signals_events_and_detectors() {
    for text in [
        "load > 1",
        "slow",
        "deploy.within(5m)",
        "rss[pod] > 1B",
        "errors.absent(1m)",
        "(load > 1).any(by: [])",
    ] {
        assert!(typed(text).reads_telemetry(), "{text}");
    }
    for text in ["budget > 1s", "zone == \"a\"", "pod.size > 1B", "body.x == 1"] {
        assert!(!typed(text).reads_telemetry(), "{text}");
    }
}
