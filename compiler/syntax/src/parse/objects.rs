//! Objects: `{name: value}`. They are no expressions, but lists may hold them.

use heal_diagnostics::Code;
use pest::iterators::Pair;

use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{Entry, Object, ObjectValue};

impl<'text> Reader<'text> {
    /// The next child, which is an object.
    pub(super) fn next_object(&mut self, children: &mut Children<'text>) -> Option<Object> {
        children.one(Rule::object).and_then(|pair| self.object(pair))
    }

    /// The next child if it is an object.
    pub(super) fn optional_object(&mut self, children: &mut Children<'text>) -> Option<Option<Object>> {
        match children.one(Rule::object) {
            Some(pair) => self.object(pair).map(Some),
            None => Some(None),
        }
    }

    fn object(&mut self, pair: Pair<'text, Rule>) -> Option<Object> {
        let range = self.range(&pair);
        // All entries are read, whatever is wrong with one of them.
        let entries: Vec<_> = Children::of(pair).map(|entry| self.entry(entry)).collect();
        entries.into_iter().collect::<Option<_>>().map(|entries| Object { entries, range })
    }

    fn entry(&mut self, pair: Pair<'text, Rule>) -> Option<Entry> {
        let mut children = Children::of(pair);
        let key = children.next()?;
        let value = children.next().and_then(|value| self.object_value(value));
        #[expect(clippy::wildcard_enum_match_arm, reason = "a key is one of a few rules out of all")]
        let name = match key.as_rule() {
            Rule::plain_name => self.name(&key),
            Rule::text => self.text(&key),
            _ => {
                let message = "an entry is called by a name or a text, not by a number";
                self.error(Code::BAD_LITERAL, self.range(&key), message);
                return None;
            }
        };
        Some(Entry { name, value: value? })
    }

    fn object_value(&mut self, pair: Pair<'text, Rule>) -> Option<ObjectValue> {
        if pair.as_rule() == Rule::object {
            return self.object(pair).map(ObjectValue::Object);
        }
        match lone_list(&pair).filter(holds_object) {
            Some(list) => {
                let values: Vec<_> = Children::of(list).map(|element| self.object_value(element)).collect();
                values.into_iter().collect::<Option<_>>().map(ObjectValue::List)
            }
            None => self.whole_expression(pair).map(ObjectValue::Expression),
        }
    }
}

/// The list that is all of an expression.
fn lone_list<'text>(expression: &Pair<'text, Rule>) -> Option<Pair<'text, Rule>> {
    let operand = only(expression)?;
    only(&operand).filter(|inner| inner.as_rule() == Rule::list)
}

/// The only child of a pair.
fn only<'text>(pair: &Pair<'text, Rule>) -> Option<Pair<'text, Rule>> {
    let mut children = pair.clone().into_inner();
    let first = children.next()?;
    if children.next().is_none() { Some(first) } else { None }
}

/// Whether an object stands in a list, or in a list in it. Brackets are few, so this may recurse.
fn holds_object(list: &Pair<'_, Rule>) -> bool {
    let mut elements = Children::of(list.clone());
    elements.any(|element| {
        element.as_rule() == Rule::object || lone_list(&element).is_some_and(|inner| holds_object(&inner))
    })
}
