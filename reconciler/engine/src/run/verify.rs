//! Verify: whether the world is as the plan meant it to become. Missing data is never success.

use heal_evaluate::evaluate;
use heal_program::{Millis, SemanticHash, Timestamp};

use crate::{
    Engine, FiringEnd, RunEnd, TraceKind,
    facts::StepFacts,
    prepared::Reads,
    state::{Run, RunVerify, Stage, TriggerState},
};

/// Steps of its grid for which a condition must hold, the first included.
const STEPS: i64 = 2;

impl RunVerify {
    /// The next step of its grid after a time.
    fn next_step(&self, after: Timestamp) -> Timestamp {
        after.plus(Millis(1)).align_up(self.every)
    }

    /// Whether it has been true for two consecutive steps.
    fn holds(&self) -> bool {
        let Some((at, Some(true))) = self.last else { return false };
        self.true_since.is_some_and(|since| at.since(since).0 >= self.every.0.saturating_mul(STEPS - 1))
    }
}

impl Engine {
    /// Has a run looked at when its conditions have their next step, and at the latest when their time is over.
    pub(super) fn plan_verify(&mut self, id: SemanticHash, after: Timestamp) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let begin = Engine::verify_begin(run);
        let steps = run.verifies.iter().map(|verify| verify.next_step(after));
        let deadlines = run.verifies.iter().map(|verify| begin.plus(verify.within)).filter(|at| *at > after);
        let Some(next) = steps.chain(deadlines).min() else { return };
        let due = next.plus(run.lateness);
        self.look_again(id, due);
    }

    /// A look at what a run must verify.
    pub(crate) fn verify_run(&mut self, id: SemanticHash) {
        let now = self.state.now;
        let Some(run) = self.state.runs.get(&id) else { return };
        if run.look_at.is_none_or(|due| due > now) || !matches!(run.stage, Stage::Verifying(_)) {
            return;
        }
        let (begin, at) = (Engine::verify_begin(run), now.minus(run.lateness));
        match self.state.assumed_verify {
            Some(truth) => self.assume(id, (begin, at), truth),
            None => self.look_at_verifies(id, (begin, at)),
        }
    }

    /// A simulation takes for true, as early as it could be, or for false, what a recording cannot answer.
    fn assume(&mut self, id: SemanticHash, (begin, at): (Timestamp, Timestamp), truth: bool) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let earliest =
            |verify: &RunVerify| verify.next_step(begin).plus(Millis(verify.every.0 * (STEPS - 1)));
        let over = run.verifies.iter().map(|verify| {
            let last = begin.plus(verify.within);
            if truth { earliest(verify).min(last) } else { last }
        });
        let Some(over) = over.max() else { return };
        if at < over {
            self.plan_verify(id, at);
        } else if truth {
            self.conclude(id, RunEnd::Passed);
        } else {
            let reason = "a verify is assumed to be false".to_owned();
            self.conclude(id, RunEnd::Failed { reason });
        }
    }

    fn look_at_verifies(&mut self, id: SemanticHash, (begin, at): (Timestamp, Timestamp)) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let signals = Reads::of(run.verifies.iter().map(|verify| &verify.condition)).signals;
        self.advance_lanes(signals, run.lateness, at);
        let Some(mut run) = self.state.runs.remove(&id) else { return };
        for place in 0..run.verifies.len() {
            self.look_at_verify(&mut run, place, (begin, at));
        }
        let end = verdict(&run, self.fires_again(&run), (begin, at));
        self.state.runs.insert(id, run);
        match end {
            Some(end) => self.conclude(id, end),
            None => self.plan_verify(id, at),
        }
    }

    /// Whether the detector of a run fires for its key after the firing that the run is for has ended.
    fn fires_again(&self, run: &Run) -> bool {
        let detectors = self.program.detectors.iter().zip(&self.state.detectors);
        let own = detectors.filter(|(node, _)| node.head.path == run.detector);
        let firing = own.filter_map(|(_, state)| state.keys.get(&run.key)?.firing).next();
        firing.is_some_and(|firing| firing.id != run.firing)
    }

    fn look_at_verify(&mut self, run: &mut Run, place: usize, (begin, at): (Timestamp, Timestamp)) {
        let Some(verify) = run.verifies.get(place) else { return };
        // A look between two steps of its grid, because another condition has one, is none of this one's.
        let is_step = verify.next_step(at.minus(Millis(1))) == at;
        let deadline = begin.plus(verify.within);
        let is_last_chance = at >= deadline && verify.last.is_none();
        if !(is_step && at <= deadline || is_last_chance) {
            return;
        }
        let names: Vec<String> = run.labels.iter().map(|(name, _)| name.clone()).collect();
        let facts = StepFacts {
            names: &names,
            key: &run.key,
            at,
            lateness: run.lateness,
            arguments: Some(&run.arguments),
            // The second step must have samples of its own: those of the first are no news.
            newer_than: verify.last.filter(|(_, truth)| *truth == Some(true)).map_or(begin, |(at, _)| at),
            looks_back_to: begin,
            ..self.facts_now()
        };
        let found = facts.settled(&verify.condition, evaluate);
        let before = verify.last.map(|(_, truth)| truth);
        let news = (before != Some(found)).then(|| TraceKind::Verified {
            run: run
                .units
                .iter()
                .find(|unit| unit.started.is_some())
                .map_or(SemanticHash::default(), |it| it.id),
            condition: verify.text.clone(),
            truth: found,
            values: facts.values(&verify.condition),
        });
        let Some(verify) = run.verifies.get_mut(place) else { return };
        verify.last = Some((at, found));
        verify.was_unknown |= found.is_none();
        verify.true_since = if found == Some(true) { verify.true_since.or(Some(at)) } else { None };
        if let Some(news) = news {
            self.record(news);
        }
    }
}

