//! `freeze` and `only`: when plans may start.

use heal_diagnostics::Code;
use heal_program::Calendar;
use heal_syntax::tree::Spanned;

use crate::{check::Checker, item::Item};

impl<'a> Checker<'a> {
    /// A calendar of a guard. None can be read yet, and a guard must not be left out in silence: that is an error.
    pub(super) fn guard_calendar(&mut self, item: &Item<'a>, written: &Spanned<String>) -> Option<Calendar> {
        self.error(item, Code::BAD_LITERAL, written.range, "calendars in guards cannot be read yet");
        None
    }
}
