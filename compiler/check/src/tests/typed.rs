//! What a good package compiles to.

use heal_program::{Argument, Expression, FieldKind, Millis, Operation, Risk, Rung};

use super::fixture::{check, compile, references};
use crate::{ItemKind, ReferenceKind};

const SHOP: &str = r#"--- std.k8s std/k8s.heal
/// Something that keeps pods running.
pub entity Workload by (namespace, workload) { desired: count  available: count  tier: text }
pub entity Pod by (namespace, pod) { workload: Workload  node: text }
pub action evict(pod: Pod) { kubernetes evict pod  risk low  idempotent }
pub action scale_out(workload: Workload, by: ratio) { kubernetes scale_out workload  risk medium  timeout 5m }
--- std.hosts std/hosts.heal
pub entity Host by (host) { rack: text }
pub action restart_unit(target: Host, unit: text) {
  command ["systemctl", "restart", unit, target.host, target.rack] on target
  risk medium
  timeout 30s
}
--- . main.heal
//! The shop.
use std.k8s
use std.k8s.{Pod, Workload}

/// How long a request may take.
/// In the worst case.
param budget: duration in 100ms..2s = 250ms

signal latency: duration in ms by (service) { from prometheus `latency_ms` every 15s }
signal rss: bytes by (namespace, pod) {
  from metric "rss" where site == "berlin" && env == "prod"
  every 30s
  stale after 5m
  at most 500 keys
}
signal load: ratio by (namespace) { from prometheus `load` every 10s }
counter requests: count by (service) { from prometheus `requests_total` every 5s }

detector slow {
  when latency > budget  // the objective
    && requests.rate(5m) > 10/s
  for 2m
  clear when latency < 80% * budget for 5m
  severity critical
}
detector leaking { when rss.max(10m) > 1GiB && load > 0.5 for 15m }
detector both { when leaking && load.avg(1m) > 95% }

channel page(team: text) { http POST "https://example.com/page" }

plan recycle(pod: Pod) {
  risk medium
  require pod.workload.available >= 2
  step evict = k8s.evict(pod) { timeout 90s }
  step grow = k8s.scale_out(by: 50%, workload: pod.workload)
}

policy heal_leaks {
  on leaking
  where namespace in ["cart"] && pod.workload.tier != "critical" && load < 80%
  try recycle
  then recycle(pod: pod)
  then escalate page(namespace)
  guard {
    limit 20 per 1h, 3 per 1h per namespace
    cooldown 30m per (namespace, pod)
    approval "sre" when rss > 2GiB, timeout 10m else reject
    escalate when withheld for 20m
  }
}
policy tell { on slow try escalate }
"#;

#[test]
fn a_package_compiles_to_its_nodes() {
    let typed = check(SHOP);
    let program = &typed.nodes;
    let paths = |heads: Vec<&str>| heads.join(" ");
    assert_eq!(
        paths(program.heads().map(|(_, head)| head.path.as_str()).collect()),
        "budget std.hosts.Host std.k8s.Pod std.k8s.Workload latency load requests rss both leaking slow \
         std.hosts.restart_unit std.k8s.evict std.k8s.scale_out page recycle heal_leaks tell"
    );
    let budget = &program.params[0];
    assert_eq!((budget.value, budget.range), (0.25, Some((0.1, 2.0))));
    assert_eq!(budget.head.documentation, "How long a request may take.\nIn the worst case.");
    assert_eq!((budget.head.origin.file.as_str(), budget.head.origin.line), ("main.heal", 7));
}

#[test]
fn a_signal_has_its_unit_and_defaults() {
    let program = check(SHOP).nodes;
    let latency = &program.signals[0];
    assert_eq!((latency.scale, latency.offset, latency.unit.as_deref()), (0.001, 0.0, Some("ms")));
    assert_eq!((latency.stale_after, latency.keys_max), (Millis::from_seconds(45), 10_000));
    assert_eq!(latency.lateness, Millis::ZERO, "what is pulled is there when it is asked for");
    let rss = &program.signals[3];
    assert_eq!(
        (rss.stale_after, rss.keys_max, rss.lateness),
        (Millis::from_minutes(5), 500, Millis::from_seconds(10))
    );
    let matching = [("env", "prod"), ("site", "berlin")].map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
    assert_eq!(rss.source, heal_program::Source::Metric { name: "rss".to_owned(), matching });
}

#[test]
fn a_detector_fires_by_the_largest_key_at_the_fastest_grid() {
    let program = check(SHOP).nodes;
    let [both, leaking, slow] = program.detectors.as_slice() else { panic!("three detectors") };
    assert_eq!((leaking.keys.join(" ").as_str(), leaking.every), ("namespace pod", Millis::from_seconds(10)));
    assert_eq!(both.keys, leaking.keys);
    assert_eq!((slow.keys.join(" ").as_str(), slow.every), ("service", Millis::from_seconds(5)));
    assert_eq!((slow.hold, leaking.hold, both.hold), (Millis(120_000), Millis(900_000), Millis::ZERO));
    assert_eq!(slow.clear.as_ref().unwrap().hold, Millis::from_minutes(5));
    assert_eq!(slow.when_text, "latency > budget && requests.rate(5m) > 10/s");
}

