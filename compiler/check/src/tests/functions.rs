//! `fn`: expressions with parameters.

use heal_program::Expression;

use super::fixture::{check, compile, only, references};

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
fn circles_are_left_to_the_graph() {
    let typed =
        check_with_signals("let a = b + 1s\nlet b = a\nfn f(x: duration) = g(x)\nfn g(x: duration) = f(x)\n");
    let read: Vec<String> = references(&typed).iter().map(|(from, _, to)| format!("{from}{to}")).collect();
    assert_eq!(read.join(" "), "ab ba fg gf");
    assert!(typed.nodes.signals.is_empty());
}

#[test]
fn a_function_is_put_in_with_its_arguments() {
    let called = when(
        "fn share(part: counter count by K, whole: counter count by K, window: duration = 5m) =
  part.rate(window) / whole.rate(window)
fn twice(x: duration) = x + x
detector d { when share(errors, whole: requests) > 1% || twice(latency) > twice(budget) }
",
    );
    let written = when(
        "detector d { when errors.rate(5m) / requests.rate(5m) > 1% || latency + latency > budget + budget }\n",
    );
    assert_eq!(called, written);
}

#[test]
fn a_default_may_read_the_parameters_before_it() {
    let called = when(
        "fn change(s: signal duration by (service), short: duration, long: duration = 12 * short) =
  s.avg(short) - s.avg(long)
detector d { when change(latency, 5m) > 1s }
",
    );
    assert_eq!(called, when("detector d { when latency.avg(5m) - latency.avg(1h) > 1s }\n"));
}

#[test]
fn a_function_is_checked_where_it_is_defined() {
    check_with_signals(
        "fn a(x: duration) = x > load
//                      ^^^^ HEAL0202 `x` is a duration, and `load` is a ratio
fn b(s: signal duration by K, t: signal duration by L) = s > t
//                                                           ^ HEAL0205 `s` has the key (K), and `t` has the key (L): neither contains the other
fn c(d: detector by (service)) = d
//   ^ HEAL0105 the function `c` takes values, entities and telemetry, and no detector
fn d(x: duration, x: ratio) = x
//                ^ HEAL0102 the parameter `x` stands twice in `d`
fn e(x: duratoin) = x
//      ^^^^^^^^ HEAL0101 unknown type `duratoin`
fn f(s: signal duration by (service) = latency) = s
//                                     ^^^^^^^ HEAL0105 `s` is given by its name, and has no default
fn g(x: duration = 5) = x
//                 ^ HEAL0203 `5` needs a unit: a duration is needed here
detector h { when a(5s) || b(latency, latency) || c(1) || d(1s, 2) > 1s || e(1s) || f(latency) || g() || load > 5% }
",
    );
}

#[test]
fn what_is_given_to_a_function_fits_or_is_told() {
    check_with_signals(
        "fn share(part: counter count by K, whole: counter count by K, times: ratio = 1) = times * part.rate(5m) / whole.rate(5m)
counter other: count by (host) { from prometheus `o` every 15s }
counter sent: bytes by (service) { from prometheus `o` every 15s }
detector a { when share(errors) > 1% }
//                ^^^^^ HEAL0209 `share` needs `whole`
detector b { when share(errors, requests, 2, 3) > 1% }
//                                           ^ HEAL0209 `share` takes 3 arguments, and more are given
detector c { when share(errors, other) > 1% }
//                              ^^^^^ HEAL0205 `other` has the key (host), and `errors` has the key (service): here both have the key `K`
detector d { when share(errors, latency) > 1% }
//                              ^^^^^^^ HEAL0209 `latency` is a signal, and `whole` takes the name of a counter
detector e { when share(errors, sent) > 1% }
//                              ^^^^ HEAL0209 `sent` is bytes, and `whole` takes a count
detector f { when share(errors, requests, tiems: 2) > 1% }
//                                        ^^^^^ HEAL0209 `share` has no parameter `tiems`
detector g { when share(errors, requests, 5s) > 1% }
//                                        ^^ HEAL0209 `5s` is a duration, and a ratio is needed here
detector h { when share(errors, errros) > 1% }
//                              ^^^^^^ HEAL0101 unknown name `errros`
",
    );
}

