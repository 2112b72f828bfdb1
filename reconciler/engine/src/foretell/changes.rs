//! When a key begins to fire and when it ends, from its conditions as columns.

use heal_detection::Exact;
use heal_program::{Detector, Expression, Millis, Timestamp};

use super::{
    columns::KeyColumns,
    node::Node,
    vector::{FALSE, STEPS_AT_ONCE, TRUE, UNKNOWN, Vector, compute},
};
use crate::{
    FiringEnd,
    detect::{Change, go_on, pend},
    state::{Firing, KeyState},
};

/// What a key of a detector does at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Foretold {
    /// It begins to fire.
    Fires {
        /// Since when its condition was true without a break.
        pending_since: Timestamp,
    },
    /// It ends.
    Ends {
        /// Why.
        end: FiringEnd,
    },
    /// It does not fire, and from now on it is known that it does not, or no longer known. Only of detectors that
    /// something reads by name.
    Rests {
        /// Whether its condition is known.
        is_known: bool,
    },
    /// Its condition is false for the first time since its firing was lost.
    IsQuiet,
}

/// What is asked of a detector besides its conditions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// How long a firing may be unknown before it is lost.
    pub(super) stale_after: Millis,
    /// Whether it matters that it is unknown while it does not fire.
    pub(super) is_read: bool,
}

/// A step at which a key changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ForetoldChange {
    pub(super) at: Timestamp,
    pub(super) what: Foretold,
    /// What the parts of the conditions came to; not-a-number: unknown.
    pub(super) values: Vec<Exact>,
}

/// The conditions of a detector as columns; none where they are computed step by step.
#[derive(Clone, Debug)]
pub(super) struct Conditions {
    pub(super) when: Option<Node>,
    pub(super) clear: Option<Option<Node>>,
    /// What of them is said of a change, with what it is called.
    pub(super) parts: Vec<(String, Expression)>,
}

/// Truths of some steps.
pub(super) enum Truths {
    Same(u8),
    Each(Vec<u8>),
}

impl Truths {
    pub(super) fn at(&self, at: usize) -> u8 {
        match self {
            Truths::Same(truth) => *truth,
            Truths::Each(truths) => truths.get(at).copied().unwrap_or(UNKNOWN),
        }
    }

    /// The first step from `at` on whose truth is not `truth`.
    pub(super) fn next_but(&self, truth: u8, at: usize) -> Option<usize> {
        match self {
            Truths::Same(same) => (*same != truth).then_some(at),
            Truths::Each(truths) => {
                let rest = truths.get(at..)?;
                rest.iter().position(|other| *other != truth).map(|ahead| at + ahead)
            }
        }
    }

    /// The first step from `at` on that is true, or known where `is_known` is not, or the other way round.
    fn next_true_or_otherwise_known(&self, is_known: bool, at: usize) -> Option<usize> {
        let is_wanted = |truth: u8| truth == TRUE || (truth != UNKNOWN) != is_known;
        match self {
            Truths::Same(same) => is_wanted(*same).then_some(at),
            Truths::Each(truths) => {
                truths.get(at..)?.iter().position(|truth| is_wanted(*truth)).map(|ahead| at + ahead)
            }
        }
    }

    /// The first step from `at` on that is true.
    fn next_true(&self, at: usize) -> Option<usize> {
        match self {
            Truths::Same(same) => (*same == TRUE).then_some(at),
            Truths::Each(truths) => first_true(truths.get(at..)?).map(|ahead| at + ahead),
        }
    }
}

/// Where the first true one is. Most steps of most detectors are false, so many are passed at a time.
fn first_true(truths: &[u8]) -> Option<usize> {
    const AT_ONCE: usize = 32;
    let mut passed = 0;
    for some in truths.chunks(AT_ONCE) {
        if some.iter().fold(0, |any, truth| any | (truth & TRUE)) != 0 {
            return some.iter().position(|truth| *truth == TRUE).map(|at| passed + at);
        }
        passed += some.len();
    }
    None
}

pub(super) fn known(truth: u8) -> Option<bool> {
    (truth != UNKNOWN).then_some(truth == TRUE)
}

/// A key as it is walked along its steps.
#[derive(Default)]
struct Walk {
    state: KeyState,
    is_read: bool,
    /// What was last said of a key that does not fire, where that is asked for.
    said: Option<bool>,
    /// Whether the last firing was lost, and it has not been false since.
    is_lost: bool,
    found: Vec<ForetoldChange>,
}

impl Walk {
    /// The next step at which something can change; none in this stretch.
    fn next(&self, when: &Truths, at: usize) -> Option<usize> {
        match (self.is_lost, self.is_read) {
            // It matters when it is known again.
            (true, _) => Some(at),
            (false, true) => skip_read(&self.state, self.said, when, at),
            (false, false) => skip(&self.state, when, at),
        }
    }

    /// What a change makes of the key.
    fn take(&mut self, change: Change, truth: u8, time: Timestamp) -> Option<Foretold> {
        match change {
            Change::None => None,
            Change::Fires { pending_since } => {
                let firing = Firing { id: heal_program::SemanticHash::default(), started: time };
                self.state = KeyState { firing: Some(firing), ..KeyState::default() };
                self.is_lost = false;
                Some(Foretold::Fires { pending_since })
            }
            Change::Ends(_, end) => {
                self.state = KeyState { is_known: truth != UNKNOWN, ..KeyState::default() };
                self.is_lost = end == FiringEnd::Lost;
                Some(Foretold::Ends { end })
            }
        }
    }

