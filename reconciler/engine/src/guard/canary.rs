//! Canaries: a few first, and the rest once those have passed and settled.

use heal_program::{Canary, Guard, SemanticHash, Share, Timestamp};

use crate::{
    Engine, WithheldReason,
    state::{CanaryState, GuardLog},
};

/// Why a wave must be waited for.
pub(super) fn holds(guard: &Guard, log: &GuardLog, now: Timestamp) -> Option<WithheldReason> {
    let (canary, state) = (guard.canary.as_ref()?, log.canary.as_ref()?);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let wave = number(state.wave).saturating_add(1);
    if state.stopped {
        return Some(WithheldReason::CanaryStopped { wave });
    }
    if is_open(state) || next_begins(canary, state).is_some_and(|begins| begins <= now) {
        return None;
    }
    Some(WithheldReason::Canary {
        wave,
        waves: number(canary.waves.len()),
        started: number(state.started.len()),
        passed: number(state.passed.len()),
        until: next_begins(canary, state),
    })
}

/// Whether the wave takes more.
fn is_open(state: &CanaryState) -> bool {
    (state.started.len() as u64) < state.quota
}

/// When the next wave may begin; none: not all of this one have passed.
fn next_begins(canary: &Canary, state: &CanaryState) -> Option<Timestamp> {
    let all_passed = !is_open(state) && state.passed.len() == state.started.len();
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
            *state = CanaryState { wave, quota: quota(canary, wave, candidates), ..CanaryState::default() };
        }
        state.started.insert(run);
    }

    /// A run has passed, or has not: the waves go on, or stop. Gives the wave that it stopped.
    pub(crate) fn end_in_canary(&mut self, path: &str, run: SemanticHash, passed: bool) -> Option<usize> {
        let now = self.state.now;
        let state = self.state.guards.get_mut(path)?.canary.as_mut()?;
        if !state.started.contains(&run) {
            return None;
        }
        if passed {
            if state.passed.insert(run) {
                state.passed_at = Some(now);
            }
            return None;
        }
        let is_news = !state.stopped;
        state.stopped = true;
        is_news.then_some(state.wave)
    }

    /// Nothing fires any more: the next time the waves begin at the first.
    pub(crate) fn end_canary(&mut self, path: &str) {
        if let Some(log) = self.state.guards.get_mut(path) {
            log.canary = None;
        }
    }
}
