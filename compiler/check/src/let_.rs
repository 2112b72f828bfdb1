//! `let`: a name for an expression, which is put in where the name stands.

use heal_expr::Expected;
use heal_syntax::tree::ItemKind;

use crate::{check::Checker, item::Item, scope::Locals};

impl<'a> Checker<'a> {
    /// Checks a `let`. Those that it reads have been checked before.
    pub(crate) fn let_(&mut self, item: &Item<'a>) -> Option<()> {
        let ItemKind::Let(named) = &item.tree.kind else { return None };
        let typed = self.expression(item, &Locals::of_telemetry(), &named.value, &Expected::Any)?;
        self.known.lets.insert(item.index, typed);
        Some(())
    }
}
