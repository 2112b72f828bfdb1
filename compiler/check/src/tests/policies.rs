//! Policies: ladders, guards and what they must bound.

use super::fixture::{check, fixed, only};

const WORLD: &str = "
entity Pod by (namespace, pod) { node: Node  tier: text }
entity Node by (node) { }
entity PodGroup by (namespace) { size: count }
signal rss: bytes by (namespace, pod) { from metric \"rss\" every 15s }
signal load: ratio by (namespace) { from metric \"load\" every 15s }
signal heat: ratio by (node) { from metric \"heat\" every 15s }
detector leaking { when rss > 1GiB }
detector loaded { when load > 1 }
action evict(pod: Pod) { kubernetes evict pod  risk low  idempotent }
action drain(node: Node) { kubernetes drain node  risk high }
plan recycle(pod: Pod) { step s = evict(pod) }
plan empty_node(pod: Pod) { step s = drain(pod.node) }
plan named(pod: Pod, unit: text) { step s = evict(pod) }
channel page(team: text) { http POST \"https://example.com\" }
";

#[track_caller]
fn check_policy(text: &str) {
    check(&format!("{WORLD}{text}"));
}

#[test]
fn a_policy_needs_a_detector_and_a_rung() {
    check_policy(
        "policy a { }
//     ^ HEAL0004 the policy `a` has no `on`
//     ^ HEAL0304 the policy `a` tries nothing
policy b { on leakin where anything == \"x\" try recycle guard { limit 1 per 1h, 1 per 1h per anything } }
//            ^^^^^^ HEAL0101 unknown detector `leakin`
policy c { on leaking on loaded then recycle try recycle guard { limit 1 per 1h } }
//                    ^^^^^^^^^ HEAL0003 `on` stands twice in `c`
//                              ^^^^ HEAL0004 the first rung of `c` begins with `try`
//                                           ^^^ HEAL0003 a later rung of `c` begins with `then`
",
    );
}

#[test]
fn key_fields_and_their_entities_are_in_scope() {
    check_policy(
        "policy a {
  on leaking
  where namespace.startsWith(\"prod-\") && pod != \"x\" && pod.node.node == \"n\" && pod_group.size > 3 && size(pod) < 9 && load > 1
  try recycle(pod)
  guard { limit 1 per 1h }
}
policy b {
  on loaded
  where namespace == \"x\" && pod.tier == \"y\"
//                          ^^^ HEAL0101 unknown name `pod`
  try escalate
}
policy c {
  on leaking
  where heat > 1
//      ^^^^^^^^ HEAL0205 `heat > 1` has the key (node), and `leaking` fires by (namespace, pod)
  try escalate page(pod.node)
//                  ^^^^^^^^ HEAL0209 `pod.node` is the entity `Node`, and text is needed here
}
policy d { on leaking where pod.tier try escalate }
//                          ^^^^^^^^ HEAL0212 `pod.tier` is text, not a condition
policy e { on leaking where pod.node == pod.node try escalate }
//                          ^^^^^^^^ HEAL0201 `pod.node` is the entity `Node`, and only its fields have values
",
    );
}

#[test]
fn parameters_are_bound_by_entity_type_or_by_hand() {
    check_policy(
        "policy a { on leaking try recycle then named(pod, \"x\") then named(unit: namespace, pod: pod) guard { limit 1 per 1h } }
policy b { on loaded try recycle guard { limit 1 per 1h } }
//                       ^^^^^^^ HEAL0213 `recycle` needs `pod: Pod`, and the key of `loaded`, (namespace), lacks `pod`
policy c { on leaking try named guard { limit 1 per 1h } }
//                        ^^^^^ HEAL0213 `named` needs `unit: text`, and only entities are taken from the key of a firing
policy d { on leaking try escalate page }
//                                 ^^^^ HEAL0213 `page` needs `team: text`, and only entities are taken from the key of a firing
policy e { on leaking try recycle(pod.node) guard { limit 1 per 1h } }
//                                ^^^^^^^^ HEAL0209 `pod.node` is the entity `Node`, and the entity `Pod` is needed here
policy f { on leaking try recycle(pod: 5) guard { limit 1 per 1h } }
//                                     ^ HEAL0209 `5` is a number without a unit, and the entity `Pod` is needed here
",
    );
}

#[test]
fn a_policy_with_plans_has_an_unkeyed_limit() {
    check_policy(
        "policy a { on leaking try recycle }
//     ^ HEAL0301 nothing bounds how often `a` runs its plans
policy b { on leaking try recycle guard { limit 1 per 1h per namespace } }
//     ^ HEAL0301 nothing bounds how often `b` runs its plans
policy c { on leaking try escalate }
",
    );
    let fix = |policy: &str| fixed(&format!("{WORLD}{policy}")).split_off(WORLD.len());
    assert_eq!(
        fix("policy a { on leaking try recycle guard { cooldown 5m } }"),
        "policy a { on leaking try recycle guard { limit 5 per 1h cooldown 5m } }"
    );
    assert_eq!(
        fix("policy a {\n  on leaking\n  try recycle\n}"),
        "policy a {\n  on leaking\n  try recycle\n  guard { limit 5 per 1h }\n}"
    );
}

#[test]
fn a_plan_of_high_risk_always_asks() {
    check_policy(
        "policy a { on leaking try empty_node guard { limit 1 per 1h } }
//                        ^^^^^^^^^^ HEAL0302 `empty_node` has risk `high`, and `a` does not always ask for approval
policy b { on leaking try empty_node guard { limit 1 per 1h approval \"sre\" when load > 1 } }
//                        ^^^^^^^^^^ HEAL0302 `empty_node` has risk `high`, and `b` does not always ask for approval
policy c { on leaking try empty_node guard { limit 1 per 1h approval \"sre\" } }
",
    );
    let text = format!("{WORLD}policy a {{ on leaking try empty_node guard {{ limit 1 per 1h }} }}\n");
    let because = &only(&text).secondary[0];
    assert_eq!(&text[because.range.start as usize..because.range.end as usize], "drain");
}

#[test]
fn guards_count_by_key_fields() {
    check_policy(
        "policy a {
  on leaking
  try recycle
  guard {
    limit 0 per 1h, 1.5 per 1h, 3 per 0s, 1 per 1h per namspace
//        ^ HEAL0211 `0` is not a whole number from 1 to 4294967295
//                  ^^^ HEAL0211 `1.5` is not a whole number from 1 to 4294967295
//                                    ^^ HEAL0211 `0s` is no time at all
//                                                     ^^^^^^^^ HEAL0210 `leaking` fires by (namespace, pod), which has no field `namspace`
    cooldown 30m per (namespace, pod.node, namespace, pod.nod, node)
//                                         ^^^^^^^^^ HEAL0102 the field after `per` `namespace` stands twice in `a`
//                                                        ^^^ HEAL0210 `Pod` has no field `nod`
//                                                             ^^^^ HEAL0210 `leaking` fires by (namespace, pod), which has no field `node`
    cooldown 5m
//  ^^^^^^^^^^^ HEAL0003 `cooldown` stands twice in `a`
    approval \"sre\" when namespace timeout 5 else wait
//                      ^^^^^^^^^ HEAL0212 `namespace` is text, not a condition
//                                        ^ HEAL0203 `5` needs a unit: a duration is needed here
//                                               ^^^^ HEAL0101 unknown answer `wait`
    escalate when withheld for 0s
//                             ^^ HEAL0211 `0s` is no time at all
  }
}
",
    );
}

#[test]
fn a_plan_reads_telemetry_for_an_entity_only() {
    check_policy(
        "plan p(pod: Pod) { require load > 1 step s = evict(pod) }
//                         ^^^^ HEAL0205 `load` has the key (namespace), and a plan has none to read it for
plan q(node: Node) { require leaking step s = drain(node) }
//                           ^^^^^^^ HEAL0205 `leaking` has the key (namespace, pod), and a plan has none to read it for
",
    );
    let text = format!("{WORLD}plan p(pod: Pod) {{ require heat < 1 step s = evict(pod) }}");
    assert!(fixed(&text).ends_with("require heat[pod.node] < 1 step s = evict(pod) }"));
}
