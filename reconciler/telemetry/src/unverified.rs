//! A file whose bytes may not be those that the manifest says.

use std::sync::{Arc, OnceLock};

use crate::RecordingError;
use crate::digest::sha256_of;
use crate::source::Source;

/// The hash of a file, computed once, by whoever needs it first: another thread may have begun before.
#[derive(Clone, Debug)]
pub struct FileHash(Arc<OfFile>);

#[derive(Debug)]
struct OfFile {
    source: Source,
    /// None where the file could not be read.
    found: OnceLock<Option<String>>,
}

impl FileHash {
    pub(crate) fn of(source: Source) -> FileHash {
        FileHash(Arc::new(OfFile { source, found: OnceLock::new() }))
    }

    /// Computes the hash, or waits for the thread that does.
    pub fn compute(&self) {
        self.found();
    }

    fn found(&self) -> Option<&str> {
        self.0.found.get_or_init(|| sha256_of(self.0.source.pieces()).ok()).as_deref()
    }
}

/// A file of a recording that is as long as the manifest says, and whose hash nobody has looked at yet.
#[derive(Debug)]
#[must_use = "what was not verified may be damaged"]
pub struct Unverified {
    pub(crate) file: &'static str,
    pub(crate) hash: FileHash,
    pub(crate) sha256: String,
}

impl Unverified {
    /// Says whether the file has the hash that the manifest says.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn verify(&self) -> Result<(), RecordingError> {
        self.check().map_err(RecordingError::of_damage)
    }

    pub(crate) fn check(&self) -> Result<(), RecordingError> {
        let is_sound = match self.hash.found() {
            Some(found) => found == self.sha256,
            // Reading it again says why it cannot be read.
            None => sha256_of(self.source().pieces())? == self.sha256,
        };
        let damaged = "does not have the SHA-256 of the manifest: it is damaged";
        if is_sound { Ok(()) } else { Err(RecordingError::malformed(self.file, damaged)) }
    }

    /// Its bytes, sound or not.
    pub(crate) fn source(&self) -> &Source {
        &self.hash.0.source
    }

    /// Its bytes, once they are known to be sound.
    pub(crate) fn verified(self) -> Result<Source, RecordingError> {
        self.check()?;
        Ok(self.source().clone())
    }
}
