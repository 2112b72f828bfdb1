//! A freeze of days that are over: it holds nothing back any more, and reads as if it did.

use heal_check::StatementKind;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Calendar, CalendarSpan};

use crate::{Day, linted::Linted};

pub(crate) fn check(linted: &Linted<'_>, today: Day, found: &mut Vec<Diagnostic>) {
    let own = linted.program.policies.iter().map(|policy| (&policy.head, &policy.guard));
    let shared = linted.program.shared_guards.iter().map(|shared| (&shared.head, &shared.guard));
    for (head, guard) in own.chain(shared) {
        for (at, calendar) in guard.freeze.iter().enumerate() {
            let Some(last) = last_day(calendar).filter(|last| *last < today) else { continue };
            let place = linted.place(&head.path, StatementKind::Freeze, at);
            let Some((file, range)) = place else { continue };
            let message = format!("this freeze was over after {last}");
            found.push(
                Diagnostic::warning(Code::PAST_CALENDAR, file, range, message)
                    .with_help("write the days of the next one, or leave it out"),
            );
        }
    }
}

/// The last day of a calendar of dates; none where some of it comes every week.
fn last_day(calendar: &Calendar) -> Option<Day> {
    let days: Option<Vec<i32>> = calendar
        .spans
        .iter()
        .map(|span| match span {
            CalendarSpan::Dates { to, .. } => Some(to.saturating_sub(1)),
            CalendarSpan::Weekly { .. } | CalendarSpan::Daily { .. } => None,
        })
        .collect();
    days?.into_iter().max().map(|day| Day::of_unix_day(i64::from(day)))
}
