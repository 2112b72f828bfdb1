//! What is remembered of policies: where they stand on their ladders.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Millis, SemanticHash, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use super::Firing;
use crate::{EffectId, Key, WithheldReason, pairs};

/// What is remembered of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyState {
    /// By the firing's key.
    #[serde(with = "pairs")]
    pub(crate) ladders: BTreeMap<Key, Ladder>,
    /// What came of the plans that its rungs chose, by path.
    pub(crate) tallies: BTreeMap<String, Tally>,
}

/// What came of a plan's runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// Of which nobody knows what came of them: they teach nothing.
    #[serde(default)]
    pub(crate) inconclusive: u32,
}

/// Where a policy stands on its ladder for one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ladder {
    /// The firing that it works on.
    pub(crate) firing: SemanticHash,
    /// The event that it works on, where the policy is on one, until there is nothing more to do about it.
    pub(crate) event: Option<Firing>,
    /// The rung whose turn it is.
    pub(crate) rung: usize,
    /// How often the rung was started before, in this firing.
    pub(crate) repeats: u32,
    /// How often a new program has moved it to another rung, in this firing.
    #[serde(default)]
    pub(crate) moved: u32,
    /// The rung whose turn comes when the one that runs is over, where a new program has moved it; none: the one behind it.
    #[serde(default)]
    pub(crate) next: Option<usize>,
    /// Rungs further on that were tried in this episode, under a program that had them before.
    #[serde(default)]
    pub(crate) tried: BTreeSet<usize>,
    /// What it is doing.
    pub(crate) status: Status,
    /// A passed rung gives the world until then.
    pub(crate) wait_until: Option<Timestamp>,
    /// Since when it is known that it does not fire, if that is known.
    pub(crate) cleared: Option<Timestamp>,
    /// Whether the firing was lost, and it is not known since that it does not fire.
    pub(crate) is_lost: bool,
    /// When the last of its runs ended: until then there was no silence.
    pub(crate) worked_until: Option<Timestamp>,
    /// The firing of its key that it heard of while a run for an earlier one was at work.
    pub(crate) heard: Option<SemanticHash>,
    /// Whether nothing is left to try since an earlier firing of the same silence.
    pub(crate) is_used_up: bool,
    /// The digests that people have agreed to.
    pub(crate) approved: Option<SemanticHash>,
    /// The plan that the rung chose.
    pub(crate) chosen: Option<String>,
    /// Whether it was chosen in doubt: of none it was known that it may run.
    pub(crate) is_in_doubt: bool,
    /// Since when, and by what, the rung is held back.
    pub(crate) withheld: Option<(Timestamp, WithheldReason)>,
    /// Since when nothing is done because of that without a break, from the last time on that people were told.
    pub(crate) held_since: Option<Timestamp>,
    /// For how long it was so before, in firings that began within a cooldown.
    pub(crate) held_before: Millis,
    /// Channels that have been told in this episode, each with how bad it was then.
    pub(crate) told: BTreeMap<String, Severity>,
    /// Those of them that know only that a rung is withheld.
    pub(crate) told_held: BTreeSet<String>,
    /// Channels that have been told of an outcome that nobody knows.
    #[serde(default)]
    pub(crate) told_parked: BTreeSet<String>,
    /// When it is looked at again, though no detector steps.
    pub(crate) look_at: Option<Timestamp>,
    /// Guards that have said in this episode that they wait for people, such as a canary that stopped.
    pub(crate) reported: BTreeSet<String>,
    /// What came of the rung before.
    pub(crate) before: Option<RungOutcome>,
}

/// What came of a rung: people who are told by the next one want to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RungOutcome {
    /// The firing that it was for.
    pub(crate) firing: SemanticHash,
    /// What came of it: `restart failed: no such unit`.
    pub(crate) what: String,
    /// In short.
    pub(crate) result: RungResult,
}

