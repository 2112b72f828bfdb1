//! The headline: what changes for the people on call, in one sentence.

use std::collections::BTreeSet;

use heal_program::Millis;

use super::{
    Difference, DifferenceKind as Kind, ImpactDiff, Pairing, Shift, semantic::severity_word, shifts,
};
use crate::{PolicyReport, Report, document::Line, times, units};

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
    let line = names(line.text(format!("cannot know {what} ")), touched);
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
    let told = shadows(diff).into_iter().chain(incidents(diff).map(Line::of)).chain(left_to_others(diff));
    let told = told.chain(earlier_or_later(diff).map(Line::of)).chain(other_runs(diff));
    let told = told.chain(other_pages(diff)).chain(other_teams(diff)).chain(severities(diff));
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

/// Policies that begin to act, or that cease to: what they do is done by nobody then.
fn shadows(diff: &ImpactDiff) -> Option<Line> {
    let is_in = |policy: Option<&PolicyReport>| policy.map(|policy| policy.shadow);
    let sides = |pair: &Pairing| {
        let before = pair.base.as_deref().and_then(|path| diff.base.policy(path));
        let after = pair.head.as_deref().and_then(|path| diff.head.policy(path));
        (is_in(before), is_in(after))
    };
    let of = |wanted: &[(Option<bool>, Option<bool>)]| -> Vec<&str> {
        diff.policies.iter().filter(|pair| wanted.contains(&sides(pair))).map(Pairing::path).collect()
    };
    let groups = [
        ("puts ", of(&[(Some(false), Some(true))]), " into shadow"),
        ("takes ", of(&[(Some(true), Some(false))]), " out of shadow"),
        ("adds ", of(&[(None, Some(true))]), " in shadow"),
    ];
    let lines = groups.into_iter().filter(|(_, paths, _)| !paths.is_empty());
    let lines = lines.map(|(verb, paths, where_to)| names(Line::of(verb), &paths).text(where_to));
    lines.reduce(|line, next| line.text(", ").join(next))
}

/// The first names, and how many more.
fn names(mut line: Line, paths: &[&str]) -> Line {
    for (position, path) in paths.iter().take(NAMES_MAX).enumerate() {
        line = if position > 0 { line.text(", ").code(path) } else { line.code(path) };
    }
    match paths.len().checked_sub(NAMES_MAX).filter(|more| *more > 0) {
        Some(more) => line.text(format!(" and {more} more")),
        None => line,
    }
}

/// How many differences of some kinds there are in the course in which every verification passes, and at most in the other.
fn courses<'a>(diff: &'a ImpactDiff, wanted: impl Fn(&'a Difference) -> bool) -> Shift {
    let real = diff.differences.iter().filter(|it| wanted(it) && !diff.is_in_shadow(it));
    let mut all = Shift::default();
    for difference in real {
        all.min += i64::from(!difference.only_if_failing);
        all.max += 1;
    }
    all
}

/// `changes what 4 runs do (`recycle`)`
fn other_runs(diff: &ImpactDiff) -> Option<Line> {
    let is_other = |it: &Difference| it.kind == Kind::RunChanged;
    let count = Change::of(courses(diff, is_other))?;
    let own = diff.differences.iter().filter(|it| is_other(it) && !diff.is_in_shadow(it));
    let plans: BTreeSet<&str> = own.filter_map(|it| it.subject.as_deref()).collect();
    let (noun, verb) = if count.one { ("run", "does") } else { ("runs", "do") };
    let plans: Vec<&str> = plans.into_iter().collect();
    Some(names(Line::of(format!("changes what {} {noun} {verb} (", count.number)), &plans).text(")"))
}

/// `sends 4 pages to `page("night")` instead of `page("sre")``
fn other_pages(diff: &ImpactDiff) -> Option<Line> {
    let (count, new, old) = elsewhere(diff, [Kind::EscalationAdded, Kind::EscalationRemoved])?;
    let noun = if count.one { "page" } else { "pages" };
    let line = names(Line::of(format!("sends {} {noun} to ", count.number)), &new);
    Some(names(line.text(" instead of "), &old))
}

/// `asks `night` instead of `sre` 4 times`
fn other_teams(diff: &ImpactDiff) -> Option<Line> {
    let (count, new, old) = elsewhere(diff, [Kind::ApprovalAdded, Kind::ApprovalRemoved])?;
    let noun = if count.one { "time" } else { "times" };
    let line = names(names(Line::of("asks "), &new).text(" instead of "), &old);
    Some(line.text(format!(" {} {noun}", count.number)))
}

