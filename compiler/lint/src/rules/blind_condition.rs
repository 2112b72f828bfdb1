//! A condition that takes missing data for health.
//!
//! Unknown is safe by itself: a detector keeps its state, a plan is withheld, a verify has not passed. What replaces it
//! can make a condition come out, without a single sample, as it does when all is well.

use std::collections::BTreeSet;

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use heal_expr::may_be_unknown;
use heal_program::{Expression as Lowered, Program, Read, SignalIndex};
use heal_syntax::tree::{
    DetectorStatement, Expression, ExpressionKind, GuardStatement, PlanStatement, PolicyStatement,
};

use crate::{
    linted::{Linted, places, statements},
    without_data::{Counts, Known, without_data},
};

/// What comes of a condition that is true, or false, without data.
#[derive(Clone, Copy)]
struct Danger {
    /// How it comes out where all is well.
    truth: bool,
    /// What happens then.
    consequence: &'static str,
    /// What to do, beside leaving `.or(...)` out.
    help: &'static str,
    /// Whether that a detector does not fire counts as health: it does not fire without data either.
    of_detectors: bool,
    /// Whether it is enough that some detector tells that there are no samples.
    watched: bool,
}

const WHEN: Danger = Danger {
    truth: false,
    consequence: "the detector is quiet, as if all were well",
    help: "leave `.or(...)` out, so that the detector keeps its state, or add `|| SIGNAL.absent(10m)`",
    of_detectors: false,
    watched: true,
};
const CLEAR: Danger = Danger {
    truth: true,
    consequence: "the firing ends as healed",
    help: "leave `.or(...)` out, so that the firing ends as lost",
    of_detectors: false,
    watched: false,
};
const VERIFY: Danger = Danger {
    truth: true,
    consequence: "the plan passes",
    help: "ask a signal, without `.or(...)`: unknown is not success",
    of_detectors: true,
    watched: false,
};
const REQUIRE: Danger = Danger {
    truth: true,
    consequence: "the plan starts all the same",
    help: "leave `.or(...)` out, so that the plan is withheld",
    of_detectors: false,
    watched: false,
};
const WHERE: Danger = Danger {
    truth: true,
    consequence: "the policy acts all the same",
    help: "leave `.or(...)` out, so that the policy is withheld",
    of_detectors: false,
    watched: false,
};
const APPROVAL: Danger = Danger {
    truth: false,
    consequence: "nobody is asked",
    help: "leave `.or(...)` out, so that people are asked",
    of_detectors: false,
    watched: false,
};

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    let mut rule = Rule { program: linted.program, found };
    for detector in linted.detectors() {
        let node = detector.node;
        // `when` wins where both hold.
        let fires = without_data(&node.when, rule.program, Counts::Fallbacks) == Some(Known::Bool(true));
        let clear = node.clear.as_ref().filter(|_| !fires).map(|clear| &clear.when);
        for statement in &detector.tree.statements {
            match &statement.value {
                DetectorStatement::When(written) => {
                    rule.check(detector.file, written, Some(&node.when), WHEN);
                }
                DetectorStatement::Clear(written, _) => rule.check(detector.file, written, clear, CLEAR),
                DetectorStatement::For(_) | DetectorStatement::Severity(_) => {}
            }
        }
    }
    for plan in linted.plans() {
        let mut requires = plan.node.requires.iter();
        let mut verifies = plan.node.verifies.iter();
        for statement in &plan.tree.statements {
            match &statement.value {
                PlanStatement::Require(written) => {
                    let node = requires.next().map(|it| &it.condition);
                    rule.check(plan.file, written, node, REQUIRE);
                }
                PlanStatement::Verify(written, _) => {
                    let node = verifies.next().map(|it| &it.condition);
                    rule.check(plan.file, written, node, VERIFY);
                }
                PlanStatement::Risk(_)
                | PlanStatement::Disturbs(_)
                | PlanStatement::Affects(_)
                | PlanStatement::Step(_)
                | PlanStatement::ForEach(_)
                | PlanStatement::Undo(_)
                | PlanStatement::Always(_)
                | PlanStatement::RevertAfter(_)
                | PlanStatement::RevertOnClear => {}
            }
        }
    }
    for policy in linted.policies() {
        let narrowed = policy.node.condition.as_ref().map(|it| &it.condition);
        let approval = policy.node.guard.approval.as_ref().and_then(|it| it.condition.as_ref());
        for statement in &policy.tree.statements {
            match &statement.value {
                PolicyStatement::Where(written) => rule.check(policy.file, written, narrowed, WHERE),
                PolicyStatement::Guard(guard) => {
                    for written in statements(guard, asked_when) {
                        rule.check(policy.file, written, approval.map(|it| &it.condition), APPROVAL);
                    }
                }
                PolicyStatement::On(_) | PolicyStatement::Rung(_) | PolicyStatement::Shadow => {}
            }
        }
    }
}

