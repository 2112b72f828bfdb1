//! `let`: a name for an expression.

use heal_program::Expression;

use super::fixture::check;

const SIGNALS: &str = "signal latency: duration in ms by (service) { from prometheus `l` every 15s }
signal load: ratio { from prometheus `load` every 15s }
counter errors: count by (service) { from prometheus `e` every 15s }
counter requests: count by (service) { from prometheus `r` every 15s }
param budget: duration = 250ms
";

#[track_caller]
fn check_with_signals(text: &str) -> crate::TypedProgram {
    check(&format!("{SIGNALS}{text}"))
}

/// The `when` of the only detector.
#[track_caller]
fn when(text: &str) -> Expression {
    check_with_signals(text).nodes.detectors[0].when.clone()
}

#[test]
fn a_let_is_put_in_where_its_name_stands() {
    let named = when(
        "let window = 5m
let failing = errors.rate(window) / requests.rate(window)
detector d { when failing > 1% for 2 * window }
",
    );
    let written = when("detector d { when errors.rate(5m) / requests.rate(5m) > 1% for 10m }\n");
    assert_eq!(named, written);
}

#[test]
fn lets_stand_in_any_order_and_may_be_constants_anywhere() {
    let typed = check_with_signals(
        "signal s: ratio { from prometheus `s` every tick stale after 4 * tick at most few keys }
let tick = 2 * half
let half = 5s
let few = 100
param p: duration in half..tick = half
detector d { when s > 1 for tick }
",
    );
    let signal = &typed.nodes.signals[4];
    assert_eq!((signal.every.0, signal.stale_after.0, signal.keys_max), (10_000, 40_000, 100));
    assert_eq!(typed.nodes.params[1].range, Some((5.0, 10.0)));
}

#[test]
fn a_let_is_checked_where_it_is_defined_and_stays_silent_elsewhere() {
    check_with_signals(
        "let wrong = latency > load
//                    ^^^^ HEAL0202 `latency` is a duration, and `load` is a ratio
let unused = laod
//           ^^^^ HEAL0101 unknown name `laod`
let after = wrong && load > 1
detector d { when after || wrong }
detector e { when load > 5% for latency }
//                              ^^^^^^^ HEAL0105 `latency` is not a constant
",
    );
}