/// How often others are told or asked, who they are, and who was: none where one of them was among those before.
fn elsewhere(diff: &ImpactDiff, [added, removed]: [Kind; 2]) -> Option<(Change, Vec<&str>, Vec<&str>)> {
    let subjects = |kind: Kind| -> BTreeSet<&str> {
        let own = diff.differences.iter().filter(|it| it.kind == kind && !diff.is_in_shadow(it));
        own.filter_map(|it| it.subject.as_deref()).collect()
    };
    let (new, old) = (subjects(added), subjects(removed));
    let to_new = courses(diff, |it| it.kind == added && it.subject.is_some());
    let from_old = courses(diff, |it| it.kind == removed && it.subject.is_some());
    let both = Shift { min: to_new.min.min(from_old.min), max: to_new.max.min(from_old.max) };
    let count = Change::of(both).filter(|_| new.is_disjoint(&old))?;
    Some((count, new.into_iter().collect(), old.into_iter().collect()))
}

/// `makes 3 firings of `slow` warning, not critical`
fn severities(diff: &ImpactDiff) -> Option<Line> {
    let mut lines = diff.detectors.iter().filter_map(|pair| {
        let before = diff.base.detector(pair.base.as_deref()?)?;
        let after = diff.head.detector(pair.head.as_deref()?)?;
        let counts = before.severity != after.severity && diff.head.is_acted_on(after);
        let count = after.firings.len();
        let firings = units::counted(crate::report::size(count), "firing", "firings");
        let (is, was) = (severity_word(after.severity), severity_word(before.severity));
        let line = Line::of(format!("makes {firings} of ")).code(pair.path());
        (counts && count > 0).then(|| line.text(format!(" {is}, not {was}")))
    });
    let first = lines.next()?;
    Some(match lines.count() {
        0 => first,
        more => first.text(format!(" (and those of {more} more)")),
    })
}

