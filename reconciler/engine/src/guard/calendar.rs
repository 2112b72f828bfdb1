//! Calendars: when plans may start.

use heal_evaluate::is_during;
use heal_program::{Guard, Timestamp};

use crate::WithheldReason;

/// All for which a guard lets nothing start at this time.
pub(super) fn outside(guard: &Guard, now: Timestamp) -> impl Iterator<Item = WithheldReason> + '_ {
    let frozen = guard.freeze.iter().filter_map(move |calendar| match is_during(calendar, now) {
        Some(false) => None,
        Some(true) => Some(WithheldReason::Freeze { calendar: calendar.text.clone() }),
        None => Some(WithheldReason::CalendarUnknown { calendar: calendar.text.clone() }),
    });
    frozen.chain(std::iter::once_with(move || outside_of_only(guard, now)).flatten())
}

fn outside_of_only(guard: &Guard, now: Timestamp) -> Option<WithheldReason> {
    if guard.only.is_empty() || guard.only.iter().any(|calendar| is_during(calendar, now) == Some(true)) {
        return None;
    }
    let unknown = guard.only.iter().find(|calendar| is_during(calendar, now).is_none());
    Some(match unknown {
        Some(calendar) => WithheldReason::CalendarUnknown { calendar: calendar.text.clone() },
        None => {
            let texts: Vec<&str> = guard.only.iter().map(|calendar| calendar.text.as_str()).collect();
            WithheldReason::Only { calendars: texts.join(", ") }
        }
    })
}
