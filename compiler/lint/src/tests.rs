//! Rules, each by what it says of a few lines and what it lets be. Their pages hold an example more of each, which the
//! driver's tests compile.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_check::{Package, SourceUnit, check as check_units};
use heal_diagnostics::{Diagnostic, FileId};
use proptest::prelude::*;

use crate::{Day, lint, lint_text, settle};

/// Signals, a channel and plans that policies of tests stand on.
const WORLD: &str = "
entity Service by (service) { tier: text }
signal load: ratio by (service) { from prometheus `load` every 1m }
signal cold: ratio by (service) { from metric \"cold\" every 1m }
counter requests: count by (service) { from prometheus `requests` every 15s }
action restart(service: Service) { command [\"restart\", service.service] risk low idempotent timeout 1m }
channel page(team: text) { http POST \"https://example.org\" }
plan heal(service: Service) { step s = restart(service) }
";

/// Everything that is said of a text, after errors are ruled out.
fn said(text: &str, today: Option<&str>) -> Vec<Diagnostic> {
    let (tree, wrong) = heal_syntax::parse(FileId(0), text);
    assert_eq!(wrong, []);
    let package = Package::own("test");
    let unit = SourceUnit {
        file: FileId(0),
        package: &package,
        module: String::new(),
        path: "a.heal".to_owned(),
        text,
        tree: &tree,
    };
    let units = [unit];
    let (typed, mut found) = check_units("test", &units);
    assert!(!found.iter().any(Diagnostic::is_error), "{found:#?}");
    let today = today.map(|day| Day::read(day).unwrap());
    found.extend(lint(&typed, &units, today));
    found.extend(units.iter().flat_map(lint_text));
    settle(&units, today, true, found)
}

/// Holds what is said of `text` after [`WORLD`] to `expected`: code, underlined text and message.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let all = format!("{WORLD}{text}");
    let world = u32::try_from(WORLD.len()).unwrap();
    let mut found: Vec<Diagnostic> = said(&all, Some("2026-12-01"));
    found.retain(|it| it.primary.range.start >= world);
    found.sort_by_key(|it| (it.primary.range, it.code));
    let shown: Vec<String> = found
        .iter()
        .map(|it| {
            let range = it.primary.range;
            let underlined = &all[range.start as usize..range.end as usize];
            format!("{} `{underlined}`: {}", it.code, it.message)
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn windows_hold_two_samples() {
    check(
        "detector a { when requests.rate(30s) > 1/s && load.avg(5m) > 1 || load.max(90s) > 1 }",
        &["HEAL0921 `load.max(90s)`: `load.max(90s)` holds fewer than two samples: one comes every 1m"],
    );
    check(
        "detector a { when load.baseline(season: 3m, train: 1d).score > 4 || load.baseline(season: 4m, train: 1d).score > 4 }",
        &[
            "HEAL0921 `load.baseline(season: 3m, train: 1d)`: `load.baseline(season: 3m, train: 1d)` has hardly a sample in each part of a season of 3m: one comes every 1m",
        ],
    );
    // Windows that are mostly unknown are proved by the graph, and told by it alone.
    check("detector a { when requests.rate(15s) > 1/s || load.avg(30s) > 1 }", &[]);
}

#[test]
fn comparisons_can_come_out_either_way() {
    check(
        "param most: count in 1..4 = 2
detector a { when load.count(5m) > 5 || load.count(5m) >= 5 || requests.rate(5m) < 0/s }
detector b { when cold.count(5m) > 500 || load.count(3m) > 1 + most }",
        &[
            "HEAL0922 `load.count(5m) > 5`: `load.count(5m) > 5` is never true",
            "HEAL0922 `requests.rate(5m) < 0/s`: `requests.rate(5m) < 0/s` is never true",
        ],
    );
    check(
        "detector a { when load.count(5m) >= 0 clear when -requests.rate(1m) > 1/s }",
        &[
            "HEAL0922 `load.count(5m) >= 0`: `load.count(5m) >= 0` is always true",
            "HEAL0922 `-requests.rate(1m) > 1/s`: `-requests.rate(1m) > 1/s` is never true",
        ],
    );
}

#[test]
fn a_part_of_a_sum_is_at_most_all_of_it() {
    let (part, whole) = ("requests.rate(5m)", "(requests.rate(5m) + requests.rate(15m))");
    check(
        &format!("detector a {{ when {part} / {whole} > 120% || {whole} / {part} > 90% }}"),
        &[
            &format!("HEAL0922 `{part} / {whole} > 120%`: `{part} / {whole} > 120%` is never true"),
            &format!("HEAL0922 `{whole} / {part} > 90%`: `{whole} / {part} > 90%` is always true"),
        ],
    );
    // What may be below zero makes no part of it, and what is no part may be more.
    let deep = (0..30).fold("load".to_owned(), |inner, _| format!("(load / ({inner} + load))"));
    let may_be = [
        format!("{deep} > 120%"),
        format!("{part} / {whole} > 90%"),
        "load / (load + load.avg(5m)) > 120%".to_owned(),
        format!("{whole} / requests.rate(20m) > 120%"),
        format!("{part} / (requests.rate(5m) - requests.rate(15m)) > 120%"),
    ];
    for may_be in may_be {
        check(&format!("detector a {{ when {may_be} for 5m clear when load < 1 }}"), &[]);
    }
}

#[test]
fn what_starts_plans_does_not_flap() {
    let policy = "policy p { on a try heal then escalate page(\"x\") guard { limit 5 per 1h } }";
    check(
        &format!("detector a {{ when load > 1 }}\n{policy}"),
        &["HEAL0923 `a`: one sample makes `a` fire, and the next one ends it"],
    );
    for steady in ["load > 1 for 5m", "load > 1 clear when load < 50%", "load.avg(5m) > 1"] {
        check(&format!("detector a {{ when {steady} }}\n{policy}"), &[]);
    }
    check("detector a { when load > 1 }\npolicy p { on a try escalate page(\"x\") }", &[]);
}

#[test]
fn somebody_is_told() {
    check(
        "detector a { when load > 1 for 5m }
policy p { on a try heal guard { limit 5 per 1h } }",
        &["HEAL0925 `p`: when all that `p` tries has failed, nobody is told"],
    );
}

#[test]
fn a_canary_that_goes_well_tells_nobody() {
    let policy = |guard: &str| {
        format!(
            "detector a {{ when load > 1 for 5m }}
policy p {{ on a try heal then escalate page(\"x\") guard {{ limit 5 per 1h {guard} }} }}"
        )
    };
    check(
        &policy("canary 1 then 100% settle 15m"),
        &[
            "HEAL0965 `canary 1 then 100% settle 15m`: the last wave waits for 15m at least, and people are told of a \
           ladder that has waited for 15m",
        ],
    );
    check(
        &policy("canary 1 then 2 then 100% settle 20m escalate when withheld for 30m"),
        &[
            "HEAL0965 `canary 1 then 2 then 100% settle 20m`: the last wave waits for 40m at least, and people are told \
           of a ladder that has waited for 30m",
        ],
    );
    check(&policy("canary 1 then 25% then 100% settle 5m"), &[]);
    check(&policy("canary 1 then 100% settle 30m escalate when withheld for 1h"), &[]);
}

#[test]
fn texts_have_no_holes() {
    let detector = "detector a { when load > 1 for 5m }\n";
    for (written, hole) in [("team-${service}", "${service}"), ("{service}", "{service}")] {
        check(
            &format!("{detector}policy p {{ on a try escalate page(\"{written}\") }}"),
            &[&format!("HEAL0966 `\"{written}\"`: `{hole}` is sent as it stands: a text has no holes")],
        );
    }
    check(
        "action go(service: Service) { command [\"go\", service.service, \"-n {service.service}\"] risk low idempotent }
detector a { when load > 1 for 5m }
plan q(service: Service) { step s = go(service) }
policy p { on a try q then escalate page(\"x\") guard { limit 5 per 1h } }",
        &["HEAL0966 `\"-n {service.service}\"`: `{service.service}` is sent as it stands: a text has no holes"],
    );
    // A word that is no name here is a word, and so is what is joined.
    check(&format!("{detector}policy p {{ on a try escalate page(\"{{team}} {{}} ${{\" + service) }}"), &[]);
}

#[test]
fn detectors_have_a_use_where_there_are_policies() {
    check("detector a { when load > 1 }", &[]);
    check(
        "detector a { when load > 1 }
detector b { when load > 50% }
pub detector c { when load > 20% }
policy p { on a try escalate page(\"x\") }",
        &["HEAL0924 `b`: no policy is `on` `b`, and nothing reads it"],
    );
}

#[test]
fn a_limit_can_be_reached() {
    let with = |guard: &str| {
        format!(
            "detector a {{ when load > 1 for 5m }}
policy p {{ on a try heal then escalate page(\"x\") guard {{ {guard} }} }}"
        )
    };
    check(
        &with("limit 9 per 1h, 3 per 1h per service cooldown 30m"),
        &[
            "HEAL0927 `3 per 1h per service`: `3 per 1h per service` is never reached: a cooldown of 30m leaves room for 2 \
             in 1h",
        ],
    );
    check(&with("limit 9 per 1h, 2 per 1h per service cooldown 30m"), &[]);
    check(&with("limit 3 per 1h, 3 per 61m per service cooldown 30m"), &[]);
}

#[test]
fn detectors_differ() {
    let policies = "policy p { on a try heal then escalate page(\"x\") guard { limit 5 per 1h } }
policy q { on b try heal then escalate page(\"x\") guard { limit 5 per 1h } }";
    check(
        &format!(
            "detector a {{ when load > 80% for 5m }}\ndetector b {{ when load > 80% for 5m }}\n{policies}"
        ),
        &["HEAL0928 `b`: `b` is the same detector as `a`"],
    );
    check(
        &format!(
            "detector a {{ when load > 80% for 5m }}\ndetector b {{ when 95% < load for 5m }}\n{policies}"
        ),
        &["HEAL0928 `b`: wherever `b` fires, `a` does: its plans come first, and hold those of `b` back"],
    );
    for other in
        ["load > 95% for 5m severity critical", "load < 5% for 5m", "load > 95% for 1h", "cold > 95% for 5m"]
    {
        let text =
            format!("detector a {{ when load > 80% for 5m }}\ndetector b {{ when {other} }}\n{policies}");
        check(&text, &[]);
    }
}

#[test]
fn clearing_lies_on_the_other_side() {
    check(
        "detector a { when load > 80% clear when load < 90% }
detector b { when load > 80% clear when load > 20% }
detector c { when 20% > load clear when load > 10% }
detector d { when load > 80% clear when load < 70% }
detector e { when load > 80% clear when load.max(5m) < 90% }",
        &[
            "HEAL0929 `load < 90%`: `load < 90%` is true where `when` is",
            "HEAL0929 `load > 20%`: `load > 20%` is true where `when` is",
            "HEAL0929 `load > 10%`: `load > 10%` is true where `when` is",
        ],
    );
}

#[test]
fn a_command_is_no_line_for_a_shell() {
    let action = |command: &str| {
        format!(
            "action a(service: Service, note: text = \"x\") {{ command [{command}, service.service] risk low idempotent timeout 1m }}
plan q(service: Service) {{ step s = a(service) }}
detector d {{ when load > 1 for 5m }}
policy p {{ on d try q then escalate page(\"x\") guard {{ limit 5 per 1h }} }}"
        )
    };
    for (command, place, name) in [
        ("\"sh\", \"-c\", \"reboot\"", "\"sh\", \"-c\"", "sh -c"),
        ("\"/bin/bash\", \"-lc\", \"restart \" + service.service", "\"/bin/bash\", \"-lc\"", "bash -lc"),
        ("\"zsh\", \"-e\", \"-c\", note", "\"zsh\", \"-e\", \"-c\"", "zsh -c"),
        ("\"sudo\", \"-n\", \"dash\", \"-c\", note", "\"dash\", \"-c\"", "dash -c"),
        ("\"docker\", \"exec\", service.service, \"sh\", \"-c\", note", "\"sh\", \"-c\"", "sh -c"),
        ("\"busybox\", \"sh\", \"-c\", note", "\"busybox\", \"sh\", \"-c\"", "busybox -c"),
        (
            "\"C:/Windows/System32/cmd.exe\", \"/C\", note",
            "\"C:/Windows/System32/cmd.exe\", \"/C\"",
            "cmd /C",
        ),
        (
            "\"powershell\", \"-NoProfile\", \"-Command\", note",
            "\"powershell\", \"-NoProfile\", \"-Command\"",
            "powershell -Command",
        ),
        ("\"pwsh\", \"-c\", note", "\"pwsh\", \"-c\"", "pwsh -c"),
        ("\"su\", \"nobody\", \"-c\", note", "\"su\", \"nobody\", \"-c\"", "su -c"),
    ] {
        let expected =
            format!("HEAL0950 `{place}`: `{name}` reads a line and takes it apart: what is in a text runs");
        check(&action(command), &[&expected]);
    }
    for command in [
        "\"systemctl\", \"restart\", service.service",
        "\"sh\", \"/opt/restart.sh\", \"-c\", note",
        "\"bash\", \"--norc\", \"/opt/restart.sh\"",
        "\"grep\", \"-c\", \"sh\", note",
        "\"grep\", \"sh\", \"-c\", note",
        "\"tar\", \"-c\", note",
        "\"cmd\", \"status\", \"/c\"",
        "\"sudo\", \"systemctl\", \"restart\", \"sh\"",
        "\"docker\", \"restart\", note, \"-c\"",
    ] {
        check(&action(command), &[]);
    }
}

#[test]
fn missing_data_is_no_health() {
    let blind = |place: &str, truth: bool, consequence: &str| {
        format!("HEAL0951 `{place}`: without data this condition is {truth}, and {consequence}")
    };
    let quiet = "the detector is quiet, as if all were well";
    check("detector a { when load.or(0) > 1 }", &[&blind("load.or(0)", false, quiet)]);
    check(
        "detector a { when load > 1 && requests.rate(5m).or(0) > 5/s }",
        &[&blind("requests.rate(5m).or(0)", false, quiet)],
    );
    check("let share = load.or(0)\ndetector a { when share > 1 }", &[&blind("share > 1", false, quiet)]);
    check("detector a { when !(load.or(0) < 1 || load > 0.9) }", &[&blind("load.or(0)", false, quiet)]);
    check(
        "detector a { when load > 1 clear when load.or(0) < 50% }",
        &[&blind("load.or(0)", true, "the firing ends as healed")],
    );
    for safe in [
        "load > 1",
        "load.or(1) > 0.5",
        "load.or(0) > 1 || load.absent(5m)",
        "requests.rate(5m).or(0) > 5/s * load",
        "load.or(cold) > 1",
        "load.or(0) > 1 || cold > 1",
        "load.or(1) > 90% clear when load.or(1) < 50%",
        "load.absent(5m) || load > 1 clear when load.or(0) < 50%",
    ] {
        check(&format!("detector a {{ when {safe} }}"), &[]);
    }
    check("detector a { when load > 1 }\ndetector b { when a && load.or(1) > 0.5 }", &[]);
    // Some detector tells that there are no samples.
    check("detector a { when load.or(0) > 1 }\ndetector b { when load.absent(10m) }", &[]);
}

#[test]
fn missing_data_starts_no_plan_and_passes_none() {
    let blind = |place: &str, truth: bool, consequence: &str| {
        format!("HEAL0951 `{place}`: without data this condition is {truth}, and {consequence}")
    };
    let with = |require: &str, verify: &str, condition: &str, approval: &str| {
        format!(
            "plan q(service: Service) {{ require {require} step s = restart(service) verify {verify} within 30m }}
detector a {{ when load > 1 for 5m }}
pub detector silent {{ when cold > 1 || cold.absent(5m) }}
policy p {{
  on a
  where {condition}
  try q
  then escalate page(\"x\")
  guard {{ limit 5 per 1h  approval \"sre\" when {approval} }}
}}"
        )
    };
    check(
        &with("load[service].or(0) < 0.2", "load[service].or(0) < 1", "cold.or(0) < 1", "cold.or(0) > 1"),
        &[
            &blind("load[service].or(0)", true, "the plan starts all the same"),
            &blind("load[service].or(0)", true, "the plan passes"),
            &blind("cold.or(0)", true, "the policy acts all the same"),
            &blind("cold.or(0)", false, "nobody is asked"),
        ],
    );
    check(
        &with("load[service] < 0.2", "!a[service]", "cold < 1", "cold > 1"),
        &[&blind("!a[service]", true, "the plan passes")],
    );
    check(&with("load[service].or(9) < 0.2", "!silent[service]", "cold.or(9) < 1", "cold.or(9) > 1"), &[]);
    check(&with("!a[service]", "load[service] < 1", "!silent", "cold > 1 || silent"), &[]);
}

#[test]
fn a_firing_outlasts_what_its_plan_needs_to_be_judged() {
    let policy = |guard: &str| {
        format!(
            "event crash by (service) {{ from event \"crash\" }}
plan judged(service: Service) {{ step s = restart(service)  verify load[service] < 1 within 5m }}
policy p {{ on a try judged then escalate page(\"x\") guard {{ limit 3 per 1h {guard} }} }}\n"
        )
    };
    let with = |guard: &str, detector: &str| format!("{}detector a {{ {detector} }}", policy(guard));
    let verified = "HEAL0935 `try judged`: the firing of `a` is over 2m after its last event, and `judged` takes 5m to be judged";
    check(&with("", "when crash.count(2m) >= 5"), &[verified]);
    check(&with("", "when crash.within(2m) && !during(\"Sat..Sun UTC\")"), &[verified]);
    check(
        &with("approval \"sre\", timeout 15m else escalate", "when crash.count(10m) >= 5"),
        &[
            "HEAL0935 `try judged`: the firing of `a` is over 10m after its last event, and `sre` has 15m to answer",
        ],
    );
    for well in [
        "when crash.count(5m) >= 5",
        "when crash.count(2m) >= 5 clear when load < 0.5 for 2m",
        "when crash.count(2m) >= 5 || load > 0.9",
        "when crash.count(2m) >= 5 || load.avg(10m) > 0.9",
    ] {
        check(&with("", well), &[]);
    }
    // What asks only in some cases asks all the same.
    check(
        &with("approval \"sre\" when load > 0.9, timeout 15m else escalate", "when crash.count(10m) >= 5"),
        &[
            "HEAL0935 `try judged`: the firing of `a` is over 10m after its last event, and `sre` has 15m to answer",
        ],
    );
}

#[test]
fn a_freeze_is_not_wholly_past() {
    let freeze = |calendar: &str| {
        format!(
            "detector a {{ when load > 80% for 5m }}
policy p {{ on a try heal then escalate page(\"x\") guard {{ limit 3 per 1h  freeze \"{calendar}\" }} }}"
        )
    };
    let past =
        |calendar: &str, last: &str| format!("HEAL0936 `\"{calendar}\"`: this freeze was over after {last}");
    check(&freeze("2026-11-20..2026-11-30 UTC"), &[&past("2026-11-20..2026-11-30 UTC", "2026-11-30")]);
    check(&freeze("2025-12-24, 2026-02-01 UTC"), &[&past("2025-12-24, 2026-02-01 UTC", "2026-02-01")]);
    // The last day is part of it; one that comes every week is never over.
    for well in ["2026-11-20..2026-12-01 UTC", "2025-12-24..2025-12-27, Sat..Sun UTC"] {
        check(&freeze(well), &[]);
    }
    let text = format!("{WORLD}{}", freeze("2026-11-20 UTC"));
    assert!(!said(&text, None).iter().any(|it| it.code.0 == 936), "without a day nothing is past");
}

#[test]
fn characters_are_what_they_look_like() {
    check(
        "// \u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} world, p\u{430}ge
signal a: ratio { from metric \"l\u{43e}ad\" where site == \"\u{440}\u{430}\u{443}\" every 1m }
detector d { when a > 1 }",
        &[
            "HEAL0910 `\u{430}`: `\u{430}` (U+0430) looks like `a` and is another letter",
            "HEAL0910 `\u{43e}`: `\u{43e}` (U+043E) looks like `o` and is another letter",
            "HEAL0910 `\u{440}`: `\u{440}` (U+0440) looks like `p` and is another letter",
        ],
    );
    check(
        "// a\u{202e}b \u{200d}
signal a: ratio { from metric \"a\u{200b}b\" every 1m }
detector d { when a > 1 }",
        &[
            "HEAL0911 `\u{202e}`: the character U+202E (right-to-left override) changes the order in which text is shown",
            "HEAL0912 `\u{200b}`: the character U+200B (zero width space) is not seen",
        ],
    );
}

#[test]
fn an_allowance_names_a_code_a_day_and_a_reason() {
    let good = "// heal: allow(HEAL0901) until 2027-01-31 because \"used next week\"\nparam spare: ratio = 1";
    check(good, &[]);
    check("param spare: ratio = 1 // heal: allow(901) until 2027-01-31 because \"used next week\"", &[]);
    // A proof of the graph is a warning, whatever its number; here there is none.
    check(
        "// heal: allow(HEAL0407) until 2027-01-31 because \"seen to\"\ndetector a { when load > 1 }",
        &["HEAL0992 `HEAL0407`: `HEAL0407` is allowed here, and nothing here has it"],
    );
    for (broken, expected) in [
        ("deny(HEAL0901)", "HEAL0990 `d`: only `allow` can follow `heal:`"),
        ("allow", "HEAL0990 ``: the codes stand in brackets"),
        ("allow(HEAL0901", "HEAL0990 ``: the brackets are not closed"),
        ("allow(HEAL0901) because \"x\"", "HEAL0990 `b`: the last day is missing"),
        ("allow(HEAL0901) until soon because \"x\"", "HEAL0990 `soon`: `soon` is not a day"),
        ("allow(HEAL0901) until 2027-01-31", "HEAL0990 ``: the reason is missing"),
        (
            "allow(HEAL0901) until 2027-01-31 because \"\"",
            "HEAL0990 `\"\"`: a reason is a text in quotes, and says something",
        ),
        (
            "allow(HEAL0203) until 2027-01-31 because \"x\"",
            "HEAL0990 `HEAL0203`: `HEAL0203` is an error, and only warnings can be allowed",
        ),
        ("allow(unused) until 2027-01-31 because \"x\"", "HEAL0990 `unused`: `unused` is not a code"),
        (
            "allow(HEAL0992) until 2027-01-31 because \"x\"",
            "HEAL0990 `HEAL0992`: `HEAL0992` is about what is allowed, and cannot be",
        ),
    ] {
        let text = format!("// heal: {broken}\nparam spare: ratio = 1");
        check(&text, &[expected, "HEAL0901 `spare`: param `spare` is not used: nothing reads it"]);
    }
}

#[test]
fn an_allowance_ends_and_is_about_something() {
    check(
        "// heal: allow(HEAL0901) until 2026-11-30 because \"used soon\"\nparam spare: ratio = 1",
        &[
            "HEAL0991 `2026-11-30`: `HEAL0901` was allowed here until 2026-11-30",
            "HEAL0901 `spare`: param `spare` is not used: nothing reads it",
        ],
    );
    check("// heal: allow(HEAL0901) until 2026-12-01 because \"today\"\nparam spare: ratio = 1", &[]);
    check(
        "// heal: allow(HEAL0901, HEAL0902) until 2027-01-31 because \"x\"\nparam spare: ratio = 1",
        &["HEAL0992 `HEAL0902`: `HEAL0902` is allowed here, and nothing here has it"],
    );
    let forever =
        format!("{WORLD}// heal: allow(HEAL0901) until 2026-11-30 because \"x\"\nparam spare: ratio = 1\n");
    let said = said(&forever, None);
    assert!(!said.iter().any(|it| it.message.contains("spare")), "without a day nothing has expired");
}

#[test]
fn the_fix_of_an_idle_allowance_takes_its_line() {
    let text = "signal a: ratio { from metric \"a\" every 1m }\n  // heal: allow(HEAL0901) until 2027-01-31 because \"x\"\ndetector d { when a > 1 }\n";
    let said = said(text, None);
    let edit = &said[0].fixes[0].edits[0];
    let (start, end) = (edit.range.start as usize, edit.range.end as usize);
    let fixed = format!("{}{}", &text[..start], &text[end..]);
    assert_eq!(fixed, "signal a: ratio { from metric \"a\" every 1m }\ndetector d { when a > 1 }\n");
}

proptest! {
    #[test]
    fn any_text_can_be_looked_at(text in "(?s)([\"'`/\\\\\n]|heal: allow|\\PC|\u{202e}|\u{435}|[a-z(){}]){0,60}") {
        let (tree, _) = heal_syntax::parse(FileId(0), &text);
        let package = Package::own("test");
        let unit = SourceUnit {
            file: FileId(0), package: &package, module: String::new(), path: "a.heal".to_owned(), text: &text, tree: &tree,
        };
        let units = [unit];
        for diagnostic in settle(&units, Day::read("2026-12-01"), true, units.iter().flat_map(lint_text).collect()) {
            let range = diagnostic.primary.range;
            prop_assert!(text.get(range.start as usize..range.end as usize).is_some(), "{:?}", diagnostic);
        }
    }
}

#[test]
fn what_an_action_takes_back_by_itself_is_not_taken_back_by_hand() {
    let plan = |undo: &str| {
        format!(
            "
action hold(service: Service) {{ command [\"hold\", service.service] risk low timeout 1m undo release(service) }}
action release(service: Service) {{ command [\"release\", service.service] risk low idempotent timeout 1m }}
detector busy {{ when load > 90% for 5m clear when load < 60% for 1m }}
plan hold_back(service: Service) {{
  step hold = hold(service)
  verify load[service] < 60% within 10m
  undo {{ step back = {undo}(service) }}
}}
policy p {{
  on busy
  try hold_back
  then escalate page(\"sre\")
  guard {{ limit 10 per 1d cooldown 30m }}
}}
"
        )
    };
    check(
        &plan("release"),
        &[
            "HEAL0994 `back`: `release` is done twice when the plan fails: step `hold` is taken back by it already, because \
           `hold` says so",
        ],
    );
    check(&plan("restart"), &[]);
}

#[test]
fn a_plan_that_affects_nothing_of_what_its_detector_reads_cannot_heal() {
    let text = |affects: &str, verify: &str| {
        format!(
            "detector busy {{ when load > 90% for 5m }}
plan ease(service: Service) {{ {affects}  step s = restart(service) {verify} }}
policy p {{ on busy try ease then escalate page(\"sre\") guard {{ limit 5 per 1h }} }}"
        )
    };
    let cannot = "HEAL0981 `try ease`: `ease` affects nothing that `busy` reads, so it cannot make it stop";
    check(&text("affects cold", ""), &[cannot]);
    // One mistake is said once.
    check(&text("affects nothing", "verify load[service] < 80% within 5m"), &[cannot]);
    check(&text("affects load", ""), &[]);
    check(&text("disturbs load for 1m  affects nothing", ""), &[]);
    check(&text("", ""), &[]);
    let asks = "HEAL0982 `verify cold[service] < 80% within 5m`: this reads nothing that `ease` affects: it comes out as without the plan";
    check(&text("affects load", "verify cold[service] < 80% within 5m"), &[asks]);
    check(&text("affects load", "verify cold[service] < 80% && load[service] < 80% within 5m"), &[]);
}

#[test]
fn secrets_that_are_written_out_are_said_wherever_a_request_may_hold_them() {
    let action = |lines: &str| {
        format!(
            "action call(service: Service) {{ secret key = env(\"KEY\") http POST \"https://example.org/{{service.service}}?key={{key}}\" {lines} risk low idempotent timeout 1m }}
detector busy {{ when load > 90% for 5m clear when load < 60% for 1m }}
plan ease(service: Service) {{ step c = call(service) verify load[service] < 60% within 10m }}
policy p {{ on busy try ease then escalate page(\"sre\") guard {{ limit 10 per 1d cooldown 30m }} }}"
        )
    };
    let said = "this secret is written out: it stands in Git for all who read the policies";
    let all = |place: &str| format!("HEAL0995 `{place}`: {said}");
    check(&action("header \"Authorization\" \"Bearer abc\""), &[&all("\"Bearer abc\"")]);
    check(&action("header \"X-Api-Key\" \"a\" + \"bc\""), &[&all("\"a\" + \"bc\"")]);
    check(&action("body {user: \"heal\", login: {passwords_left: \"x\"}}"), &[]);
    check(&action("body {login: {db_password: \"hunter2\"}}"), &[&all("\"hunter2\"")]);
    check(&action("body {logins: [{token: \"x1\"}, {token: key}]}"), &[&all("\"x1\"")]);
    for right in [
        "header \"Authorization\" \"Bearer \" + key",
        "header \"Accept\" \"text/plain\"",
        "body {token: key, tokens: \"3\", password: \"\"}",
    ] {
        check(&action(right), &[]);
    }
    let channel = |address: &str| format!("pub channel tell(team: text) {{ http POST \"{address}\" }}");
    let address = "https://heal:hunter2@example.org/in";
    check(&channel(address), &[&all(&format!("\"{address}\""))]);
    check(&channel("https://heal@example.org/a:b@c"), &[]);
    let address = "https://example.org/in?team=sre&access_token=4f1d#top";
    check(&channel(address), &[&all(&format!("\"{address}\""))]);
    check(&channel("https://example.org/in?token={team}&tokens=2#token=1"), &[]);
}

#[test]
fn a_secret_among_the_arguments_of_a_command_is_said() {
    let said = "this secret is written out: it stands in Git for all who read the policies";
    let action = |arguments: &str| {
        format!(
            "pub action a(service: Service) {{ command [{arguments}, service.service] risk low idempotent timeout 1m }}"
        )
    };
    let all = |place: &str| format!("HEAL0995 `{place}`: {said}");
    for (arguments, place) in [
        (r#""psql", "--db-password=hunter2""#, r#""--db-password=hunter2""#),
        (r#""ci", "--token", "4f1d", "stop""#, r#""4f1d""#),
        (r#""env", "PGPASSWORD=hunter2", "psql""#, r#""PGPASSWORD=hunter2""#),
        (r#""psql", "postgres://heal:hunter2@db/x""#, r#""postgres://heal:hunter2@db/x""#),
        (r#""curl", "-H", "Authorization: Bearer 4f1d""#, r#""Authorization: Bearer 4f1d""#),
        (r#""curl", "-HX-Api-Key:4f1d""#, r#""-HX-Api-Key:4f1d""#),
        (r#""sudo", "/usr/bin/curl", "-u", "heal:hunter2""#, r#""heal:hunter2""#),
        (r#""curl", "-uheal:hunter2""#, r#""-uheal:hunter2""#),
        (r#""http", "--auth=heal:hunter2", "GET""#, r#""--auth=heal:hunter2""#),
        (r#""curl", "--user=heal:hunter2""#, r#""--user=heal:hunter2""#),
        (r#""curl", "--header=Authorization: Bearer 4f1d""#, r#""--header=Authorization: Bearer 4f1d""#),
        (r#""https", "ci/stop", "Authorization:4f1d""#, r#""Authorization:4f1d""#),
        (r#""curl", "https://ci/stop?token=4f1d""#, r#""https://ci/stop?token=4f1d""#),
    ] {
        check(&action(arguments), &[&all(place)]);
    }
    for right in [
        r#""ci", "--token-file", "/run/ci""#,
        r#""ci", "--ask-password", "--stop""#,
        r#""ci", "--token""#,
        r#""reset", "password""#,
        r#""ci", "--password=""#,
        r#""restic", "--no-password", "backup""#,
        r#""curl", "-H", "Accept: text/plain", "-H", "Authorization: ""#,
        r#""docker", "run", "-u", "1000:1000""#,
        r#""docker", "run", "-v", "db-password:/run/secrets", "auth-token:1.2""#,
        r#""curl", "-u", "heal:""#,
        r#""http", "--auth-type=basic", "--auth=heal:""#,
        r#""echo", "the new token: see the wiki""#,
    ] {
        check(&action(right), &[]);
    }
}
