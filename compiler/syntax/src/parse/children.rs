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
        if self.is(rule) { self.next() } else { None }
    }

    /// The rule of the next child.
    pub(super) fn rule(&self) -> Option<Rule> {
        self.next.as_ref().map(Pair::as_rule)
    }

    /// Whether the next child is a `rule`.
    pub(super) fn is(&self, rule: Rule) -> bool {
        self.rule() == Some(rule)
    }

    /// How many children there can be at most.
    pub(super) fn len_max(&self) -> usize {
        usize::from(self.next.is_some()) + self.pairs.as_ref().map_or(0, ExactSizeIterator::len)
    }

    /// How many children there can be at most where they are the elements of a list, parted by commas or dots.
    pub(super) fn listed_max(&self) -> usize {
        let further = self.pairs.as_ref().map_or(0, ExactSizeIterator::len);
        usize::from(self.next.is_some()) + further / 2
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
        let Some(pairs) = &mut self.pairs else { return };
        self.next = loop {
            match pairs.next() {
                Some(pair) if only_grammar(pair.as_rule()) => {}
                next => break next,
            }
        };
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
#[allow(clippy::too_many_lines, reason = "a table")]
fn only_grammar(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::line
            | Rule::paren_open
            | Rule::paren_close
            | Rule::bracket_open
            | Rule::bracket_close
            | Rule::brace_open
            | Rule::brace_close
            | Rule::comma
            | Rule::colon
            | Rule::argument_colon
            | Rule::arrow
            | Rule::dot
            | Rule::dots
            | Rule::slash
            | Rule::equals
            | Rule::made_from
            | Rule::equal
            | Rule::and
            | Rule::kw_action
            | Rule::kw_affects
            | Rule::kw_after
            | Rule::kw_again
            | Rule::kw_always
            | Rule::kw_approval
            | Rule::kw_at
            | Rule::kw_because
            | Rule::kw_blast_radius
            | Rule::kw_body
            | Rule::kw_breaker
            | Rule::kw_by
            | Rule::kw_canary
            | Rule::kw_channel
            | Rule::kw_choose
            | Rule::kw_clear
            | Rule::kw_command
            | Rule::kw_concurrency
            | Rule::kw_cooldown
            | Rule::kw_count
            | Rule::kw_detector
            | Rule::kw_disturbs
            | Rule::kw_each
            | Rule::kw_else
            | Rule::kw_entity
            | Rule::kw_escalate
            | Rule::kw_event
            | Rule::kw_every
            | Rule::kw_exactly
            | Rule::kw_expect
            | Rule::kw_failed
            | Rule::kw_failures
            | Rule::kw_falling
            | Rule::kw_firings
            | Rule::kw_fn
            | Rule::kw_for
            | Rule::kw_freeze
            | Rule::kw_from
            | Rule::kw_given
            | Rule::kw_guard
            | Rule::kw_header
            | Rule::kw_http
            | Rule::kw_idempotent
            | Rule::kw_in
            | Rule::kw_incident
            | Rule::kw_incidents
            | Rule::kw_inconclusive
            | Rule::kw_keys
            | Rule::kw_kubernetes
            | Rule::kw_least
            | Rule::kw_let
            | Rule::kw_limit
            | Rule::kw_logs
            | Rule::kw_match
            | Rule::kw_metric
            | Rule::kw_most
            | Rule::kw_of
            | Rule::kw_on
            | Rule::kw_only
            | Rule::kw_open
            | Rule::kw_outside
            | Rule::kw_param
            | Rule::kw_passed
            | Rule::kw_per
            | Rule::kw_plan
            | Rule::kw_policy
            | Rule::kw_prometheus
            | Rule::kw_rejected
            | Rule::kw_replaces
            | Rule::kw_replay
            | Rule::kw_require
            | Rule::kw_retry
            | Rule::kw_revert
            | Rule::kw_rising
            | Rule::kw_risk
            | Rule::kw_run
            | Rule::kw_secret
            | Rule::kw_settle
            | Rule::kw_severity
            | Rule::kw_shadow
            | Rule::kw_shared
            | Rule::kw_signature
            | Rule::kw_skipped
            | Rule::kw_source
            | Rule::kw_stale
            | Rule::kw_start
            | Rule::kw_step
            | Rule::kw_stop
            | Rule::kw_storm
            | Rule::kw_success
            | Rule::kw_test
            | Rule::kw_timeout
            | Rule::kw_to
            | Rule::kw_topology
            | Rule::kw_undo
            | Rule::kw_until
            | Rule::kw_use
            | Rule::kw_value
            | Rule::kw_values
            | Rule::kw_verify
            | Rule::kw_wave
            | Rule::kw_webhook
            | Rule::kw_when
            | Rule::kw_where
            | Rule::kw_withheld
            | Rule::kw_within
            | Rule::kw_succeeds
            | Rule::kw_fails
            | Rule::kw_hangs
            | Rule::kw_lies
            | Rule::kw_half
            | Rule::kw_missing
            | Rule::kw_firing
            | Rule::kw_any_event
            | Rule::kw_any_plan
            | Rule::kw_any_action
            | Rule::kw_any_escalation
            | Rule::kw_any_approval
            | Rule::EOI
    )
}
