//! A run begins, and its units start as their guards let them.

use std::collections::BTreeSet;

use heal_program::{Guard, Policy, Rung, SemanticHash};

use super::meant::Meant;
use crate::{
    ArgumentValue, Engine, FiringEnd, Ground, Labels, RunEnd, TraceKind, WithheldReason,
    arguments::Arguments,
    decide::{Case, Ready, Told},
    guard::{Attempt, Held, Start, guards_of},
    prepared::lateness_of,
    state::{Run, Stage, Status, TriggerState, Unit},
};

/// Key fields of entities among arguments, each once.
fn given(arguments: &Arguments) -> Labels {
    let keys = arguments.values().filter_map(|argument| match argument {
        ArgumentValue::Entity { key, .. } => Some(key),
        ArgumentValue::Text(_) | ArgumentValue::Number(_) | ArgumentValue::Bool(_) => None,
    });
    let fields: BTreeSet<(String, String)> = keys.flatten().cloned().collect();
    fields.into_iter().collect()
}

/// The start of a target, as guards are asked about it.
pub(crate) fn target_attempt<'a>(
    guards: &'a [(String, Guard)],
    id: SemanticHash,
    run: &'a Run,
    own: &'a Unit,
) -> Attempt<'a> {
    Attempt {
        policy: &run.policy,
        guards,
        labels: &run.labels,
        tags: &run.tags,
        entities: &own.entities,
        run: Some(id),
    }
}

impl Engine {
    /// A run begins with one of its units.
    pub(crate) fn begin_run(
        &mut self,
        (case, policy): (&Case, &Policy),
        ready: Ready,
        first: SemanticHash,
        grounds: Vec<Ground>,
    ) {
        let path = policy.head.path.clone();
        let id = ready.run;
        let Some(ladder) = self.ladder(&path, &case.key) else { return };
        let rung = ladder.rung;
        ladder.status = Status::Running(id);
        ladder.withheld = None;
        ladder.end_hold();
        for note in &ready.notes {
            self.record(TraceKind::Noted { item: ready.plan.clone(), note: note.clone() });
        }
        let disturbs = ready.disturbs.clone();
        let first = ready.units.iter().position(|unit| unit.id == first).unwrap_or_default();
        let run = self.new_run(case, policy, ready, rung);
        self.state.runs.insert(id, run);
        if policy.shadow {
            self.begin_shadow(case, (id, first), grounds);
            return;
        }
        self.begin_disturbances(id, &path, &disturbs);
        self.start_unit(id, first, (&case.guards, self.candidates_of(case, id)), grounds);
        self.progress(id);
    }

    fn new_run(&self, case: &Case, policy: &Policy, mut ready: Ready, rung: usize) -> Run {
        let claims = self.claims((&case.program, policy), rung, &mut ready);
        let page = self.page_of(case, policy);
        Run {
            policy: policy.head.path.clone(),
            plan: ready.plan,
            rung,
            is_off_ladder: false,
            key: case.key.clone(),
            labels: case.labels.clone(),
            firing: case.firing.id,
            firing_started: case.firing.started,
            detector: case.trigger().to_owned(),
            severity: case.severity(),
            trigger: if case.is_event() { TriggerState::Event } else { TriggerState::Fires },
            lateness: lateness_of(&case.program, policy),
            arguments: ready.arguments,
            tags: ready.tags,
            is_revert: false,
            units: ready.units,
            steps: ready.steps,
            undo: Vec::new(),
            written_undo: ready.undo,
            always: ready.always,
            verifies: ready.verifies,
            stage: Stage::Steps,
            outcome: None,
            look_at: None,
            revert: ready.revert,
            settle: case.cooldown(),
            is_choice: policy.ladder.get(rung).is_some_and(|rung| matches!(rung, Rung::Choose { .. })),
            channel: page.as_ref().map(|page| page.channel.clone()),
            page,
            claims,
            recalled: None,
        }
    }

    /// A policy in shadow decides, counts for its own guard and does nothing. Of its targets those are said that its guard lets
    /// start one after the other.
    fn begin_shadow(&mut self, case: &Case, (id, first): (SemanticHash, usize), grounds: Vec<Ground>) {
        let own: Vec<_> = case.guards.iter().take(1).cloned().collect();
        self.start_in_shadow(id, first, &own, grounds);
        let units_count = self.state.runs.get(&id).map_or(0, |run| run.units.len());
        for unit in (0..units_count).filter(|unit| *unit != first) {
            let Some(run) = self.state.runs.get(&id) else { return };
            let Some(other) = run.units.get(unit).filter(|other| other.counts) else { continue };
            match self.held_back(&target_attempt(&own, id, run, other)) {
                Some(held) => self.unit_held_back(id, unit, held),
                None => self.start_in_shadow(id, unit, &own, Vec::new()),
            }
        }
        if let Some(run) = self.state.runs.remove(&id) {
            self.end_rung(id, &run, &RunEnd::Shadow);
        }
    }

