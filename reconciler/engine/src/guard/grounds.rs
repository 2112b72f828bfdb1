//! What guards came to when they let a run go, for people.

use heal_program::{Guard, Per, Timestamp, short_name};

use super::{Attempt, blast, breaker, count, group};
use crate::{Engine, Ground, facts::compact, state::GuardLog};

impl Engine {
    /// Each guard with its counter, as it was just before the start.
    pub(crate) fn guard_grounds(&self, attempt: &Attempt<'_>) -> Vec<Ground> {
        let own = attempt.guards.first().map(|(path, _)| path.as_str()).unwrap_or_default();
        let nothing = GuardLog::default();
        let mut grounds = Vec::new();
        for (path, guard) in attempt.guards {
            let log = self.state.guards.get(path).unwrap_or(&nothing);
            let by = if path == own { String::new() } else { path.clone() };
            let mut add = |what: String, reading: String| {
                grounds.push(Ground { what, reading, by: by.clone() });
            };
            self.counted((guard, path != own), log, attempt, &mut add);
        }
        grounds
    }

    fn counted(
        &self,
        (guard, is_shared): (&Guard, bool),
        log: &GuardLog,
        attempt: &Attempt<'_>,
        add: &mut impl FnMut(String, String),
    ) {
        let now = self.state.now;
        for limit in &guard.limits {
            if let Ok(per) = group(&limit.per, attempt.tags) {
                add(count::limit_text(limit), format!("{} used", count::used(limit, log, &per, now).0));
            }
        }
        let counts = |cooldown: &&heal_program::Cooldown| is_shared || !cooldown.per.is_empty();
        if let Some(cooldown) = guard.cooldown.as_ref().filter(counts)
            && let Ok(per) = count::cooldown_group(cooldown, attempt)
        {
            let last = count::last_of_others(cooldown, log, (&per, attempt), Timestamp::MIN);
            let ago = |at| format!("the last start of another {} ago", compact(now.since(at)));
            let what = format!("cooldown {}{}", compact(cooldown.span), per_text(&cooldown.per));
            add(what, last.map_or_else(|| "no start of another".to_owned(), ago));
        }
        for concurrency in &guard.concurrency {
            if let Ok(per) = group(&concurrency.per, attempt.tags) {
                let what = format!("concurrency {}{}", concurrency.runs_max, per_text(&concurrency.per));
                add(what, format!("{} in flight", count::in_flight(log, &per, attempt.run)));
            }
        }
        for blast in &guard.blast_radius {
            let (Ok(per), Some(node)) = (group(&blast.per, attempt.tags), self.program.entity(blast.entity))
            else {
                continue;
            };
            let live = self.live_count(blast.entity, &blast.per, &per);
            let live = live.map_or_else(|| "an unknown number".to_owned(), |live| live.to_string());
            let acted = blast::acted_on(blast, &node.head.path, log, &per, now).len();
            add(
                format!("blast_radius of {}{}", short_name(&node.head.path), per_text(&blast.per)),
                format!("{acted} acted on, {live} live"),
            );
        }
        for breaker in &guard.breakers {
            if let Ok(per) = group(&breaker.per, attempt.tags) {
                let what = format!(
                    "breaker {} failures in {}{}",
                    breaker.failures,
                    compact(breaker.window),
                    per_text(&breaker.per)
                );
                let reading = match breaker::state(breaker, log, &per) {
                    breaker::State::Closed { failures } => format!("closed, {} failed", failures.len()),
                    breaker::State::Open { .. } => "half-open: this run is its test".to_owned(),
                };
                add(what, reading);
            }
        }
        if let Some(state) = &log.canary {
            add("canary".to_owned(), format!("wave {}, {} started", state.wave + 1, state.started.len()));
        }
    }
}

/// ` per namespace, pod.service`; empty for none.
pub(super) fn per_text(per: &[Per]) -> String {
    let per: Vec<String> = per.iter().map(Per::to_string).collect();
    if per.is_empty() { String::new() } else { format!(" per {}", per.join(", ")) }
}
