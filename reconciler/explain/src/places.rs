//! Where everything that an explanation names was written.

use std::collections::BTreeSet;

use heal_program::{Asked, Expression, Plan, Policy, Program, Rung};

use crate::{Explanation, Place};

/// The places of the detectors, with what they read, and of the policies, with what they may run.
pub(crate) fn places(program: &Program, explanation: &Explanation) -> Vec<Place> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let of_detections = explanation.detections.iter().map(|it| it.detector.as_str());
    let mut open: Vec<&str> = of_detections.collect();
    let conducts = explanation.policies.iter();
    let policies = conducts.filter_map(|told| program.policies.iter().find(|it| it.head.path == told.policy));
    for policy in policies {
        add_policy(program, policy, &mut open);
    }
    while let Some(path) = open.pop() {
        if !named.insert(path) {
            continue;
        }
        if let Some(node) = program.detectors.iter().find(|it| it.head.path == path) {
            add_read(program, &node.when, &mut open);
            if let Some(clear) = &node.clear {
                add_read(program, &clear.when, &mut open);
            }
        }
    }
    let heads = program.heads().filter(|(_, head)| named.contains(head.path.as_str()));
    heads
        .map(|(kind, head)| Place {
            kind: kind.to_owned(),
            item: head.path.clone(),
            file: head.origin.file.clone(),
            line: head.origin.line,
            commit: None,
            note: String::new(),
            lines: Vec::new(),
            more_lines: 0,
        })
        .collect()
}

/// The policy, with everything that it asks, may run, and tells.
fn add_policy<'p>(program: &'p Program, policy: &'p Policy, open: &mut Vec<&'p str>) {
    open.push(&policy.head.path);
    if let Some(condition) = &policy.condition {
        add_read(program, &condition.condition, open);
    }
    let shared = policy.guard.shared.iter().filter_map(|it| program.shared_guard(*it));
    open.extend(shared.map(|it| it.head.path.as_str()));
    if let Some(Asked::Channel { channel, .. }) = policy.guard.approval.as_ref().map(|it| &it.asked) {
        open.extend(program.channel(*channel).map(|it| it.head.path.as_str()));
    }
    for rung in &policy.ladder {
        if let Rung::Escalate { channel: Some(channel), .. } = rung {
            open.extend(program.channel(*channel).map(|it| it.head.path.as_str()));
        }
        rung.plans().filter_map(|plan| program.plan(plan)).for_each(|plan| add_plan(program, plan, open));
    }
}

fn add_plan<'p>(program: &'p Program, plan: &'p Plan, open: &mut Vec<&'p str>) {
    open.push(&plan.head.path);
    plan.requires.iter().for_each(|it| add_read(program, &it.condition, open));
    plan.verifies.iter().for_each(|it| add_read(program, &it.condition, open));
    for step in plan.steps.iter().chain(&plan.undo).chain(&plan.always) {
        open.extend(program.action(step.action).map(|it| it.head.path.as_str()));
    }
}

/// Everything with a name that an expression reads.
fn add_read<'p>(program: &'p Program, expression: &Expression, open: &mut Vec<&'p str>) {
    expression.walk(&mut |part| {
        let head = if let Expression::Param(param) = part {
            program.param(*param).map(|it| &it.head)
        } else {
            part.read().and_then(|read| program.read_head(read))
        };
        open.extend(head.map(|head| head.path.as_str()));
    });
}
