//! Policies.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{InstanceKind, ItemKind, Policy, PolicyStatement, Rung, RungKind, RungWord};

const POLICY: Block = Block {
    name: "policy",
    statement: Rule::policy_statement,
    strict_head: Rule::strict_policy_head,
    strict_statements: Rule::strict_policy_statements,
    is_nested: false,
};

impl<'text> Reader<'text> {
    /// Reads a policy, written out or made from a template.
    pub(super) fn policy(&mut self, pair: Pair<'text, Rule>) -> Option<ItemKind> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let head = children.one(Rule::policy_head);
        let head = self.template_head(head);
        if let Some(instance) = children.one(Rule::instance) {
            return self.instance(InstanceKind::Policy, start, head, instance);
        }
        let body = children.one(Rule::policy_body)?;
        let statements = self.body(&POLICY, start, head.is_some(), body, Reader::policy_statement);
        let (name, parameters) = head?;
        Some(ItemKind::Policy(Policy { name, parameters, statements }))
    }

    fn policy_statement(&mut self, pair: Pair<'text, Rule>) -> Option<PolicyStatement> {
        let statement = Children::of(pair).next()?;
        let start = self.start(&statement);
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::on => self.next_path(&mut children).map(PolicyStatement::On),
            Rule::where_ => self.next_expression(&mut children).map(PolicyStatement::Where),
            Rule::rung => self.rung(children).map(PolicyStatement::Rung),
            Rule::guard => self.guard_body(start, &mut children).map(PolicyStatement::Guard),
            Rule::shadow => Some(PolicyStatement::Shadow),
            _ => None,
        }
    }

    fn rung(&mut self, mut children: Children<'text>) -> Option<Rung> {
        let word = if children.next()?.as_rule() == Rule::kw_try { RungWord::Try } else { RungWord::Then };
        let kind = if let Some(choose) = children.one(Rule::choose) {
            let calls: Vec<_> = Children::of(choose).map(|call| self.call(call)).collect();
            RungKind::Choose(calls.into_iter().collect::<Option<_>>()?)
        } else if let Some(escalate) = children.one(Rule::escalate) {
            let mut inner = Children::of(escalate);
            RungKind::Escalate(if inner.is_empty() { None } else { Some(self.next_call(&mut inner)?) })
        } else {
            RungKind::Plan(self.next_call(&mut children)?)
        };
        let again = self.optional_expression(&mut children.inside(Rule::again))?;
        Some(Rung { word, kind, again })
    }
}
