//! Templates of policies: what they act on is a parameter, and what is made of them is a policy like any other.

use heal_program::{Argument, Expression, Rung, Trigger};

use super::fixture::{check, only, references};
use crate::ReferenceKind;

const WORLD: &str = "entity Service by (service) { }
entity Host by (host) { }
signal load: ratio by (service) { from metric \"load\" every 15s }
signal queue: count by (service) { from metric \"queue\" every 15s }
signal heat: ratio by (host) { from metric \"heat\" every 15s }
event deploy by (service) { from event \"deploy\" }
detector slow { when load > 90% }
detector full { when queue > 100 }
detector hot { when heat > 90% }
action restart(service: Service, grace: duration = 30s) { command [\"restart\", service.service, string(grace / 1s)] risk low idempotent }
channel page(team: text = \"sre\") { http POST \"https://example.org\" body {team: team} }
plan heal(service: Service, grace: duration = 10s) { step s = restart(service, grace: grace) }
";

const HEALS: &str = "policy heals(d: detector by (service), l: signal ratio by (service), most: count = 3, span: duration = 1h, team: text = \"sre\") {
  on d
  where l > 80% && !full
  try heal(service, grace: span / 60)
  then heal
  then escalate page(team)
  guard { limit most per span  cooldown span / 2 }
}
";

#[track_caller]
fn check_in_world(text: &str) -> crate::TypedProgram {
    check(&format!("{WORLD}{HEALS}{text}"))
}

#[test]
fn an_instance_is_the_policy_that_would_be_written_by_hand() {
    let made = check_in_world("policy a = heals(slow, load, most: 5, span: 2h)\n");
    let by_hand = check(&format!(
        "{WORLD}policy a {{
  on slow
  where load > 80% && !full
  try heal(service, grace: 2h / 60)
  then heal
  then escalate page(\"sre\")
  guard {{ limit 5 per 2h  cooldown 2h / 2 }}
}}
"
    ));
    let ([made], [written]) = (made.nodes.policies.as_slice(), by_hand.nodes.policies.as_slice()) else {
        panic!("one policy each")
    };
    assert_eq!(made.head.path, "a");
    assert_eq!((made.on, &made.ladder, &made.guard), (written.on, &written.ladder, &written.guard));
    assert_eq!(
        made.condition.as_ref().map(|it| &it.condition),
        written.condition.as_ref().map(|it| &it.condition)
    );
}

#[test]
fn each_instance_acts_on_the_detector_that_it_is_given() {
    let typed =
        check_in_world("policy a = heals(slow, load)\npolicy b = heals(d: full, l: load, team: \"dba\")\n");
    let on: Vec<&str> = typed
        .nodes
        .policies
        .iter()
        .map(|policy| match policy.on {
            Trigger::Detector(index) => typed.nodes.detector(index).unwrap().head.path.as_str(),
            Trigger::Event(_) => "an event",
        })
        .collect();
    assert_eq!(on, ["slow", "full"]);
    let team = |at: usize| match typed.nodes.policies[at].ladder.last() {
        Some(Rung::Escalate { arguments, .. }) => arguments.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(team(0), [Argument::Value(Expression::Text("sre".to_owned()))]);
    assert_eq!(team(1), [Argument::Value(Expression::Text("dba".to_owned()))]);
    // The graph draws them as what starts the policy, and what it only reads as that.
    let of_a: Vec<(&str, ReferenceKind)> =
        references(&typed).into_iter().filter(|it| it.0 == "a").map(|(_, kind, to)| (to, kind)).collect();
    assert!(of_a.contains(&("slow", ReferenceKind::Triggers)), "{of_a:?}");
    assert!(of_a.contains(&("load", ReferenceKind::Reads)), "{of_a:?}");
}

#[test]
fn what_is_given_to_a_policy_fits_or_is_told_where_it_stands() {
    check_in_world(
        "policy a = heals(slow)
//         ^^^^^ HEAL0209 `heals` needs `l`
policy b = heals
//         ^^^^^ HEAL0209 `heals` needs `d` and `l`
policy c = heals(slow, load, extra: 4)
//                           ^^^^^ HEAL0209 `heals` has no parameter `extra`
policy d = heals(hot, load)
//               ^^^ HEAL0205 `hot` has the key (host), and the key (service) is needed here
policy e = heals(load, load)
//               ^^^^ HEAL0209 `load` is a signal, and `d` takes the name of a detector
policy f = heals(deploy, load)
//               ^^^^^^ HEAL0209 `deploy` is an event, and `d` takes the name of a detector
policy g = heals(load > 90%, load)
//               ^^^^^^^^^^ HEAL0209 `load > 90%` is a value, and `d` takes the name of a detector
policy h = heals(slo, load)
//               ^^^ HEAL0101 unknown name `slo`
policy i = heals(slow, queue)
//                     ^^^^^ HEAL0209 `queue` is a count, and `l` takes a ratio
policy j = heals(slow, load, most: 5m)
//                                 ^^ HEAL0209 `5m` is a duration, and a count is needed here
policy k = heals(slow, load, span: load)
//                                 ^^^^ HEAL0209 `load` is a ratio, and a duration is needed here
policy l = heals(slow, load, team: 4)
//                                 ^ HEAL0209 `4` is a number without a unit, and text is needed here
policy m = heals(slow, d: full, l: load)
//                        ^^^^ HEAL0209 this parameter of `heals` is given twice
policy n = heals(slow, load, 3, 1h, \"x\", 4)
//                                       ^ HEAL0209 `heals` takes 5 arguments, and more are given
policy o = heal(slow)
//         ^^^^ HEAL0105 `heal` is a plan, and a policy is made from a template of policies
",
    );
}

#[test]
fn a_mistake_that_an_argument_makes_is_told_at_the_argument() {
    check_in_world(
        "policy a = heals(slow, load, most: 0)
//                                 ^ HEAL0211 `heals` does not work with what is given: `most` is not a whole number from 1 to 4294967295
policy b = heals(slow, load, 3, 0s)
//                              ^^ HEAL0211 `heals` does not work with what is given: `span` is no time at all
",
    );
    let text = "signal load: ratio { from metric \"load\" every 15s }
detector held(s: signal ratio, hold: duration, less: duration) { when s > 5% for hold - less }
detector a = held(load, 5m, less: 10m)
";
    // Two of them made it: it is told at the template's name.
    let range = only(text).primary.range;
    assert_eq!(&text[range.start as usize..range.end as usize], "held");
}

#[test]
fn a_template_of_policies_is_checked_where_it_is_defined() {
    check_in_world(
        "policy p(s: signal ratio by (service)) { on s try heal guard { limit 1 per 1h } }
//                                          ^ HEAL0105 `s` is not a detector, and a policy's `on` needs one
policy q(d: detector by (host)) { on d try heal guard { limit 1 per 1h } }
//                                         ^^^^ HEAL0213 `heal` needs `service: Service`, and the key of `d`, (host), lacks `service`
policy r(d: detector by (service)) { on d try heal guard { limit 3 per 1h per service } }
//     ^ HEAL0301 nothing bounds how often `r` runs its plans
policy s(d: detector by (service), most: count = 5m) { on d try heal guard { limit most per 1h } }
//                                               ^^ HEAL0209 `5m` is a duration, and a count is needed here
policy t = p(load)
policy u = q(hot)
policy v = r(slow)
policy w = s(slow)
",
    );
}

#[test]
fn a_template_of_policies_of_another_package_acts_on_ours() {
    let typed = check(&format!(
        "--- std.heals std/heals.heal
pub channel tell(team: text) {{ http POST \"https://example.org\" body {{team: team}} }}
pub policy tells(d: detector by K, team: text = \"sre\") {{ on d try escalate tell(team) }}
--- . main.heal
use std.heals
{WORLD}policy a = heals.tells(slow)
policy b = heals.tells(hot, team: \"ops\")
"
    ));
    let paths: Vec<&str> = typed.nodes.policies.iter().map(|it| it.head.path.as_str()).collect();
    assert_eq!(paths, ["a", "b"]);
}
