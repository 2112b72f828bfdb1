//! `freeze` and `only`: when plans may start.

use heal_program::Calendar;
use heal_syntax::tree::Spanned;

use crate::{check::Checker, item::Item};

impl<'a> Checker<'a> {
    /// A calendar of a guard.
    pub(super) fn guard_calendar(&mut self, item: &Item<'a>, written: &Spanned<String>) -> Option<Calendar> {
        heal_expr::calendar(&written.value, written.range, item.unit.source(), &mut self.diagnostics)
    }
}
