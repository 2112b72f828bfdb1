//! What several proofs need to know: what each policy watches, runs and disturbs.

use std::cell::{OnceCell, RefCell};

use heal_check::{ItemKind, StatementKind, TypedProgram};
use heal_program::{
    Action, ActionIndex, Argument, Detector, DetectorIndex, Expression, Guard, Head, Millis, Plan, PlanIndex,
    Policy, Program, Read, Rung, SharedGuardIndex, Table, Trigger,
};

use super::places::{self, Place};

/// A typed program, and what follows from it.
pub(super) struct Facts<'t> {
    pub(super) typed: &'t TypedProgram,
    pub(super) program: &'t Program,
    /// The policies of the package that is checked, made when a proof asks for them.
    policies: OnceCell<Vec<Acting<'t>>>,
    /// How long each detector may take to clear once all is well, where that was asked.
    settling: RefCell<Vec<Option<Millis>>>,
}

/// A policy and the plans that it may run.
pub(super) struct Acting<'t> {
    pub(super) policy: &'t Policy,
    /// Each with the position of its rung.
    pub(super) plans: Vec<(usize, PlanIndex, &'t Plan, &'t [Argument])>,
}

impl<'t> Facts<'t> {
    pub(super) fn of(typed: &'t TypedProgram) -> Facts<'t> {
        let program = &typed.nodes;
        let settling = RefCell::new(vec![None; program.detectors.len()]);
        Facts { typed, program, policies: OnceCell::new(), settling }
    }

    /// The policies of the package that is checked, by path.
    pub(super) fn policies(&self) -> &[Acting<'t>] {
        self.policies.get_or_init(|| {
            let own = self.own(ItemKind::Policy, &self.program.policies);
            own.map(|policy| Acting::of(self.program, policy)).collect()
        })
    }

    /// The nodes of a table that are the package's own.
    pub(super) fn own<T>(
        &self,
        kind: ItemKind,
        table: &'t Table<T>,
    ) -> impl Iterator<Item = &'t T> + use<'t, T> {
        let items = self.typed.of_kind(kind).zip(table);
        items.filter(|(item, _)| !item.external).map(|(_, node)| node)
    }

    /// How long a detector may take to clear once all is well: how far it looks back, and how long it waits.
    fn settling_of(&self, index: DetectorIndex) -> Option<Millis> {
        let mut settling = self.settling.borrow_mut();
        // Those that it reads come first, and are on top; a chain of detectors must not use up the stack.
        let mut pending = vec![index];
        while let Some(at) = pending.last().copied() {
            let (Some(None), Some(detector)) = (settling.get(at.at()), self.program.detector(at)) else {
                pending.pop();
                continue;
            };
            let before = pending.len();
            let span = settling_of(detector, &mut |read| {
                let known = settling.get(read.at()).copied().flatten();
                if known.is_none() && self.program.detector(read).is_some() {
                    pending.push(read);
                }
                known
            });
            if pending.len() == before {
                pending.pop();
                settling.get_mut(at.at()).into_iter().for_each(|slot| *slot = Some(span));
            }
        }
        settling.get(index.at()).copied().flatten()
    }

    /// What a detector reads itself, as often as it does.
    pub(super) fn reads(&self, index: DetectorIndex) -> Vec<Read> {
        let mut reads = Vec::new();
        if let Some(detector) = self.program.detector(index) {
            let clear = detector.clear.as_ref().map(|clear| &clear.when);
            for condition in std::iter::once(&detector.when).chain(clear) {
                condition.walk(&mut |node| reads.extend(node.read()));
            }
        }
        reads
    }

    /// How long a trigger may take to clear once all is well; none for events, which are over at once.
    pub(super) fn settling(&self, trigger: Trigger) -> Option<Millis> {
        self.settling_of(trigger.detector()?)
    }

    /// Where a statement stands, or else its item's name.
    pub(super) fn place(&self, head: &Head, kind: StatementKind, at: usize) -> Option<Place> {
        places::statement(self.typed, &head.path, kind, at)
    }

    /// Where an item's name stands.
    pub(super) fn name(&self, head: &Head) -> Option<Place> {
        self.typed.item(&head.path).map(|(_, item)| (item.file, item.name_range))
    }

    /// The actions that a plan's steps run when nothing fails.
    pub(super) fn actions_of(&self, plan: &'t Plan) -> impl Iterator<Item = (ActionIndex, &'t Action)> {
        let program = self.program;
        plan.steps.iter().filter_map(move |step| Some((step.action, program.action(step.action)?)))
    }

    /// The guards of a policy: its own, and those that it shares.
    pub(super) fn guards<'p>(&'p self, policy: &'p Policy) -> impl Iterator<Item = &'p Guard> {
        let program = self.program;
        let shared = policy.guard.shared.iter();
        let shared = shared.filter_map(move |index| program.shared_guard(*index)).map(|it| &it.guard);
        std::iter::once(&policy.guard).chain(shared)
    }

    /// Whether a cooldown that they share keeps two policies apart. One run at a time does not: the other's begins when it
    /// is over.
    pub(super) fn are_kept_apart(&self, left: &Policy, right: &Policy) -> bool {
        let parts = |index: &SharedGuardIndex| {
            self.program.shared_guard(*index).is_some_and(|shared| shared.guard.cooldown.is_some())
        };
        left.guard.shared.iter().filter(|index| right.guard.shared.contains(index)).any(parts)
    }
}

impl<'t> Acting<'t> {
    pub(super) fn of(program: &'t Program, policy: &'t Policy) -> Acting<'t> {
        let mut plans = Vec::new();
        for (at, rung) in policy.ladder.iter().enumerate() {
            let mut add = |index: &PlanIndex, arguments: &'t [Argument]| {
                if let Some(plan) = program.plan(*index) {
                    plans.push((at, *index, plan, arguments));
                }
            };
            match rung {
                Rung::Plan { plan, arguments, again: _ } => add(plan, arguments),
                Rung::Choose { among, again: _ } => {
                    among.iter().for_each(|(plan, arguments)| add(plan, arguments));
                }
                Rung::Escalate { .. } => {}
            }
        }
        Acting { policy, plans }
    }
}

/// How far back the windows of what clears a detector look, and how long it waits; what it learns from is no matter,
/// because that outlives a fault. `of` says it of other detectors.
fn settling_of(detector: &Detector, of: &mut dyn FnMut(DetectorIndex) -> Option<Millis>) -> Millis {
    let clear = detector.clear.as_ref();
    let clears_by = clear.map_or(&detector.when, |clear| &clear.when);
    let hold = clear.map_or(Millis::ZERO, |clear| clear.hold);
    let mut longest = Millis::ZERO;
    clears_by.walk(&mut |node| {
        let span = if let Expression::Window { span, .. }
        | Expression::EventWithin { span, .. }
        | Expression::EventCount { span, .. } = node
        {
            Some(*span)
        } else if let Expression::Firing(detector) = node {
            of(*detector)
        } else {
            None
        };
        longest = longest.max(span.unwrap_or(Millis::ZERO));
    });
    Millis(longest.0.saturating_add(hold.0))
}
