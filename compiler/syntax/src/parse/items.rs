//! Items: their heads, and which body they have.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::documentation::line;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{
    Comment, Detector, Entity, EntityStatement, Field, Item, ItemKind, Name, Param, Parameter, ParameterType,
    ParsedFile, Signal, Spanned, Use,
};

const ENTITY: Block = Block {
    name: "entity",
    statement: Rule::field,
    strict_head: Rule::strict_entity_head,
    strict_statements: Rule::strict_fields,
};

const SIGNAL: Block = Block {
    name: "signal",
    statement: Rule::signal_statement,
    strict_head: Rule::strict_signal_head,
    strict_statements: Rule::strict_signal_statements,
};

const DETECTOR: Block = Block {
    name: "detector",
    statement: Rule::detector_statement,
    strict_head: Rule::strict_detector_head,
    strict_statements: Rule::strict_detector_statements,
};

impl<'text> Reader<'text> {
    /// Reads an item into the tree; says whether it has a body in braces.
    pub(super) fn item(
        &mut self,
        pair: Pair<'text, Rule>,
        lines: Vec<Comment>,
        tree: &mut ParsedFile,
    ) -> bool {
        let place = self.range(&pair);
        let errors_before = self.error_count;
        (self.braces_lost, self.head_lost) = (false, false);
        let mut children = Children::of(pair);
        let public = children.one(Rule::kw_pub).is_some();
        let Some(inner) = children.next() else { return false };
        let rule = inner.as_rule();
        let has_body = !matches!(rule, Rule::use_item | Rule::param);
        // With a broken head an item of which no more than the name is known would be taken for another.
        let is_known_by_name = matches!(rule, Rule::detector | Rule::policy);
        if let Some(kind) = self.item_kind(inner).filter(|_| is_known_by_name || !self.head_lost) {
            let incomplete = self.error_count > errors_before;
            let documentation = lines.iter().map(line).collect();
            let item = Item { documentation, public, incomplete, kind };
            tree.items.push(Spanned { value: item, range: place });
        } else {
            self.unreadable(errors_before, place);
            self.note_unread(place);
            tree.comments.extend(lines);
        }
        has_body
    }

    fn item_kind(&mut self, pair: Pair<'text, Rule>) -> Option<ItemKind> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "an item is one of a few rules out of all")]
        match pair.as_rule() {
            Rule::use_item => self.use_item(pair).map(ItemKind::Use),
            Rule::param => self.param(pair).map(ItemKind::Param),
            Rule::entity => self.entity(pair).map(ItemKind::Entity),
            Rule::signal => self.signal(pair).map(ItemKind::Signal),
            Rule::detector => self.detector(pair).map(ItemKind::Detector),
            Rule::action => self.action(pair).map(ItemKind::Action),
            Rule::channel => self.channel(pair).map(ItemKind::Channel),
            Rule::plan => self.plan(pair).map(ItemKind::Plan),
            Rule::policy => self.policy(pair).map(ItemKind::Policy),
            _ => None,
        }
    }

    fn use_item(&mut self, pair: Pair<'text, Rule>) -> Option<Use> {
        let mut children = Children::of(pair);
        children.one(Rule::kw_use)?;
        let module = self.next_path(&mut children)?;
        let names = children.one(Rule::use_names).map(|names| self.names(Children::of(names)));
        Some(Use { module, names })
    }

    fn param(&mut self, pair: Pair<'text, Rule>) -> Option<Param> {
        let mut children = Children::of(pair);
        children.one(Rule::kw_param)?;
        let name = self.next_name(&mut children)?;
        let type_ = self.next_type(&mut children)?;
        let range = match children.one(Rule::bounds) {
            Some(bounds) => {
                let mut inner = Children::of(bounds);
                Some((self.next_expression(&mut inner)?, self.next_expression(&mut inner)?))
            }
            None => None,
        };
        Some(Param { name, type_, range, value: self.next_expression(&mut children)? })
    }

    fn entity(&mut self, pair: Pair<'text, Rule>) -> Option<Entity> {
        let start = self.range(&pair).start;
        let mut children = Children::of(pair);
        children.one(Rule::kw_entity)?;
        let head = children.one(Rule::entity_head).and_then(|head| {
            let mut inner = Children::of(head);
            Some((self.next_name(&mut inner)?, self.next_keys(&mut inner)))
        });
        let body = children.one(Rule::entity_body)?;
        let fields = self.body(&ENTITY, start, head.is_some(), body, Reader::field);
        let (name, keys) = head?;
        Some(Entity { name, keys, statements: fields })
    }

    fn field(&mut self, pair: Pair<'text, Rule>) -> Option<EntityStatement> {
        let mut children = Children::of(pair);
        let (name, type_) = (self.next_name(&mut children)?, self.next_type(&mut children)?);
        Some(EntityStatement::Field(Field { name, type_, unit: None, source: None }))
    }

    fn signal(&mut self, pair: Pair<'text, Rule>) -> Option<Signal> {
        let start = self.range(&pair).start;
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

    fn detector(&mut self, pair: Pair<'text, Rule>) -> Option<Detector> {
        let start = self.range(&pair).start;
        let mut children = Children::of(pair);
        children.one(Rule::kw_detector)?;
        let name = children.one(Rule::detector_head).and_then(|head| self.next_name(&mut Children::of(head)));
        let body = children.one(Rule::detector_body)?;
        let statements = self.body(&DETECTOR, start, name.is_some(), body, Reader::detector_statement);
        Some(Detector { name: name?, parameters: None, statements })
    }

    /// The keys after `by`; none without it.
    fn next_keys(&mut self, children: &mut Children<'text>) -> Vec<Name> {
        children.one(Rule::by).map(|by| self.names(Children::of(by))).unwrap_or_default()
    }

    /// The head of an item that is called: its name and its parameters.
    pub(super) fn called_head(&mut self, head: Option<Pair<'text, Rule>>) -> Option<(Name, Vec<Parameter>)> {
        let mut inner = Children::of(head?);
        let name = self.next_name(&mut inner)?;
        let Some(list) = inner.one(Rule::parameters) else { return Some((name, Vec::new())) };
        let parameters = Children::of(list).map(|pair| {
            let mut children = Children::of(pair);
            Some(Parameter {
                name: self.next_name(&mut children)?,
                type_: ParameterType::Value(self.next_type(&mut children)?),
                default: None,
            })
        });
        Some((name, parameters.collect::<Option<_>>()?))
    }
}
