//! The firings of a program over a recording, computed before the simulation runs, on several threads.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use heal_engine::{EvenRuns, Extent, Fixed, Foreteller, Key, Known, Prophecy, Samples, Spare, Truths};
use heal_program::{Conversion, DetectorIndex, Millis, Program, Read, SignalIndex, Timestamp};
use heal_telemetry::{Columns, Recording, RecordingError, SeriesEntry, SeriesReader, Values};

use crate::{Options, cache::cache_name, feed::Feed, groups::on_threads, recalled::recalled_plans};

/// A series that goes silent for longer than this may begin anew in an engine, which forgets silent keys.
const SILENCE_MAX: Millis = Millis(86_400_000);

/// Up to here every whole number is a double.
const WHOLE_MAX: u64 = 1 << 53;

/// Up to here it does not matter that a bound may be twice the largest magnitude, which takes longer to find.
const BOUND_MAX: u64 = 1 << 44;

/// Room for conditions that nest as deep as they may.
pub(crate) const STACK_BYTES: usize = 64 << 20;

/// Keys that a thread takes at a time: neighbours are stored together.
const KEYS_AT_ONCE: usize = 8;

/// What is known before a simulation runs.
#[derive(Debug, Default)]
pub(crate) struct Foretelling {
    /// When detectors fire.
    pub(crate) prophecies: BTreeMap<DetectorIndex, Prophecy>,
    /// The signals whose samples the engine must still be told.
    pub(crate) told: BTreeSet<SignalIndex>,
}

/// A key of some detectors, and when each of them begins to see it.
struct Task {
    key: Key,
    names: Vec<String>,
    detectors: Vec<(DetectorIndex, Timestamp)>,
}

/// Where the first series of a key stands in the recording, and since when each detector sees the key.
type Born = (u32, BTreeMap<DetectorIndex, Timestamp>);

/// Foretells all that can be foretold of a program, whose samples are told on time.
///
/// The result does not depend on the options.
pub(crate) fn foretell(
    program: &Program,
    recording: &Recording,
    feeds: &[Feed<'_>],
    options: &Options<'_>,
) -> Result<Foretelling, RecordingError> {
    let foreteller = foreteller(program, recording, feeds);
    let prophecies = prophecies(&foreteller, program, recording, feeds, (options, |_| true))?;
    Ok(Foretelling { prophecies, told: foreteller.told_signals() })
}

/// What of a program can be foretold over a recording.
pub(crate) fn foreteller<'p>(
    program: &'p Program,
    recording: &Recording,
    feeds: &[Feed<'_>],
) -> Foreteller<'p> {
    let by_signal = by_signal(feeds);
    let foreteller =
        Foreteller::new(program, |signal| extent(program, recording, by_signal.get(&signal), signal));
    let (recalled, judged) = recalled_plans(program, recording);
    foreteller.recalling(recalled, judged)
}

