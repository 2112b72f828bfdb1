//! Where everything that an explanation names was written.

use std::collections::BTreeSet;

use heal_program::{Expression, Program, Read};

use crate::{Explanation, Place};

/// The places of the detectors, with what they read, and of the policies, with what they may run.
pub(crate) fn places(program: &Program, explanation: &Explanation) -> Vec<Place> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = explanation.detections.iter().map(|it| it.detector.as_str()).collect();
    while let Some(path) = open.pop() {
        if !named.insert(path) {
            continue;
        }
        let Some(node) = program.detectors.iter().find(|it| it.head.path == path) else { continue };
        let mut visit = |part: &Expression| {
            let head = if let Expression::Param(param) = part {
                program.param(*param).map(|it| &it.head)
            } else {
                match part.read() {
                    Some(Read::Signal(signal, _)) => program.signal(signal).map(|it| &it.head),
                    Some(Read::Detector(other)) => program.detector(other).map(|it| &it.head),
                    Some(Read::Event(event, _)) => program.event(event).map(|it| &it.head),
                    Some(Read::Entity(entity)) => program.entity(entity).map(|it| &it.head),
                    None => None,
                }
            };
            open.extend(head.map(|head| head.path.as_str()));
        };
        node.when.walk(&mut visit);
        if let Some(clear) = &node.clear {
            clear.when.walk(&mut visit);
        }
    }
    for policy in explanation
        .policies
        .iter()
        .filter_map(|conduct| program.policies.iter().find(|it| it.head.path == conduct.policy))
    {
        named.insert(&policy.head.path);
        let shared = policy.guard.shared.iter().filter_map(|it| program.shared_guard(*it));
        named.extend(shared.map(|it| it.head.path.as_str()));
        for plan in policy.ladder.iter().flat_map(|rung| rung.plans()).filter_map(|it| program.plan(it)) {
            named.insert(&plan.head.path);
            let actions = plan.steps.iter().filter_map(|step| program.action(step.action));
            named.extend(actions.map(|it| it.head.path.as_str()));
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
