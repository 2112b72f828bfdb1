//! Guards: how far a policy may go, or several together.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::SpanKind;
use heal_program::{
    BlastRadius, Breaker, Calendar, Canary, Concurrency, Cooldown, EntityIndex, Guard, Limit, Millis,
    SharedGuardIndex, Storm,
};
use heal_syntax::tree::{self, Expression, GuardStatement, Path, Spanned};

use crate::{
    ItemKind, ReferenceKind, StatementKind,
    check::{Checker, range_of},
    decide::{Firing, approval::WrittenApproval, ladder::Ladder},
    item::Item,
    statements::Slot,
};

/// Whose guard it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Guarding<'g> {
    /// A policy's own.
    Policy(&'g Firing),
    /// A shared one: the entities that its file knows, by their names in lower case.
    Shared(&'g BTreeMap<String, EntityIndex>),
}

/// A checked guard.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    /// The guard; none where a statement was reported.
    pub(super) guard: Option<Guard>,
    /// Whether there is a limit without `per`, right or wrong.
    pub(super) unkeyed_limit: bool,
    /// Whether a person is always asked.
    pub(super) always_approved: bool,
    /// Whether a person is asked when some condition holds.
    pub(super) approved_sometimes: bool,
}

/// The statements of a guard, each where it may stand. What a list holds has been checked: none was reported.
struct Statements<'t> {
    shared: Vec<(&'t Path, TextRange)>,
    limits: Vec<Option<Limit>>,
    unkeyed_limit: bool,
    cooldown: Slot<(&'t Expression, &'t [Path])>,
    blast_radius: Vec<Option<BlastRadius>>,
    concurrency: Vec<Option<Concurrency>>,
    breakers: Vec<Option<Breaker>>,
    approval: Slot<WrittenApproval<'t>>,
    canary: Slot<(&'t [Expression], Option<&'t Expression>)>,
    freeze: Vec<Option<Calendar>>,
    only: Vec<Option<Calendar>>,
    storm: Slot<Option<Storm>>,
    withheld: Slot<&'t Expression>,
}

impl<'a> Checker<'a> {
    /// Checks the guard of a policy; one without a guard has the guard that says nothing.
    pub(super) fn policy_guard(
        &mut self,
        item: &Item<'a>,
        firing: &Firing,
        ladder: &Ladder,
        written: &[Spanned<GuardStatement>],
    ) -> Guarded {
        let guarding = Guarding::Policy(firing);
        let statements = self.guard_statements(item, guarding, ladder.targets.as_ref(), written);
        let shared = self.shared_guards(item, firing, &statements.shared);
        let approval = statements.approval.value().map(|written| self.approval(item, firing, written));
        let canary = statements.canary.value().map(|(waves, settle)| self.canary(item, waves, *settle));
        let withheld = statements.withheld.value();
        let withheld = withheld.map(|span| self.constant_span(item, span, SpanKind::Positive));
        let always_approved = statements.approval.value().is_some_and(|approval| approval.when.is_none());
        let unkeyed_limit = statements.unkeyed_limit
            || shared.as_ref().is_none_or(|shared| shared.iter().any(|shared| self.is_unkeyed(*shared)));
        let approved_sometimes = statements.approval.value().is_some();
        let guard = self.counts(item, guarding, statements).and_then(|guard| {
            Some(Guard {
                shared: shared?,
                approval: all_or_nothing(approval)?,
                canary: all_or_nothing::<Canary>(canary)?,
                withheld_escalates_after: all_or_nothing::<Millis>(withheld)?,
                ..guard
            })
        });
        Guarded { guard, unkeyed_limit, always_approved, approved_sometimes }
    }

    /// Checks the statements of a shared guard, which counts and never asks.
    pub(super) fn shared_statements(
        &mut self,
        item: &Item<'a>,
        entities: &BTreeMap<String, EntityIndex>,
        written: &[Spanned<GuardStatement>],
    ) -> (Option<Guard>, bool) {
        let guarding = Guarding::Shared(entities);
        let statements = self.guard_statements(item, guarding, None, written);
        let unkeyed_limit = statements.unkeyed_limit;
        (self.counts(item, guarding, statements), unkeyed_limit)
    }

