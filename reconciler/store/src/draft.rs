//! A recording of a store that is being changed here, and then takes the place of the other one.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use heal_telemetry::{MANIFEST_FILE, Manifest, TABLE_FILES};

use crate::{
    Listener, Progress, Remote, StoreError,
    cache::{DRAFTS, failed},
    fetch::{is_stored_table, stored_name},
    objects::{ReadManifest, sha256},
};

/// How old a table must be, by the store's clock, before it is removed when no manifest names it: longer than an upload
/// takes that has sent it and not yet its manifest, and longer than whoever is still reading the recording before.
const UNUSED_SECONDS: i64 = 86_400;

/// Locked as long as a draft is worked on. The system frees it when the process ends, however it does.
const LOCK_FILE: &str = "lock";

/// A recording of a store that is being changed here. Nothing of it is in the store until it is committed.
#[derive(Debug)]
pub struct Draft<'a> {
    remote: &'a Remote,
    folder: PathBuf,
    seen: Option<ReadManifest>,
    _lock: File,
}

impl Remote {
    /// Begins to change the recording, which need not be there. Drafts of an address have one folder, so that what an
    /// interrupted command keeps beside it is found by the next one.
    ///
    /// # Errors
    /// As [`Remote::fetch`]; and when another process of this machine changes it.
    pub fn draft(&self, listener: Listener<'_>) -> Result<Draft<'_>, StoreError> {
        let place = self.cache.join(DRAFTS).join(sha256(self.address.to_string().as_bytes()));
        fs::create_dir_all(&place).map_err(failed(&place))?;
        let lock_file = place.join(LOCK_FILE);
        let lock = File::create(&lock_file).map_err(failed(&lock_file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Busy { address: self.address.to_string() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(&lock_file)(source)),
        }
        let folder = place.join(self.address.name());
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(failed(&folder))?;
        }
        let fetched = self.fetch(listener)?;
        if let Some(fetched) = &fetched {
            fs::create_dir(&folder).map_err(failed(&folder))?;
            for file in TABLE_FILES.into_iter().chain([MANIFEST_FILE]) {
                link(&fetched.folder.join(file), &folder.join(file))?;
            }
        }
        Ok(Draft { remote: self, folder, seen: fetched.map(|fetched| fetched.manifest), _lock: lock })
    }
}

impl Draft<'_> {
    /// The folder that is changed: the recording as it is, or nothing where there is none.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts it into the store, the tables first and the manifest last. Until the manifest is there, the recording is the
    /// one that it was.
    ///
    /// # Errors
    /// When somebody has changed the recording meanwhile, the store fails, or the draft is no recording.
    pub fn commit(self, listener: Listener<'_>) -> Result<(), StoreError> {
        let (remote, objects) = (self.remote, &self.remote.objects);
        let path = self.folder.join(MANIFEST_FILE);
        let bytes: Bytes = fs::read(&path).map_err(failed(&path))?.into();
        if self.seen.as_ref().is_some_and(|seen| seen.bytes == bytes) {
            return Ok(());
        }
        let manifest = Manifest::from_bytes(&bytes).map_err(|source| remote.wrong(source))?;
        self.send_tables(&manifest, listener)?;
        let key = remote.address.key(MANIFEST_FILE);
        let seen = self.seen.as_ref().map(|seen| &seen.version);
        if !objects.replace(&key, bytes.clone(), seen)? {
            // The answer to an attempt that succeeded may have been lost.
            let is_ours = objects.read(&key)?.is_some_and(|read| read.bytes == bytes);
            if !is_ours {
                return Err(StoreError::Changed { address: remote.address.to_string() });
            }
        }
        // The recording is in the store: what is left can only cost room.
        let _ = remote.remove_unused(&manifest);
        let kept = remote.cache.join(sha256(&bytes));
        if !kept.exists() && fs::rename(&self.folder, &kept).is_err() {
            let _ = fs::remove_dir_all(&kept);
        }
        Ok(())
    }

    /// Sends the tables that the store does not have.
    pub(crate) fn send_tables(&self, manifest: &Manifest, listener: Listener<'_>) -> Result<(), StoreError> {
        let remote = self.remote;
        let before = self.seen.as_ref().map(|seen| Manifest::from_bytes(&seen.bytes)).transpose();
        let before = before.map_err(|source| remote.wrong(source))?;
        let is_known = |name: &str| {
            let entry = before.as_ref().and_then(|before| before.files.get(name));
            let stored = entry.map(|entry| remote.address.key(&stored_name(name, entry)));
            entry == manifest.files.get(name) && stored.is_some_and(|key| remote.is_there(&key))
        };
        let new: Vec<_> = manifest.files.iter().filter(|(name, _)| !is_known(name)).collect();
        let all = new.iter().map(|(_, entry)| entry.bytes).sum();
        let mut done = 0;
        for (name, entry) in new {
            let path = self.folder.join(name);
            let mut file = File::open(&path).map_err(failed(&path))?;
            let mut told = |bytes: u64| {
                done += bytes;
                listener(Progress { is_upload: true, done, all });
            };
            let key = remote.address.key(&stored_name(name, entry));
            remote.objects.send(&key, entry.bytes, &mut file, &mut told)?;
        }
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // What a command keeps beside it, to go on from, stays; without any the place can go.
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(place) = self.folder.parent() {
            let is_empty = fs::read_dir(place).is_ok_and(|entries| entries.count() <= 1);
            if is_empty {
                let _ = fs::remove_dir_all(place);
            }
        }
    }
}

impl Remote {
    /// Whether a file is there. One that was copied there by another tool has another name.
    fn is_there(&self, key: &object_store::path::Path) -> bool {
        self.objects.size(key).is_ok_and(|size| size.is_some())
    }

    /// Removes old tables that the manifest does not name: of recordings before, and of uploads that were interrupted.
    fn remove_unused(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let named: BTreeSet<_> =
            manifest.files.iter().map(|(name, entry)| self.address.key(&stored_name(name, entry))).collect();
        let (objects, _) = self.objects.list(self.address.prefix())?;
        let now = objects.iter().map(|object| object.last_modified.timestamp()).max().unwrap_or_default();
        for object in objects {
            let is_old = now - object.last_modified.timestamp() > UNUSED_SECONDS;
            if is_old && is_stored_table(&object.location) && !named.contains(&object.location) {
                self.objects.remove(&object.location)?;
            }
        }
        Ok(())
    }
}

/// The same file at another place: whoever writes a recording makes new files, and changes none.
fn link(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop)).map_err(failed(to))
}
