//! Templates: detectors and policies with parameters, and what is made of them.

use super::fixture::{check, only, references};

const WORLD: &str = "signal latency: duration in ms by (service) { from prometheus `l` every 15s }
signal load: ratio { from prometheus `load` every 15s }
counter errors: count by (service) { from prometheus `e` every 15s }
counter requests: count by (service) { from prometheus `r` every 15s }
";

const BURN: &str = "/// Burns its budget.
pub detector burn_rate(errors: counter count by K, requests: counter count by K, objective: ratio = 99.9%, window: duration = 1h) {
  when errors.rate(window) / requests.rate(window) > 14 * (1 - objective)
  for window / 30
  severity critical
}
";

#[track_caller]
fn check_in_world(text: &str) -> crate::TypedProgram {
    check(&format!("{WORLD}{text}"))
}

#[test]
fn an_instance_is_a_detector_at_its_own_path() {
    let typed = check_in_world(&format!(
        "{BURN}/// The shop's.
detector burn = burn_rate(errors, requests, objective: 99%)
"
    ));
    let by_hand = check_in_world(
        "detector burn { when errors.rate(1h) / requests.rate(1h) > 14 * (1 - 99%) for 2m severity critical }\n",
    );
    let [made] = typed.nodes.detectors.as_slice() else { panic!("one detector") };
    let [written] = by_hand.nodes.detectors.as_slice() else { panic!("one detector") };
    assert_eq!((&made.when, made.hold, made.severity), (&written.when, written.hold, written.severity));
    assert_eq!((made.head.path.as_str(), made.head.documentation.as_str()), ("burn", "The shop's."));
    assert_eq!(made.keys, ["service"]);
    assert_eq!(made.when_text, "errors.rate(window) / requests.rate(window) > 14 * (1 - objective)");
    let names: Vec<String> = references(&typed).iter().map(|(from, _, to)| format!("{from} {to}")).collect();
    assert_eq!(names, ["burn burn_rate", "burn errors", "burn requests"]);
}

#[test]
fn a_template_of_another_package_reads_its_own_names() {
    let typed = check(&format!(
        "--- std.slo std/slo.heal
{BURN}pub detector loud(s: signal ratio) {{ when s > most }}
param most: ratio = 90%
--- . main.heal
use std.slo
{WORLD}detector a = slo.burn_rate(errors, requests)
detector b = slo.loud(load)
detector c {{ when a && b }}
",
    ));
    let paths: Vec<&str> = typed.nodes.detectors.iter().map(|it| it.head.path.as_str()).collect();
    assert_eq!(paths, ["a", "b", "c"]);
    assert_eq!(typed.nodes.detectors[2].keys, ["service"]);
}

#[test]
fn a_template_is_checked_where_it_is_defined() {
    check_in_world(
        "detector a(s: signal duration by K) { when s > load }
//                                             ^^^^ HEAL0202 `s` is a duration, and `load` is a ratio
detector b(s: signal duration by K, limit: duration) { when s > limit && latency > limit }
//                                                                       ^^^^^^^^^^^^^^^ HEAL0205 `s > limit` has the key (K), and `latency > limit` has the key (service): neither contains the other
detector c(limit: duration) { for 5 }
//       ^ HEAL0004 the detector `c` has no `when`
//                                ^ HEAL0203 `5` needs a unit: a duration is needed here
detector d(limit: duration, less: duration) { when latency > limit for limit - less }
detector e(pod: Pod) { when latency > 1s }
//              ^^^ HEAL0101 unknown type `Pod`
entity Service by (service) { }
detector f(s: Service) { when latency > 1s }
//            ^^^^^^^ HEAL0105 `s` is an entity, and a template of detectors takes values, telemetry and detectors
detector g = a(latency)
detector h = f(latency)
detector i { when g || h || load > 5% }
",
    );
}

#[test]
fn what_is_given_to_a_template_fits_or_is_told() {
    check_in_world(&format!(
        "{BURN}counter other: count by (host) {{ from prometheus `o` every 15s }}
detector a = burn_rate(errors)
//           ^^^^^^^^^ HEAL0209 `burn_rate` needs `requests`
detector b = burn_rate(errors, other)
//                             ^^^^^ HEAL0205 `other` has the key (host), and `errors` has the key (service): here both have the key `K`
detector c = burn_rate(errors, load)
//                             ^^^^ HEAL0209 `load` is a signal, and `requests` takes the name of a counter
detector d = burn_rate(errors, requests, 5m)
//                                       ^^ HEAL0209 `5m` is a duration, and a ratio is needed here
detector e = burn_rate(errors, errors.rate(5m))
//                             ^^^^^^^^^^^^^^^ HEAL0209 `errors.rate(5m)` is a value, and `requests` takes the name of a counter
detector f = burn_rat(errors, requests)
//           ^^^^^^^^ HEAL0101 unknown detector `burn_rat`
detector g = load(errors)
//           ^^^^ HEAL0105 `load` is a signal, and a detector is made from a template of detectors
detector h = burn_rate
//           ^^^^^^^^^ HEAL0209 `burn_rate` needs `errors` and `requests`
"
    ));
}

#[test]
fn what_only_an_instance_makes_wrong_is_told_there_once() {
    let text = "signal load: ratio { from prometheus `load` every 15s }
detector held(s: signal ratio, hold: duration, less: duration) { when s > 5% && s.avg(hold - less) > 5% for hold - less }
detector a = held(load, 5m, less: 10m)
";
    let diagnostic = only(text);
    assert_eq!(
        diagnostic.message,
        "`held` does not work with what is given: `hold - less` is before it began"
    );
    assert_eq!(text[..diagnostic.primary.range.start as usize].lines().count(), 3);
    assert_eq!(diagnostic.secondary[0].text, "here in `held`");
}

#[test]
fn detectors_are_given_to_templates() {
    let typed = check_in_world(
        "detector both(a: detector by K, b: detector by K) { when a && b }
detector slow { when latency > 1s }
detector broken { when errors.rate(5m) > 1/s }
detector busy { when load > 90% }
detector c = both(slow, broken)
detector d = both(slow, busy)
//                      ^^^^ HEAL0205 `busy` has no key, and `slow` has the key (service): here both have the key `K`
detector e = both(slow, latency)
//                      ^^^^^^^ HEAL0209 `latency` is a signal, and `b` takes the name of a detector
",
    );
    assert!(typed.nodes.detectors.is_empty());
}

#[test]
fn templates_in_a_circle_do_not_hang() {
    let typed = check_in_world(
        "detector t(a: detector by (service)) { when a && latency > 1s }
detector x = t(y)
detector y = t(x)
",
    );
    assert!(typed.nodes.detectors.is_empty());
}

#[test]
fn a_template_can_be_given_what_a_template_is_given() {
    let typed = check_in_world(
        "detector inner(s: signal ratio by K, limit: ratio) { when s > limit }
let limit = 90%
detector outer(d: detector by K, s: signal ratio by K) { when d && s > limit }
detector a = inner(load, limit / 2)
detector b = outer(a, load)
",
    );
    assert_eq!(typed.nodes.detectors.len(), 2);
}
