//! A plan that starts on an event, and whose success nothing tells.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Rung, Trigger};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // A detector that still fires is what brings the next rung. An event is over at once.
    let mut tried: BTreeMap<&str, &str> = BTreeMap::new();
    for policy in linted.policies().filter(|policy| !policy.node.shadow) {
        let is_event = match policy.node.on {
            Trigger::Event(_) => true,
            Trigger::Detector(_) => false,
        };
        for index in policy.node.ladder.iter().flat_map(Rung::plans).filter(|_| is_event) {
            if let Some(plan) = linted.program.plans.get(index.0 as usize) {
                tried.entry(&plan.head.path).or_insert(&policy.name.value);
            }
        }
    }
    for plan in linted.plans() {
        let Some(policy) = tried.get(plan.node.head.path.as_str()) else { continue };
        if !plan.node.verifies.is_empty() {
            continue;
        }
        let message = format!(
            "`{}` has no `verify`, and nothing tells `{policy}` whether it helped: an event is over at once",
            plan.name.value
        );
        found.push(
            Diagnostic::warning(Code::UNVERIFIED_PLAN, plan.file, plan.name.range, message)
                .with_help("say what must come true: `verify CONDITION within 5m`"),
        );
    }
}