/// Foretells those detectors that are wanted, and what they read.
pub(crate) fn prophecies(
    foreteller: &Foreteller<'_>,
    program: &Program,
    recording: &Recording,
    feeds: &[Feed<'_>],
    (options, is_wanted): (&Options<'_>, impl Fn(DetectorIndex) -> bool),
) -> Result<BTreeMap<DetectorIndex, Prophecy>, RecordingError> {
    let by_signal = by_signal(feeds);
    let digest = recording.digest_without_outcomes();
    let wanted = with_read(program, foreteller.levels(), is_wanted);
    let mut prophecies: BTreeMap<DetectorIndex, Prophecy> = BTreeMap::new();
    for level in foreteller.levels() {
        let read = prophecies.iter().filter(|(detector, _)| foreteller.is_read(**detector));
        let truths: BTreeMap<DetectorIndex, BTreeMap<Key, Truths>> =
            read.map(|(detector, prophecy)| (*detector, prophecy.truths())).collect();
        let work = Work { program, foreteller, feeds: &by_signal, truths: &truths, end: recording.end() };
        let mut missing: BTreeMap<DetectorIndex, Option<String>> = BTreeMap::new();
        for detector in level.into_iter().filter(|detector| wanted.contains(detector)) {
            let name = options
                .cache
                .and_then(|_| cache_name(program, (detector, foreteller.is_read(detector)), &digest));
            let kept = options.cache.zip(name.as_ref()).and_then(|(cache, name)| cache.get(name));
            match kept.and_then(|bytes| Prophecy::from_bytes(&bytes)) {
                Some(prophecy) => {
                    prophecies.insert(detector, prophecy);
                }
                None => {
                    missing.insert(detector, name);
                }
            }
        }
        let detectors: Vec<DetectorIndex> = missing.keys().copied().collect();
        let mut made = work.run(&work.tasks(&detectors), options)?;
        let unsorted =
            detectors.iter().map(|detector| (*detector, made.remove(detector).unwrap_or_default()));
        let unsorted = Mutex::new(unsorted.collect::<Vec<_>>());
        // What is taken is held by one thread alone.
        let take = || unsorted.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let sorted = on_threads(options.threads.min(detectors.len()), || {
            let mut sorted = Vec::new();
            while let Some((detector, mut prophecy)) = take() {
                prophecy.sort();
                if let (Some(cache), Some(Some(name))) = (options.cache, missing.get(&detector)) {
                    cache.put(name, &prophecy.to_bytes());
                }
                sorted.push((detector, prophecy));
            }
            Ok::<_, RecordingError>(sorted)
        });
        prophecies.extend(sorted?);
    }
    Ok(prophecies)
}

/// The wanted detectors of some levels, and those that they read, near and far.
fn with_read(
    program: &Program,
    levels: Vec<Vec<DetectorIndex>>,
    is_wanted: impl Fn(DetectorIndex) -> bool,
) -> BTreeSet<DetectorIndex> {
    let mut wanted = BTreeSet::new();
    // Whoever reads stands above what it reads.
    for detector in levels.into_iter().rev().flatten() {
        if !is_wanted(detector) && !wanted.contains(&detector) {
            continue;
        }
        wanted.insert(detector);
        let Some(node) = program.detector(detector) else { continue };
        for condition in std::iter::once(&node.when).chain(node.clear.iter().map(|clear| &clear.when)) {
            condition.walk(&mut |part| {
                if let Some(Read::Detector(other)) = part.read() {
                    wanted.insert(other);
                }
            });
        }
    }
    wanted
}

/// Whether a detector's firings for a key follow from the series of that key alone.
pub(crate) fn is_foretold(
    program: &Program,
    recording: &Recording,
    feeds: &[Feed<'_>],
    detector: DetectorIndex,
) -> bool {
    foreteller(program, recording, feeds).levels().iter().flatten().any(|it| *it == detector)
}

type FeedsBySignal<'f, 'r> = BTreeMap<SignalIndex, BTreeMap<&'f Key, &'f Feed<'r>>>;

fn by_signal<'f, 'r>(feeds: &'f [Feed<'r>]) -> FeedsBySignal<'f, 'r> {
    let mut by_signal = FeedsBySignal::new();
    for feed in feeds {
        by_signal.entry(feed.signal).or_default().insert(&feed.key, feed);
    }
    by_signal
}

/// Whether an engine that is told the samples of a signal would keep all of its keys from their first sample to the end.
fn extent(
    program: &Program,
    recording: &Recording,
    feeds: Option<&BTreeMap<&Key, &Feed<'_>>>,
    signal: SignalIndex,
) -> Extent {
    let Some(feeds) = feeds else { return Extent::Whole };
    let keys_max = program.signal(signal).map_or(0, |node| node.keys_max);
    let counts_lines = program.signal(signal).is_some_and(heal_program::Signal::counts_lines);
    let goes_on = |feed: &&Feed<'_>| {
        let entry = recording.manifest.entry(feed.series.id);
        // A step is called a gap from one and a half times the usual one on.
        let steps = |entry: &SeriesEntry| {
            let usual = entry.interval.map_or(Millis::ZERO, |every| Millis(every.0.saturating_mul(3) / 2));
            entry.quality.longest_gap.map_or(usual, |gap| gap.max(usual))
        };
        entry.is_some_and(|entry| steps(entry) <= SILENCE_MAX)
    };
    let lasts = |feed: &&Feed<'_>| {
        let last = feed.series.span().map(|(_, last)| last);
        last.is_none_or(|last| recording.end().since(last) <= SILENCE_MAX)
    };
    let goes_on = feeds.len() <= keys_max as usize && feeds.values().all(goes_on);
    let lasts = feeds.values().all(lasts);
    match (goes_on, lasts) {
        (true, true) => Extent::Whole,
        // What counts lines goes on after its last one.
        (true, false) if !counts_lines => Extent::Ends,
        (_, _) => Extent::Parted,
    }
}

