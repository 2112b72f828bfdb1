//! A recording, brought from a store.

use std::path::PathBuf;

use heal_telemetry::{
    FileEntry, MANIFEST_FILE, Manifest, Overwrite, RecordingError, StagedFolder, TABLE_FILES, is_recording,
};
use object_store::path::Path;

use crate::{
    Address, Listener, Progress, Remote, StoreError,
    cache::{failed, holds, remove, tidy},
    objects::{ReadManifest, sha256},
};

/// How often a recording is read anew that somebody replaces while it is read.
const ATTEMPTS_MAX: usize = 3;

/// A recording that was brought here.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its folder, in the cache. It is never changed, but may be removed.
    pub folder: PathBuf,
    pub(crate) manifest: ReadManifest,
}

/// A recording that was found in a store, of which only the manifest was read.
#[derive(Debug)]
pub struct Found {
    /// Where.
    pub address: Address,
    /// Its manifest, or why it could not be read.
    pub manifest: Result<Manifest, RecordingError>,
}

/// What was found below a place of a store.
#[derive(Debug, Default)]
pub struct FoundBelow {
    /// Recordings, sorted.
    pub found: Vec<Found>,
    /// Addresses at which the store does not let us in, with what it said.
    pub refused: Vec<(Address, String)>,
    /// Addresses at which there is something that cannot be asked for, as text: a part of their key is empty, `.` or `..`,
    /// or has a control character, which is written with a `\` here.
    pub left_out: Vec<String>,
}

impl Remote {
    /// Brings the recording here, unless it is here already; `None` when there is none.
    ///
    /// # Errors
    /// When the store fails, what is there is damaged, or nothing can be written in the cache folder.
    pub fn fetch(&self, listener: Listener<'_>) -> Result<Option<Fetched>, StoreError> {
        let mut gone = None;
        for _ in 0..ATTEMPTS_MAX {
            let Some(read) = self.objects.read(&self.address.key(MANIFEST_FILE))? else { return Ok(None) };
            let manifest = Manifest::from_bytes(&read.bytes).map_err(|source| self.wrong(source))?;
            let folder = self.cache.join(sha256(&read.bytes));
            if !holds(&folder, &read.bytes, &manifest) {
                match self.download(&read, &manifest, &folder, listener)? {
                    None => {}
                    // Whoever replaced the recording has removed it: there is another manifest by now.
                    file @ Some(_) => {
                        gone = file;
                        continue;
                    }
                }
            }
            tidy(&self.cache, &folder);
            return Ok(Some(Fetched { folder, manifest: read }));
        }
        let key = self.address.key(gone.unwrap_or_default());
        Err(self.objects.damaged(&key, "is named by the manifest, and is not there"))
    }

    /// Forgets what was brought here, so that it is brought again: somebody has damaged it.
    pub fn forget(&self, fetched: &Fetched) {
        let _ = remove(&fetched.folder);
    }

    /// The recordings here: the one at the address if there is one, else those right below it, sorted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn list(&self) -> Result<FoundBelow, StoreError> {
        let found = |address: Address| -> Result<Option<Found>, StoreError> {
            let read = self.objects.read(&address.key(MANIFEST_FILE))?;
            Ok(read.map(|read| Found { address, manifest: Manifest::from_bytes(&read.bytes) }))
        };
        let mut all = FoundBelow::default();
        if let Some(found) = found(self.address.clone())? {
            all.found.push(found);
            return Ok(all);
        }
        let mut below = self.objects.list(self.address.prefix())?;
        below.prefixes.sort();
        for address in below.prefixes.into_iter().map(|prefix| self.address.beside(prefix)) {
            match found(address.clone()) {
                Ok(found) => all.found.extend(found),
                // Who may read some of it wants to know what there is of that.
                Err(StoreError::Denied { reason, .. }) => all.refused.push((address, reason)),
                Err(error) => return Err(error),
            }
        }
        let bucket = self.address.beside(Path::default());
        all.left_out.extend(below.left_out.iter().map(|key| format!("{bucket}/{}", key.escape_debug())));
        Ok(all)
    }

    /// Fills a folder beside the wanted one, which then takes its place. The name of a file that is not there, if one is.
    fn download(
        &self,
        read: &ReadManifest,
        manifest: &Manifest,
        folder: &std::path::Path,
        listener: Listener<'_>,
    ) -> Result<Option<&'static str>, StoreError> {
        // What is no recording there is what somebody left of one.
        if folder.exists() && !is_recording(folder) {
            remove(folder).map_err(failed(folder))?;
        }
        let staged = StagedFolder::create(folder, Overwrite::Replace).map_err(|source| self.wrong(source))?;
        let all = bytes_of(manifest.files.values());
        let mut done = 0;
        for file in TABLE_FILES {
            // What is missing is said when the recording is opened.
            let Some(entry) = manifest.files.get(file) else { continue };
            let mut told = |bytes: u64| {
                done += bytes;
                listener(Progress { is_upload: false, done, all });
            };
            let mut is_there = false;
            for key in [self.address.key(&stored_name(file, entry)), self.address.key(file)] {
                let mut written = staged.file(file).map_err(|source| self.wrong(source))?;
                let Some(hash) = self.objects.fetch(&key, entry.bytes, &mut written, &mut told)? else {
                    staged.remove(file).map_err(|source| self.wrong(source))?;
                    continue;
                };
                if hash != entry.sha256 {
                    return Err(self.objects.damaged(&key, "is not what the manifest says: it was changed"));
                }
                staged.flush(file, Ok(written)).map_err(|source| self.wrong(source))?;
                is_there = true;
                break;
            }
            if !is_there {
                return Ok(Some(file));
            }
        }
        staged.write(MANIFEST_FILE, &read.bytes).map_err(|source| self.wrong(source))?;
        match staged.commit() {
            Err(error) if !holds(folder, &read.bytes, manifest) => Err(self.wrong(error)),
            // Another process was faster with the same.
            Err(_) | Ok(()) => Ok(None),
        }
    }

    pub(crate) fn wrong(&self, source: RecordingError) -> StoreError {
        StoreError::Recording { address: self.address.to_string(), source }
    }
}

/// How long tables are by their manifest, which may say anything.
pub(crate) fn bytes_of<'e>(entries: impl Iterator<Item = &'e FileEntry>) -> u64 {
    entries.fold(0, |sum, entry| sum.saturating_add(entry.bytes))
}

/// What a table is called in a store: equal names are equal content.
pub(crate) fn stored_name(file: &str, entry: &FileEntry) -> String {
    let stem = file.strip_suffix(".parquet").unwrap_or(file);
    format!("{stem}.{}.parquet", entry.sha256)
}

/// Whether a key is that of a table of some recording, by its name.
pub(crate) fn is_stored_table(key: &Path) -> bool {
    let is_table = |name: &str| {
        let (stem, rest) = name.split_once('.')?;
        let hash = rest.strip_suffix(".parquet")?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_hash && TABLE_FILES.contains(&format!("{stem}.parquet").as_str())).then_some(())
    };
    key.filename().and_then(is_table).is_some()
}
