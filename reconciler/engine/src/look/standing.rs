//! Where policies and guards stand: what an explanation says of a decision beside its trace.

use std::collections::BTreeSet;

use heal_evaluate::Facts;
use heal_program::{Argument, Millis, Policy, PolicyIndex, Rung, SemanticHash, Timestamp};

use crate::{
    Engine, Key, Labels, Lacking, Readings, WithheldReason,
    arguments::bind,
    decide::Case,
    facts::StepFacts,
    guard::{BreakerState, OpenedBy, belongs, breaker_state, share_key},
    state::{Firing, GuardLog, RunRecord, Status},
};

/// A run start, as a guard counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedRun {
    /// The run.
    pub run: SemanticHash,
    /// The whole that it is a target of; itself where it is none.
    pub whole: SemanticHash,
    /// The path of the policy that started it.
    pub policy: String,
    /// When it started.
    pub at: Timestamp,
    /// The firing's key, and what the guards count apart by.
    pub labels: Labels,
    /// What it works on, as text, sorted.
    pub targets: Vec<String>,
    /// When it ended; none: it is in flight.
    pub ended: Option<Timestamp>,
    /// Whether it failed or came to no conclusion.
    pub failed: bool,
    /// Whether all its steps are done, so that it stands in the way of no other target of its whole though it is in flight.
    pub released: bool,
}

impl CountedRun {
    fn of(record: &RunRecord) -> CountedRun {
        CountedRun {
            run: record.run,
            whole: record.whole,
            policy: record.policy.clone(),
            at: record.at,
            labels: record.labels.clone(),
            targets: record.targets.iter().cloned().collect(),
            ended: record.ended.map(|(at, _)| at),
            failed: record.ended.is_some_and(|(_, failed)| failed),
            released: record.released,
        }
    }

    /// Whether it was for the same key, of which one may say more than the other.
    #[must_use]
    pub fn shares_key(&self, key: &Labels) -> bool {
        share_key(&self.labels, key)
    }

    /// Whether it counts for a group of what guards count apart.
    #[must_use]
    pub fn belongs_to(&self, group: &Labels) -> bool {
        belongs(&self.labels, group)
    }
}

/// What a policy's own guard or a shared one has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuardStanding {
    /// Run starts, in order of time.
    pub runs: Vec<CountedRun>,
    /// New firings, in order of time.
    pub firings: Vec<Timestamp>,
    /// The runs of the canary's wave that is under way.
    pub wave: BTreeSet<SemanticHash>,
}

/// Where a policy stands on its ladder for one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The firing that it works on, or worked on last.
    pub firing: SemanticHash,
    /// The rung whose turn it is, from 0; the length of the ladder: none is left.
    pub rung: usize,
    /// What it is doing.
    pub doing: Doing,
    /// A passed rung gives the world until then.
    pub wait_until: Option<Timestamp>,
    /// Whether it had no rung left when its firing began: people are told after `wait_until`.
    pub is_used_up: bool,
    /// Since when, and by what, the rung is held back.
    pub withheld: Option<(Timestamp, WithheldReason)>,
    /// What came of the rung before.
    pub before: Option<String>,
}

/// What a ladder is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Its rung may be decided.
    Ready,
    /// People have been asked.
    AwaitingApproval,
    /// A plan runs.
    Running(SemanticHash),
    /// A simulation takes it for healed until the firing ends.
    Healed,
    /// Nothing more in this episode.
    Ended,
}

/// What a policy's `where` comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct WhereStanding {
    /// Whether it holds; none: unknown.
    pub truth: Option<bool>,
    /// What it read, unless it holds.
    pub values: Readings,
    /// The fields for whose lack it is unknown.
    pub lacking: Vec<Lacking>,
}

impl Engine {
    /// What the guard of this path has counted, as far back as any guard may look.
    #[must_use]
    pub fn guard_standing(&self, path: &str) -> GuardStanding {
        let nothing = GuardLog::default();
        let log = self.state.guards.get(path).unwrap_or(&nothing);
        let wave = log.canary.as_ref().map(|canary| canary.started.clone()).unwrap_or_default();
        let runs = log.runs.iter().map(CountedRun::of).collect();
        GuardStanding { runs, firings: log.firings.clone(), wave }
    }

