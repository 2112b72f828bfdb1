//! What decisions asked for in vain.

use std::collections::{BTreeMap, BTreeSet};

const PLAN: &str = "plan";
const POLICY: &str = "policy";
const ENTITY: &str = "entity";

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

impl Unrecorded {
    /// As words, a list each: what kind of item, the item, and why or what hangs on it.
    #[must_use]
    pub fn to_words(&self) -> Vec<Vec<String>> {
        let reasons = |kind: &str, all: &BTreeMap<String, String>| -> Vec<Vec<String>> {
            all.iter().map(|(item, reason)| vec![kind.to_owned(), item.clone(), reason.clone()]).collect()
        };
        let mut words = reasons(PLAN, &self.plans);
        words.extend(reasons(POLICY, &self.policies));
        words.extend(self.entities.iter().map(|(entity, downstream)| {
            let own = [ENTITY.to_owned(), entity.clone()];
            own.into_iter().chain(downstream.iter().cloned()).collect()
        }));
        words
    }

    /// What [`Unrecorded::to_words`] gave.
    #[must_use]
    pub fn of_words(words: &[Vec<String>]) -> Unrecorded {
        let mut found = Unrecorded::default();
        for own in words {
            match own.as_slice() {
                [kind, plan, reason] if kind == PLAN => least(&mut found.plans, plan, reason.clone()),
                [kind, policy, reason] if kind == POLICY => {
                    least(&mut found.policies, policy, reason.clone());
                }
                [kind, entity, downstream @ ..] if kind == ENTITY => {
                    found.entities.entry(entity.clone()).or_default().extend(downstream.iter().cloned());
                }
                _ => {}
            }
        }
        found
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
