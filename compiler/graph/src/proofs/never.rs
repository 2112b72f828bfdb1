//! What can never happen: conditions that cannot hold, and plans that may start at no time.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Calendar, CalendarSpan, Detector, Policy};

use super::{
    conditions::is_never,
    facts::{Acting, Facts},
};

pub(super) const MINUTES_OF_DAY: u32 = 24 * 60;
const MINUTES_OF_WEEK: u32 = 7 * MINUTES_OF_DAY;

/// A detector that never fires.
pub(super) fn never_fires(facts: &Facts<'_>, detector: &Detector, found: &mut Vec<Diagnostic>) {
    if is_never(&detector.when) {
        let message = format!("`{}` never fires: its `when` cannot be true", detector.head.path);
        found.extend(warning(facts, &detector.head, StatementKind::When, message));
    }
}

/// A policy whose `where` never holds, or whose plans may never start.
pub(super) fn never_acts(facts: &Facts<'_>, acting: &Acting<'_>, found: &mut Vec<Diagnostic>) {
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

fn warning(
    facts: &Facts<'_>,
    head: &heal_program::Head,
    kind: StatementKind,
    message: String,
) -> Option<Diagnostic> {
    let (file, range) = facts.place(head, kind, 0)?;
    let help = match kind {
        StatementKind::Only | StatementKind::Freeze => "leave some time in which plans may start",
        StatementKind::When
        | StatementKind::For
        | StatementKind::Clear
        | StatementKind::Affects
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
pub(super) fn close(open: &mut [bool], calendar: &[bool], shut: bool) {
    for (slot, inside) in open.iter_mut().zip(calendar) {
        *slot &= *inside != shut;
    }
}

pub(super) fn is_date(span: &CalendarSpan) -> bool {
    matches!(span, CalendarSpan::Dates { .. })
}

/// The minutes of every week that are inside a calendar; dates are in none.
pub(super) fn minutes(calendar: &Calendar) -> Vec<bool> {
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
