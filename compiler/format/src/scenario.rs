//! Statements of tests.

use heal_syntax::tree::{
    Answer, Decision, Effect, Expect, Expression, Qualifier, Segment, Series, Spanned, Subject, TestStatement,
};

use crate::doc::Doc;
use crate::expression::Spelling;
use crate::node::Node;
use crate::parts::path_text;

impl Spelling<'_> {
    /// A statement of a test.
    pub(crate) fn test_statement(self, statement: &Spanned<TestStatement>) -> Node {
        let doc = match &statement.value {
            TestStatement::Start(time) => Doc::text("start ").then(self.text(time)),
            TestStatement::RunFor(time) => self.word("run for ", time),
            TestStatement::GivenSeries(what, series) => {
                let head = Doc::text("given ").and(self.selected(what)).then(" = ");
                self.series(head, series)
            }
            TestStatement::GivenEntity(what, object) => {
                let head = Doc::text("given ").and(self.selected(what)).then(" =");
                return self.with_object(statement.range, head, object);
            }
            TestStatement::GivenEvent(what, times) => {
                let head = Doc::text("given ").and(self.selected(what)).then(" at ");
                let last = times.len().saturating_sub(1);
                let mut times = times
                    .iter()
                    .enumerate()
                    .map(|(at, time)| self.expression(time).then(if at == last { "" } else { "," }));
                let first = times.next().unwrap_or_default();
                Doc::continued(head.and(first), times)
            }
            TestStatement::On(answer) => self.answer(answer),
            TestStatement::Stop(what, at, time) => {
                let head = Doc::text("stop ").and(self.selected(what)).then(" at ");
                head.and(self.expression(at)).and_if(" for ", self.maybe(time.as_ref()))
            }
            TestStatement::Decide(decision, team, time) => {
                let word = match decision {
                    Decision::Approve => "approve ",
                    Decision::Reject => "reject ",
                };
                Doc::text(word).then(self.text(team)).then(" after ").and(self.expression(time))
            }
            TestStatement::Replay(name) => Doc::text("replay ").then(self.text(name)),
            TestStatement::Expect(expect) => self.expect(expect),
        };
        Node::line(statement.range, doc)
    }

    fn series(self, head: Doc, series: &Series) -> Doc {
        let mut segments = series.segments.iter().map(|one| self.segment(&one.value));
        let first = segments.next().unwrap_or_default();
        Doc::continued(head.and(first), segments.map(|segment| Doc::text("then ").and(segment)))
    }

    fn segment(self, segment: &Segment) -> Doc {
        let (doc, time) = match segment {
            Segment::Steady(value, time) => (self.expression(value), time),
            Segment::Rising(value, time) => (self.word("rising ", value), time),
            Segment::Falling(value, time) => (self.word("falling ", value), time),
            Segment::To(value, time) => (self.word("to ", value), time),
            Segment::Wave(low, high, period, time) => {
                let doc = self.span("wave ", low, Some(high)).then(" every ");
                (doc.and(self.expression(period)), time)
            }
            Segment::Missing(time) => (Doc::text("missing"), time),
            Segment::Values(notation) => return Doc::text("values ").then(self.text(notation)),
        };
        doc.and_if(" for ", self.maybe(time.as_ref()))
    }

    fn answer(self, answer: &Answer) -> Doc {
        let step = answer.step.as_ref().map(|step| format!(" step {}", step.value)).unwrap_or_default();
        let head = Doc::text(format!("on {}{step}: ", path_text(&answer.plan)));
        match &answer.effect {
            Effect::Becomes(what, series) => self.series(head.and(self.selected(what)).then(" = "), series),
            Effect::SucceedsAfter(time) => head.then("succeeds after ").and(self.expression(time)),
            Effect::Fails(text) => {
                head.then("fails").and_if(" ", text.as_ref().map(|text| Doc::text(self.text(text))))
            }
            Effect::Hangs => head.then("hangs"),
            Effect::Lies => head.then("lies"),
            Effect::Half => head.then("half"),
        }
    }

    fn expect(self, expect: &Expect) -> Doc {
        let head = Doc::text(if expect.negated { "expect no " } else { "expect " });
        let head = match &expect.subject {
            Subject::Item(what) => head.and(self.selected(what)),
            Subject::AnyFiring => head.then("firing"),
            Subject::AnyPlan => head.then("plan"),
            Subject::AnyAction => head.then("action"),
            Subject::Escalate => head.then("escalate"),
            Subject::Approval(team) => {
                head.then("approval").and_if(" ", team.as_ref().map(|team| Doc::text(self.text(team))))
            }
        };
        Doc::continued(head, expect.qualifiers.iter().map(|one| self.qualifier(one)))
    }

    fn qualifier(self, qualifier: &Spanned<Qualifier>) -> Doc {
        match &qualifier.value {
            Qualifier::At(from, to) => self.span("at ", from, to.as_ref()),
            Qualifier::Until(from, to) => self.span("until ", from, to.as_ref()),
            Qualifier::Exactly(count) => self.word("exactly ", count),
            Qualifier::AtLeast(count) => self.word("at least ", count),
            Qualifier::AtMost(count) => self.word("at most ", count),
            Qualifier::Withheld(guard) => {
                Doc::text("withheld").and_if(" by ", guard.as_ref().map(|name| Doc::text(name.value.clone())))
            }
            Qualifier::Ends(word) => Doc::text(word.value.clone()),
            Qualifier::WithinOfIncidents(time) => self.word("within ", time).then(" of every incident"),
            Qualifier::OutsideIncidents => Doc::text("outside incidents"),
            Qualifier::Because(text) => Doc::text("because ").then(self.text(text)),
        }
    }

    /// `from` or `from..to`
    fn span(self, word: &'static str, from: &Expression, to: Option<&Expression>) -> Doc {
        self.word(word, from).and_if("..", self.maybe(to))
    }
}
