//! Tests: what is given, how the world answers, and what is expected, with every name and unit checked.

mod answers;
mod expect;
mod given;
mod lines;
mod selected;
mod series;
mod start;
mod tables;
mod values;

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, TextRange};
use heal_expr::SpanKind;
use heal_program::{
    Origin, Program,
    scenario::{Expectation, Place, Scenario},
};
use heal_syntax::tree::{self, Spanned, TestStatement};

use crate::{
    ItemKind, SourceUnit,
    check::Checker,
    item::{Item, ItemId},
    statements::Slot,
};

use answers::Outcomes;
use given::Seen;
use lines::Lines;
use start::{START_DEFAULT, start};
use tables::Tables;

/// Tests of one module by name, to notice two of one name.
type Names<'a> = BTreeMap<(&'a str, &'a str), (&'a SourceUnit<'a>, TextRange)>;

impl<'a> Checker<'a> {
    /// Checks the tests of the package's own files, in the order of files and places. Those of the standard library are
    /// its own matter.
    pub(crate) fn scenarios(
        &mut self,
        units: impl Iterator<Item = &'a SourceUnit<'a>>,
        program: &Program,
    ) -> Vec<Scenario> {
        let tables = Tables::new(program, self.complete);
        let mut own: Vec<&SourceUnit<'a>> = units.filter(|unit| !unit.is_external()).collect();
        own.sort_by(|left, right| left.path.cmp(&right.path));
        let mut names = Names::new();
        let mut scenarios = Vec::new();
        for unit in own {
            self.names.checking = &unit.module;
            let mut lines = Lines::new(unit.text);
            for Spanned { value: tree, range } in &unit.tree.items {
                let tree::ItemKind::Test(test) = &tree.kind else { continue };
                let line = lines.at(test.name.range.start);
                let (kind, id) = (ItemKind::Test, ItemId(u32::MAX));
                let item = Item {
                    unit,
                    tree,
                    range: *range,
                    name: &test.name,
                    line,
                    kind,
                    index: u32::MAX,
                    id,
                    bound: None,
                };
                self.name(&item, &mut names);
                scenarios.extend(self.scenario(&item, test, tables, &mut lines));
            }
        }
        scenarios
    }

    /// Two tests of one name cannot be told apart in results.
    fn name(&mut self, item: &Item<'a>, names: &mut Names<'a>) {
        let (name, range) = (item.name.value.as_str(), item.name.range);
        if name.trim().is_empty() {
            let message = "a test's name says what it shows, and this one is empty";
            self.error(item, Code::BAD_LITERAL, range, message);
            return;
        }
        if let Some((unit, first)) = names.get(&(item.unit.module.as_str(), name)) {
            let message = format!("there are two tests \"{name}\"");
            let diagnostic = Diagnostic::error(Code::DUPLICATE_NAME, item.unit.file, range, message)
                .with_secondary(unit.file, *first, "the first one");
            self.diagnostics.push(diagnostic);
            return;
        }
        names.insert((&item.unit.module, name), (item.unit, range));
    }

