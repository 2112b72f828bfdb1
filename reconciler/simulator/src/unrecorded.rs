//! What decisions asked for in vain.

use std::collections::{BTreeMap, BTreeSet};

/// What decisions asked for and the recording does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unrecorded {
    /// Plans with a `require` or an argument that reads what is not recorded, with what that is.
    pub plans: BTreeMap<String, String>,
    /// Policies with a `where` that reads what is not recorded, with what that is.
    pub policies: BTreeMap<String, String>,
    /// Entities of which a guard needs to know how many live, with the policies and plans.
    pub entities: BTreeMap<String, BTreeSet<String>>,
}

impl Unrecorded {
    /// Both together, in whatever order.
    pub fn extend(&mut self, other: Unrecorded) {
        for (plan, reason) in other.plans {
            least(&mut self.plans, &plan, reason);
        }
        for (policy, reason) in other.policies {
            least(&mut self.policies, &policy, reason);
        }
        for (entity, downstream) in other.entities {
            self.entities.entry(entity).or_default().extend(downstream);
        }
    }
}

/// Of several reasons the first one by its text: which of them was met first hangs on what is decided beside it.
pub(crate) fn least(reasons: &mut BTreeMap<String, String>, item: &str, reason: String) {
    match reasons.get_mut(item) {
        None => {
            reasons.insert(item.to_owned(), reason);
        }
        Some(known) if reason < *known => *known = reason,
        Some(_) => {}
    }
}
