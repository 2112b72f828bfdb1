//! Bounds that are compared by what they say: nothing is proved of them, so one that base has and head has not counts as
//! loosened, whatever stands in its place.

use heal_program::{Guard, Plan, Policy, Program, Share};

use super::guards::per_text as per;

/// What the guard of a policy says besides limits, cooldown and approval, and that it only decides; sorted.
pub(super) fn of_policy(program: &Program, policy: &Policy) -> Vec<String> {
    let mut bounds = of_guard(program, &policy.guard);
    if policy.shadow {
        bounds.push("shadow".to_owned());
    }
    for shared in policy.guard.shared.iter().filter_map(|index| program.shared_guard(*index)) {
        let guard = &shared.guard;
        let limits =
            guard.limits.iter().map(|it| format!("limit {} per {}{}", it.runs_max, it.window, per(&it.per)));
        let cooldown = guard.cooldown.iter().map(|it| format!("cooldown {}{}", it.span, per(&it.per)));
        let all = of_guard(program, guard).into_iter().chain(limits).chain(cooldown);
        bounds.extend(all.map(|bound| format!("shared {bound}")));
    }
    bounds.sort();
    bounds
}

/// What a plan promises about its own harm; sorted.
pub(super) fn of_plan(program: &Program, plan: &Plan) -> Vec<String> {
    let action = |index| program.action(index).map_or("", |action| action.head.path.as_str());
    let verifies =
        plan.verifies.iter().map(|verify| format!("verify {} within {}", verify.text, verify.within));
    let undo = plan.undo.iter().map(|step| format!("undo by {}", action(step.action)));
    let always = plan.always.iter().map(|step| format!("always {}", action(step.action)));
    let disturbs = plan.disturbs.iter().map(|it| {
        let signal = program.signal(it.signal).map_or("", |signal| signal.head.path.as_str());
        format!("disturbs {signal}{} for {}", if it.everywhere { " everywhere" } else { "" }, it.span)
    });
    let fans = plan.fans.iter().map(|fan| format!("for each {} at most {}", fan.variable, fan.targets_max));
    let mut bounds: Vec<String> = verifies.chain(undo).chain(always).chain(disturbs).chain(fans).collect();
    bounds.extend(
        plan.revert.map(|revert| format!("{revert:?}").to_lowercase()).map(|it| format!("revert {it}")),
    );
    bounds.sort();
    bounds
}

fn of_guard(program: &Program, guard: &Guard) -> Vec<String> {
    let blast = guard.blast_radius.iter().map(|it| {
        let entity = program.entity(it.entity).map_or("", |entity| entity.head.path.as_str());
        format!("blast_radius {} of {entity}{} within {}", share(it.most), per(&it.per), it.within)
    });
    let concurrency =
        guard.concurrency.iter().map(|it| format!("concurrency {}{}", it.runs_max, per(&it.per)));
    let breakers = guard.breakers.iter().map(|it| {
        let group = per(&it.per);
        format!("breaker {} failures in {}{group}, open for {}", it.failures, it.window, it.open_for)
    });
    let canary = guard.canary.iter().map(|it| {
        let waves: Vec<String> = it.waves.iter().map(|wave| share(*wave)).collect();
        format!("canary {} settle {}", waves.join(" then "), it.settle)
    });
    let freeze = guard.freeze.iter().map(|it| format!("freeze \"{}\"", it.text));
    // Plans start in any of them, so one that is added opens more: all of them are one bound.
    let only: Vec<&str> = guard.only.iter().map(|it| it.text.as_str()).collect();
    let only = (!only.is_empty()).then(|| format!("only \"{}\"", only.join("\", \"")));
    let storm = guard
        .storm
        .iter()
        .map(|it| format!("storm {} firings in {}, open for {}", it.firings, it.window, it.open_for));
    let quorum =
        guard.approval.iter().filter(|it| it.quorum > 1).map(|it| format!("approval by {}", it.quorum));
    blast
        .chain(concurrency)
        .chain(breakers)
        .chain(canary)
        .chain(freeze)
        .chain(only)
        .chain(storm)
        .chain(quorum)
        .collect()
}

fn share(share: Share) -> String {
    match share {
        Share::Part(part) => format!("{}%", part * 100.0),
        Share::Count(count) => count.to_string(),
    }
}
