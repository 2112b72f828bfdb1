//! A recording of a store that is being changed here, and then takes the place of the other one.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use heal_telemetry::{MANIFEST_FILE, Manifest, Recording, TABLE_FILES};

use crate::{
    Listener, Progress, Remote, StoreError,
    cache::{DRAFTS, failed},
    fetch::{bytes_of, is_stored_table, stored_name},
    objects::{ReadManifest, sha256},
    uploads::UnderWay,
};

/// How old a table must be, by the store's clock and since it was sent, before it is removed when no manifest names it:
/// longer than an upload takes that has sent it and not yet its manifest. It says nothing of how long nobody has named it.
/// So those of the recording that was replaced last stay until the next upload, for whoever reads it still; who reads one
/// from before that finds a table gone, and reads anew.
const UNUSED_SECONDS: i64 = 86_400;

/// How long nobody has touched a draft that is removed: what an interrupted command keeps there, to go on from, may be of
/// use after a weekend.
const DRAFT_AGE_MAX: Duration = Duration::from_secs(7 * 86_400);

/// The folder of the draft, in its place. Nothing that an address calls it can meet the lock there.
const DRAFT: &str = "draft";

/// How often a place is locked anew that somebody removes meanwhile.
const LOCK_ATTEMPTS_MAX: usize = 16;

/// Locked as long as a draft is worked on. The system frees it when the process ends, however it does.
const LOCK_FILE: &str = "lock";

/// A recording of a store that is being changed here. Nothing of it is in the store until it is committed.
#[derive(Debug)]
pub struct Draft<'a> {
    remote: &'a Remote,
    place: PathBuf,
    folder: PathBuf,
    seen: Option<ReadManifest>,
    // Both go after `drop` has run, and so after the folder is removed.
    under_way: Option<UnderWay<'a>>,
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
        let lock = lock(&place).map_err(failed(&place))?;
        let Some(lock) = lock else {
            return Err(StoreError::Busy { address: self.address.to_string() });
        };
        let drafts = place.join(DRAFT);
        fs::create_dir_all(&drafts).map_err(failed(&drafts))?;
        let folder = drafts.join(self.address.name());
        // From here on its place goes with it, whatever fails.
        let mut draft = Draft { remote: self, place, folder, seen: None, under_way: None, _lock: lock };
        let folder = &draft.folder;
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(failed(folder))?;
        }
        let mut fetched = self.fetch(listener)?;
        if let Some(damaged) = fetched.as_ref().filter(|it| Recording::open(&it.folder).is_err()) {
            // Whatever is wrong with what the store has is said by whoever changes it.
            self.forget(damaged);
            fetched = self.fetch(listener)?;
        }
        if let Some(fetched) = &fetched {
            fs::create_dir(folder).map_err(failed(folder))?;
            let tables = TABLE_FILES.into_iter().filter(|file| fetched.folder.join(file).exists());
            for file in tables.chain([MANIFEST_FILE]) {
                link(&fetched.folder.join(file), &folder.join(file))?;
            }
        }
        draft.seen = fetched.map(|fetched| fetched.manifest);
        Ok(draft)
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
    pub fn commit(mut self, listener: Listener<'_>) -> Result<(), StoreError> {
        let (remote, objects) = (self.remote, &self.remote.objects);
        self.under_way = Some(objects.uploads().begin());
        let path = self.folder.join(MANIFEST_FILE);
        let bytes: Bytes = fs::read(&path).map_err(failed(&path))?.into();
        if self.seen.as_ref().is_some_and(|seen| seen.bytes == bytes) {
            return Ok(());
        }
        let manifest = Manifest::from_bytes(&bytes).map_err(|source| remote.wrong(source))?;
        let before = self.before()?;
        self.send_tables(&manifest, listener)?;
        objects.unless_stopped()?;
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
        let named: Vec<&Manifest> = [&manifest].into_iter().chain(&before).collect();
        let _ = remote.remove_unused(&named, UNUSED_SECONDS);
        let kept = remote.cache.join(sha256(&bytes));
        if !kept.exists() && fs::rename(&self.folder, &kept).is_err() {
            let _ = fs::remove_dir_all(&kept);
        }
        Ok(())
    }

    /// The manifest of the recording as it was.
    fn before(&self) -> Result<Option<Manifest>, StoreError> {
        let before = self.seen.as_ref().map(|seen| Manifest::from_bytes(&seen.bytes)).transpose();
        before.map_err(|source| self.remote.wrong(source))
    }

    /// Sends the tables that the store does not have.
    pub(crate) fn send_tables(&self, manifest: &Manifest, listener: Listener<'_>) -> Result<(), StoreError> {
        let remote = self.remote;
        let before = self.before()?;
        let is_known = |name: &str| {
            let entry = before.as_ref().and_then(|before| before.files.get(name));
            let stored = entry.map(|entry| remote.address.key(&stored_name(name, entry)));
            entry == manifest.files.get(name) && stored.is_some_and(|key| remote.is_there(&key))
        };
        let new: Vec<_> = manifest.files.iter().filter(|(name, _)| !is_known(name)).collect();
        let all = bytes_of(new.iter().map(|(_, entry)| *entry));
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
        if fs::remove_dir(self.place.join(DRAFT)).is_ok() {
            let _ = fs::remove_file(self.place.join(LOCK_FILE));
            let _ = fs::remove_dir(&self.place);
        }
    }
}

