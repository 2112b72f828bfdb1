//! Entities, logs, events, sources, topology.

use heal_program::{FieldKind, LogReading, LogSource, Millis, Source};

use super::fixture::{check, fixed, only};

#[test]
fn entities_are_read_with_their_fields() {
    let typed = check(
        "entity Service by (service) {
  tier: text
  depends_on: [Service]
  size: bytes in MiB from metric \"size\" where env == \"prod\"
  from prometheus `service_info`
  every 30s
  stale after 5m
  at most 500 keys
}
entity Pod by (namespace, pod) { service: Service  workload: Workload  from metric \"pods\" every 1m }
entity Workload by (namespace, workload) { owner: Pod  desired: count }
",
    );
    let [pod, service, workload] = typed.nodes.entities.as_slice() else { panic!("three entities") };
    let feed = service.feed.as_ref().unwrap();
    assert_eq!((feed.every, feed.stale_after, feed.keys_max), (Millis(30_000), Millis(300_000), 500));
    assert_eq!(feed.source, Some(Source::Prometheus { query: "service_info".to_owned() }));
    let names: Vec<&str> = service.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["depends_on", "size", "tier"]);
    assert!(matches!(service.fields[0].kind, FieldKind::Entities(entity) if entity.0 == 1));
    assert_eq!(service.fields[1].scale, 1_048_576.0);
    let matching = vec![("env".to_owned(), "prod".to_owned())];
    assert_eq!(service.fields[1].source, Some(Source::Metric { name: "size".to_owned(), matching }));
    assert_eq!(pod.feed.as_ref().unwrap().stale_after, Millis(180_000));
    assert_eq!(workload.feed, None, "nobody says which there are");
}

