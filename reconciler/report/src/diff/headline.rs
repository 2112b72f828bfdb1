//! The headline: what changes for the people on call, in one sentence.

use std::collections::BTreeSet;

use heal_program::Millis;

use super::{DifferenceKind as Kind, ImpactDiff};
use crate::{Range, Report, document::Line, times, units};

/// Names said before the rest is counted.
const NAMES_MAX: usize = 2;

/// The sentence.
pub(crate) fn headline(diff: &ImpactDiff) -> Line {
    let touched: Vec<&str> =
        diff.policies.iter().filter(|pair| pair.impact_unknown()).map(|pair| pair.path()).collect();
    let length = length(diff);
    let seen = clauses(diff);
    if !touched.is_empty() && seen.is_none() {
        let known = diff.decided_policies().any(|pair| pair.changed);
        let line = if known {
            Line::of(format!("changes nothing that can be seen in {length}, and "))
        } else {
            Line::default()
        };
        return cannot_know(line, diff, &touched);
    }
    let line = match seen {
        Some(line) => line.text(format!(" in {length}")),
        None => return Line::of(nothing(diff)),
    };
    if touched.is_empty() { line } else { cannot_know(line.text("; "), diff, &touched) }
}

fn length(diff: &ImpactDiff) -> String {
    times::span(&diff.head.recording)
}

fn nothing(diff: &ImpactDiff) -> String {
    let seen = format!("changes nothing that can be seen in {}", length(diff));
    let quiet =
        diff.count(Kind::FiringAdded) + diff.count(Kind::FiringRemoved) + diff.count(Kind::FiringMoved);
    if quiet == 0 {
        return seen;
    }
    let differ = units::counted(quiet, "firing differs", "firings differ");
    format!("{seen}, though {differ} that start nothing else than before")
}

fn cannot_know(line: Line, diff: &ImpactDiff, touched: &[&str]) -> Line {
    let detected = diff.detected_policies().filter(|pair| pair.impact_unknown()).count();
    let what = if detected == touched.len() { "which plans would run for" } else { "what changes for" };
    let mut line = line.text(format!("cannot know {what} "));
    for (position, path) in touched.iter().take(NAMES_MAX).enumerate() {
        line = if position > 0 { line.text(", ").code(path) } else { line.code(path) };
    }
    if let Some(more) = touched.len().checked_sub(NAMES_MAX).filter(|more| *more > 0) {
        line = line.text(format!(" and {more} more"));
    }
    let reasons: BTreeSet<&str> = diff
        .policies
        .iter()
        .filter(|pair| pair.impact_unknown())
        .filter_map(|pair| pair.unknown.as_deref())
        .collect();
    match (reasons.first(), reasons.len()) {
        (Some(reason), 1) => line.text(": ").phrase(reason),
        (Some(reason), more) => {
            line.text(": ").phrase(reason).text(format!(" (and {} more reasons)", more - 1))
        }
        (None, _) => line,
    }
}

/// Everything that people on call would notice; none: nothing.
fn clauses(diff: &ImpactDiff) -> Option<Line> {
    let fared = incidents(diff);
    // A median says nothing where a policy that caught incidents leaves them to others.
    let left = left_to_others(diff);
    let time = earlier_or_later(diff, fared.is_some() && left.is_none());
    let told = fared.map(Line::of).into_iter().chain(left).chain(time.map(Line::of));
    let (more, fewer) = costs(diff);
    let mut line = told
        .fold(Line::default(), |line, part| if line.is_empty() { part } else { line.text(", ").join(part) });
    let anything = !line.is_empty();
    if !more.is_empty() {
        line = line.text(if anything { ", for " } else { "causes " }).join(listed(more.clone()));
    }
    if !fewer.is_empty() {
        let word = match (anything, more.is_empty()) {
            (true, true) => ", with ",
            (false, true) => "brings ",
            (true, false) | (false, false) => ", and brings ",
        };
        line = line.text(word).join(listed(fewer.clone()));
    }
    if line.is_empty() { moved(diff) } else { Some(line) }
}

