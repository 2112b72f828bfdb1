//! From a package and a recording to proposals.

use std::collections::BTreeMap;

use heal_diagnostics::render_human;
use heal_impact::{Revision, compare};
use heal_program::{Millis, Timestamp};
use heal_report::{DifferenceKind, quantity};
use heal_simulator::Options;
use heal_telemetry::Recording;

use crate::{
    BeforeAfter, Block, Costed, Evidence, Impact, ParamChange, Proposal, RecordingFacts, Refused,
    RefusedReason, Saving, TuneError, Tuning, Value,
    bench::{Bench, Kept, Run, Subject},
    candidates::{Candidate, candidate, groups, rewritten, wanted},
    cost::{Cost, CostFrom, Span},
    search::{Point, Space, Tried},
    validate::{Doubt, Ground, Validated, validate},
    words::why,
};

/// What is tuned, and by what.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The package.
    pub revision: &'r Revision,
    /// What it is tuned on.
    pub recording: &'r Recording,
    /// Where that was made, for headlines.
    pub environment: Option<&'r str>,
    /// Names or paths of params; none: all.
    pub params: &'r [String],
    /// What things cost.
    pub cost: Cost,
    /// Who says so.
    pub cost_from: CostFrom,
    /// Most blocks of time.
    pub folds_max: usize,
    /// Most simulations to search by. The impact of each proposal takes two more.
    pub budget: usize,
}

/// Searches the ranges of params for values that would have cost less. Nothing is edited. Equal requests give an equal
/// result, whatever the options; these are told how many simulations were made, and of how many at most.
///
/// # Errors
/// When the package does not compile, a param that is named cannot be tuned by anybody, or the recording has no incidents
/// or cannot be read.
pub fn tune(request: &Request<'_>, options: &Options<'_>) -> Result<Tuning, TuneError> {
    let Request { recording, environment, .. } = *request;
    let kept = Kept::before(options.cache);
    let inner = Options { threads: options.threads, cache: Some(&kept), progress: None, hours: None };
    tune_on(Bench::new(recording, environment, inner), &kept, request, options)
}

/// The same on a bench.
pub(crate) fn tune_on(
    mut bench: Bench<'_>,
    kept: &Kept<'_>,
    request: &Request<'_>,
    options: &Options<'_>,
) -> Result<Tuning, TuneError> {
    let Request { revision, recording, .. } = *request;
    if request.cost.is_nothing() {
        return Err(TuneError::NothingCosts);
    }
    let compilation = bench.compile(&revision.sources);
    let Some(program) = compilation.program else {
        let diagnostics = render_human(&compilation.files, &compilation.diagnostics, false);
        return Err(TuneError::DoesNotCompile { name: revision.name.clone(), diagnostics });
    };
    let known = wanted(&program, &revision.sources, request.params)?;
    if recording.incidents.is_empty() {
        return Err(TuneError::NoIncidents { recording: recording.manifest.name.clone() });
    }
    let base = bench.run_first(program.clone())?;
    kept.fill();
    let (mut candidates, mut refused) = (Vec::new(), Vec::new());
    for known in &known {
        match candidate(known, &base) {
            Ok(candidate) => candidates.push(candidate),
            Err(why) => refused.push(*why),
        }
    }
    let groups = groups(candidates);
    let mut tuning = Tuning {
        recording: RecordingFacts {
            name: recording.manifest.name.clone(),
            start: recording.start(),
            end: recording.end(),
            incidents: recording.incidents.len(),
        },
        cost: request.cost,
        cost_from: request.cost_from,
        folds: request.folds_max,
        budget: request.budget,
        simulations: 1,
        searches: groups.len(),
        proposals: Vec::new(),
        refused,
    };
    for (at, group) in groups.iter().enumerate() {
        let share = request.budget.saturating_sub(tuning.simulations) / (groups.len() - at).max(1);
        let work = Work { request, base: &base, group, options, share, searches: groups.len() };
        match work.tune(&mut bench, &mut tuning.simulations)? {
            Ok(proposal) => tuning.proposals.push(proposal),
            Err(why) => tuning.refused.push(*why),
        }
    }
    tuning.refused.sort_by(|left, right| left.params.cmp(&right.params));
    Ok(tuning)
}