    fn start_in_shadow(
        &mut self,
        id: SemanticHash,
        unit: usize,
        own: &[(String, Guard)],
        grounds: Vec<Ground>,
    ) {
        let targets = self.state.runs.get(&id).map_or(0, |run| run.candidates_count() as u64);
        self.start_unit(id, unit, (own, targets.max(1)), grounds);
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        run.verifies.clear();
        let run = run.clone();
        self.record_unit_end(&run, unit, &RunEnd::Shadow, false);
        let run = self.state.runs.get_mut(&id);
        if let Some(own) = run.and_then(|run| run.units.get_mut(unit)) {
            own.ended = true;
        }
    }

    fn candidates_of(&self, case: &Case, id: SemanticHash) -> u64 {
        let units = self.state.runs.get(&id).map_or(0, Run::candidates_count);
        self.candidates(case, units)
    }

    /// A unit starts: it counts, and it is said.
    fn start_unit(
        &mut self,
        id: SemanticHash,
        unit: usize,
        (guards, candidates): (&[(String, heal_program::Guard)], u64),
        grounds: Vec<Ground>,
    ) {
        let now = self.state.now;
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        let Some(own) = run.units.get_mut(unit) else { return };
        own.started = Some(now);
        own.withheld = None;
        let (own, tags, policy) = (own.clone(), run.tags.clone(), run.policy.clone());
        // Waves are of targets: the steps that the plan has besides them are done before, and judged with the whole.
        let is_beside_targets = own.target.is_empty() && run.has_targets();
        let candidates = (!is_beside_targets).then_some(candidates);
        let started = TraceKind::RunStarted {
            run: own.id,
            firing: run.firing,
            policy: run.policy.clone(),
            plan: run.plan.clone(),
            rung: u32::try_from(run.rung).unwrap_or(u32::MAX),
            labels: run.labels.clone(),
            target: own.target.clone(),
            shadow: self
                .program
                .policies
                .iter()
                .any(|policy| policy.shadow && policy.head.path == run.policy),
            grounds,
            given: given(&run.arguments),
        };
        self.record(started);
        let start = Start {
            run: own.id,
            whole: id,
            policy: &policy,
            tags: &tags,
            targets: &own.entities,
            candidates,
        };
        self.count_start(guards, &start);
    }

    /// Whether a unit may do its next step: it has started, or its guards let it start now.
    pub(super) fn may_go(&mut self, id: SemanticHash, unit: usize) -> bool {
        let Some(run) = self.state.runs.get(&id) else { return false };
        let Some(own) = run.units.get(unit) else { return false };
        if own.started.is_some() || !own.counts || run.is_revert {
            return true;
        }
        if own.withheld.is_some() && !self.is_still_meant(id, unit) {
            return false;
        }
        let Some(run) = self.state.runs.get(&id) else { return false };
        let Some(own) = run.units.get(unit) else { return false };
        // A policy that is gone guards no more: what it began goes on as it was planned.
        let program = self.program.clone();
        let policy = program.policies.iter().find(|policy| policy.head.path == run.policy);
        let guards = policy.map(|policy| guards_of(&program, policy)).unwrap_or_default();
        let larger = if own.withheld.is_none() { self.larger_holds(id) } else { None };
        let held = larger.or_else(|| self.held_back(&target_attempt(&guards, id, run, own)));
        let held = held.or_else(|| self.disturbs_too_long(id));
        let gives_way = held.as_ref().and_then(|held| self.gives_way(id, own, &held.reason));
        let candidates = run.candidates_count() as u64;
        match held {
            None => {
                self.start_unit(id, unit, (&guards, candidates), Vec::new());
                true
            }
            Some(held) => {
                let is_stopped = matches!(held.reason, WithheldReason::CanaryStopped { .. });
                self.hold_unit(id, unit, held);
                if is_stopped {
                    self.leave_out(id, unit, "its canary has stopped");
                } else if let Some(why) = gives_way {
                    self.give_way(id, unit, why);
                }
                false
            }
        }
    }

