//! A rung that runs a plan: everything that is asked before it starts.

use heal_evaluate::evaluate_with_cel;
use heal_program::{Affected, Argument, Plan, Policy, Require, SemanticHash};

use super::{Case, Ready, Told};
use crate::{
    Engine, Ground, RunEnd, TraceKind, WithheldReason,
    arguments::Unknown,
    facts::StepFacts,
    guard::{Attempt, Held},
    identity,
    state::{RungResult, Status, Unit},
    why_skipped,
};

/// What the `require`s of a plan come to.
pub(super) enum Required {
    Holds(Vec<Ground>),
    Fails(String),
    Unknown(Box<Held>),
}

/// What one `require` comes to.
pub(super) enum RequireCame {
    Holds(Ground),
    Fails(String),
    Unknown(Held),
}

impl Engine {
    pub(super) fn consider_plan(
        &mut self,
        case: &Case,
        policy: &Policy,
        plan: &Plan,
        arguments: &[Argument],
        rung: usize,
    ) -> bool {
        let Some(ladder) = self.ladder(&policy.head.path, &case.key) else { return false };
        let repeats = ladder.turn();
        let ready = match self.make_ready(case, policy, plan, arguments, (rung, repeats)) {
            Ok(ready) => ready,
            Err(Unknown { what, lacking }) => {
                let reason = WithheldReason::ArgumentUnknown { what, lacking };
                self.withhold(case, policy, Held::by_nobody(reason));
                return false;
            }
        };
        let Some(first) = ready.first_unit() else {
            let each = plan.fans.iter().map(|fan| fan.variable.as_str()).collect::<Vec<_>>().join(", ");
            return self.skip_rung(case, policy, &ready, format!("for each {each}: there is none"));
        };
        let held = |unit: &Unit| {
            self.rung_holding_back((case, policy, plan), &ready, &attempt(case, &ready, unit)).next()
        };
        let (first, held) = match held(first) {
            // One target does not wait for what another one's run works on.
            Some(busy) if is_busy(&busy) && !first.target.is_empty() => {
                let others = ready.units.iter().filter(|unit| unit.counts && unit.id != first.id);
                let free =
                    others.map(|unit| (unit, held(unit))).find(|(_, it)| !it.as_ref().is_some_and(is_busy));
                free.unwrap_or((first, Some(busy)))
            }
            held => (first, held),
        };
        let first = first.id;
        if let Some(held) = held {
            self.withhold(case, policy, held);
            return false;
        }
        let mut grounds = match self.requires(case, plan, &ready) {
            Required::Holds(grounds) => grounds,
            Required::Fails(require) => return self.skip_rung(case, policy, &ready, require),
            Required::Unknown(held) => {
                self.withhold(case, policy, *held);
                return false;
            }
        };
        let approved = self.ladder(&policy.head.path, &case.key).and_then(|ladder| ladder.approved);
        if !policy.shadow
            && approved != Some(ready.digest)
            && let Some((asked, approval)) = self.approval_needed(case)
        {
            self.ask_approval(case, policy, &ready, (&asked, &approval));
            return false;
        }
        if let Some(unit) = ready.units.iter().find(|unit| unit.id == first) {
            grounds.extend(self.guard_grounds(&attempt(case, &ready, unit)));
        }
        self.begin_run((case, policy), ready, first, grounds);
        false
    }

