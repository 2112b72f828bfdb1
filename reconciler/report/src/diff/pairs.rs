//! Which items of base and head are the same to people.

use std::collections::{BTreeMap, BTreeSet};

use heal_program::{Policy, Program, SemanticHash};

use super::Pairing;
use crate::{DetectorReport, PolicyReport, Report};

/// The policies, and the detectors. Each by path, then by equal meaning; then what is left over: detectors by their
/// condition, policies by what they act on and try, detectors by the policy that acts on them.
pub(super) fn of_reports(
    (base, base_program): (&Report, &Program),
    (head, head_program): (&Report, &Program),
) -> (Vec<Pairing>, Vec<Pairing>) {
    let seen = pair(detector_nodes(base), detector_nodes(head), &BTreeSet::new());
    let in_base: BTreeMap<&str, &str> =
        seen.iter().filter_map(|pair| Some((pair.head.as_deref()?, pair.base.as_deref()?))).collect();
    let old = policy_nodes(base, base_program, |detector| detector.to_owned());
    let new = policy_nodes(head, head_program, |detector| {
        in_base.get(detector).copied().unwrap_or(detector).to_owned()
    });
    let mut policies = pair(old, new, &BTreeSet::new());
    // What people look for first: what changed, then what is untouched.
    policies.sort_by(|a, b| (!a.changed, a.path()).cmp(&(!b.changed, b.path())));

    let by_policy = policies.iter().filter_map(|pair| {
        let before = &base.policy(pair.base.as_deref()?)?.detector;
        let after = &head.policy(pair.head.as_deref()?)?.detector;
        Some((before.clone(), after.clone()))
    });
    let mut detectors = pair(detector_nodes(base), detector_nodes(head), &by_policy.collect());
    detectors.sort_by(|a, b| a.path().cmp(b.path()));
    (policies, detectors)
}

fn policy_nodes(report: &Report, program: &Program, named: impl Fn(&str) -> String) -> Vec<Node> {
    let node = |policy: &PolicyReport| {
        let detector = named(&policy.detector);
        let tries = program.policies.iter().find(|it| it.head.path == policy.path);
        let (tries, means) = tries.map(|it| plans(program, it)).unwrap_or_default();
        // The same plans for the same detector are surer than either alone.
        let both = format!("{detector} {tries}");
        Node {
            path: policy.path.clone(),
            hash: policy.hash,
            unknown: policy.unknown.clone(),
            detection_unknown: policy.detection_unknown,
            kin: [both, detector, tries, means]
                .into_iter()
                .map(|it| Some(it).filter(|it| !it.is_empty()))
                .collect(),
        }
    };
    report.policies.iter().map(node).collect()
}

/// What a policy tries, by name and by meaning; empty: nothing.
fn plans(program: &Program, policy: &Policy) -> (String, String) {
    let heads = || program.plans_of(policy).map(|plan| &plan.head);
    let paths: Vec<&str> = heads().map(|head| head.path.as_str()).collect();
    let hashes: Vec<String> = heads().map(|head| head.hash.to_string()).collect();
    (paths.join(" "), hashes.join(" "))
}

fn detector_nodes(report: &Report) -> Vec<Node> {
    let node = |detector: &DetectorReport| Node {
        path: detector.path.clone(),
        hash: detector.hash,
        unknown: detector.unknown.clone(),
        detection_unknown: detector.unknown.is_some(),
        kin: vec![Some(detector.condition.clone()).filter(|it| !it.is_empty())],
    };
    report.detectors.iter().map(node).collect()
}

struct Node {
    path: String,
    hash: SemanticHash,
    unknown: Option<String>,
    detection_unknown: bool,
    /// What makes two that are left over the same, the surest first.
    kin: Vec<Option<String>>,
}

fn pair(base: Vec<Node>, mut head: Vec<Node>, known: &BTreeSet<(String, String)>) -> Vec<Pairing> {
    let mut pairs = Vec::new();
    let mut left = base;
    let mut join = |left: &mut Vec<Node>, is_same: &dyn Fn(&Node, &Node) -> bool| {
        for node in std::mem::take(left) {
            match take(&mut head, |other| is_same(&node, other)) {
                Some(other) => pairs.push(pairing(Some(node), Some(other))),
                None => left.push(node),
            }
        }
    };
    join(&mut left, &|node, other| other.path == node.path);
    join(&mut left, &|node, other| known.contains(&(node.path.clone(), other.path.clone())));
    join(&mut left, &|node, other| other.hash == node.hash);
    let kinds = left.iter().map(|node| node.kin.len()).max().unwrap_or_default();
    for kind in 0..kinds {
        let kin = |node: &Node| node.kin.get(kind).cloned().flatten();
        join(&mut left, &|node, other| kin(node).is_some() && kin(node) == kin(other));
    }
    pairs.extend(left.into_iter().map(|node| pairing(Some(node), None)));
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
