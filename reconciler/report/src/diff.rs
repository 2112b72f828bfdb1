//! Two reports to one impact diff: what a change would have done.

mod bounds;
mod events;
mod guards;
mod headline;
mod identity;
mod matching;
mod pairs;
mod semantic;
mod sources;
#[cfg(test)]
mod tests;
mod types;

pub use types::{
    BrokenGate, Counted, Difference, DifferenceKind, ImpactDiff, IncidentImpact, Pairing, SemanticChange,
    SemanticChangeKind, SourceChange,
};

use std::{cmp::Reverse, collections::BTreeSet};

use heal_program::{Millis, Program, SemanticHash};
use heal_telemetry::RecordingError;

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
        let policies = pairs::policies(&base_report, &head_report);
        let detectors = pairs::detectors(&base_report, &head_report, &policies);
        let counted = counted(&base_report, &head_report, &policies);
        let incidents = incidents(&base_report, &head_report, &policies);

        let mut differences = events::of_incidents(&incidents);
        differences.extend(events::of_unknown(&base_report, &head_report, &policies, &detectors));
        differences.extend(guards::compare(base, head, &policies));
        differences.extend(events::of_detectors(&base_report, &head_report, &detectors));
        let changes = semantic::changes(base, head);
        differences.extend(events::of_policies(&base_report, &head_report, &policies, &changes));
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

/// Detectors of a report that a policy acts on and whose firings are known on both sides.
fn counted_detectors<'a>(
    report: &'a Report,
    pairs: &[Pairing],
    side: impl Fn(&Pairing) -> Option<&str>,
) -> Vec<&'a DetectorReport> {
    let known = pairs.iter().filter(|pair| !pair.detection_unknown);
    let paths: BTreeSet<&str> = known
        .filter_map(side)
        .filter_map(|path| report.policy(path))
        .map(|policy| policy.detector.as_str())
        .collect();
    report.detectors.iter().filter(|detector| paths.contains(detector.path.as_str())).collect()
}

fn counted(base: &Report, head: &Report, pairs: &[Pairing]) -> Counted {
    let figures = |report: &Report, side: fn(&Pairing) -> Option<&str>| {
        let pair = |policy: &PolicyReport| pairs.iter().find(|pair| side(pair) == Some(policy.path.as_str()));
        totals(
            (&report.policies, &report.detectors),
            &report.recording,
            |policy| pair(policy).is_some_and(|pair| !pair.detection_unknown),
            |policy| pair(policy).is_some_and(|pair| pair.unknown.is_none()),
        )
    };
    let touched: Vec<Pairing> = pairs.iter().filter(|pair| pair.changed).cloned().collect();
    let concerned = concerned_incidents(base, head, &touched);
    let before = counted_detectors(base, pairs, |pair| pair.base.as_deref());
    let after = counted_detectors(head, pairs, |pair| pair.head.as_deref());
    let (mut before, after) = (first_catches(&before), first_catches(&after));
    before.retain(|incident, _| concerned.contains(*incident));
    let both: Vec<(Millis, Millis)> =
        before.iter().filter_map(|(incident, time)| Some((*time, *after.get(incident)?))).collect();
    let before = median(both.iter().map(|(time, _)| *time).collect());
    let after = median(both.iter().map(|(_, time)| *time).collect());
    Counted {
        base: figures(base, |pair| pair.base.as_deref()),
        head: figures(head, |pair| pair.head.as_deref()),
        detected_later_by: before.zip(after).map(|(before, after)| Millis(after.0.saturating_sub(before.0))),
    }
}

/// Names of the incidents that concern a detector that these policies act on, on either side.
fn concerned_incidents<'a>(base: &'a Report, head: &'a Report, pairs: &[Pairing]) -> BTreeSet<&'a str> {
    let before = counted_detectors(base, pairs, |pair| pair.base.as_deref());
    let after = counted_detectors(head, pairs, |pair| pair.head.as_deref());
    let scores = before.into_iter().chain(after).map(|detector| &detector.score);
    scores
        .flat_map(|score| {
            let caught = score.caught.iter().map(|catch| catch.incident.as_str());
            caught.chain(score.missed.iter().map(String::as_str))
        })
        .collect()
}

fn incidents(base: &Report, head: &Report, pairs: &[Pairing]) -> Vec<IncidentImpact> {
    let before = counted_detectors(base, pairs, |pair| pair.base.as_deref());
    let after = counted_detectors(head, pairs, |pair| pair.head.as_deref());
    let (base_catches, head_catches) = (first_catches(&before), first_catches(&after));
    let concerned = concerned_incidents(base, head, pairs);
    let known = |side: fn(&Pairing) -> Option<&str>| {
        move |policy: &PolicyReport| {
            pairs.iter().any(|pair| side(pair) == Some(policy.path.as_str()) && !pair.detection_unknown)
        }
    };
    let mut perhaps = perhaps_caught((&base.policies, &base.detectors), known(|pair| pair.base.as_deref()));
    perhaps.extend(perhaps_caught((&head.policies, &head.detectors), known(|pair| pair.head.as_deref())));
    let own = head.recording.incidents.iter().filter(|incident| concerned.contains(incident.name.as_str()));
    own.map(|incident| IncidentImpact {
        name: incident.name.clone(),
        start: incident.start,
        end: incident.end,
        base: base_catches.get(incident.name.as_str()).copied(),
        head: head_catches.get(incident.name.as_str()).copied(),
        perhaps: perhaps.contains(incident.name.as_str()),
    })
    .collect()
}
