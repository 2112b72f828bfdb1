//! Two reports to one impact diff: what a change would have done.

mod bounds;
mod conditions;
mod decided;
mod deeds;
mod events;
mod guards;
mod headline;
mod identity;
mod matching;
mod occurrence;
mod order;
mod pairs;
mod same;
mod semantic;
mod shifts;
mod sources;
#[cfg(test)]
mod tests;
mod topology;
mod types;

pub use types::{
    BrokenGate, Counted, Difference, DifferenceKind, Gate, ImpactDiff, IncidentImpact, Pairing,
    SemanticChange, SemanticChangeKind, Shift, SourceChange,
};

use std::{cmp::Reverse, collections::BTreeSet};

use heal_program::{Millis, Program, SemanticHash};
use heal_telemetry::RecordingError;

use same::Same;
use shifts::Shifts;

use crate::{
    DetectorReport, Moment, PolicyReport, Report, Side, SourceFile, Telemetry,
    incidents::median,
    report::{first_catches, perhaps_caught, totals},
};

pub(crate) use headline::headline;

impl ImpactDiff {
    /// What the change from `base` to `head` would have done over the recording. Equal inputs give equal diffs.
    ///
    /// # Errors
    /// When samples that firings are about cannot be read.
    pub fn between(
        base: &Side<'_>,
        head: &Side<'_>,
        telemetry: &Telemetry,
    ) -> Result<ImpactDiff, RecordingError> {
        let reports = (Report::of(base, telemetry)?, Report::of(head, telemetry)?);
        Ok(ImpactDiff::of_reports(reports, (base.program, head.program), (base.sources, head.sources)))
    }

    /// The same of reports that are made already, with the programs and sources that they are of.
    #[must_use]
    pub fn of_reports(
        (base_report, head_report): (Report, Report),
        (base, head): (&Program, &Program),
        (base_sources, head_sources): (&[SourceFile], &[SourceFile]),
    ) -> ImpactDiff {
        let (mut policies, detectors) = pairs::of_reports((&base_report, base), (&head_report, head));
        topology::mark(&mut policies, base, head);
        let same = Same::of(base, head, &policies, &detectors);
        let incidents = incidents(&base_report, &head_report, &policies);
        let counted = counted((&base_report, &head_report), &policies, &incidents);

        let deeds = (deeds::actions(base, head, &same), deeds::channels(base, head, &same));
        let mut differences = events::of_incidents(&incidents, &base_report, &policies);
        differences.extend(events::of_unknown(&base_report, &head_report, &policies, &detectors));
        differences.extend(guards::compare((base, head), &policies, &same, (&deeds.0, &deeds.1)));
        differences.extend(events::of_detectors(&base_report, &head_report, &detectors));
        let changes = semantic::changes(base, head, &same);
        let sides = [decided::Acted::of(&base_report, base), decided::Acted::of(&head_report, head)];
        differences.extend(decided::of_policies(&sides, &policies, same.renamed(), &deeds.0));
        identity::name(&mut differences);
        differences.sort_by(|a, b| {
            (a.kind, Reverse(a.at), &a.item, &a.labels, &a.id).cmp(&(
                b.kind,
                Reverse(b.at),
                &b.item,
                &b.labels,
                &b.id,
            ))
        });

        let results = [base_report.result, head_report.result];
        let mut diff = ImpactDiff {
            result: SemanticHash::of(results.iter().map(|hash| hash.0.as_slice())),
            headline: String::new(),
            base: base_report,
            head: head_report,
            counted,
            policies,
            detectors,
            incidents,
            differences,
            changes,
            sources: sources::changes(base_sources, head_sources),
            unknown_live: semantic::unknown_live(base, head, &same),
            gates_broken: Vec::new(),
        };
        diff.headline = headline(&diff).plain();
        diff
    }

    /// The difference whose id begins with `id`; none where there is none or more than one.
    #[must_use]
    pub fn difference(&self, id: &str) -> Option<&Difference> {
        let mut found = self.differences.iter().filter(|difference| difference.id.starts_with(id));
        found.next().filter(|_| found.next().is_none())
    }

    /// How many differences are of a kind.
    pub(crate) fn count(&self, kind: DifferenceKind) -> u64 {
        crate::report::size(self.differences.iter().filter(|difference| difference.kind == kind).count())
    }

    /// Whether a difference is only what policies in shadow would have done.
    pub(crate) fn is_in_shadow(&self, difference: &Difference) -> bool {
        let at = |side: &Option<Moment>, report: &Report, path: Option<&str>| {
            side.is_none() || path.and_then(|path| report.policy(path)).is_some_and(|policy| policy.shadow)
        };
        let pair = self.policies.iter().find(|pair| pair.path() == difference.item);
        pair.is_some_and(|pair| {
            at(&difference.base, &self.base, pair.base.as_deref())
                && at(&difference.head, &self.head, pair.head.as_deref())
                && (difference.base.is_some() || difference.head.is_some())
        })
    }

    /// The policies of which it can be told what they start.
    pub(crate) fn decided_policies(&self) -> impl Iterator<Item = &Pairing> {
        self.policies.iter().filter(|pair| pair.unknown.is_none())
    }

