//! What is proved of small packages, and where it is said.

use heal_diagnostics::{Diagnostic, FileId};

use super::sound;
use crate::prove;

const WORLD: &str = "
entity Workload by (namespace, workload) { desired: count  from metric \"workloads\" every 1m }
entity Node by (node) { rack: text }
signal load: ratio by (namespace, workload) { from metric \"load\" every 15s }
signal cost: ratio by (namespace, workload) { from metric \"cost\" every 1m }
event rollout by (namespace, workload) { from event \"rollout\" }
detector busy { when load.avg(5m) > 90% }
detector dear { when cost > 90% }
action grow(workload: Workload) { kubernetes grow workload  risk low  undo shrink(workload) }
action shrink(workload: Workload) { kubernetes shrink workload  risk low  undo grow(workload) }
action restart(workload: Workload) { kubernetes restart workload  risk low  idempotent }
action drain(node: Node) { kubernetes drain node  risk medium }
channel page { http POST \"https://example.com\" }
";

/// Holds what is proved of a package to the marks under its lines, as the fixtures of the checker do.
#[track_caller]
fn check(text: &str) -> Vec<Diagnostic> {
    let text = format!("{WORLD}{text}");
    let found = prove(&sound(&text));
    let mut shown: Vec<String> = found
        .iter()
        .map(|it| {
            assert_eq!(it.primary.file, FileId(0));
            let start = it.primary.range.start as usize;
            let line = text[..start].matches('\n').count() + 1;
            let underlined = &text[start..it.primary.range.end as usize];
            format!("{line} `{underlined}` {} {}", it.code, it.message)
        })
        .collect();
    let mut expected = Vec::new();
    let mut marked = (0, "");
    for (number, line) in (1..).zip(text.lines()) {
        let Some(mark) = line.strip_prefix("//").map(str::trim_start).filter(|it| it.starts_with('^')) else {
            marked = (number, line);
            continue;
        };
        let start = line.find('^').unwrap();
        let carets = mark.chars().take_while(|it| *it == '^').count();
        let underlined = marked.1.get(start..start + carets).unwrap_or("");
        expected.push(format!("{} `{underlined}` {}", marked.0, mark.trim_start_matches('^').trim()));
    }
    shown.sort();
    expected.sort();
    assert!(shown == expected, "\nfound:\n{}\nexpected:\n{}", shown.join("\n"), expected.join("\n"));
    found
}

#[test]
fn policies_that_shake_what_the_other_watches_are_a_loop() {
    let found = check(
        "plan a(workload: Workload) { disturbs cost for 5m  step s = restart(workload) }
plan b(workload: Workload) { disturbs load for 5m  step s = restart(workload) }
//                           ^^^^^^^^^^^^^^^^^^^^ HEAL0402 `for_cost`, `for_load` can set each other off: each disturbs what the next one watches
policy for_load { on busy try a guard { limit 1 per 1h } }
policy for_cost { on dear try b guard { limit 1 per 1h } }
",
    );
    assert_eq!(found[0].secondary[0].text, "`for_load` disturbs `cost` here");
    // One cooldown for both keeps them apart; a policy that shakes what it watches itself is held by its own.
    check(
        "guard shared calm { cooldown 30m }
plan a(workload: Workload) { disturbs cost for 5m  disturbs load for 5m  step s = restart(workload) }
plan b(workload: Workload) { disturbs load for 5m  step s = restart(workload) }
policy for_load { on busy try a guard { limit 1 per 1h  shared calm } }
policy for_cost { on dear try b guard { limit 1 per 1h  shared calm } }
",
    );
}

#[test]
fn policies_that_take_each_other_back_are_opposed() {
    let policies = "plan up(workload: Workload) { step s = grow(workload) }
plan down(workload: Workload) { step s = shrink(workload) }
policy for_cost { on dear WHERE try down guard { limit 1 per 1h GUARD } }
policy for_load { on busy OTHER try up guard { limit 1 per 1h GUARD } }
";
    let with = |one: &str, other: &str, guard: &str| {
        policies.replace("WHERE", one).replace("OTHER", other).replace("GUARD", guard)
    };
    let found = check(&format!(
        "{}//                         ^^^^^^ HEAL0403 `for_cost` and `for_load` work against each other: `grow` is taken back by `shrink`\n",
        with("", "", "")
    ));
    assert_eq!(found[0].secondary.len(), 2);
    check(&with("where namespace == \"a\"", "where namespace in [\"b\", \"c\"]", ""));
    check(&format!("guard shared calm {{ cooldown 30m }}\n{}", with("", "", "shared calm")));
    // One at a time is one after the other.
    check(&format!(
        "guard shared calm {{ concurrency 1 }}\n{}//                         ^^^^^^ HEAL0403 `for_cost` and `for_load` work against each other: `grow` is taken back by `shrink`\n",
        with("", "", "shared calm")
    ));
}

#[test]
fn what_cannot_be_is_told() {
    check(
        "detector odd { when load > 90% && load < 50% }
//                  ^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `odd` never fires: its `when` cannot be true
detector good { when load > 90% || load < 50% }
detector edge { when load >= 90% && load <= 90% }
detector also { when 50% > load && (cost > 1 || false) && load >= 50% }
//                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `also` never fires: its `when` cannot be true
plan p(workload: Workload) { step s = restart(workload) }
policy a { on busy where namespace == \"x\" && namespace != \"x\" try p guard { limit 1 per 1h } }
//                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `a` never does anything: its `where` cannot be true
policy b { on dear where namespace in [\"x\", \"y\"] && namespace in [\"z\"] try p guard { limit 1 per 1h } }
//                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `b` never does anything: its `where` cannot be true
policy c { on good where namespace in [\"x\", \"y\"] && namespace != \"x\" try p guard { limit 1 per 1h } }
",
    );
}

#[test]
fn what_the_windows_of_a_signal_cannot_be_is_told() {
    check(
        "detector a { when load.min(5m) > load.max(5m) }
//                ^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `a` never fires: its `when` cannot be true
detector b { when load.max(5m) < 50% && load > 90% }
//                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `b` never fires: its `when` cannot be true
detector c { when load.avg(10m) < 50% && load.min(20m) > 60% }
//                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `c` never fires: its `when` cannot be true
detector d { when load.absent(10m) && load > 10% }
//                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `d` never fires: when `load` has been absent for 10m, it has no value to compare
detector may_be_a { when load.max(5m) > load.min(5m) || load.min(1h) >= load.max(5m) }
detector may_be_b { when load.max(5m) < 50% && cost > 90% }
detector may_be_c { when load.min(5m) > load.avg(20m) && load.avg(20m) > load.max(5m) }
detector may_be_d { when load.absent(30s) && load > 10% }
detector may_be_e { when load.absent(10m) && (load > 10% || cost > 10%) && load.or(0%) > 10% }
",
    );
}

#[test]
fn a_calendar_without_the_time_to_fire_in_it_is_told() {
    let found = check(
        "detector a { when load > 90% && during(\"Mon 09:00..09:05 UTC\") for 10m }
//                                                                 ^^^ HEAL0405 `a` never fires: `for 10m` is not shorter than its calendar, which lasts 5m
detector b { when load > 90% && during(\"daily 09:00..10:00 UTC\") && during(\"daily 09:45..11:00 UTC\") for 15m }
//                                                                                                       ^^^ HEAL0405 `b` never fires: `for 15m` is not shorter than its calendar, which lasts 15m
detector c { when load > 90% && during(\"Mon 09:00..09:05 UTC\") && during(\"Tue 09:00..09:05 UTC\") }
//                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0405 `c` never fires: its calendars have no minute in common
detector may_be_a { when load > 90% && during(\"Mon 09:00..09:05 UTC\") for 4m }
detector may_be_b { when load > 90% || during(\"Mon 09:00..09:05 UTC\") for 10m }
detector may_be_c { when load > 90% && during(\"daily 23:55..00:10 UTC\") for 10m }
detector may_be_d { when load > 90% && during(\"daily 02:00..02:30 Europe/Berlin\") for 45m }
detector may_be_e { when load > 90% && !during(\"Mon 09:00..09:05 UTC\") for 10m }
detector may_be_f { when load > 90% && during(\"2026-12-24 UTC\") for 10m }
",
    );
    assert_eq!(found[0].help, ["write a shorter `for`, or a calendar in which there is time for it"]);
}

#[test]
fn a_policy_that_comes_second_to_all_it_acts_on_is_shadowed() {
    check(
        "plan p(workload: Workload) { step s = restart(workload) }
policy a { on busy where namespace != \"x\" try p guard { limit 1 per 1h } }
policy b { on busy where namespace != \"x\" && workload != \"y\" try p guard { limit 1 per 1h } }
//     ^ HEAL0404 `b` acts on no firing but those that `a` acts on first, and on the same entity
policy c { on busy where workload != \"y\" try p guard { limit 1 per 1h } }
policy d { on busy where workload != \"y\" try p guard { limit 1 per 1h } }
//     ^ HEAL0404 `d` acts on the same firings that `c` acts on first, and on the same entity
policy e { on busy where workload != \"y\" shadow try p guard { limit 1 per 1h } }
policy f { on busy where workload != \"y\" try escalate page }
",
    );
}

#[test]
fn rungs_that_are_not_reached_are_told() {
    check(
        "plan p(workload: Workload) { step s = restart(workload) }
plan q(workload: Workload) { step s = restart(workload) verify workload.desired > 1 within 10m }
policy a { on busy try p again every 5m then escalate guard { limit 1 per 1h } }
//                                      ^^^^^^^^^^^^^ HEAL0406 this rung of `a` is not reached: `p` is done again every 5m for as long as it fires, and nothing says whether it has helped
policy b { on dear try q again every 5m then escalate guard { limit 1 per 1h } }
policy c { on rollout try escalate page then p guard { limit 1 per 1h } }
//                                      ^^^^^^ HEAL0406 this rung of `c` is not reached: the event is over when people have been told, and telling them never fails
policy d { on rollout try p then escalate page guard { limit 1 per 1h } }
",
    );
}

#[test]
fn times_that_are_too_short_are_told() {
    let found = check(
        "counter errors: count by (namespace, workload) { from metric \"errors\" every 1m }
detector quick { when load > 1 for 5s clear when load < 50% for 3s }
//                                 ^^ HEAL0407 `for 5s` of `quick` is shorter than a step of what it reads, 15s: it fires at once
//                                               ^^^^^^^^^^ HEAL0407 `for 3s` of `quick` is shorter than a step of what it reads, 15s: it clears at once
detector blind { when cost.avg(10s) > 1 clear when errors.rate(1m) < 1/s }
//                    ^^^^^^^^^^^^^^^^^ HEAL0407 `cost.avg(10s)` is mostly unknown: a sample comes every 1m
//                                                 ^^^^^^^^^^^^^^^^^^^^^ HEAL0407 `errors.rate(1m)` is mostly unknown: a sample comes every 1m
detector foretold { when cost.forecast(ahead: 1h, train: 1m).value > 5 }
//                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0407 `cost.forecast(train: 1m)` is mostly unknown: a sample comes every 1m
detector slow { when load.avg(1h) > 90% clear when load.avg(20m) < 50% for 10m }
detector both { when slow && cost > 90% }
plan p(workload: Workload) { step s = restart(workload) }
plan q(workload: Workload) { step s = restart(workload) verify workload.desired > 1 within 90s }
//                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0407 this never holds within 1m 30s: `Workload` has a step every 1m, and two must be true
plan r(workload: Workload) { step s = restart(workload) verify workload.desired > 1 within 5m }
policy a { on both try p then escalate guard { limit 1 per 1h  cooldown 20m } }
//                                                                      ^^^ HEAL0407 the cooldown of `a`, 20m, is shorter than the 30m that `both` may take to clear
policy b { on dear try p then escalate guard { limit 1 per 1h  cooldown 1m } }
policy c { on slow try r again every 10m guard { limit 1 per 1h } }
//                 ^^^^^^^^^^^^^^^^^^^^^ HEAL0407 `again every 10m` is shorter than the 30m that `slow` may take to clear
//                 ^^^^^^^^^^^^^^^^^^^^^ HEAL0407 the time that `r` has to verify, 5m, is shorter than the 30m that `slow` may take to clear
",
    );
    let errors: Vec<&Diagnostic> = found.iter().filter(|it| it.is_error()).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].help, ["write `within 2m` or longer"]);
    let blind = found.iter().filter(|it| it.message.contains("mostly unknown"));
    // What is said here must not be too short for HEAL0921.
    assert!(blind.clone().count() == 3 && blind.clone().all(|it| it.help == ["look back 2m or longer"]));
}

#[test]
fn what_nobody_says_withholds_always() {
    check(
        "plan p { for each n in Node at most 5 { step s = drain(n) } }
//   ^ HEAL0408 `p` works on each of the `Node`s, and nothing says which there are
plan q(node: Node) { step s = drain(node) }
signal heat: ratio by (node) { from metric \"heat\" every 1m }
detector hot { when heat > 1 }
policy a { on hot try q guard { limit 1 per 1h  blast_radius 10% of Node within 1h  blast_radius 1 of Node within 1h } }
//                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0408 this withholds always: nothing says how many `Node`s there are, and a share of an unknown number is unknown
",
    );
}
