//! Plans and their steps.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{Affects, Disturbs, ForEach, Plan, PlanStatement, Spanned, Step, StepOption};

const PLAN: Block = Block {
    name: "plan",
    statement: Rule::plan_statement,
    strict_head: Rule::strict_plan_head,
    strict_statements: Rule::strict_plan_statements,
    is_nested: false,
};

const FOR_EACH: Block = Block {
    name: "`for each`",
    statement: Rule::step,
    strict_head: Rule::strict_for_each_head,
    strict_statements: Rule::strict_steps,
    is_nested: true,
};

const UNDO: Block = Block { name: "`undo`", strict_head: Rule::strict_undo_head, ..FOR_EACH };

const ALWAYS: Block = Block { name: "`always`", strict_head: Rule::strict_always_head, ..FOR_EACH };

const STEP: Block = Block {
    name: "step",
    statement: Rule::step_option,
    strict_head: Rule::strict_step_options,
    strict_statements: Rule::strict_step_options,
    is_nested: true,
};

impl<'text> Reader<'text> {
    /// Reads a plan.
    pub(super) fn plan(&mut self, pair: Pair<'text, Rule>) -> Option<Plan> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let head = children.one(Rule::plan_head);
        let head = self.called_head(head);
        let body = children.one(Rule::plan_body)?;
        let statements = self.body(&PLAN, start, head.is_some(), body, Reader::plan_statement);
        let (name, parameters) = head?;
        Some(Plan { name, parameters, statements })
    }

    fn plan_statement(&mut self, pair: Pair<'text, Rule>) -> Option<PlanStatement> {
        let statement = Children::of(pair).next()?;
        let start = self.start(&statement);
        let rule = statement.as_rule();
        if rule == Rule::step {
            return self.step(statement).map(PlanStatement::Step);
        }
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::risk => self.next_name(&mut children).map(PlanStatement::Risk),
            Rule::require => self.next_expression(&mut children).map(PlanStatement::Require),
            Rule::verify => {
                let condition = self.next_expression(&mut children)?;
                Some(PlanStatement::Verify(condition, self.next_expression(&mut children)?))
            }
            Rule::disturbs => {
                let signal = self.next_path(&mut children)?;
                let everywhere = children.one(Rule::kw_everywhere).is_some();
                let span = self.next_expression(&mut children)?;
                Some(PlanStatement::Disturbs(Disturbs { signal, everywhere, span }))
            }
            Rule::affects => Some(PlanStatement::Affects(self.affects(children))),
            Rule::for_each => self.for_each(start, children).map(PlanStatement::ForEach),
            Rule::undo_steps => self.steps(&UNDO, start, children).map(PlanStatement::Undo),
            Rule::always => self.steps(&ALWAYS, start, children).map(PlanStatement::Always),
            Rule::revert_after => self.next_expression(&mut children).map(PlanStatement::RevertAfter),
            Rule::revert_on_clear => Some(PlanStatement::RevertOnClear),
            _ => None,
        }
    }

    /// `affects rss, hits` of an action or a plan.
    pub(super) fn affects(&self, mut children: Children<'text>) -> Affects {
        let mut names = Vec::new();
        while let Some(path) = children.one(Rule::path) {
            names.push(self.path(path));
        }
        Affects { names }
    }

    fn for_each(&mut self, start: u32, mut children: Children<'text>) -> Option<ForEach> {
        let variable = self.next_name(&mut children);
        let entity = self.next_path(&mut children);
        let condition = self.optional_expression(&mut children.inside(Rule::where_));
        let at_most = self.optional_expression(&mut children.inside(Rule::most));
        let steps = self.steps(&FOR_EACH, start, children)?;
        Some(ForEach {
            variable: variable?,
            entity: entity?,
            condition: condition?,
            at_most: at_most?,
            steps,
        })
    }

    fn steps(
        &mut self,
        block: &Block,
        start: u32,
        mut children: Children<'text>,
    ) -> Option<Vec<Spanned<Step>>> {
        let body = children.one(Rule::steps_body)?;
        Some(self.body(block, start, true, body, Reader::step))
    }

    fn step(&mut self, pair: Pair<'text, Rule>) -> Option<Step> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let name = self.next_name(&mut children)?;
        let call = self.next_call(&mut children);
        let options = match children.one(Rule::step_body) {
            Some(body) => self.body(&STEP, start, true, body, Reader::step_option),
            None => Vec::new(),
        };
        Some(Step { name, call: call?, options })
    }

    fn step_option(&mut self, pair: Pair<'text, Rule>) -> Option<StepOption> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::timeout => self.next_expression(&mut children).map(StepOption::Timeout),
            Rule::retry => {
                let count = self.next_expression(&mut children)?;
                let pause = self.optional_expression(&mut children.inside(Rule::every))?;
                Some(StepOption::Retry(count, pause))
            }
            Rule::after => Some(StepOption::After(self.names(children))),
            _ => None,
        }
    }
}
