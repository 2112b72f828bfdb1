//! The children of a pair, without the punctuation and keywords that only the grammar needs.

use pest::iterators::{Pair, Pairs};

use super::grammar::Rule;

/// Children that carry meaning, one after the other.
pub(super) struct Children<'text> {
    pairs: Option<Pairs<'text, Rule>>,
    next: Option<Pair<'text, Rule>>,
}

impl<'text> Children<'text> {
    /// The children of `pair`.
    pub(super) fn of(pair: Pair<'text, Rule>) -> Children<'text> {
        let mut children = Children { pairs: Some(pair.into_inner()), next: None };
        children.advance();
        children
    }

    /// The next child if it is a `rule`.
    pub(super) fn one(&mut self, rule: Rule) -> Option<Pair<'text, Rule>> {
        if self.next.as_ref()?.as_rule() == rule { self.next() } else { None }
    }

    /// The children of the next child if that is a `rule`, else none.
    pub(super) fn inside(&mut self, rule: Rule) -> Children<'text> {
        self.one(rule).map_or(Children { pairs: None, next: None }, Children::of)
    }

    /// Whether none is left.
    pub(super) fn is_empty(&self) -> bool {
        self.next.is_none()
    }

    fn advance(&mut self) {
        let mut rest = self.pairs.iter_mut().flatten();
        self.next = rest.find(|pair| !only_grammar(pair.as_rule()));
    }
}

impl<'text> Iterator for Children<'text> {
    type Item = Pair<'text, Rule>;

    fn next(&mut self) -> Option<Pair<'text, Rule>> {
        let next = self.next.take();
        self.advance();
        next
    }
}

/// Whether a rule is there for the grammar's sake: what it means follows from the node that it stands in.
fn only_grammar(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::paren_open
            | Rule::paren_close
            | Rule::bracket_open
            | Rule::bracket_close
            | Rule::comma
            | Rule::colon
            | Rule::argument_colon
            | Rule::dot
            | Rule::dots
            | Rule::slash
            | Rule::equals
            | Rule::equal
            | Rule::and
            | Rule::kw_after
            | Rule::kw_approval
            | Rule::kw_at
            | Rule::kw_by
            | Rule::kw_clear
            | Rule::kw_command
            | Rule::kw_cooldown
            | Rule::kw_else
            | Rule::kw_escalate
            | Rule::kw_every
            | Rule::kw_for
            | Rule::kw_from
            | Rule::kw_guard
            | Rule::kw_http
            | Rule::kw_idempotent
            | Rule::kw_in
            | Rule::kw_keys
            | Rule::kw_kubernetes
            | Rule::kw_limit
            | Rule::kw_metric
            | Rule::kw_most
            | Rule::kw_on
            | Rule::kw_per
            | Rule::kw_POST
            | Rule::kw_prometheus
            | Rule::kw_require
            | Rule::kw_risk
            | Rule::kw_severity
            | Rule::kw_stale
            | Rule::kw_step
            | Rule::kw_timeout
            | Rule::kw_when
            | Rule::kw_where
            | Rule::kw_withheld
            | Rule::EOI
    )
}
