//! Tests in the language.

use pest::iterators::Pair;

use super::blocks::Block;
use super::children::Children;
use super::grammar::Rule;
use super::reader::Reader;
use crate::scan::slice;
use crate::tree::{
    Answer, Decision, Effect, Expect, Expression, Qualifier, Segment, Selected, Series, Spanned, Subject,
    Test, TestStatement,
};

const TEST: Block = Block {
    name: "test",
    statement: Rule::test_statement,
    strict_head: Rule::strict_test_head,
    strict_statements: Rule::strict_test_statements,
    is_nested: false,
};

impl<'text> Reader<'text> {
    /// Reads a test.
    pub(super) fn test(&mut self, pair: Pair<'text, Rule>) -> Option<Test> {
        let start = self.start(&pair);
        let mut children = Children::of(pair);
        let name = self.next_text(&mut children.inside(Rule::test_head));
        let body = children.one(Rule::test_body)?;
        let statements = self.body(&TEST, start, name.is_some(), body, Reader::test_statement);
        Some(Test { name: name?, statements })
    }

    fn test_statement(&mut self, pair: Pair<'text, Rule>) -> Option<TestStatement> {
        let statement = Children::of(pair).next()?;
        let rule = statement.as_rule();
        let mut children = Children::of(statement);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a statement is one of a few rules out of all")]
        match rule {
            Rule::start => self.next_text(&mut children).map(TestStatement::Start),
            Rule::run_for => self.next_expression(&mut children).map(TestStatement::RunFor),
            Rule::given => self.given(children),
            Rule::answer => self.answer(children).map(TestStatement::On),
            Rule::stop => {
                let what = self.next_selected(&mut children)?;
                let at = self.next_expression(&mut children)?;
                Some(TestStatement::Stop(what, at, self.next_lasting(&mut children)?))
            }
            Rule::decide => {
                let is_approval = children.next()?.as_rule() == Rule::kw_approve;
                let decision = if is_approval { Decision::Approve } else { Decision::Reject };
                let team = self.next_text(&mut children)?;
                Some(TestStatement::Decide(decision, team, self.next_expression(&mut children)?))
            }
            Rule::replay => self.next_text(&mut children).map(TestStatement::Replay),
            Rule::expect => self.expect(children).map(TestStatement::Expect),
            _ => None,
        }
    }

    fn given(&mut self, mut children: Children<'text>) -> Option<TestStatement> {
        let what = self.next_selected(&mut children);
        if children.is(Rule::series) {
            let series = self.next_series(&mut children)?;
            return Some(TestStatement::GivenSeries(what?, series));
        }
        if children.is(Rule::event_times) {
            let mut inner = children.inside(Rule::event_times);
            let mut times = Vec::new();
            while !inner.is_empty() {
                times.push(self.next_expression(&mut inner)?);
            }
            return Some(TestStatement::GivenEvent(what?, times));
        }
        let object = self.next_object(&mut children)?;
        Some(TestStatement::GivenEntity(what?, object))
    }

    fn next_selected(&mut self, children: &mut Children<'text>) -> Option<Selected> {
        let mut inner = children.inside(Rule::selected);
        let path = self.next_path(&mut inner)?;
        Some(Selected { path, key: self.optional_object(&mut inner)? })
    }

    fn next_lasting(&mut self, children: &mut Children<'text>) -> Option<Option<Expression>> {
        self.optional_expression(&mut children.inside(Rule::lasting))
    }

    fn next_series(&mut self, children: &mut Children<'text>) -> Option<Series> {
        let segments = children.inside(Rule::series).filter(|pair| pair.as_rule() == Rule::segment);
        let segments: Vec<_> = segments
            .map(|pair| {
                let range = self.range(&pair);
                self.segment(pair).map(|value| Spanned { value, range })
            })
            .collect();
        segments.into_iter().collect::<Option<_>>().map(|segments| Series { segments })
    }