    /// A test; none where something in it was reported, now or before.
    #[allow(clippy::too_many_lines, reason = "a row for each kind of statement")]
    fn scenario(
        &mut self,
        item: &Item<'a>,
        test: &'a tree::Test,
        tables: Tables<'_>,
        lines: &mut Lines<'_>,
    ) -> Option<Scenario> {
        let origin = Origin { file: item.unit.path.clone(), line: item.line };
        let mut scenario = Scenario {
            name: item.name.value.clone(),
            module: item.unit.module.clone(),
            origin: origin.clone(),
            place: place(item.name.range),
            start: START_DEFAULT,
            run_for: None,
            series: Vec::new(),
            entities: Vec::new(),
            events: Vec::new(),
            answers: Vec::new(),
            stops: Vec::new(),
            decisions: Vec::new(),
            replay: None,
            expectations: Vec::new(),
        };
        let mut right = self.frame(item, test, &mut scenario);
        let (mut seen, mut outcomes) = (Seen::default(), Outcomes::new());
        let replays = test.statements.iter().any(|it| matches!(it.value, TestStatement::Replay(_)));
        let mut expects = false;
        for Spanned { value: statement, range } in &test.statements {
            right &= match statement {
                TestStatement::Start(_) | TestStatement::RunFor(_) | TestStatement::Replay(_) => true,
                TestStatement::GivenSeries(selected, series) => {
                    let given = self.given_series(item, tables, selected, series, &mut seen);
                    pushed(&mut scenario.series, given)
                }
                TestStatement::GivenEntity(selected, object) => {
                    let given = self.given_entity(item, tables, selected, object, &mut seen);
                    pushed(&mut scenario.entities, given)
                }
                TestStatement::GivenEvent(selected, at) => {
                    pushed(&mut scenario.events, self.given_event(item, tables, selected, at))
                }
                TestStatement::On(answer) => {
                    let answer = self.answer(item, tables, answer, *range, &mut outcomes);
                    pushed(&mut scenario.answers, answer)
                }
                TestStatement::Stop(selected, at, span) => {
                    pushed(&mut scenario.stops, self.stop(item, tables, selected, at, span.as_ref()))
                }
                TestStatement::Decide(decision, team, after) => {
                    let decision = self.decision(item, tables, *decision, team, after);
                    pushed(&mut scenario.decisions, decision)
                }
                TestStatement::Expect(expect) => {
                    expects = true;
                    let expected = self.expectation(item, tables, expect, replays);
                    let origin = Origin { line: lines.at(range.start), ..origin.clone() };
                    let expectation = expected.map(|it| Expectation {
                        text: item.unit.source().line(*range),
                        origin,
                        place: place(*range),
                        negated: it.negated,
                        subject: it.subject,
                        key: it.key,
                        conditions: it.conditions,
                        count: it.count,
                        of_every_incident_within: it.of_every_incident_within,
                    });
                    pushed(&mut scenario.expectations, expectation)
                }
            };
        }
        if !expects && !item.tree.incomplete {
            let message = "this test expects nothing";
            let diagnostic =
                Diagnostic::error(Code::MISSING_STATEMENT, item.unit.file, item.name.range, message)
                    .with_help("add what must come of what is given, such as `expect slow at 5m..10m`");
            self.diagnostics.push(diagnostic);
        }
        right.then_some(scenario)
    }

    /// The statements that stand once: when the test begins, how long it runs, what it replays.
    fn frame(&mut self, item: &Item<'a>, test: &'a tree::Test, scenario: &mut Scenario) -> bool {
        let mut begin: Slot<&Spanned<String>> = Slot::new("start");
        let mut run_for: Slot<&tree::Expression> = Slot::new("run for");
        let mut replay: Slot<&Spanned<String>> = Slot::new("replay");
        for Spanned { value: statement, range } in &test.statements {
            match statement {
                TestStatement::Start(text) => self.fill(item, &mut begin, text, *range),
                TestStatement::RunFor(span) => self.fill(item, &mut run_for, span, *range),
                TestStatement::Replay(name) => self.fill(item, &mut replay, name, *range),
                TestStatement::GivenSeries(..)
                | TestStatement::GivenEntity(..)
                | TestStatement::GivenEvent(..)
                | TestStatement::On(_)
                | TestStatement::Stop(..)
                | TestStatement::Decide(..)
                | TestStatement::Expect(_) => {}
            }
        }
        let mut right = true;
        if let Some(text) = begin.value() {
            let parsed = start(&text.value);
            if parsed.is_none() {
                let message = format!("`{}` is no time from 1970 on", text.value);
                let help = "write it as in `start \"2024-03-31T00:00:00Z\"`";
                self.bad_text(item, text.range, message, help);
            }
            if replay.value().is_some() {
                let message = "a test that replays a recording begins when the recording does".to_owned();
                self.bad_text(item, text.range, message, "leave `start` out");
                right = false;
            }
            right &= parsed.is_some();
            scenario.start = parsed.unwrap_or(START_DEFAULT);
        }
        if let Some(span) = run_for.value() {
            scenario.run_for = self.constant_span(item, span, SpanKind::Positive);
            right &= scenario.run_for.is_some();
        }
        if let Some(name) = replay.value() {
            let is_name = |text: &str| {
                let allowed = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | ' ');
                !text.is_empty() && !text.starts_with('.') && text.chars().all(allowed)
            };
            if !is_name(&name.value) {
                let message = format!("`{}` is no name of a recording", name.value);
                let help = "write the name of a folder in `recordings/`";
                self.bad_text(item, name.range, message, help);
                right = false;
            }
            scenario.replay = Some(name.value.clone());
        }
        right
    }

    fn bad_text(&mut self, item: &Item<'a>, range: TextRange, message: String, help: &str) {
        let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, range, message).with_help(help);
        self.diagnostics.push(diagnostic);
    }
}

fn pushed<T>(list: &mut Vec<T>, value: Option<T>) -> bool {
    let right = value.is_some();
    list.extend(value);
    right
}

fn place(range: TextRange) -> Place {
    Place { start: range.start, end: range.end }
}
