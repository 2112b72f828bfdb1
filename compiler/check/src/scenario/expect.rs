//! What a test expects.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::SpanKind;
use heal_program::{
    Millis,
    index::*,
    scenario::{Condition, Count, GUARD_WORDS, RUN_ENDS, Selector, Subject},
};
use heal_syntax::tree::{self, Expect, Expression, Name, Qualifier, Selected, Spanned};

use super::tables::Tables;
use crate::{
    ItemKind,
    check::{Checker, range_of},
    item::Item,
    names::Found,
};

/// What can be expected.
const EXPECTED: &[ItemKind] = &[
    ItemKind::Detector,
    ItemKind::Plan,
    ItemKind::Action,
    ItemKind::Policy,
    ItemKind::Channel,
    ItemKind::Event,
];

/// An expectation without its place and text.
pub(crate) struct Expected {
    pub(crate) negated: bool,
    pub(crate) subject: Subject,
    pub(crate) key: Selector,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) count: Option<Count>,
    pub(crate) of_every_incident_within: Option<Millis>,
}

/// Qualifiers on their way.
#[derive(Default)]
struct Qualified {
    conditions: Vec<Condition>,
    count: Option<(Count, TextRange)>,
    of_every_incident_within: Option<(Millis, TextRange)>,
    firsts: Vec<(&'static str, TextRange)>,
}

impl<'a> Checker<'a> {
    /// Checks an expectation; `replays` says whether its test replays a recording.
    pub(crate) fn expectation(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        expect: &Expect,
        replays: bool,
    ) -> Option<Expected> {
        let subject = self.subject(item, tables, &expect.subject);
        let mut qualified = Qualified::default();
        let mut right = true;
        for qualifier in &expect.qualifiers {
            let about = subject.as_ref().map(|(subject, _)| subject);
            right &= self.qualifier(item, about, qualifier, replays, &mut qualified).is_some();
        }
        if expect.negated
            && let Some(range) = qualified
                .count
                .map(|(_, range)| range)
                .or(qualified.of_every_incident_within.map(|(_, range)| range))
        {
            let message = "`no` says already how many are expected".to_owned();
            self.idle(item, range, message, "leave out one of the two");
            right = false;
        }
        let (subject, key) = subject?;
        right.then(|| Expected {
            negated: expect.negated,
            subject,
            key,
            conditions: qualified.conditions,
            count: qualified.count.map(|(count, _)| count),
            of_every_incident_within: qualified.of_every_incident_within.map(|(span, _)| span),
        })
    }

    fn subject(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        subject: &tree::Subject,
    ) -> Option<(Subject, Selector)> {
        let all = |subject| Some((subject, Selector::new()));
        match subject {
            tree::Subject::Item(selected) => self.subject_item(item, tables, selected),
            tree::Subject::AnyFiring => all(Subject::Firing(None)),
            tree::Subject::AnyPlan => all(Subject::Run(None)),
            tree::Subject::AnyAction => all(Subject::Action(None)),
            tree::Subject::Escalate => all(Subject::Escalation(None)),
            tree::Subject::Approval(None) => all(Subject::Approval(None)),
            tree::Subject::Approval(Some(team)) => {
                self.asked(item, tables, team).then_some(())?;
                all(Subject::Approval(Some(team.value.clone())))
            }
        }
    }

    fn subject_item(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        selected: &Selected,
    ) -> Option<(Subject, Selector)> {
        if let Some(found) = self.any_escalation(item, tables, selected) {
            return found;
        }
        let found = self.tested(item, &selected.path, EXPECTED, "`expect` needs")?;
        let known = |fields: &[String]| Some(fields.to_vec());
        let (subject, fields) = match found.kind {
            ItemKind::Detector => {
                let subject = Subject::Firing(Some(DetectorIndex(found.index)));
                (subject, tables.detector_keys(&found).and_then(known))
            }
            ItemKind::Event => {
                (Subject::Event(EventIndex(found.index)), tables.event_keys(&found).and_then(known))
            }
            ItemKind::Policy => (Subject::PolicyRun(PolicyIndex(found.index)), tables.policy_keys(&found)),
            ItemKind::Plan => {
                let plan = PlanIndex(found.index);
                let fields = self.reached(item, selected, &found, tables.plan_keys(plan), "no policy tries");
                (Subject::Run(Some(plan)), fields)
            }
            ItemKind::Action => {
                let action = ActionIndex(found.index);
                let why = "no plan that a policy tries calls";
                let fields = self.reached(item, selected, &found, tables.action_keys(action), why);
                (Subject::Action(Some(action)), fields)
            }
            ItemKind::Channel => {
                let channel = ChannelIndex(found.index);
                let why = "no policy tells anyone through";
                let fields = self.reached(item, selected, &found, tables.channel_keys(channel), why);
                (Subject::Escalation(Some(channel)), fields)
            }
            ItemKind::Param
            | ItemKind::Entity
            | ItemKind::Signal
            | ItemKind::Let
            | ItemKind::Function
            | ItemKind::Source
            | ItemKind::SharedGuard
            | ItemKind::DetectorTemplate
            | ItemKind::PolicyTemplate
            | ItemKind::Test => return None,
        };
        let key = self.selector(item, selected, &found.name.value, &fields?)?;
        Some((subject, key))
    }

