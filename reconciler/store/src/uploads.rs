//! The uploads of this process, for whoever ends it: of one that is neither whole nor given up, a store keeps the pieces,
//! and bills them.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

/// Uploads that are told to stop at once.
#[derive(Debug)]
pub(crate) struct Uploads {
    is_stopped: AtomicBool,
    stopped: Notify,
    open: Mutex<usize>,
    ended: Condvar,
}

/// Those of this process.
pub(crate) static UPLOADS: Uploads = Uploads::new();

/// Tells the uploads of this process to give up and to remove what they have sent, and waits for that, but no longer than
/// `patience`. For whoever ends the process: there are no more uploads after it.
pub fn stop_uploads(patience: Duration) {
    UPLOADS.stop(patience);
}

/// An upload is under way as long as this is there.
#[derive(Debug)]
pub(crate) struct UnderWay<'u>(&'u Uploads);

impl Uploads {
    pub(crate) const fn new() -> Uploads {
        Uploads {
            is_stopped: AtomicBool::new(false),
            stopped: Notify::const_new(),
            open: Mutex::new(0),
            ended: Condvar::new(),
        }
    }

    /// An upload begins.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        *self.open() += 1;
        UnderWay(self)
    }

    /// Whether all are to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    /// Ends when all are to stop.
    pub(crate) async fn stopped(&self) {
        // Whoever waits from here on hears of it, so nothing is lost between the question and the wait.
        let stopped = self.stopped.notified();
        if !self.is_stopped() {
            stopped.await;
        }
    }

    pub(crate) fn stop(&self, patience: Duration) {
        self.is_stopped.store(true, Ordering::SeqCst);
        self.stopped.notify_waiters();
        let open = self.open();
        // Whether all of them ended in time changes nothing for whoever ends the process.
        let _ = self.ended.wait_timeout_while(open, patience, |open| *open > 0);
    }

    /// How many are under way.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        *self.open()
    }

    fn open(&self) -> MutexGuard<'_, usize> {
        // A count is whole whatever happened to whoever held it.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        *self.0.open() -= 1;
        self.0.ended.notify_all();
    }
}