/// Params that are tuned together.
struct Work<'w> {
    request: &'w Request<'w>,
    base: &'w Run,
    group: &'w [Candidate],
    options: &'w Options<'w>,
    /// Most simulations for them.
    share: usize,
    /// How many searches are made at once.
    searches: usize,
}

impl Work<'_> {
    fn tune(
        &self,
        bench: &mut Bench<'_>,
        simulations: &mut usize,
    ) -> Result<Result<Proposal, Box<Refused>>, TuneError> {
        let Request { recording, cost, folds_max, .. } = *self.request;
        let detectors = self.group.iter().flat_map(|it| it.reach.detectors.clone()).collect();
        let subject = self.base.subject(&detectors, recording);
        let incidents: Vec<(Timestamp, Timestamp)> =
            subject.incidents.iter().map(|it| (it.start, it.end)).collect();
        let space = Space {
            lengths: self.group.iter().map(|it| it.grid.values.len()).collect(),
            present: self.group.iter().map(|it| it.grid.present).collect(),
        };
        let ground = Ground {
            cost: &cost,
            recording: Span { from: recording.start(), until: recording.end().plus(Millis(1)) },
            incidents: &incidents,
            folds_max,
            look_back: self.group.iter().map(|it| it.reach.look_back).max().unwrap_or_default(),
            searches: self.searches,
        };
        let mut run = |point: &Point| {
            if *point == space.present {
                return Ok::<_, TuneError>(Some(self.base.outcome(&subject)));
            }
            *simulations += 1;
            if let Some(progress) = self.options.progress {
                progress(*simulations, self.request.budget);
            }
            let program = bench.compile(&self.sources(point)).program;
            // A value that a rule of the language refuses is none that could be proposed.
            program.map(|program| Ok(bench.run(program)?.outcome(&subject))).transpose()
        };
        // The present choice is known, and takes none of them.
        let mut tried = Tried::new(self.share.saturating_add(1), &mut run);
        let validated = validate(&ground, &space, &mut tried)?;
        let was_refused = tried.was_refused();
        self.judge(&validated, &subject, was_refused)
    }

    /// The sources with the values of a choice.
    fn sources(&self, point: &Point) -> heal_driver::SourceSet {
        let moved = self.group.iter().zip(point).filter(|(candidate, at)| candidate.grid.present != **at);
        let values: Vec<_> = moved
            .filter_map(|(candidate, at)| {
                Some((&candidate.written, candidate.grid.values.get(*at)?.text.as_str()))
            })
            .collect();
        rewritten(&self.request.revision.sources, &values)
    }

    fn judge(
        &self,
        validated: &Validated,
        subject: &Subject,
        was_refused: bool,
    ) -> Result<Result<Proposal, Box<Refused>>, TuneError> {
        let evidence = self.evidence(validated, subject);
        let refuse = |reason: RefusedReason, why: String| {
            let found = validated.found.as_ref().map(|found| self.texts(&found.point)).unwrap_or_default();
            let moved = self.group.iter().filter(|it| found.get(&it.path) != Some(&it.written.value_text));
            Box::new(Refused {
                params: self.group.iter().map(|it| it.path.clone()).collect(),
                reason,
                why,
                found: moved.filter_map(|it| found.get_key_value(&it.path)).map(owned).collect(),
                evidence: Some(evidence.clone()),
                notes: self.notes(was_refused),
            })
        };
        let found = match (validated.doubt, &validated.found) {
            (None, Some(found)) => found,
            (doubt, _) => {
                let doubt = doubt.unwrap_or(Doubt::NotRun);
                let (reason, why) = why(doubt, self.group, validated, &evidence, self.searches);
                return Ok(Err(refuse(reason, why)));
            }
        };
        let head = Revision { sources: self.sources(&found.point), ..self.request.revision.clone() };
        let options = Options { progress: None, hours: None, ..*self.options };
        let diff = compare(self.request.revision, &head, self.request.recording, &options)?.diff;
        // Nothing that was tried reads a bound; should one be loosened all the same, it is not for a cost to say so.
        if let Some(loosened) = diff.differences.iter().find(|it| it.kind == DifferenceKind::Loosened) {
            let why = format!("`{}` would hold less: {}", loosened.item, loosened.detail);
            return Ok(Err(refuse(RefusedReason::Loosens, why)));
        }
        let params = self.changes(&found.point, validated, &head.sources);
        let impact = Impact {
            headline: diff.headline,
            base: diff.counted.base,
            head: diff.counted.head,
            gates_broken: diff.gates_broken,
        };
        Ok(Ok(Proposal { params, impact, notes: self.notes(was_refused), evidence }))
    }

    fn changes(
        &self,
        point: &Point,
        validated: &Validated,
        sources: &heal_driver::SourceSet,
    ) -> Vec<ParamChange> {
        let value = |candidate: &Candidate, at: usize| {
            let value = candidate.grid.values.get(at);
            let (text, value) = value.map(|it| (it.text.clone(), it.value)).unwrap_or_default();
            Value { text, value }
        };
        let seen = validated.flats.iter().zip(&validated.looks);
        let all = self.group.iter().zip(point).zip(seen);
        all.filter(|((candidate, at), _)| candidate.grid.present != **at)
            .map(|((candidate, at), (flat, looks))| ParamChange {
                path: candidate.path.clone(),
                file: candidate.written.file.clone(),
                line: candidate.written.line,
                line_before: candidate.written.line_text(&self.request.revision.sources).to_owned(),
                line_after: candidate.written.line_text(sources).to_owned(),
                present: value(candidate, candidate.grid.present),
                proposed: value(candidate, *at),
                tried: [value(candidate, looks.low), value(candidate, looks.high)],
                tried_count: looks.count,
                values_count: candidate.grid.values.len(),
                same_cost: [value(candidate, flat.low), value(candidate, flat.high)],
                same_cost_open: flat.open,
            })
            .collect()
    }

    /// What a choice writes, by path.
    fn texts(&self, point: &Point) -> BTreeMap<String, String> {
        let text = |(candidate, at): (&Candidate, &usize)| {
            Some((candidate.path.clone(), candidate.grid.values.get(*at)?.text.clone()))
        };
        self.group.iter().zip(point).filter_map(text).collect()
    }

    fn evidence(&self, validated: &Validated, subject: &Subject) -> Evidence {
        let cost = &self.request.cost;
        let pair =
            |now, proposed| BeforeAfter { now: Costed::of(now, cost), proposed: Costed::of(proposed, cost) };
        let blocks = validated.held_out.iter().map(|fold| Block {
            from: fold.span.from,
            until: fold.span.until,
            values: self.texts(&fold.point),
            costs: pair(fold.now, fold.found),
        });
        Evidence {
            incidents: subject.incidents.iter().map(|incident| incident.name.clone()).collect(),
            held_out: blocks.collect(),
            saving: validated.saving.map(|it| Saving {
                mean: it.mean,
                standard_error: it.error,
                at_least: it.at_least,
                min: it.min,
                max: it.max,
                passing: it.passing,
                failing: it.failing,
            }),
            whole: validated.whole.map(|(now, proposed)| pair(now, proposed)),
        }
    }

    fn notes(&self, was_refused: bool) -> Vec<String> {
        let mut notes = Vec::new();
        for candidate in self.group {
            let held = candidate.reach.held;
            if let Some(by) = candidate.reach.held_by.as_ref().filter(|_| held.up || held.down) {
                let (which, other) = if held.up { ("lower", "higher") } else { ("higher", "lower") };
                notes.push(format!(
                    "only {which} values of `{}` than {} were tried: at a {other} one {by} would hold more readily",
                    candidate.path, candidate.written.value_text
                ));
            }
        }
        let reached: Vec<&String> = self.group.iter().flat_map(|it| &it.reach.policies).collect();
        for policy in self.base.report.policies.iter().filter(|it| reached.contains(&&it.path)) {
            if let Some(why) = &policy.unknown {
                let path = &policy.path;
                notes.push(format!(
                    "what `{path}` starts cannot be told ({why}): its actions cost nothing here"
                ));
            }
        }
        if was_refused {
            let budget = quantity(self.request.budget as f64, "");
            notes.push(format!(
                "the budget of {budget} simulations was used up before all was tried: `--budget` allows more"
            ));
        }
        notes
    }
}

fn owned((path, text): (&String, &String)) -> (String, String) {
    (path.clone(), text.clone())
}
