//! Verify: whether the world is as the plan meant it to become. Missing data is never success.

use heal_evaluate::evaluate;
use heal_program::{Expression, Millis, SemanticHash, Timestamp};

use crate::{
    Engine, FiringEnd, Readings, RunEnd, TraceKind,
    facts::StepFacts,
    prepared::Reads,
    state::{Run, RunVerify, Stage, TriggerState},
};

/// What is said of a run that a simulation takes for failed.
const ASSUMED: &str = "a verify is assumed to be false";

/// Steps of its grid for which a condition must hold, the first included.
const STEPS: i64 = 2;

impl RunVerify {
    /// The next step of its grid after a time.
    fn next_step(&self, after: Timestamp) -> Timestamp {
        after.plus(Millis(1)).align_up(self.every)
    }

    /// The ways in which it is taken.
    fn conditions(&self) -> impl Iterator<Item = &Expression> {
        std::iter::once(&self.condition).chain(self.otherwise.iter().map(|other| &other.condition))
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
            Some(_) if run.told_verdict().is_some() => self.recall_verdict(id, (begin, at)),
            Some(truth) if run.claims.is_none() => self.assume(id, (begin, at), truth),
            Some(_) | None => self.look_at_verifies(id, (begin, at)),
        }
    }

    /// A simulation takes for true, as early as it could be, or for false, what a recording cannot answer.
    fn assume(&mut self, id: SemanticHash, (begin, at): (Timestamp, Timestamp), truth: bool) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let Some(over) = Engine::time_to_assume(run, begin, truth) else { return };
        if at < over {
            self.plan_verify(id, at);
        } else if truth {
            self.conclude(id, RunEnd::Passed);
        } else {
            self.conclude(id, RunEnd::Failed { reason: ASSUMED.to_owned() });
        }
    }

    /// When a run is judged of which it is known how its verifies come out; none: nothing is verified.
    pub(crate) fn time_to_assume(run: &Run, begin: Timestamp, truth: bool) -> Option<Timestamp> {
        let earliest =
            |verify: &RunVerify| verify.next_step(begin).plus(Millis(verify.every.0 * (STEPS - 1)));
        let over = run.verifies.iter().map(|verify| {
            let last = begin.plus(verify.within);
            if truth { earliest(verify).min(last) } else { last }
        });
        over.max()
    }

    fn look_at_verifies(&mut self, id: SemanticHash, (begin, at): (Timestamp, Timestamp)) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let conditions = run.verifies.iter().flat_map(RunVerify::conditions);
        let signals = Reads::of(conditions).signals;
        self.advance_lanes(signals, run.lateness, at);
        let Some(mut run) = self.state.runs.remove(&id) else { return };
        let end = match self.state.assumed_verify.filter(|_| run.claims.is_some()) {
            Some(truth) => self.claimed_verdict(&mut run, truth, (begin, at)),
            None => {
                self.look_at_all(&mut run, (begin, at));
                verdict(&run, self.fires_again(&run), (begin, at))
            }
        };
        self.state.runs.insert(id, run);
        match end {
            Some(end) => self.conclude(id, end),
            None => self.plan_verify(id, at),
        }
    }

    /// What the looks come to in this course of a simulation, of a run that says what it affects. Where the other course comes
    /// to the same, this is said.
    fn claimed_verdict(
        &mut self,
        run: &mut Run,
        truth: bool,
        times: (Timestamp, Timestamp),
    ) -> Option<RunEnd> {
        let mut claims = run.claims.take()?;
        let said = self.trace.len();
        self.look_at_all(run, times);
        let own = self.verdict_taking(run, claims.moves_trigger.then_some(truth), times);
        run.verifies.iter_mut().for_each(RunVerify::change_course);
        self.look_at_all(run, times);
        let other = self.verdict_taking(run, claims.moves_trigger.then_some(!truth), times);
        run.verifies.iter_mut().for_each(RunVerify::change_course);
        // Of a condition that is open in part nobody can say what it came to.
        self.trace.truncate(said);
        claims.passed_otherwise |= other == Some(RunEnd::Passed);
        let (affects, passed_otherwise) = (claims.affects.clone(), claims.passed_otherwise);
        run.claims = Some(claims);
        let own = own?;
        let is_same = match (&own, &other) {
            (RunEnd::Passed, _) => passed_otherwise,
            (RunEnd::Failed { .. }, Some(RunEnd::Failed { .. }))
            | (RunEnd::Inconclusive { .. }, Some(RunEnd::Inconclusive { .. })) => !passed_otherwise,
            (_, _) => false,
        };
        if is_same {
            self.say_decided(run, &affects, times);
            // What holds however the world answers is why it does not pass even where all that is open goes well.
            return if truth || own == RunEnd::Passed { Some(own) } else { other };
        }
        let is_assumed = !truth && matches!(own, RunEnd::Failed { .. });
        Some(if is_assumed { RunEnd::Failed { reason: ASSUMED.to_owned() } } else { own })
    }

    fn say_decided(&mut self, run: &Run, affects: &[String], times: (Timestamp, Timestamp)) {
        let values = self.read_as_recorded(run, times);
        let started = run.units.iter().filter(|unit| unit.started.is_some() && !unit.ended);
        for unit in started {
            let by = run.decided_by(affects);
            self.record(TraceKind::VerifyDecided { run: unit.id, by, values: values.clone() });
        }
    }

    /// A verdict where the detector is taken to have stopped, or to go on, because of the run; none: it does as recorded.
    fn verdict_taking(
        &self,
        run: &mut Run,
        stopped: Option<bool>,
        times: (Timestamp, Timestamp),
    ) -> Option<RunEnd> {
        let Some(stopped) = stopped else { return verdict(run, self.fires_again(run), times) };
        let taken = if stopped { TriggerState::Ended(FiringEnd::Cleared) } else { TriggerState::Fires };
        let trigger = std::mem::replace(&mut run.trigger, taken);
        let end = verdict(run, false, times);
        run.trigger = trigger;
        end
    }

    /// What the conditions of a run read now in either course, each part once.
    fn read_as_recorded(&self, run: &Run, times: (Timestamp, Timestamp)) -> Readings {
        let mut values = Readings::new();
        let names = names_of(run);
        for verify in &run.verifies {
            for condition in verify.conditions() {
                for (text, value) in self.verify_facts(run, (&names, times.0), times).values(condition) {
                    if !values.iter().any(|(before, _)| *before == text) {
                        values.push((text, value));
                    }
                }
            }
        }
        values
    }

    fn look_at_all(&mut self, run: &mut Run, times: (Timestamp, Timestamp)) {
        for place in 0..run.verifies.len() {
            self.look_at_verify(run, place, times);
        }
    }

    /// The facts under which what a run must verify is looked at: of samples newer than that.
    fn verify_facts<'f>(
        &'f self,
        run: &'f Run,
        (names, newer_than): (&'f [String], Timestamp),
        (begin, at): (Timestamp, Timestamp),
    ) -> StepFacts<'f> {
        StepFacts {
            names,
            key: &run.key,
            at,
            lateness: run.lateness,
            arguments: Some(&run.arguments),
            newer_than,
            looks_back_to: begin,
            ..self.facts_now()
        }
    }

    /// Whether the detector of a run fires for its key after the firing that the run is for has ended.
    fn fires_again(&self, run: &Run) -> bool {
        self.later_firing(run).is_some()
    }

    /// What fires now for the key of a run after the firing that the run is for has ended.
    pub(super) fn later_firing(&self, run: &Run) -> Option<SemanticHash> {
        let detectors = self.program.detectors.iter().zip(&self.state.detectors);
        let own = detectors.filter(|(node, _)| node.head.path == run.detector);
        let firing = own.filter_map(|(_, state)| state.keys.get(&run.key)?.firing).next();
        firing.map(|firing| firing.id).filter(|firing| *firing != run.firing)
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
        let names = names_of(run);
        // The second step must have samples of its own: those of the first are no news.
        let newer_than = verify.last.filter(|(_, truth)| *truth == Some(true)).map_or(begin, |(at, _)| at);
        let facts = self.verify_facts(run, (&names, newer_than), (begin, at));
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

fn names_of(run: &Run) -> Vec<String> {
    run.labels.iter().map(|(name, _)| name.clone()).collect()
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
