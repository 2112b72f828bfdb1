//! Ladders: what a policy acts on, and what it tries in which order.

use heal_program::{Millis, PlanIndex, Rung, Trigger};

use super::fixture::{check, only};

const WORLD: &str = "--- std.k8s std/k8s.heal
pub entity Workload by (namespace, workload) { desired: count }
pub action scale_out(workload: Workload, by: ratio, why: text = \"heal\") { kubernetes scale_out workload {by: by}  risk medium }
--- . main.heal
use std.k8s
use std.k8s.{Workload}
entity Pod by (namespace, pod) { workload: Workload  node: Node }
entity Node by (node) { }
signal rss: bytes by (namespace, pod) { from metric \"rss\" every 15s }
event deploy by (namespace, workload) { from event \"deploy\" }
detector leaking { when rss > 1GiB }
action evict(pod: Pod) { kubernetes evict pod  risk low  idempotent  replaces pod }
action drain(node: Node) { kubernetes drain node  risk high }
plan recycle(pod: Pod) { step s = evict(pod) }
plan empty_node(pod: Pod) { step s = drain(pod.node) }
plan grow(workload: Workload) { step s = k8s.scale_out(workload, 50%) }
plan swap(from: Pod, to: Pod) { step s = evict(from) step t = evict(to) }
channel page(team: text) { http POST \"https://example.com\" }
";

#[track_caller]
fn check_policy(text: &str) -> crate::TypedProgram {
    check(&format!("{WORLD}{text}"))
}

#[test]
fn a_policy_acts_on_a_detector_or_an_event() {
    let typed = check_policy(
        "policy a { on deploy where workload != \"x\" && workload.desired > 1 try grow guard { limit 1 per 1h } }
policy b { on leaking shadow try recycle again every 5m then choose [recycle, grow(pod.workload)] again every 10m guard { limit 1 per 1h } }
",
    );
    let [a, b] = typed.nodes.policies.as_slice() else { panic!("two policies") };
    assert_eq!((a.on, a.shadow), (Trigger::Event(heal_program::EventIndex(0)), false));
    assert!(b.shadow);
    let Rung::Plan { again, .. } = &b.ladder[0] else { panic!("a plan") };
    assert_eq!(*again, Some(Millis::from_minutes(5)));
    let Rung::Choose { among, again } = &b.ladder[1] else { panic!("a choice") };
    assert_eq!(among.iter().map(|(plan, _)| *plan).collect::<Vec<_>>(), [PlanIndex(2), PlanIndex(1)]);
    assert_eq!(*again, Some(Millis::from_minutes(10)));
}

#[test]
fn rungs_say_what_is_wrong_with_them() {
    check_policy(
        "policy a { on deploy try grow again every 5m guard { limit 1 per 1h } }
//                                        ^^ HEAL0312 `deploy` is over as soon as it happened, and nothing goes on meanwhile
policy b { on leaking try choose [recycle] then choose [recycle, recycle] then choose [recycle, grow] guard { limit 1 per 1h } }
//                    ^^^^^^^^^^^^^^^^^^^^ HEAL0304 there is nothing to choose from
//                                                               ^^^^^^^ HEAL0102 the plan `recycle` stands twice in `b`
//                                                                                              ^^^^ HEAL0213 `grow` needs `workload: Workload`, and the key of `leaking`, (namespace, pod), lacks `workload`
policy c { on leaking try escalate again every 5m }
//                                             ^^ HEAL0312 people are told once in an episode, and never again every so often
policy d { on leaking try swap guard { limit 1 per 1h } }
//                        ^^^^ HEAL0213 `swap` needs `to: Pod`, and the key of `leaking` names one, which cannot be both `from` and `to`
policy e { on rss try recycle guard { limit 1 per 1h } }
//            ^^^ HEAL0105 `rss` is a signal, and a policy's `on` needs an event or a detector
policy f { on nothing try recycle guard { limit 1 per 1h } }
//            ^^^^^^^ HEAL0101 unknown detector `nothing`
",
    );
}

#[test]
fn what_the_key_leads_to_is_proposed() {
    let text = format!("{WORLD}policy a {{ on leaking try grow guard {{ limit 1 per 1h }} }}\n");
    let diagnostic = only(&text);
    assert_eq!(diagnostic.help, ["give it by hand: `grow(workload: pod.workload)`"]);
    assert_eq!(diagnostic.fixes[0].edits[0].text, "grow(workload: pod.workload)");
}

#[test]
fn an_action_as_a_rung_shows_the_plan_to_write() {
    let policy = "policy a { on leaking try recycle then k8s.scale_out(pod.workload, by: 50%) guard { limit 1 per 1h } }\n";
    let diagnostic = only(&format!("{WORLD}{policy}"));
    assert_eq!(diagnostic.message, "`k8s.scale_out` is an action, and a rung needs a plan");
    let plan = "plan scale_out(workload: Workload, by: ratio, why: text) { step scale_out = k8s.scale_out(workload, by, why) }";
    assert_eq!(
        diagnostic.help,
        [format!("a plan says what must hold before and after: write `{plan}`, and `scale_out` here")]
    );
    let policy = "policy a { on leaking try evict guard { limit 1 per 1h } }\n";
    let diagnostic = only(&format!("{WORLD}{policy}"));
    let texts: Vec<&str> = diagnostic.fixes[0].edits.iter().map(|edit| edit.text.as_str()).collect();
    assert_eq!(texts, ["run_evict", "\n\nplan run_evict(pod: Pod) { step evict = evict(pod) }"]);
}

#[test]
fn the_plan_that_is_shown_compiles() {
    let main = WORLD.split_once("--- . main.heal\n").unwrap().1;
    let policy =
        "policy a { on leaking try k8s.scale_out(pod.workload, by: 50%) guard { limit 1 per 1h } }\n";
    let diagnostic = only(&format!("{WORLD}{policy}"));
    let mut text = format!("{main}{policy}");
    for edit in diagnostic.fixes[0].edits.iter().rev() {
        text.replace_range(edit.range.start as usize..edit.range.end as usize, &edit.text);
    }
    // What it did not say stays as it was: a default is no longer one.
    let text = text.replace("why: text)", "why: text = \"heal\")");
    check(&format!("{}--- . main.heal\n{text}", WORLD.split_once("--- . main.heal\n").unwrap().0));
}

#[test]
fn a_template_of_policies_takes_its_detector() {
    let typed = check_policy(
        "policy healing(bad: detector by (namespace, pod), most: count = 3) {
  on bad
  where pod.workload.desired > most
  try recycle
  guard { limit 2 per 1h }
}
policy heal_leaks = healing(leaking)
policy heal_all = healing(leaking, most: 5)
",
    );
    let paths: Vec<&str> = typed.nodes.policies.iter().map(|policy| policy.head.path.as_str()).collect();
    assert_eq!(paths, ["heal_all", "heal_leaks"]);
    assert!(typed.nodes.policies.iter().all(|policy| policy.on.detector().is_some()));
}
