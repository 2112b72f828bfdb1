//! `freeze` and `only`: when plans may start.

use heal_expr::calendar_at;
use heal_program::Calendar;
use heal_syntax::tree::Spanned;

use crate::{check::Checker, item::Item};

impl<'a> Checker<'a> {
    /// A calendar of a guard.
    pub(super) fn guard_calendar(&mut self, item: &Item<'a>, written: &Spanned<String>) -> Option<Calendar> {
        calendar_at(&written.value, written.range, item.unit.source(), &mut self.diagnostics)
    }
}
