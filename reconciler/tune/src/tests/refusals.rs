//! What is not proposed, and why.

use std::collections::BTreeMap;

use heal_driver::{SourceSet, lock_text};
use heal_impact::Revision;
use heal_simulator::Options;

use super::made::{POLICY, latency, recording, revision, text_of, tuned, tuned_revision, tuned_with};
use crate::{Cost, RefusedReason, Tuning};

/// Why no value is proposed for each param.
fn reasons(tuning: &Tuning) -> Vec<(String, RefusedReason)> {
    tuning.refused.iter().map(|it| (it.params.join(", "), it.reason)).collect()
}

/// Changes a policy, which then has no proposal for `budget`, because of `reason`.
#[track_caller]
fn check(edits: &[(&str, &str)], reason: RefusedReason, why: &str) {
    let mut text = POLICY.to_owned();
    for (before, after) in edits {
        assert!(text.contains(before), "{before}");
        text = text.replace(before, after);
    }
    let tuning = tuned(&text, &recording(&latency(6, 80.0), 6));
    assert_eq!(reasons(&tuning), [("budget".to_owned(), reason)], "{}", text_of(&tuning));
    assert!(tuning.refused[0].why.contains(why), "{}", tuning.refused[0].why);
    assert_eq!(tuning.proposals, []);
}

#[test]
fn params_that_cannot_be_tuned_are_listed_with_the_reason() {
    check(&[(" in 40ms..200ms", "")], RefusedReason::NoRange, "it has no range");
    check(&[(" in 40ms..200ms", " in 150ms..150ms")], RefusedReason::NoOtherValue, "no other value");
    check(&[("> budget", "> 150ms")], RefusedReason::NothingJudged, "no detector reads it");
    check(
        &[("on slow", "on other"), ("detector slow", "detector other { when latency > 1s }\ndetector slow")],
        RefusedReason::NothingJudged,
        "no policy acts on what reads it (`slow`)",
    );
    check(&[("\"latency\"", "\"nothing\"")], RefusedReason::NotSimulated, "has no series `nothing`");
}

#[test]
fn what_a_bound_hangs_on_is_a_persons_to_decide() {
    let where_ = ("on slow\n", "on slow\n  where latency < budget * 3\n");
    check(&[where_], RefusedReason::Bound, "the `where` of `heal_it` hangs on it");
    let require = ("{ step restart", "{ require latency[service] < budget * 3 step restart");
    check(&[require], RefusedReason::Bound, "a `require` of `restart` hangs on it");
    let approval =
        ("limit 9 per 1d", "limit 9 per 1d approval \"sre\" when latency > budget, timeout 5m else escalate");
    check(&[approval], RefusedReason::Bound, "the `approval` of `heal_it` hangs on it");
    let other = ("on slow\n", "on slow\n  where !calm\n");
    let calm = ("detector slow", "detector calm { when latency < budget }\ndetector slow");
    check(&[other, calm], RefusedReason::Bound, "the `where` of `heal_it` hangs on it");
}

#[test]
fn a_chain_of_detectors_that_read_each_other_twice_is_looked_back_along_once() {
    let links: String =
        (1..60).map(|at| format!("detector d{at} {{ when d{0} && d{0} for 1m }}\n", at - 1)).collect();
    let text = format!("{POLICY}detector d0 {{ when latency.avg(30m) > budget }}\n{links}");
    let compilation = heal_driver::compile(&SourceSet::of([("a.heal".to_owned(), text)].into()));
    let program = compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    let param = program.params.iter().position(|it| it.head.path == "budget").unwrap();
    let reach = crate::reach::reach(&program, heal_program::ParamIndex(u32::try_from(param).unwrap()));
    assert_eq!(reach.look_back, heal_program::Millis::from_minutes(30 + 59));
    assert_eq!(reach.detectors.len(), 61);
}

#[test]
fn a_verification_is_never_made_to_hold_more_readily() {
    let verify = |condition: &str| {
        let text = POLICY.replace(
            "restart(service) }\n\npolicy",
            &format!("restart(service) verify {condition} within 30m }}\n\npolicy"),
        );
        assert_ne!(text, POLICY);
        tuned(&text, &recording(&latency(6, 80.0), 6))
    };
    let lower = verify("latency[service] < budget");
    assert_eq!(lower.proposals[0].params[0].tried[1].text, "150ms");
    assert!(lower.proposals[0].notes[0].contains("only lower values"), "{:?}", lower.proposals[0].notes);
    let higher = verify("!(latency[service] < 200ms - budget)");
    assert_eq!(higher.proposals[0].params[0].tried[1].text, "150ms");
    let lowest = verify("latency[service] > budget - 100ms");
    assert_eq!(reasons(&lowest), [("budget".to_owned(), RefusedReason::NothingDiffers)]);
    assert!(lowest.refused[0].why.contains("(150ms..200ms)"), "{}", lowest.refused[0].why);
    let both = verify("latency[service] < budget || latency[service] < 100ms - budget * 50%");
    assert_eq!(reasons(&both), [("budget".to_owned(), RefusedReason::NoOtherValue)]);
    assert!(both.refused[0].why.contains("the `verify` of `restart`"), "{}", both.refused[0].why);
}