/// What was foretold of detectors, of some of their keys.
type Foretold = BTreeMap<DetectorIndex, Prophecy>;

fn add(foretold: &mut Foretold, more: impl IntoIterator<Item = (DetectorIndex, Prophecy)>) {
    for (detector, prophecy) in more {
        foretold.entry(detector).or_default().extend(prophecy);
    }
}

/// All that threads share.
struct Work<'w> {
    program: &'w Program,
    foreteller: &'w Foreteller<'w>,
    feeds: &'w FeedsBySignal<'w, 'w>,
    truths: &'w BTreeMap<DetectorIndex, BTreeMap<Key, Truths>>,
    end: Timestamp,
}

impl Work<'_> {
    /// The keys of some detectors, those first whose series stand first in the recording.
    fn tasks(&self, detectors: &[DetectorIndex]) -> Vec<Task> {
        let mut born: BTreeMap<(&[String], Key), Born> = BTreeMap::new();
        for detector in detectors {
            let Some(node) = self.program.detector(*detector) else { continue };
            for signal in self.foreteller.signals(*detector) {
                let brings_keys =
                    self.program.signal(signal).is_some_and(|it| it.keys.len() == node.keys.len());
                let feeds = self.feeds.get(&signal).filter(|_| brings_keys);
                for feed in feeds.into_iter().flat_map(BTreeMap::values) {
                    let Some((first, _)) = feed.series.span() else { continue };
                    let names = self.program.signal(signal).map(|it| it.keys.as_slice()).unwrap_or_default();
                    let Some(key) = in_order(names, &feed.key, &node.keys) else { continue };
                    let entry = born.entry((&node.keys, key)).or_default();
                    let place = feed.series.id.0;
                    entry.0 = if entry.1.is_empty() { place } else { entry.0.min(place) };
                    let since = entry.1.entry(*detector).or_insert(first);
                    *since = (*since).min(first);
                }
            }
        }
        let mut tasks: Vec<(u32, Task)> = born
            .into_iter()
            .map(|((names, key), (place, detectors))| {
                let detectors = detectors.into_iter().collect();
                (place, Task { key, names: names.to_vec(), detectors })
            })
            .collect();
        tasks.sort_by_key(|(place, _)| *place);
        tasks.into_iter().map(|(_, task)| task).collect()
    }

    /// The firings of all tasks. Each thread puts together what it found, so that little is left to put together here.
    fn run(&self, tasks: &[Task], options: &Options<'_>) -> Result<Foretold, RecordingError> {
        let next = AtomicUsize::new(0);
        let worker = || -> Result<Foretold, RecordingError> {
            let mut desk = Desk::default();
            let mut foretold = Foretold::new();
            loop {
                let first = next.fetch_add(KEYS_AT_ONCE, Ordering::Relaxed);
                let some = tasks.iter().skip(first).take(KEYS_AT_ONCE);
                if first >= tasks.len() {
                    return Ok(foretold);
                }
                for task in some {
                    add(&mut foretold, self.foretell(task, &mut desk)?);
                }
                options.tell((first + KEYS_AT_ONCE).min(tasks.len()), tasks.len());
            }
        };
        if options.threads <= 1 || tasks.len() <= KEYS_AT_ONCE {
            return worker();
        }
        thread::scope(|scope| {
            // Conditions are computed as deep as they nest.
            let start = |_| thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, worker).ok();
            // What could not be started is done here.
            let workers: Vec<_> = (1..options.threads).filter_map(start).collect();
            let mut all = worker()?;
            for worker in workers {
                match worker.join() {
                    Ok(foretold) => add(&mut all, foretold?),
                    // A panic is a defect, and stays the panic that it is.
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(all)
        })
    }

    fn foretell(
        &self,
        task: &Task,
        desk: &mut Desk,
    ) -> Result<Vec<(DetectorIndex, Prophecy)>, RecordingError> {
        let signals: BTreeSet<SignalIndex> =
            task.detectors.iter().flat_map(|(detector, _)| self.foreteller.signals(*detector)).collect();
        desk.clear();
        for signal in signals {
            let names = self.program.signal(signal).map(|it| it.keys.as_slice()).unwrap_or_default();
            let key = in_order(&task.names, &task.key, names);
            let feed = key.and_then(|key| self.feeds.get(&signal)?.get(&key).copied());
            if let Some(feed) = feed {
                let node = self.program.signal(signal);
                let counted = node.filter(|node| node.counts_lines()).map(|node| (node.every, self.end));
                desk.load(signal, feed, node.map_or(Millis::ZERO, |node| node.every), counted)?;
            }
        }
        let truths = |detector: DetectorIndex, key: &Key| -> Truths {
            self.truths.get(&detector).and_then(|keys| keys.get(key)).cloned().unwrap_or_default()
        };
        let room = (self.end, &desk.spare_columns);
        Ok(self.foreteller.foretell(&task.detectors, &task.key, &*desk, &truths, room))
    }
}

