//! Expressions in the items that hold them: dimensions, keys, counters, conditions.

use super::fixture::{check, compile, fixed, only};

/// Signals that the fixtures below read.
const SIGNALS: &str = "
signal latency: duration in ms by (service, region) { from metric \"latency\" every 15s }
signal rss: bytes by (namespace, pod) { from metric \"rss\" every 15s }
signal temperature: temperature by (service) { from metric \"temperature\" every 15s }
signal load: ratio by (service) { from metric \"load\" every 15s }
signal queue: count by (service) { from metric \"queue\" every 15s }
counter requests: count by (service) { from metric \"requests\" every 15s }
counter sent: bytes by (service) { from metric \"sent\" every 15s }
param budget: duration = 250ms
";

/// Holds the diagnostics of a condition to `expected`: the underlined text, the code and the message of each.
#[track_caller]
fn check_when(condition: &str, expected: &[&str]) {
    let (_, diagnostics, files) = compile(&format!("{SIGNALS}detector d {{ when {condition} }}\n"));
    let found: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            let underlined = files.get(diagnostic.primary.file).unwrap().slice(diagnostic.primary.range);
            format!("`{underlined}` {} {}", diagnostic.code, diagnostic.message)
        })
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn fixed_when(condition: &str) -> String {
    let text = fixed(&format!("{SIGNALS}detector d {{ when {condition} }}\n"));
    let start = text.find("detector d { when ").unwrap() + "detector d { when ".len();
    text[start..].trim_end().trim_end_matches(" }").to_owned()
}

#[test]
fn good_conditions_are_silent() {
    for condition in [
        "latency > 250ms",
        "latency > budget * 2 && latency < 80% * budget + 1s",
        "rss / 1GiB > 95%",
        "requests.rate(5m) > 10/s",
        "requests.rate(5m) / requests.rate(1h) > 2",
        "sent.rate(5m) > 10Mbit/s",
        "queue > 64 || queue.max(5m) / 2 >= 12.5",
        "queue.or(0) > 3 && latency.or(0) > 0",
        "temperature > 95degF && temperature - temperature.avg(1h) > 10degC",
        "temperature > -10degF",
        "load in [1, 50%] || queue in []",
        "(load > 1 ? latency : budget) > 1s",
        "!(load > 1) == true",
        "latency.count(5m) > 3",
        "5 % 2 == 1 && -load < -1",
        "load > 0.5 && \"a\" + \"b\" < \"b\"",
    ] {
        check_when(condition, &[]);
    }
}

#[test]
fn unlike_dimensions_are_named_on_both_sides() {
    check_when("latency > 64MiB", &["`64MiB` HEAL0202 `latency` is a duration, and `64MiB` is bytes"]);
    check_when("budget + 1KiB > 1s", &["`1KiB` HEAL0202 `budget` is a duration, and `1KiB` is bytes"]);
    check_when("queue > 95%", &["`95%` HEAL0202 `queue` is a count, and `95%` is a ratio"]);
    check_when(
        "requests.rate(5m) > 3KiB/s && load > 1",
        &["`3KiB/s` HEAL0202 `requests.rate(5m)` is count/duration, and `3KiB/s` is bytes/duration"],
    );
    let diagnostic = only(&format!("{SIGNALS}detector d {{ when latency.max(5m) > 80% * budget * 1B }}\n"));
    let labels: Vec<&str> = diagnostic.secondary.iter().map(|label| label.text.as_str()).collect();
    assert_eq!(labels, ["this is a duration", "`latency` is declared as a duration here"]);
    assert_eq!(diagnostic.primary.text, "this is bytes*duration");
}

#[test]
fn a_number_beside_a_quantity_needs_a_unit() {
    check_when("latency > 64", &["`64` HEAL0203 `64` needs a unit: `latency` is a duration"]);
    assert_eq!(fixed_when("latency > 64"), "latency > 64ms");
    assert_eq!(fixed_when("64 < budget"), "64s < budget");
    assert_eq!(fixed_when("rss.max(5m) > 64"), "rss.max(5m) > 64B");
    assert_eq!(fixed_when("requests.rate(5m) > 3"), "requests.rate(5m) > 3/s");
    assert_eq!(fixed_when("sent.rate(5m) > 3"), "sent.rate(5m) > 3B/s");
    assert_eq!(fixed_when("latency.avg(5) > 1s"), "latency.avg(5s) > 1s");
}

#[test]
fn zero_needs_no_unit_where_there_is_one_zero() {
    check_when("latency > 0 && latency.or(0) < 1s", &[]);
    check_when("temperature > 0", &["`0` HEAL0203 `0` needs a unit: `temperature` is a temperature"]);
}

#[test]
fn a_shifted_scale_has_no_differences() {
    check_when(
        "temperature - temperature.avg(1h) > 10degF",
        &["`10degF` HEAL0202 `10degF` is a temperature, not a difference of two"],
    );
    check_when(
        "temperature > temperature.avg(1h) + 10degF",
        &["`10degF` HEAL0202 `10degF` is a temperature, not a difference of two"],
    );
}

#[test]
fn keys_are_equal_or_one_contains_the_other() {
    check_when("latency > 1s && load > 1", &[]);
    check_when(
        "latency > 1s && rss > 1GiB",
        &[
            "`rss > 1GiB` HEAL0205 `latency > 1s` has the key (service, region), and `rss > 1GiB` has the key (namespace, pod): neither contains the other",
        ],
    );
    check(&format!(
        "{SIGNALS}
detector d {{
  when load > 1
  clear when rss < 1GiB
  //         ^^^^^^^^^^ HEAL0205 this has the key (namespace, pod), and `when` has (service): neither contains the other
}}"
    ));
}

#[test]
fn counters_are_read_by_rate_and_nothing_else_is() {
    check_when(
        "requests > 5",
        &["`requests` HEAL0206 `requests` is a counter, and only `rate`, `increase` and `delta` can read it"],
    );
    assert_eq!(fixed_when("requests > 5/s"), "requests.rate(5m) > 5/s");
    check_when(
        "requests.avg(5m) > 5",
        &[
            "`requests.avg(5m)` HEAL0206 `requests` is a counter, and only `rate`, `increase` and `delta` can read it",
        ],
    );
    assert_eq!(fixed_when("requests.avg(5m) > 5/s"), "requests.rate(5m) > 5/s");
    check_when("latency.rate(5m) > 5", &["`rate` HEAL0207 `latency` is not a counter, and has no `rate`"]);
}

#[test]
fn windows_are_positive_constants_over_signals() {
    check_when("latency.avg(0s) > 1s", &["`0s` HEAL0211 `0s` is no time at all"]);
    check_when("latency.avg(1us) > 1s", &["`1us` HEAL0211 `1us` is not a whole number of milliseconds"]);
    check_when(
        "latency.avg(budget) > 1s",
        &["`budget` HEAL0105 `budget` is not a constant but a `param`, which a reviewer may move"],
    );
    check_when("latency.avg(1MiB) > 1s", &["`1MiB` HEAL0202 `1MiB` is bytes, and a duration is needed here"]);
    check_when("latency.avg() > 1s", &["`avg` HEAL0209 `avg` needs `span`"]);
    check_when("latency.avg(5m, 1m) > 1s", &["`1m` HEAL0209 `avg` takes 1 argument, and more are given"]);
    check_when("latency.avg(span: 5m) > 1s", &[]);
    check_when("latency.avg(spam: 5m) > 1s", &["`spam` HEAL0209 `avg` has no argument `spam`"]);
    assert_eq!(fixed_when("latency.avg(spam: 5m) > 1s"), "latency.avg(span: 5m) > 1s");
    check_when("budget.avg(5m) > 1s", &["`budget` HEAL0201 `avg` reads a signal, and `budget` is not one"]);
    check_when(
        "(latency + budget).avg(5m) > 1s",
        &["`latency + budget` HEAL0201 `avg` reads a signal, and `latency + budget` is not one"],
    );
}

#[test]
fn conditions_are_true_or_false() {
    check_when("latency", &["`latency` HEAL0212 `latency` is a duration, not a condition"]);
    check_when("load > 1 && queue", &["`queue` HEAL0212 `queue` is a count, not a condition"]);
    check_when("!latency || load > 1", &["`latency` HEAL0212 `latency` is a duration, not a condition"]);
    check_when("(5 ? load : load) > 1", &["`5` HEAL0212 `5` is a number without a unit, not a condition"]);
}

#[test]
fn a_condition_reads_telemetry() {
    check_when("budget > 1s", &["`budget > 1s` HEAL0214 `budget > 1s` reads no signal, and never changes"]);
}

#[test]
fn unlike_types_do_not_compare() {
    check_when("load == \"high\"", &["`\"high\"` HEAL0201 `load` is a ratio, and `\"high\"` is text"]);
    check_when("load > \"high\"", &["`\"high\"` HEAL0201 `load` is a ratio, and `\"high\"` is text"]);
    check_when("[1] > [load]", &["`[1]` HEAL0201 `[1]` is a list of whole numbers and cannot be ordered"]);
    check_when(
        "\"a\" + 5 == \"a5\" && load > 1",
        &["`5` HEAL0201 `5` is a number without a unit, and only a text is added to a text"],
    );
    check_when(
        "load % 2 > 1",
        &["`load` HEAL0201 `load` is a ratio, and only whole numbers have a remainder"],
    );
    check_when(
        "load in 5",
        &["`5` HEAL0201 `5` is a number without a unit, and `in` needs a list on its right"],
    );
    check_when("queue in [1, 2s]", &["`1` HEAL0203 `1` needs a unit: a duration is needed here"]);
    check_when("budget[0] > 1s", &["`budget` HEAL0201 `budget` is a duration and has no elements"]);
    check_when(
        "load[0] > 1",
        &["`0` HEAL0201 `0` is a number without a unit, and the key (service) is needed here"],
    );
    check_when("load.p99 > 1", &["`p99` HEAL0210 `load` is a ratio and has no fields"]);
}

#[test]
fn unknown_names_functions_and_units_have_suggestions() {
    check_when("latncy > 1s", &["`latncy` HEAL0101 unknown name `latncy`"]);
    assert_eq!(fixed_when("latncy > 1s"), "latency > 1s");
    check_when("requests.rte(5m) > 1/s", &["`rte` HEAL0208 unknown function `rte`"]);
    assert_eq!(fixed_when("requests.rte(5m) > 1/s"), "requests.rate(5m) > 1/s");
    check_when("rss > 64mib", &["`64mib` HEAL0204 unknown unit `mib`"]);
    assert_eq!(fixed_when("rss > 64mib"), "rss > 64MiB");
    check_when("length(5) > 1", &["`length` HEAL0208 unknown function `length`"]);
    check_when("load > 1e999", &["`1e999` HEAL0005 `1e999` is too large a number"]);
}

#[test]
fn one_mistake_is_told_once() {
    check_when(
        "(latncy.avg(5m) + 1s) * 2 > 5 ? latency > 1s : load > 1 && !(latency < budget)",
        &["`latncy` HEAL0101 unknown name `latncy`"],
    );
}

#[test]
fn an_expression_beyond_the_bounds_is_told_once() {
    let deepest = vec!["load > 1"; heal_expr::DEPTH_MAX - 1].join(" && ");
    check_when(&deepest, &[]);
    let long = vec!["load > 1"; heal_expr::DEPTH_MAX].join(" && ");
    let diagnostic = only(&format!("{SIGNALS}detector d {{ when {long} }}\n"));
    assert_eq!(diagnostic.code.to_string(), "HEAL0002");
}
