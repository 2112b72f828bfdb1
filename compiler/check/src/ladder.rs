//! Ladders: what a policy tries, in order, and the risk of it.

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_program::{ChannelIndex, PlanIndex, Risk, Rung};
use heal_syntax::tree::{Call, RungWord};

use crate::{
    ItemKind, ReferenceKind,
    arguments::{Caller, Firing},
    check::{Checker, range_of},
    guard::Guarded,
    item::Item,
    known::PlanShape,
};

/// A rung as written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenRung<'t> {
    /// The word it begins with.
    pub(crate) word: RungWord,
    /// Whether it tells people.
    pub(crate) escalates: bool,
    /// What it calls.
    pub(crate) call: Option<&'t Call>,
    /// All of it.
    pub(crate) range: TextRange,
}

/// A checked ladder.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// Its rungs; none where one was reported.
    pub(crate) rungs: Option<Vec<Rung>>,
    /// Whether it starts plans.
    pub(crate) plans: bool,
    /// The rungs with a plan of high risk: where they name it, its name, and what makes it risky.
    risky: Vec<(TextRange, String, PlanShape)>,
}

impl<'a> Checker<'a> {
    /// Checks the rungs of a policy.
    pub(crate) fn ladder(&mut self, item: &Item<'a>, firing: &Firing, written: &[WrittenRung<'_>]) -> Ladder {
        if written.is_empty() && !item.tree.incomplete {
            let message = format!("the policy `{}` tries nothing", item.name.value);
            let diagnostic = Diagnostic::error(Code::EMPTY_LADDER, item.unit.file, item.name.range, message)
                .with_help("add `try PLAN`, or `try escalate` to tell people only");
            self.diagnostics.push(diagnostic);
        }
        let mut ladder = Ladder { rungs: None, plans: false, risky: Vec::new() };
        let mut rungs = Some(Vec::new());
        for (at, rung) in written.iter().enumerate() {
            if !item.tree.incomplete {
                self.rung_word(item, at, rung);
            }
            let checked = match rung.call {
                Some(call) if !rung.escalates => self.plan_rung(item, firing, call, &mut ladder),
                call => self.escalation(item, firing, call),
            };
            rungs = rungs.zip(checked).map(|(mut rungs, rung)| {
                rungs.push(rung);
                rungs
            });
        }
        ladder.rungs = rungs;
        ladder
    }

    /// The first rung begins with `try`, every other with `then`.
    fn rung_word(&mut self, item: &Item<'_>, at: usize, rung: &WrittenRung<'_>) {
        let (code, written, meant) = match (at, rung.word) {
            (0, RungWord::Then) => (Code::MISSING_STATEMENT, "then", "try"),
            (0, RungWord::Try) | (_, RungWord::Then) => return,
            (_, RungWord::Try) => (Code::DUPLICATE_STATEMENT, "try", "then"),
        };
        let word = TextRange::new(rung.range.start, rung.range.start.saturating_add(written.len() as u32));
        let position = if at == 0 { "the first rung" } else { "a later rung" };
        let message = format!("{position} of `{}` begins with `{meant}`", item.name.value);
        let diagnostic = Diagnostic::error(code, item.unit.file, word, message).with_fix(
            format!("write `{meant}`"),
            Safety::Safe,
            word,
            meant,
        );
        self.diagnostics.push(diagnostic);
    }

    fn plan_rung(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        call: &Call,
        ladder: &mut Ladder,
    ) -> Option<Rung> {
        ladder.plans = true;
        let need = "a rung needs";
        let plan = self.item_of_kind(item, &call.target, ItemKind::Plan, need, ReferenceKind::Calls)?;
        let shape = self.known.plans.get(&plan.index).filter(|shape| shape.risk == Risk::High);
        if let Some(shape) = shape {
            ladder.risky.push((range_of(&call.target), plan.name.value.clone(), shape.clone()));
        }
        let arguments = self.bind(item, call, &plan, Caller::Policy(firing))?;
        Some(Rung::Plan { plan: PlanIndex(plan.index), arguments, again: None })
    }

    fn escalation(&mut self, item: &Item<'a>, firing: &Firing, call: Option<&Call>) -> Option<Rung> {
        let Some(call) = call else { return Some(Rung::Escalate { channel: None, arguments: Vec::new() }) };
        let need = "`escalate` needs";
        let channel = self.item_of_kind(item, &call.target, ItemKind::Channel, need, ReferenceKind::Calls)?;
        let arguments = self.bind(item, call, &channel, Caller::Policy(firing))?;
        Some(Rung::Escalate { channel: Some(ChannelIndex(channel.index)), arguments })
    }

    /// Reports a ladder with plans that no unkeyed limit bounds: telemetry can invent keys without end.
    pub(crate) fn bounded(
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
    pub(crate) fn approved(&mut self, item: &Item<'a>, ladder: &Ladder, guarded: &Guarded) {
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
