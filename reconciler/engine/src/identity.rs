//! Ids: hashes of what caused a thing, never counters. The same cause has the same id in every run.

use heal_program::{SemanticHash, Timestamp};

use crate::Phase;

/// Hash of a kind of thing and the parts of its cause.
fn identity(kind: &str, parts: &[&[u8]]) -> SemanticHash {
    SemanticHash::of(std::iter::once(kind.as_bytes()).chain(parts.iter().copied()))
}

/// A firing: the detector, the key, the start. An event is one that begins when it happens.
pub(crate) fn firing(detector: &str, key: &[String], started: Timestamp) -> SemanticHash {
    let mut parts = vec![detector.as_bytes()];
    parts.extend(key.iter().map(String::as_bytes));
    let started = started.0.to_le_bytes();
    parts.push(&started);
    identity("firing", &parts)
}

/// A run: the policy, the firing, the rung, and how often that was started before.
pub(crate) fn run(policy: &str, firing: SemanticHash, rung: usize, repeats: u32) -> SemanticHash {
    let (rung, repeats) = ((rung as u64).to_le_bytes(), repeats.to_le_bytes());
    let mut parts: Vec<&[u8]> = vec![policy.as_bytes(), &firing.0, &rung];
    if repeats != [0; 4] {
        parts.push(&repeats);
    }
    identity("run", &parts)
}

/// A run of one target of a `for each`.
pub(crate) fn unit(run: SemanticHash, fan: usize, target: &[String]) -> SemanticHash {
    let fan = (fan as u64).to_le_bytes();
    let mut parts: Vec<&[u8]> = vec![&run.0, &fan];
    parts.extend(target.iter().map(String::as_bytes));
    identity("unit", &parts)
}

/// The run that takes a success back.
pub(crate) fn revert(run: SemanticHash) -> SemanticHash {
    identity("revert", &[&run.0])
}

/// A try of an action: the run, what the step is for, the step, and which try.
pub(crate) fn action(
    run: SemanticHash,
    phase: Phase,
    step: &str,
    place: usize,
    attempt: u32,
) -> SemanticHash {
    let mut parts: Vec<&[u8]> = vec![&run.0, step.as_bytes()];
    let (phase, attempt) = ([phase as u8], attempt.to_le_bytes());
    let place = (place as u64).to_le_bytes();
    if phase != [Phase::Step as u8] {
        parts.extend([phase.as_slice(), &place]);
    }
    if attempt != [0; 4] {
        parts.extend([b"attempt".as_slice(), &attempt]);
    }
    identity("action", &parts)
}

/// The time between two tries.
pub(crate) fn retry(action: SemanticHash) -> SemanticHash {
    identity("retry", &[&action.0])
}

/// A request for approval: the run that is to be approved and the digest of what it would do.
pub(crate) fn approval(run: SemanticHash, digest: SemanticHash) -> SemanticHash {
    identity("approval", &[&run.0, &digest.0])
}

/// An escalation: the policy, the firing, the channel, and how bad it is where that is told again.
pub(crate) fn escalation(policy: &str, firing: SemanticHash, channel: &str, times: usize) -> SemanticHash {
    let times = (times as u64).to_le_bytes();
    let mut parts: Vec<&[u8]> = vec![policy.as_bytes(), &firing.0, channel.as_bytes()];
    if times != [0; 8] {
        parts.push(&times);
    }
    identity("escalation", &parts)
}

/// An escalation about a run, or its revert, beside all ladders.
pub(crate) fn escalation_of_run(run: Option<SemanticHash>, channel: &str, is_revert: bool) -> SemanticHash {
    let run = run.unwrap_or_default();
    identity("escalation of a run", &[&run.0, channel.as_bytes(), &[u8::from(is_revert)]])
}

/// An order that nobody chose, for what would else be decided by spelling.
pub(crate) fn lot(parts: &[&[u8]]) -> SemanticHash {
    identity("lot", parts)
}
