//! Guards.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{Asked, GuardStatement, Limit, Path, SharedGuard, Spanned};

const GUARD: Block = Block {
    name: "guard",
    statement: Rule::guard_statement,
    strict_head: Rule::strict_guard_head,
    strict_statements: Rule::strict_guard_statements,
    is_nested: true,
};

const SHARED_GUARD: Block = Block { strict_head: Rule::strict_shared_guard_head, is_nested: false, ..GUARD };

impl<'text> Reader<'text> {
    /// Reads a shared guard.
    pub(super) fn shared_guard(&mut self, pair: Pair<'text, Rule>) -> Option<SharedGuard> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let name = self.next_name(&mut children.inside(Rule::shared_head));
        let body = children.one(Rule::guard_body)?;
        let statements = self.body(&SHARED_GUARD, start, name.is_some(), body, Reader::guard_statement);
        Some(SharedGuard { name: name?, statements })
    }

    /// The statements of the guard of a policy.
    pub(super) fn guard_body(
        &mut self,
        start: u32,
        children: &mut Children<'text>,
    ) -> Option<Vec<Spanned<GuardStatement>>> {
        let body = children.one(Rule::guard_body)?;
        Some(self.body(&GUARD, start, true, body, Reader::guard_statement))
    }

    fn guard_statement(&mut self, pair: Pair<'text, Rule>) -> Option<GuardStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::share => self.next_path(&mut children).map(GuardStatement::Shared),
            Rule::limit => {
                let limits: Vec<_> = children.map(|allowance| self.allowance(allowance)).collect();
                limits.into_iter().collect::<Option<_>>().map(GuardStatement::Limit)
            }
            Rule::cooldown => {
                let time = self.next_expression(&mut children)?;
                Some(GuardStatement::Cooldown(time, self.next_per(&mut children)))
            }
            Rule::blast_radius => {
                let share = self.next_expression(&mut children)?;
                let entity = self.next_path(&mut children)?;
                let per = self.next_per(&mut children);
                let within = self.next_expression(&mut children)?;
                Some(GuardStatement::BlastRadius { share, entity, per, within })
            }
            Rule::concurrency => {
                let runs = self.next_expression(&mut children)?;
                Some(GuardStatement::Concurrency(runs, self.next_per(&mut children)))
            }
            Rule::breaker => {
                let failures = self.next_expression(&mut children)?;
                let window = self.next_expression(&mut children)?;
                let per = self.next_per(&mut children);
                let open_for = self.next_expression(&mut children.inside(Rule::open_for))?;
                Some(GuardStatement::Breaker { failures, window, per, open_for })
            }
            Rule::approval => self.approval(children),
            Rule::canary => self.canary(children),
            Rule::freeze => self.next_text(&mut children).map(GuardStatement::Freeze),
            Rule::only => self.next_text(&mut children).map(GuardStatement::Only),
            Rule::storm => {
                let firings = self.next_expression(&mut children)?;
                let window = self.next_expression(&mut children)?;
                let open_for = self.next_expression(&mut children.inside(Rule::open_for))?;
                Some(GuardStatement::Storm { firings, window, open_for })
            }
            Rule::withheld => self.next_expression(&mut children).map(GuardStatement::EscalateWithheld),
            _ => None,
        }
    }

    fn allowance(&mut self, pair: Pair<'text, Rule>) -> Option<Spanned<Limit>> {
        let range = self.range(&pair);
        let mut children = Children::of(pair);
        let runs = self.next_expression(&mut children)?;
        let window = self.next_expression(&mut children)?;
        Some(Spanned { value: Limit { runs, window, per: self.next_per(&mut children) }, range })
    }

    /// The paths after `per`; none without it.
    fn next_per(&mut self, children: &mut Children<'text>) -> Vec<Path> {
        children.inside(Rule::per).map(|path| self.path(path)).collect()
    }

    fn approval(&mut self, mut children: Children<'text>) -> Option<GuardStatement> {
        let quorum = match children.inside(Rule::quorum).next() {
            Some(number) => Some(self.number(&number)?),
            None => None,
        };
        let asked = if children.is(Rule::text) {
            Asked::Team(self.next_text(&mut children)?)
        } else {
            Asked::Channel(self.next_call(&mut children)?)
        };
        let when = self.optional_expression(&mut children.inside(Rule::approval_when))?;
        let timeout = self.optional_expression(&mut children.inside(Rule::approval_timeout))?;
        let otherwise = self.next_name(&mut children.inside(Rule::approval_else));
        Some(GuardStatement::Approval { quorum, asked, when, timeout, otherwise })
    }

    fn canary(&mut self, mut children: Children<'text>) -> Option<GuardStatement> {
        let mut waves = vec![self.next_expression(&mut children)?];
        while children.one(Rule::kw_then).is_some() {
            waves.push(self.next_expression(&mut children)?);
        }
        let settle = self.optional_expression(&mut children.inside(Rule::settle))?;
        Some(GuardStatement::Canary(waves, settle))
    }
}
