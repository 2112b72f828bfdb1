//! Actions and channels.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{Action, ActionStatement, Call, Channel, ChannelStatement, HttpMethod, Spanned};

const ACTION: Block = Block {
    name: "action",
    statement: Rule::action_statement,
    strict_head: Rule::strict_action_head,
    strict_statements: Rule::strict_action_statements,
    is_nested: false,
};

const CHANNEL: Block = Block {
    name: "channel",
    statement: Rule::channel_statement,
    strict_head: Rule::strict_channel_head,
    strict_statements: Rule::strict_channel_statements,
    is_nested: false,
};

impl<'text> Reader<'text> {
    /// Reads an action.
    pub(super) fn action(&mut self, pair: Pair<'text, Rule>) -> Option<Action> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
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
                let target = self.next_name(&mut children)?;
                Some(ActionStatement::Kubernetes(verb, target, self.optional_object(&mut children)?))
            }
            Rule::http => self.http(children).map(|(method, url)| ActionStatement::Http(method, url)),
            Rule::secret => self.secret(children).map(ActionStatement::Secret),
            Rule::header => {
                let name = self.next_text(&mut children)?;
                Some(ActionStatement::Header(name, self.next_expression(&mut children)?))
            }
            Rule::body => self.next_object(&mut children).map(ActionStatement::Body),
            Rule::success => self.next_expression(&mut children).map(ActionStatement::Success),
            Rule::risk => self.next_name(&mut children).map(ActionStatement::Risk),
            Rule::timeout => self.next_expression(&mut children).map(ActionStatement::Timeout),
            Rule::idempotent => Some(ActionStatement::Idempotent),
            Rule::replaces => self.next_name(&mut children).map(ActionStatement::Replaces),
            Rule::affects => Some(ActionStatement::Affects(self.affects(children))),
            Rule::undo_call => self.next_call(&mut children).map(ActionStatement::Undo),
            _ => None,
        }
    }

    /// Reads a channel.
    pub(super) fn channel(&mut self, pair: Pair<'text, Rule>) -> Option<Channel> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let head = children.one(Rule::channel_head);
        let head = self.called_head(head);
        let body = children.one(Rule::channel_body)?;
        let statements = self.body(&CHANNEL, start, head.is_some(), body, Reader::channel_statement);
        let (name, parameters) = head?;
        Some(Channel { name, parameters, statements })
    }

    fn channel_statement(&mut self, pair: Pair<'text, Rule>) -> Option<ChannelStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::http => self.http(children).map(|(method, url)| ChannelStatement::Http(method, url)),
            Rule::secret => self.secret(children).map(ChannelStatement::Secret),
            Rule::header => {
                let name = self.next_text(&mut children)?;
                Some(ChannelStatement::Header(name, self.next_expression(&mut children)?))
            }
            Rule::body => self.next_object(&mut children).map(ChannelStatement::Body),
            Rule::success => self.next_expression(&mut children).map(ChannelStatement::Success),
            Rule::timeout => self.next_expression(&mut children).map(ChannelStatement::Timeout),
            _ => None,
        }
    }

    /// What stands after `http`.
    fn http(&mut self, mut children: Children<'text>) -> Option<(Spanned<HttpMethod>, Spanned<String>)> {
        let word = children.next()?;
        #[expect(clippy::wildcard_enum_match_arm, reason = "a method is one of a few rules out of all")]
        let value = match word.as_rule() {
            Rule::kw_POST => HttpMethod::Post,
            Rule::kw_PUT => HttpMethod::Put,
            Rule::kw_PATCH => HttpMethod::Patch,
            Rule::kw_DELETE => HttpMethod::Delete,
            _ => return None,
        };
        let range = self.range(&word);
        Some((Spanned { value, range }, self.next_text(&mut children)?))
    }

    /// The next child, which is a call.
    pub(super) fn next_call(&mut self, children: &mut Children<'text>) -> Option<Call> {
        children.one(Rule::call).and_then(|pair| self.call(pair))
    }

    /// A call.
    pub(super) fn call(&mut self, pair: Pair<'text, Rule>) -> Option<Call> {
        let mut inner = Children::of(pair);
        let target = self.next_path(&mut inner)?;
        let arguments = match inner.one(Rule::arguments) {
            Some(list) => Some(self.arguments(list)?),
            None => None,
        };
        Some(Call { target, arguments })
    }
}
