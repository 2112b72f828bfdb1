//! Two detectors that are one: equal, or one firing wherever the other does while both act alike.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Detector, Expression};

use crate::{
    linted::{Linted, Own},
    sides::threshold,
};

/// Detectors that compare the same with some limit.
struct Group<'a> {
    operand: (&'a Expression, bool),
    detectors: Vec<Own<'a, Detector>>,
}

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    let mut alike: HashMap<u64, usize> = HashMap::with_capacity(linted.program.detectors.len());
    let detectors: Vec<(u64, Own<'_, Detector>)> =
        linted.detectors().map(|it| (mark(operand(it.node, linted).0), it)).collect();
    detectors.iter().for_each(|(mark, _)| *alike.entry(*mark).or_default() += 1);
    // Few detectors are like another one: only these are looked at any closer.
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut by_mark: HashMap<u64, Vec<usize>> = HashMap::new();
    for (mark, detector) in
        detectors.into_iter().filter(|(mark, _)| alike.get(mark).is_some_and(|it| *it > 1))
    {
        if !linted.is_written(detector.item) {
            continue;
        }
        let operand = operand(detector.node, linted);
        let of_mark = by_mark.entry(mark).or_default();
        let group = of_mark.iter().find(|at| groups.get(**at).is_some_and(|group| group.operand == operand));
        match group.and_then(|at| groups.get_mut(*at)) {
            Some(group) => group.detectors.push(detector),
            None => {
                of_mark.push(groups.len());
                groups.push(Group { operand, detectors: vec![detector] });
            }
        }
    }
    for mut group in groups.into_iter().map(|group| group.detectors).filter(|group| group.len() > 1) {
        group.sort_by(|left, right| order(left, right, linted));
        for pair in group.windows(2) {
            let [before, after] = pair else { continue };
            report(before, after, linted, found);
        }
    }
}

/// What is compared with a limit; the whole condition where it is no such comparison.
fn operand<'a>(detector: &'a Detector, linted: &Linted<'a>) -> (&'a Expression, bool) {
    match threshold(&detector.when, linted.program) {
        Some(threshold) => (threshold.operand, threshold.above),
        None => (&detector.when, true),
    }
}

/// The one that fires earlier first, then by name.
fn order(left: &Own<'_, Detector>, right: &Own<'_, Detector>, linted: &Linted<'_>) -> std::cmp::Ordering {
    let limit = |it: &Own<'_, Detector>| {
        threshold(&it.node.when, linted.program)
            .map_or(0.0, |threshold| if threshold.above { threshold.limit } else { -threshold.limit })
    };
    limit(left).total_cmp(&limit(right)).then_with(|| left.node.head.path.cmp(&right.node.head.path))
}

fn report(
    before: &Own<'_, Detector>,
    after: &Own<'_, Detector>,
    linted: &Linted<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let (first, second) = (before.node, after.node);
    let is_alike =
        first.hold == second.hold && first.severity == second.severity && first.clear == second.clear;
    if !is_alike {
        return;
    }
    let (earlier, later) = (before.item.name(), after.item.name());
    let is_same = have_one_limit(before, after, linted);
    let both_act = [before, after].iter().all(|detector| linted.is_acted_on(detector.at));
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
        Diagnostic::warning(Code::DUPLICATE_DETECTOR, after.item.file, after.item.name_range, message)
            .with_secondary(before.item.file, before.item.name_range, format!("`{earlier}`"))
            .with_help(help),
    );
}

fn have_one_limit(before: &Own<'_, Detector>, after: &Own<'_, Detector>, linted: &Linted<'_>) -> bool {
    let limit =
        |it: &Own<'_, Detector>| threshold(&it.node.when, linted.program).map(|it| it.limit.to_bits());
    limit(before) == limit(after)
}

/// A number that equal expressions have in common: it is made of what they read, and of the numbers in them.
fn mark(expression: &Expression) -> u64 {
    let mut hasher = DefaultHasher::new();
    expression.walk(&mut |node| {
        if let Expression::Number(number) = node {
            // The two zeros are one number.
            (number + 0.0).to_bits().hash(&mut hasher);
        } else if let Some(read) = node.read() {
            read.hash(&mut hasher);
        }
    });
    hasher.finish()
}
