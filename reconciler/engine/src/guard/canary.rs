//! Canaries: a few first, and the rest once those have passed and settled.

use heal_program::{Canary, Guard, SemanticHash, Share, Timestamp};

use crate::{
    Engine, WithheldReason,
    state::{CanaryState, GuardLog},
};

/// Why a wave must be waited for. `whole` is the run whose start, or the start of a target of which, is asked for.
pub(super) fn holds(
    guard: &Guard,
    log: &GuardLog,
    whole: Option<SemanticHash>,
    now: Timestamp,
) -> Option<WithheldReason> {
    let (canary, state) = (guard.canary.as_ref()?, log.canary.as_ref()?);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let wave = number(state.wave).saturating_add(1);
    if state.stopped {
        return Some(WithheldReason::CanaryStopped { wave });
    }
    let is_in = is_in(state, whole);
    // What others' targets opened is open to everybody else when those have passed and settled.
    let settled = state.earlier_passed_at.filter(|_| !is_in).map(|at| at.plus(canary.settle));
    let until = match (waits_for_earlier(state, is_in), is_open(state)) {
        (true, _) => None,
        (false, true) => Some(Timestamp::MIN),
        (false, false) => next_begins(canary, state, is_in),
    };
    let until = until.map(|begins| begins.max(settled.unwrap_or(Timestamp::MIN)));
    if until.is_some_and(|begins| begins <= now) {
        return None;
    }
    Some(WithheldReason::Canary {
        wave,
        waves: number(canary.waves.len()),
        started: number(state.started.len()),
        passed: number(state.started.iter().filter(|run| has_passed(state, **run, is_in)).count()),
        until,
    })
}

/// Whether the wave takes more.
fn is_open(state: &CanaryState) -> bool {
    (state.started.len() as u64) < state.quota
}

/// Whether a whole has targets in these waves that wait to be verified with it: it goes on to the next wave with what has
/// done its steps, of whichever whole. Two that waited for each other to be verified would wait for ever.
fn is_in(state: &CanaryState, whole: Option<SemanticHash>) -> bool {
    whole.is_some_and(|whole| state.released.values().any(|of| *of == whole))
}

/// Whether one of a wave has passed. For whom is in these waves a target has when its steps are done.
fn has_passed(state: &CanaryState, run: SemanticHash, is_in: bool) -> bool {
    state.passed.contains(&run) || (is_in && state.released.contains_key(&run))
}

/// Whether targets of an earlier wave are still to be verified.
fn waits_for_earlier(state: &CanaryState, is_in: bool) -> bool {
    !is_in && state.released.keys().any(|run| !state.started.contains(run))
}

/// When the wave after a full one may begin; none: not all of it have passed.
fn next_begins(canary: &Canary, state: &CanaryState, is_in: bool) -> Option<Timestamp> {
    let all_passed = state.started.iter().all(|run| has_passed(state, *run, is_in));
    if all_passed { state.passed_at.map(|at| at.plus(canary.settle)) } else { None }
}

/// How many a wave takes of so many that wait for it. The last takes all.
fn quota(canary: &Canary, wave: usize, candidates: u64) -> u64 {
    let is_last = wave + 1 >= canary.waves.len();
    match canary.waves.get(wave) {
        Some(Share::Count(count)) if !is_last => u64::from(*count).max(1),
        Some(Share::Part(part)) if !is_last => ((part * candidates as f64).floor() as u64).max(1),
        Some(_) | None => u64::MAX,
    }
}

impl Engine {
    /// A run starts: it is in the wave, which begins with it if there is none.
    pub(super) fn count_in_canary(
        &mut self,
        (path, guard): (&str, &Guard),
        run: SemanticHash,
        candidates: u64,
    ) {
        let Some(canary) = &guard.canary else { return };
        let log = self.state.guards.entry(path.to_owned()).or_default();
        let state = log.canary.get_or_insert_with(|| CanaryState {
            quota: quota(canary, 0, candidates),
            ..CanaryState::default()
        });
        if !is_open(state) {
            let wave = state.wave + 1;
            let (released, earlier_passed_at) =
                (std::mem::take(&mut state.released), state.earlier_passed_at);
            let quota = quota(canary, wave, candidates);
            *state = CanaryState { wave, quota, released, earlier_passed_at, ..CanaryState::default() };
        }
        state.started.insert(run);
    }

    /// A run has passed, or has not: the waves go on, or stop. Gives the wave that it stopped.
    pub(crate) fn end_in_canary(&mut self, path: &str, run: SemanticHash, passed: bool) -> Option<usize> {
        let now = self.state.now;
        let state = self.state.guards.get_mut(path)?.canary.as_mut()?;
        let was_released = state.released.remove(&run).is_some();
        let is_of_wave = state.started.contains(&run);
        if !is_of_wave && !was_released {
            return None;
        }
        if passed {
            if !is_of_wave {
                state.earlier_passed_at = Some(now);
            } else if state.passed.insert(run) {
                state.passed_at = Some(now);
            }
            return None;
        }
        let is_news = !state.stopped;
        state.stopped = true;
        is_news.then_some(state.wave)
    }

    /// The steps of a target are done: for the others of its whole it has passed.
    pub(crate) fn release_in_canary(&mut self, path: &str, run: SemanticHash, whole: SemanticHash) {
        let now = self.state.now;
        let Some(state) = self.state.guards.get_mut(path).and_then(|log| log.canary.as_mut()) else { return };
        if state.started.contains(&run) && state.released.insert(run, whole).is_none() {
            state.passed_at = Some(now);
        }
    }

    /// Nothing fires any more: the next time the waves begin at the first.
    pub(crate) fn end_canary(&mut self, path: &str) {
        if let Some(log) = self.state.guards.get_mut(path) {
            log.canary = None;
        }
    }
}