fn incidents(diff: &ImpactDiff) -> Option<String> {
    let (caught, missed) = (diff.count(Kind::IncidentCaught), diff.count(Kind::IncidentMissed));
    let lost = units::counted(missed, "incident", "incidents");
    match (missed, caught) {
        (0, 0) => None,
        (0, caught) => Some(format!("catches {}", units::counted(caught, "more incident", "more incidents"))),
        (_, 0) => Some(format!("misses {lost} that base catches")),
        (_, caught) => {
            let caught = units::counted(caught, "other", "others");
            Some(format!("misses {lost} that base catches and catches {caught}"))
        }
    }
}

/// What policies that the change touches caught, and leave to other ones now.
fn left_to_others(diff: &ImpactDiff) -> Option<Line> {
    let missed = |incident: &str| {
        diff.differences.iter().any(|it| it.kind == Kind::IncidentMissed && it.item == incident)
    };
    let caught = |report: &Report, path: &Option<String>| -> Option<BTreeSet<String>> {
        let policy = report.policy(path.as_deref()?)?;
        let catches = &report.detector(&policy.detector)?.score.caught;
        Some(catches.iter().map(|catch| catch.incident.clone()).collect())
    };
    let touched = diff.detected_policies().filter(|pair| pair.changed);
    let mut left = touched.filter_map(|pair| {
        let (before, after) = (caught(&diff.base, &pair.base)?, caught(&diff.head, &pair.head)?);
        let count = before.difference(&after).filter(|incident| !missed(incident)).count();
        (count > 0).then(|| (pair.path(), crate::report::size(count)))
    });
    let (path, count) = left.next()?;
    let incidents = units::counted(count, "incident", "incidents");
    let line = Line::of(format!("leaves to other policies {incidents} that ")).code(path).text(" caught");
    Some(match left.count() {
        0 => line,
        more => line.text(format!(" (and those of {more} more)")),
    })
}

fn earlier_or_later(diff: &ImpactDiff, after_incidents: bool) -> Option<String> {
    let kinds = [Kind::IncidentEarlier, Kind::IncidentLater];
    let moved: Vec<Millis> = diff
        .differences
        .iter()
        .filter(|difference| kinds.contains(&difference.kind))
        .filter_map(|difference| difference.later_by)
        .collect();
    let said = |by: Millis| {
        let word = if by < Millis::ZERO { "earlier" } else { "later" };
        format!("{} {word}", times::spoken(by))
    };
    match (moved.as_slice(), diff.counted.detected_later_by) {
        ([], _) => None,
        // Of one there is no median to speak of.
        ([by], _) => Some(format!("detects 1 incident {}", said(*by))),
        (_, Some(by)) if by != Millis::ZERO => {
            let verb = if after_incidents { "" } else { "detects incidents " };
            Some(format!("{verb}{} at the median", said(by)))
        }
        (moved, _) => {
            let earlier = crate::report::size(moved.iter().filter(|by| **by < Millis::ZERO).count());
            let later = crate::report::size(moved.len()) - earlier;
            let incidents = |count: u64| units::counted(count, "incident", "incidents");
            let most = moved.iter().copied().max().unwrap_or_default();
            let by = format!("up to {} later", times::spoken(most));
            // What hurts comes first, and by how much.
            Some(match (earlier, later) {
                (earlier, 0) => format!("detects {} earlier", incidents(earlier)),
                (0, later) => format!("detects {} {by}", incidents(later)),
                (earlier, later) => {
                    format!("detects {} {by} and {} earlier", incidents(later), units::count(earlier))
                }
            })
        }
    }
}

/// What there is more of, and what there is less of.
fn costs(diff: &ImpactDiff) -> (Vec<Line>, Vec<Line>) {
    let (mut more, mut fewer) = (Vec::new(), Vec::new());
    let (base, head) = (&diff.counted.base, &diff.counted.head);
    if let Some(by) = Change::of(base.runs, head.runs) {
        let line = runs(diff, &by.number, by.word(), by.one);
        if by.is_more { more.push(line) } else { fewer.push(line) }
    }
    let false_alarms =
        base.false_alarms.zip(head.false_alarms).map_or(0, |(base, head)| difference(base, head));
    // Where no incident is labelled at all, a firing is no false alarm yet.
    let (alarm, alarms) = if diff.head.recording.has_incidents() {
        ("false alarm", "false alarms")
    } else {
        ("firing", "firings")
    };
    match false_alarms {
        0 => {}
        by => {
            let noun = if by.abs() == 1 { alarm } else { alarms };
            let (into, word) = if by > 0 { (&mut more, "more") } else { (&mut fewer, "fewer") };
            into.push(Line::of(format!("{} {word} {noun}", units::count(by.unsigned_abs()))));
        }
    }
    let counts = [
        (Change::of(base.escalations, head.escalations), "page", "pages"),
        (Change::of(base.approvals, head.approvals), "request for approval", "requests for approval"),
    ];
    for (by, one, many) in counts {
        let Some(by) = by else { continue };
        let noun = if by.one { one } else { many };
        let line = Line::of(format!("{} {} {noun}", by.number, by.word()));
        if by.is_more { more.push(line) } else { fewer.push(line) }
    }
    (more, fewer)
}

