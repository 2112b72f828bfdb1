//! Recordings whose samples are verified while something is computed of them already.
//!
//! The hash of a file cannot be computed by several threads, and of a long recording it takes as long as a part of the
//! simulation does. Where there are threads, one computes it beside those that simulate. Before it is known, nothing is shown
//! and nothing is kept.

use std::{
    path::{Path, PathBuf},
    thread,
};

use heal_simulator::{Cache, Options};
use heal_telemetry::{FileHash, Recording, Unverified};

use crate::{
    arguments::SimulationArguments,
    output::Failure,
    recordings::{at_place, is_remote, open_recording},
    simulation::{threads, with_options},
};

/// A recording, and what of it has not been verified yet.
pub(crate) struct Opened {
    pub(crate) recording: Recording,
    place: PathBuf,
    unverified: Option<Unverified>,
}

/// Opens a recording. What was brought from a store is verified at once, because it is brought anew where it is damaged.
pub(crate) fn open(place: &Path, arguments: &SimulationArguments) -> Result<Opened, Failure> {
    let begin = |hash: FileHash| {
        if threads(arguments) > 1 {
            // Where no thread can be started, it is computed when all else is done.
            let _ = thread::Builder::new().spawn(move || hash.compute());
        }
    };
    let (recording, unverified) = if is_remote(place) {
        (open_recording(place)?, None)
    } else {
        let opened = Recording::open_unverified(place, begin).map_err(|wrong| at_place(place, wrong))?;
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
        let verify = || match &self.unverified {
            Some(unverified) => unverified.verify().map_err(|wrong| at_place(&self.place, wrong)),
            None => Ok(()),
        };
        if threads(arguments) <= 1 {
            verify()?;
        }
        let ran = with_options(arguments, |options| {
            let cache = options.cache.map(|cache| Verified { cache, unverified: self.unverified.as_ref() });
            let cache = cache.as_ref().map(|cache| cache as &dyn Cache);
            run(&Options { cache, ..*options })
        });
        verify()?;
        Ok(ran)
    }
}

/// A cache that keeps nothing that was made of a damaged recording: its name says that it is of a sound one.
struct Verified<'c> {
    cache: &'c dyn Cache,
    unverified: Option<&'c Unverified>,
}

impl Cache for Verified<'_> {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.cache.get(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        if self.unverified.is_none_or(|unverified| unverified.verify().is_ok()) {
            self.cache.put(name, bytes);
        }
    }
}
