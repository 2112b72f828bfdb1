//! Events and sources.

use heal_program::{EventSource, Expression, LogReading, Millis, SecretStore};

use super::fixture::{check, only};

#[test]
fn events_are_pushed_read_from_logs_or_narrowed() {
    let typed = check(
        "source argo { webhook \"/hooks/argo\" event by (service) {service: it.app, phase: it.phase, env: it.env} }
event deploy by (service) { from argo where phase == \"Running\" }
event prod_deploy by (service) { from deploy where env == \"prod\" at most 50 keys }
event rollout by (service, region) { from event \"rollout\" where kind == \"full\" }
event login by (user) { from logs \"sshd\" match `Accepted .* for (?<user>\\S+)` }
signal load: ratio by (service) { from prometheus `load` every 1m }
detector d { when load > 90% && !prod_deploy.within(10m) && deploy.count(1h) < 5 }
",
    );
    let [deploy, login, prod, rollout] = typed.nodes.events.as_slice() else { panic!("four events") };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let EventSource::Source { source, matching } = &deploy.source else { panic!("a source") };
    assert_eq!((source.0, matching.as_slice()), (0, [pair("phase", "Running")].as_slice()));
    let EventSource::Source { matching, .. } = &prod.source else { panic!("a source") };
    assert_eq!(matching.as_slice(), [pair("env", "prod"), pair("phase", "Running")]);
    assert_eq!((prod.keys_max, deploy.keys_max), (50, 10_000));
    let named = EventSource::Named { name: "rollout".to_owned(), matching: vec![pair("kind", "full")] };
    assert_eq!(rollout.source, named);
    assert!(matches!(&login.source, EventSource::Logs(log) if log.reading == LogReading::Event));
    let detector = &typed.nodes.detectors[0];
    assert_eq!((detector.every, detector.lateness), (Millis::from_minutes(1), Millis::ZERO));
}

#[test]
fn a_module_is_no_source() {
    let diagnostic = only(
        "--- std.argo std/argo.heal
pub source sync { webhook \"/hooks/argo\" event by (service) {service: it.app} }
source hidden { webhook \"/hooks/hidden\" event by (service) {service: it.app} }
--- . main.heal
use std.argo
event deploy by (service) { from argo }
",
    );
    assert_eq!(diagnostic.message, "`argo` is a module, and events come from a source or another event");
    assert_eq!(diagnostic.help, ["write `argo.sync`"]);
}

#[test]
fn a_source_makes_events_of_what_a_webhook_brings() {
    let typed = check(
        "source alertmanager {
  webhook \"/hooks/alertmanager\"
  secret key = env(\"HOOK_KEY\")
  signature \"X-Hub-Signature-256\" key
  each body.alerts
  where it.status == \"firing\"
  event by (alertname, instance) {alertname: it.labels.alertname, instance: it.labels.instance, firing: it.status == \"firing\", at: timestamp(it.startsAt)}
}
",
    );
    let [source] = typed.nodes.sources.as_slice() else { panic!("one source") };
    assert_eq!(source.secrets[0].store, SecretStore::Env);
    assert_eq!(source.signature, Some(("X-Hub-Signature-256".to_owned(), "key".to_owned())));
    let body = Expression::Variable("body".to_owned());
    assert_eq!(source.each, Some(Expression::Select(Box::new(body), "alerts".to_owned())));
    assert_eq!(source.keys, ["alertname", "instance"]);
    let names: Vec<&str> = source.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["alertname", "at", "firing", "instance"]);
}

#[test]
fn sources_say_what_does_not_fit() {
    check(
        "source a { }
//     ^ HEAL0004 the source `a` has no `webhook`
//     ^ HEAL0004 the source `a` has no `event`
source b { webhook \"/alert manager\" event by (x) {x: it.x, x: it.y} }
//                 ^^^^^^^^^^^^^^^^ HEAL0005 `/alert manager` is no path of a webhook
//                                                         ^ HEAL0102 the field `x` stands twice in `b`
source c { webhook \"/hooks/c\" event by (x, y) {x: it.x, z: {a: 1}} }
//                                         ^ HEAL0004 the key field `y` is not among the fields of the event
//                                                      ^ HEAL0201 the field `z` is more than one value
source d { webhook \"/hooks/d\" secret key = vault(\"x\") secret kez = env(\"a b\") signature \"X\" kex event by (x) {x: it.x} }
//                                         ^^^^^ HEAL0101 unknown store `vault`
//                                                                     ^^^^^ HEAL0005 this is no name of an environment variable
//                                                                                          ^^^ HEAL0101 `d` has no secret `kex`
source e { webhook \"/hooks/e\" where it.x event by (x) {x: itt.x} where it.y == 1 }
//                                                        ^^^ HEAL0101 unknown name `itt`
//                                                               ^^^^^^^^^^^^^^^ HEAL0003 `where` stands twice in `e`
",
    );
}

#[test]
fn events_say_what_does_not_fit() {
    check(
        "source argo { webhook \"/hooks/argo\" event by (service) {service: it.app, phase: it.phase} }
signal load: ratio by (service) { from prometheus `load` every 1m }
event a by (service) { }
//    ^ HEAL0004 the event `a` has no `from`
event b by (app) { from argo where phse == \"Running\" }
//          ^^^ HEAL0210 the events of `argo` have no field `app`
//                                 ^^^^ HEAL0210 the events of `argo` have no field `phse`
event c by (service) { from load }
//                          ^^^^ HEAL0105 `load` is a signal, and events come from a source or another event
event d by (service) { from arggo }
//                          ^^^^^ HEAL0101 unknown source or event `arggo`
event e by (service) { from argo where phase == \"Running\" }
event f by (service) { from e where phase == \"Failed\" }
//                                           ^^^^^^^^ HEAL0214 `phase` is already \"Running\" in `e`: no event has both
event g by (user) { from logs \"l\" match `x` count per 1m }
//          ^^^^ HEAL0702 the pattern has no group `user`
//                                                    ^^ HEAL0703 each line is one event, and neither counted nor read for a number
event h by (x, x) { from event \"\" }
//             ^ HEAL0102 the key field `x` stands twice in `h`
//                             ^^ HEAL0005 the name of the event is empty
detector i { when e && load > 5% }
//                ^ HEAL0105 `e` is an event, and has no value of its own
",
    );
}