    /// What is larger than a target that was not held back before: a storm, a cause, a disturbance.
    fn larger_holds(&self, id: SemanticHash) -> Option<Held> {
        let run = self.state.runs.get(&id)?;
        let case = self.case_of(&run.policy, &run.key).or_else(|| self.ended_case_of(run))?;
        self.around_target(&case, id).next()
    }

    /// Two runs that wait for each other's entities would for ever: the one that finds it out leaves its target to people.
    fn give_way(&mut self, id: SemanticHash, unit: usize, (why, told): (&str, &str)) {
        let own = self.state.runs.get(&id).and_then(|run| run.units.get(unit)).filter(|it| !it.ended);
        let Some(target) = own.map(|it| it.target.clone()) else { return };
        self.leave_out(id, unit, why);
        let Some(run) = self.state.runs.get(&id).cloned() else { return };
        let reason = format!("{target} is left out: {told}");
        match self.case_of(&run.policy, &run.key).or_else(|| self.ended_case_of(&run)) {
            Some(case) => self.tell(&case, Told::First, &reason),
            None => self.tell_for_run(&run, &reason),
        }
    }

    /// Whether the guards of a unit that was held back are to be asked again.
    fn is_still_meant(&mut self, id: SemanticHash, unit: usize) -> bool {
        match self.still_meant(id, unit) {
            Meant::Yes => return true,
            Meant::Never(why) => {
                self.leave_out(id, unit, &why);
                self.tell_of_lost_target(id, unit);
            }
            Meant::Held(held) => {
                let own = self.state.runs.get(&id).and_then(|run| run.units.get(unit));
                let gives_way = own.and_then(|own| self.gives_way(id, own, &held.reason));
                self.hold_unit(id, unit, held);
                if let Some(why) = gives_way {
                    self.give_way(id, unit, why);
                }
            }
            Meant::NotNow => self.unit_waits(id, unit),
        }
        false
    }

    /// A target is left out since its firing was lost: nothing was done about it, and nobody knows whether all is well.
    fn tell_of_lost_target(&mut self, id: SemanticHash, unit: usize) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let is_lost = run.trigger == TriggerState::Ended(FiringEnd::Lost);
        if !is_lost || self.case_of(&run.policy, &run.key).is_some() {
            return;
        }
        let target = run.units.get(unit).map(|unit| unit.target.clone()).unwrap_or_default();
        let reason = format!("its samples stopped while {target} was withheld");
        if let Some(case) = self.ended_case_of(run) {
            self.tell(&case, Told::Held, &reason);
        }
    }

    /// A unit is held back; when that lasts people are told.
    fn hold_unit(&mut self, id: SemanticHash, unit: usize, held: Held) {
        self.unit_held_back(id, unit, held);
        let now = self.state.now;
        let Some(run) = self.state.runs.get(&id) else { return };
        let since = run.units.get(unit).and_then(|unit| unit.withheld.as_ref()).map(|(since, _)| *since);
        let case = self.case_of(&run.policy, &run.key).or_else(|| self.ended_case_of(run));
        let Some(case) = case else { return };
        let Some(policy) = case.policy() else { return };
        let patience = policy.guard.withheld_escalates_after();
        if since.is_some_and(|since| now.since(since) >= patience) {
            let reason = format!("withheld for {patience}");
            self.tell(&case, Told::Held, &reason);
            // An event is not queued. What waits for its own run alone is not held back.
            if case.is_event() && !self.paces_itself(id, unit) {
                self.leave_out(id, unit, &reason);
            }
        }
    }

    /// Whether a target waits for others of its own run: they are at work, or their wave settles.
    fn paces_itself(&self, id: SemanticHash, unit: usize) -> bool {
        let Some(run) = self.state.runs.get(&id) else { return false };
        let reason = run.units.get(unit).and_then(|own| own.withheld.as_ref()).map(|(_, reason)| reason);
        let is_wave = matches!(reason, Some(WithheldReason::Canary { .. }));
        is_wave || (0..run.units.len()).any(|other| run.is_at_work(other))
    }

    /// A run is looked at again: what held a unit back may be over.
    pub(crate) fn look_at_run(&mut self, id: SemanticHash) {
        let now = self.state.now;
        let Some(run) = self.state.runs.get_mut(&id) else { return };
        if run.look_at.is_some_and(|due| due <= now) && !matches!(run.stage, Stage::Verifying(_)) {
            run.look_at = None;
            self.progress(id);
        }
    }
}
