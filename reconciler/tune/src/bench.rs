//! The bench on which choices of values are tried: compiled as a person would have written them, simulated, and scored as
//! every report is.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use heal_driver::{Compilation, CompileOptions, Compiler, SourceSet};
use heal_engine::{TraceEvent, TraceKind};
use heal_impact::telemetry_of;
use heal_program::{Millis, Program, Timestamp};
use heal_report::{Account, DetectorReport, Drafts, Part, Report, Samples, Telemetry};
use heal_simulator::{Cache, Decided, Groups, Options, Unrecorded};
use heal_telemetry::Recording;

use crate::{
    TuneError,
    cost::{FiringOutcome, IncidentOutcome, Outcome},
};

/// Where choices are tried.
pub(crate) struct Bench<'b> {
    recording: &'b Recording,
    environment: Option<&'b str>,
    options: Options<'b>,
    compiler: Compiler,
    /// What was recorded, without its samples: scores need none of them.
    telemetry: Option<Telemetry>,
    /// What the first program's groups did, by their names, which cover all that they hang on: what a choice does not touch is
    /// not decided again.
    known: BTreeMap<String, Done>,
    /// Whether each program is decided as a whole: what groups are held to.
    #[cfg(test)]
    pub(crate) is_whole: bool,
}

/// What came of a choice.
pub(crate) struct Run {
    /// What ran.
    pub(crate) program: Program,
    /// What it did.
    pub(crate) report: Report,
    acted: Acted,
}

/// What a group did.
#[derive(Clone)]
struct Done {
    part: Part,
    acted: Acted,
}

/// When policies, by their paths, asked for actions: as if every verification passed, and as if every one failed.
#[derive(Clone, Debug, Default)]
struct Acted {
    passing: Vec<(Timestamp, String)>,
    failing: Vec<(Timestamp, String)>,
}

impl Acted {
    fn extend(&mut self, other: Acted) {
        self.passing.extend(other.passing);
        self.failing.extend(other.failing);
    }
}

/// What is kept of one course of a group.
#[derive(Debug, Default)]
struct Watched {
    account: Account,
    acted: Vec<(Timestamp, String)>,
}

impl Extend<TraceEvent> for Watched {
    fn extend<E: IntoIterator<Item = TraceEvent>>(&mut self, events: E) {
        for event in events {
            if let TraceKind::ActionStarted { policy, .. } = &event.kind {
                self.acted.push((event.at, policy.clone()));
            }
            self.account.extend([event]);
        }
    }
}

/// What a choice is judged by: what hangs on the params that are tuned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    /// By path the detectors that some policy acts on: how long before an incident a firing of them that belongs to it is
    /// early and not wrong.
    pub(crate) detectors: BTreeMap<String, Millis>,
    /// The incidents that these can notice, by start and name.
    pub(crate) incidents: Vec<Incident>,
}

/// An incident that a choice is judged by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Incident {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) name: String,
}

