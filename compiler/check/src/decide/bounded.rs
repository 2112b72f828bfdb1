//! What every policy must be held to: a bound that telemetry cannot lift, and a person where the risk is high.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};

use crate::{
    check::Checker,
    decide::{guard::Guarded, ladder::Ladder},
    item::Item,
};

impl<'a> Checker<'a> {
    /// Reports a ladder with plans that no unkeyed limit bounds: telemetry can invent keys without end.
    pub(super) fn bounded(
        &mut self,
        item: &Item<'a>,
        ladder: &Ladder,
        guarded: &Guarded,
        guard: Option<TextRange>,
    ) {
        if !ladder.plans || guarded.unkeyed_limit || item.tree.incomplete {
            return;
        }
        let message = format!("nothing bounds how often `{}` runs its plans", item.name.value);
        let mut diagnostic = Diagnostic::error(Code::UNBOUNDED_POLICY, item.unit.file, item.name.range, message)
            .with_help("add a limit without `per` to its guard, such as `limit 5 per 1h`: a limit per key field bounds nothing, because there can be any number of keys");
        let source = item.unit.source();
        let insertion = match guard {
            Some(guard) => {
                source.slice(guard).find('{').map(|brace| (guard.start + brace as u32 + 1, " limit 5 per 1h"))
            }
            None => {
                let closing = source.slice(item.range).ends_with('}');
                closing.then(|| (item.range.end - 1, "  guard { limit 5 per 1h }\n"))
            }
        };
        if let Some((at, text)) = insertion {
            diagnostic =
                diagnostic.with_fix("add `limit 5 per 1h`", Safety::Unsafe, TextRange::new(at, at), text);
        }
        self.diagnostics.push(diagnostic);
    }

    /// Reports plans of high risk that run without a person's agreement.
    pub(super) fn approved(&mut self, item: &Item<'a>, ladder: &Ladder, guarded: &Guarded) {
        if guarded.always_approved || item.tree.incomplete {
            return;
        }
        for (range, plan, shape) in &ladder.risky {
            let message = format!(
                "`{plan}` has risk `high`, and `{}` does not always ask for approval",
                item.name.value
            );
            let help = if guarded.approved_sometimes {
                "an approval with `when` is not enough for a plan of high risk: leave the condition out"
            } else {
                "add `approval \"team\"` to its guard"
            };
            let diagnostic = Diagnostic::error(Code::RISK_WITHOUT_APPROVAL, item.unit.file, *range, message)
                .with_secondary(shape.because.file, shape.because.range, "this makes the risk high")
                .with_help(help);
            self.diagnostics.push(diagnostic);
        }
    }
}
