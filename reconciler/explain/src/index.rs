//! Ids: what each of them stands for, and which one a beginning means.

use std::collections::BTreeMap;

use heal_engine::{Labels, TraceKind};
use heal_program::SemanticHash;
use heal_report::withheld_id;

use crate::{
    Side,
    times::{for_key, instant},
};

/// Digits that two ids must share for one to be proposed for the other.
const NEAR_DIGITS: usize = 2;
/// Most ids that are proposed.
const NEAR_MAX: usize = 6;

/// Something that has an id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    /// What, in a few words: `run restart of heal_checkout for cart, 2026-10-12 03:14 UTC`.
    pub(crate) what: String,
    /// The firing, or event, that it is about.
    pub(crate) firing: SemanticHash,
}

/// What a beginning of an id means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meant {
    /// One thing.
    One(SemanticHash, Known),
    /// Several that begin so, each with its id.
    Several(Vec<String>),
    /// Nothing; these are near.
    Nothing(Vec<String>),
}

/// Everything in a side's courses that has an id.
pub(crate) fn index(side: &Side<'_>) -> BTreeMap<SemanticHash, Known> {
    let mut known = BTreeMap::new();
    let mut runs: BTreeMap<SemanticHash, SemanticHash> = BTreeMap::new();
    let traces = std::iter::once(side.trace).chain(side.failing);
    for event in traces.flat_map(|trace| &trace.events) {
        let at = event.at;
        let mut add = |id: SemanticHash, firing: SemanticHash, what: String, labels: &Labels| {
            let what = format!("{}, {}", for_key(&what, labels), instant(at));
            known.entry(id).or_insert(Known { what, firing });
        };
        if let TraceKind::FiringStarted { firing, detector, labels, .. } = &event.kind {
            add(*firing, *firing, format!("firing {detector}"), labels);
        } else if let TraceKind::Happened { episode, item, labels, .. } = &event.kind {
            add(*episode, *episode, format!("event {item}"), labels);
        } else if let TraceKind::RunStarted { run, firing, policy, plan, labels, .. }
        | TraceKind::RevertStarted { run, firing, policy, plan, labels, .. } = &event.kind
        {
            runs.insert(*run, *firing);
            add(*run, *firing, format!("run {plan} of {policy}"), labels);
        } else if let TraceKind::RunEnded { run, firing, policy, plan, labels, .. } = &event.kind {
            add(*run, *firing, format!("run {plan} of {policy}"), labels);
        } else if let TraceKind::ActionStarted { action, run, summary, labels, .. } = &event.kind {
            if let Some(firing) = runs.get(run) {
                add(*action, *firing, format!("action {summary}"), labels);
            }
        } else if let TraceKind::Withheld { firing, policy, plan, rung, labels, reason, .. } = &event.kind {
            let id = withheld_id(policy, *firing, *rung, reason);
            add(id, *firing, format!("withheld {plan} of {policy}"), labels);
        } else if let TraceKind::ApprovalRequested { approval, firing, policy, plan, labels, .. } =
            &event.kind
        {
            add(*approval, *firing, format!("approval of {plan} of {policy}"), labels);
        } else if let TraceKind::Escalated { escalation, firing, policy, labels, .. } = &event.kind {
            add(*escalation, *firing, format!("page of {policy}"), labels);
        }
    }
    known
}

/// Which of these a text means: an id, or a beginning that only one has.
pub(crate) fn meant(known: &BTreeMap<SemanticHash, Known>, text: &str) -> Meant {
    let wanted = text.to_ascii_lowercase();
    let texts: Vec<(String, SemanticHash, &Known)> =
        known.iter().map(|(id, known)| (id.to_string(), *id, known)).collect();
    let line = |(text, id, known): &(String, SemanticHash, &Known), digits: usize| {
        let short: String = text.chars().take(digits.max(id.short().len())).collect();
        format!("{short}  {}", known.what)
    };
    let begin: Vec<_> = texts.iter().filter(|(text, ..)| text.starts_with(&wanted)).collect();
    match begin.as_slice() {
        [(_, id, known)] if !wanted.is_empty() => Meant::One(*id, (*known).clone()),
        [] => {
            let shared = |text: &str| text.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
            let mut near: Vec<(usize, String)> = texts
                .iter()
                .map(|it| (shared(&it.0), line(it, 0)))
                .filter(|(shared, _)| *shared >= NEAR_DIGITS)
                .collect();
            near.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
            Meant::Nothing(near.into_iter().take(NEAR_MAX).map(|(_, line)| line).collect())
        }
        several => Meant::Several(
            several.iter().take(NEAR_MAX).map(|it| line(it, wanted.len().saturating_add(4))).collect(),
        ),
    }
}
