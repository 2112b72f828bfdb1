//! Guards: everything that bounds a policy.

use heal_program::{Asked, Millis, OnTimeout, Per, Share};

use super::fixture::{check, fixed};

const WORLD: &str = "
entity Service by (service) { tier: text  size: count }
entity Node by (node) { }
entity Pod by (namespace, pod) { node: Node  service: Service  peers: [Service] }
signal rss: bytes by (namespace, pod) { from metric \"rss\" every 15s }
signal load: ratio by (namespace) { from metric \"load\" every 15s }
detector leaking { when rss > 1GiB }
detector loaded { when load > 1 }
action evict(pod: Pod) { kubernetes evict pod  risk low  idempotent }
action drain(node: Node) { kubernetes drain node  risk high }
plan recycle(pod: Pod) { step s = evict(pod) }
plan empty_node(pod: Pod) { step s = drain(pod.node) }
plan note { step s = write_note }
action write_note { command [\"note\"] risk high }
channel change(what: text) { http POST \"https://example.com\" }
";

#[track_caller]
fn check_guard(text: &str) -> crate::TypedProgram {
    check(&format!("{WORLD}{text}"))
}

fn policy(guard: &str) -> String {
    format!("policy a {{\n  on leaking\n  try recycle\n  guard {{\n    limit 5 per 1h\n{guard}  }}\n}}\n")
}

#[test]
fn a_guard_says_all_of_it() {
    let typed = check_guard(&policy(
        "    limit 20 per 1d per namespace, 3 per 1h per (namespace, pod.service.tier)
    cooldown 30m per pod.node
    blast_radius 10% of Pod per namespace within 1h
    blast_radius 2 of Pod within 10m
    concurrency 1 per pod.service
    concurrency 5
    breaker 2 failures in 1h per namespace, open for 2h
    approval 2 of \"sre\" when pod.service.tier == \"critical\", timeout 10m else reject
    canary 1 then 5 then 25% then 100% settle 10m
    storm 20 firings in 5m, open for 30m
    escalate when withheld for 20m
",
    ));
    let guard = &typed.nodes.policies[0].guard;
    let per = |per: &[Per]| per.iter().map(Per::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(
        guard.limits.iter().map(|limit| per(&limit.per)).collect::<Vec<_>>(),
        ["", "namespace", "namespace pod.service.tier"]
    );
    assert_eq!(per(&guard.cooldown.as_ref().unwrap().per), "pod.node");
    assert_eq!((guard.blast_radius[0].most, guard.blast_radius[1].most), (Share::Part(0.1), Share::Count(2)));
    assert_eq!(guard.concurrency.iter().map(|it| per(&it.per)).collect::<Vec<_>>(), ["pod.service", ""]);
    let breaker = &guard.breakers[0];
    assert_eq!((breaker.failures, breaker.open_for), (2, Millis::from_minutes(120)));
    let approval = guard.approval.as_ref().unwrap();
    assert_eq!((approval.quorum, approval.on_timeout), (2, OnTimeout::Reject));
    let canary = guard.canary.as_ref().unwrap();
    assert_eq!(canary.waves, [Share::Count(1), Share::Count(5), Share::Part(0.25), Share::Part(1.0)]);
    assert_eq!(canary.settle, Millis::from_minutes(10));
    assert_eq!(guard.storm.as_ref().unwrap().firings, 20);
    assert_eq!(guard.withheld_escalates_after, Some(Millis::from_minutes(20)));
}

#[test]
fn a_guard_says_what_is_wrong_with_it() {
    check_guard(&policy(
        "    limit 1 per 1h per pod.service.size
//                     ^^^^^^^^^^^^^^^^ HEAL0201 `pod.service.size` tells nothing apart: `per` needs an entity or a text
    limit 1 per 1h per pod.peers
//                     ^^^^^^^^^ HEAL0201 `pod.peers` tells nothing apart: `per` needs an entity or a text
    limit 1 per 1h per service.tier
//                     ^^^^^^^ HEAL0210 `leaking` fires by (namespace, pod), which identifies no `service`
    limit 1 per 1h per pod.namespace.x
//                                   ^ HEAL0210 there is no field `x`: what stands before it is no entity
    blast_radius 0% of Pod within 1h
//               ^^ HEAL0211 `0%` is not a part of a whole: it is above `0%` and at most `100%`
    blast_radius 200% of Pod within 0s
//               ^^^^ HEAL0211 `200%` is not a part of a whole: it is above `0%` and at most `100%`
//                                  ^^ HEAL0211 `0s` is no time at all
    blast_radius 5 of Node within 1h
//                    ^^^^ HEAL0310 no plan of `a` works on a `Node`, so this counts nothing
    blast_radius 5 of Nod within 1h
//                    ^^^ HEAL0101 unknown entity `Nod`
    concurrency 0
//              ^ HEAL0211 `0` is not a whole number from 1 to 4294967295
    breaker 0 failures in 1h, open for 0s
//          ^ HEAL0211 `0` is not a whole number from 1 to 4294967295
//                                     ^^ HEAL0211 `0s` is no time at all
    approval 0 of \"\"
//           ^ HEAL0211 `0` is not a whole number from 1 to 4294967295
//                ^^ HEAL0005 a team has a name
    storm 1 firings in 1h, open for 1m
    storm 2 firings in 1h, open for 1m
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0003 `storm` stands twice in `a`
",
    ));
}

#[test]
fn a_canary_grows_until_it_reaches_all() {
    check_guard(&policy(
        "    canary 1 then 1 then 100%
//                ^ HEAL0311 a wave of `1` does not reach more than one of `1`
",
    ));
    check_guard(&policy(
        "    canary 25% then 5 then 100%
//                  ^ HEAL0311 a wave of `5` does not reach more than one of `25%`
",
    ));
    check_guard(&policy(
        "    canary 100%
//         ^^^^ HEAL0311 one wave that reaches all tries nothing out
",
    ));
    check_guard(&policy(
        "    canary 1 then 50%
//                ^^^ HEAL0311 the last wave is `50%`, and does not reach all
",
    ));
    let text = format!("{WORLD}{}", policy("    canary 1 then 50% settle 1m\n"));
    assert!(fixed(&text).contains("canary 1 then 50% then 100% settle 1m"));
}

#[test]
fn an_approval_asks_a_team_or_a_channel() {
    let typed = check_guard(&policy("    approval change(pod.service.tier) timeout 1h\n"));
    let approval = typed.nodes.policies[0].guard.approval.as_ref().unwrap();
    assert!(matches!(&approval.asked, Asked::Channel { arguments, .. } if arguments.len() == 1));
    assert_eq!(approval.timeout, Millis::from_minutes(60));
    check_guard(&policy(
        "    approval change(5)
//                  ^ HEAL0209 `5` is a number without a unit, and text is needed here
",
    ));
    check_guard(&policy(
        "    approval recycle(pod)
//           ^^^^^^^ HEAL0105 `recycle` is a plan, and `approval` needs a team in quotes or a channel
",
    ));
}

#[test]
fn a_shared_guard_counts_for_all_that_name_it() {
    let typed = check_guard(
        "guard shared fleet {
  limit 10 per 1h, 2 per 1h per namespace
  cooldown 5m per pod.service
  concurrency 3
}
policy a { on leaking try recycle guard { shared fleet } }
policy b { on leaking try recycle guard { shared fleet  limit 1 per 1h  shared calm } }
guard shared calm { storm 9 firings in 1m, open for 5m }
",
    );
    let names: Vec<&str> = typed.nodes.shared_guards.iter().map(|guard| guard.head.path.as_str()).collect();
    assert_eq!(names, ["calm", "fleet"]);
    assert_eq!(typed.nodes.policies[1].guard.shared.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 0]);
    assert!(typed.unused_items().all(|item| item.path != "fleet"));
}

#[test]
fn a_shared_guard_fits_all_that_name_it() {
    check_guard(
        "guard shared fleet { limit 10 per 1h, 1 per 1h per pod  cooldown 5m per pod.service }
guard shared loose { limit 1 per 1h per namespace  shared fleet  approval \"sre\"  canary 1 then 100%  escalate when withheld for 5m }
//                                                 ^^^^^^^^^^^^ HEAL0312 `shared` is a matter of one policy, and `loose` is shared
//                                                               ^^^^^^^^^^^^^^ HEAL0312 `approval` is a matter of one policy, and `loose` is shared
//                                                                               ^^^^^^^^^^^^^^^^^^ HEAL0312 `canary` is a matter of one policy, and `loose` is shared
//                                                                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0312 `escalate when withheld` is a matter of one policy, and `loose` is shared
guard shared bare { }
//           ^^^^ HEAL0004 the guard shared `bare` has no `limit`
guard shared odd { limit 1 per 1h per podd.service }
//                                    ^^^^ HEAL0210 no entity here is called `podd` in lower case
policy a { on loaded try note guard { shared fleet  approval \"sre\" } }
//                                           ^^^^^ HEAL0205 `fleet` counts per `pod`, and `loaded` fires by (namespace), without `pod`
policy b { on leaking try recycle guard { shared loose } }
//     ^ HEAL0301 nothing bounds how often `b` runs its plans
policy c { on leaking try recycle guard { shared recycle shared fleet shared fleet } }
//                                               ^^^^^^^ HEAL0105 `recycle` is a plan, and `shared` needs a shared guard
//                                                                           ^^^^^ HEAL0102 the shared guard `fleet` stands twice in `c`
",
    );
}