/// How a rung ended after which the next one has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RungResult {
    /// It did what it should, so that it is news that the detector fires.
    Well,
    /// It could not help, and did nothing.
    Skipped,
    /// It did not help.
    Failed,
}

/// What a ladder is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Status {
    /// Its rung may be decided.
    Ready,
    /// People have been asked.
    AwaitingApproval(EffectId),
    /// A plan runs.
    Running(SemanticHash),
    /// A simulation takes it for healed: nothing more until the firing ends.
    Healed,
    /// Nothing more in this episode.
    Ended,
}

impl Ladder {
    pub(crate) fn new(firing: SemanticHash) -> Ladder {
        Ladder {
            firing,
            event: None,
            rung: 0,
            repeats: 0,
            moved: 0,
            next: None,
            tried: BTreeSet::new(),
            status: Status::Ready,
            wait_until: None,
            cleared: None,
            is_lost: false,
            worked_until: None,
            heard: None,
            is_used_up: false,
            approved: None,
            chosen: None,
            is_in_doubt: false,
            withheld: None,
            held_since: None,
            held_before: Millis::ZERO,
            told: BTreeMap::new(),
            told_held: BTreeSet::new(),
            told_parked: BTreeSet::new(),
            look_at: None,
            reported: BTreeSet::new(),
            before: None,
        }
    }

    /// Which turn of its rung it is, no other of the firing having the same.
    pub(crate) fn turn(&self) -> u32 {
        self.repeats.wrapping_add(self.moved << 20)
    }

    /// The next rung's turn comes.
    pub(crate) fn go_on(&mut self) {
        self.rung = self.next.take().unwrap_or(self.rung.saturating_add(1));
        while self.tried.remove(&self.rung) {
            self.rung = self.rung.saturating_add(1);
        }
    }

    /// Whether a firing that began then came after a full cooldown of silence. What nobody knows is no silence, and neither is
    /// a run that is at work.
    pub(crate) fn was_quiet(&self, began: Timestamp, cooldown: Millis) -> bool {
        let since = self.cleared.max(self.worked_until);
        !self.is_lost && since.is_none_or(|since| began.since(since) >= cooldown)
    }

    /// Nothing is held back now: neither held nor is it done.
    pub(crate) fn pause_hold(&mut self, now: Timestamp) {
        if let Some(since) = self.held_since.take() {
            self.held_before = Millis(self.held_before.0.saturating_add(now.since(since).0));
        }
    }

    /// Something is done, or people have been told: what is held back after that is held back anew.
    pub(crate) fn end_hold(&mut self) {
        (self.held_since, self.held_before) = (None, Millis::ZERO);
    }

    /// Where a ladder goes on that a new firing meets within the cooldown: `next`, as far as it is not this one's. One that has
    /// no rung left, of so many, has people told when such firings have lasted for as long as a rung may be held back.
    pub(crate) fn going_on(
        &mut self,
        next: Ladder,
        (began, now): (Timestamp, Timestamp),
        (rungs_count, patience): (usize, Millis),
    ) -> Ladder {
        // A rung that repeats itself keeps its pause, and so does one that waits for the world since a run that was at work
        // when the firing began; any other gives its turn to the next, which need not wait.
        let was_at_work = self.worked_until.is_some_and(|until| began <= until);
        let wait_until = self.wait_until.filter(|_| self.repeats > 0 || was_at_work);
        let is_used_up = self.status == Status::Ended || self.rung >= rungs_count;
        let told_at = now.plus(patience).minus(self.held_before).max(now);
        Ladder {
            rung: if is_used_up { rungs_count } else { self.rung },
            wait_until: if is_used_up { Some(told_at) } else { wait_until },
            held_since: is_used_up.then_some(now),
            held_before: self.held_before,
            is_used_up,
            // What passed in the last episode is not tried again by `again` either.
            repeats: self.repeats,
            tried: std::mem::take(&mut self.tried),
            before: self.before.take(),
            worked_until: self.worked_until,
            ..next
        }
    }
}
