//! Ladders: what a policy tries, in order, and the risk of it.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic, Safety, TextRange};
use heal_expr::SpanKind;
use heal_program::{Argument, ChannelIndex, EntityIndex, Millis, PlanIndex, Risk, Rung};
use heal_syntax::tree::{self, Call, RungKind, RungWord};

use crate::{
    ItemKind, ReferenceKind,
    act::{PlanShape, call::Caller},
    check::{Checker, range_of},
    decide::Firing,
    item::Item,
    names::Found,
};

/// A rung as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct WrittenRung<'t> {
    pub(super) rung: &'t tree::Rung,
    /// All of it.
    pub(super) range: TextRange,
}

/// A checked ladder.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    /// Its rungs; none where one was reported.
    pub(super) rungs: Option<Vec<Rung>>,
    /// Whether it starts plans.
    pub(super) plans: bool,
    /// The kinds of entities that its plans work on; none where a plan was reported.
    pub(super) targets: Option<BTreeSet<EntityIndex>>,
    /// The rungs with a plan of high risk: where they name it, its name, and what makes it risky.
    pub(super) risky: Vec<(TextRange, String, PlanShape)>,
}

impl<'a> Checker<'a> {
    /// Checks the rungs of a policy.
    pub(super) fn ladder(&mut self, item: &Item<'a>, firing: &Firing, written: &[WrittenRung<'_>]) -> Ladder {
        if written.is_empty() && !item.tree.incomplete {
            let message = format!("the policy `{}` tries nothing", item.name.value);
            let diagnostic = Diagnostic::error(Code::EMPTY_LADDER, item.unit.file, item.name.range, message)
                .with_help("add `try PLAN`, or `try escalate` to tell people only");
            self.diagnostics.push(diagnostic);
        }
        let mut ladder =
            Ladder { rungs: None, plans: false, targets: Some(BTreeSet::new()), risky: Vec::new() };
        let mut rungs: Vec<Option<Rung>> = Vec::new();
        for (at, written) in written.iter().enumerate() {
            if !item.tree.incomplete {
                self.rung_word(item, at, written);
            }
            rungs.push(self.rung(item, firing, written, &mut ladder));
        }
        ladder.rungs = rungs.into_iter().collect();
        ladder
    }

    /// The first rung begins with `try`, every other with `then`.
    fn rung_word(&mut self, item: &Item<'_>, at: usize, rung: &WrittenRung<'_>) {
        let (code, written, meant) = match (at, rung.rung.word) {
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

    fn rung(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: &WrittenRung<'_>,
        ladder: &mut Ladder,
    ) -> Option<Rung> {
        let again = written.rung.again.as_ref();
        match &written.rung.kind {
            RungKind::Plan(call) => {
                let again = self.again(item, firing, again);
                let (plan, arguments) = self.plan_call(item, firing, call, ladder)?;
                Some(Rung::Plan { plan, arguments, again: again? })
            }
            RungKind::Choose(calls) => {
                let again = self.again(item, firing, again);
                let among = self.choice(item, firing, calls, written.range, ladder);
                Some(Rung::Choose { among: among?, again: again? })
            }
            RungKind::Escalate(call) => {
                if let Some(again) = again {
                    let message = "people are told once in an episode, and never again every so often";
                    let diagnostic =
                        Diagnostic::error(Code::MISPLACED_STATEMENT, item.unit.file, again.range, message)
                            .with_help("leave `again every ...` out: they are told again when it gets worse");
                    self.diagnostics.push(diagnostic);
                }
                let rung = self.escalation(item, firing, call.as_ref());
                rung.filter(|_| again.is_none())
            }
        }
    }

    /// The time after `again every`.
    fn again(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        written: Option<&tree::Expression>,
    ) -> Option<Option<Millis>> {
        let Some(written) = written else { return Some(None) };
        let again = self.constant_span(item, written, SpanKind::Positive);
        if firing.verb == "happens" {
            let message =
                format!("`{}` is over as soon as it happened, and nothing goes on meanwhile", firing.trigger);
            let diagnostic =
                Diagnostic::error(Code::MISPLACED_STATEMENT, item.unit.file, written.range, message)
                    .with_help("leave `again every ...` out, or act on a detector that counts the events");
            self.diagnostics.push(diagnostic);
            return None;
        }
        again.map(Some)
    }

    /// `choose [recycle, restart]`: at least two plans, no two alike.
    fn choice(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        calls: &[Call],
        range: TextRange,
        ladder: &mut Ladder,
    ) -> Option<Vec<(PlanIndex, Vec<Argument>)>> {
        if calls.len() < 2 && !item.tree.incomplete {
            let message = "there is nothing to choose from";
            let diagnostic = Diagnostic::error(Code::EMPTY_LADDER, item.unit.file, range, message)
                .with_help("name two plans or more: `choose [recycle, restart]`");
            self.diagnostics.push(diagnostic);
        }
        let mut among: Vec<Option<(PlanIndex, Vec<Argument>)>> = Vec::new();
        for (at, call) in calls.iter().enumerate() {
            let checked = self.plan_call(item, firing, call, ladder);
            let twin = among.iter().position(|before| checked.is_some() && *before == checked);
            if let Some(first) = twin.and_then(|twin| calls.get(twin)) {
                let range = range_of(&call.target);
                let name = tree::Name { value: item.unit.source().line(range), range };
                self.duplicate(item, &name, range_of(&first.target), "plan");
                continue;
            }
            debug_assert!(among.len() <= at, "one choice a call at most");
            among.push(checked);
        }
        let among = among.into_iter().collect::<Option<Vec<_>>>()?;
        (among.len() >= 2).then_some(among)
    }

    /// A plan with its arguments.
    fn plan_call(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        call: &Call,
        ladder: &mut Ladder,
    ) -> Option<(PlanIndex, Vec<Argument>)> {
        let found = self.names.path(item, &call.target);
        if let Found::Item(found) = found
            && found.kind == ItemKind::Channel
        {
            self.channel_as_rung(item, call, &found);
            return None;
        }
        ladder.plans = true;
        if let Found::Item(found) = found
            && found.kind == ItemKind::Action
        {
            ladder.targets = None;
            self.action_as_rung(item, call, &found);
            return None;
        }
        let need = "a rung needs";
        let plan = self.item_of_kind(item, &call.target, ItemKind::Plan, need, ReferenceKind::Calls);
        let shape = plan.and_then(|plan| self.known.plans.get(&plan.index).cloned());
        let targets = shape.as_ref().and_then(|shape| shape.targets.clone());
        ladder.targets = ladder.targets.take().zip(targets).map(|(mut all, targets)| {
            all.extend(targets);
            all
        });
        let plan = plan?;
        if let Some(shape) = shape.filter(|shape| shape.risk == Risk::High) {
            ladder.risky.push((range_of(&call.target), plan.name.value.clone(), shape));
        }
        let arguments = self.bind(item, call, &plan, Caller::Policy(firing))?;
        Some((PlanIndex(plan.index), arguments))
    }

    /// Reports a channel as a rung: people are told by `escalate`.
    fn channel_as_rung(&mut self, item: &Item<'a>, call: &Call, channel: &Item<'a>) {
        let range = range_of(&call.target);
        let written = item.unit.source().line(range);
        self.names.note(item, channel, ReferenceKind::Calls, range);
        let message = format!("`{written}` is a channel, which stands after `escalate`");
        let place = TextRange::new(range.start, range.start);
        let diagnostic = Diagnostic::error(Code::WRONG_KIND, item.unit.file, range, message)
            .with_secondary(channel.unit.file, channel.name.range, "defined here")
            .with_fix(format!("write `escalate {written}`"), Safety::Safe, place, "escalate ");
        self.diagnostics.push(diagnostic);
    }

    fn escalation(&mut self, item: &Item<'a>, firing: &Firing, call: Option<&Call>) -> Option<Rung> {
        let Some(call) = call else { return Some(Rung::Escalate { channel: None, arguments: Vec::new() }) };
        let need = "`escalate` needs";
        let channel = self.item_of_kind(item, &call.target, ItemKind::Channel, need, ReferenceKind::Calls)?;
        let arguments = self.bind(item, call, &channel, Caller::Policy(firing))?;
        Some(Rung::Escalate { channel: Some(ChannelIndex(channel.index)), arguments })
    }
}
