//! Recordings whose samples are verified while something is computed of them already.
//!
//! The hash of a file cannot be computed by several threads, and of a long recording it takes as long as a part of the
//! simulation does. Where there are threads, one computes it beside those that simulate. Before it is known, nothing is shown
//! and nothing is kept.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    thread,
};

use heal_simulator::{Cache, Options};
use heal_telemetry::{Recording, RecordingError, Unverified};

use crate::{
    arguments::SimulationArguments,
    output::Failure,
    recordings::{at_place, is_remote, open_recording},
    simulation::with_options,
};

/// A recording, and what of it has not been verified yet.
pub(crate) struct Opened {
    pub(crate) recording: Recording,
    place: PathBuf,
    unverified: Option<Unverified>,
}

/// Opens a recording. What was brought from a store is verified at once, because it is brought anew where it is damaged.
pub(crate) fn open(place: &Path) -> Result<Opened, Failure> {
    let (recording, unverified) = if is_remote(place) {
        (open_recording(place)?, None)
    } else {
        let opened = Recording::open_unverified(place).map_err(|wrong| at_place(place, wrong))?;
        (opened.0, Some(opened.1))
    };
    Ok(Opened { recording, place: place.to_owned(), unverified })
}

impl Opened {
    /// Runs something over the recording, and gives what came of it where the recording is sound.
    pub(crate) fn simulated<T>(
        &self,
        arguments: &SimulationArguments,
        run: impl FnOnce(&Options<'_>) -> T,
    ) -> Result<T, Failure> {
        let verdict = Verdict { unverified: self.unverified.as_ref(), found: OnceLock::new() };
        let ran = with_options(arguments, |options| {
            if options.threads <= 1 {
                return verdict.is_sound().then(|| run(options));
            }
            let cache = options.cache.map(|cache| Verified { cache, verdict: &verdict });
            let cache = cache.as_ref().map(|cache| cache as &dyn Cache);
            thread::scope(|scope| {
                // Where none can be started, it is verified when all else is done.
                let _ = thread::Builder::new().spawn_scoped(scope, || verdict.is_sound());
                let ran = run(&Options { cache, ..*options });
                verdict.is_sound().then_some(ran)
            })
        });
        match (ran, verdict.found.into_inner()) {
            (Some(ran), Some(Ok(()))) => Ok(ran),
            (_, Some(Err(wrong))) => Err(at_place(&self.place, wrong)),
            // It is said before anything is given.
            (Some(_) | None, _) => Err(Failure(format!("`{}` was not verified", self.place.display()))),
        }
    }
}

/// Whether a recording is sound, found out by whoever asks first.
struct Verdict<'u> {
    unverified: Option<&'u Unverified>,
    found: OnceLock<Result<(), RecordingError>>,
}

impl Verdict<'_> {
    fn is_sound(&self) -> bool {
        self.found.get_or_init(|| self.unverified.map_or(Ok(()), Unverified::verify)).is_ok()
    }
}

/// A cache that keeps nothing that was made of a damaged recording: its name says that it is of a sound one.
struct Verified<'c> {
    cache: &'c dyn Cache,
    verdict: &'c Verdict<'c>,
}

impl Cache for Verified<'_> {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.cache.get(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        if self.verdict.is_sound() {
            self.cache.put(name, bytes);
        }
    }
}
