//! Storms: so many new firings at once that something larger is wrong.

use heal_program::{Guard, SemanticHash, Storm, Timestamp};

use super::{Held, open_start};
use crate::{Engine, WithheldReason};

impl Engine {
    /// The storms that hold every plan of these guards back.
    pub(crate) fn storms<'a>(&'a self, guards: &'a [(String, Guard)]) -> impl Iterator<Item = Held> + 'a {
        guards.iter().filter_map(|(path, guard)| {
            let (storm, log) = (guard.storm.as_ref()?, self.state.guards.get(path)?);
            let until = over_at(storm, &log.firings)?;
            (self.state.now < until).then(|| Held {
                reason: WithheldReason::Storm { firings: storm.firings, window: storm.window, until },
                by: path.clone(),
            })
        })
    }

    /// A new firing, as storms count it: once a guard, however many policies on it hear of it.
    pub(crate) fn count_firing(&mut self, guards: &[(String, Guard)], firing: SemanticHash) {
        let (now, reach) = (self.state.now, self.prepared.guards_reach);
        for (path, _) in guards.iter().filter(|(_, guard)| guard.storm.is_some()) {
            let log = self.state.guards.entry(path.clone()).or_default();
            let past = log.firings.partition_point(|at| now.since(*at) > reach);
            log.firings.drain(..past);
            if log.firings.last() != Some(&now) {
                log.newest.clear();
            }
            if log.newest.insert(firing) {
                log.firings.push(now);
            }
        }
    }
}

/// When the last storm is over; none: there was none. It goes on with each firing that makes the window full again: one
/// that has as many as it takes, itself among them, behind it in its window.
fn over_at(storm: &Storm, firings: &[Timestamp]) -> Option<Timestamp> {
    let others = (storm.firings as usize).saturating_sub(1);
    let firsts = firings.iter().rev().skip(others);
    let full = firings.iter().rev().zip(firsts).find(|(at, first)| **first > open_start(**at, storm.window));
    full.map(|(at, _)| at.plus(storm.open_for))
}
