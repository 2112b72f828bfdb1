//! Policies and their guards.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{
    Asked, GuardStatement, Limit, Path, Policy, PolicyStatement, Rung, RungKind, RungWord, Spanned,
};

const POLICY: Block = Block {
    name: "policy",
    statement: Rule::policy_statement,
    strict_head: Rule::strict_policy_head,
    strict_statements: Rule::strict_policy_statements,
};

const GUARD: Block = Block {
    name: "guard",
    statement: Rule::guard_statement,
    strict_head: Rule::strict_guard_head,
    strict_statements: Rule::strict_guard_statements,
};

impl<'text> Reader<'text> {
    /// Reads a policy.
    pub(super) fn policy(&mut self, pair: Pair<'text, Rule>) -> Option<Policy> {
        let start = self.range(&pair).start;
        let mut children = Children::of(pair);
        children.one(Rule::kw_policy)?;
        let name = children.one(Rule::policy_head).and_then(|head| self.next_name(&mut Children::of(head)));
        let body = children.one(Rule::policy_body)?;
        let statements = self.body(&POLICY, start, name.is_some(), body, Reader::policy_statement);
        Some(Policy { name: name?, parameters: None, statements })
    }

    fn policy_statement(&mut self, pair: Pair<'text, Rule>) -> Option<PolicyStatement> {
        let statement = Children::of(pair).next()?;
        let start = self.range(&statement).start;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::on => self.next_path(&mut children).map(PolicyStatement::On),
            Rule::where_ => self.next_expression(&mut children).map(PolicyStatement::Where),
            Rule::rung => self.rung(children),
            Rule::guard => {
                let body = children.one(Rule::guard_body)?;
                Some(PolicyStatement::Guard(self.body(&GUARD, start, true, body, Reader::guard_statement)))
            }
            _ => None,
        }
    }

    fn rung(&mut self, mut children: Children<'text>) -> Option<PolicyStatement> {
        let word = if children.next()?.as_rule() == Rule::kw_try { RungWord::Try } else { RungWord::Then };
        let Some(escalate) = children.one(Rule::escalate) else {
            let kind = RungKind::Plan(self.next_call(&mut children)?);
            return Some(PolicyStatement::Rung(Rung { word, kind, again: None }));
        };
        let mut inner = Children::of(escalate);
        let channel = if inner.is_empty() { None } else { Some(self.next_call(&mut inner)?) };
        Some(PolicyStatement::Rung(Rung { word, kind: RungKind::Escalate(channel), again: None }))
    }

    fn guard_statement(&mut self, pair: Pair<'text, Rule>) -> Option<GuardStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::limit => {
                let limits = children.map(|allowance| self.allowance(allowance));
                limits.collect::<Option<_>>().map(GuardStatement::Limit)
            }
            Rule::cooldown => {
                let time = self.next_expression(&mut children)?;
                Some(GuardStatement::Cooldown(time, self.next_per(&mut children)))
            }
            Rule::approval => self.approval(children),
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
        let team = self.next_text(&mut children)?;
        let when = self.optional_expression(&mut children.inside(Rule::approval_when))?;
        let timeout = self.optional_expression(&mut children.inside(Rule::approval_timeout))?;
        let otherwise = self.next_name(&mut children.inside(Rule::approval_else));
        Some(GuardStatement::Approval { quorum: None, asked: Asked::Team(team), when, timeout, otherwise })
    }
}
