//! Reports in parts: what a group of policies and detectors did, which hangs on no other group, and can be kept.
//!
//! A part holds what was counted of traces, and no trace. Peaks are looked for when all groups have been read, so that each
//! series is read once.

mod form;
mod identified;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use heal_program::{
    Detector, DetectorIndex, Event, EventIndex, PolicyIndex, Program, SemanticHash, Timestamp, Trigger,
};
use heal_telemetry::RecordingError;

use crate::{
    Account, Course, Figures, Firing, Listed, RecordingSummary, Score, Telemetry,
    incidents::{Scope, score},
    kept::{Reader, Writer},
    peaks::{Asked, Found, Wanted},
    readings,
    report::recording,
    tally::{besides, figures},
    threads::of_each,
    timeline::{Conduct, Happening, Timeline},
    verdicts::judge,
};

pub(crate) use identified::{Heard, Unlisted};
pub use identified::{Identified, What};

/// So many firings are described in one piece.
const DESCRIBED_AT_ONCE: usize = 4_096;

/// What a group of policies and detectors did, as a report says it.
#[derive(Clone, Debug)]
pub struct Part {
    pub(crate) detectors: BTreeMap<String, DetectorPart>,
    pub(crate) policies: BTreeMap<String, PolicyPart>,
    /// What is noted, with when.
    pub(crate) notes: Vec<(Timestamp, String)>,
    /// How many samples were dropped, by signal and why.
    pub(crate) dropped: BTreeMap<(String, String), u64>,
    unrecorded: Vec<Vec<String>>,
    /// What has an id and is not among the above.
    unlisted: Listed<Unlisted>,
}

impl Part {
    /// What was asked for in vain, as whoever decided has it.
    #[must_use]
    pub fn unrecorded(&self) -> &[Vec<String>] {
        &self.unrecorded
    }
}

/// What a detector saw.
#[derive(Clone, Debug)]
pub(crate) struct DetectorPart {
    /// Hash of all that is said here.
    pub(crate) hash: SemanticHash,
    pub(crate) score: Score,
    pub(crate) firings: Listed<Firing>,
}

/// What a policy did.
#[derive(Clone, Debug)]
pub(crate) struct PolicyPart {
    /// Hash of all that is said here.
    pub(crate) hash: SemanticHash,
    pub(crate) figures: Figures,
    /// As if every verification passed.
    pub(crate) course: Course,
    /// What it would have done besides, were every one false.
    pub(crate) only_if_failing: Course,
}

/// What is made of traces, before the peaks of its firings are known.
#[derive(Debug)]
pub struct Draft {
    detectors: Vec<DetectorDraft>,
    /// By path: the form in which it is kept.
    policies: Vec<form::Block>,
    notes: Vec<(Timestamp, String)>,
    dropped: BTreeMap<(String, String), u64>,
    unrecorded: Vec<Vec<String>>,
    unlisted: Vec<Unlisted>,
}

#[derive(Debug)]
struct DetectorDraft {
    path: String,
    score: Score,
    /// The firings as they are written, and how many there are: held as they are they would take many times the room.
    firings: Vec<u8>,
    count: usize,
    asked: Asked,
}

/// Where drafts are made: what firings need of samples is gathered here.
pub struct Drafts<'t> {
    program: &'t Program,
    telemetry: &'t Telemetry,
    recording: RecordingSummary,
    wanted: Mutex<Wanted<'t>>,
    threads: usize,
}

impl std::fmt::Debug for Drafts<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Drafts").field("recording", &self.recording.name).finish_non_exhaustive()
    }
}

