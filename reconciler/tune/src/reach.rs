//! What a param reaches in a program, and why some may not be moved, or not in both ways.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{
    Argument, DetectorIndex, Expression, Guard, Learned, Millis, Operation, ParamIndex, Plan, Program, Read,
    Rung, Step, Value,
};

use crate::{
    RefusedReason,
    grid::Held,
    slope::{Slope, reads, slope},
};

/// What hangs on a param.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// By path the detectors that read it, also through others, and how far their forecasts look ahead: for so long before
    /// an incident they may be right already.
    pub(crate) detectors: BTreeMap<String, Millis>,
    /// Paths of the policies on them.
    pub(crate) policies: BTreeSet<String>,
    /// How far those detectors look back, with their `for`.
    pub(crate) look_back: Millis,
    /// Why no value of it may be proposed: a bound reads it, or what is done.
    pub(crate) barred: Option<(RefusedReason, String)>,
    /// The way in which it may not be moved.
    pub(crate) held: Held,
    /// What holds it there: ``the `verify` of `restart` ``.
    pub(crate) held_by: Option<String>,
}

/// What hangs on a param of a program.
pub(crate) fn reach(program: &Program, param: ParamIndex) -> Reach {
    let detectors = detectors(program, param);
    let policies = program.policies.iter().filter(|policy| {
        let on = policy.on.detector();
        on.is_some_and(|on| detectors.contains(&on))
    });
    let mut reach =
        Reach { policies: policies.map(|policy| policy.head.path.clone()).collect(), ..Reach::default() };
    let mut known = BTreeMap::new();
    for index in &detectors {
        let Some(detector) = program.detector(*index) else { continue };
        reach.detectors.insert(detector.head.path.clone(), look_ahead(program, *index));
        reach.look_back = reach.look_back.max(look_back(program, *index, &mut known));
    }
    let meets = |expression: &Expression| {
        let mut found = reads(expression, param);
        expression.walk(&mut |part| {
            found |= matches!(part.read(), Some(Read::Detector(read)) if detectors.contains(&read));
        });
        found
    };
    let bound = bound(program, &meets).map(|why| (RefusedReason::Bound, why));
    reach.barred = bound.or_else(|| deed(program, &meets).map(|why| (RefusedReason::Deed, why)));
    for plan in &program.plans {
        for verify in &plan.verifies {
            // A verification that holds more readily promises less.
            let mut asks = false;
            verify.condition.walk(&mut |part| {
                asks |= matches!(part.read(), Some(Read::Detector(read)) if detectors.contains(&read));
            });
            let held = match slope(&verify.condition, param) {
                _ if asks => Held { up: true, down: true },
                Slope::Flat => continue,
                Slope::Rises => Held { up: true, down: false },
                Slope::Falls => Held { up: false, down: true },
                Slope::Unknown => Held { up: true, down: true },
            };
            reach.held = Held { up: reach.held.up || held.up, down: reach.held.down || held.down };
            reach.held_by.get_or_insert_with(|| format!("the `verify` of `{}`", plan.head.path));
        }
    }
    reach
}

/// The detectors that read a param, also through others.
fn detectors(program: &Program, param: ParamIndex) -> BTreeSet<DetectorIndex> {
    let mut found: BTreeSet<DetectorIndex> = BTreeSet::new();
    // A detector may read others: repeated until nothing is added, at most once for each detector.
    for _ in 0..=program.detectors.len() {
        let before = found.len();
        for (at, detector) in (0..).zip(&program.detectors) {
            let clear = detector.clear.iter().map(|clear| &clear.when);
            let meets = std::iter::once(&detector.when).chain(clear).any(|condition| {
                let mut meets = reads(condition, param);
                condition.walk(&mut |part| {
                    meets |= matches!(part.read(), Some(Read::Detector(other)) if found.contains(&other));
                });
                meets
            });
            if meets {
                found.insert(DetectorIndex(at));
            }
        }
        if found.len() == before {
            break;
        }
    }
    found
}

/// How far a detector looks back: the longest window of its conditions and of the detectors that it reads, and its holds.
/// What is `known` of others is not looked for again, since many may read one, and that one others.
fn look_back(
    program: &Program,
    detector: DetectorIndex,
    known: &mut BTreeMap<DetectorIndex, Millis>,
) -> Millis {
    let (mut begun, mut open) = (BTreeSet::new(), vec![detector]);
    while let Some(next) = open.last().copied() {
        let node = program.detector(next).filter(|_| !known.contains_key(&next));
        let Some(node) = node else {
            open.pop();
            continue;
        };
        let conditions = || std::iter::once(&node.when).chain(node.clear.iter().map(|clear| &clear.when));
        // Those that it reads come first.
        if begun.insert(next) {
            for condition in conditions() {
                condition.walk(&mut |part| {
                    if let Some(Read::Detector(other)) = part.read() {
                        open.push(other);
                    }
                });
            }
            continue;
        }
        let longest = |condition: &Expression| {
            let mut longest = Millis::ZERO;
            condition.walk(&mut |part| {
                longest = longest.max(match part.read() {
                    Some(Read::Signal(_, span) | Read::Event(_, span)) => span,
                    Some(Read::Detector(other)) => known.get(&other).copied().unwrap_or_default(),
                    Some(Read::Entity(_)) | None => Millis::ZERO,
                });
            });
            longest
        };
        let clear = node.clear.iter().map(|clear| longest(&clear.when).0.saturating_add(clear.hold.0));
        let when = longest(&node.when).0.saturating_add(node.hold.0);
        let back = Millis(clear.chain([when]).max().unwrap_or_default());
        known.insert(next, back);
    }
    known.get(&detector).copied().unwrap_or_default()
}

