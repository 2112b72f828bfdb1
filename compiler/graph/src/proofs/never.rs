//! What can never happen: conditions that cannot hold, and plans that may start at no time.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{
    BinaryOperator, Calendar, CalendarSpan, Detector, Expression, Millis, Policy, Program, SignalIndex,
    UnaryOperator,
};

use super::{
    conditions::{conjuncts, is_never},
    facts::Facts,
    places,
};

const MINUTES_OF_DAY: u32 = 24 * 60;
const MINUTES_OF_WEEK: u32 = 7 * MINUTES_OF_DAY;

/// By this minute of the day clocks have been set back wherever they are.
const NIGHT_ENDS: u32 = 4 * 60;

/// So many minutes come twice in the night in which a clock is set back.
const SET_BACK_MINUTES: i64 = 60;

/// Detectors that never fire, policies whose `where` never holds, and policies whose plans may never start.
pub(super) fn what_never_happens(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for detector in &facts.program.detectors {
        let own = places::item(facts.typed, &detector.head.path).is_some_and(|item| !item.external);
        if !own {
            continue;
        }
        let path = &detector.head.path;
        if is_never(&detector.when) || is_of_nothing(facts.program, &detector.when) {
            let message = format!("`{path}` never fires: its `when` cannot be true");
            found.extend(warning(facts, &detector.head, StatementKind::When, message));
        } else if let Some(longest) = longest_stretch(detector).filter(|longest| *longest <= detector.hold) {
            let message = format!(
                "`{path}` never fires: `for {}` is not shorter than its calendar, which lasts {longest}",
                detector.hold
            );
            found.extend(warning(facts, &detector.head, StatementKind::For, message));
        }
    }
    for acting in &facts.policies {
        let policy = acting.policy;
        if policy.condition.as_ref().is_some_and(|condition| is_never(&condition.condition)) {
            let message = format!("`{}` never does anything: its `where` cannot be true", policy.head.path);
            found.extend(warning(facts, &policy.head, StatementKind::Where, message));
        } else if !acting.plans.is_empty() && starts_never(facts, policy) {
            let is_only = !policy.guard.only.is_empty();
            let kind = if is_only { StatementKind::Only } else { StatementKind::Freeze };
            let message =
                format!("no plan of `{}` may ever start: its calendars leave no minute", policy.head.path);
            found.extend(warning(facts, &policy.head, kind, message));
        }
    }
}

fn warning(
    facts: &Facts<'_>,
    head: &heal_program::Head,
    kind: StatementKind,
    message: String,
) -> Option<Diagnostic> {
    let (file, range) = facts.place(head, kind, 0)?;
    let help = match kind {
        StatementKind::Only | StatementKind::Freeze => "leave some time in which plans may start",
        StatementKind::For => "write a shorter `for`, or a calendar in which there is time for it",
        StatementKind::When
        | StatementKind::Clear
        | StatementKind::Disturbs
        | StatementKind::Verify
        | StatementKind::Where
        | StatementKind::Rung
        | StatementKind::Cooldown
        | StatementKind::BlastRadius => {
            "two of its parts exclude each other: say `||` if one is enough, or leave one out"
        }
    };
    Some(Diagnostic::warning(Code::NEVER_HAPPENS, file, range, message).with_help(help))
}

/// Whether a condition asks that a signal is silent, and for a value that it does not have by then.
fn is_of_nothing(program: &Program, condition: &Expression) -> bool {
    let mut parts = Vec::new();
    conjuncts(condition, &mut parts);
    parts.iter().any(|part| {
        let Expression::Absent { signal, span } = part else { return false };
        let is_stale = program.signal(*signal).is_some_and(|node| node.stale_after < *span);
        is_stale && parts.iter().any(|other| needs(other, *signal))
    })
}

/// Whether an expression is unknown where a signal is.
fn needs(expression: &Expression, signal: SignalIndex) -> bool {
    if let Expression::Unary(UnaryOperator::Not | UnaryOperator::Negate, operand) = expression {
        return needs(operand, signal);
    }
    let Expression::Binary(operator, left, right) = expression else {
        return matches!(expression, Expression::Signal(other) if *other == signal);
    };
    match operator {
        // One side may decide them.
        BinaryOperator::Or | BinaryOperator::And => false,
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::In
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => needs(left, signal) || needs(right, signal),
    }
}

