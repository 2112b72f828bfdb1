//! Shares of something: `10%` of it, or so many.

use heal_diagnostics::Code;
use heal_expr::{Expected, Type};
use heal_program::{Dimension, Share};
use heal_syntax::tree::{Expression, ExpressionKind};

use crate::{check::Checker, item::Item, scope::Locals};

impl<'a> Checker<'a> {
    /// A constant that is a part of a whole, above 0% and up to 100%, or a whole number.
    pub(super) fn share(&mut self, item: &Item<'a>, written: &Expression) -> Option<Share> {
        if !self.is_part(item, written) {
            return self.constant_whole(item, written, 1).map(Share::Count);
        }
        let part = self.constant_quantity(item, written, Dimension::RATIO)?;
        if part > 0.0 && part <= 1.0 {
            return Some(Share::Part(part));
        }
        let shown = item.unit.source().line(written.range);
        let message = format!("`{shown}` is not a part of a whole: it is above `0%` and at most `100%`");
        self.error(item, Code::OUT_OF_RANGE, written.range, message);
        None
    }

    /// Whether a share is written as a ratio. A number without a unit is a count of things.
    fn is_part(&mut self, item: &Item<'a>, written: &Expression) -> bool {
        if let ExpressionKind::Number { unit, .. } = written.kind.as_ref() {
            return unit.is_some();
        }
        // What is wrong with it is said where its value is asked for.
        let said = self.diagnostics.len();
        let typed = self.expression(item, &Locals::of_telemetry(), written, &Expected::Any);
        self.diagnostics.truncate(said);
        typed.is_some_and(|typed| typed.type_ == Type::Quantity(Dimension::RATIO))
    }
}
