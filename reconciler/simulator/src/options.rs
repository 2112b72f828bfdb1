//! How a simulation is run. Nothing here changes what comes of it.

use std::fmt;

use crate::Cache;

/// How a simulation is run: on how many threads, with what from before, watched by whom.
#[derive(Clone, Copy, Default)]
pub struct Options<'o> {
    /// How many threads compute firings; 0 is as good as 1.
    pub threads: usize,
    /// What was computed before.
    pub cache: Option<&'o dyn Cache>,
    /// Told now and then how many keys of a stage are done, and of how many.
    pub progress: Option<&'o (dyn Fn(usize, usize) + Sync)>,
    /// Told after that, now and then, how many hours of the recording have been decided on, and of how many: those of both
    /// courses where there are two.
    pub hours: Option<&'o (dyn Fn(usize, usize) + Sync)>,
}

impl Options<'_> {
    pub(crate) fn tell(&self, done: usize, of: usize) {
        if let Some(progress) = self.progress {
            progress(done, of);
        }
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Options").field("threads", &self.threads).finish_non_exhaustive()
    }
}
