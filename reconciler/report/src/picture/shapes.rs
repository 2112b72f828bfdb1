//! What stands in the lanes of a strip: bars, marks, badges.

use std::collections::BTreeSet;

use heal_engine::Labels;
use heal_program::{SemanticHash, Timestamp};

use super::{
    select::Page,
    strip::{Badge, Bar, Lane, Mark, MarkShape, Shade, Which},
};
use crate::{
    DetectorReport, Difference, DifferenceKind as Kind, Firing, PolicyReport, Report, SignalSamples,
    Withholding,
    document::{Told, clean, difference_line},
    incidents::compatible,
    readings::key_text,
    times, verdicts,
};

/// Bars and marks of a strip; those that differ come first.
const SHAPES_MAX: usize = 160;
/// Badges of a strip.
const BADGES_MAX: usize = 60;

impl Page<'_> {
    pub(super) fn lane(
        &self,
        series: &SignalSamples,
        (base, head): (Option<&str>, Option<&str>),
        differing: &BTreeSet<SemanticHash>,
        recording_end: Timestamp,
    ) -> Option<Lane> {
        let mut lane = Lane { detector: clean(head.or(base)?), ..Lane::default() };
        let mut reads = false;
        for (which, report) in &self.sides {
            let path = match which {
                Which::Base => base,
                Which::Head => head,
            };
            let Some(detector) = path.and_then(|path| report.detector(path)) else { continue };
            if !is_drawn_beside(detector, series) || detector.unknown.is_some() {
                continue;
            }
            reads = true;
            let own = detector.firings.iter().filter(|firing| is_about(detector, firing, series));
            if detector.is_event {
                lane.marks.extend(own.map(|event| self.event(*which, detector, event, differing)));
                for policy in report.policies.iter().filter(|policy| policy.detector == detector.path) {
                    lane.marks.extend(self.marks(series, *which, policy, differing));
                }
                continue;
            }
            lane.bars.extend(own.map(|firing| {
                let end = firing.end.unwrap_or(recording_end.max(firing.start));
                let incident = match firing.incidents.as_slice() {
                    [] if report.recording.incidents_labelled => ", in no incident".to_owned(),
                    [] => String::new(),
                    names => format!(", in {}", names.join(", ")),
                };
                let name = &detector.path;
                let when = times::interval(firing.start, firing.end);
                let words = format!(
                    "{} fired {} {when}{incident}",
                    side_word(*which, self),
                    name_key(name, &firing.labels)
                );
                let differs = self.sides.len() == 1 || differing.contains(&firing.id);
                Bar { side: *which, start: firing.start, end, differs, words: clean(&words) }
            }));
            for policy in report.policies.iter().filter(|policy| policy.detector == detector.path) {
                lane.marks.extend(self.marks(series, *which, policy, differing));
            }
        }
        (reads && !(lane.bars.is_empty() && lane.marks.is_empty())).then_some(lane)
    }

    /// The mark of an event.
    fn event(
        &self,
        side: Which,
        detector: &DetectorReport,
        event: &Firing,
        differing: &BTreeSet<SemanticHash>,
    ) -> Mark {
        let incident = match event.incidents.as_slice() {
            [] => String::new(),
            names => format!(", in {}", names.join(", ")),
        };
        let (name, when) = (name_key(&detector.path, &event.labels), times::instant(event.start));
        let words = format!("{} {name} happened {when}{incident}", side_word(side, self));
        let differs = self.sides.len() == 1 || differing.contains(&event.id);
        Mark { side, at: event.start, shape: MarkShape::Event, differs, words: clean(&words) }
    }

    fn marks(
        &self,
        series: &SignalSamples,
        side: Which,
        policy: &PolicyReport,
        differing: &BTreeSet<SemanticHash>,
    ) -> Vec<Mark> {
        if policy.unknown.is_some() {
            return Vec::new();
        }
        let here = |labels: &Labels| compatible(labels, &series.labels);
        let word = side_word(side, self);
        let path = &policy.path;
        let mut marks = Vec::new();
        let mut mark = |at, shape, differs, what: String| {
            // Without another side nothing is as it was there.
            let differs = differs || self.sides.len() == 1;
            let words = format!("{} {}", clean(&format!("{word} {what}")), times::instant(at));
            marks.push(Mark { side, at, shape, differs, words });
        };
        for run in policy.runs.iter().filter(|run| here(&run.labels)) {
            let actions: Vec<&str> = run.actions.iter().map(|action| action.summary.as_str()).collect();
            let what = format!("{path} ran {}: {}", name_key(&run.plan, &run.labels), actions.join(", "));
            let what = match verdicts::recorded_of(run) {
                Some(said) => format!("{what}; {}; at", said.replace('`', "")),
                None => format!("{what},"),
            };
            mark(run.start, MarkShape::Run, differing.contains(&run.id), what);
        }
        let withheld = policy.withheld.iter().filter(|held| held.guard != Withholding::Approval);
        for held in withheld.filter(|held| here(&held.labels)) {
            // A withheld rung has no id of its own: its difference carries the firing's.
            let differs = self.differences.iter().any(|d| {
                let kinds = [Kind::WithheldAdded, Kind::WithheldRemoved, Kind::WithheldMoved];
                kinds.contains(&d.kind) && d.at == Some(held.at) && d.labels == held.labels
            });
            mark(
                held.at,
                MarkShape::Withheld,
                differs,
                format!("{path} withheld {}: {},", held.plan, held.reason),
            );
        }
        for asked in policy.approvals.iter().filter(|asked| here(&asked.labels)) {
            let outcome = asked.outcome.as_deref().unwrap_or("not answered");
            let what = format!("{path} asked {}, {outcome},", asked.team);
            mark(asked.at, MarkShape::Approval, differing.contains(&asked.id), what);
        }
        for told in policy.escalations.iter().filter(|told| here(&told.labels)) {
            mark(
                told.at,
                MarkShape::Page,
                differing.contains(&told.id),
                format!("{path} paged: {},", told.reason),
            );
        }
        marks
    }

    pub(super) fn badges(&self, series: &SignalSamples, incidents: &[Shade]) -> Vec<Badge> {
        let on_it = |difference: &&Difference| {
            let reads = |report: &Report| {
                let detector =
                    report.policy(&difference.item).map_or(difference.item.as_str(), |p| &p.detector);
                report.detector(detector).is_some_and(|detector| is_drawn_beside(detector, series))
            };
            compatible(&difference.labels, &series.labels)
                && self.sides.iter().any(|(_, report)| reads(report))
        };
        // What happened at one moment, such as a firing and its run, has one badge.
        let mut badges: Vec<Badge> = Vec::new();
        for difference in self.differences.iter().filter(on_it) {
            let Some(moment) = difference.head.as_ref().or(difference.base.as_ref()) else { continue };
            let policies: Vec<_> =
                self.sides.iter().filter_map(|(_, report)| report.policy(&difference.item)).collect();
            let in_shadow = !policies.is_empty() && policies.iter().all(|policy| policy.shadow);
            let has_incidents = self.sides.iter().any(|(_, report)| report.recording.has_incidents());
            let told = Told { has_incidents, in_shadow };
            let words = difference_line(difference, told).plain().replace('`', "");
            let end = moment.end.unwrap_or(moment.start);
            if let Some(badge) = badges.iter_mut().find(|badge| badge.at == moment.start) {
                badge.ids.push(difference.id.clone());
                badge.words.push_str("; ");
                badge.words.push_str(&words);
                badge.end = badge.end.max(end);
            } else if badges.len() < BADGES_MAX {
                let sign = self.sign(difference);
                badges.push(Badge { ids: vec![difference.id.clone()], at: moment.start, end, sign, words });
            }
        }
        // An incident's difference stands where the firing stands that decided it.
        let of_incident =
            |difference: &&Difference| incidents.iter().any(|shade| shade.name == clean(&difference.item));
        for difference in self.differences.iter().filter(of_incident) {
            let moment = difference.head.as_ref().or(difference.base.as_ref());
            let badge = badges.iter_mut().find(|badge| moment.is_some_and(|moment| moment.start == badge.at));
            if let Some(badge) = badge {
                badge.ids.push(difference.id.clone());
            }
        }
        badges
    }

    /// Of one side there is no difference to go to: there its firings have the badges, by the ids they are listed under.
    pub(super) fn firings(&self, series: &SignalSamples) -> Vec<Badge> {
        let mut badges = Vec::new();
        for (_, report) in &self.sides {
            let reading = report.detectors.iter().filter(|detector| is_drawn_beside(detector, series));
            for detector in reading.filter(|detector| detector.unknown.is_none()) {
                let own = detector.firings.iter().filter(|firing| is_about(detector, firing, series));
                badges.extend(own.map(|firing| {
                    let used = report.recording.incidents_labelled && !detector.policies.is_empty();
                    let sign = match firing.incidents.as_slice() {
                        [] if used => "!",
                        [] => "•",
                        [_, ..] => "✓",
                    };
                    let when = times::interval(firing.start, firing.end);
                    let words = format!("{} {when}", clean(&name_key(&detector.path, &firing.labels)));
                    let end = firing.end.unwrap_or(firing.start);
                    Badge { ids: vec![firing.id.short()], at: firing.start, end, sign, words }
                }));
            }
        }
        badges.sort_by_key(|badge| (badge.sign != "!", badge.at));
        badges.truncate(BADGES_MAX);
        badges
    }

    /// The sign of a moment: what it means for an incident before what it is.
    fn sign(&self, difference: &Difference) -> &'static str {
        let decides = |kind: Kind, of: fn(&Difference) -> Option<&crate::Moment>| {
            let start = of(difference).map(|moment| moment.start);
            let own = self.differences.iter().filter(|other| other.kind == kind);
            start.is_some() && own.into_iter().any(|other| of(other).map(|moment| moment.start) == start)
        };
        if decides(Kind::IncidentMissed, |difference| difference.base.as_ref()) {
            "✕"
        } else if decides(Kind::IncidentCaught, |difference| difference.head.as_ref()) {
            "✓"
        } else {
            sign(difference.kind)
        }
    }
}