#[test]
fn what_goes_wrong_inside_is_told_at_the_call() {
    let text = "signal free: bytes by (host) { from prometheus `f` every 15s }
signal used: bytes by (volume) { from prometheus `u` every 15s }
fn sum(a: bytes, b: bytes) = a + b
detector d { when sum(free, used) > 1GiB }
";
    let diagnostic = only(text);
    assert_eq!(
        diagnostic.message,
        "`sum` does not work with what is given: `a` has the key (host), and `b` has the key (volume): neither contains the other"
    );
    let primary = &text[diagnostic.primary.range.start as usize..diagnostic.primary.range.end as usize];
    let inner = &diagnostic.secondary[0];
    assert_eq!((primary, inner.text.as_str()), ("sum", "here in `sum`"));
    assert_eq!(&text[inner.range.start as usize - 4..inner.range.end as usize], "a + b");
}

#[test]
fn what_is_no_function_is_not_called() {
    check_with_signals(
        "detector t(x: ratio) { when load > x }
action act { command [\"x\"] risk high idempotent }
detector a { when t(5%) || load > 5% }
//                ^ HEAL0105 `t` is a template of detectors, and cannot be called in an expression
detector b { when budget() > 5s || load > 5% }
//                ^^^^^^ HEAL0105 `budget` is a param, and cannot be called in an expression
detector c { when act() || load > 5% }
//                ^^^ HEAL0105 `act` is an action, and cannot be called in an expression
",
    );
}

#[test]
fn functions_of_other_modules_are_called_by_their_path() {
    check(
        "--- std.ratio std/ratio.heal
pub fn over(x: ratio, most_of: ratio = most) = x > most_of
fn hidden(x: ratio) = x
let most = 90%
--- . main.heal
use std.ratio
use std.ratio.{over}
signal load: ratio { from prometheus `l` every 15s }
detector a { when ratio.over(load) && over(load, most_of: 95%) }
detector b { when ratio.hidden(load) > 5% }
//                      ^^^^^^ HEAL0104 `hidden` is private to the package `std`
detector c { when ratio.ovr(load) }
//                      ^^^ HEAL0101 `ratio` has no function `ovr`
",
    );
}

#[test]
fn entities_are_given_by_their_way() {
    let typed = check(
        "entity Workload by (namespace, workload) { desired: count from prometheus `d`  available: count from prometheus `a` every 1m }
entity Pod by (namespace, pod) { workload: Workload  from prometheus `p` every 1m }
fn missing(w: Workload) = w.desired - w.available
action evict(pod: Pod) { kubernetes evict pod risk medium }
plan p(pod: Pod) { require missing(pod.workload) > 1  step one = evict(pod) }
plan q(pod: Pod) { require missing(pod) > 1  step one = evict(pod) }
//                                 ^^^ HEAL0209 `pod` is the entity `Pod`, and the entity `Workload` is needed here
",
    );
    assert!(typed.nodes.plans.is_empty());
}

#[test]
fn names_of_macros_stay_whose_they_are() {
    let given = when(
        "fn all_over(least: ratio) = [10%, 20%].all(it, it > least)
detector d { when load > 1% && [30%, 40%].exists(it, all_over(it)) }
",
    );
    let written =
        when("detector d { when load > 1% && [30%, 40%].exists(it, [10%, 20%].all(it_1, it_1 > it)) }\n");
    assert_eq!(given, written);
}

#[test]
fn what_is_put_in_is_bounded() {
    let mut text = String::from("signal s: ratio { from prometheus `s` every 15s }\nlet a0 = s\n");
    for at in 1..12 {
        text.push_str(&format!("let a{at} = a{0} + a{0}\n", at - 1));
    }
    let (_, diagnostics, _) = compile(&text);
    let messages: Vec<&str> = diagnostics.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(messages, ["with what `a9` stands for, this expression is too large"]);

    let mut text =
        String::from("signal s: ratio { from prometheus `s` every 15s }\nfn f0(x: ratio) = x + 1\n");
    for at in 1..200 {
        text.push_str(&format!("fn f{at}(x: ratio) = f{}(x)\n", at - 1));
    }
    let (_, diagnostics, _) = compile(&text);
    let messages: Vec<&str> = diagnostics.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert!(messages[0].starts_with("with what it calls, `f"), "{messages:#?}");

    let nested = "f(".repeat(14) + "s" + &")".repeat(14);
    let text = format!(
        "signal s: ratio {{ from prometheus `s` every 15s }}\nfn f(x: ratio) = x + x\ndetector d {{ when {nested} > 1 }}\n"
    );
    let (_, diagnostics, _) = compile(&text);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:#?}");
}
