//! Recordings in an object store: brought into a folder that may be deleted, and put back whole.
//!
//! What is at `s3://bucket/prefix` is a recording as [`heal_telemetry`] writes it, but that a table is called by its hash:
//! `samples.HASH.parquet`. So an upload touches nothing that the earlier recording consists of until, last of all, its
//! manifest takes the place of the other one. A folder that another tool copied there, with plain names, reads as well.
//!
//! Reading brings the whole recording into a cache folder, under the hash of its manifest; from there on it is a
//! recording like any other. Writing changes a copy and uploads what is new in it.

mod address;
mod cache;
mod draft;
mod endpoint;
mod error;
mod fetch;
mod list;
mod objects;
#[cfg(test)]
mod tests;
mod uploads;

use std::path::PathBuf;

pub use address::Address;
pub use draft::Draft;
pub use error::StoreError;
pub use fetch::{Fetched, Found, FoundBelow};
pub use uploads::stop_uploads;

use objects::Objects;

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Whether bytes go to the store, rather than come from it.
    pub is_upload: bool,
    /// Bytes so far.
    pub done: u64,
    /// Bytes in all.
    pub all: u64,
}

/// Who is told how far a transfer is.
pub type Listener<'a> = &'a mut dyn FnMut(Progress);

/// The place of a recording, or of several, in an object store.
#[derive(Debug)]
pub struct Remote {
    address: Address,
    objects: Objects,
    cache: PathBuf,
}

impl Remote {
    /// The place at an address. Credentials, region and endpoint are those of the environment, `AWS_*`; what is brought
    /// here is kept in the folder `cache`. Nothing is asked yet.
    ///
    /// # Errors
    /// When the environment says something that cannot be.
    pub fn connect(address: Address, cache: impl Into<PathBuf>) -> Result<Remote, StoreError> {
        let objects = Objects::from_environment(&address)?;
        Ok(Remote { address, objects, cache: cache.into() })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }
}