    /// Everything that holds a rung back before its `require`s are looked at, in the order in which it is asked. A decision
    /// takes the first and asks no further; an explanation takes all.
    pub(super) fn rung_holding_back<'a>(
        &'a self,
        (case, policy, plan): (&'a Case, &'a Policy, &'a Plan),
        ready: &'a Ready,
        attempt: &'a Attempt<'a>,
    ) -> impl Iterator<Item = Held> + 'a {
        self.not_runnable(case, policy, plan)
            .chain(self.fires_by_silence(case, policy))
            .chain(self.around(case))
            .chain(self.holding_back(attempt))
            .chain(self.budgets_spent(&ready.disturbs))
    }

    /// A firing that would not be with the last values of what fell silent starts nothing.
    fn fires_by_silence(&self, case: &Case, policy: &Policy) -> Option<Held> {
        let node = case.program.detector(policy.on.detector()?)?;
        let what = || format!("whether `{}` holds but for what fell silent", node.when_text);
        let by_silence = self.facts_of(case)?.hangs_on_silence(&node.when);
        let reason = || WithheldReason::ArgumentUnknown { what: what(), lacking: Vec::new() };
        by_silence.then(|| Held::by_nobody(reason()))
    }

    /// What is larger than the rung, and holds it back whatever it does.
    pub(super) fn around<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = Held> + 'a {
        self.storms(&case.guards).chain(self.downstream(case)).chain(self.disturbed(case, None))
    }

    /// What the rung hangs on and that the engine cannot run yet.
    pub(super) fn not_runnable<'a>(
        &'a self,
        case: &'a Case,
        policy: &'a Policy,
        plan: &'a Plan,
    ) -> impl Iterator<Item = Held> + 'a {
        let unsupported = &self.prepared.unsupported;
        let detectors = if unsupported.is_empty() { Vec::new() } else { self.detectors_behind(case) };
        let paths = [policy.head.path.clone(), plan.head.path.clone()].into_iter().chain(detectors);
        let paths = if unsupported.is_empty() { None } else { Some(paths) };
        paths.into_iter().flatten().filter_map(|path| unsupported.get(&path)).map(|lacking| {
            let (item, why) = (lacking.item.clone(), lacking.reason.clone());
            Held::by_nobody(WithheldReason::NotRunnable { item, why })
        })
    }

    /// The paths of a case's detector and of those that it reads, near and far.
    fn detectors_behind(&self, case: &Case) -> Vec<String> {
        let mut paths = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut next: Vec<_> = case.policy().and_then(|policy| policy.on.detector()).into_iter().collect();
        while let Some(detector) = next.pop() {
            let Some(node) = case.program.detector(detector).filter(|_| seen.insert(detector)) else {
                continue;
            };
            paths.push(node.head.path.clone());
            next.extend(crate::prepared::Reads::of(crate::prepared::conditions(node)).detectors);
        }
        paths
    }

    /// What the plan requires, by what is observed.
    pub(super) fn requires(&self, case: &Case, plan: &Plan, ready: &Ready) -> Required {
        let mut grounds = Vec::new();
        for came in self.each_require(case, plan, ready) {
            match came {
                RequireCame::Holds(ground) => grounds.push(ground),
                RequireCame::Fails(require) => return Required::Fails(require),
                RequireCame::Unknown(held) => return Required::Unknown(Box::new(held)),
            }
        }
        Required::Holds(grounds)
    }

    /// The same, one by one.
    pub(super) fn each_require<'a>(
        &'a self,
        case: &'a Case,
        plan: &'a Plan,
        ready: &'a Ready,
    ) -> impl Iterator<Item = RequireCame> + 'a {
        let facts = self.facts_of(case).map(|facts| StepFacts { arguments: Some(&ready.arguments), ..facts });
        let each = facts
            .map(|facts| plan.requires.iter().map(move |require| self.require_came(&facts, case, require)));
        each.into_iter().flatten()
    }

    fn require_came(&self, facts: &StepFacts<'_>, case: &Case, require: &Require) -> RequireCame {
        let readings = facts.values(&require.condition);
        match facts.settled(&require.condition, evaluate_with_cel) {
            Some(true) => {
                let readings: Vec<String> = readings
                    .iter()
                    .filter_map(|(part, value)| Some(format!("{part} = {}", (*value)?)))
                    .collect();
                let reading = if readings.is_empty() { "true".to_owned() } else { readings.join(", ") };
                let what = format!("require {}", require.text);
                RequireCame::Holds(Ground { what, reading, by: String::new() })
            }
            Some(false) => RequireCame::Fails(require.text.clone()),
            None => {
                let is_untold = |untold: &Affected| case.program.hangs_on_untold(&require.condition, untold);
                let never = facts.reads_what_was_never_told(&require.condition)
                    || self.claims_beside.as_ref().is_some_and(is_untold);
                let why = if never { "not recorded" } else { "unknown" }.to_owned();
                let (condition, values) = (require.text.clone(), readings);
                let lacking = facts.lacking(&require.condition);
                let reason = WithheldReason::RequireUnknown { condition, why, values, lacking };
                RequireCame::Unknown(Held::by_nobody(reason))
            }
        }
    }

    /// A rung whose turn it is cannot help: the next one's turn.
    pub(super) fn skip_rung(&mut self, case: &Case, policy: &Policy, ready: &Ready, require: String) -> bool {
        let what = format!("{} was skipped: {}", ready.plan, why_skipped(&require));
        self.never_began(case, policy, (ready.run, &ready.plan), RunEnd::Skipped { require });
        self.rung_over((&policy.head.path, &case.key, case.firing.id), what, RungResult::Skipped);
        true
    }

    /// A run ends that has not begun.
    pub(super) fn never_began(
        &mut self,
        case: &Case,
        policy: &Policy,
        (run, plan): (SemanticHash, &str),
        end: RunEnd,
    ) {
        self.record(TraceKind::RunEnded {
            run,
            end,
            firing: case.firing.id,
            policy: policy.head.path.clone(),
            plan: plan.to_owned(),
            labels: case.labels.clone(),
        });
    }

    pub(super) fn next_rung(&mut self, policy: &str, key: &crate::Key) {
        if let Some(ladder) = self.ladder(policy, key) {
            ladder.go_on();
            ladder.repeats = 0;
            ladder.status = Status::Ready;
            ladder.wait_until = None;
            ladder.approved = None;
            ladder.chosen = None;
            ladder.withheld = None;
            ladder.end_hold();
        }
    }

    /// How many wait for the waves of a canary: the targets of a `for each`, else the firing keys of the policy that it is
    /// about.
    pub(crate) fn candidates(&self, case: &Case, targets_count: usize) -> u64 {
        if targets_count > 1 {
            return targets_count as u64;
        }
        let Some(policy) = case.policy() else { return 1 };
        let Some(detector) = policy.on.detector() else { return 1 };
        let Some(state) = self.state.detectors.get(detector.at()) else { return 1 };
        let firing = state.keys.iter().filter_map(|(key, state)| Some((key, state.firing?)));
        let meant = firing.filter(|(key, firing)| {
            let Some(condition) = &policy.condition else { return true };
            let labels = crate::facts::labels(case.program.trigger_keys(policy.on).unwrap_or_default(), key);
            let other = Case {
                program: case.program.clone(),
                policy: case.policy,
                key: (*key).clone(),
                firing: *firing,
                labels,
                guards: Vec::new(),
            };
            self.truth_of(&other, condition).0 != Some(false)
        });
        meant.count() as u64
    }

    /// The ladder has no rung left. Where it had none when its firing began, which lasts, people hear that nobody heals it.
    pub(super) fn end_ladder(&mut self, case: &Case, policy: &Policy) {
        let ladder = self.ladder(&policy.head.path, &case.key);
        let is_used_up = ladder.is_some_and(|ladder| {
            ladder.end_hold();
            ladder.is_used_up
        });
        self.set_status(&policy.head.path, &case.key, Status::Ended);
        if is_used_up {
            self.tell(case, Told::First, "it fires again, and nothing is left to try");
        }
    }

    pub(super) fn run_id(&mut self, case: &Case, policy: &Policy) -> SemanticHash {
        let ladder = self.ladder(&policy.head.path, &case.key);
        let (rung, repeats) = ladder.map_or((0, 0), |ladder| (ladder.rung, ladder.turn()));
        identity::run(&policy.head.path, case.firing.id, rung, repeats)
    }
}

fn is_busy(held: &Held) -> bool {
    matches!(held.reason, WithheldReason::Busy { .. })
}

/// The start of a rung, as guards are asked about it.
pub(super) fn attempt<'a>(case: &'a Case, ready: &'a Ready, unit: &'a crate::state::Unit) -> Attempt<'a> {
    Attempt {
        policy: case.policy().map_or("", |policy| policy.head.path.as_str()),
        guards: &case.guards,
        labels: &case.labels,
        tags: &ready.tags,
        entities: &unit.entities,
        run: Some(ready.run),
    }
}
