//! Results kept in a folder that may be deleted, shared and interrupted.

use std::{
    fs,
    io::{self, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use heal_simulator::Cache;

#[cfg(test)]
mod tests;

/// How many bytes a folder may hold before the files that nobody kept or found for longest are removed.
const BYTES_MAX: u64 = 2 << 30;

/// A file that is not in its place after this time never will be.
const ABANDONED_AFTER: Duration = Duration::from_secs(3_600);

/// A cache in a folder: a file a name, each written beside its place and renamed into it.
#[derive(Clone, Debug)]
pub struct FolderCache {
    folder: PathBuf,
}

impl FolderCache {
    /// The cache in a folder, which is made when something is kept.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> FolderCache {
        FolderCache { folder: folder.into() }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes the files that nobody kept or found for longest until at most a bound of bytes is left. For the end of a
    /// command that kept something.
    pub fn tidy(&self) {
        tidy(&self.folder, BYTES_MAX);
    }

    fn path(&self, name: &str) -> PathBuf {
        // One folder of many thousand files is slow to list.
        let (first, rest) = name.split_at_checked(2).unwrap_or(("", name));
        self.folder.join(first).join(rest)
    }
}

impl Cache for FolderCache {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let mut file = fs::File::open(self.path(name)).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        // What is needed stays longest. Where it cannot be touched it goes as if nobody had found it.
        let _ = file.set_modified(SystemTime::now());
        Some(bytes)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let _ = write(&self.path(name), bytes);
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let new = path.with_extension(format!("new-{}-{number}", std::process::id()));
    let written = fs::File::create_new(&new)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// Whatever cannot be listed or removed stays, and the rest is gone through all the same: another process may be at it, and
/// something else may lie there.
fn tidy(folder: &Path, bytes_max: u64) {
    let mut files = Vec::new();
    for file in listed(folder).flat_map(|shelf| listed(&shelf.path())) {
        let Ok(metadata) = file.metadata() else { continue };
        let (Ok(modified), true) = (metadata.modified(), metadata.is_file()) else { continue };
        let is_new = file.path().extension().is_some_and(|it| it.to_string_lossy().starts_with("new-"));
        if is_new && modified.elapsed().is_ok_and(|age| age > ABANDONED_AFTER) {
            // Its writer was killed: nobody writes one file for so long.
            let _ = fs::remove_file(file.path());
            continue;
        }
        files.push((modified, metadata.len(), file.path()));
    }
    let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    files.sort();
    for (_, size, path) in files {
        if bytes <= bytes_max {
            break;
        }
        match fs::remove_file(path) {
            Ok(()) => bytes = bytes.saturating_sub(size),
            // Somebody else removed it.
            Err(wrong) if wrong.kind() == ErrorKind::NotFound => bytes = bytes.saturating_sub(size),
            Err(_) => {}
        }
    }
}

/// What is in a folder; nothing where it is none.
fn listed(folder: &Path) -> impl Iterator<Item = fs::DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}