#[test]
fn what_does_not_improve_or_too_few_incidents_are_refused() {
    check(&[("= 150ms", "= 90ms")], RefusedReason::PresentIsBest, "any value from 80ms to 99ms does as well");
    check(&[(" in 40ms..200ms", " in 140ms..200ms")], RefusedReason::NothingDiffers, "140ms..200ms");
    let two = tuned(POLICY, &recording(&latency(2, 80.0), 2));
    assert_eq!(reasons(&two), [("budget".to_owned(), RefusedReason::TooFewIncidents)]);
    assert!(two.refused[0].why.starts_with("2 incidents alone concern"), "{}", two.refused[0].why);
}

/// Nothing tells incidents from other times: the lowest cost is to be silent, and what a value notices by chance once, it
/// does not later.
#[test]
fn noise_alone_gives_no_proposal() {
    let mut state = 7_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        30.0 + f64::from(state >> 16) / 65_536.0 * 150.0
    };
    let values: Vec<f64> = (0..4 * 100).map(|_| noise()).collect();
    let recording = recording(&values, 4);
    for present in ["170ms", "120ms"] {
        let text = POLICY.replace("for 10m", "").replace("= 150ms", &format!("= {present}"));
        let tuning = tuned(&text, &recording);
        assert_eq!(tuning.proposals, [], "{}", text_of(&tuning));
        assert_eq!(tuning.refused.len(), 1);
    }
}

#[test]
fn what_another_detector_notices_too_is_not_silenced() {
    let text = POLICY.replace("= 150ms", "= 70ms").replace(
        "policy heal_it",
        "detector watch { when latency > 90ms for 10m }
policy tell { on watch try escalate notify.page(\"y\") }
policy heal_it",
    );
    // At most 105 ms: `slow` can be made to notice nothing, and that saves its actions.
    let tuning = tuned(&text, &recording(&latency(6, 80.0), 6));
    assert_eq!(
        reasons(&tuning),
        [("budget".to_owned(), RefusedReason::NothingCaught)],
        "{}",
        text_of(&tuning)
    );
    assert!(tuning.refused[0].why.contains("`slow` would notice none of the 6 incidents"), "{tuning:?}");
}

#[test]
fn a_package_without_params_is_told_how_to_write_one() {
    let text =
        POLICY.replace("param budget: duration in 40ms..200ms = 150ms\n", "").replace("> budget", "> 99ms");
    let tuning = tuned(&text, &recording(&latency(6, 80.0), 6));
    assert_eq!((tuning.simulations, reasons(&tuning)), (1, Vec::new()));
    assert!(text_of(&tuning).contains("there is nothing to tune"), "{}", text_of(&tuning));
}

#[test]
fn a_param_of_another_package_is_tuned_there() {
    let files = |files: &[(&str, &str)]| -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    };
    let param = "param budget: duration in 40ms..200ms = 150ms\n";
    let manifest = "[package]\nname = \"shop\"\nedition = \"2026\"\n[dependencies]\ncommon = { path = \"libs/common\" }\n";
    let mut tree = files(&[
        ("heal.toml", manifest),
        ("shop.heal", &POLICY.replace(param, "use common.{budget}\n")),
        ("libs/common/heal.toml", "[package]\nname = \"common\"\nedition = \"2026\"\n"),
        ("libs/common/budget.heal", &format!("pub {param}")),
    ]);
    let lock = lock_text(&SourceSet::of_tree(&tree, ""), &BTreeMap::new()).map_err(|(_, said)| said).unwrap();
    tree.insert("heal.lock".to_owned(), lock);
    let revision = Revision { sources: SourceSet::of_tree(&tree, ""), ..revision(POLICY) };
    let tuning = tuned_revision(
        &revision,
        &recording(&latency(6, 80.0), 6),
        &[],
        Cost::default(),
        &Options::default(),
    );
    let tuning = tuning.unwrap();
    assert_eq!(reasons(&tuning), [("common.budget".to_owned(), RefusedReason::OtherPackage)]);
    assert!(tuning.refused[0].why.contains("`libs/common/budget.heal`"), "{}", tuning.refused[0].why);
}

#[test]
fn wrong_requests_say_what_to_write() {
    let recorded = recording(&latency(6, 80.0), 6);
    let wrong = |text: &str, params: &[&str], cost: Cost| {
        let failed = tuned_with(text, &recorded, params, cost, &Options::default());
        failed.unwrap_err().to_string()
    };
    let cost = Cost::default();
    assert_eq!(wrong(POLICY, &["bugdet"], cost), "there is no param `bugdet`: did you mean `budget`?");
    assert_eq!(wrong(POLICY, &["something"], cost), "there is no param `something`; there are `budget`");
    assert_eq!(
        wrong(&POLICY.replace(" in 40ms..200ms", ""), &["budget"], cost),
        "`budget` has no range, and is tuned only inside of one: write in shop.heal:7 which values a reviewer may choose, such as `param budget: duration in LOW..HIGH = 150ms`"
    );
    let nothing = Cost { missed: 0.0, false_alarm: 0.0, action: 0.0, minute: 0.0 };
    assert!(wrong(POLICY, &[], nothing).starts_with("everything costs 0"));
    assert!(wrong("signal x: nothing", &[], cost).contains("does not compile"));
    let unlabelled = recording(&latency(6, 80.0), 0);
    let failed = tuned_with(POLICY, &unlabelled, &[], cost, &Options::default()).unwrap_err().to_string();
    assert!(failed.contains("has no incidents") && failed.contains("heal record incidents"), "{failed}");
}
