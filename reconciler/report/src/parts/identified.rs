//! Everything in a part that has an id, so that whoever was told an id finds what it is of without any trace.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use heal_engine::{Labels, TraceEvent, TraceKind};
use heal_program::{SemanticHash, Timestamp};

use super::Part;
use crate::{Course, Firing, timeline::Conduct};

/// Something that has an id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identified<'p> {
    /// The id.
    pub id: SemanticHash,
    /// The firing, or event, that it is about.
    pub firing: SemanticHash,
    /// What it is.
    pub what: What<'p>,
    /// The key of the firing.
    pub labels: &'p Labels,
    /// When it began.
    pub at: Timestamp,
}

/// What has an id, as people are told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'p> {
    /// A firing of a detector.
    Firing(&'p str),
    /// A run of a plan by a policy.
    Run(&'p str, &'p str),
    /// An action.
    Action(&'p str),
    /// A plan of a policy that was held back.
    Withheld(&'p str, &'p str),
    /// A request for approval of a plan of a policy.
    Approval(&'p str, &'p str),
    /// A page of a policy.
    Page(&'p str),
    /// Something else, in words.
    Other(&'p str),
}

impl fmt::Display for What<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Firing(detector) => write!(out, "firing {detector}"),
            What::Run(plan, policy) => write!(out, "run {plan} of {policy}"),
            What::Action(summary) => write!(out, "action {summary}"),
            What::Withheld(plan, policy) => write!(out, "withheld {plan} of {policy}"),
            What::Approval(plan, policy) => write!(out, "approval of {plan} of {policy}"),
            What::Page(policy) => write!(out, "page of {policy}"),
            What::Other(words) => out.write_str(words),
        }
    }
}

/// What has an id and stands in no list of a report: events, runs that were skipped, what a run does only if it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unlisted {
    pub(crate) id: SemanticHash,
    pub(crate) firing: SemanticHash,
    pub(crate) what: String,
    pub(crate) labels: Labels,
    pub(crate) at: Timestamp,
}

impl Part {
    /// Visits everything that has an id. Of lists that are kept, one at a time is read.
    pub fn each_id(&self, mut visit: impl FnMut(Identified<'_>)) {
        // Events before what stands for them among detections.
        self.unlisted.each(|Unlisted { id, firing, what, labels, at }: &Unlisted| {
            visit(Identified { id: *id, firing: *firing, what: What::Other(what), labels, at: *at });
        });
        for (path, detector) in &self.detectors {
            let visit_firing = |firing: &Firing| {
                let (id, labels, at) = (firing.id, &firing.labels, firing.start);
                visit(Identified { id, firing: id, what: What::Firing(path), labels, at });
            };
            detector.firings.each(visit_firing);
        }
        for (path, policy) in &self.policies {
            each_of_course(path, &policy.course, &mut visit);
            each_of_course(path, &policy.only_if_failing, &mut visit);
        }
    }
}

fn each_of_course(policy: &str, course: &Course, visit: &mut impl FnMut(Identified<'_>)) {
    let Course { runs, withheld, approvals, escalations } = course;
    runs.each(|run| {
        let (firing, labels) = (run.firing, &run.labels);
        visit(Identified { id: run.id, firing, what: What::Run(&run.plan, policy), labels, at: run.start });
        for action in &run.actions {
            let what = What::Action(&action.summary);
            visit(Identified { id: action.id, firing, what, labels, at: action.at });
        }
    });
    withheld.each(|held| {
        let (what, labels) = (What::Withheld(&held.plan, policy), &held.labels);
        visit(Identified { id: held.id, firing: held.firing, what, labels, at: held.at });
    });
    approvals.each(|asked| {
        let (what, labels) = (What::Approval(&asked.plan, policy), &asked.labels);
        visit(Identified { id: asked.id, firing: asked.firing, what, labels, at: asked.at });
    });
    escalations.each(|told| {
        let (what, labels) = (What::Page(policy), &told.labels);
        visit(Identified { id: told.id, firing: told.firing, what, labels, at: told.at });
    });
}

/// The runs and actions of what a policy did.
pub(super) fn listed(conducts: &[&Conduct], listed: &mut BTreeSet<SemanticHash>) {
    let runs = conducts.iter().flat_map(|conduct| &conduct.runs);
    for run in runs {
        listed.insert(run.id);
        listed.extend(run.actions.iter().map(|action| action.id));
    }
}

/// What happened in a course that has an id and may stand in no list: it is known only at the end which do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// The firings that runs are for.
    runs: BTreeMap<SemanticHash, SemanticHash>,
    found: Vec<Unlisted>,
}

impl Heard {
    /// Notes an event. Firings and what was withheld, asked or told always stand in a list.
    pub(crate) fn hear(&mut self, TraceEvent { at, kind }: &TraceEvent) {
        let (id, firing, what, labels) = if let TraceKind::Happened { episode, item, labels, .. } = kind {
            (*episode, *episode, format!("event {item}"), labels)
        } else if let TraceKind::RunStarted { run, firing, .. }
        | TraceKind::RevertStarted { run, firing, .. } = kind
        {
            self.runs.insert(*run, *firing);
            return;
        } else if let TraceKind::RunEnded { run, firing, policy, plan, labels, .. } = kind {
            (*run, *firing, What::Run(plan, policy).to_string(), labels)
        } else if let TraceKind::ActionStarted { action, run, summary, labels, .. } = kind
            && let Some(firing) = self.runs.get(run)
        {
            (*action, *firing, What::Action(summary).to_string(), labels)
        } else {
            return;
        };
        self.found.push(Unlisted { id, firing, what, labels: labels.clone(), at: *at });
    }
}

/// What of some courses is not listed: `listed` are runs and actions that are.
pub(super) fn unlisted(
    courses: impl IntoIterator<Item = Heard>,
    mut listed: BTreeSet<SemanticHash>,
) -> Vec<Unlisted> {
    let found = courses.into_iter().flat_map(|course| course.found);
    found.filter(|one| listed.insert(one.id)).collect()
}