    #[allow(clippy::too_many_lines, reason = "a row for each kind of statement")]
    fn guard_statements<'t>(
        &mut self,
        item: &Item<'a>,
        guarding: Guarding<'_>,
        targets: Option<&std::collections::BTreeSet<EntityIndex>>,
        written: &'t [Spanned<GuardStatement>],
    ) -> Statements<'t> {
        let mut statements = Statements {
            shared: Vec::new(),
            limits: Vec::new(),
            unkeyed_limit: false,
            cooldown: Slot::new("cooldown"),
            blast_radius: Vec::new(),
            concurrency: Vec::new(),
            breakers: Vec::new(),
            approval: Slot::new("approval"),
            canary: Slot::new("canary"),
            freeze: Vec::new(),
            only: Vec::new(),
            storm: Slot::new("storm"),
            withheld: Slot::new("escalate when withheld for"),
        };
        for Spanned { value: statement, range } in written {
            let range = *range;
            match statement {
                GuardStatement::Shared(path) => {
                    if self.is_of_policies(item, guarding, "shared", range) {
                        statements.shared.push((path, range));
                    }
                }
                GuardStatement::Limit(limits) => {
                    statements.unkeyed_limit |= limits.iter().any(|limit| limit.value.per.is_empty());
                    let limits = limits.iter().map(|limit| self.limit(item, guarding, &limit.value));
                    statements.limits.extend(limits);
                }
                GuardStatement::Cooldown(span, per) => {
                    self.note_place(item, StatementKind::Cooldown, 0, span.range);
                    self.fill(item, &mut statements.cooldown, (span, per.as_slice()), range);
                }
                GuardStatement::BlastRadius { share, entity, per, within } => {
                    self.note_place(item, StatementKind::BlastRadius, statements.blast_radius.len(), range);
                    let blast = self.blast_radius(item, guarding, targets, (share, entity, per, within));
                    statements.blast_radius.push(blast);
                }
                GuardStatement::Concurrency(runs, per) => {
                    let runs_max = self.constant_whole(item, runs, 1);
                    let per = self.per(item, guarding, per);
                    let concurrency = runs_max.zip(per);
                    let concurrency = concurrency.map(|(runs_max, per)| Concurrency { runs_max, per });
                    statements.concurrency.push(concurrency);
                }
                GuardStatement::Breaker { failures, window, per, open_for } => {
                    let breaker = self.breaker(item, guarding, (failures, window, per, open_for));
                    statements.breakers.push(breaker);
                }
                GuardStatement::Approval { quorum, asked, when, timeout, otherwise } => {
                    if self.is_of_policies(item, guarding, "approval", range) {
                        let approval = WrittenApproval {
                            quorum: quorum.as_ref(),
                            asked,
                            when: when.as_ref(),
                            timeout: timeout.as_ref(),
                            otherwise: otherwise.as_ref(),
                        };
                        self.fill(item, &mut statements.approval, approval, range);
                    }
                }
                GuardStatement::Canary(waves, settle) => {
                    if self.is_of_policies(item, guarding, "canary", range) {
                        let canary = (waves.as_slice(), settle.as_ref());
                        self.fill(item, &mut statements.canary, canary, range);
                    }
                }
                GuardStatement::Freeze(calendar) => {
                    self.note_place(item, StatementKind::Freeze, statements.freeze.len(), calendar.range);
                    statements.freeze.push(self.guard_calendar(item, calendar));
                }
                GuardStatement::Only(calendar) => {
                    self.note_place(item, StatementKind::Only, statements.only.len(), calendar.range);
                    statements.only.push(self.guard_calendar(item, calendar));
                }
                GuardStatement::Storm { firings, window, open_for } => {
                    let storm = self.storm(item, firings, window, open_for);
                    self.fill(item, &mut statements.storm, storm, range);
                }
                GuardStatement::EscalateWithheld(span) => {
                    if self.is_of_policies(item, guarding, "escalate when withheld", range) {
                        self.fill(item, &mut statements.withheld, span, range);
                    }
                }
            }
        }
        statements
    }

    /// Whether a statement may stand here: a shared guard counts for many, and leaves to each what is one policy's own.
    fn is_of_policies(
        &mut self,
        item: &Item<'a>,
        guarding: Guarding<'_>,
        word: &str,
        range: TextRange,
    ) -> bool {
        if matches!(guarding, Guarding::Policy(_)) {
            return true;
        }
        let message = format!("`{word}` is a matter of one policy, and `{}` is shared", item.name.value);
        let diagnostic = Diagnostic::error(Code::MISPLACED_STATEMENT, item.unit.file, range, message)
            .with_help("write it into the guard of each policy that needs it");
        self.diagnostics.push(diagnostic);
        false
    }

    /// What both kinds of guards hold.
    fn counts(
        &mut self,
        item: &Item<'a>,
        guarding: Guarding<'_>,
        statements: Statements<'_>,
    ) -> Option<Guard> {
        let cooldown =
            statements.cooldown.value().map(|(span, per)| self.cooldown(item, guarding, span, per));
        let storm = statements.storm.value().cloned();
        Some(Guard {
            shared: Vec::new(),
            limits: statements.limits.into_iter().collect::<Option<Vec<_>>>()?,
            cooldown: all_or_nothing(cooldown)?,
            blast_radius: statements.blast_radius.into_iter().collect::<Option<Vec<_>>>()?,
            concurrency: statements.concurrency.into_iter().collect::<Option<Vec<_>>>()?,
            breakers: statements.breakers.into_iter().collect::<Option<Vec<_>>>()?,
            approval: None,
            canary: None,
            freeze: statements.freeze.into_iter().collect::<Option<Vec<_>>>()?,
            only: statements.only.into_iter().collect::<Option<Vec<_>>>()?,
            storm: all_or_nothing(storm)?,
            withheld_escalates_after: None,
        })
    }

    fn limit(&mut self, item: &Item<'a>, guarding: Guarding<'_>, limit: &tree::Limit) -> Option<Limit> {
        let runs_max = self.constant_whole(item, &limit.runs, 1);
        let window = self.constant_span(item, &limit.window, SpanKind::Positive);
        let per = self.per(item, guarding, &limit.per);
        Some(Limit { runs_max: runs_max?, window: window?, per: per? })
    }

    fn cooldown(
        &mut self,
        item: &Item<'a>,
        guarding: Guarding<'_>,
        span: &Expression,
        per: &[Path],
    ) -> Option<Cooldown> {
        let span = self.constant_span(item, span, SpanKind::Positive);
        let per = self.per(item, guarding, per);
        Some(Cooldown { span: span?, per: per? })
    }

    /// A share of a kind of entities that a plan of the policy works on.
    fn blast_radius(
        &mut self,
        item: &Item<'a>,
        guarding: Guarding<'_>,
        targets: Option<&std::collections::BTreeSet<EntityIndex>>,
        (share, entity, per, within): (&Expression, &Path, &[Path], &Expression),
    ) -> Option<BlastRadius> {
        let most = self.share(item, share);
        let per = self.per(item, guarding, per);
        let within = self.constant_span(item, within, SpanKind::Positive);
        let need = "`blast_radius` needs";
        let found = self.item_of_kind(item, entity, ItemKind::Entity, need, ReferenceKind::Uses)?;
        if let Some(targets) = targets
            && !targets.contains(&EntityIndex(found.index))
        {
            let range = range_of(entity);
            let shown = item.unit.source().line(range);
            let message =
                format!("no plan of `{}` works on a `{shown}`, so this counts nothing", item.name.value);
            let mut diagnostic = Diagnostic::error(Code::IDLE_GUARD, item.unit.file, range, message);
            let names: Vec<String> = targets
                .iter()
                .filter_map(|target| self.known.entities.get(&target.0))
                .map(|shape| format!("`{}`", shape.name))
                .collect();
            if !names.is_empty() {
                diagnostic = diagnostic.with_help(format!("its plans work on {}", names.join(", ")));
            }
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(BlastRadius { most: most?, entity: EntityIndex(found.index), per: per?, within: within? })
    }

    fn breaker(
        &mut self,
        item: &Item<'a>,
        guarding: Guarding<'_>,
        (failures, window, per, open_for): (&Expression, &Expression, &[Path], &Expression),
    ) -> Option<Breaker> {
        let failures = self.constant_whole(item, failures, 1);
        let window = self.constant_span(item, window, SpanKind::Positive);
        let per = self.per(item, guarding, per);
        let open_for = self.constant_span(item, open_for, SpanKind::Positive);
        Some(Breaker { failures: failures?, window: window?, per: per?, open_for: open_for? })
    }

    fn storm(
        &mut self,
        item: &Item<'a>,
        firings: &Expression,
        window: &Expression,
        open_for: &Expression,
    ) -> Option<Storm> {
        let firings = self.constant_whole(item, firings, 1);
        let window = self.constant_span(item, window, SpanKind::Positive);
        let open_for = self.constant_span(item, open_for, SpanKind::Positive);
        Some(Storm { firings: firings?, window: window?, open_for: open_for? })
    }

    fn is_unkeyed(&self, shared: SharedGuardIndex) -> bool {
        self.known.shared_guards.get(&shared.0).is_none_or(|shape| shape.unkeyed_limit)
    }
}

/// Nothing, where nothing was written; what was written, where it was right.
fn all_or_nothing<T>(written: Option<Option<T>>) -> Option<Option<T>> {
    match written {
        Some(checked) => checked.map(Some),
        None => Some(None),
    }
}
