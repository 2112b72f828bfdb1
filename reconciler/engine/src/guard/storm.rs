//! Storms: so many new firings at once that something larger is wrong.

use heal_program::{Guard, Storm, Timestamp};

use super::{Held, open_start};
use crate::{Engine, WithheldReason};

impl Engine {
    /// A storm that holds every plan of these guards back.
    pub(crate) fn storm(&self, guards: &[(String, Guard)]) -> Option<Held> {
        guards.iter().find_map(|(path, guard)| {
            let (storm, log) = (guard.storm.as_ref()?, self.state.guards.get(path)?);
            let until = over_at(storm, &log.firings)?;
            (self.state.now < until).then(|| Held {
                reason: WithheldReason::Storm { firings: storm.firings, window: storm.window, until },
                by: path.clone(),
            })
        })
    }

    /// A new firing, as storms count it.
    pub(crate) fn count_firing(&mut self, guards: &[(String, Guard)]) {
        let (now, reach) = (self.state.now, self.prepared.guards_reach);
        for (path, _) in guards.iter().filter(|(_, guard)| guard.storm.is_some()) {
            let log = self.state.guards.entry(path.clone()).or_default();
            log.firings.retain(|at| now.since(*at) <= reach);
            log.firings.push(now);
        }
    }
}

/// When the last storm is over; none: there was none. It goes on with each firing that makes the window full again.
fn over_at(storm: &Storm, firings: &[Timestamp]) -> Option<Timestamp> {
    let last = firings.iter().enumerate().rev().find(|(place, at)| {
        let open = open_start(**at, storm.window);
        let inside = firings.iter().take(place + 1).rev().take_while(|other| **other > open).count();
        inside >= storm.firings as usize
    });
    last.map(|(_, at)| at.plus(storm.open_for))
}
