//! A plan that starts on an event, and whose success nothing tells.

use std::collections::BTreeMap;

use heal_check::ItemInfo;
use heal_diagnostics::{Code, Diagnostic};
use heal_program::{Rung, Trigger};

use crate::linted::Linted;

pub(crate) fn check(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // A detector that still fires is what brings the next rung. An event is over at once.
    let mut tried: BTreeMap<usize, &ItemInfo> = BTreeMap::new();
    for policy in linted.policies().filter(|policy| !policy.node.shadow) {
        let is_event = match policy.node.on {
            Trigger::Event(_) => true,
            Trigger::Detector(_) => false,
        };
        if is_event && linted.is_written(policy.item) {
            for index in policy.node.ladder.iter().flat_map(Rung::plans) {
                // Of several policies the one that stands first is named.
                let first = tried.entry(index.at()).or_insert(policy.item);
                if (policy.item.file, policy.item.range.start) < (first.file, first.range.start) {
                    *first = policy.item;
                }
            }
        }
    }
    if tried.is_empty() {
        return;
    }
    for plan in linted.plans() {
        let Some(policy) = tried.get(&plan.at).filter(|_| plan.node.verifies.is_empty()) else { continue };
        let item = plan.item;
        let message = format!(
            "`{}` has no `verify`, and nothing tells `{}` whether it helped: an event is over at once",
            item.name(),
            policy.name()
        );
        found.push(
            Diagnostic::warning(Code::UNVERIFIED_PLAN, item.file, item.name_range, message)
                .with_help("say what must come true: `verify CONDITION within 5m`"),
        );
    }
}
