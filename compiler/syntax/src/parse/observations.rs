//! Statements of signals and detectors.

use pest::iterators::Pair;

use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{DetectorStatement, Matcher, SampleSource, SignalStatement};

impl<'text> Reader<'text> {
    /// Reads a statement of a signal.
    pub(super) fn signal_statement(&mut self, pair: Pair<'text, Rule>) -> Option<SignalStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::prometheus => self
                .next_text(&mut children)
                .map(|query| SignalStatement::From(SampleSource::Prometheus(query))),
            Rule::metric => {
                let name = self.next_text(&mut children)?;
                let matchers = children.map(|matcher| self.matcher(matcher)).collect::<Option<_>>()?;
                Some(SignalStatement::From(SampleSource::Metric(name, matchers)))
            }
            Rule::every => self.next_expression(&mut children).map(SignalStatement::Every),
            Rule::stale => self.next_expression(&mut children).map(SignalStatement::StaleAfter),
            Rule::at_most => self.next_expression(&mut children).map(SignalStatement::AtMost),
            _ => None,
        }
    }

    fn matcher(&mut self, pair: Pair<'text, Rule>) -> Option<Matcher> {
        let mut children = Children::of(pair);
        Some(Matcher { name: self.next_name(&mut children)?, value: self.next_text(&mut children)? })
    }

    /// Reads a statement of a detector.
    pub(super) fn detector_statement(&mut self, pair: Pair<'text, Rule>) -> Option<DetectorStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::when => self.next_expression(&mut children).map(DetectorStatement::When),
            Rule::for_ => self.next_expression(&mut children).map(DetectorStatement::For),
            Rule::clear => {
                let condition = self.next_expression(&mut children)?;
                Some(DetectorStatement::Clear(condition, self.optional_expression(&mut children)?))
            }
            Rule::severity => self.next_name(&mut children).map(DetectorStatement::Severity),
            _ => None,
        }
    }
}
