//! Entities, signals and detectors.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{
    Detector, DetectorStatement, Entity, EntityStatement, Field, InstanceKind, ItemKind, Signal,
    SignalStatement,
};

const ENTITY: Block = Block {
    name: "entity",
    statement: Rule::entity_statement,
    strict_head: Rule::strict_entity_head,
    strict_statements: Rule::strict_entity_statements,
    is_nested: false,
};

const SIGNAL: Block = Block {
    name: "signal",
    statement: Rule::signal_statement,
    strict_head: Rule::strict_signal_head,
    strict_statements: Rule::strict_signal_statements,
    is_nested: false,
};

const DETECTOR: Block = Block {
    name: "detector",
    statement: Rule::detector_statement,
    strict_head: Rule::strict_detector_head,
    strict_statements: Rule::strict_detector_statements,
    is_nested: false,
};

impl<'text> Reader<'text> {
    /// Reads an entity.
    pub(super) fn entity(&mut self, pair: Pair<'text, Rule>) -> Option<Entity> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let head = children.one(Rule::entity_head).and_then(|head| {
            let mut inner = Children::of(head);
            Some((self.next_name(&mut inner)?, self.next_keys(&mut inner)))
        });
        let body = children.one(Rule::entity_body)?;
        let statements = self.body(&ENTITY, start, head.is_some(), body, Reader::entity_statement);
        let (name, keys) = head?;
        Some(Entity { name, keys, statements })
    }

    fn entity_statement(&mut self, pair: Pair<'text, Rule>) -> Option<EntityStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::field => self.field(children).map(EntityStatement::Field),
            Rule::from => self.sample_source(children).map(EntityStatement::From),
            Rule::every => self.next_expression(&mut children).map(EntityStatement::Every),
            Rule::stale => self.next_expression(&mut children).map(EntityStatement::StaleAfter),
            Rule::at_most => self.next_expression(&mut children).map(EntityStatement::AtMost),
            _ => None,
        }
    }

    fn field(&mut self, mut children: Children<'text>) -> Option<Field> {
        let name = self.next_name(&mut children)?;
        if children.is(Rule::relation) {
            let type_ = self.next_type(&mut children.inside(Rule::relation))?;
            return Some(Field { name, type_, unit: None, source: None });
        }
        let type_ = self.next_type(&mut children)?;
        let unit = children.one(Rule::unit).map(|unit| self.name(&unit));
        let source = match children.one(Rule::from) {
            Some(from) => Some(self.sample_source(Children::of(from))?),
            None => None,
        };
        Some(Field { name, type_, unit, source })
    }

    /// Reads a signal or counter.
    pub(super) fn signal(&mut self, pair: Pair<'text, Rule>) -> Option<Signal> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let counter = children.next()?.as_rule() == Rule::kw_counter;
        let head = children.one(Rule::signal_head).and_then(|head| {
            let mut inner = Children::of(head);
            let name = self.next_name(&mut inner)?;
            let type_ = self.next_type(&mut inner)?;
            let unit = inner.one(Rule::unit).map(|unit| self.name(&unit));
            Some((name, type_, unit, self.next_keys(&mut inner)))
        });
        let body = children.one(Rule::signal_body)?;
        let statements = self.body(&SIGNAL, start, head.is_some(), body, Reader::signal_statement);
        let (name, type_, unit, keys) = head?;
        Some(Signal { counter, name, type_, unit, keys, statements })
    }

    fn signal_statement(&mut self, pair: Pair<'text, Rule>) -> Option<SignalStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::from => self.sample_source(children).map(SignalStatement::From),
            Rule::every => self.next_expression(&mut children).map(SignalStatement::Every),
            Rule::stale => self.next_expression(&mut children).map(SignalStatement::StaleAfter),
            Rule::at_most => self.next_expression(&mut children).map(SignalStatement::AtMost),
            _ => None,
        }
    }

    /// Reads a detector, written out or made from a template.
    pub(super) fn detector(&mut self, pair: Pair<'text, Rule>) -> Option<ItemKind> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let head = children.one(Rule::detector_head);
        let head = self.template_head(head);
        if let Some(instance) = children.one(Rule::instance) {
            return self.instance(InstanceKind::Detector, start, head, instance);
        }
        let body = children.one(Rule::detector_body)?;
        let statements = self.body(&DETECTOR, start, head.is_some(), body, Reader::detector_statement);
        let (name, parameters) = head?;
        Some(ItemKind::Detector(Detector { name, parameters, statements }))
    }

    fn detector_statement(&mut self, pair: Pair<'text, Rule>) -> Option<DetectorStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::when => self.next_expression(&mut children).map(DetectorStatement::When),
            Rule::for_ => self.next_expression(&mut children).map(DetectorStatement::For),
            Rule::clear => {
                let condition = self.next_expression(&mut children)?;
                let time = self.optional_expression(&mut children.inside(Rule::lasting))?;
                Some(DetectorStatement::Clear(condition, time))
            }
            Rule::severity => self.next_name(&mut children).map(DetectorStatement::Severity),
            _ => None,
        }
    }
}
