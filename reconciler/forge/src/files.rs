//! Files that are there as a whole or not at all.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use heal_reconcile::PortError;

/// How often a busy lock is tried, and how long to wait between: five seconds together.
const LOCK_TRIES_MAX: usize = 250;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// Writes a file beside its place, makes it last, and moves it there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), PortError> {
    write_whole(path, bytes).map_err(|error| failed("write", path, &error))
}

/// Makes the entries of a folder last.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), PortError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| failed("write", folder, &error))
}

/// A file's text; `None` when there is none, or when it is longer than `bytes_max` or not text.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<Option<String>, PortError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|error| failed("read", path, &error))?;
    let is_short = u64::try_from(bytes.len()).is_ok_and(|length| length <= bytes_max);
    Ok(String::from_utf8(bytes).ok().filter(|_| is_short))
}

/// Makes a folder with those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), PortError> {
    fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))
}

/// Waits a little for the lock; it is given back when the file is dropped, and when the process dies.
pub(crate) fn lock(path: &Path) -> Result<File, PortError> {
    let file = File::create(path).map_err(|error| failed("write", path, &error))?;
    for _ in 0..LOCK_TRIES_MAX {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
            Err(TryLockError::Error(error)) => return Err(failed("lock", path, &error)),
        }
    }
    Err(PortError::temporary(format!("another process holds {}: wait for it or stop it", path.display())))
}

/// What to do about an error of the file system.
pub(crate) fn failed(doing: &str, path: &Path, error: &io::Error) -> PortError {
    let path = path.display();
    if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) {
        PortError::denied(format!("could not {doing} {path}: {error}; give this user access to it"))
    } else if error.kind() == io::ErrorKind::StorageFull {
        PortError::temporary(format!("could not {doing} {path}: {error}; free some space"))
    } else {
        PortError::temporary(format!("could not {doing} {path}: {error}"))
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.new"));
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
