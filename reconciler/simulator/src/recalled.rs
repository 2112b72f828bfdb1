//! Which runs of a simulation are the same as what was really done while the recording was made.
//!
//! The telemetry of a recording is what followed from what was really done. So what came of that says how the verify of a
//! simulated run comes out only where both are the same intervention: the same plan or action, on the same target, begun at
//! most so far apart as the plan has for its verify, and no more than a quarter of an hour, without an end of the firing
//! between the two, and not over before the firing's condition was true: that was done for something else. Each is the same as
//! one run at most: runs choose in the order in which they begin, the nearest that is left, of two as near the earlier one. Of
//! what lies ahead nothing is told but this.

use std::collections::{BTreeMap, BTreeSet};

use heal_engine::{Input, Labels, RecordedRun, RecordedVerdict, TraceEvent, TraceKind};
use heal_program::{Millis, PlanIndex, Policy, Program, Rung, SemanticHash, Timestamp};
use heal_telemetry::{Outcome, Recording, Verdict};

/// How far apart the starts of a simulated run and of the same as it was really done may be, however long a plan verifies.
pub const APART_MAX: Millis = Millis::from_minutes(15);

/// What was really done while a recording was made, by path of plan or action, in order of start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done<'r>(BTreeMap<&'r str, Vec<&'r Outcome>>);

impl<'r> Done<'r> {
    pub(crate) fn of(recording: &'r Recording) -> Done<'r> {
        let mut done = Done::default();
        for outcome in &recording.outcomes {
            done.0.entry(&outcome.item).or_default().push(outcome);
        }
        done
    }
}

/// What was really done, as far as some plans may be the same, and what of it is taken.
#[derive(Debug, Default)]
pub struct Recalled<'r> {
    /// By path of plan or action.
    by_item: BTreeMap<&'r str, Known<'r>>,
    plans: BTreeMap<String, SameAs>,
    /// Items and places of what a run has taken.
    taken: BTreeSet<(&'r str, usize)>,
    /// The firings that go on.
    firings: BTreeMap<SemanticHash, Fires>,
    /// When a firing of a detector and key ended last.
    ended: BTreeMap<(String, Labels), Timestamp>,
    /// What was taken by runs for a firing, and has not begun yet.
    ahead: BTreeMap<SemanticHash, Vec<Ahead<'r>>>,
}

/// What is known of one plan or action.
#[derive(Debug)]
struct Known<'r> {
    /// In order of start.
    outcomes: Vec<&'r Outcome>,
    /// Places among them, by each field of what it was done to and its value: where very many things are wrong at a time, each
    /// run looks at what was done to its own target only.
    by_field: BTreeMap<&'r str, BTreeMap<&'r str, Vec<usize>>>,
}

