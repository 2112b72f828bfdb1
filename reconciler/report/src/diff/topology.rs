//! Which edges of the topology a change takes away or adds, and which policies that touches.

use std::collections::BTreeSet;

use heal_program::{Dependency, Program};

use super::Pairing;

/// The name of the standard library's entity whose dependencies count.
const SERVICE: &str = "Service";

/// The edges that head lacks, and those that it adds.
pub(super) fn edges<'p>(base: &'p Program, head: &'p Program) -> (Vec<&'p Dependency>, Vec<&'p Dependency>) {
    let [of_base, of_head] = [base, head].map(|program| program.topology.iter().collect::<BTreeSet<_>>());
    let gone = of_base.difference(&of_head).copied().collect();
    (gone, of_head.difference(&of_base).copied().collect())
}

/// Marks the policies whose firings may be causes of each other, where what depends on what has changed: the same text on the
/// same detector is decided otherwise.
pub(super) fn mark(policies: &mut [Pairing], base: &Program, head: &Program) {
    if base.topology == head.topology {
        return;
    }
    for pair in policies.iter_mut() {
        let touched = |program: &Program, path: &Option<String>| {
            path.as_deref().is_some_and(|path| leads_to_service(program, path))
        };
        pair.changed |= touched(base, &pair.base) || touched(head, &pair.head);
    }
}

/// Whether the keys of what a policy is on lead to a service.
fn leads_to_service(program: &Program, policy: &str) -> bool {
    let service = program.entities.iter().find(|it| heal_program::short_name(&it.head.path) == SERVICE);
    let policy = program.policies.iter().find(|it| it.head.path == policy);
    let keys = policy.and_then(|policy| program.trigger_keys(policy.on));
    service.zip(keys).is_some_and(|(service, keys)| {
        let reached = program.reached(keys);
        service.keys.iter().all(|key| reached.contains(key))
    })
}
