//! `freeze` and `only`: when plans may start.

use heal_program::Calendar;
use heal_syntax::tree::Spanned;

use crate::{check::Checker, item::Item};

impl<'a> Checker<'a> {
    /// A calendar of a guard.
    pub(super) fn guard_calendar(
        &mut self,
        _item: &Item<'a>,
        _written: &Spanned<String>,
    ) -> Option<Calendar> {
        None
    }
}
