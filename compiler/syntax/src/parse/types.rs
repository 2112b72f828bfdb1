//! Types, and the heads of items that are called.

use pest::iterators::Pair;

use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{KeyPattern, Name, Parameter, ParameterType, TypeName};

impl<'text> Reader<'text> {
    /// The next child, which is a type.
    pub(super) fn next_type(&self, children: &mut Children<'text>) -> Option<TypeName> {
        let pair = children.one(Rule::type_name)?;
        let many = pair.as_str().starts_with('[');
        let mut inner = Children::of(pair);
        let path = self.next_path(&mut inner)?;
        Some(TypeName { path, per: self.next_name(&mut inner), many })
    }

    /// The keys after `by`; none without it.
    pub(super) fn next_keys(&mut self, children: &mut Children<'text>) -> Vec<Name> {
        let mut by = children.inside(Rule::by);
        by.one(Rule::names).map(|names| self.names(Children::of(names))).unwrap_or_default()
    }

    /// The head of an item that is called: its name and its parameters.
    pub(super) fn called_head(&mut self, head: Option<Pair<'text, Rule>>) -> Option<(Name, Vec<Parameter>)> {
        self.template_head(head).map(|(name, parameters)| (name, parameters.unwrap_or_default()))
    }

    /// The head of an item that may have parameters.
    pub(super) fn template_head(
        &mut self,
        head: Option<Pair<'text, Rule>>,
    ) -> Option<(Name, Option<Vec<Parameter>>)> {
        let mut inner = Children::of(head?);
        let name = self.next_name(&mut inner)?;
        match inner.one(Rule::parameters) {
            Some(list) => Some((name, Some(self.parameters(list)?))),
            None => Some((name, None)),
        }
    }

    /// Parameters in brackets.
    pub(super) fn parameters(&mut self, list: Pair<'text, Rule>) -> Option<Vec<Parameter>> {
        Children::of(list).map(|pair| self.parameter(pair)).collect()
    }

    fn parameter(&mut self, pair: Pair<'text, Rule>) -> Option<Parameter> {
        let mut children = Children::of(pair);
        let name = self.next_name(&mut children)?;
        let type_ = if let Some(series) = children.one(Rule::series_type) {
            let mut inner = Children::of(series);
            let counter = inner.next()?.as_rule() == Rule::kw_counter;
            let type_ = self.next_type(&mut inner)?;
            ParameterType::Series { counter, type_, keys: self.next_pattern(&mut inner) }
        } else if let Some(detector) = children.one(Rule::detector_type) {
            ParameterType::Detector(self.next_pattern(&mut Children::of(detector)))
        } else {
            ParameterType::Value(self.next_type(&mut children)?)
        };
        let default = self.optional_expression(&mut children.inside(Rule::default))?;
        Some(Parameter { name, type_, default })
    }

    fn next_pattern(&mut self, children: &mut Children<'text>) -> KeyPattern {
        let mut inner = children.inside(Rule::key_pattern);
        if let Some(names) = inner.one(Rule::names) {
            return KeyPattern::Fields(self.names(Children::of(names)));
        }
        self.next_name(&mut inner).map_or(KeyPattern::None, KeyPattern::Variable)
    }
}