fn incidents(diff: &ImpactDiff) -> Option<String> {
    let (caught, missed) = (diff.count(Kind::IncidentCaught), diff.count(Kind::IncidentMissed));
    let perhaps = diff.incidents.iter().filter(|it| it.perhaps_missed).count();
    let perhaps = crate::report::size(perhaps).min(missed);
    let lost = |count: u64| units::counted(count, "incident", "incidents");
    let missed = match (missed - perhaps, perhaps) {
        (0, 0) => None,
        (0, perhaps) => Some(format!("may miss {} that base catches", lost(perhaps))),
        (missed, 0) => Some(format!("misses {} that base catches", lost(missed))),
        (missed, perhaps) => Some(format!(
            "misses {} that base catches, and may miss {} more",
            lost(missed),
            units::count(perhaps)
        )),
    };
    match (missed, caught) {
        (None, 0) => None,
        (None, caught) => {
            Some(format!("catches {}", units::counted(caught, "more incident", "more incidents")))
        }
        (missed, 0) => missed,
        (Some(missed), caught) => {
            let caught = units::counted(caught, "other", "others");
            Some(format!("{missed} and catches {caught}"))
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

fn earlier_or_later(diff: &ImpactDiff) -> Option<String> {
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
    let earlier = crate::report::size(moved.iter().filter(|by| **by < Millis::ZERO).count());
    let later = crate::report::size(moved.len()) - earlier;
    let incidents = |count: u64| units::counted(count, "incident", "incidents");
    let worst = moved.iter().copied().max().unwrap_or_default();
    let by = diff.counted.detected_later_by.unwrap_or_default();
    Some(match (earlier, later) {
        (0, 0) => return None,
        // Of one there is no median to speak of.
        (1, 0) | (0, 1) => format!("detects 1 incident {}", said(worst)),
        (earlier, 0) => format!("detects {} {} at the median", incidents(earlier), said(by)),
        // One that is hours later does not vanish among many that are not.
        (0, later) if worst == by => format!("detects {} {}", incidents(later), said(by)),
        (0, later) => format!(
            "detects {} {} at the median ({} at worst)",
            incidents(later),
            said(by),
            times::spoken(worst)
        ),
        (earlier, later) => {
            let up_to = if later == 1 { "" } else { "up to " };
            format!(
                "detects {} {up_to}{} and {} earlier",
                incidents(later),
                said(worst),
                units::count(earlier)
            )
        }
    })
}

/// What there is more of, and what there is less of.
fn costs(diff: &ImpactDiff) -> (Vec<Line>, Vec<Line>) {
    let (mut more, mut fewer) = (Vec::new(), Vec::new());
    let (base, head) = (&diff.counted.base, &diff.counted.head);
    if let Some(by) = Change::of(diff.counted.runs_by) {
        let line = runs(diff, &by);
        if by.is_more { more.push(line) } else { fewer.push(line) }
    }
    if let Some(by) = Change::of(diff.counted.actions_by).filter(|_| !follow_from_runs(diff)) {
        let line = Line::of(by.said("action", "actions"));
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
        (Change::of(diff.counted.escalations_by), "page", "pages"),
        (Change::of(diff.counted.approvals_by), "request for approval", "requests for approval"),
    ];
    for (by, one, many) in counts {
        let Some(by) = by else { continue };
        let line = Line::of(by.said(one, many));
        if by.is_more { more.push(line) } else { fewer.push(line) }
    }
    (more, fewer)
}

/// Whether a run does as much as it did on the whole: then how many there are says it all.
fn follow_from_runs(diff: &ImpactDiff) -> bool {
    let (base, head) = (&diff.counted.base, &diff.counted.head);
    let product = |one: u64, other: u64| u128::from(one) * u128::from(other);
    let as_much = product(base.actions.max, head.runs.max) == product(head.actions.max, base.runs.max);
    as_much && diff.counted.runs_by != Shift::default()
}

/// How a count that may be a range differs.
struct Change {
    /// `3`, or `3 to 5`; with its sign where some are more and some are fewer.
    number: String,
    /// `more`, `fewer`; empty where the number says it.
    word: &'static str,
    is_more: bool,
    /// Whether the noun behind it is a single one.
    one: bool,
}

impl Change {
    fn of(by: Shift) -> Option<Change> {
        let (low, high) = (by.min.unsigned_abs(), by.max.unsigned_abs());
        let range = |from: u64, to: u64| {
            if from == to {
                units::count(to)
            } else {
                format!("{} to {}", units::count(from), units::count(to))
            }
        };
        Some(match (by.min, by.max) {
            (0, 0) => return None,
            (0.., _) => Change { number: range(low, high), word: " more", is_more: true, one: high == 1 },
            (_, ..=0) => Change { number: range(high, low), word: " fewer", is_more: false, one: low == 1 },
            // What hurts comes first.
            (_, _) => Change {
                number: format!("from {} more to {} fewer", units::count(high), units::count(low)),
                word: "",
                is_more: true,
                one: false,
            },
        })
    }

    /// `3 more pages`
    fn said(&self, one: &str, many: &str) -> String {
        format!("{}{} {}", self.number, self.word, if self.one { one } else { many })
    }
}

/// `3 more runs of `recycle``, with the plan where there is only one.
fn runs(diff: &ImpactDiff, by: &Change) -> Line {
    let line = Line::of(by.said("run", "runs"));
    let names = diff.changes.iter().filter_map(|it| Some((it.from.clone()?, it.path.clone()))).collect();
    let plans = shifts::plans((&diff.base, &diff.head), &diff.policies, &names);
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
        (&[Kind::RunAdded, Kind::RunRemoved, Kind::RunMoved], "run", "runs"),
        (&[Kind::FalseAlarmAdded, Kind::FalseAlarmRemoved], alarm, alarms),
        (&[Kind::EscalationAdded, Kind::EscalationRemoved, Kind::EscalationMoved], "page", "pages"),
        (&[Kind::ApprovalAdded, Kind::ApprovalRemoved, Kind::ApprovalMoved], "approval", "approvals"),
        (&[Kind::WithheldAdded, Kind::WithheldRemoved, Kind::WithheldMoved], "withheld run", "withheld runs"),
    ];
    let mut said = Vec::new();
    for (kinds, one, many) in groups {
        if let Some(count) = Change::of(courses(diff, |it| kinds.contains(&it.kind))) {
            let noun = if count.one { one } else { many };
            said.push(Line::of(format!("{} {noun}", count.number)));
        }
    }
    if said.is_empty() {
        return None;
    }
    Some(Line::of("catches the same incidents at the same time, with differences in ").join(listed(said)))
}
