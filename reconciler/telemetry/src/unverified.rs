//! A file whose bytes may not be those that the manifest says.

use crate::RecordingError;
use crate::digest::sha256_of;
use crate::source::Source;

/// A file of a recording that is as long as the manifest says, and whose hash nobody has looked at yet.
#[derive(Debug)]
#[must_use = "what was not verified may be damaged"]
pub struct Unverified {
    pub(crate) file: &'static str,
    pub(crate) source: Source,
    pub(crate) sha256: String,
}

impl Unverified {
    /// Reads all of the file, and says whether it has the hash that the manifest says.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn verify(&self) -> Result<(), RecordingError> {
        self.check().map_err(RecordingError::of_damage)
    }

    pub(crate) fn check(&self) -> Result<(), RecordingError> {
        if sha256_of(self.source.pieces())? == self.sha256 {
            return Ok(());
        }
        let reason = "does not have the SHA-256 of the manifest: it is damaged";
        Err(RecordingError::malformed(self.file, reason))
    }

    /// Its bytes, once they are known to be sound.
    pub(crate) fn verified(self) -> Result<Source, RecordingError> {
        self.check()?;
        Ok(self.source)
    }
}
