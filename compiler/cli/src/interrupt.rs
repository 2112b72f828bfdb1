//! What Ctrl-C does: what is half-written goes, here and in an object store, and the process ends as one that was
//! interrupted.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use heal_store::stop_uploads;
use heal_telemetry::remove_unfinished;

/// What shells give for a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// How long an upload has to remove what it has sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the process is being ended.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Waits for Ctrl-C beside everything else. Where that cannot be done, the system ends the process, and whoever writes the
/// same recording next removes what is left.
pub(crate) fn watch() {
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            IS_ENDING.store(true, Ordering::SeqCst);
            remove_unfinished();
            stop_uploads(PATIENCE);
            std::process::exit(INTERRUPTED);
        }
    });
}

/// For whatever failed: of what only failed because the process is being ended, nobody is told.
pub(crate) fn end_if_interrupted() {
    while IS_ENDING.load(Ordering::SeqCst) {
        // Whoever set it ends the process.
        std::thread::park();
    }
}