    /// What opened the breaker of these bounds of the guard of this path, for a group; none where it is closed, or there is
    /// no such breaker.
    #[must_use]
    pub fn breaker_opened_by(
        &self,
        path: &str,
        (failures, window): (u32, Millis),
        per: &Labels,
    ) -> Option<OpenedBy> {
        let shared = self.program.shared_guards.iter().map(|it| (&it.head.path, &it.guard));
        let own = self.program.policies.iter().map(|it| (&it.head.path, &it.guard));
        let (_, guard) = own.chain(shared).find(|(other, _)| *other == path)?;
        let breaker = guard.breakers.iter().find(|it| (it.failures, it.window) == (failures, window))?;
        match breaker_state(breaker, self.state.guards.get(path)?, per) {
            BreakerState::Open { by, .. } => Some(by),
            BreakerState::Closed { .. } => None,
        }
    }

    /// Where a policy stands for a key; none: it has not heard of it.
    #[must_use]
    pub fn standing(&self, policy: PolicyIndex, key: &Key) -> Option<Standing> {
        let path = &self.program.policy(policy)?.head.path;
        let ladder = self.state.policies.get(path)?.ladders.get(key)?;
        let doing = match &ladder.status {
            Status::Ready => Doing::Ready,
            Status::AwaitingApproval(_) => Doing::AwaitingApproval,
            Status::Running(run) => Doing::Running(*run),
            Status::Healed => Doing::Healed,
            Status::Ended => Doing::Ended,
        };
        Some(Standing {
            firing: ladder.firing,
            rung: ladder.rung,
            doing,
            wait_until: ladder.wait_until,
            is_used_up: ladder.is_used_up,
            withheld: ladder.withheld.clone(),
            before: ladder.before.as_ref().map(|before| before.what.clone()),
        })
    }

    /// What a policy's `where` comes to for a key that fires now; none where it has none, or the key does not fire.
    #[must_use]
    pub fn where_standing(&self, policy: PolicyIndex, key: &Key) -> Option<WhereStanding> {
        let node = self.program.policy(policy)?;
        let condition = node.condition.as_ref()?;
        let case = self.case_of(&node.head.path, key).or_else(|| self.event_case(policy, key))?;
        let (truth, values) = self.truth_of(&case, condition);
        let lacking = match truth {
            None => self.facts_of(&case).map(|facts| facts.lacking(&condition.condition)).unwrap_or_default(),
            Some(_) => Vec::new(),
        };
        Some(WhereStanding { truth, values, lacking })
    }

    /// The case of an event of this time that is closed already.
    fn event_case(&self, policy: PolicyIndex, key: &Key) -> Option<Case> {
        let is_event = self.program.policy(policy).is_some_and(|policy| policy.on.detector().is_none());
        let firing = Firing { id: SemanticHash::default(), started: self.state.now };
        self.case(policy, key.clone(), firing).filter(|_| is_event)
    }

    /// Shows the facts under which a policy decides about a key that fires now: those of its `where` or, with the path of
    /// a plan, those of what that plan requires, which knows its parameters. None where the key does not fire, an argument is
    /// unknown, or the ladder has the plan with different arguments.
    #[must_use]
    pub fn with_facts<T>(
        &self,
        policy: PolicyIndex,
        key: &Key,
        plan: Option<&str>,
        look: impl FnOnce(&dyn Facts) -> T,
    ) -> Option<T> {
        let node = self.program.policy(policy)?;
        let case = self.case_of(&node.head.path, key)?;
        let facts = self.facts_of(&case)?;
        let Some(path) = plan else { return Some(look(&facts)) };
        let index = self.program.plans.iter().position(|it| it.head.path == path)?;
        let mut tried = arguments_of(node, index).into_iter();
        let arguments = tried.next().filter(|first| tried.all(|other| other == *first))?;
        let arguments = bind(&self.program.plans.get(index)?.parameters, arguments, &facts).ok()?;
        Some(look(&StepFacts { arguments: Some(&arguments), ..facts }))
    }
}

/// The arguments with which a ladder has a plan, rung by rung.
fn arguments_of(policy: &Policy, plan: usize) -> Vec<&[Argument]> {
    let of_rung = |rung| match rung {
        &Rung::Plan { plan: index, ref arguments, .. } if index.at() == plan => vec![arguments.as_slice()],
        Rung::Choose { among, .. } => among
            .iter()
            .filter(|(index, _)| index.at() == plan)
            .map(|(_, arguments)| arguments.as_slice())
            .collect(),
        Rung::Plan { .. } | Rung::Escalate { .. } => Vec::new(),
    };
    policy.ladder.iter().flat_map(of_rung).collect()
}
