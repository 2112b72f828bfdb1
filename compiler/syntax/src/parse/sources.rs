//! Where samples and events come from: sample sources, logs, events and webhooks.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{
    Event, EventStatement, LogReading, LogSource, Matcher, SampleSource, Secret, Source, SourceStatement,
};

const EVENT: Block = Block {
    name: "event",
    statement: Rule::event_statement,
    strict_head: Rule::strict_event_head,
    strict_statements: Rule::strict_event_statements,
    is_nested: false,
};

const SOURCE: Block = Block {
    name: "source",
    statement: Rule::source_statement,
    strict_head: Rule::strict_source_head,
    strict_statements: Rule::strict_source_statements,
    is_nested: false,
};

impl<'text> Reader<'text> {
    /// Reads what stands after `from`.
    pub(super) fn sample_source(&mut self, mut from: Children<'text>) -> Option<SampleSource> {
        let pair = from.next()?;
        let rule = pair.as_rule();
        let mut children = Children::of(pair);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a sample source is one of a few rules out of all"
        )]
        match rule {
            Rule::prometheus => self.next_text(&mut children).map(SampleSource::Prometheus),
            Rule::metric => {
                let name = self.next_text(&mut children)?;
                Some(SampleSource::Metric(name, self.next_matchers(&mut children)?))
            }
            Rule::logs => self.logs(children).map(SampleSource::Logs),
            _ => None,
        }
    }

    fn logs(&mut self, mut children: Children<'text>) -> Option<LogSource> {
        let name = self.next_text(&mut children)?;
        let mut pattern = children.inside(Rule::pattern);
        let pattern = if pattern.is_empty() { None } else { Some(self.next_text(&mut pattern)?) };
        let matchers = self.next_matchers(&mut children)?;
        let reading = if let Some(count) = children.one(Rule::count_per) {
            LogReading::CountPer(self.next_expression(&mut Children::of(count))?)
        } else if let Some(value) = children.one(Rule::log_value) {
            LogReading::Value(self.next_name(&mut Children::of(value))?)
        } else {
            LogReading::Line
        };
        Some(LogSource { name, pattern, matchers, reading })
    }

    /// The matchers after `where`; none without it.
    fn next_matchers(&mut self, children: &mut Children<'text>) -> Option<Vec<Matcher>> {
        children.inside(Rule::matchers).map(|matcher| self.matcher(matcher)).collect()
    }

    fn matcher(&mut self, pair: Pair<'text, Rule>) -> Option<Matcher> {
        let mut children = Children::of(pair);
        Some(Matcher { name: self.next_name(&mut children)?, value: self.next_text(&mut children)? })
    }

    /// Reads an event.
    pub(super) fn event(&mut self, pair: Pair<'text, Rule>) -> Option<Event> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let head = children.one(Rule::event_head).and_then(|head| {
            let mut inner = Children::of(head);
            Some((self.next_name(&mut inner)?, self.next_keys(&mut inner)))
        });
        let body = children.one(Rule::event_body)?;
        let statements = self.body(&EVENT, start, head.is_some(), body, Reader::event_statement);
        let (name, keys) = head?;
        Some(Event { name, keys, statements })
    }

    fn event_statement(&mut self, pair: Pair<'text, Rule>) -> Option<EventStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        if rule == Rule::at_most {
            return self.next_expression(&mut children).map(EventStatement::AtMost);
        }
        let pair = children.next()?;
        let rule = pair.as_rule();
        let mut inner = Children::of(pair);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "an event comes from one of a few rules out of all"
        )]
        match rule {
            Rule::logs => self.logs(inner).map(EventStatement::FromLogs),
            Rule::named_event => {
                let name = self.next_text(&mut inner)?;
                Some(EventStatement::FromNamed(name, self.next_matchers(&mut inner)?))
            }
            Rule::narrowed => {
                let path = self.next_path(&mut inner)?;
                Some(EventStatement::From(path, self.next_matchers(&mut inner)?))
            }
            _ => None,
        }
    }

    /// Reads a source.
    pub(super) fn source(&mut self, pair: Pair<'text, Rule>) -> Option<Source> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let name = self.next_name(&mut children.inside(Rule::source_head));
        let body = children.one(Rule::source_body)?;
        let statements = self.body(&SOURCE, start, name.is_some(), body, Reader::source_statement);
        Some(Source { name: name?, statements })
    }

    fn source_statement(&mut self, pair: Pair<'text, Rule>) -> Option<SourceStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::webhook => self.next_text(&mut children).map(SourceStatement::Webhook),
            Rule::secret => self.secret(children).map(SourceStatement::Secret),
            Rule::signature => {
                let header = self.next_text(&mut children)?;
                Some(SourceStatement::Signature(header, self.next_name(&mut children)?))
            }
            Rule::each => self.next_expression(&mut children).map(SourceStatement::Each),
            Rule::where_ => self.next_expression(&mut children).map(SourceStatement::Where),
            Rule::made_event => {
                let keys = self.next_keys(&mut children);
                Some(SourceStatement::Event(keys, self.next_object(&mut children)?))
            }
            _ => None,
        }
    }

    /// Reads what stands after `secret`.
    pub(super) fn secret(&mut self, mut children: Children<'text>) -> Option<Secret> {
        let name = self.next_name(&mut children)?;
        let store = self.next_name(&mut children)?;
        Some(Secret { name, store, reference: self.next_text(&mut children)? })
    }
}