#[test]
fn entities_say_what_they_need() {
    check(
        "entity A by (a) { from prometheus `a` every 1m  b: count }
//                                              ^ HEAL0004 nothing says where the number `b` is read from
entity B by (b) { c: text  from prometheus `b` }
//     ^ HEAL0004 the entity `B` has no `every`
entity C by (c) { every 1m }
//                ^^^^^^^^ HEAL0004 nothing of `C` is read from anywhere
entity D by (namespace, d) { name: text }
entity E by (e) { d: D  from prometheus `e` every 1m }
//                   ^ HEAL0205 `d` does not say which `D`: `E` has no `namespace`
entity F by (f) { d: D  namespace: text  from prometheus `e` every 1m }
entity G by (g) { from logs \"g\" match `x` every 1m }
//                          ^^^ HEAL0703 entities are read from series with labels, not from lines of a log
entity H by (h) { size: bytes in ms from metric \"size\" every 1m }
//                               ^^ HEAL0202 `ms` is a unit of a duration, and `size` is bytes
entity I by (i) { age: duration from metric \"age_ms\" every 1m every 2m }
//                                          ^^^^^^^^ HEAL0902 the metric `age_ms` ends in `ms`, and `age` is a duration in its base unit
//                                                            ^^^^^^^^ HEAL0003 `every` stands twice in `I`
",
    );
}

#[test]
fn lines_of_logs_are_counted_or_read_for_a_number() {
    let typed = check(
        "signal failed: count by (ip) { from logs \"sshd\" match `Failed password for .* from (?<ip>[0-9.]+)` count per 1m at most 10000 keys }
signal took: duration in ms by (path) { from logs \"nginx\" where level == \"info\" value took every 10s }
",
    );
    let [failed, took] = typed.nodes.signals.as_slice() else { panic!("two signals") };
    let Source::Logs(log) = &failed.source else { panic!("a log") };
    assert_eq!((log.name.as_str(), &log.reading), ("sshd", &LogReading::Count { per: Millis(60_000) }));
    assert_eq!((failed.every, failed.lateness, failed.keys_max), (Millis(60_000), Millis(10_000), 10_000));
    let matching = vec![("level".to_owned(), "info".to_owned())];
    let reading = LogReading::Value { field: "took".to_owned() };
    let name = "nginx".to_owned();
    assert_eq!(took.source, Source::Logs(LogSource { name, pattern: None, matching, reading }));
    assert_eq!(took.every, Millis(10_000));
}

#[test]
fn patterns_of_logs_are_held_to_what_is_read_of_them() {
    check(
        "signal a: count by (ip) { from logs \"a\" match `from (?<addr>[0-9.]+` count per 1m }
//                                                  ^ HEAL0701 this is no regular expression: unclosed group
signal b: count by (addr) { from logs \"b\" match `from (?<address>[0-9.]+)` count per 1m }
//                  ^^^^ HEAL0702 the pattern has no group `addr`
signal c: duration by (ip) { from logs \"c\" match `(?<ip>.*) (?<took>.*)` where user == \"x\" value tok every 5s }
//                                                                             ^^^^ HEAL0702 the pattern has no group `user`
//                                                                                               ^^^ HEAL0702 the pattern has no group `tok`
signal d: ratio { from logs \"d\" count per 1m }
//        ^^^^^ HEAL0202 lines are counted, and `d` is a ratio
counter e: count { from logs \"e\" count per 1m }
//      ^ HEAL0703 `e` counts the lines of each span, which is no counter that only grows
signal f: count { from logs \"f\" match `x` every 1m }
//                          ^^^ HEAL0703 what of a line is the value of `f` is not said
signal g: count { from logs \"g\" count per 1m every 5m }
//                                                 ^^ HEAL0703 its lines are counted in other spans than it has samples
signal h: count { from logs \"h\" match `(\\w{1000}){1000}` count per 1m }
//                                    ^^^^^^^^^^^^^^^^^^ HEAL0701 this is no regular expression: it is compiled to more than 1048576 bytes
signal i: count { from logs \"i\" match `a(?=b)` count per 1m }
//                                      ^^^ HEAL0701 this is no regular expression: look-around, including look-ahead and look-behind, is not supported
signal j: duration { from logs \"j\" value took }
//     ^ HEAL0004 the signal `j` has no `every`
signal k: ratio { from prometheus `k` every 1m stale after 30s }
//                                                         ^^^ HEAL0930 `30s` is over before the next sample is there
",
    );
    assert!(fixed("signal d: ratio { from logs \"d\" count per 1m }\n").starts_with("signal d: count {"));
}

#[test]
fn a_topology_is_edges_between_services() {
    let typed = check(
        "--- std.service std/service.heal
pub entity Service by (service) { }
--- . main.heal
use std.service.{Service}
topology checkout -> payments, redis
topology payments -> postgres
--- . other.heal
use std.service.{Service}
topology cart -> redis
",
    );
    let edges: Vec<String> =
        typed.nodes.topology.iter().map(|edge| format!("{}>{}", edge.from, edge.to)).collect();
    assert_eq!(edges, ["cart>redis", "checkout>payments", "checkout>redis", "payments>postgres"]);
    assert_eq!(typed.unused_imports, []);
}

#[test]
fn a_topology_says_what_makes_no_sense() {
    let typed = check(
        "entity Service by (service) { }
topology a -> b, a
//               ^ HEAL0704 `a` depends on itself
topology b -> c, d
//            ^ HEAL0932 these services depend on each other: `b` -> `c` -> `b`
topology c -> e, b
topology b -> c
//            ^ HEAL0931 `b` already depends on `c`
",
    );
    assert!(typed.nodes.topology.is_empty(), "one edge is wrong");
    check(
        "entity Service by (namespace, service) { }
topology a -> b
//       ^ HEAL0205 a service is named by one text here, and `Service` has 2 key fields
",
    );
    let diagnostic = only(
        "--- std.service std/service.heal\npub entity Service by (service) { }\n--- . main.heal\ntopology a -> b\n",
    );
    assert_eq!(diagnostic.message, "the entity `Service` is not in scope, whose keys these names are");
    assert_eq!(diagnostic.fixes[0].edits[0].text, "use std.service.{Service}\n");
}