/// What the looks so far come to; none: it is not over.
fn verdict(run: &Run, fires_again: bool, (begin, at): (Timestamp, Timestamp)) -> Option<RunEnd> {
    let all_hold = run.verifies.iter().all(RunVerify::holds);
    let has_stopped = match run.trigger {
        TriggerState::Event => true,
        TriggerState::Ended(FiringEnd::Cleared) => !fires_again,
        TriggerState::Fires | TriggerState::Ended(FiringEnd::Lost | FiringEnd::Replaced) => false,
    };
    if all_hold && has_stopped {
        return Some(RunEnd::Passed);
    }
    let overdue = |verify: &&RunVerify| at >= begin.plus(verify.within);
    let failed = run.verifies.iter().filter(overdue).find(|verify| !verify.holds());
    if let Some(verify) = failed {
        let failed = |what: &str| Some(RunEnd::Failed { reason: format!("verify {} {what}", verify.text) });
        return match verify.last {
            Some((_, Some(false))) => failed("is false"),
            Some((_, Some(true))) if !verify.was_unknown => failed("did not hold for two steps in time"),
            Some((_, _)) | None => {
                Some(RunEnd::Inconclusive { reason: format!("verify {} is unknown", verify.text) })
            }
        };
    }
    if !run.verifies.iter().all(|verify| overdue(&verify)) {
        return None;
    }
    let detector = &run.detector;
    Some(match run.trigger {
        TriggerState::Fires => RunEnd::Failed { reason: format!("{detector} still fires") },
        TriggerState::Ended(_) if fires_again => RunEnd::Failed { reason: format!("{detector} fires again") },
        TriggerState::Ended(FiringEnd::Lost) => RunEnd::Inconclusive {
            reason: format!("whether {detector} has stopped is unknown: its samples stopped"),
        },
        TriggerState::Ended(FiringEnd::Replaced) => RunEnd::Inconclusive {
            reason: format!("whether {detector} has stopped is unknown: it was replaced"),
        },
        TriggerState::Event | TriggerState::Ended(FiringEnd::Cleared) => RunEnd::Passed,
    })
}
