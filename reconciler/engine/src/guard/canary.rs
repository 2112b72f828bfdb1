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
    let until = next_begins(canary, state, whole);
    if !waits_for_earlier(state, whole) && (is_open(state) || until.is_some_and(|begins| begins <= now)) {
        return None;
    }
    Some(WithheldReason::Canary {
        wave,
        waves: number(canary.waves.len()),
        started: number(state.started.len()),
        passed: number(state.started.iter().filter(|run| has_passed(state, **run, whole)).count()),
        until,
    })
}

/// Whether the wave takes more.
fn is_open(state: &CanaryState) -> bool {
    (state.started.len() as u64) < state.quota
}

/// Whether one of a wave has passed. The targets of a whole have for each other when their steps are done.
fn has_passed(state: &CanaryState, run: SemanticHash, whole: Option<SemanticHash>) -> bool {
    state.passed.contains(&run) || (whole.is_some() && state.released.get(&run).copied() == whole)
}

/// Whether targets of an earlier wave, of another whole, are still to be verified.
fn waits_for_earlier(state: &CanaryState, whole: Option<SemanticHash>) -> bool {
    state.released.iter().any(|(run, of)| Some(*of) != whole && !state.started.contains(run))
}

/// When the next wave may begin; none: not all of this one and of those before it have passed.
fn next_begins(canary: &Canary, state: &CanaryState, whole: Option<SemanticHash>) -> Option<Timestamp> {
    let all_passed = !is_open(state)
        && !waits_for_earlier(state, whole)
        && state.started.iter().all(|run| has_passed(state, *run, whole));
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
            let released = std::mem::take(&mut state.released);
            *state = CanaryState {
                wave,
                quota: quota(canary, wave, candidates),
                released,
                ..CanaryState::default()
            };
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
            if !is_of_wave || state.passed.insert(run) {
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
