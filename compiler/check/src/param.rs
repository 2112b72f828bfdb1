//! Params: values that a reviewer may move inside a range.

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Dimension, Param};
use heal_syntax::tree::{self, ItemKind};

use crate::{check::Checker, item::Item};

impl<'a> Checker<'a> {
    /// Checks a param: its value and its range have its type, and the value is inside the range.
    pub(crate) fn param(&mut self, item: &Item<'a>) -> Option<Param> {
        let ItemKind::Param(param) = &item.tree.kind else { return None };
        let dimension = self.dimension(item, &param.type_)?;
        self.known.params.insert(item.index, dimension);
        let source = item.unit.source();
        let value = self.constant_quantity(item, &param.value, dimension);
        let range = match &param.range {
            None => None,
            Some(written) => Some(self.range(item, dimension, written)?),
        };
        let (value, Some((low, high))) = (value?, range) else {
            return Some(Param { head: item.head(), dimension, value: value?, range });
        };
        if value < low || value > high {
            let message =
                format!("`{}` is outside the range of `{}`", source.line(param.value.range), item.name.value);
            let mut diagnostic =
                Diagnostic::error(Code::OUT_OF_RANGE, item.unit.file, param.value.range, message);
            if let Some((low, high)) = &param.range {
                diagnostic = diagnostic.with_secondary(
                    item.unit.file,
                    low.range.cover(high.range),
                    "the values that a reviewer may choose",
                );
            }
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(Param { head: item.head(), dimension, value, range })
    }

    fn range(
        &mut self,
        item: &Item<'a>,
        dimension: Dimension,
        (low, high): &(tree::Expression, tree::Expression),
    ) -> Option<(f64, f64)> {
        let source = item.unit.source();
        let lowest = self.constant_quantity(item, low, dimension);
        let highest = self.constant_quantity(item, high, dimension);
        let (lowest, highest) = (lowest?, highest?);
        if lowest > highest {
            let message = format!("no value is in `{}`", source.line(low.range.cover(high.range)));
            self.error(item, Code::OUT_OF_RANGE, low.range.cover(high.range), message);
            return None;
        }
        Some((lowest, highest))
    }
}
