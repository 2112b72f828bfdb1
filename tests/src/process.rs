//! Long-running children that never outlive their test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use crate::command::{clean_command, run_ok};
use crate::wait::wait_until;

/// How long a component may take until it answers, on a machine that compiles beside it.
const START_TIMEOUT_MAX: Duration = Duration::from_secs(60);
/// How often a starter tries again with another port.
const START_ATTEMPTS_MAX: usize = 3;

/// A running child, killed when dropped. What it writes goes to a log file, which a failing start prints.
#[derive(Debug)]
pub struct ChildGuard {
    child: Child,
    name: String,
    log: PathBuf,
}

impl ChildGuard {
    /// Starts `command`; both its streams go to `log`, after what is there already.
    #[track_caller]
    pub fn spawn(name: &str, command: &mut Command, log: impl Into<PathBuf>) -> ChildGuard {
        let log = log.into();
        let file = File::options().create(true).append(true).open(&log);
        let file = file.unwrap_or_else(|error| panic!("open {}: {error}", log.display()));
        let child = command
            .stdout(file.try_clone().expect("share the log"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("start {name}: {error}"));
        ChildGuard { child, name: name.to_owned(), log }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("ask for the end of a child")
    }

    /// Ends it at once, with no chance to tidy up (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end (SIGTERM) and returns how it did. Panics when it stays longer than `timeout`.
    #[track_caller]
    pub fn terminate(&mut self, timeout: Duration) -> ExitStatus {
        if let Some(status) = self.ended() {
            return status;
        }
        let id = self.child.id().to_string();
        run_ok(clean_command("kill", Path::new("/")).args(["-TERM", &id]));
        wait_until(&format!("the end of {}", self.name), timeout, || self.ended())
    }

    /// Waits until `ready` gives a value; panics with the log when the child ends before or takes too long.
    #[track_caller]
    pub fn wait_ready<T>(&mut self, mut ready: impl FnMut() -> Option<T>) -> T {
        match self.try_wait_ready(START_TIMEOUT_MAX, &mut ready) {
            Some(value) => value,
            None => panic!("{} did not become ready; it said:\n{}", self.name, self.log()),
        }
    }

    fn try_wait_ready<T>(&mut self, timeout: Duration, ready: &mut impl FnMut() -> Option<T>) -> Option<T> {
        let start = std::time::Instant::now();
        while start.elapsed() < timeout && self.ended().is_none() {
            if let Some(value) = ready() {
                return Some(value);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a server on a free port: `start` gets the port, `ready` asks it whether it answers. A port that somebody else
/// took in between costs an attempt, not the test.
#[track_caller]
pub(crate) fn start_server(
    mut start: impl FnMut(u16) -> ChildGuard,
    ready: impl Fn(u16) -> bool,
) -> (ChildGuard, u16) {
    let mut said = String::new();
    for _ in 0..START_ATTEMPTS_MAX {
        let port = crate::port::free_port();
        let mut child = start(port);
        if child.try_wait_ready(START_TIMEOUT_MAX, &mut || ready(port).then_some(())).is_some() {
            return (child, port);
        }
        said = format!("{} said:\n{}", child.name, child.log());
    }
    panic!("no start in {START_ATTEMPTS_MAX} attempts; {said}");
}