/// A key as a detector writes it; none where it lacks a field of the detector.
fn in_order(names: &[String], key: &Key, wanted: &[String]) -> Option<Key> {
    wanted.iter().map(|field| key.get(names.iter().position(|name| name == field)?).cloned()).collect()
}

/// The series of one key, in memory that is used again for the next.
#[derive(Default)]
struct Desk {
    reader: SeriesReader,
    loaded: Vec<(SignalIndex, Loaded)>,
    spare: Vec<Loaded>,
    spare_columns: Spare,
}

#[derive(Default)]
struct Loaded {
    columns: Columns,
    /// The values in the base unit.
    values: Vec<f64>,
    /// Decimals of the scaled values in the base unit, where they have few enough, and a bound of the magnitude of those.
    decimals: Option<(u32, u64)>,
    /// Where the samples lie one step of the signal apart.
    runs: EvenRuns,
}

impl Desk {
    fn clear(&mut self) {
        self.spare.extend(self.loaded.drain(..).map(|(_, loaded)| loaded));
    }

    fn load(
        &mut self,
        signal: SignalIndex,
        feed: &Feed<'_>,
        every: Millis,
        counted: Option<(Millis, Timestamp)>,
    ) -> Result<(), RecordingError> {
        let mut loaded = self.spare.pop().unwrap_or_default();
        self.reader.read(feed.series, &mut loaded.columns)?;
        if let Some((every, end)) = counted {
            count_nothing(&mut loaded.columns, every, end);
        }
        loaded.convert(feed.conversion);
        loaded.runs = EvenRuns::of(&loaded.columns.times, every.0);
        self.loaded.push((signal, loaded));
        Ok(())
    }
}

