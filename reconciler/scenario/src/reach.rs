//! What the outcome of an expectation can hang on.

use std::collections::BTreeSet;

use heal_program::{
    ActionIndex, Asked, DetectorIndex, Expression, PlanIndex, Policy, PolicyIndex, Program, Read, Rung,
    Trigger,
    scenario::{Condition, Expectation, Subject},
};

/// The nodes that an expectation is about, or that lead to what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Detectors whose firings are expected, or set off what is.
    pub(crate) detectors: BTreeSet<DetectorIndex>,
    /// Policies that start or say what is expected.
    pub(crate) policies: BTreeSet<PolicyIndex>,
    /// The detectors whose firings can come to what is expected: of its key, and by a policy that is not in shadow.
    pub(crate) hangs_on: BTreeSet<DetectorIndex>,
    /// Whether it names what it is about. One that is about anything at all hangs on what a test gives, and on nothing
    /// that it does not.
    pub(crate) is_named: bool,
}

impl Reach {
    /// The reach of an expectation.
    pub(crate) fn of(program: &Program, expectation: &Expectation) -> Reach {
        let mut reach = Reach { is_named: true, ..Reach::default() };
        match &expectation.subject {
            Subject::Firing(Some(detector)) => {
                reach.detectors.insert(*detector);
                reach.hangs_on.insert(*detector);
            }
            Subject::Firing(None) => {
                reach.is_named = false;
                reach.detectors.extend(indexes(program.detectors.len()).map(DetectorIndex));
                reach.hangs_on.clone_from(&reach.detectors);
            }
            Subject::Run(Some(plan)) => reach.add(program, |policy| tries(policy, *plan)),
            Subject::Run(None) => {
                reach.any(program, |policy| policy.ladder.iter().any(|it| it.plans().next().is_some()))
            }
            Subject::PolicyRun(wanted) => reach.add_policy(program, *wanted),
            Subject::Action(Some(action)) => reach.add(program, |policy| calls(program, policy, *action)),
            Subject::Action(None) => {
                reach.any(program, |policy| policy.ladder.iter().any(|it| it.plans().next().is_some()))
            }
            Subject::Escalation(Some(channel)) => reach.add(program, |policy| {
                policy.ladder.iter().any(
                    |rung| matches!(rung, Rung::Escalate { channel: told, .. } if told == &Some(*channel)),
                )
            }),
            Subject::Escalation(None) => reach.any(program, |_| true),
            Subject::Approval(Some(team)) => reach.add(program, |policy| asks(program, policy, team)),
            Subject::Approval(None) => reach.any(program, |policy| policy.guard.approval.is_some()),
            Subject::Event(_) => {}
        }
        let by = expectation.conditions.iter().find_map(|it| match it {
            Condition::Withheld(by) => Some(by.as_deref()),
            Condition::Begins(..)
            | Condition::Ends(..)
            | Condition::RunEnds(_)
            | Condition::OutsideIncidents
            | Condition::Because(_) => None,
        });
        for policy in reach.policies.iter().filter_map(|policy| program.policy(*policy)) {
            let keys = program.trigger_keys(policy.on).unwrap_or_default();
            let is_of_key = expectation.key.iter().all(|(field, _)| keys.contains(field));
            let can_come = match by {
                None => !policy.shadow,
                Some(Some("shadow")) => policy.shadow,
                Some(_) => true,
            };
            if is_of_key && can_come {
                reach.hangs_on.extend(policy.on.detector());
            }
        }
        reach
    }

    fn any(&mut self, program: &Program, wanted: impl Fn(&Policy) -> bool) {
        self.is_named = false;
        self.add(program, wanted);
    }

    fn add(&mut self, program: &Program, wanted: impl Fn(&Policy) -> bool) {
        for (index, policy) in indexes(program.policies.len()).zip(&program.policies) {
            if wanted(policy) {
                self.add_policy(program, PolicyIndex(index));
            }
        }
    }

    fn add_policy(&mut self, program: &Program, policy: PolicyIndex) {
        self.policies.insert(policy);
        match program.policy(policy).map(|policy| policy.on) {
            Some(Trigger::Detector(detector)) => {
                self.detectors.insert(detector);
            }
            Some(Trigger::Event(_)) | None => {}
        }
    }
}

/// The detectors among these and all that they read.
pub(crate) fn with_read(program: &Program, detectors: &BTreeSet<DetectorIndex>) -> BTreeSet<DetectorIndex> {
    let mut all = BTreeSet::new();
    let mut open: Vec<DetectorIndex> = detectors.iter().copied().collect();
    while let Some(index) = open.pop() {
        if !all.insert(index) {
            continue;
        }
        let Some(detector) = program.detector(index) else { continue };
        let clear = detector.clear.iter().map(|clear| &clear.when);
        for expression in std::iter::once(&detector.when).chain(clear) {
            expression.walk(&mut |part: &Expression| {
                if let Some(Read::Detector(read)) = part.read() {
                    open.push(read);
                }
            });
        }
    }
    all
}

fn tries(policy: &Policy, plan: PlanIndex) -> bool {
    policy.ladder.iter().any(|rung| rung.plans().any(|other| other == plan))
}

fn calls(program: &Program, policy: &Policy, action: ActionIndex) -> bool {
    let plans = policy.ladder.iter().flat_map(Rung::plans).filter_map(|plan| program.plan(plan));
    let mut steps = plans.flat_map(|plan| plan.steps.iter().chain(&plan.undo).chain(&plan.always));
    let undoes = |other: ActionIndex| {
        let undo = program.action(other).and_then(|other| other.undo.as_ref());
        undo.is_some_and(|(undo, _)| *undo == action)
    };
    steps.any(|step| step.action == action || undoes(step.action))
}

fn asks(program: &Program, policy: &Policy, team: &str) -> bool {
    let shared = policy.guard.shared.iter().filter_map(|shared| program.shared_guard(*shared));
    let mut approvals = std::iter::once(&policy.guard)
        .chain(shared.map(|shared| &shared.guard))
        .filter_map(|it| it.approval.as_ref());
    approvals.any(|approval| match &approval.asked {
        Asked::Team(asked) => asked == team,
        Asked::Channel { channel, .. } => program.channel(*channel).is_some_and(|it| it.head.path == team),
    })
}

fn indexes(count: usize) -> impl Iterator<Item = u32> {
    0..u32::try_from(count).unwrap_or(u32::MAX)
}