impl<'b> Bench<'b> {
    pub(crate) fn new(
        recording: &'b Recording,
        environment: Option<&'b str>,
        options: Options<'b>,
    ) -> Bench<'b> {
        Bench {
            recording,
            environment,
            options,
            compiler: Compiler::default(),
            telemetry: None,
            known: BTreeMap::new(),
            #[cfg(test)]
            is_whole: false,
        }
    }

    /// Compiles sources; the compiler remembers the files that do not differ.
    pub(crate) fn compile(&mut self, sources: &SourceSet) -> Compilation {
        self.compiler.compile(sources, CompileOptions::default(), &mut |_| {})
    }

    /// Runs the first program over the recording, and keeps what its groups did.
    pub(crate) fn run_first(&mut self, program: Program) -> Result<Run, TuneError> {
        self.decided(program, true)
    }

    /// Runs a program over the recording. Groups that are as they were in the first one are not decided again.
    pub(crate) fn run(&mut self, program: Program) -> Result<Run, TuneError> {
        self.decided(program, false)
    }

    fn decided(&mut self, program: Program, is_first: bool) -> Result<Run, TuneError> {
        #[cfg(test)]
        if self.is_whole {
            return self.run_whole(program);
        }
        let Bench { recording, environment, options, telemetry, known, .. } = self;
        let telemetry = telemetry.get_or_insert_with(|| bare_telemetry(recording, *environment, &program));
        let groups = Groups::of(&program, recording);
        let names = groups.names();
        let missing: Vec<usize> =
            (0..).zip(names).filter(|(_, name)| !known.contains_key(*name)).map(|(at, _)| at).collect();
        let drafts = Drafts::of(&program, telemetry, options.threads);
        let decided = groups.decide(&missing, options, |group, decided: Decided<Watched>| {
            let Decided { passing, failing, unrecorded } = decided;
            // What verifies nothing does the same in both courses.
            let failing_acted = failing.as_ref().map_or_else(|| passing.acted.clone(), |it| it.acted.clone());
            let acted = Acted { passing: passing.acted, failing: failing_acted };
            let failing = failing.map(|it| it.account);
            let own = (&group.detectors, &group.policies);
            (drafts.draft(own, passing.account, failing, unrecorded.to_words()), acted)
        })?;
        let (drafted, acted): (Vec<_>, Vec<Acted>) = decided.into_iter().unzip();
        let parts = drafts.finish(&drafted)?.into_iter().filter_map(Part::from_bytes);
        let mut decided = BTreeMap::new();
        for ((at, part), acted) in missing.into_iter().zip(parts).zip(acted) {
            decided.extend(names.get(at).map(|name| (name.clone(), Done { part, acted })));
        }
        let (mut parts, mut acted, mut unrecorded) = (Vec::new(), Acted::default(), Unrecorded::default());
        for done in names.iter().filter_map(|name| known.get(name).or_else(|| decided.get(name)).cloned()) {
            unrecorded.extend(Unrecorded::of_words(done.part.unrecorded()));
            parts.push(done.part);
            acted.extend(done.acted);
        }
        // As they stand in one trace of all.
        acted.passing.sort();
        acted.failing.sort();
        let beginning = groups.beginning(&unrecorded);
        let report = Report::assembled(("", &program), telemetry, &beginning, parts);
        if is_first {
            known.extend(decided);
        }
        drop(groups);
        Ok(Run { program, report, acted })
    }

    /// The same by an engine that decides the whole program: what groups are held to.
    #[cfg(test)]
    fn run_whole(&mut self, program: Program) -> Result<Run, TuneError> {
        let simulation = heal_simulator::simulate(&program, self.recording, &self.options)?;
        let (recording, environment) = (self.recording, self.environment);
        let telemetry =
            self.telemetry.get_or_insert_with(|| bare_telemetry(recording, environment, &program));
        let side = heal_report::Side {
            revision: "",
            program: &program,
            trace: &simulation.trace,
            failing: simulation.failing.as_ref(),
            sources: &[],
        };
        let report = Report::of(&side, telemetry)?;
        let watched = |trace: &heal_engine::Trace| {
            let mut watched = Watched::default();
            watched.extend(trace.events.iter().cloned());
            watched.acted
        };
        let passing = watched(&simulation.trace);
        let failing = simulation.failing.as_ref().map_or_else(|| passing.clone(), watched);
        Ok(Run { program, report, acted: Acted { passing, failing } })
    }
}

/// What was recorded, without its samples.
fn bare_telemetry(recording: &Recording, environment: Option<&str>, program: &Program) -> Telemetry {
    let mut telemetry = telemetry_of(recording, environment, &[program]);
    telemetry.signals.iter_mut().for_each(|signal| signal.samples = Samples::default());
    telemetry
}

impl Run {
    /// What detectors, which look so far ahead, can be judged by: those of them that a policy acts on, and the incidents
    /// that concern these.
    pub(crate) fn subject(&self, detectors: &BTreeMap<String, Millis>, recording: &Recording) -> Subject {
        let used = self.used(detectors);
        let concerned: BTreeSet<&str> = used
            .iter()
            .flat_map(|detector| {
                let caught = detector.score.caught.iter().map(|catch| catch.incident.as_str());
                caught.chain(detector.score.missed.iter().map(String::as_str))
            })
            .collect();
        let within = |at: Timestamp| recording.start() <= at && at <= recording.end();
        let mut incidents: Vec<Incident> = self
            .report
            .recording
            .incidents
            .iter()
            .filter(|it| concerned.contains(it.name.as_str()) && within(it.start))
            .map(|it| Incident { start: it.start, end: it.end, name: it.name.clone() })
            .collect();
        incidents.sort();
        let used = used.iter().filter_map(|detector| detectors.get_key_value(&detector.path));
        Subject { detectors: used.map(|(path, look_ahead)| (path.clone(), *look_ahead)).collect(), incidents }
    }

