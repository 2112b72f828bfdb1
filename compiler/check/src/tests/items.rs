//! What each kind of item needs.

use heal_diagnostics::Code;

use super::fixture::{check, compile, fixed, only, references};

#[test]
fn signals_need_a_source_and_a_cadence() {
    check(
        "signal a: ratio { }
//     ^ HEAL0004 the signal `a` has no `from`
//     ^ HEAL0004 the signal `a` has no `every`
signal b: ratio { from metric \"b\" every 15s every 1m stale after 0s at most 0 keys }
//                                          ^^^^^^^^ HEAL0003 `every` stands twice in `b`
//                                                               ^^ HEAL0211 `0s` is no time at all
//                                                                          ^ HEAL0211 `0` is not a whole number from 1 to 4294967295
signal c: text { from metric \"c\" every 15s }
//        ^^^^ HEAL0201 `text` is not a quantity, and a signal is one
signal d: ratio by (x, x) { from metric \"d\" where l == \"1\" && l == \"2\" every 15s }
//                     ^ HEAL0102 the key field `x` stands twice in `d`
//                                                            ^ HEAL0102 the label `l` stands twice in `d`
signal e: duratoin { from metric \"e\" every 15s }
//        ^^^^^^^^ HEAL0101 unknown type `duratoin`
signal f: bytes/m { from metric \"f\" every 15s }
//              ^ HEAL0204 a type is per second, not per `m`
signal g: text/s { from metric \"g\" every 15s }
//        ^^^^^^ HEAL0201 `text` is not a quantity and has no rate
",
    );
}

#[test]
fn a_signals_unit_is_one_of_its_dimension() {
    check(
        "signal a: duration in MiB { from metric \"a\" every 15s }
//                    ^^^ HEAL0202 `MiB` is a unit of bytes, and `a` is a duration
signal b: duration in sec { from metric \"b\" every 15s }
//                    ^^^ HEAL0204 unknown unit `sec`
signal c: ratio in percent { from metric \"c\" every 15s }
signal d: bytes/s in Mbit/s { from metric \"d\" every 15s }
signal e: temperature in degF { from metric \"e\" every 15s }
",
    );
}

#[test]
fn a_metrics_name_and_its_unit_agree() {
    check(
        "signal a: duration in ms { from metric \"http_seconds\" every 15s }
//                                     ^^^^^^^^^^^^^^ HEAL0902 the metric `http_seconds` ends in `seconds`, and `a` is in `ms`
signal b: duration { from prometheus `up_ms{job=\"b\"}` every 15s }
//                                   ^^^^^^^^^^^^^^^^ HEAL0902 the metric `up_ms` ends in `ms`, and `b` is a duration in its base unit
signal c: count { from metric \"sent_bytes_total\" every 15s }
//                            ^^^^^^^^^^^^^^^^^^ HEAL0902 the metric `sent_bytes_total` ends in `bytes`, and `c` is a count in its base unit
signal d: duration { from prometheus `avg(up_ms)` every 15s }
signal e: duration in ms { from metric \"link.rtt.ms\" every 15s }
signal f: bytes { from metric \"sent_bytes\" every 15s }
",
    );
    let text = "signal a: duration { from metric \"x_ms\" every 15s }\n";
    assert_eq!(fixed(text), "signal a: duration in ms { from metric \"x_ms\" every 15s }\n");
    let text = "signal a: duration in s { from metric \"x_ms\" every 15s }\n";
    assert_eq!(fixed(text), "signal a: duration in ms { from metric \"x_ms\" every 15s }\n");
}

#[test]
fn params_are_inside_their_range() {
    check(
        "param a: duration in 100ms..2s = 3s
//                               ^^ HEAL0211 `3s` is outside the range of `a`
param b: duration in 2s..1s = 1s
//                   ^^^^^^ HEAL0211 no value is in `2s..1s`
param c: bytes = 5
//               ^ HEAL0203 `5` needs a unit: bytes is needed here
param d: duration = 2 * 30s + 1m
param e: duration = d
//                  ^ HEAL0105 `d` is not a constant but a `param`, which a reviewer may move
param f: text = \"x\"
//       ^^^^ HEAL0201 `text` is not a quantity, and a param is one
param g: ratio = 1 / 0
//               ^^^^^ HEAL0211 `1 / 0` divides by zero
param h: ratio = true
//               ^^^^ HEAL0201 `true` is true or false, and a ratio is needed here
param i: count in 1..10 = 50%
//                        ^^^ HEAL0202 `50%` is a ratio, and a count is needed here
",
    );
}

#[test]
fn entities_have_a_key_and_distinct_fields() {
    check(
        "entity A by (a) { b: text  b: count  a: text  c: Nothing  d: A }
//                         ^ HEAL0102 the field `b` stands twice in `A`
//                                   ^ HEAL0102 the field `a` stands twice in `A`
//                                               ^^^^^^^ HEAL0101 unknown type `Nothing`
entity B { }
//     ^ HEAL0004 the entity `B` has no `by`
",
    );
}

#[test]
fn of_a_name_that_is_defined_again_and_again_the_first_are_told_and_the_rest_counted() {
    // All in each of them would be as much text as the square of their number.
    let text = "entity A by (a) { }\n".repeat(40) + "entity B by (b) { }\nentity B by (b) { }\n";
    let (_, diagnostics, _) = compile(&text);
    let told: Vec<(&str, usize)> = diagnostics.iter().map(|it| (it.message.as_str(), it.more)).collect();
    let (a, b) = ("`A` is defined twice", "`B` is defined twice");
    assert_eq!(told, [(a, 0), (a, 0), (a, 36), (b, 0)]);
    assert_eq!(diagnostics[2].help[1], "more definitions of `A` follow: 36");
}

#[test]
fn detectors_need_a_condition() {
    check(
        "signal s: ratio { from metric \"s\" every 15s }
detector a { for 1m }
//       ^ HEAL0004 the detector `a` has no `when`
detector b { when s > 1 for 1m for 2m severity bad }
//                             ^^^^^^ HEAL0003 `for` stands twice in `b`
//                                             ^^^ HEAL0101 unknown severity `bad`
detector c { when s > 1 for 5 clear when s < 1 for 0s - 1s }
//                          ^ HEAL0203 `5` needs a unit: a duration is needed here
//                                                 ^^^^^^^ HEAL0211 `0s - 1s` is before it began
detector d { when a && b && c }
",
    );
}

#[test]
fn detectors_in_a_circle_do_not_hang_and_are_left_to_the_graph() {
    let typed = check(
        "signal s: ratio { from metric \"s\" every 15s }
detector a { when b && s > 1 }
detector b { when c || s > 20% }
detector c { when a }
detector d { when d }
detector e { when s > 1 }
",
    );
    let read: Vec<String> = references(&typed).iter().map(|(from, _, to)| format!("{from}{to}")).collect();
    assert_eq!(read.join(" "), "ab as bc bs ca dd es");
    assert!(typed.nodes.detectors.is_empty());
}

#[test]
fn a_long_chain_of_detectors_does_not_overflow() {
    let mut text =
        String::from("signal s: ratio { from metric \"s\" every 15s }\ndetector d0 { when s > 1 }\n");
    for at in 1..5_000 {
        text.push_str(&format!("detector d{at} {{ when d{} }}\n", at - 1));
    }
    let (typed, diagnostics, _) = compile(&text);
    assert_eq!(diagnostics, []);
    assert_eq!(typed.nodes.detectors.len(), 5_000);
}

#[test]
fn actions_need_an_operation_and_a_risk() {
    check(
        "entity Host by (host) { }
action a { }
//     ^ HEAL0004 the action `a` has no `operation`
//     ^ HEAL0004 the action `a` has no `risk`
action b(host: Host, unit: text, n: count) {
  command [\"x\", unit, host, n, \"a\" + unit, 5 + unit] on unit
//                    ^^^^ HEAL0201 `host` is the entity `Host`, and text is needed here
//                          ^ HEAL0201 `n` is a count, and text is needed here
//                                         ^ HEAL0201 `5` is a number without a unit, and only a text is added to a text
//                                                      ^^^^ HEAL0201 `unit` is not an entity
  risk deadly
//     ^^^^^^ HEAL0101 unknown risk `deadly`
}
action c(host: Host, host: text) { kubernetes evict pod  risk medium }
//                   ^^^^ HEAL0102 the parameter `host` stands twice in `c`
//                                                  ^^^ HEAL0101 `c` has no parameter `pod`
action d(host: Hots) { kubernetes evict host  command [\"x\"] on host  risk medium }
//             ^^^^ HEAL0101 unknown type `Hots`
//                                            ^^^^^^^^^^^^^^^^^^^^^ HEAL0003 `operation` stands twice in `d`
action e { command []  risk high }
//     ^ HEAL0004 the action `e` has no `program to run`
signal load: ratio { from metric \"load\" every 15s }
action f(host: Host) { command [load > 1 ? \"a\" : \"b\"] on host  risk medium }
//                              ^^^^ HEAL0105 `load` is telemetry, and an action has no key to read it for
channel g { http POST \"example.com\" }
//                    ^^^^^^^^^^^^^ HEAL0005 `example.com` is not an address
",
    );
}

#[test]
fn plans_need_a_step_and_call_actions_rightly() {
    check(
        "entity Host by (host) { rack: text  size: bytes }
entity Rack by (rack) { }
action restart(host: Host, unit: text) { command [unit] on host  risk medium }
plan a { }
//   ^ HEAL0004 the plan `a` has no `step`
plan b(host: Host, rack: Rack) {
  risk low
//     ^^^ HEAL0303 `b` says risk `low`, and a step of it has risk `medium`
  require host.size
//        ^^^^^^^^^ HEAL0212 `host.size` is bytes, not a condition
  require host.sizes > 1B
//             ^^^^^ HEAL0210 `Host` has no field `sizes`
  step a = restart(host)
//         ^^^^^^^ HEAL0209 `restart` needs `unit: text`
  step a = restart(host, \"nginx\", 5)
//     ^ HEAL0102 the step `a` stands twice in `b`
//                                ^ HEAL0209 `restart` takes 2 arguments, and more are given
  step c = restart(rack, \"nginx\")
//                 ^^^^ HEAL0209 `rack` is the entity `Rack`, and the entity `Host` is needed here
  step d = restart(host, 5m)
//                       ^^ HEAL0209 `5m` is a duration, and text is needed here
  step e = restart(unit: host.rack, host: host)
  step f = restart(host, unti: \"x\")
//                       ^^^^ HEAL0209 `restart` has no parameter `unti`
  step g = restart(host, host: host)
//                             ^^^^ HEAL0209 this parameter of `restart` is given twice
  step h = b(host)
//         ^ HEAL0105 `b` is a plan, and a step needs an action
  step i = restrat(host)
//         ^^^^^^^ HEAL0101 unknown action `restrat`
}
",
    );
    let text = "entity H by (h) { }
action r(h: H) { kubernetes evict h risk high }
plan p(h: H) { risk low step s = r(h) }
";
    assert!(fixed(text).contains("risk high step"));
}

#[test]
fn items_have_distinct_names() {
    let diagnostic = only("param a: ratio = 1\nparam b: ratio = 1\nparam a: ratio = 2\n");
    assert_eq!(diagnostic.message, "`a` is defined twice");
    assert_eq!(diagnostic.primary.range.start, 44);
    assert_eq!(diagnostic.secondary[0].range.start, 6);
}

#[test]
fn five_mistakes_in_one_file_are_told_once_each() {
    check(
        "signal latency: duration in ms by (service) { from metric \"latency\" every 15s }
signal rss: bytes by (pod) { from metric \"rss\" }
//     ^^^ HEAL0004 the signal `rss` has no `every`
detector slow { when latency > 64 for 2m }
//                             ^^ HEAL0203 `64` needs a unit: `latency` is a duration
detector leaking { when rss > 1GiB fro 15m }
//                                 ^^^ HEAL0001 expected a statement, an operator or `}` after `1GiB`, found `fro`
detector both { when slow && leaking && latency > rss }
//                                                ^^^ HEAL0202 `latency` is a duration, and `rss` is bytes
policy heal { on slow try escalate pager }
//                                 ^^^^^ HEAL0101 unknown channel `pager`
",
    );
}

#[test]
fn syntax_errors_have_no_consequences() {
    let (typed, diagnostics, _) = compile(
        "signal latency: duration by (service) { from metric \"latency\" evry 15s }
entity Pod by (pod) { node text }
param budget duration = 5s
detector slow { when latency > budget && }
detector both { when slow && latency > budget }
plan recycle(pod: Pod) { require pod.node == \"x\" step a = }
policy a { on slow where service == \"x\" then recycle guard { limit } }
policy b { on both try recycle(pod) guard { limit 1 per 1h } }
",
    );
    let lines: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.code == Code::SYNTAX), "{lines:#?}");
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert!(typed.nodes.heads().next().is_none());
}