    /// Says how a key rests, where that is news.
    fn rest(&mut self, truth: u8, time: Timestamp) {
        if self.state.firing.is_some() {
            return;
        }
        if self.is_lost && truth == FALSE {
            self.is_lost = false;
            self.say(time, Foretold::IsQuiet, Vec::new());
        }
        if self.is_read && self.said != Some(self.state.is_known) {
            let is_known = self.state.is_known;
            self.say(time, Foretold::Rests { is_known }, Vec::new());
            self.said = Some(is_known);
        }
    }

    fn say(&mut self, at: Timestamp, what: Foretold, values: Vec<Exact>) {
        self.found.push(ForetoldChange { at, what, values });
    }
}

/// The changes of a key, in order of time.
pub(super) fn changes(
    node: &Detector,
    conditions: &Conditions,
    columns: &mut KeyColumns<'_>,
    Asked { stale_after, is_read }: Asked,
) -> Vec<ForetoldChange> {
    let mut walk = Walk { is_read, ..Walk::default() };
    let steps = columns.steps.count;
    let mut from = 0;
    while from < steps {
        let until = (from + STEPS_AT_ONCE).min(steps);
        columns.look_at(from..until);
        let when = truths(&node.when, conditions.when.as_ref(), columns);
        let mut clear: Option<Truths> = None;
        let mut at = 0;
        while at < until - from {
            let Some(next) = walk.next(&when, at) else { break };
            at = next;
            let (time, truth) = (columns.time_of(from + at), when.at(at));
            let change = match walk.state.firing {
                None => pend(&mut walk.state, node, known(truth), time),
                Some(firing) => {
                    let cleared =
                        node.clear.as_ref().zip(conditions.clear.as_ref()).map(|(clear_node, columnar)| {
                            let clear = clear.get_or_insert_with(|| {
                                columns.need_all();
                                truths(&clear_node.when, columnar.as_ref(), columns)
                            });
                            known(clear.at(at))
                        });
                    go_on(&mut walk.state, node, firing, (known(truth), cleared), time, stale_after)
                }
            };
            if let Some(what) = walk.take(change, truth, time) {
                columns.need_all();
                walk.say(time, what, columns.readings(&conditions.parts, from + at));
                walk.said = None;
            }
            walk.rest(truth, time);
            at += 1;
        }
        from = until;
    }
    walk.found
}

/// The next step at which something can change; none in this stretch.
fn skip(state: &KeyState, when: &Truths, at: usize) -> Option<usize> {
    match state.firing {
        None if state.true_since.is_none() => when.next_true(at),
        // It goes on as it is for as long as its condition holds.
        Some(_) if state.clear_since.is_none() && state.unknown_since.is_none() => when.next_but(TRUE, at),
        None | Some(_) => Some(at),
    }
}

/// The same where it matters whether a key that does not fire is known, and `said` is what was said of that last.
fn skip_read(state: &KeyState, said: Option<bool>, when: &Truths, at: usize) -> Option<usize> {
    match said {
        None if state.firing.is_none() => Some(at),
        Some(is_known) if state.firing.is_none() && state.true_since.is_none() => {
            when.next_true_or_otherwise_known(is_known, at)
        }
        None | Some(_) => skip(state, when, at),
    }
}

/// Steps that are computed one by one where one of them has to be.
const ONE_BY_ONE: usize = 64;

/// A condition at the steps that are looked at.
fn truths(
    expression: &heal_program::Expression,
    node: Option<&Node>,
    columns: &mut KeyColumns<'_>,
) -> Truths {
    let Some(node) = node else { return step_by_step(expression, columns) };
    columns.need(node);
    let whole = match compute(node, &*columns) {
        Ok(Vector::Truth(truth)) => Some(Truths::Same(truth)),
        Ok(Vector::ReadTruths(truths)) => Some(Truths::Each(truths.to_vec())),
        Ok(Vector::Truths(truths)) => Some(Truths::Each(truths)),
        Ok(Vector::Number(_) | Vector::Read(_) | Vector::Numbers(_)) | Err(_) => None,
    };
    let range = columns.range.clone();
    match whole {
        Some(truths) => truths,
        None if range.len() <= ONE_BY_ONE => step_by_step(expression, columns),
        None => {
            // It is a few steps that come to no number, and the others need not be computed one by one for them.
            let mut all = Vec::with_capacity(range.len());
            for from in range.clone().step_by(ONE_BY_ONE) {
                let until = (from + ONE_BY_ONE).min(range.end);
                columns.look_at(from..until);
                match truths(expression, Some(node), columns) {
                    Truths::Same(truth) => all.resize(all.len() + (until - from), truth),
                    Truths::Each(some) => all.extend(some),
                }
            }
            columns.look_at(range);
            Truths::Each(all)
        }
    }
}

fn step_by_step(expression: &heal_program::Expression, columns: &mut KeyColumns<'_>) -> Truths {
    columns.need_all();
    Truths::Each(columns.truth_of_each(expression))
}