impl<'r> Known<'r> {
    fn of(outcomes: &[&'r Outcome]) -> Known<'r> {
        let mut by_field: BTreeMap<_, BTreeMap<_, Vec<usize>>> = BTreeMap::new();
        for (place, outcome) in outcomes.iter().enumerate() {
            for (field, value) in &outcome.labels {
                let values = by_field.entry(field.as_str()).or_default();
                values.entry(value.as_str()).or_default().push(place);
            }
        }
        Known { outcomes: outcomes.to_vec(), by_field }
    }

    fn of_field(&self, (field, value): &(String, String)) -> &[usize] {
        let places = self.by_field.get(field.as_str()).and_then(|values| values.get(value.as_str()));
        places.map_or(&[], Vec::as_slice)
    }

    /// Places of what was done to a target, as far as one of its fields tells, and begun between two times.
    fn near(
        &self,
        needed: &Labels,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = (usize, &'r Outcome)> {
        let told = needed.iter().map(|field| self.of_field(field)).min_by_key(|places| places.len());
        let begin = self.outcomes.partition_point(|outcome| outcome.start < from);
        let all = told.is_none().then_some(begin..self.outcomes.len());
        let told = told.unwrap_or_default();
        let start = |place: &usize| self.outcomes.get(*place).map(|outcome| outcome.start);
        let first = told.partition_point(|place| start(place).is_some_and(|start| start < from));
        let places = told.iter().skip(first).copied().chain(all.into_iter().flatten());
        let outcomes = places.filter_map(|place| Some((place, *self.outcomes.get(place)?)));
        outcomes.take_while(move |(_, it)| it.start <= to)
    }
}

/// A firing that goes on.
#[derive(Clone, Debug)]
struct Fires {
    /// The detector and key.
    of: (String, Labels),
    /// Since when its condition was true.
    since: Timestamp,
}

/// What runs of a plan may be the same as.
#[derive(Clone, Debug)]
struct SameAs {
    items: Vec<String>,
    apart: Millis,
}

#[derive(Debug)]
struct Ahead<'r> {
    run: SemanticHash,
    start: Timestamp,
    taken: (&'r str, usize),
}

impl<'r> Recalled<'r> {
    /// What a recording knows of the plans of some policies.
    #[must_use]
    pub fn of<'p>(
        program: &Program,
        policies: impl IntoIterator<Item = &'p Policy>,
        recording: &'r Recording,
    ) -> Recalled<'r> {
        Recalled::among(&Done::of(recording), program, policies)
    }

    /// What is known of the plans of some policies.
    pub(crate) fn among<'p>(
        done: &Done<'r>,
        program: &Program,
        policies: impl IntoIterator<Item = &'p Policy>,
    ) -> Recalled<'r> {
        let mut recalled = Recalled::default();
        if done.0.is_empty() {
            return recalled;
        }
        let rungs = policies.into_iter().flat_map(|policy| &policy.ladder);
        for plan in rungs.flat_map(Rung::plans).filter_map(|plan| program.plan(plan)) {
            let Some(apart) = plan.verifies.iter().map(|verify| verify.within).max() else { continue };
            let items = program.recorded_as(plan).into_iter().map(str::to_owned).collect();
            let same = SameAs { items, apart: apart.min(APART_MAX) };
            recalled.plans.insert(plan.head.path.clone(), same);
        }
        for item in recalled.plans.values().flat_map(|same| &same.items) {
            if let Some((item, outcomes)) = done.0.get_key_value(item.as_str()) {
                recalled.by_item.insert(item, Known::of(outcomes));
            }
        }
        recalled
    }

    /// Takes note of what happened in the engine, and gives what it is to be told of a run that has begun.
    pub fn see(&mut self, event: &TraceEvent) -> Option<Input> {
        if self.by_item.is_empty() {
            return None;
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else says when what was for what")]
        match &event.kind {
            TraceKind::FiringStarted { firing, detector, labels, pending_since, .. } => {
                let fires = Fires { of: (detector.clone(), labels.clone()), since: *pending_since };
                self.firings.insert(*firing, fires);
            }
            TraceKind::FiringEnded { firing, detector, labels, .. } => {
                self.firings.remove(firing);
                self.ended.insert((detector.clone(), labels.clone()), event.at);
                // What begins later was done for something else.
                let ahead = self.ahead.remove(firing).unwrap_or_default();
                for Ahead { taken, .. } in ahead.into_iter().filter(|ahead| ahead.start > event.at) {
                    self.taken.remove(&taken);
                }
            }
            TraceKind::RunEnded { run, firing, .. } => {
                if let Some(ahead) = self.ahead.get_mut(firing) {
                    ahead.retain(|ahead| ahead.run != *run);
                }
            }
            TraceKind::RunStarted { run, firing, plan, labels, target, shadow: false, given, .. }
                if target.is_empty() =>
            {
                let recorded = self.take((*firing, plan, *run), (labels, given), event.at)?;
                return Some(Input::Recorded { run: *run, recorded });
            }
            _ => {}
        }
        None
    }

    fn take(
        &mut self,
        (firing, plan, run): (SemanticHash, &str, SemanticHash),
        target: (&Labels, &Labels),
        at: Timestamp,
    ) -> Option<RecordedRun> {
        let same = self.plans.get(plan)?;
        let fires = self.firings.get(&firing);
        let ended = fires.and_then(|fires| self.ended.get(&fires.of)).copied();
        let needed = needed(target);
        let mut nearest: Option<(Millis, Timestamp, &'r str, usize)> = None;
        for item in &same.items {
            let Some((item, known)) = self.by_item.get_key_value(item.as_str()) else { continue };
            for (place, outcome) in known.near(needed, at.minus(same.apart), at.plus(same.apart)) {
                let apart = at.since(outcome.start).max(outcome.start.since(at));
                // An episode that has ended since was another one, and before its condition was true there was none.
                let is_other = ended.is_some_and(|ended| outcome.start < ended)
                    || fires.is_some_and(|fires| outcome.end.unwrap_or(outcome.start) < fires.since);
                let is_free = !is_other && !self.taken.contains(&(*item, place));
                let is_nearer =
                    nearest.is_none_or(|(least, start, ..)| (apart, outcome.start) < (least, start));
                if is_free && is_nearer && is_same_target(outcome, target) {
                    nearest = Some((apart, outcome.start, item, place));
                }
            }
        }
        let (_, start, item, place) = nearest?;
        self.taken.insert((item, place));
        if start > at {
            self.ahead.entry(firing).or_default().push(Ahead { run, start, taken: (item, place) });
        }
        self.by_item.get(item)?.outcomes.get(place).map(|outcome| recorded(outcome))
    }
}

/// Whether something was done to what a run works on. It says all key fields of the entities that the plan is given, or of the
/// firing where there are none, and no field that is not of the run, or is another there.
fn is_same_target(outcome: &Outcome, (labels, given): (&Labels, &Labels)) -> bool {
    let is_said = |(field, value): &(String, String)| outcome.labels.get(field) == Some(value);
    let is_known = |(field, value): (&String, &String)| {
        labels.iter().chain(given).any(|(other, theirs)| other == field && theirs == value)
    };
    needed((labels, given)).iter().all(is_said) && outcome.labels.iter().all(is_known)
}

/// The key fields that say what a run works on.
fn needed<'l>((labels, given): (&'l Labels, &'l Labels)) -> &'l Labels {
    if given.is_empty() { labels } else { given }
}

fn recorded(outcome: &Outcome) -> RecordedRun {
    let Outcome { start, item, labels, end, verdict, note, source, file } = outcome;
    RecordedRun {
        item: item.clone(),
        labels: labels.clone().into_iter().collect(),
        start: *start,
        end: *end,
        verdict: match verdict {
            Verdict::Passed => RecordedVerdict::Passed,
            Verdict::Failed => RecordedVerdict::Failed,
            Verdict::StepFailed => RecordedVerdict::StepFailed,
            Verdict::Done => RecordedVerdict::Done,
            Verdict::Unknown => RecordedVerdict::Unknown,
        },
        note: note.clone(),
        source: source.clone(),
        file: file.clone(),
    }
}

/// Plans that one thing in the recording may be the same as, a set for each of those things, and those among them that are
/// judged by what was recorded afterwards.
pub(crate) fn recalled_plans(
    program: &Program,
    recording: &Recording,
) -> (Vec<BTreeSet<PlanIndex>>, BTreeSet<PlanIndex>) {
    let mut by_item: BTreeMap<&str, (BTreeSet<PlanIndex>, bool)> = BTreeMap::new();
    for outcome in &recording.outcomes {
        by_item.entry(&outcome.item).or_default().1 |= outcome.verdict == Verdict::Done;
    }
    let mut judged = BTreeSet::new();
    if by_item.is_empty() {
        return (Vec::new(), judged);
    }
    for (index, plan) in (0..).map(PlanIndex).zip(&program.plans) {
        for item in program.recorded_as(plan) {
            let Some((plans, is_judged)) = by_item.get_mut(item) else { continue };
            plans.insert(index);
            if *is_judged {
                judged.insert(index);
            }
        }
    }
    (by_item.into_values().map(|(plans, _)| plans).collect(), judged)
}

/// What is known of the plans of some policies, as text: what they do hangs on all of it.
pub(crate) fn known_text<'p>(
    done: &Done<'_>,
    program: &Program,
    policies: impl IntoIterator<Item = &'p Policy>,
) -> String {
    let recalled = Recalled::among(done, program, policies);
    let outcomes = recalled.by_item.iter().map(|(item, known)| (item, &known.outcomes));
    if recalled.by_item.is_empty() { String::new() } else { format!("{:?}", outcomes.collect::<Vec<_>>()) }
}
