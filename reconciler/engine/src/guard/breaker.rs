//! Breakers: after so many runs that did not pass, none is let through for a while, and then one.

use heal_program::{Breaker, Guard, SemanticHash, Timestamp};

use super::{Attempt, belongs, group, open_start};
use crate::{Labels, WithheldReason, facts::compact, state::GuardLog};

/// Every breaker of a guard that holds a start back.
pub(super) fn holding<'a>(
    guard: &'a Guard,
    log: &'a GuardLog,
    attempt: &'a Attempt<'a>,
    now: Timestamp,
) -> impl Iterator<Item = WithheldReason> + 'a {
    guard.breakers.iter().filter_map(move |breaker| {
        let per = match group(&breaker.per, attempt.tags) {
            Ok(per) => per,
            Err(per) => {
                let what = format!("breaker {} failures in {}", breaker.failures, compact(breaker.window));
                return Some(WithheldReason::GroupUnknown { what, per });
            }
        };
        let (failures, window) = (breaker.failures, breaker.window);
        let held = |until| Some(WithheldReason::Breaker { failures, window, per: per.clone(), until });
        match state(breaker, log, &per) {
            State::Closed { .. } => None,
            State::Open { since, .. } if now < since.plus(breaker.open_for) => {
                held(Some(since.plus(breaker.open_for)))
            }
            State::Open { since, .. } => {
                let half_open = since.plus(breaker.open_for);
                let mut tried = log.runs.iter().filter(|run| belongs(&run.labels, &per));
                let is_trying = tried.any(|run| run.at >= half_open && run.is_in_the_way_of(attempt.run));
                if is_trying { held(None) } else { None }
            }
        }
    })
}

/// How a breaker stands.
pub(crate) enum State {
    /// With the failures that count, each with its run.
    Closed { failures: Vec<(Timestamp, SemanticHash)> },
    /// Open since then, and after `open_for` half-open.
    Open { since: Timestamp, by: OpenedBy },
}

/// What opened a breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenedBy {
    /// As many failures as it takes, within its window.
    Failures(Vec<SemanticHash>),
    /// The run that was let through to test it.
    Test(SemanticHash),
}

/// How a breaker stands by what came of the runs, in the order in which they ended.
pub(crate) fn state(breaker: &Breaker, log: &GuardLog, per: &Labels) -> State {
    let mut ends: Vec<(Timestamp, Timestamp, bool, SemanticHash)> = log
        .runs
        .iter()
        .filter(|run| belongs(&run.labels, per))
        .filter_map(|run| run.ended.map(|(ended, failed)| (ended, run.at, failed, run.run)))
        .collect();
    ends.sort_unstable();
    let mut state = State::Closed { failures: Vec::new() };
    for (ended, started, failed, run) in ends {
        state = match state {
            State::Closed { mut failures } if failed => {
                failures.retain(|(at, _)| *at > open_start(ended, breaker.window));
                failures.push((ended, run));
                if failures.len() >= breaker.failures as usize {
                    let by = failures.into_iter().map(|(_, run)| run).collect();
                    State::Open { since: ended, by: OpenedBy::Failures(by) }
                } else {
                    State::Closed { failures }
                }
            }
            State::Closed { failures } => State::Closed { failures },
            // One that started while it was half-open decides; others were on their way already.
            State::Open { since, .. } if started >= since.plus(breaker.open_for) => {
                if failed {
                    State::Open { since: ended, by: OpenedBy::Test(run) }
                } else {
                    State::Closed { failures: Vec::new() }
                }
            }
            open @ State::Open { .. } => open,
        };
    }
    state
}
