//! A condition that takes missing data for health.
//!
//! Unknown is safe by itself: a detector keeps its state, a plan is withheld, a verify has not passed. What replaces it
//! can make a condition come out, without a single sample, as it does when all is well.

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use heal_expr::may_be_unknown;
use heal_program::{Expression as Lowered, Read, SignalIndex};
use heal_syntax::tree::{
    DetectorStatement, Expression, ExpressionKind, GuardStatement, PlanStatement, PolicyStatement,
};

use crate::{
    found::Found,
    linted::{Linted, WrittenDetector, WrittenPlan, WrittenPolicy, places, statements},
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

pub(crate) fn in_detector(linted: &Linted<'_>, detector: &WrittenDetector<'_>, found: &mut Found) {
    let mut rule = Rule { linted, file: detector.file, found };
    let node = detector.node;
    // `when` wins where both hold.
    let fires = without_data(&node.when, linted.program, Counts::Fallbacks) == Some(Known::Bool(true));
    let clear = node.clear.as_ref().filter(|_| !fires).map(|clear| &clear.when);
    for statement in &detector.tree.statements {
        match &statement.value {
            DetectorStatement::When(written) => rule.check(written, Some(&node.when), WHEN),
            DetectorStatement::Clear(written, _) => rule.check(written, clear, CLEAR),
            DetectorStatement::For(_) | DetectorStatement::Severity(_) => {}
        }
    }
}

pub(crate) fn in_plan(linted: &Linted<'_>, plan: &WrittenPlan<'_>, found: &mut Found) {
    let mut rule = Rule { linted, file: plan.file, found };
    let mut requires = plan.node.requires.iter();
    let mut verifies = plan.node.verifies.iter();
    for statement in &plan.tree.statements {
        match &statement.value {
            PlanStatement::Require(written) => {
                rule.check(written, requires.next().map(|it| &it.condition), REQUIRE);
            }
            PlanStatement::Verify(written, _) => {
                rule.check(written, verifies.next().map(|it| &it.condition), VERIFY);
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

pub(crate) fn in_policy(linted: &Linted<'_>, policy: &WrittenPolicy<'_>, found: &mut Found) {
    let mut rule = Rule { linted, file: policy.file, found };
    let narrowed = policy.node.condition.as_ref().map(|it| &it.condition);
    let approval = policy.node.guard.approval.as_ref().and_then(|it| it.condition.as_ref());
    for statement in &policy.tree.statements {
        match &statement.value {
            PolicyStatement::Where(written) => rule.check(written, narrowed, WHERE),
            PolicyStatement::Guard(guard) => {
                for written in statements(guard, asked_when) {
                    rule.check(written, approval.map(|it| &it.condition), APPROVAL);
                }
            }
            PolicyStatement::On(_) | PolicyStatement::Rung(_) | PolicyStatement::Shadow => {}
        }
    }
}

/// The condition of an approval.
fn asked_when(statement: &GuardStatement) -> Option<&Expression> {
    if let GuardStatement::Approval { when, .. } = statement { when.as_ref() } else { None }
}

struct Rule<'a> {
    linted: &'a Linted<'a>,
    file: FileId,
    found: &'a mut Found,
}

impl Rule<'_> {
    fn check(&mut self, written: &Expression, node: Option<&Lowered>, danger: Danger) {
        let Some(node) = node else { return };
        let program = self.linted.program;
        let is_dangerous = |counts| without_data(node, program, counts) == Some(Known::Bool(danger.truth));
        if is_dangerous(Counts::Nothing) {
            // Data have no part in it.
            return;
        }
        let mut unless_watched = None;
        let range = if is_dangerous(Counts::Fallbacks) {
            unless_watched = danger.watched.then(|| signals(&replaced(node)));
            place(written, &is_or)
        } else if danger.of_detectors && is_dangerous(Counts::Detectors) {
            place(written, &is_name)
        } else {
            return;
        };
        let truth = if danger.truth { "true" } else { "false" };
        let message = format!("without data this condition is {truth}, and {}", danger.consequence);
        let diagnostic =
            Diagnostic::warning(Code::BLIND_CONDITION, self.file, range, message).with_help(danger.help);
        match unless_watched {
            // Any detector may tell that they have no samples.
            Some(signals) => self.found.push_unless_watched(&signals, self.linted, diagnostic),
            None => self.found.push(diagnostic),
        }
    }
}

/// The signals that are read in expressions.
fn signals(expressions: &[&Lowered]) -> Vec<SignalIndex> {
    let mut signals = Vec::new();
    for expression in expressions {
        expression.walk(&mut |node| {
            if let Some(Read::Signal(signal, _)) = node.read() {
                signals.push(signal);
            }
        });
    }
    signals
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
