//! Plans: the order of steps, retries, what is disturbed, verified and taken back.

use heal_program::{Argument, Millis, Revert, Risk, Way};

use super::fixture::{check, fixed, only};

const WORLD: &str = "
entity Service by (service) { tier: text }
entity Node by (node) { }
entity Workload by (namespace, workload) { desired: count }
entity Pod by (namespace, pod) { node: Node  workload: Workload  service: Service }
signal latency: duration by (service, region) { from metric \"latency\" every 15s }
signal rss: bytes by (namespace, pod) { from metric \"rss\" every 15s }
signal disk: ratio by (disk) { from metric \"disk\" every 15s }
signal total: ratio { from metric \"total\" every 15s }
action evict(pod: Pod) { kubernetes evict pod  risk low  idempotent  replaces pod }
action label(pod: Pod) { kubernetes label pod  risk low  idempotent  undo unlabel(pod) }
action unlabel(pod: Pod) { kubernetes unlabel pod  risk low  idempotent }
action restart(workload: Workload) { kubernetes restart workload  risk medium }
action drain(node: Node) { kubernetes drain node  risk high  timeout 5m }
";

#[track_caller]
fn check_plan(text: &str) -> crate::TypedProgram {
    check(&format!("{WORLD}{text}"))
}

fn fix(text: &str) -> String {
    fixed(&format!("{WORLD}{text}")).split_off(WORLD.len())
}

#[test]
fn steps_run_in_written_order_unless_they_say_after() {
    let typed = check_plan(
        "plan p(pod: Pod) {
  step a = label(pod)
  step b = label(pod) { after a }
  step c = label(pod) { after a  retry 3  timeout 5s }
  step d = label(pod) { retry 2 every 1m }
  step e = label(pod) { after b, a }
}
",
    );
    let steps = &typed.nodes.plans[0].steps;
    let after: Vec<&[u32]> = steps.iter().map(|step| step.after.as_slice()).collect();
    assert_eq!(after, [&[][..], &[0], &[0], &[1, 2], &[0, 1]]);
    assert_eq!((steps[2].retries_max, steps[2].retry_every), (3, Millis::from_seconds(10)));
    assert_eq!((steps[3].retries_max, steps[3].retry_every), (2, Millis::from_minutes(1)));
    assert_eq!((steps[2].timeout, steps[3].timeout), (Millis::from_seconds(5), Millis::from_seconds(60)));
}

#[test]
fn a_step_waits_for_steps_before_it() {
    check_plan(
        "plan p(pod: Pod) {
  step a = label(pod) { after a }
//                            ^ HEAL0305 `a` waits for itself
  step b = label(pod) { after c, aa }
//                            ^ HEAL0305 `b` waits for `c`, which comes later
//                               ^^ HEAL0101 no step `aa` stands before `b`
  step c = label(pod) { after a, a  after b }
//                               ^ HEAL0102 the step `a` stands twice in `p`
//                                  ^^^^^^^ HEAL0003 `after` stands twice in `p`
}
",
    );
}

#[test]
fn only_what_may_be_done_twice_is_retried() {
    check_plan(
        "plan p(workload: Workload, pod: Pod) {
  step a = restart(workload) { retry 2 }
//                             ^^^^^^^ HEAL0306 `restart` is retried, and is not idempotent
  step b = label(pod) { retry 0 }
//                            ^ HEAL0211 `0` is not a whole number from 1 to 4294967295
  step c = label(pod) { retry 1000 every 1s }
//                            ^^^^ HEAL0211 a step is tried again at most 100 times
}
",
    );
}

#[test]
fn a_disturbance_reaches_what_the_plan_works_on() {
    let typed = check_plan(
        "plan p(pod: Pod) {
  disturbs latency for 90s
  disturbs rss for 1m
  disturbs total for 0s
  disturbs disk everywhere for 15m
  step a = label(pod)
}
",
    );
    let disturbs = &typed.nodes.plans[0].disturbs;
    let ways: Vec<Vec<String>> =
        disturbs.iter().map(|it| it.reached.iter().map(Way::to_string).collect()).collect();
    assert_eq!(ways, [vec!["pod.service".to_owned()], vec!["pod".to_owned()], vec![], vec![]]);
    assert_eq!(disturbs.iter().map(|it| it.everywhere).collect::<Vec<_>>(), [false, false, true, true]);
    let way = &disturbs[0].reached[0];
    let end = typed.nodes.way_end(way).unwrap();
    assert_eq!(end, heal_program::FieldKind::Entity(heal_program::EntityIndex(2)));
}