    /// The policies of which it can be told what their detectors see.
    pub(crate) fn detected_policies(&self) -> impl Iterator<Item = &Pairing> {
        self.policies.iter().filter(|pair| !pair.detection_unknown)
    }
}

/// Detectors of a report that a policy acts on, one of those that are wanted. What policies in shadow see, nobody acts on.
fn counted_detectors<'a>(
    report: &'a Report,
    pairs: &[Pairing],
    side: impl Fn(&Pairing) -> Option<&str>,
    wanted: impl Fn(&Pairing, &PolicyReport) -> bool,
) -> Vec<&'a DetectorReport> {
    let own = pairs.iter().filter_map(|pair| Some((pair, report.policy(side(pair)?)?)));
    let own = own.filter(|(pair, policy)| !policy.shadow && wanted(pair, policy));
    let paths: BTreeSet<&str> = own.map(|(_, policy)| policy.detector.as_str()).collect();
    report.detectors.iter().filter(|detector| paths.contains(detector.path.as_str())).collect()
}

fn in_base(pair: &Pairing) -> Option<&str> {
    pair.base.as_deref()
}

fn in_head(pair: &Pairing) -> Option<&str> {
    pair.head.as_deref()
}

/// Whether what its detector sees is known on both sides.
fn is_known(pair: &Pairing, _: &PolicyReport) -> bool {
    !pair.detection_unknown
}

/// Whether it is known what the detector of a policy of base saw, and not what it sees now.
fn is_lost(pair: &Pairing, policy: &PolicyReport) -> bool {
    pair.detection_unknown && pair.head.is_some() && !policy.detection_unknown && !policy.shadow
}

fn counted((base, head): (&Report, &Report), pairs: &[Pairing], incidents: &[IncidentImpact]) -> Counted {
    let figures = |report: &Report, side: fn(&Pairing) -> Option<&str>| {
        let pair = |policy: &PolicyReport| pairs.iter().find(|pair| side(pair) == Some(policy.path.as_str()));
        totals(
            (&report.policies, &report.detectors),
            &report.recording,
            |policy| pair(policy).is_some_and(|pair| !pair.detection_unknown),
            |policy| pair(policy).is_some_and(|pair| pair.unknown.is_none()),
        )
    };
    let later: Vec<Millis> = incidents.iter().filter_map(IncidentImpact::later_by).collect();
    let Shifts { runs, actions, approvals, escalations } = Shifts::of(base, head, pairs);
    Counted {
        base: figures(base, in_base),
        head: figures(head, in_head),
        detected_later_at_most: later.iter().copied().max().filter(|by| *by > Millis::ZERO),
        detected_later_by: median(later),
        runs_by: runs,
        actions_by: actions,
        approvals_by: approvals,
        escalations_by: escalations,
    }
}

/// Names of the incidents that concern one of these detectors.
fn concerned_incidents<'a>(detectors: &[&'a DetectorReport]) -> BTreeSet<&'a str> {
    let scores = detectors.iter().map(|detector| &detector.score);
    scores
        .flat_map(|score| {
            let caught = score.caught.iter().map(|catch| catch.incident.as_str());
            caught.chain(score.missed.iter().map(String::as_str))
        })
        .collect()
}

fn incidents(base: &Report, head: &Report, pairs: &[Pairing]) -> Vec<IncidentImpact> {
    let before = counted_detectors(base, pairs, in_base, is_known);
    let after = counted_detectors(head, pairs, in_head, is_known);
    let lost = counted_detectors(base, pairs, in_base, is_lost);
    let (base_catches, head_catches) = (first_catches(&before), first_catches(&after));
    let lost_catches = first_catches(&lost);
    let mut concerned = concerned_incidents(&before);
    concerned.extend(concerned_incidents(&after));
    concerned.extend(lost_catches.keys().copied());
    let known = |side: fn(&Pairing) -> Option<&str>| {
        move |policy: &PolicyReport| {
            pairs.iter().any(|pair| side(pair) == Some(policy.path.as_str()) && !pair.detection_unknown)
        }
    };
    let mut perhaps = perhaps_caught((&base.policies, &base.detectors), known(in_base));
    perhaps.extend(perhaps_caught((&head.policies, &head.detectors), known(in_head)));
    let own = head.recording.incidents.iter().filter(|incident| concerned.contains(incident.name.as_str()));
    own.map(|incident| {
        let name = incident.name.as_str();
        let (by_known, after) = (base_catches.get(name).copied(), head_catches.get(name).copied());
        let by_lost = lost_catches.get(name).copied().filter(|_| after.is_none());
        IncidentImpact {
            name: incident.name.clone(),
            start: incident.start,
            end: incident.end,
            base: by_known.into_iter().chain(by_lost).min(),
            head: after,
            perhaps: perhaps.contains(name),
            perhaps_missed: by_lost.is_some(),
        }
    })
    .collect()
}

impl IncidentImpact {
    /// How much later head detects it, where both sides do and not at the same time.
    pub(crate) fn later_by(&self) -> Option<Millis> {
        let (before, after) = self.base.zip(self.head)?;
        (before != after).then(|| Millis(after.0 - before.0))
    }
}
