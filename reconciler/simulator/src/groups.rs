//! A program over a recording, group by group: what one group decides hangs on no other, so what it decided before can be
//! kept, and only what a change touches is decided again.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use heal_engine::{Engine, Foreteller, Group, Halt, Input, Prophecy, TraceEvent};
use heal_program::{Affected, DetectorIndex, EntityIndex, Millis, Program, Timestamp};
use heal_telemetry::{Recording, RecordingError, Sample};

use crate::{
    Options, RecordedEntities, SimulationError, Unrecorded,
    coverage::unrecorded,
    feed::{Feed, feeds},
    foretelling::{STACK_BYTES, foreteller, prophecies},
    group_name::Names,
    on_time,
    recalled::{Done, Recalled},
    simulate::{Recorded, beginning, happened, silences, verifies},
    world::live_told,
};

/// A program over a recording, parted into groups that are decided by themselves.
///
/// What all groups did together is what [`simulate`](crate::simulate) says: its events are theirs.
#[derive(Debug)]
pub struct Groups<'r> {
    program: Program,
    recording: &'r Recording,
    feeds: Vec<Feed<'r>>,
    groups: Vec<Group>,
    names: Vec<String>,
    /// What is recorded of entities, and for each group the kinds of which it is told.
    entities: RecordedEntities,
    kinds: Vec<BTreeSet<EntityIndex>>,
    /// What is said of sources that were not recorded.
    silences: Vec<(Timestamp, Input)>,
    /// What of the program the recording tells nothing of.
    untold: Affected,
    happened: Happened,
    /// What was really done.
    done: Done<'r>,
    /// An engine that knows nothing yet, and what it said of the program.
    engine: Engine,
    said: Vec<TraceEvent>,
}

/// What a group did, as somebody keeps it who was told each event as it happened.
#[derive(Debug)]
pub struct Decided<K> {
    /// As if every verification passed.
    pub passing: K,
    /// As if every one failed; none where the group verifies nothing, so that it is the same.
    pub failing: Option<K>,
    /// What it asked for in vain.
    pub unrecorded: Unrecorded,
}

/// Recorded events, entities and inventory, in order of time. There may be very many, and most groups hear of none of them.
#[derive(Debug)]
struct Happened {
    all: Vec<(Timestamp, Input)>,
    /// Places of events, by name.
    by_name: BTreeMap<String, Vec<usize>>,
    /// Places of entities, by kind.
    by_kind: BTreeMap<EntityIndex, Vec<usize>>,
    /// Places of what everybody is told.
    of_all: Vec<usize>,
}

impl Happened {
    fn of(recording: &Recording, entities: &RecordedEntities) -> Happened {
        let all = happened(recording, entities);
        let (mut by_name, mut of_all): (BTreeMap<String, Vec<usize>>, _) = (BTreeMap::new(), Vec::new());
        let mut by_kind: BTreeMap<EntityIndex, Vec<usize>> = BTreeMap::new();
        for (place, (_, input)) in all.iter().enumerate() {
            if let Input::Event { name, .. } = input {
                by_name.entry(name.clone()).or_default().push(place);
            } else if let Input::Entity { entity, .. } | Input::Gone { entity, .. } = input {
                by_kind.entry(*entity).or_default().push(place);
            } else {
                of_all.push(place);
            }
        }
        Happened { all, by_name, by_kind, of_all }
    }

    /// What whoever listens to events of these names, and decides by entities of these kinds, is told.
    fn heard_as(
        &self,
        names: &BTreeSet<String>,
        kinds: impl Iterator<Item = EntityIndex>,
    ) -> Vec<(Timestamp, Input)> {
        let events = names.iter().filter_map(|name| self.by_name.get(name)).flatten();
        let lived = kinds.filter_map(|kind| self.by_kind.get(&kind)).flatten();
        let mut places: Vec<usize> = self.of_all.iter().chain(events).chain(lived).copied().collect();
        places.sort_unstable();
        places.into_iter().filter_map(|place| self.all.get(place).cloned()).collect()
    }
}

/// What a group is told.
#[derive(Debug)]
pub(crate) struct Told<'r> {
    feeds: Vec<Feed<'r>>,
    samples: Vec<Vec<Sample>>,
    happened: Vec<(Timestamp, Input)>,
}