#[test]
fn a_disturbance_that_reaches_nothing_says_everywhere() {
    check_plan(
        "plan p(pod: Pod) {
  disturbs disk for 90s
//         ^^^^ HEAL0307 `disk` has the key (disk), and nothing that `p` works on leads to one of them
  disturbs latency for 16m
//                     ^^^ HEAL0211 `16m` is longer than 15m
  disturbs latency for 1m
//         ^^^^^^^ HEAL0102 the disturbed signal `latency` stands twice in `p`
  disturbs evict for 1m
//         ^^^^^ HEAL0105 `evict` is an action, and `disturbs` needs a signal
  step a = label(pod)
}
",
    );
    assert_eq!(
        fix("plan p(pod: Pod) { disturbs disk for 9s step a = label(pod) }"),
        "plan p(pod: Pod) { disturbs disk everywhere for 9s step a = label(pod) }"
    );
}

#[test]
fn a_verify_asks_what_outlives_the_plan() {
    check_plan(
        "plan p(pod: Pod) {
  step a = evict(pod)
  verify pod.workload.desired > 1 within 5m
  verify total < 50% within 5m
  verify pod.namespace == pod.workload.namespace within 1m
  verify pod.pod != \"x\" within 5m
//       ^^^^^^^ HEAL0309 `pod.pod` is of another one after `a`, which replaces `pod`
  verify 1 < 2 within 5m
//       ^^^^^ HEAL0214 `1 < 2` reads nothing that a plan could change
  verify latency < 1s within 0s
//                           ^^ HEAL0211 `0s` is no time at all
//       ^^^^^^^ HEAL0205 `latency` has the key (service, region), and a plan has none to read it for
  verify total within 5m
//       ^^^^^ HEAL0212 `total` is a ratio, not a condition
}
",
    );
    let diagnostic =
        only(&format!("{WORLD}plan p(pod: Pod) {{ step a = evict(pod) verify pod.pod != \"x\" within 5m }}"));
    assert_eq!(diagnostic.help, ["its `Workload` outlives it: `pod.workload`"]);
    assert_eq!(diagnostic.secondary[0].text, "`pod` is replaced here");
}

#[test]
fn a_step_is_handed_nothing_that_was_replaced() {
    check_plan(
        "plan p(pod: Pod) {
  step a = label(pod)
  step b = evict(pod)
  step c = label(pod)
//         ^^^^^ HEAL0309 `pod` is another one after `b`, which replaces it
  step d = restart(pod.workload)
}
",
    );
}

#[test]
fn a_plan_of_many_is_bounded() {
    let typed = check_plan(
        "plan p {
  for each w in Workload where w.desired > 3 && w.namespace != \"x\" at most 50 {
    step a = restart(w)
  }
  step b = restart_all
}
action restart_all { command [\"x\"] risk high }
",
    );
    let plan = &typed.nodes.plans[0];
    assert_eq!((plan.fans.len(), plan.fans[0].targets_max), (1, 50));
    assert_eq!(plan.fans[0].condition.as_ref().unwrap().text, "w.desired > 3 && w.namespace != \"x\"");
    assert_eq!((plan.steps[0].fan, plan.steps[1].fan), (Some(0), None));
    assert_eq!(plan.steps[0].arguments, [Argument::Entity("w".to_owned())]);
    assert_eq!(plan.steps[1].after, [0]);
    check_plan(
        "plan p(w: Pod) {
  for each w in Workload { step a = label(w) }
//         ^ HEAL0102 `w` is a parameter of `p` already
//         ^ HEAL0004 nothing bounds how many `w` are worked on
//                                        ^ HEAL0209 `w` is the entity `Workload`, and the entity `Pod` is needed here
  for each n in Nod at most 0 { }
//              ^^^ HEAL0101 unknown entity `Nod`
//                          ^ HEAL0211 `0` is not a whole number from 1 to 4294967295
//         ^ HEAL0004 this `for each` of `p` has no `step`
}
",
    );
    assert_eq!(
        fix("plan p { for each n in Node { step a = drain(n) } }"),
        "plan p { for each n in Node at most 50 { step a = drain(n) } }"
    );
}

#[test]
fn many_at_once_are_no_low_risk() {
    let typed = check_plan("plan p { for each x in Pod at most 5 { step a = label(x) } }\n");
    assert_eq!(typed.nodes.plans[0].risk, Risk::Medium);
    check_plan(
        "plan p {
  risk low
//     ^^^ HEAL0303 `p` says risk `low`, and a step of it has risk `medium`
  for each x in Pod at most 5 { step a = label(x) }
}
",
    );
}

#[test]
fn a_plan_is_taken_back_where_something_takes_it_back() {
    let typed = check_plan(
        "plan a(pod: Pod) { step s = label(pod) revert after 1h }
plan b(pod: Pod) { step s = evict(pod) undo { step t = restart(pod.workload) } always { step u = restart(pod.workload) } revert on clear }
",
    );
    let [a, b] = typed.nodes.plans.as_slice() else { panic!("two plans") };
    assert_eq!((a.revert, b.revert), (Some(Revert::After(Millis::from_minutes(60))), Some(Revert::OnClear)));
    assert_eq!((b.undo.len(), b.always.len(), b.risk), (1, 1, Risk::Medium));
    check_plan(
        "plan a(pod: Pod) {
  step s = evict(pod)
  revert after 1h
//^^^^^^^^^^^^^^^ HEAL0308 nothing that `a` does can be taken back
}
plan b(pod: Pod) {
  step s = label(pod)
  undo { step s = unlabel(pod) }
//            ^ HEAL0102 the step `s` stands twice in `b`
  undo { }
//^^^^^^^^ HEAL0003 `undo` stands twice in `b`
  revert on clear
  revert after 0s
//^^^^^^^^^^^^^^^ HEAL0003 `revert` stands twice in `b`
}
",
    );
}