/// How far the forecasts look ahead that a firing of a detector comes of, also those of detectors that it reads. How it
/// ends is no matter of that.
fn look_ahead(program: &Program, detector: DetectorIndex) -> Millis {
    let mut longest = Millis::ZERO;
    let (mut seen, mut open) = (BTreeSet::from([detector]), vec![detector]);
    while let Some(node) = open.pop().map(|index| program.detector(index)) {
        let Some(node) = node else { continue };
        node.when.walk(&mut |part| {
            longest = longest.max(ahead(part));
            if let Some(Read::Detector(other)) = part.read()
                && seen.insert(other)
            {
                open.push(other);
            }
        });
    }
    longest
}

/// How far a part of a condition looks ahead.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else looks ahead")]
fn ahead(part: &Expression) -> Millis {
    match part {
        Expression::Learned { model: Learned::Forecast { ahead, .. }, .. }
        | Expression::TimeTo { model: Learned::Forecast { ahead, .. }, .. } => *ahead,
        _ => Millis::ZERO,
    }
}

/// The first bound that a condition of decides: what it would let through is no matter of a cost.
fn bound(program: &Program, meets: &dyn Fn(&Expression) -> bool) -> Option<String> {
    let asks = |guard: &Guard| {
        let approval = guard.approval.as_ref().and_then(|approval| approval.condition.as_ref());
        approval.is_some_and(|condition| meets(&condition.condition))
    };
    let of_policies = program.policies.iter().find_map(|policy| {
        let path = &policy.head.path;
        if policy.condition.as_ref().is_some_and(|it| meets(&it.condition)) {
            return Some(format!("the `where` of `{path}`"));
        }
        asks(&policy.guard).then(|| format!("the `approval` of `{path}`"))
    });
    let of_shared = || {
        let asking = program.shared_guards.iter().find(|shared| asks(&shared.guard));
        asking.map(|shared| format!("the `approval` of `{}`", shared.head.path))
    };
    let of_plans = || {
        program.plans.iter().find_map(|plan| {
            let path = &plan.head.path;
            if plan.requires.iter().any(|it| meets(&it.condition)) {
                return Some(format!("a `require` of `{path}`"));
            }
            let among = |it: &heal_program::Fan| it.condition.as_ref().is_some_and(|it| meets(&it.condition));
            plan.fans.iter().any(among).then(|| format!("a `for each` of `{path}`"))
        })
    };
    let bound = of_policies.or_else(of_shared).or_else(of_plans)?;
    Some(format!("{bound} hangs on it, and a bound is never moved by a cost: that is a person's to decide"))
}

/// The first thing that is done by its value: a recording cannot tell what another one would have done.
fn deed(program: &Program, meets: &dyn Fn(&Expression) -> bool) -> Option<String> {
    let values = |arguments: &[Argument]| {
        arguments.iter().any(|argument| match argument {
            Argument::Value(value) => meets(value),
            Argument::Entity(_) | Argument::EntityFromKey(..) => false,
        })
    };
    let of_rungs = program.policies.iter().find(|policy| {
        policy.ladder.iter().any(|rung| match rung {
            Rung::Plan { arguments, .. } => values(arguments),
            Rung::Choose { among, .. } => among.iter().any(|(_, arguments)| values(arguments)),
            // What people are told changes nothing that is done.
            Rung::Escalate { .. } => false,
        })
    });
    let steps = |plan: &&Plan| {
        let steps: [&[Step]; 3] = [&plan.steps, &plan.undo, &plan.always];
        steps.into_iter().flatten().any(|step| values(&step.arguments))
    };
    let of_actions = || {
        program.actions.iter().find(|action| {
            let undo = action.undo.as_ref().is_some_and(|(_, arguments)| values(arguments));
            undo || operation(&action.operation, meets)
        })
    };
    let path = of_rungs.map(|policy| &policy.head.path);
    let path = path.or_else(|| program.plans.iter().find(steps).map(|plan| &plan.head.path));
    let path = path.or_else(|| of_actions().map(|action| &action.head.path))?;
    Some(format!(
        "`{path}` acts by its value, and a recording does not answer to actions: it cannot tell what another one would do"
    ))
}

fn operation(operation: &Operation, meets: &dyn Fn(&Expression) -> bool) -> bool {
    let in_value = |value: &Value| {
        let mut found = false;
        value.walk(&mut |part| found |= meets(part));
        found
    };
    match operation {
        Operation::Command { arguments, .. } => arguments.iter().any(meets),
        Operation::Kubernetes { options, .. } => options.iter().any(|(_, value)| in_value(value)),
        Operation::Http(request) => {
            let texts = request.placeholders.iter().chain(&request.headers);
            texts.map(|(_, text)| text).any(meets) || request.body.iter().any(in_value)
        }
    }
}