/// Puts a 0 into each span of which nothing was recorded, from the first to the end: no line was counted there.
fn count_nothing(columns: &mut Columns, every: Millis, end: Timestamp) {
    if every <= Millis::ZERO {
        return;
    }
    let times = std::mem::take(&mut columns.times);
    let mut filled = Columns { times: Vec::with_capacity(times.len()), values: Values::Floats(Vec::new()) };
    if let Values::Scaled { decimals, .. } = columns.values {
        filled.values = Values::Scaled { decimals, scaled: Vec::new() };
    }
    let next = times.iter().skip(1).map(|at| Timestamp(*at).align_up(every));
    let until = next.chain(std::iter::once(end.plus(Millis(1))));
    for (place, (at, until)) in times.iter().zip(until).enumerate() {
        filled.times.push(*at);
        match (&mut filled.values, &columns.values) {
            (Values::Scaled { scaled, .. }, Values::Scaled { scaled: before, .. }) => {
                scaled.extend(before.get(place));
            }
            (Values::Floats(floats), Values::Floats(before)) => floats.extend(before.get(place)),
            (Values::Scaled { .. } | Values::Floats(_), _) => {}
        }
        let mut step = Timestamp(*at).align_up(every).plus(every);
        while step < until {
            filled.times.push(step.0);
            match &mut filled.values {
                Values::Scaled { scaled, .. } => scaled.push(0),
                Values::Floats(floats) => floats.push(0.0),
            }
            step = step.plus(every);
        }
    }
    *columns = filled;
}

impl Loaded {
    fn convert(&mut self, conversion: Conversion) {
        self.decimals = None;
        let bound = self.columns.magnitude_bound();
        if let (Values::Scaled { decimals, scaled }, Some((factor, more))) =
            (&mut self.columns.values, conversion.decimal())
        {
            let converted = |size: u64| size.checked_mul(factor.unsigned_abs());
            let quick = converted(bound).filter(|bound| *bound <= BOUND_MAX);
            let largest = quick.or_else(|| {
                let largest = scaled.iter().map(|whole| whole.unsigned_abs()).max();
                converted(largest.unwrap_or_default()).filter(|largest| *largest <= WHOLE_MAX)
            });
            if let Some(largest) = largest {
                if factor != 1 {
                    scaled.iter_mut().for_each(|whole| *whole *= factor);
                }
                *decimals += more;
                self.decimals = Some((*decimals, largest));
                self.columns.values.floats_into(&mut self.values);
                return;
            }
        }
        self.columns.values.floats_into(&mut self.values);
        if !conversion.is_identity() {
            self.values.iter_mut().for_each(|value| *value = conversion.apply(*value));
            self.drop_infinite();
        }
    }
}

impl Loaded {
    /// What is beyond all numbers in the base unit is no sample, as an engine has it that is told of it.
    fn drop_infinite(&mut self) {
        if self.values.iter().all(|value| value.is_finite()) {
            return;
        }
        let finite: Vec<(i64, f64)> = self
            .columns
            .times
            .iter()
            .copied()
            .zip(self.values.iter().copied())
            .filter(|(_, value)| value.is_finite())
            .collect();
        (self.columns.times, self.values) = finite.into_iter().unzip();
    }
}

impl Known for Desk {
    fn samples(&self, signal: SignalIndex) -> Option<Samples<'_>> {
        let (_, loaded) = self.loaded.iter().find(|(other, _)| *other == signal)?;
        let fixed = match (&loaded.columns.values, loaded.decimals) {
            (Values::Scaled { scaled, .. }, Some((decimals, largest))) => {
                Fixed::of_largest(scaled, decimals, largest)
            }
            (Values::Scaled { .. } | Values::Floats(_), _) => None,
        };
        let (times_ms, values) = (&loaded.columns.times, &loaded.values);
        Some(Samples { times_ms, values, fixed, runs: Some(&loaded.runs) })
    }
}
