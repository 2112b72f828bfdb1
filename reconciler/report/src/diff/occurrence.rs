//! What happened for a firing on one side, matched with what happened for it on the other.

use std::collections::BTreeMap;

use heal_engine::Labels;
use heal_program::{SemanticHash, Timestamp};

use super::{Difference, DifferenceKind as Kind, deeds::Deeds, events::blank};
use crate::{
    ApprovalRequest, Course, Escalation, Firing, Moment, PolicyReport, Run, Withheld, Withholding,
    names::Names,
};

/// Something that happened for a firing.
pub(super) struct Occurrence {
    firing: SemanticHash,
    pub(super) subject: Option<String>,
    which: Which,
    labels: Labels,
    moment: Moment,
    detail: String,
    /// Of a run: the paths of its actions, with how they are called.
    calls: Vec<(String, String)>,
}

/// Which of several of one subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    /// There is but one.
    Only,
    /// The run of a rung, or what reverts it.
    Run { rung: u32, is_revert: bool },
    /// What a guard held back of a rung.
    Held { rung: u32, guard: Withholding },
    /// The plan that is asked for.
    Plan(String),
}

/// What a run asks for, one after the other.
fn said(calls: &[(String, String)]) -> String {
    calls.iter().map(|(_, call)| call.as_str()).collect::<Vec<_>>().join(", ")
}

impl Occurrence {
    pub(super) fn of_firing(firing: &Firing) -> Occurrence {
        let readings =
            firing.readings.iter().map(|reading| format!("{} is {}", reading.expression, reading.text));
        Occurrence {
            firing: firing.id,
            subject: None,
            which: Which::Only,
            labels: firing.labels.clone(),
            moment: Moment { id: firing.id, start: firing.start, end: firing.end },
            detail: readings.collect::<Vec<_>>().join(", "),
            calls: Vec::new(),
        }
    }

    /// Calls what it is about as head does.
    pub(super) fn rename(&mut self, names: &Names) {
        self.subject.iter_mut().for_each(|subject| names.rename(subject));
        if let Which::Plan(plan) = &mut self.which {
            names.rename(plan);
        }
        for (item, call) in &mut self.calls {
            if let Some(rest) = call.strip_prefix(item.as_str()) {
                *call = format!("{}{rest}", names.of(item));
            }
            names.rename(item);
        }
        if !self.calls.is_empty() {
            self.detail = said(&self.calls);
        }
    }

    fn is_revert(&self) -> bool {
        match self.which {
            Which::Run { is_revert, .. } => is_revert,
            Which::Only | Which::Held { .. } | Which::Plan(_) => false,
        }
    }

    fn at(id: SemanticHash, at: Timestamp) -> Moment {
        Moment { id, start: at, end: None }
    }
}

/// What a policy did as if every verification passed, or what it would have done besides were every one false.
pub(super) fn course(policy: Option<&PolicyReport>, fails: bool) -> Option<Events<'_>> {
    policy.map(|policy| match fails {
        false => Events {
            runs: &policy.runs,
            withheld: &policy.withheld,
            approvals: &policy.approvals,
            escalations: &policy.escalations,
        },
        true => {
            let Course { runs, withheld, approvals, escalations } = &policy.only_if_failing;
            Events { runs, withheld, approvals, escalations }
        }
    })
}

/// The events of one course.
#[derive(Clone, Copy)]
pub(super) struct Events<'a> {
    runs: &'a [Run],
    withheld: &'a [Withheld],
    approvals: &'a [ApprovalRequest],
    escalations: &'a [Escalation],
}

pub(super) fn runs(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |run: &Run| {
        let calls = run.actions.iter().map(|action| (action.item.clone(), action.summary.clone()));
        let calls: Vec<(String, String)> = calls.collect();
        Occurrence {
            firing: run.firing,
            subject: Some(run.plan.clone()),
            which: Which::Run { rung: run.rung, is_revert: run.is_revert },
            labels: run.labels.clone(),
            moment: Moment { id: run.id, start: run.start, end: run.end },
            detail: said(&calls),
            calls,
        }
    };
    events.map(|events| events.runs.iter().map(of).collect()).unwrap_or_default()
}

pub(super) fn withheld(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |held: &Withheld| Occurrence {
        firing: held.firing,
        subject: Some(held.plan.clone()),
        which: Which::Held { rung: held.rung, guard: held.guard },
        labels: held.labels.clone(),
        moment: Occurrence::at(held.firing, held.at),
        detail: held.reason.clone(),
        calls: Vec::new(),
    };
    let counted = |events: Events<'_>| -> Vec<Occurrence> {
        events.withheld.iter().filter(|held| held.guard != Withholding::Approval).map(of).collect()
    };
    events.map(counted).unwrap_or_default()
}

pub(super) fn approvals(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |approval: &ApprovalRequest| Occurrence {
        firing: approval.firing,
        subject: Some(approval.team.clone()),
        which: Which::Plan(approval.plan.clone()),
        labels: approval.labels.clone(),
        moment: Moment { id: approval.id, start: approval.at, end: approval.ended_at },
        detail: approval.outcome.clone().unwrap_or_else(|| "not answered".to_owned()),
        calls: Vec::new(),
    };
    events.map(|events| events.approvals.iter().map(of).collect()).unwrap_or_default()
}