#[test]
fn the_risk_of_a_plan_is_that_of_all_it_may_do() {
    let typed = check_plan(
        "action tag(pod: Pod) { kubernetes tag pod  risk low  undo drop(pod) }
action drop(pod: Pod) { kubernetes drop pod  risk high }
plan a(pod: Pod) { step s = tag(pod) }
plan b(pod: Pod) { step s = label(pod) always { step t = drain(pod.node) } }
",
    );
    let risks: Vec<Risk> = typed.nodes.plans.iter().map(|plan| plan.risk).collect();
    assert_eq!(risks, [Risk::High, Risk::High]);
}

#[test]
fn a_parameter_that_is_not_given_has_its_default() {
    let typed = check_plan(
        "action grow(workload: Workload, by: ratio = 50%) { kubernetes grow workload {by: by}  risk medium }
plan p(workload: Workload, by: ratio = 10%) { step a = grow(workload) step b = grow(workload, by) }
detector up { when total > 1 }
signal per_workload: ratio by (namespace, workload) { from metric \"x\" every 1m }
detector high { when per_workload > 1 }
policy q { on high try p guard { limit 1 per 1h } }
",
    );
    let number = |value: f64| Argument::Value(heal_program::Expression::Number(value));
    assert_eq!(typed.nodes.plans[0].steps[0].arguments[1], number(0.5));
    let heal_program::Rung::Plan { arguments, .. } = &typed.nodes.policies[0].ladder[0] else {
        panic!("a plan")
    };
    assert_eq!(arguments[1], number(0.1));
}

#[test]
fn what_is_affected_is_signals_and_events_each_once() {
    let typed = check_plan(
        "event deploy by (service) { from event \"deploy\" }
action a(pod: Pod) { kubernetes a pod  risk low  idempotent  affects rss, deploy, latency }
action b(pod: Pod) { kubernetes b pod  risk low  idempotent  affects nothing }
plan p(pod: Pod) { step a = a(pod)  step b = b(pod) }
plan q(pod: Pod) { step a = label(pod)  step b = b(pod) }
plan r(pod: Pod) { affects total  step a = evict(pod)  disturbs disk everywhere for 1m }
",
    );
    let affected = |name: &str| {
        let plan = typed.nodes.plans.iter().find(|plan| plan.head.path == name).unwrap();
        let affected = typed.nodes.affected_by(plan)?;
        let signals = affected.signals.iter().map(|it| typed.nodes.signal(*it).unwrap().head.path.clone());
        let events = affected.events.iter().map(|it| typed.nodes.event(*it).unwrap().head.path.clone());
        Some(signals.chain(events).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(affected("p").as_deref(), Some("latency rss deploy"));
    assert_eq!(affected("q"), None);
    assert_eq!(affected("r").as_deref(), Some("disk total"));
    check_plan(
        "detector full { when disk > 90% }
action a(pod: Pod) { kubernetes a pod  risk low  idempotent  affects rss, rss, full, Pod, dsik }
//                                                                        ^^^ HEAL0102 the affected signal `rss` stands twice in `a`
//                                                                             ^^^^ HEAL0105 `full` is a detector, and `affects` needs a signal or an event
//                                                                                   ^^^ HEAL0105 `Pod` is an entity, and `affects` needs a signal or an event
//                                                                                        ^^^^ HEAL0101 unknown signal or event `dsik`
action b(pod: Pod) { kubernetes b pod  risk low  idempotent  affects rss  affects disk }
//                                                                        ^^^^^^^^^^^^ HEAL0003 `affects` stands twice in `b`
",
    );
}

#[test]
fn a_plan_affects_no_less_than_its_actions_and_what_takes_them_back() {
    check_plan(
        "action grow(pod: Pod) { kubernetes grow pod  risk low  idempotent  affects rss }
action heat(pod: Pod) { kubernetes heat pod  risk low  idempotent  affects nothing  undo grow(pod) }
plan p(pod: Pod) { affects latency  step a = grow(pod) }
//                 ^^^^^^^^^^^^^^^ HEAL0980 `p` says that it does not affect `rss`, and its step `a` does
plan q(pod: Pod) { affects nothing  step a = heat(pod) }
//                 ^^^^^^^^^^^^^^^ HEAL0980 `q` says that it does not affect `rss`, and its step `a` does
plan r(pod: Pod) { affects latency  step a = grow(pod)  disturbs rss for 1m }
",
    );
}
