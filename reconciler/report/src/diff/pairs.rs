//! Which items of base and head are the same to people.

use std::collections::BTreeSet;

use heal_program::SemanticHash;

use super::Pairing;
use crate::{DetectorReport, PolicyReport, Report};

/// Policies by path, then by equal meaning.
pub(super) fn policies(base: &Report, head: &Report) -> Vec<Pairing> {
    let nodes = |report: &Report| -> Vec<Node> {
        let policies = report.policies.iter();
        let node = |policy: &PolicyReport| Node {
            path: policy.path.clone(),
            hash: policy.hash,
            unknown: policy.unknown.clone(),
            detection_unknown: policy.detection_unknown,
        };
        policies.map(node).collect()
    };
    let mut pairs = pair(nodes(base), nodes(head), &BTreeSet::new());
    // What people look for first: what changed, then what is untouched.
    pairs.sort_by(|a, b| (!a.changed, a.path()).cmp(&(!b.changed, b.path())));
    pairs
}

/// Detectors by path, then by the policy that acts on them, then by equal meaning.
pub(super) fn detectors(base: &Report, head: &Report, policies: &[Pairing]) -> Vec<Pairing> {
    let nodes = |report: &Report| -> Vec<Node> {
        let detectors = report.detectors.iter();
        let node = |detector: &DetectorReport| Node {
            path: detector.path.clone(),
            hash: detector.hash,
            unknown: detector.unknown.clone(),
            detection_unknown: detector.unknown.is_some(),
        };
        detectors.map(node).collect()
    };
    let by_policy = policies.iter().filter_map(|pair| {
        let before = &base.policy(pair.base.as_deref()?)?.detector;
        let after = &head.policy(pair.head.as_deref()?)?.detector;
        Some((before.clone(), after.clone()))
    });
    let mut pairs = pair(nodes(base), nodes(head), &by_policy.collect());
    pairs.sort_by(|a, b| a.path().cmp(b.path()));
    pairs
}

struct Node {
    path: String,
    hash: SemanticHash,
    unknown: Option<String>,
    detection_unknown: bool,
}

fn pair(base: Vec<Node>, mut head: Vec<Node>, known: &BTreeSet<(String, String)>) -> Vec<Pairing> {
    let mut pairs = Vec::new();
    let mut left = Vec::new();
    for node in base {
        match take(&mut head, |other| other.path == node.path) {
            Some(other) => pairs.push(pairing(Some(node), Some(other))),
            None => left.push(node),
        }
    }
    let mut removed = Vec::new();
    for node in left {
        let renamed = take(&mut head, |other| known.contains(&(node.path.clone(), other.path.clone())))
            .or_else(|| take(&mut head, |other| other.hash == node.hash));
        match renamed {
            Some(other) => pairs.push(pairing(Some(node), Some(other))),
            None => removed.push(node),
        }
    }
    pairs.extend(removed.into_iter().map(|node| pairing(Some(node), None)));
    pairs.extend(head.into_iter().map(|node| pairing(None, Some(node))));
    pairs
}

fn take(nodes: &mut Vec<Node>, wanted: impl Fn(&Node) -> bool) -> Option<Node> {
    nodes.iter().position(wanted).map(|position| nodes.remove(position))
}

fn pairing(base: Option<Node>, head: Option<Node>) -> Pairing {
    let hash = |node: &Option<Node>| node.as_ref().map(|node| node.hash);
    let unknown = |node: &Option<Node>| node.as_ref().and_then(|node| node.unknown.clone());
    Pairing {
        changed: hash(&base) != hash(&head),
        unknown: unknown(&head).or_else(|| unknown(&base)),
        detection_unknown: base.iter().chain(&head).any(|node| node.detection_unknown),
        base: base.map(|node| node.path),
        head: head.map(|node| node.path),
    }
}