#[test]
fn detectors_come_after_those_they_read() {
    let typed = check(SHOP);
    let order: Vec<&str> = typed
        .detector_order
        .iter()
        .map(|index| typed.nodes.detector(*index).unwrap().head.path.as_str())
        .collect();
    assert_eq!(order, ["leaking", "both", "slow"]);
}

#[test]
fn a_command_is_a_vector_of_texts() {
    let program = check(SHOP).nodes;
    let Operation::Command { arguments, on } = &program.actions[0].operation else { panic!("a command") };
    let host = FieldKind::Entity(heal_program::EntityIndex(0));
    assert_eq!(program.actions[0].parameters[0].kind, host);
    let field = |name: &str| Expression::EntityField {
        root: "target".to_owned(),
        entity: heal_program::EntityIndex(0),
        path: vec![name.to_owned()],
    };
    let text = |text: &str| Expression::Text(text.to_owned());
    let expected = vec![
        text("systemctl"),
        text("restart"),
        Expression::KeyField("unit".to_owned()),
        field("host"),
        field("rack"),
    ];
    assert_eq!((arguments, on.as_deref()), (&expected, Some("target")));
    assert!(!program.actions[0].idempotent);
}

#[test]
fn a_plan_hands_its_entities_to_its_steps() {
    let program = check(SHOP).nodes;
    let plan = &program.plans[0];
    assert_eq!(plan.risk, Risk::Medium);
    assert_eq!(plan.requires[0].text, "pod.workload.available >= 2");
    assert_eq!(plan.steps[0].arguments, [Argument::Entity("pod".to_owned())]);
    assert_eq!(plan.steps.iter().map(|step| step.timeout.0).collect::<Vec<_>>(), [90_000, 300_000]);
    let workload = Expression::EntityField {
        root: "pod".to_owned(),
        entity: heal_program::EntityIndex(1),
        path: vec!["workload".to_owned()],
    };
    assert_eq!(
        plan.steps[1].arguments,
        [Argument::Value(workload), Argument::Value(Expression::Number(0.5))]
    );
}

#[test]
fn a_policy_takes_entities_from_the_key_of_the_firing() {
    let program = check(SHOP).nodes;
    let [heal_leaks, tell] = program.policies.as_slice() else { panic!("two policies") };
    let from_key =
        Argument::EntityFromKey(heal_program::EntityIndex(1), vec!["namespace".to_owned(), "pod".to_owned()]);
    let plan = Rung::Plan { plan: heal_program::PlanIndex(0), arguments: vec![from_key], again: None };
    let namespace = Argument::Value(Expression::KeyField("namespace".to_owned()));
    let page = Rung::Escalate { channel: Some(heal_program::ChannelIndex(0)), arguments: vec![namespace] };
    assert_eq!(heal_leaks.ladder, [plan.clone(), plan, page]);
    assert_eq!(heal_leaks.guard.limits.len(), 2);
    assert_eq!(heal_leaks.guard.withheld_escalates_after(), Millis::from_minutes(20));
    assert_eq!(heal_leaks.guard.approval.as_ref().unwrap().on_timeout, heal_program::OnTimeout::Reject);
    assert_eq!(tell.guard.withheld_escalates_after(), Millis::from_minutes(15));
    assert!(tell.guard.limits.is_empty() && tell.guard.approval.is_none());
}

#[test]
fn references_say_who_names_whom() {
    let typed = check(SHOP);
    let edges: Vec<String> = references(&typed)
        .iter()
        .filter(|(from, ..)| !from.starts_with("std."))
        .map(|(from, kind, to)| format!("{from} {kind:?} {to}"))
        .collect();
    let mut unique = edges.clone();
    unique.dedup();
    assert_eq!(
        unique.join("\n"),
        "both Reads leaking\nboth Reads load\n\
         heal_leaks Triggers leaking\nheal_leaks Reads load\nheal_leaks Calls page\n\
         heal_leaks Calls recycle\nheal_leaks Reads rss\nheal_leaks Uses std.k8s.Pod\n\
         leaking Reads load\nleaking Reads rss\n\
         recycle Uses std.k8s.Pod\nrecycle Calls std.k8s.evict\nrecycle Calls std.k8s.scale_out\n\
         slow Reads budget\nslow Reads latency\nslow Reads requests\ntell Triggers slow"
    );
    let trigger = typed.references.iter().find(|it| it.kind == ReferenceKind::Triggers).unwrap();
    assert_eq!(trigger.range.end - trigger.range.start, "leaking".len() as u32);
}

#[test]
fn what_nothing_uses_is_listed() {
    let typed = check(SHOP);
    let unused: Vec<&str> = typed.unused_items().map(|item| item.path.as_str()).collect();
    assert_eq!(unused, ["both"]);
    let imports: Vec<&str> = typed.unused_imports.iter().map(|import| import.name.as_str()).collect();
    assert_eq!(imports, ["Workload"]);
    let kinds = typed.items.iter().filter(|item| item.kind == ItemKind::Entity && item.external).count();
    assert_eq!(kinds, 3);
}

#[test]
fn the_order_of_files_and_comments_change_nothing() {
    let (typed, _, _) = compile(SHOP);
    let files: Vec<String> = SHOP.split("--- ").skip(1).map(|file| format!("--- {file}")).collect();
    let backwards: String = files.into_iter().rev().collect();
    let (other, diagnostics, _) = compile(&backwards);
    assert_eq!(diagnostics, []);
    assert_eq!(other.nodes, typed.nodes);
}