/// How a count that may be a range differs.
struct Change {
    /// `3`, or `3 to 5`.
    number: String,
    is_more: bool,
    /// Whether the noun behind it is a single one.
    one: bool,
}

impl Change {
    fn of(base: Range, head: Range) -> Option<Change> {
        if base == head {
            return None;
        }
        let (low, high) = (difference(base.min, head.min), difference(base.max, head.max));
        let (least, most) =
            (low.unsigned_abs().min(high.unsigned_abs()), low.unsigned_abs().max(high.unsigned_abs()));
        let (from, to) = (units::count(least), units::count(most));
        let number = if least == most { to } else { format!("{from} to {to}") };
        Some(Change { number, is_more: low.saturating_add(high) >= 0, one: most == 1 })
    }

    fn word(&self) -> &'static str {
        if self.is_more { "more" } else { "fewer" }
    }
}

/// `3 more runs of `recycle``, with the plan where there is only one.
fn runs(diff: &ImpactDiff, number: &str, word: &str, one: bool) -> Line {
    let noun = if one { "run" } else { "runs" };
    let line = Line::of(format!("{number} {word} {noun}"));
    let kinds = [Kind::RunAdded, Kind::RunRemoved];
    let changed = diff.differences.iter().filter(|difference| kinds.contains(&difference.kind));
    let plans: BTreeSet<&str> = changed.filter_map(|difference| difference.subject.as_deref()).collect();
    match (plans.first(), plans.len()) {
        (Some(plan), 1) => line.text(" of ").code(plan),
        (Some(_) | None, _) => line,
    }
}

fn difference(base: u64, head: u64) -> i64 {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    signed(head) - signed(base)
}

fn listed(parts: Vec<Line>) -> Line {
    let last = parts.len().saturating_sub(1);
    parts.into_iter().enumerate().fold(Line::default(), |line, (position, part)| match position {
        0 => part,
        position if position == last => line.text(" and ").join(part),
        _ => line.text(", ").join(part),
    })
}

/// Equal counts may still hide other times, or other runs.
fn moved(diff: &ImpactDiff) -> Option<Line> {
    let has_incidents = diff.head.recording.has_incidents();
    let (alarm, alarms) = if has_incidents { ("false alarm", "false alarms") } else { ("firing", "firings") };
    let groups: [(&[Kind], &str, &str); 5] = [
        (&[Kind::RunAdded, Kind::RunRemoved, Kind::RunMoved, Kind::RunChanged], "run", "runs"),
        (&[Kind::FalseAlarmAdded, Kind::FalseAlarmRemoved], alarm, alarms),
        (&[Kind::EscalationAdded, Kind::EscalationRemoved, Kind::EscalationMoved], "page", "pages"),
        (&[Kind::ApprovalAdded, Kind::ApprovalRemoved, Kind::ApprovalMoved], "approval", "approvals"),
        (&[Kind::WithheldAdded, Kind::WithheldRemoved, Kind::WithheldMoved], "withheld run", "withheld runs"),
    ];
    let mut said = Vec::new();
    for (kinds, one, many) in groups {
        let real = |it: &&super::Difference| kinds.contains(&it.kind) && !diff.is_in_shadow(it);
        let count = crate::report::size(diff.differences.iter().filter(real).count());
        if count > 0 {
            said.push(Line::of(units::counted(count, one, many)));
        }
    }
    if said.is_empty() {
        return None;
    }
    Some(Line::of("catches the same incidents at the same time, with differences in ").join(listed(said)))
}