pub(super) fn escalations(events: Option<Events<'_>>) -> Vec<Occurrence> {
    let of = |escalation: &Escalation| Occurrence {
        firing: escalation.firing,
        subject: escalation.channel.clone(),
        which: Which::Only,
        labels: escalation.labels.clone(),
        moment: Occurrence::at(escalation.id, escalation.at),
        detail: escalation.reason.clone(),
        calls: Vec::new(),
    };
    events.map(|events| events.escalations.iter().map(of).collect()).unwrap_or_default()
}

/// Pairs what happened for matched firings, subject by subject and in order, and says what differs.
pub(super) fn compare(
    path: &str,
    (base, head): (Vec<Occurrence>, Vec<Occurrence>),
    counterpart: &BTreeMap<SemanticHash, SemanticHash>,
    [added, removed, moved]: [Kind; 3],
    deeds: &Deeds,
) -> Vec<Difference> {
    let head: Vec<(SemanticHash, Occurrence)> = head
        .into_iter()
        .map(|new| (counterpart.get(&new.firing).copied().unwrap_or(new.firing), new))
        .collect();
    let base: Vec<(SemanticHash, Occurrence)> = base.into_iter().map(|old| (old.firing, old)).collect();
    let (mut pairs, mut left) = joined((base, head), |it| (it.subject.clone(), it.which.clone()));
    if moved == Kind::RunMoved {
        // On another rung it is the same run; on the same rung another plan is another run of what is one.
        let mut more: Vec<Couple>;
        (more, left) = joined(left, |it| (it.subject.clone(), it.is_revert()));
        pairs.append(&mut more);
        (more, left) = joined(left, |it| it.which.clone());
        pairs.append(&mut more);
    }
    let mut differences = Vec::new();
    for (before, mut after) in pairs {
        // What was said about it is no difference, except for a run: there it is what it does.
        let other = (moved == Kind::RunMoved).then(|| other_deed(&before, &after, deeds)).flatten();
        let kind = match other {
            Some(said) => {
                after.detail = said;
                Kind::RunChanged
            }
            None if before.moment.start != after.moment.start => moved,
            None => continue,
        };
        differences.extend(difference(kind, path, Some(before), Some(after)));
    }
    differences.extend(left.1.into_iter().filter_map(|(_, new)| difference(added, path, None, Some(new))));
    differences.extend(left.0.into_iter().filter_map(|(_, old)| difference(removed, path, Some(old), None)));
    differences
}

/// Something of base and its counterpart of head.
type Couple = (Occurrence, Occurrence);
/// What happened on both sides, with the firing of base that it happened for.
type Both = (Vec<(SemanticHash, Occurrence)>, Vec<(SemanticHash, Occurrence)>);

/// Joins what has the same firing and key, in order, and gives back what is left.
fn joined<Key: Ord>((base, head): Both, key: impl Fn(&Occurrence) -> Key) -> (Vec<Couple>, Both) {
    let mut groups: BTreeMap<(SemanticHash, Key), Both> = BTreeMap::new();
    for (firing, old) in base {
        groups.entry((firing, key(&old))).or_default().0.push((firing, old));
    }
    for (firing, new) in head {
        groups.entry((firing, key(&new))).or_default().1.push((firing, new));
    }
    let (mut couples, mut left) = (Vec::new(), (Vec::new(), Vec::new()));
    for (mut old, mut new) in groups.into_values() {
        let count = old.len().min(new.len());
        left.0.extend(old.split_off(count));
        left.1.extend(new.split_off(count));
        couples.extend(old.into_iter().zip(new).map(|((_, old), (_, new))| (old, new)));
    }
    (couples, left)
}

/// What a run does now, where that is something else than it did.
fn other_deed(before: &Occurrence, after: &Occurrence, deeds: &Deeds) -> Option<String> {
    if before.subject != after.subject {
        let was = before.subject.as_deref().unwrap_or_default();
        return Some(format!("instead of `{was}`: {}", after.detail));
    }
    if before.detail != after.detail {
        return Some(format!("{}, was {}", after.detail, before.detail));
    }
    let (item, (is, was)) = after.calls.iter().find_map(|(item, _)| deeds.get_key_value(item))?;
    Some(format!("{}, where `{item}` is {is}, was {was}", after.detail))
}

pub(super) fn difference(
    kind: Kind,
    path: &str,
    base: Option<Occurrence>,
    head: Option<Occurrence>,
) -> Option<Difference> {
    let later_by =
        base.as_ref().zip(head.as_ref()).map(|(before, after)| before.moment.moved_to(&after.moment));
    let shown = head.as_ref().or(base.as_ref())?;
    let mut difference = blank(kind, path.to_owned(), &shown.labels, shown.detail.clone());
    difference.subject = shown.subject.clone();
    difference.at = Some(shown.moment.start);
    difference.later_by = later_by;
    difference.base = base.map(|occurrence| occurrence.moment);
    difference.head = head.map(|occurrence| occurrence.moment);
    Some(difference)
}