    /// Those of some detectors that a policy acts on.
    pub(crate) fn used(&self, detectors: &BTreeMap<String, Millis>) -> Vec<&DetectorReport> {
        let all = self.report.detectors.iter();
        all.filter(|it| detectors.contains_key(&it.path) && !it.policies.is_empty()).collect()
    }

    /// What it comes to.
    pub(crate) fn outcome(&self, subject: &Subject) -> Outcome {
        let mut first: BTreeMap<&str, Millis> = BTreeMap::new();
        // Whoever notices an incident first: what another detector noticed is not missed.
        for detector in self.report.detectors.iter().filter(|it| !it.policies.is_empty()) {
            for catch in &detector.score.caught {
                let known = first.entry(&catch.incident).or_insert(catch.time_to_detect);
                *known = (*known).min(catch.time_to_detect);
            }
        }
        let incident = |incident: &Incident| IncidentOutcome {
            start: incident.start,
            length: incident.end.since(incident.start),
            detected_after: first.get(incident.name.as_str()).copied(),
        };
        Outcome {
            incidents: subject.incidents.iter().map(incident).collect(),
            firings: self.firings(subject),
            noticed_by: self.noticed_by(subject),
            actions_failing: self.actions(&self.acted.failing),
            actions_passing: self.actions(&self.acted.passing),
        }
    }

    /// What fired of that which is tuned.
    fn firings(&self, subject: &Subject) -> Vec<FiringOutcome> {
        let recording = &self.report.recording;
        let mut firings = Vec::new();
        for detector in self.used(&subject.detectors) {
            let look_ahead = subject.detectors.get(&detector.path).copied().unwrap_or_default();
            firings.extend(detector.firings.iter().map(|firing| {
                // They are in order of their starts.
                let own = recording.incidents.iter().filter(|it| firing.incidents.contains(&it.name));
                FiringOutcome {
                    start: firing.start,
                    end: firing.end.unwrap_or(recording.end),
                    look_ahead,
                    incidents: own.map(|incident| (incident.start, incident.end)).collect(),
                }
            }));
        }
        firings
    }

    /// The detectors that are tuned and that notice one of the incidents at least. What others notice is not theirs.
    fn noticed_by(&self, subject: &Subject) -> BTreeSet<String> {
        let incidents: BTreeSet<&str> = subject.incidents.iter().map(|it| it.name.as_str()).collect();
        let used = self.used(&subject.detectors).into_iter().filter(|detector| {
            detector.score.caught.iter().any(|catch| incidents.contains(catch.incident.as_str()))
        });
        used.map(|detector| detector.path.clone()).collect()
    }

    /// When the policies that count asked for actions, as in the totals of a report.
    fn actions(&self, acted: &[(Timestamp, String)]) -> Vec<Timestamp> {
        let policies = self.report.policies.iter();
        let counted: BTreeSet<&str> = policies
            .filter(|policy| !policy.shadow && policy.unknown.is_none())
            .map(|policy| policy.path.as_str())
            .collect();
        acted.iter().filter(|(_, policy)| counted.contains(policy.as_str())).map(|(at, _)| *at).collect()
    }
}

/// Keeps what the first simulation computed within reach, in front of what is kept elsewhere: all that the params do not
/// touch is wanted again for every choice.
pub(crate) struct Kept<'c> {
    behind: Option<&'c dyn Cache>,
    near: Mutex<BTreeMap<String, Vec<u8>>>,
    is_full: AtomicBool,
}

impl<'c> Kept<'c> {
    pub(crate) fn before(behind: Option<&'c dyn Cache>) -> Kept<'c> {
        Kept { behind, near: Mutex::new(BTreeMap::new()), is_full: AtomicBool::new(false) }
    }

    /// From here on nothing more is kept near.
    pub(crate) fn fill(&self) {
        self.is_full.store(true, Ordering::Relaxed);
    }

    fn keep(&self, name: &str, bytes: &[u8]) {
        if !self.is_full.load(Ordering::Relaxed)
            && let Ok(mut near) = self.near.lock()
        {
            near.insert(name.to_owned(), bytes.to_owned());
        }
    }
}

impl Cache for Kept<'_> {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let near = self.near.lock().ok().and_then(|near| near.get(name).cloned());
        near.or_else(|| {
            let found = self.behind?.get(name)?;
            self.keep(name, &found);
            Some(found)
        })
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        self.keep(name, bytes);
        if let Some(behind) = self.behind {
            behind.put(name, bytes);
        }
    }
}
