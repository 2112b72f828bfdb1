//! Actions, channels and plans.

use heal_diagnostics::Code;
use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{
    Action, ActionStatement, Call, Channel, ChannelStatement, HttpMethod, Plan, PlanStatement, Spanned, Step,
    StepOption,
};

const ACTION: Block = Block {
    name: "action",
    statement: Rule::action_statement,
    strict_head: Rule::strict_action_head,
    strict_statements: Rule::strict_action_statements,
};

const CHANNEL: Block = Block {
    name: "channel",
    statement: Rule::channel_statement,
    strict_head: Rule::strict_channel_head,
    strict_statements: Rule::strict_channel_statements,
};

const PLAN: Block = Block {
    name: "plan",
    statement: Rule::plan_statement,
    strict_head: Rule::strict_plan_head,
    strict_statements: Rule::strict_plan_statements,
};

impl<'text> Reader<'text> {
    /// Reads an action.
    pub(super) fn action(&mut self, pair: Pair<'text, Rule>) -> Option<Action> {
        let start = self.range(&pair).start;
        let mut children = Children::of(pair);
        children.one(Rule::kw_action)?;
        let head = children.one(Rule::action_head);
        let head = self.called_head(head);
        let body = children.one(Rule::action_body)?;
        let statements = self.body(&ACTION, start, head.is_some(), body, Reader::action_statement);
        let (name, parameters) = head?;
        Some(Action { name, parameters, statements })
    }

    fn action_statement(&mut self, pair: Pair<'text, Rule>) -> Option<ActionStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::command => {
                let words = self.list(children.one(Rule::list)?)?;
                Some(ActionStatement::Command(words, self.next_name(&mut children)))
            }
            Rule::kubernetes => {
                let verb = self.next_name(&mut children)?;
                Some(ActionStatement::Kubernetes(verb, self.next_name(&mut children)?, None))
            }
            Rule::risk => self.next_name(&mut children).map(ActionStatement::Risk),
            Rule::timeout => self.next_expression(&mut children).map(ActionStatement::Timeout),
            Rule::idempotent => Some(ActionStatement::Idempotent),
            _ => None,
        }
    }

    /// Reads a channel, which has exactly one statement.
    pub(super) fn channel(&mut self, pair: Pair<'text, Rule>) -> Option<Channel> {
        let place = self.range(&pair);
        let errors_before = self.error_count;
        let mut children = Children::of(pair);
        children.one(Rule::kw_channel)?;
        let head = children.one(Rule::channel_head);
        let head = self.called_head(head);
        let body = children.one(Rule::channel_body)?;
        let mut addresses =
            self.body(&CHANNEL, place.start, head.is_some(), body, Reader::channel_statement).into_iter();
        let (name, parameters) = head?;
        let Some(first) = addresses.next() else {
            if self.error_count == errors_before {
                let message = format!("channel `{}` has no `http POST \"...\"`", name.value);
                self.error(Code::MISSING_STATEMENT, name.range, message);
            }
            return None;
        };
        for again in addresses {
            self.error(Code::DUPLICATE_STATEMENT, again.range, "a channel has one `http POST`");
        }
        let url = first.value;
        let method = Spanned { value: HttpMethod::Post, range: url.range };
        let statement = Spanned { value: ChannelStatement::Http(method, url), range: first.range };
        Some(Channel { name, parameters, statements: vec![statement] })
    }

    fn channel_statement(&mut self, pair: Pair<'text, Rule>) -> Option<Spanned<String>> {
        let http = Children::of(pair).one(Rule::http)?;
        self.next_text(&mut Children::of(http))
    }

    /// Reads a plan.
    pub(super) fn plan(&mut self, pair: Pair<'text, Rule>) -> Option<Plan> {
        let start = self.range(&pair).start;
        let mut children = Children::of(pair);
        children.one(Rule::kw_plan)?;
        let head = children.one(Rule::plan_head);
        let head = self.called_head(head);
        let body = children.one(Rule::plan_body)?;
        let statements = self.body(&PLAN, start, head.is_some(), body, Reader::plan_statement);
        let (name, parameters) = head?;
        Some(Plan { name, parameters, statements })
    }

    fn plan_statement(&mut self, pair: Pair<'text, Rule>) -> Option<PlanStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::risk => self.next_name(&mut children).map(PlanStatement::Risk),
            Rule::require => self.next_expression(&mut children).map(PlanStatement::Require),
            Rule::step => {
                let name = self.next_name(&mut children)?;
                let call = self.next_call(&mut children)?;
                let mut options = children.inside(Rule::step_options);
                options.one(Rule::open);
                let mut timeout = options.inside(Rule::timeout);
                let timeout = self
                    .optional_expression(&mut timeout)?
                    .map(|span| Spanned { range: span.range, value: StepOption::Timeout(span) });
                let options = timeout.into_iter().collect();
                Some(PlanStatement::Step(Step { name, call, options }))
            }
            _ => None,
        }
    }

    /// The next child, which is a call.
    pub(super) fn next_call(&mut self, children: &mut Children<'text>) -> Option<Call> {
        let mut inner = Children::of(children.one(Rule::call)?);
        let target = self.next_path(&mut inner)?;
        let arguments = match inner.one(Rule::arguments) {
            Some(list) => Some(self.arguments(list)?),
            None => None,
        };
        Some(Call { target, arguments })
    }
}
