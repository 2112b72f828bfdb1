//! A difference in words.

use heal_program::Millis;

use super::Line;
use crate::{Difference, DifferenceKind as Kind, Moment, readings::key_text, times};

/// A kind in two or three words.
fn difference_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::IncidentMissed => "missed",
        Kind::Loosened => "loosened",
        Kind::ImpactUnknown => "unknown",
        Kind::FalseAlarmAdded => "new false alarm",
        Kind::RunAdded => "new run",
        Kind::RunChanged => "other run",
        Kind::RunRemoved => "no run",
        Kind::RunMoved => "run moved",
        Kind::IncidentLater => "detected later",
        Kind::EscalationAdded => "new page",
        Kind::EscalationRemoved => "no page",
        Kind::EscalationMoved => "page moved",
        Kind::ApprovalAdded => "asks",
        Kind::ApprovalRemoved => "asks no more",
        Kind::ApprovalMoved => "request moved",
        Kind::WithheldAdded => "newly withheld",
        Kind::WithheldRemoved => "no longer withheld",
        Kind::WithheldMoved => "withheld moved",
        Kind::FiringRemoved => "firing gone",
        Kind::FiringAdded => "new firing",
        Kind::FiringMoved => "firing moved",
        Kind::IncidentCaught => "gained",
        Kind::IncidentEarlier => "detected earlier",
        Kind::FalseAlarmRemoved => "false alarm gone",
        Kind::Tightened => "tightened",
    }
}

/// What a line hangs on beside its difference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    /// Whether the recording has incidents, so that a firing can be a false alarm.
    pub(crate) has_incidents: bool,
    /// Whether only policies in shadow would have done it.
    pub(crate) in_shadow: bool,
}

/// A difference in one line, as text.
#[must_use]
pub fn difference_text(difference: &Difference) -> String {
    let told = Told { has_incidents: true, in_shadow: false };
    format!("{}  {}", difference.id, difference_line(difference, told).plain())
}

/// One line that says all of it but its id.
pub(crate) fn difference_line(difference: &Difference, told: Told) -> Line {
    let kind = match (told.has_incidents, difference.kind) {
        // Where no incident is labelled at all, a firing is no false alarm yet.
        (false, Kind::FalseAlarmAdded) => Kind::FiringAdded,
        (false, Kind::FalseAlarmRemoved) => Kind::FiringRemoved,
        (_, kind) => kind,
    };
    let line = Line::of(if told.in_shadow { "in shadow: " } else { "" });
    let line =
        line.strong(if difference.perhaps { "perhaps missed" } else { difference_kind(kind) }).text(" ");
    match difference.kind {
        Kind::IncidentMissed | Kind::IncidentLater | Kind::IncidentCaught | Kind::IncidentEarlier => {
            incident(line, difference)
        }
        Kind::Loosened | Kind::Tightened | Kind::ImpactUnknown => {
            line.code(&difference.item).text(": ").phrase(&difference.detail)
        }
        Kind::FalseAlarmAdded
        | Kind::RunAdded
        | Kind::RunChanged
        | Kind::RunRemoved
        | Kind::RunMoved
        | Kind::EscalationAdded
        | Kind::EscalationRemoved
        | Kind::EscalationMoved
        | Kind::ApprovalAdded
        | Kind::ApprovalRemoved
        | Kind::ApprovalMoved
        | Kind::WithheldAdded
        | Kind::WithheldRemoved
        | Kind::WithheldMoved
        | Kind::FiringRemoved
        | Kind::FiringAdded
        | Kind::FiringMoved
        | Kind::FalseAlarmRemoved => happening(line, difference),
    }
}

/// `7m later`, `3m earlier`.
pub(crate) fn shift(by: Millis) -> String {
    let word = if by < Millis::ZERO { "earlier" } else { "later" };
    format!("{} {word}", Millis(by.0.saturating_abs()))
}

fn incident(line: Line, difference: &Difference) -> Line {
    let line = line.emphasis(&difference.item);
    let line = match difference.at {
        Some(at) => line.text(format!(" of {}", times::instant(at))),
        None => line,
    };
    let time = |moment: &Option<Moment>| {
        let moment = moment.as_ref()?;
        Some(moment.start.since(difference.at?))
    };
    match (time(&difference.base), time(&difference.head)) {
        (Some(before), None) => {
            let line = line.text(format!(": base caught it {}", times::caught(before)));
            let is_told = !difference.perhaps;
            if is_told { line } else { line.text(", of head nobody can tell: ").phrase(&difference.detail) }
        }
        (None, Some(after)) => line.text(format!(": caught {}, base missed it", times::caught(after))),
        (Some(before), Some(after)) => line.text(format!(
            ": {}, in base {}, so {}",
            times::caught(after),
            times::caught(before),
            shift(Millis(after.0 - before.0))
        )),
        (None, None) => line,
    }
}

fn happening(line: Line, difference: &Difference) -> Line {
    let mut line = line.code(&difference.item);
    let key = key_text(&difference.labels);
    if !key.is_empty() {
        line = line.text(" ").code(&key);
    }
    if let Some(subject) = &difference.subject {
        line = line.text(" ").code(subject);
    }
    line = match (&difference.base, &difference.head) {
        (Some(before), Some(after)) => both(line, difference, before, after),
        (Some(moment), None) | (None, Some(moment)) => {
            line.text(format!(" {}", when(difference.kind, moment)))
        }
        (None, None) => line,
    };
    if difference.detail.is_empty() { line } else { line.text(": ").phrase(&difference.detail) }
}

fn both(line: Line, difference: &Difference, before: &Moment, after: &Moment) -> Line {
    let line = line.text(format!(" {}", when(difference.kind, after)));
    let starts = after.start.since(before.start);
    let ends = before.end.zip(after.end).map(|(before, after)| after.since(before));
    let mut said = Vec::new();
    if starts != Millis::ZERO {
        said.push(format!("begins {}", shift(starts)));
    }
    if has_length(difference.kind) {
        match ends {
            Some(by) if by != Millis::ZERO => said.push(format!("ends {}", shift(by))),
            None if before.end != after.end => {
                said.push("ends with the recording on one side only".to_owned())
            }
            Some(_) | None => {}
        }
    }
    if said.is_empty() { line } else { line.text(format!(", {}", said.join(", "))) }
}

fn when(kind: Kind, moment: &Moment) -> String {
    if has_length(kind) { times::interval(moment.start, moment.end) } else { times::instant(moment.start) }
}

/// Whether people care how long it lasted: of firings they do, of what was decided they care when.
fn has_length(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::FalseAlarmAdded
            | Kind::FalseAlarmRemoved
            | Kind::FiringAdded
            | Kind::FiringRemoved
            | Kind::FiringMoved
    )
}