/// Whether what a detector did is drawn beside a series: it reads it, or it is an event, which reads nothing.
fn is_drawn_beside(detector: &DetectorReport, series: &SignalSamples) -> bool {
    detector.is_event && !detector.policies.is_empty() || detector.signals.contains(&series.signal)
}

/// Whether a firing may be about a series: no label says otherwise. An event, which reads nothing, must have one in common with
/// it, unless it has none at all.
pub(super) fn is_about(detector: &DetectorReport, firing: &Firing, series: &SignalSamples) -> bool {
    let is_shared = |(name, _): &(String, String)| series.labels.iter().any(|(other, _)| other == name);
    let is_tied = !detector.is_event || firing.labels.is_empty() || firing.labels.iter().any(is_shared);
    is_tied && compatible(&firing.labels, &series.labels)
}

fn side_word(which: Which, page: &Page<'_>) -> &'static str {
    match which {
        Which::Base => "base:",
        Which::Head if page.sides.len() > 1 => "head:",
        Which::Head => "",
    }
}

pub(super) fn name_key(name: &str, labels: &Labels) -> String {
    let key = key_text(labels);
    if key.is_empty() { name.to_owned() } else { format!("{name} {key}") }
}

/// One sign for a kind, so that no colour is needed to tell them apart.
fn sign(kind: Kind) -> &'static str {
    match kind {
        Kind::FalseAlarmAdded => "!",
        Kind::IncidentMissed | Kind::ImpactUnknown | Kind::Loosened | Kind::Tightened => "?",
        Kind::RunAdded
        | Kind::EscalationAdded
        | Kind::ApprovalAdded
        | Kind::WithheldAdded
        | Kind::FiringAdded => "+",
        Kind::RunRemoved
        | Kind::EscalationRemoved
        | Kind::ApprovalRemoved
        | Kind::WithheldRemoved
        | Kind::FiringRemoved
        | Kind::FalseAlarmRemoved => "−",
        Kind::RunChanged
        | Kind::RunMoved
        | Kind::IncidentLater
        | Kind::EscalationMoved
        | Kind::ApprovalMoved
        | Kind::WithheldMoved
        | Kind::FiringMoved
        | Kind::IncidentEarlier => "↔",
        Kind::IncidentCaught => "✓",
    }
}

/// Drops shapes beyond what a strip can show, those that do not differ first; says how many.
pub(super) fn thin_out(lanes: &mut [Lane]) -> usize {
    let count = |lanes: &[Lane]| lanes.iter().map(|lane| lane.bars.len() + lane.marks.len()).sum::<usize>();
    let before = count(lanes);
    if before <= SHAPES_MAX {
        return 0;
    }
    let share = (SHAPES_MAX / lanes.len().max(1) / 2).max(1);
    for lane in lanes.iter_mut() {
        lane.bars.sort_by_key(|bar| (!bar.differs, bar.start));
        lane.bars.truncate(share);
        lane.bars.sort_by_key(|bar| (bar.start, bar.side));
        lane.marks.sort_by_key(|mark| (!mark.differs, mark.at));
        lane.marks.truncate(share);
        lane.marks.sort_by_key(|mark| (mark.at, mark.side));
    }
    before - count(lanes)
}