    /// `escalate{queue: "orders"}`: with a key it is read as a name. None where an item has this name.
    #[allow(clippy::option_option, reason = "the inner one says that it was reported")]
    fn any_escalation(
        &mut self,
        item: &Item<'a>,
        tables: Tables<'_>,
        selected: &Selected,
    ) -> Option<Option<(Subject, Selector)>> {
        let [word] = selected.path.parts.as_slice() else { return None };
        if word.value != "escalate" || matches!(self.names.plain(item, &word.value), Found::Item(_)) {
            return None;
        }
        let fields = tables.all_policy_keys().map(|keys| keys.into_iter().collect::<Vec<_>>());
        let key = fields.and_then(|fields| self.selector(item, selected, &word.value, &fields));
        Some(key.map(|key| (Subject::Escalation(None), key)))
    }

    /// The key fields of what reaches an item; reports that nothing does.
    #[allow(clippy::option_option, reason = "the outer one says that it cannot be known")]
    fn reached(
        &mut self,
        item: &Item<'a>,
        selected: &Selected,
        found: &Item<'a>,
        keys: Option<Option<BTreeSet<String>>>,
        why: &str,
    ) -> Option<Vec<String>> {
        if let Some(keys) = keys? {
            return Some(keys.into_iter().collect());
        }
        let message = format!("{why} `{}`", found.name.value);
        self.idle(
            item,
            range_of(&selected.path),
            message,
            "nothing can be expected of it: let a policy use it, or leave the expectation out",
        );
        None
    }

    /// Notes that a thing is said of what is expected; none where it was said before.
    fn qualifies_once(
        &mut self,
        item: &Item<'a>,
        qualifier: &Spanned<Qualifier>,
        found: &mut Qualified,
    ) -> Option<()> {
        let range = qualifier.range;
        let word = match &qualifier.value {
            Qualifier::At(..) => "at",
            Qualifier::Until(..) => "until",
            Qualifier::Exactly(_) | Qualifier::AtLeast(_) | Qualifier::AtMost(_) => "how many",
            Qualifier::Withheld(_) => "withheld",
            Qualifier::Ends(_) => "how it ends",
            Qualifier::WithinOfIncidents(_) => "within",
            Qualifier::OutsideIncidents => "outside",
            Qualifier::Because(_) => "because",
        };
        // Several texts may have to be in one explanation.
        let first = found.firsts.iter().find(|(other, _)| *other == word && word != "because");
        if let Some((_, first)) = first {
            let message = format!("`{word}` is said twice");
            let diagnostic = Diagnostic::error(Code::DUPLICATE_STATEMENT, item.unit.file, range, message)
                .with_secondary(item.unit.file, *first, "the first one");
            self.diagnostics.push(diagnostic);
            return None;
        }
        found.firsts.push((word, range));
        Some(())
    }