/// How long a condition can be true at a stretch by its calendars; none where it has none, or where nothing is certain.
fn longest_stretch(detector: &Detector) -> Option<Millis> {
    let mut parts = Vec::new();
    conjuncts(&detector.when, &mut parts);
    let mut calendars =
        parts.iter().filter_map(|part| if let Expression::During(it) = part { Some(it) } else { None });
    let first = calendars.next()?;
    let mut open = minutes(first);
    for other in calendars.clone().filter(|other| other.zone == first.zone) {
        close(&mut open, &minutes(other), false);
    }
    let has_dates = std::iter::once(first).chain(calendars).any(|it| it.spans.iter().any(is_date));
    if has_dates || open.iter().all(|open| *open) {
        return None;
    }
    // Begun at a closed minute, no stretch runs over the end of the week.
    let closed = open.iter().position(|open| !open).unwrap_or_default();
    let (mut longest, mut length) = (0_i64, 0_i64);
    for minute in 0..open.len() {
        let is_open = open.get((closed + minute) % open.len()).is_some_and(|open| *open);
        length = if is_open { length + 1 } else { 0 };
        longest = longest.max(length);
    }
    // A clock that is set back makes a stretch of that night longer.
    let may_be_longer = first.zone != "UTC" && touches_a_night(&open);
    Some(Millis::from_minutes(longest + if may_be_longer { SET_BACK_MINUTES } else { 0 }))
}

/// Whether there is an open minute in the hours in which clocks are set back.
fn touches_a_night(open: &[bool]) -> bool {
    let minutes = (0..MINUTES_OF_DAY).cycle().zip(open);
    minutes.filter(|(_, open)| **open).any(|(minute, _)| minute < NIGHT_ENDS)
}

/// Whether the calendars of all guards of a policy leave no minute of a week. Calendars of several zones shift against
/// each other, and dates end: where there are such, nothing is certain.
fn starts_never(facts: &Facts<'_>, policy: &Policy) -> bool {
    if facts.guards(policy).all(|guard| guard.freeze.is_empty() && guard.only.is_empty()) {
        return false;
    }
    let mut open = vec![true; MINUTES_OF_WEEK as usize];
    let mut zone: Option<&str> = None;
    for guard in facts.guards(policy) {
        let same_zone = |calendar: &&Calendar, zone: &mut Option<&str>| {
            // INVARIANT: one zone for all that is compared.
            zone.is_none_or(|zone| zone == calendar.zone)
        };
        for calendar in &guard.freeze {
            if same_zone(&calendar, &mut zone) {
                zone = Some(&calendar.zone);
                close(&mut open, &minutes(calendar), true);
            }
        }
        let mut allowed = vec![guard.only.is_empty(); MINUTES_OF_WEEK as usize];
        for calendar in &guard.only {
            if !same_zone(&calendar, &mut zone) || calendar.spans.iter().any(is_date) {
                return false;
            }
            zone = Some(&calendar.zone);
            for (slot, inside) in allowed.iter_mut().zip(minutes(calendar)) {
                *slot |= inside;
            }
        }
        close(&mut open, &allowed, false);
    }
    !open.iter().any(|open| *open)
}

/// Closes the minutes that are `shut` in a calendar.
fn close(open: &mut [bool], calendar: &[bool], shut: bool) {
    for (slot, inside) in open.iter_mut().zip(calendar) {
        *slot &= *inside != shut;
    }
}

fn is_date(span: &CalendarSpan) -> bool {
    matches!(span, CalendarSpan::Dates { .. })
}

/// The minutes of every week that are inside a calendar; dates are in none.
fn minutes(calendar: &Calendar) -> Vec<bool> {
    let mut inside = vec![false; MINUTES_OF_WEEK as usize];
    let mut mark = |from: u32, length: u32| {
        for minute in from..from.saturating_add(length.min(MINUTES_OF_WEEK)) {
            if let Some(slot) = inside.get_mut((minute % MINUTES_OF_WEEK) as usize) {
                *slot = true;
            }
        }
    };
    for span in &calendar.spans {
        match span {
            CalendarSpan::Weekly { from, to } => {
                mark(*from, length(*from, *to, MINUTES_OF_WEEK));
            }
            CalendarSpan::Daily { days, from, to } => {
                for day in (0..7).filter(|day| days & (1 << day) != 0) {
                    mark(day * MINUTES_OF_DAY + from, length(*from, *to, MINUTES_OF_DAY));
                }
            }
            CalendarSpan::Dates { .. } => {}
        }
    }
    inside
}

/// How many minutes there are from one to another, over the end of the round where the second comes first.
fn length(from: u32, to: u32, round: u32) -> u32 {
    if to > from { to - from } else { round.saturating_sub(from).saturating_add(to) }
}
