//! Two detectors that are one: equal, or one firing wherever the other does while both act alike.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Detector, Expression, Read};
use heal_syntax::tree;

use crate::{
    linted::{Linted, Pair},
    sides::threshold,
};

type Written<'a> = Pair<'a, tree::Detector, Detector>;

/// Detectors that compare the same with some limit.
struct Group<'a> {
    operand: (&'a Expression, bool),
    detectors: Vec<Written<'a>>,
}

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    let acted_on = linted.acted_on();
    // Only detectors that read the same and name the same numbers can be alike: each is compared with those of its
    // bucket.
    let mut buckets: BTreeMap<(Vec<Read>, Vec<u64>), Vec<Group<'_>>> = BTreeMap::new();
    for detector in linted.detectors() {
        let operand = operand(&detector, linted);
        let groups = buckets.entry((reads(operand.0), numbers(operand.0))).or_default();
        match groups.iter_mut().find(|group| group.operand == operand) {
            Some(group) => group.detectors.push(detector),
            None => groups.push(Group { operand, detectors: vec![detector] }),
        }
    }
    let groups = buckets.into_values().flatten().map(|group| group.detectors);
    for mut group in groups.filter(|group| group.len() > 1) {
        group.sort_by(|left, right| order(left, right, linted));
        for pair in group.windows(2) {
            let [before, after] = pair else { continue };
            report(before, after, &acted_on, linted, found);
        }
    }
}

/// What is compared with a limit; the whole condition where it is no such comparison.
fn operand<'a>(detector: &Written<'a>, linted: &Linted<'a>) -> (&'a Expression, bool) {
    match threshold(&detector.node.when, linted.program) {
        Some(threshold) => (threshold.operand, threshold.above),
        None => (&detector.node.when, true),
    }
}

/// The one that fires earlier first, then by name.
fn order(left: &Written<'_>, right: &Written<'_>, linted: &Linted<'_>) -> std::cmp::Ordering {
    let limit = |it: &Written<'_>| {
        threshold(&it.node.when, linted.program)
            .map_or(0.0, |threshold| if threshold.above { threshold.limit } else { -threshold.limit })
    };
    limit(left).total_cmp(&limit(right)).then_with(|| left.node.head.path.cmp(&right.node.head.path))
}

fn report(
    before: &Written<'_>,
    after: &Written<'_>,
    acted_on: &[bool],
    linted: &Linted<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let (first, second) = (before.node, after.node);
    let is_alike =
        first.hold == second.hold && first.severity == second.severity && first.clear == second.clear;
    if !is_alike {
        return;
    }
    let (earlier, later) = (&before.name.value, &after.name.value);
    let is_same = have_one_limit(before, after, linted);
    let both_act = [before, after].iter().all(|detector| acted_on.get(detector.at) == Some(&true));
    let (message, help) = if is_same {
        (format!("`{later}` is the same detector as `{earlier}`"), "let both policies be `on` one of them")
    } else if both_act {
        (
            format!(
                "wherever `{later}` fires, `{earlier}` does: its plans come first, and hold those of `{later}` back"
            ),
            "give the one that is worse a higher severity, or make them one ladder",
        )
    } else {
        return;
    };
    found.push(
        Diagnostic::warning(Code::DUPLICATE_DETECTOR, after.file, after.name.range, message)
            .with_secondary(before.file, before.name.range, format!("`{earlier}`"))
            .with_help(help),
    );
}

fn have_one_limit(before: &Written<'_>, after: &Written<'_>, linted: &Linted<'_>) -> bool {
    let limit = |it: &Written<'_>| threshold(&it.node.when, linted.program).map(|it| it.limit.to_bits());
    limit(before) == limit(after)
}

/// The bits of the numbers in an expression.
fn numbers(expression: &Expression) -> Vec<u64> {
    let mut numbers = Vec::new();
    expression.walk(&mut |node| {
        if let Expression::Number(number) = node {
            // The two zeros are one number.
            numbers.push((number + 0.0).to_bits());
        }
    });
    numbers
}

fn reads(expression: &Expression) -> Vec<Read> {
    let mut reads = Vec::new();
    expression.walk(&mut |node| reads.extend(node.read()));
    reads
}