    fn qualifier(
        &mut self,
        item: &Item<'a>,
        subject: Option<&Subject>,
        qualifier: &Spanned<Qualifier>,
        replays: bool,
        found: &mut Qualified,
    ) -> Option<()> {
        let range = qualifier.range;
        self.qualifies_once(item, qualifier, found)?;
        match &qualifier.value {
            Qualifier::At(from, to) => {
                let (from, to) = self.stretch_of_time(item, from, to.as_ref())?;
                found.conditions.push(Condition::Begins(from, to));
            }
            Qualifier::Until(from, to) => {
                let (from, to) = self.stretch_of_time(item, from, to.as_ref())?;
                found.conditions.push(Condition::Ends(from, to));
            }
            Qualifier::Exactly(count) => {
                found.count = Some((Count::Exactly(self.constant_whole(item, count, 0)?), range));
            }
            Qualifier::AtLeast(count) => {
                found.count = Some((Count::AtLeast(self.constant_whole(item, count, 1)?), range));
            }
            Qualifier::AtMost(count) => {
                found.count = Some((Count::AtMost(self.constant_whole(item, count, 0)?), range));
            }
            Qualifier::Withheld(guard) => {
                if !matches!(subject, Some(Subject::Escalation(_))) {
                    self.only_of_runs(item, subject, range, "`withheld`", false)?;
                }
                let guard = guard.as_ref().map(|guard| self.one_of(item, guard, "guard", GUARD_WORDS));
                found.conditions.push(Condition::Withheld(match guard {
                    Some(guard) => Some(guard?),
                    None => None,
                }));
            }
            Qualifier::Ends(word) => {
                let end = self.one_of(item, word, "end of a run", RUN_ENDS)?;
                let of_actions = !matches!(end.as_str(), "skipped" | "rejected");
                self.only_of_runs(item, subject, range, &format!("`{end}`"), of_actions)?;
                found.conditions.push(Condition::RunEnds(end));
            }
            Qualifier::WithinOfIncidents(span) => {
                self.of_incidents(item, range, replays)?;
                let span = self.constant_span(item, span, SpanKind::ZeroOrMore)?;
                found.of_every_incident_within = Some((span, range));
            }
            Qualifier::OutsideIncidents => {
                self.of_incidents(item, range, replays)?;
                found.conditions.push(Condition::OutsideIncidents);
            }
            Qualifier::Because(text) => found.conditions.push(Condition::Because(text.value.clone())),
        }
        Some(())
    }

    fn stretch_of_time(
        &mut self,
        item: &Item<'a>,
        from: &Expression,
        to: Option<&Expression>,
    ) -> Option<(Millis, Millis)> {
        let first = self.constant_span(item, from, SpanKind::ZeroOrMore);
        let Some(to) = to else { return first.map(|first| (first, first)) };
        let last = self.constant_span(item, to, SpanKind::ZeroOrMore);
        let (first, last) = (first?, last?);
        if first > last {
            let range = from.range.cover(to.range);
            let message = format!("no time is in `{}`", item.unit.source().line(range));
            self.error(item, Code::OUT_OF_RANGE, range, message);
            return None;
        }
        Some((first, last))
    }

    /// Reports a qualifier that only runs have, and actions where `of_actions`.
    fn only_of_runs(
        &mut self,
        item: &Item<'a>,
        subject: Option<&Subject>,
        range: TextRange,
        what: &str,
        of_actions: bool,
    ) -> Option<()> {
        match subject {
            None | Some(Subject::Run(_) | Subject::PolicyRun(_)) => Some(()),
            Some(Subject::Action(_)) if of_actions => Some(()),
            Some(
                Subject::Action(_)
                | Subject::Firing(_)
                | Subject::Escalation(_)
                | Subject::Approval(_)
                | Subject::Event(_),
            ) => {
                let message = format!("{what} is said of plans and policies only");
                self.idle(item, range, message, "expect it of the plan, or of the policy that tries it");
                None
            }
        }
    }

    fn of_incidents(&mut self, item: &Item<'a>, range: TextRange, replays: bool) -> Option<()> {
        if replays {
            return Some(());
        }
        let message = "this test has no incidents: it replays no recording".to_owned();
        self.idle(item, range, message, "add `replay \"NAME\"`, or say when with `at`");
        None
    }

    /// One of a few words.
    fn one_of(&mut self, item: &Item<'a>, word: &Name, what: &str, words: &[&str]) -> Option<String> {
        let words: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
        self.word(item, word, what, &words).map(str::to_owned)
    }

    fn idle(&mut self, item: &Item<'a>, range: TextRange, message: String, help: &str) {
        let diagnostic =
            Diagnostic::error(Code::IDLE_EXPECTATION, item.unit.file, range, message).with_help(help);
        self.diagnostics.push(diagnostic);
    }
}