/// The condition of an approval.
fn asked_when(statement: &GuardStatement) -> Option<&Expression> {
    if let GuardStatement::Approval { when, .. } = statement { when.as_ref() } else { None }
}

struct Rule<'a, 'f> {
    program: &'a Program,
    found: &'f mut Vec<Diagnostic>,
}

impl Rule<'_, '_> {
    fn check(&mut self, file: FileId, written: &Expression, node: Option<&Lowered>, danger: Danger) {
        let Some(node) = node else { return };
        let is_dangerous =
            |counts| without_data(node, self.program, counts) == Some(Known::Bool(danger.truth));
        if is_dangerous(Counts::Nothing) {
            // Data have no part in it.
            return;
        }
        let range = if is_dangerous(Counts::Fallbacks) {
            if danger.watched && self.is_watched(&replaced(node)) {
                return;
            }
            place(written, &is_or)
        } else if danger.of_detectors && is_dangerous(Counts::Detectors) {
            place(written, &is_name)
        } else {
            return;
        };
        let truth = if danger.truth { "true" } else { "false" };
        let message = format!("without data this condition is {truth}, and {}", danger.consequence);
        let diagnostic = Diagnostic::warning(Code::BLIND_CONDITION, file, range, message);
        self.found.push(diagnostic.with_help(danger.help));
    }

    /// Whether detectors tell that these signals have no samples.
    fn is_watched(&self, replaced: &[&Lowered]) -> bool {
        let mut watched: BTreeSet<SignalIndex> = BTreeSet::new();
        for detector in &self.program.detectors {
            detector.when.walk(&mut |node| {
                if let Lowered::Absent { signal, .. } = node {
                    watched.insert(*signal);
                }
            });
        }
        let mut all = true;
        for value in replaced {
            value.walk(&mut |node| {
                if let Some(Read::Signal(signal, _)) = node.read() {
                    all &= watched.contains(&signal);
                }
            });
        }
        all
    }
}

/// The values that `.or(...)` replaces where they are unknown.
fn replaced(expression: &Lowered) -> Vec<&Lowered> {
    let mut found = Vec::new();
    expression.walk(&mut |node| {
        if let Lowered::Or(value, _) = node
            && !may_be_unknown(value).is_empty()
        {
            found.push(value.as_ref());
        }
    });
    found
}

fn is_or(kind: &ExpressionKind) -> bool {
    matches!(kind, ExpressionKind::Call { receiver: Some(_), function, .. } if function.value == "or")
}

fn is_name(kind: &ExpressionKind) -> bool {
    matches!(kind, ExpressionKind::Name(_))
}

/// The only such part of a condition, else all of it.
fn place(written: &Expression, is_wanted: &dyn Fn(&ExpressionKind) -> bool) -> TextRange {
    match places(written, is_wanted).as_slice() {
        [one] => *one,
        _ => written.range,
    }
}