impl<'r> Told<'r> {
    /// What a group that is told this does.
    pub(crate) fn decided<K: Default + Extend<TraceEvent>>(
        &self,
        groups: &Groups<'r>,
        group: &Group,
        prophecies: BTreeMap<DetectorIndex, Prophecy>,
    ) -> Result<Decided<K>, SimulationError> {
        let mut unrecorded = Unrecorded::default();
        let mut course = |verified: bool, prophecies: BTreeMap<DetectorIndex, Prophecy>| {
            let (mut engine, mut world) = groups.begin((group, self), verified, prophecies);
            let mut kept = K::default();
            live_told(&mut engine, &mut world, groups.recording.end(), &mut kept, |_, _| {})?;
            unrecorded.extend(world.lacking);
            Ok::<_, Halt>(kept)
        };
        let policies = group.policies.iter().filter_map(|policy| groups.program.policy(*policy));
        // What nothing verifies cannot fail to be verified.
        let failing = match verifies(&groups.program, policies) {
            true => Some(course(false, prophecies.clone())?),
            false => None,
        };
        let passing = course(true, prophecies)?;
        Ok(Decided { passing, failing, unrecorded })
    }
}

/// A group that is to be decided, with what is foretold of its detectors.
type Job = (usize, BTreeMap<DetectorIndex, Prophecy>);

impl<'r> Groups<'r> {
    /// Parts a program.
    #[must_use]
    pub fn of(program: &Program, recording: &'r Recording) -> Groups<'r> {
        let program = on_time(program);
        let feeds = feeds(&program, recording);
        let groups = heal_engine::groups(&program, &foreteller(&program, recording, &feeds));
        let entities = RecordedEntities::of(&program, recording);
        let mut engine = Engine::new(program.clone()).holding(entities.fields());
        let said = engine.drain_trace();
        let naming = Names::of(&program, recording);
        let names = naming.of_all(&groups, &engine);
        // Where nothing is recorded of entities, nobody is told of any.
        let has_entities = !entities.fields().is_empty();
        let told = groups.iter().filter(|_| has_entities);
        let kinds = told.map(|group| naming.kinds_of(group)).collect();
        let silences = silences(&program, recording);
        let untold = unrecorded(&program, recording);
        let happened = Happened::of(recording, &entities);
        let done = Done::of(recording);
        Groups {
            program,
            recording,
            feeds,
            groups,
            names,
            entities,
            kinds,
            silences,
            untold,
            happened,
            done,
            engine,
            said,
        }
    }

    /// The groups.
    #[must_use]
    pub fn all(&self) -> &[Group] {
        &self.groups
    }

    /// The group of a detector.
    #[must_use]
    pub fn of_detector(&self, detector: DetectorIndex) -> Option<usize> {
        self.groups.iter().position(|group| group.detectors.contains(&detector))
    }

    /// The program as it meets the recording.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// What it is met with.
    pub(crate) fn recording(&self) -> &'r Recording {
        self.recording
    }

    /// What of the recording feeds the program's signals.
    pub(crate) fn feeds(&self) -> &[Feed<'r>] {
        &self.feeds
    }

    /// What is recorded of entities.
    pub(crate) fn entities(&self) -> &RecordedEntities {
        &self.entities
    }

    /// What of the program the recording tells nothing of.
    pub(crate) fn untold(&self) -> &Affected {
        &self.untold
    }

    /// A hash, for each group, of everything that what it does hangs on. Equal hashes, whatever else the programs have:
    /// it does the same.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What is to be said before anything happens: what cannot be simulated, and what was left out, converted, or done
    /// otherwise than one might read it. `unrecorded` is what all groups asked for in vain.
    #[must_use]
    pub fn beginning(&self, unrecorded: &Unrecorded) -> Vec<TraceEvent> {
        let mut events = beginning((&self.program, &self.entities), self.recording, unrecorded);
        events.extend(self.said.iter().cloned());
        events
    }

    /// Decides some of the groups, and gives what `take` makes of each, in their order. A keeper of what happens is made for
    /// each course of a group. What it keeps is not held for longer than `take` needs it, which is called on several threads.
    ///
    /// # Errors
    /// When the recording cannot be read, or for a defect of Heal's own.
    pub fn decide<K: Default + Extend<TraceEvent>, T: Send>(
        &self,
        wanted: &[usize],
        options: &Options<'_>,
        take: impl Fn(&Group, Decided<K>) -> T + Sync,
    ) -> Result<Vec<T>, SimulationError> {
        let mut prophecies = self.foretell(wanted, options)?;
        let mut own = |group: &Group| -> BTreeMap<DetectorIndex, Prophecy> {
            group.detectors.iter().filter_map(|it| Some((*it, prophecies.remove(it)?))).collect()
        };
        let mut jobs: Vec<Job> =
            wanted.iter().filter_map(|at| Some((*at, own(self.groups.get(*at)?)))).collect();
        // Those in which most happens first, so that no thread begins one of them when the others are done.
        let happens = |(_, prophecies): &Job| prophecies.values().map(Prophecy::changes_count).sum::<usize>();
        jobs.sort_by_key(|job| Reverse(happens(job)));
        let jobs: Vec<Mutex<Option<Job>>> = jobs.into_iter().map(|job| Mutex::new(Some(job))).collect();
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let worker = || -> Result<Vec<(usize, T)>, SimulationError> {
            let mut taken = Vec::new();
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let job = job.lock().ok().and_then(|mut job| job.take());
                let Some((at, prophecies)) = job else { continue };
                let Some(group) = self.groups.get(at) else { continue };
                let decided = self.decide_one((at, group), prophecies)?;
                taken.push((at, take(group, decided)));
                self.tell(options, done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            }
            Ok(taken)
        };
        let mut all = on_threads(options.threads.min(jobs.len()), worker)?;
        all.sort_by_key(|(at, _)| *at);
        Ok(all.into_iter().map(|(_, taken)| taken).collect())
    }