/// Locks a place of drafts, which is made if it is not there; none when another process has it.
fn lock(place: &Path) -> io::Result<Option<File>> {
    for _ in 0..LOCK_ATTEMPTS_MAX {
        fs::create_dir_all(place)?;
        let path = place.join(LOCK_FILE);
        let file = match File::create(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) if is_at(&file, &path) => return Ok(Some(file)),
            // Whoever had it has removed it since it was opened: a lock on that keeps nobody out.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether a file that is open is the one at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let number = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata().map(number), fs::metadata(path).map(number)), (Ok(open), Ok(there)) if open == there)
}

/// Elsewhere a file that is open stays where it is.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Removes the drafts that nobody works on, and that nobody has touched for long.
pub(crate) fn remove_old_drafts(drafts: &Path, now: SystemTime) {
    // What cannot be listed or removed disturbs nobody: it is tried again the next time.
    let Ok(places) = fs::read_dir(drafts) else { return };
    for place in places.flatten().map(|entry| entry.path()) {
        let age = touched(&place, 3).and_then(|at| now.duration_since(at).ok());
        if age.is_some_and(|age| age > DRAFT_AGE_MAX)
            && let Ok(Some(_lock)) = lock(&place)
        {
            let _ = fs::remove_dir_all(&place);
        }
    }
}

/// When a folder was changed last, or what is in it, so many folders deep.
fn touched(path: &Path, depth: usize) -> Option<SystemTime> {
    let own = fs::symlink_metadata(path).ok()?.modified().ok();
    let inside = fs::read_dir(path).ok().filter(|_| depth > 0).into_iter().flatten().flatten();
    inside.filter_map(|entry| touched(&entry.path(), depth - 1)).chain(own).max()
}

impl Remote {
    /// Whether a file is there. One that was copied there by another tool has another name.
    fn is_there(&self, key: &object_store::path::Path) -> bool {
        self.objects.size(key).is_ok_and(|size| size.is_some())
    }

    /// Removes old tables that no manifest of some names: of recordings before, and of uploads that were interrupted.
    pub(crate) fn remove_unused(&self, named: &[&Manifest], unused_seconds: i64) -> Result<(), StoreError> {
        let entries = named.iter().flat_map(|manifest| &manifest.files);
        let named: BTreeSet<_> =
            entries.map(|(name, entry)| self.address.key(&stored_name(name, entry))).collect();
        let objects = self.objects.list(self.address.prefix())?.objects;
        let now = objects.iter().map(|object| object.last_modified.timestamp()).max().unwrap_or_default();
        for object in objects {
            let is_old = now - object.last_modified.timestamp() > unused_seconds;
            if is_old && is_stored_table(&object.location) && !named.contains(&object.location) {
                // Another upload may have sent it anew since it was listed: then it is wanted again.
                let there = self.objects.head(&object.location)?;
                if there.is_some_and(|there| there.last_modified == object.last_modified) {
                    self.objects.remove(&object.location)?;
                }
            }
        }
        Ok(())
    }
}

/// The same file at another place: whoever writes a recording makes new files, and changes none.
fn link(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop)).map_err(failed(to))
}
