//! How simulations are run from the command line: threads, what is kept, and what a person sees meanwhile.

use std::{
    io::IsTerminal as _,
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

use heal_cache::FolderCache;
use heal_simulator::{Cache, Options};

use crate::{arguments::SimulationArguments, output::write_message};

/// Nothing is shown of what takes less.
const PATIENCE: Duration = Duration::from_millis(500);

/// The time between two lines of progress that are written over each other.
const BETWEEN_LINES: Duration = Duration::from_millis(100);

/// The time before the first line, and between two, where each stays: in a file, or the log of a pipeline.
const BETWEEN_LINES_THAT_STAY: Duration = Duration::from_secs(15);

/// Runs something with the options that were asked for. Meanwhile a line on the terminal says how far it is.
pub(crate) fn with_options<T>(arguments: &SimulationArguments, run: impl FnOnce(&Options<'_>) -> T) -> T {
    with_progress(arguments, SIMULATING, run)
}

/// The same, with a line of its own words.
pub(crate) fn with_progress<T>(
    arguments: &SimulationArguments,
    words: Words,
    run: impl FnOnce(&Options<'_>) -> T,
) -> T {
    let folder =
        if arguments.no_cache { None } else { arguments.cache.clone().or_else(|| cache_folder("firings")) };
    let cache = folder.map(FolderCache::new);
    let is_terminal = std::io::stderr().is_terminal();
    let line =
        Mutex::new(Line { words, began: Instant::now(), stage: Instant::now(), shown: None, is_terminal });
    let show = |what: &'static str, done: usize, of: usize| {
        // A line that somebody else is writing need not be written twice.
        if let Ok(mut line) = line.try_lock() {
            line.show(what, done, of);
        }
    };
    let keys = |done: usize, of: usize| show(words.what, done, of);
    let hours = |done: usize, of: usize| show("hours", done, of);
    let done = run(&Options {
        threads: threads(arguments),
        cache: cache.as_ref().map(|cache| cache as &dyn Cache),
        progress: Some(&keys),
        hours: Some(&hours),
    });
    if let Ok(line) = line.into_inner() {
        line.clear();
    }
    if let Some(cache) = &cache {
        cache.tidy();
    }
    done
}

/// On how many threads, as was asked for or as the machine has.
pub(crate) fn threads(arguments: &SimulationArguments) -> usize {
    arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// A folder of ours where the user's caches are, by the XDG Base Directory Specification.
pub(crate) fn cache_folder(name: &str) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = variable("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
    caches.or_else(|| Some(variable("HOME")?.join(".cache"))).map(|caches| caches.join("heal").join(name))
}

/// What a line of progress says: `simulating: 3 of 40 keys, 12/s, 3 s left`.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    /// What is done.
    pub(crate) doing: &'static str,
    /// What stands between how many are done and how many there are.
    pub(crate) of: &'static str,
    /// What is counted.
    pub(crate) what: &'static str,
}

const SIMULATING: Words = Words { doing: "simulating", of: "of", what: "keys" };

/// A line of progress: written over on a terminal, and elsewhere said again now and then.
struct Line {
    words: Words,
    /// When all of it began.
    began: Instant,
    /// When the stage that is shown began.
    stage: Instant,
    shown: Option<Instant>,
    /// Whether a line can be written over.
    is_terminal: bool,
}

impl Line {
    fn show(&mut self, what: &'static str, done: usize, of: usize) {
        let now = Instant::now();
        if what != self.words.what {
            self.stage = now;
            self.words.what = what;
        }
        let (patience, between) = match self.is_terminal {
            true => (PATIENCE, BETWEEN_LINES),
            false => (BETWEEN_LINES_THAT_STAY, BETWEEN_LINES_THAT_STAY),
        };
        let is_due = self.shown.is_none_or(|shown| now.duration_since(shown) >= between);
        let elapsed = now.duration_since(self.stage);
        // Nothing is told of the very beginning of a stage, where its rate is a guess.
        if !is_due || now.duration_since(self.began) < patience || elapsed < BETWEEN_LINES || done == 0 {
            return;
        }
        self.shown = Some(now);
        let rate = done as f64 / elapsed.as_secs_f64();
        let left = of.saturating_sub(done) as f64 / rate;
        let Words { doing, of: between, what } = self.words;
        // Of what takes seconds each, a whole number a second is none.
        let decimals = usize::from(rate < 10.0);
        let text = format!("{doing}: {done} {between} {of} {what}, {rate:.decimals$}/s, {left:.0} s left");
        match self.is_terminal {
            true => eprint_over(&text),
            false => write_message(&text),
        }
    }

    fn clear(&self) {
        if self.shown.is_some() && self.is_terminal {
            eprint_over("");
        }
    }
}

/// Writes over the line that the cursor is on.
pub(crate) fn eprint_over(text: &str) {
    use std::io::Write as _;
    let mut error = std::io::stderr().lock();
    let _ = write!(error, "\r\x1b[K{text}").and_then(|()| error.flush());
}