impl<'t> Drafts<'t> {
    /// Drafts of what a program did over what was recorded, made on so many threads. The result does not depend on how many
    /// they are.
    #[must_use]
    pub fn of(program: &'t Program, telemetry: &'t Telemetry, threads: usize) -> Drafts<'t> {
        let wanted = Mutex::new(Wanted::of(telemetry));
        Drafts { program, telemetry, recording: recording(telemetry), wanted, threads }
    }

    /// A draft of what some detectors and policies did. `failing` is as if every verification failed; none where that is the
    /// same. `unrecorded` is what was asked for in vain, which is kept beside it as it is.
    #[must_use]
    pub fn draft(
        &self,
        (detectors, policies): (&BTreeSet<DetectorIndex>, &BTreeSet<PolicyIndex>),
        mut passing: Account,
        mut failing: Option<Account>,
        unrecorded: Vec<Vec<String>>,
    ) -> Draft {
        let courses = std::iter::once(&mut passing).chain(&mut failing);
        let heard: Vec<Heard> = courses.map(|account| std::mem::take(&mut account.heard)).collect();
        let mut timeline = passing.finish();
        let mut other = failing.map(Account::finish);
        let mut seen: BTreeMap<&str, (Score, Vec<Firing>)> = BTreeMap::new();
        for node in detectors.iter().filter_map(|index| self.program.detector(*index)) {
            let mut firings = timeline.firings.remove(&node.head.path).unwrap_or_default();
            self.describe(node, &mut firings);
            let scope = Scope::of(self.program, node, self.telemetry);
            seen.insert(&node.head.path, self.scored(&scope, firings));
        }
        let events = self.acted_on(policies);
        for node in &events {
            let happenings = timeline.happenings.remove(&node.head.path).unwrap_or_default();
            let firings = happenings.into_iter().map(Happening::firing).collect();
            let scope = Scope::of_event(self.program, node, self.telemetry);
            seen.insert(&node.head.path, self.scored(&scope, firings));
        }
        let nodes = policies.iter().filter_map(|index| self.program.policy(*index));
        let mut listed = BTreeSet::new();
        let policies = nodes.map(|node| {
            let path = &node.head.path;
            let judged = |timeline: &mut Timeline| {
                let mut conduct = timeline.policies.remove(path).unwrap_or_default();
                judge(self.program, node, &mut conduct.runs);
                conduct
            };
            let own = judged(&mut timeline);
            let failing = other.as_mut().map(judged);
            let on = self.program.trigger(node.on).and_then(|head| seen.get(head.path.as_str()));
            let on = on.map(|(score, firings)| (score, firings.as_slice()));
            let mut figures = figures(&own, failing.as_ref(), on, &self.recording);
            if node.on.detector().is_none() {
                // An event has no condition that could be made to hold on.
                figures.flapping = 0;
            }
            let besides = failing.map(|failing| besides(failing, &own)).unwrap_or_default();
            identified::listed(&[&own, &besides], &mut listed);
            (path.clone(), form::policy(&figures, &own, &besides))
        });
        let policies = policies.collect();
        let unlisted = identified::unlisted(heard, listed);
        let nodes = detectors.iter().filter_map(|index| self.program.detector(*index));
        let detectors = nodes.filter_map(|node| {
            let (score, firings) = seen.remove(node.head.path.as_str())?;
            // Whoever panicked while it was held panics again where that is seen.
            let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = wanted.add(self.program, node, &firings);
            Some(drafted(&node.head.path, score, &firings, asked))
        });
        let mut detectors: Vec<DetectorDraft> = detectors.collect();
        detectors.extend(events.iter().filter_map(|node| {
            let (score, firings) = seen.remove(node.head.path.as_str())?;
            let asked = self.wanted.lock().unwrap_or_else(PoisonError::into_inner).nothing();
            Some(drafted(&node.head.path, score, &firings, asked))
        }));
        Draft { detectors, policies, notes: timeline.notes, dropped: timeline.dropped, unrecorded, unlisted }
    }

    /// Writes texts into the firings of a detector. Of one that fires very often other threads take a share, which may have
    /// nothing else left to do.
    fn describe(&self, node: &Detector, firings: &mut [Firing]) {
        let stretches: Vec<Mutex<&mut [Firing]>> =
            firings.chunks_mut(DESCRIBED_AT_ONCE).map(Mutex::new).collect();
        of_each(self.threads, &stretches, |(): &mut (), firings| {
            // Nobody else asks for this stretch.
            let mut firings = firings.lock().unwrap_or_else(PoisonError::into_inner);
            readings::describe(self.program, node, &mut firings);
        });
    }

    /// The events that some of these policies are on, each once.
    fn acted_on(&self, policies: &BTreeSet<PolicyIndex>) -> Vec<&'t Event> {
        let policies = policies.iter().filter_map(|index| self.program.policy(*index));
        let events: BTreeSet<EventIndex> = policies
            .filter_map(|policy| match policy.on {
                Trigger::Event(event) => Some(event),
                Trigger::Detector(_) => None,
            })
            .collect();
        events.into_iter().filter_map(|index| self.program.event(index)).collect()
    }

    fn scored(&self, scope: &Scope, mut firings: Vec<Firing>) -> (Score, Vec<Firing>) {
        let RecordingSummary { incidents, incidents_labelled, end, .. } = &self.recording;
        let score = score(scope, &mut firings, incidents, *incidents_labelled, *end);
        (score, firings)
    }

    /// Looks how far signals went while something fired, and makes parts of all drafts, in the form in which they are kept.
    ///
    /// # Errors
    /// When samples that firings are about cannot be read.
    pub fn finish(self, drafts: &[Draft]) -> Result<Vec<Vec<u8>>, RecordingError> {
        let threads = self.threads;
        let wanted = self.wanted.into_inner().unwrap_or_else(PoisonError::into_inner);
        let found = wanted.look(threads)?;
        Ok(of_each(threads, drafts, |(): &mut (), draft| draft.finished(&found)))
    }
}

fn drafted(path: &str, score: Score, firings: &[Firing], asked: Asked) -> DetectorDraft {
    let mut writer = Writer::default();
    firings.iter().for_each(|firing| crate::kept::Kept::write(firing, &mut writer));
    DetectorDraft { path: path.to_owned(), score, firings: writer.finish(), count: firings.len(), asked }
}

impl Draft {
    fn finished(&self, found: &Found<'_>) -> Vec<u8> {
        let Draft { detectors, policies, notes, dropped, unrecorded, unlisted } = self;
        let detectors = detectors.iter().map(|detector| {
            let DetectorDraft { path, score, firings, count, asked } = detector;
            let mut reader = Reader::of(firings);
            // One at a time: all of them would take many times the room.
            let with_peaks = (0..*count).map_while(|at| {
                let firing: Firing = crate::kept::Kept::read(&mut reader)?;
                Some(Firing { peaks: found.peaks(*asked, at), ..firing })
            });
            (path.clone(), form::detector(score, *count, with_peaks))
        });
        let items: (&[_], &[_]) = (&detectors.collect::<Vec<_>>(), policies);
        form::part(items, (notes, dropped), unrecorded, unlisted)
    }
}

impl Conduct {
    fn is_empty(&self) -> bool {
        let Conduct { runs, withheld, approvals, escalations } = self;
        runs.is_empty() && withheld.is_empty() && approvals.is_empty() && escalations.is_empty()
    }
}