    /// What is foretold of the detectors of some groups, and of what they read.
    pub(crate) fn foretell(
        &self,
        wanted: &[usize],
        options: &Options<'_>,
    ) -> Result<BTreeMap<DetectorIndex, Prophecy>, RecordingError> {
        let detectors: BTreeSet<DetectorIndex> = wanted
            .iter()
            .filter_map(|at| self.groups.get(*at))
            .flat_map(|it| &it.detectors)
            .copied()
            .collect();
        let foreteller: Foreteller<'_> = foreteller(&self.program, self.recording, &self.feeds);
        let is_wanted = |detector: DetectorIndex| detectors.contains(&detector);
        prophecies(&foreteller, &self.program, self.recording, &self.feeds, (options, is_wanted))
    }

    fn decide_one<K: Default + Extend<TraceEvent>>(
        &self,
        (place, group): (usize, &Group),
        prophecies: BTreeMap<DetectorIndex, Prophecy>,
    ) -> Result<Decided<K>, SimulationError> {
        self.told(place, group)?.decided(self, group, prophecies)
    }

    /// All that the group at a place is told beside what is foretold of it.
    pub(crate) fn told(&self, place: usize, group: &Group) -> Result<Told<'r>, RecordingError> {
        let is_told = |feed: &&Feed<'_>| group.told.contains(&feed.signal);
        // Most groups are told nothing, and there may be very many series.
        let all = if group.told.is_empty() { &[] } else { self.feeds.as_slice() };
        let feeds: Vec<Feed<'r>> = all.iter().filter(is_told).cloned().collect();
        let samples: Vec<Vec<Sample>> = feeds.iter().map(Feed::samples).collect::<Result<_, _>>()?;
        let events = group.events.iter().filter_map(|event| self.program.event(*event));
        let heard: BTreeSet<String> =
            events.flat_map(|event| [self.program.recorded_event(event), event.head.path.clone()]).collect();
        let kinds = self.kinds.get(place).into_iter().flatten().copied();
        Ok(Told { feeds, samples, happened: self.happened.heard_as(&heard, kinds) })
    }

    /// The engine of a group, and the world that it lives in, before anything happened.
    pub(crate) fn begin<'t>(
        &'t self,
        (group, told): (&Group, &'t Told<'r>),
        verified: bool,
        prophecies: BTreeMap<DetectorIndex, Prophecy>,
    ) -> (Engine, Recorded<'t>)
    where
        'r: 't,
    {
        let Told { feeds, samples, happened } = told;
        let policies = group.policies.iter().filter_map(|policy| self.program.policy(*policy));
        let recalled = Recalled::among(&self.done, &self.program, policies);
        let (silences, happened) = (self.silences.as_slice(), happened.clone());
        let world = Recorded::hearing_of(
            self.recording,
            (feeds, samples),
            silences,
            happened,
            (recalled, &self.entities),
        );
        let engine = self.engine.clone().assuming_verify(verified).trusting_claims(self.untold.clone());
        (engine.of_group(group, prophecies), world)
    }

    /// Says how many hours have been decided: those of as many groups as are done.
    fn tell(&self, options: &Options<'_>, done: usize, of: usize) {
        const HOUR_MS: i64 = 3_600_000;
        let Some(tell) = options.hours else { return };
        let span: Millis = self.recording.end().since(self.recording.start());
        let hours = usize::try_from(span.0 / HOUR_MS).unwrap_or_default();
        tell(done * hours / of.max(1), hours);
    }
}

/// Runs a worker on so many threads, this one among them, and gives what all of them did.
pub(crate) fn on_threads<T: Send, E: Send>(
    threads: usize,
    worker: impl Fn() -> Result<Vec<T>, E> + Sync,
) -> Result<Vec<T>, E> {
    if threads <= 1 {
        return worker();
    }
    thread::scope(|scope| {
        // Conditions are computed as deep as they nest.
        let start = |_| thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, &worker).ok();
        // What could not be started is done here.
        let workers: Vec<_> = (1..threads).filter_map(start).collect();
        let mut all = worker()?;
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done?),
                // A panic is a defect, and stays the panic that it is.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })
}