    fn segment(&mut self, pair: Pair<'text, Rule>) -> Option<Segment> {
        let mut children = Children::of(pair);
        let kind = children.next()?;
        let rule = kind.as_rule();
        let mut inner = Children::of(kind);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a segment is one of a few rules out of all")]
        match rule {
            Rule::values => return self.next_text(&mut inner).map(Segment::Values),
            Rule::missing => return self.next_lasting(&mut children).map(Segment::Missing),
            _ => {}
        }
        let value = self.next_expression(&mut inner)?;
        if rule == Rule::wave {
            let high = self.next_expression(&mut inner)?;
            let period = self.next_expression(&mut inner.inside(Rule::every))?;
            return Some(Segment::Wave(value, high, period, self.next_lasting(&mut children)?));
        }
        let time = self.next_lasting(&mut children)?;
        #[expect(clippy::wildcard_enum_match_arm, reason = "a segment is one of a few rules out of all")]
        match rule {
            Rule::steady => Some(Segment::Steady(value, time)),
            Rule::rising => Some(Segment::Rising(value, time)),
            Rule::falling => Some(Segment::Falling(value, time)),
            Rule::toward => Some(Segment::To(value, time)),
            _ => None,
        }
    }

    fn answer(&mut self, mut children: Children<'text>) -> Option<Answer> {
        let plan = self.next_path(&mut children)?;
        let step = self.next_name(&mut children);
        let effect = children.inside(Rule::effect).next()?;
        let rule = effect.as_rule();
        let mut inner = Children::of(effect);
        #[expect(clippy::wildcard_enum_match_arm, reason = "an effect is one of a few rules out of all")]
        let effect = match rule {
            Rule::becomes => {
                let what = self.next_selected(&mut inner)?;
                Effect::Becomes(what, self.next_series(&mut inner)?)
            }
            Rule::succeeds => Effect::SucceedsAfter(self.next_expression(&mut inner)?),
            Rule::fails => Effect::Fails(self.next_text(&mut inner)),
            Rule::hangs => Effect::Hangs,
            Rule::lies => Effect::Lies,
            Rule::half => Effect::Half,
            _ => return None,
        };
        Some(Answer { plan, step, effect })
    }

    fn expect(&mut self, mut children: Children<'text>) -> Option<Expect> {
        let negated = children.one(Rule::kw_no).is_some();
        let subject = children.inside(Rule::subject).next()?;
        let subject = self.subject(subject)?;
        let mut qualifiers = Vec::new();
        for pair in children {
            let range = self.range(&pair);
            qualifiers.push(Spanned { value: self.qualifier(pair)?, range });
        }
        Some(Expect { negated, subject, qualifiers })
    }

    fn subject(&mut self, pair: Pair<'text, Rule>) -> Option<Subject> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "a subject is one of a few rules out of all")]
        match pair.as_rule() {
            Rule::any_firing => Some(Subject::AnyFiring),
            Rule::any_plan => Some(Subject::AnyPlan),
            Rule::any_action => Some(Subject::AnyAction),
            Rule::any_escalation => Some(Subject::Escalate),
            Rule::any_approval => Some(Subject::Approval(self.next_text(&mut Children::of(pair)))),
            _ => {
                let mut inner = Children::of(pair);
                let path = self.next_path(&mut inner)?;
                Some(Subject::Item(Selected { path, key: self.optional_object(&mut inner)? }))
            }
        }
    }

    fn qualifier(&mut self, pair: Pair<'text, Rule>) -> Option<Qualifier> {
        let inner = Children::of(pair).next()?;
        let rule = inner.as_rule();
        if rule == Rule::ends {
            let range = self.range(&inner);
            return Some(Qualifier::Ends(Spanned { value: slice(self.text, range).to_owned(), range }));
        }
        let mut children = Children::of(inner);
        #[expect(clippy::wildcard_enum_match_arm, reason = "a qualifier is one of a few rules out of all")]
        match rule {
            Rule::exactly => self.next_expression(&mut children).map(Qualifier::Exactly),
            Rule::times_least => self.next_expression(&mut children).map(Qualifier::AtLeast),
            Rule::times_most => self.next_expression(&mut children).map(Qualifier::AtMost),
            Rule::begins => {
                let from = self.next_expression(&mut children)?;
                Some(Qualifier::At(from, self.optional_expression(&mut children)?))
            }
            Rule::until => {
                let from = self.next_expression(&mut children)?;
                Some(Qualifier::Until(from, self.optional_expression(&mut children)?))
            }
            Rule::was_withheld => Some(Qualifier::Withheld(self.next_name(&mut children))),
            Rule::because => self.next_text(&mut children).map(Qualifier::Because),
            Rule::in_incidents => self.next_expression(&mut children).map(Qualifier::WithinOfIncidents),
            Rule::no_incidents => Some(Qualifier::OutsideIncidents),
            _ => None,
        }
    }
}
