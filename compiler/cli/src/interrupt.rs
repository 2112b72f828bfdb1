//! What Ctrl-C does: what is half-written goes, and the process ends as one that was interrupted.

use heal_telemetry::remove_unfinished;

/// What shells give for a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// Waits for Ctrl-C beside everything else. Where that cannot be done, the system ends the process, and whoever writes the
/// same recording next removes what is left.
pub(crate) fn watch() {
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            remove_unfinished();
            std::process::exit(INTERRUPTED);
        }
    });
}
