//! Ids: hashes of what caused a thing, never counters. The same cause has the same id in every run.

use heal_program::{SemanticHash, Timestamp};

/// Hash of a kind of thing and the parts of its cause.
fn identity(kind: &str, parts: &[&[u8]]) -> SemanticHash {
    SemanticHash::of(std::iter::once(kind.as_bytes()).chain(parts.iter().copied()))
}

/// A firing: the detector, the key, the start.
pub(crate) fn firing(detector: &str, key: &[String], started: Timestamp) -> SemanticHash {
    let mut parts = vec![detector.as_bytes()];
    parts.extend(key.iter().map(String::as_bytes));
    let started = started.0.to_le_bytes();
    parts.push(&started);
    identity("firing", &parts)
}

/// A run: the policy, the firing, the rung.
pub(crate) fn run(policy: &str, firing: SemanticHash, rung: usize) -> SemanticHash {
    identity("run", &[policy.as_bytes(), &firing.0, &(rung as u64).to_le_bytes()])
}

/// An action: the run and the step.
pub(crate) fn action(run: SemanticHash, step: &str) -> SemanticHash {
    identity("action", &[&run.0, step.as_bytes()])
}

/// A query: the run that it is asked for, which `require`, and when it is asked.
pub(crate) fn query(run: SemanticHash, require: usize, at: Timestamp) -> SemanticHash {
    identity("query", &[&run.0, &(require as u64).to_le_bytes(), &at.0.to_le_bytes()])
}

/// A request for approval: the run that is to be approved and the digest of what it would do.
pub(crate) fn approval(run: SemanticHash, digest: SemanticHash) -> SemanticHash {
    identity("approval", &[&run.0, &digest.0])
}

/// An escalation: the policy, the firing, the channel.
pub(crate) fn escalation(policy: &str, firing: SemanticHash, channel: &str) -> SemanticHash {
    identity("escalation", &[policy.as_bytes(), &firing.0, channel.as_bytes()])
}
