//! What a recording tells of entities: decided by as it was then, unknown where nothing is recorded, and as live.

use heal_engine::{Engine, FieldValue, Input, Key, TraceEvent};
use heal_program::EntityIndex;
use heal_telemetry::LivedEntity;
use proptest::prelude::*;

use super::*;
use crate::{Groups, RecordedEntities, feed::feeds, on_time, simulate::Recorded, world::live};

/// A service with a text, a number, a relation; pods that are of it; and what reads all of it.
const PROGRAM: &str = "
use std.notify
entity Host by (host) { role: text memory: bytes in MB from metric \"memory\" every 1m stale after 59s }
entity Service by (service) {
  tier: text
  available: count from metric \"available\"
  runs_on: Host
  from prometheus `services` every 1m stale after 59s
}
entity Pod by (pod) { service: Service role: text from prometheus `pods` every 1m stale after 59s }
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal load: ratio in percent by (zone) { from metric \"load\" every 1m }
detector slow { when latency > 90ms }
detector busy { when load > 50% }
action restart(service: Service) { command [\"restart\", service.service] risk low idempotent }
action evict(pod: Pod) { command [\"evict\", pod.pod] risk low idempotent }
action tell(name: text) { command [\"tell\", name] risk medium idempotent }
plan restarting(service: Service) { require service.available >= 2 step restart = restart(service) }
plan evicting(name: text) { for each pod in Pod where pod.role == \"web\" at most 5 { step evict = evict(pod) } }
plan telling(name: text) { step tell = tell(name) }
";

const RESTART: &str = "policy heal { on slow try restarting guard { limit 60 per 1h  cooldown 30s } }";
const EVICT: &str = "policy clear { on busy try evicting(zone) guard { limit 60 per 1h  cooldown 30s } }";

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn lived(entity: &str, key: &str, fields: &[(&str, &str)], minutes: (i64, Option<i64>)) -> LivedEntity {
    let at = |minute: i64| Timestamp(minute * MINUTE_MS);
    LivedEntity {
        since: at(minutes.0),
        entity: entity.to_owned(),
        key: labels(&[(&entity.to_lowercase(), key)]),
        fields: labels(fields),
        units: Labels::new(),
        until: minutes.1.map(at),
    }
}

/// Ten minutes in which `cart` is slow at each odd one, and the zone is busy then.
fn with(entities: Vec<LivedEntity>) -> Recording {
    let values: Vec<f64> = (0..10).map(|minute| if minute % 2 == 1 { 99.0 } else { 10.0 }).collect();
    let zone = NewSeries { labels: labels(&[("zone", "eu")]), ..series("load", "", "percent", &values) };
    let builder =
        RecordingBuilder::new("small").series(series("latency", "cart", "ms", &values)).series(zone);
    builder.entities(entities).build().unwrap()
}

/// What was decided, a line each: minute, and what.
fn decided(text: &str, recorded: &Recording) -> Vec<String> {
    let program = program(&format!("{PROGRAM}{text}"));
    let simulation = simulate(&program, recorded, &Options::default()).unwrap();
    foretold::check_groups(&program, recorded, &simulation);
    let minute = |event: &TraceEvent| event.at.0 / MINUTE_MS;
    let line = |event: &TraceEvent| match &event.kind {
        TraceKind::RunStarted { target, .. } if target.is_empty() => Some(format!("{} runs", minute(event))),
        TraceKind::RunStarted { target, .. } => Some(format!("{} runs on {target}", minute(event))),
        TraceKind::Withheld { reason: WithheldReason::RequireUnknown { why, lacking, .. }, .. } => {
            let lacking: Vec<String> = lacking.iter().map(ToString::to_string).collect();
            Some(format!("{} require {why}: {}", minute(event), lacking.join(", ")))
        }
        TraceKind::Withheld { reason: WithheldReason::ConditionUnknown { condition, .. }, .. } => {
            Some(format!("{} {condition} unknown", minute(event)))
        }
        TraceKind::Withheld { reason: WithheldReason::ArgumentUnknown { what, .. }, .. } => {
            Some(format!("{} {what} unknown", minute(event)))
        }
        TraceKind::RunEnded { end: heal_engine::RunEnd::Skipped { .. }, .. } => {
            Some(format!("{} skipped", minute(event)))
        }
        TraceKind::NotSimulated { item, reason, .. } => Some(format!("{item}: {reason}")),
        _ => None,
    };
    simulation.trace.events.iter().filter_map(line).collect()
}

#[test]
fn a_field_is_what_it_was_then_and_unknown_before_and_after() {
    let cart = |available: &str, minutes| lived("Service", "cart", &[("available", available)], minutes);
    let recorded = with(vec![cart("3", (2, Some(4))), cart("1", (4, Some(6))), cart("2", (6, Some(8)))]);
    insta::assert_snapshot!(decided(RESTART, &recorded).join("\n"), @r"
    1 require unknown: `service.available` of Service cart is unknown: it was never told
    3 runs
    5 skipped
    7 runs
    9 require unknown: `service.available` of Service cart is unknown: it was last told at 1970-01-01T00:06:00Z, and holds no longer
    ");
}

#[test]
fn each_is_one_that_lives_then() {
    let pod = |key: &str, role: &str, minutes| lived("Pod", key, &[("role", role)], minutes);
    let recorded = with(vec![
        pod("a", "web", (0, Some(4))),
        pod("b", "db", (0, Some(6))),
        pod("b", "web", (6, None)),
        pod("c", "web", (3, None)),
        lived("Pod", "d", &[], (0, None)),
    ]);
    insta::assert_snapshot!(decided(EVICT, &recorded).join("\n"), @r"
    1 runs on a
    3 runs on a
    3 runs on c
    5 runs on c
    7 runs on b
    7 runs on c
    9 runs on b
    9 runs on c
    ");
    // Before the first of them none lived, which is known; of a kind without rows nobody knows which there are.
    let late = with(vec![pod("a", "web", (6, None))]);
    insta::assert_snapshot!(decided(EVICT, &late).join("\n"), @r"
    1 skipped
    3 skipped
    5 skipped
    7 runs on a
    9 runs on a
    ");
    insta::assert_snapshot!(decided(EVICT, &with(vec![])).join("\n"), @r"
    evicting: the recording has no inventory of Pod; `heal record inventory FILE --into DIR` records it
    1 which Pod there are unknown
    3 which Pod there are unknown
    5 which Pod there are unknown
    7 which Pod there are unknown
    9 which Pod there are unknown
    ");
}

#[test]
fn what_reads_fields_is_unknown_for_those_that_are_not_recorded() {
    let recorded = |fields: &[(&str, &str)]| with(vec![lived("Service", "cart", fields, (0, None))]);
    let check = |text: &str, recorded: &Recording| decided(text, recorded).join("\n");
    insta::assert_snapshot!(check(RESTART, &recorded(&[("tier", "gold")])), @r"
    restarting: `require service.available >= 2` reads `service.available`, and the recording has no `available` of Service; `heal record inventory FILE --into DIR` records it from a file that has it, with `--replace`
    1 require not recorded: `service.available` of Service cart is unknown: it was never told
    3 require not recorded: `service.available` of Service cart is unknown: it was never told
    5 require not recorded: `service.available` of Service cart is unknown: it was never told
    7 require not recorded: `service.available` of Service cart is unknown: it was never told
    9 require not recorded: `service.available` of Service cart is unknown: it was never told
    ");
    insta::assert_snapshot!(check(RESTART, &recorded(&[("available", "two")])), @r#"
    restarting: `require service.available >= 2` reads `service.available`, and the recording has "two" for `available` of `Service{service="cart"}` from 1970-01-01T00:00:00Z on, and it is a number
    1 require not recorded: `service.available` of Service cart is unknown: it was never told
    3 require not recorded: `service.available` of Service cart is unknown: it was never told
    5 require not recorded: `service.available` of Service cart is unknown: it was never told
    7 require not recorded: `service.available` of Service cart is unknown: it was never told
    9 require not recorded: `service.available` of Service cart is unknown: it was never told
    "#);
    let gold = "policy heal { on slow where service.runs_on.role == \"db\" try telling(\"a\") guard { limit 60 per 1h  cooldown 30s } }";
    insta::assert_snapshot!(check(gold, &recorded(&[("tier", "gold")])), @r#"
    heal: `where service.runs_on.role == "db"` reads `service.runs_on`, and the recording has no `runs_on` of Service; `heal record inventory FILE --into DIR` records it from a file that has it, with `--replace`
    1 service.runs_on.role == "db" unknown
    3 service.runs_on.role == "db" unknown
    5 service.runs_on.role == "db" unknown
    7 service.runs_on.role == "db" unknown
    9 service.runs_on.role == "db" unknown
    "#);
    insta::assert_snapshot!(check(gold, &recorded(&[("runs_on", "h1")])), @r#"
    heal: `where service.runs_on.role == "db"` reads `service.runs_on.role`, and the recording has no inventory of Host; `heal record inventory FILE --into DIR` records it
    1 service.runs_on.role == "db" unknown
    3 service.runs_on.role == "db" unknown
    5 service.runs_on.role == "db" unknown
    7 service.runs_on.role == "db" unknown
    9 service.runs_on.role == "db" unknown
    "#);
    let both = |role: &str| {
        let of_host = lived("Host", "h1", &[("role", role)], (0, None));
        with(vec![of_host, lived("Service", "cart", &[("runs_on", "h1")], (0, Some(7)))])
    };
    insta::assert_snapshot!(check(gold, &both("db")), @r#"
    1 runs
    3 runs
    5 runs
    7 service.runs_on.role == "db" unknown
    9 service.runs_on.role == "db" unknown
    "#);
    insta::assert_snapshot!(check(gold, &both("web")), @r#"
    7 service.runs_on.role == "db" unknown
    9 service.runs_on.role == "db" unknown
    "#);
}

#[test]
fn a_number_is_converted_from_its_unit_and_unknown_without_one() {
    let large = "plan large(host: Host) { require host.memory >= 2GB step tell = tell(host.host) }
signal heat: count by (host) { from metric \"heat\" every 1m }
policy heal { on hot try large guard { limit 60 per 1h  cooldown 30s } }
detector hot { when heat > 50 }";
    let check = |value: &str, unit: Option<&str>| {
        let units = unit.map(|unit| ("memory".to_owned(), unit.to_owned())).into_iter().collect();
        let row = LivedEntity { units, ..lived("Host", "h1", &[("memory", value)], (0, None)) };
        let heat = NewSeries { labels: labels(&[("host", "h1")]), ..series("heat", "", "1", &[99.0, 99.0]) };
        let recorded = RecordingBuilder::from_recording(with(vec![row])).series(heat).build().unwrap();
        decided(large, &recorded).first().cloned().unwrap_or_default()
    };
    assert_eq!(check("2", Some("GB")), "0 runs");
    assert_eq!(check("2000", Some("MB")), "0 runs");
    assert_eq!(check("1999", Some("MB")), "0 skipped");
    insta::assert_snapshot!(check("2", None), @"large: `require host.memory >= 2GB` reads `host.memory`, and the recording has `memory` of Host without a unit; `heal record inventory FILE --into DIR --replace` with `--unit memory=UNIT`, or with the package, records it");
    insta::assert_snapshot!(check("2", Some("ms")), @"large: `require host.memory >= 2GB` reads `host.memory`, and the recording has `memory` of Host in `ms`, which is no unit of what it is");
}

#[test]
fn two_that_have_one_key_at_one_time_are_told_of_no_kind() {
    let row = |key: &[(&str, &str)]| LivedEntity { key: labels(key), ..lived("Service", "", &[], (0, None)) };
    let recorded = with(vec![
        row(&[("service", "cart"), ("available", "2")]),
        row(&[("service", "cart"), ("available", "3")]),
    ]);
    insta::assert_snapshot!(decided(RESTART, &recorded).join("\n"), @r#"
    restarting: `require service.available >= 2` reads `service.available`, and the recording has Service{available="2", service="cart"} and Service{available="3", service="cart"} at one time, which both are Service cart: `heal record inventory FILE --key service` says what tells one from another
    1 require not recorded: `service.available` of Service cart is unknown: it was never told
    3 require not recorded: `service.available` of Service cart is unknown: it was never told
    5 require not recorded: `service.available` of Service cart is unknown: it was never told
    7 require not recorded: `service.available` of Service cart is unknown: it was never told
    9 require not recorded: `service.available` of Service cart is unknown: it was never told
    "#);
    let keyless = with(vec![row(&[("name", "cart")])]);
    insta::assert_snapshot!(decided(RESTART, &keyless).join("\n"), @r"
    restarting: `require service.available >= 2` reads `service.available`, and the Service of the recording have no `service`, which is of their key; `heal record inventory FILE --into DIR --replace` with `--label COLUMN=service` records it
    1 require not recorded: `service.available` of Service cart is unknown: it was never told
    3 require not recorded: `service.available` of Service cart is unknown: it was never told
    5 require not recorded: `service.available` of Service cart is unknown: it was never told
    7 require not recorded: `service.available` of Service cart is unknown: it was never told
    9 require not recorded: `service.available` of Service cart is unknown: it was never told
    ");
}

/// Rows of a few entities, in any order of time, none of which overlap.
fn rows() -> impl Strategy<Value = Vec<LivedEntity>> {
    let life = (0i64..4, 1i64..4, 0usize..3, any::<bool>());
    let of_one = proptest::collection::vec(life, 0..4);
    proptest::collection::vec(of_one, 8).prop_map(|all| {
        // Live it is unknown which there are before the first one is told of.
        let kinds = [("Service", "s9"), ("Host", "h9"), ("Pod", "p9")];
        let mut rows: Vec<LivedEntity> =
            kinds.iter().map(|(kind, key)| lived(kind, key, &[], (0, None))).collect();
        for (place, lives) in all.into_iter().enumerate() {
            let mut at = 0;
            for (pause, length, value, has) in lives {
                let since = at + pause;
                at = since + length;
                let number = (value + 1).to_string();
                let role = ["web", "db", "web"][value];
                let of_service = [("available", number.as_str()), ("tier", role), ("runs_on", "h0")];
                let (kind, key, fields): (_, _, &[(&str, &str)]) = match place {
                    0 => ("Service", "cart".to_owned(), if has { &of_service } else { &of_service[1..] }),
                    1 => ("Host", "h0".to_owned(), if has { &[("role", role)] } else { &[] }),
                    _ => ("Pod", format!("p{place}"), if has { &[("role", role)] } else { &[] }),
                };
                rows.push(lived(kind, &key, fields, (since, Some(at))));
            }
        }
        rows
    })
}

const ALL: &str = "
policy heal { on slow try restarting guard { limit 60 per 1h  cooldown 30s } }
policy clear { on busy try evicting(zone) guard { limit 60 per 1h  cooldown 30s  blast_radius 50% of Pod within 5m } }
policy inform { on slow where service.runs_on.role == \"web\" try telling(\"a\") guard { limit 60 per 1h  cooldown 30s } }
";

/// What an engine does that is told each minute what lives, as a live source tells it.
fn told_each_minute(program: &Program, recorded: &Recording) -> Vec<TraceEvent> {
    let program = on_time(program);
    let feeds = feeds(&program, recorded);
    let samples: Vec<Vec<Sample>> = feeds.iter().map(|feed| feed.samples().unwrap()).collect();
    let nothing = RecordedEntities::default();
    let mut world = Recorded::new(&program, recorded, (&feeds, &samples), &nothing);
    for minute in 0..10 {
        let at = Timestamp(minute * MINUTE_MS);
        let alive =
            recorded.entities.iter().filter(|row| row.since <= at && row.until.is_none_or(|it| at < it));
        for row in alive {
            let index = program.entities.iter().position(|node| node.head.path == row.entity).unwrap();
            let entity = EntityIndex(u32::try_from(index).unwrap());
            let key: Key = row.key.values().cloned().collect();
            let value = |(name, text): (&String, &String)| {
                let number = text.parse().ok().filter(|_| name == "available").map(FieldValue::Number);
                (name.clone(), number.unwrap_or_else(|| FieldValue::Text(text.clone())))
            };
            let fields = row.fields.iter().map(value).collect();
            world.tell(at, Input::Entity { entity, key, at, fields });
        }
    }
    let mut engine = Engine::new(program.clone()).assuming_verify(true);
    live(&mut engine, &mut world, recorded.end()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Groups, samples that are told, and a recording read elsewhere make no difference.
    #[test]
    fn what_is_recorded_of_entities_is_decided_on_alike_in_groups_and_told(rows in rows()) {
        let program = program(&format!("{PROGRAM}{ALL}"));
        let recorded = with(rows);
        let whole = simulate(&program, &recorded, &Options::default()).unwrap();
        foretold::check_groups(&program, &recorded, &whole);
        prop_assert!(Groups::of(&program, &recorded).all().len() > 1);
        prop_assert_eq!(&whole, &simulate_told(&program, &recorded).unwrap());
        let opened = Recording::open_from(&recorded.to_files().unwrap()).unwrap();
        prop_assert_eq!(&whole, &simulate(&program, &opened, &Options::default()).unwrap());
    }

    /// Of what a live source tells each minute, the same is decided: what runs, on what, when.
    #[test]
    fn what_is_recorded_is_decided_on_as_what_is_told_live(rows in rows()) {
        let program = program(&format!("{PROGRAM}{ALL}"));
        let recorded = with(rows);
        let starts = |events: &[TraceEvent]| -> Vec<String> {
            let line = |event: &TraceEvent| match &event.kind {
                TraceKind::RunStarted { policy, target, labels, .. } => {
                    Some(format!("{:?} {policy} {target} {labels:?}", event.at))
                }
                TraceKind::FiringStarted { detector, .. } => Some(format!("{:?} {detector}", event.at)),
                _ => None,
            };
            events.iter().filter_map(line).collect()
        };
        let simulated = simulate(&program, &recorded, &Options::default()).unwrap();
        prop_assert_eq!(starts(&simulated.trace.events), starts(&told_each_minute(&program, &recorded)));
    }
}
