//! What another process costs.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// CPU time and memory of a process with all its threads.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// User and system time.
    pub cpu_seconds: f64,
    /// Time on the clock.
    pub wall_seconds: f64,
    /// Most memory at one time, as often as it was looked at.
    pub peak_mebibytes: f64,
}

/// Ticks of the kernel's clock in `/proc/PID/stat`, which are the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Runs a command to its end and says what it cost; an error when it fails.
pub fn cost(command: &mut Command) -> Result<Cost, String> {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("start {command:?}: {error}"))?;
    let mut peak = 0.0_f64;
    // A process that has ended keeps its times until it is waited for, so nothing is missed.
    let ticks = loop {
        peak = peak.max(peak_mebibytes(child.id()));
        let (state, ticks) = state_and_ticks(child.id())?;
        if state == 'Z' {
            break ticks;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}"));
    }
    let wall_seconds = start.elapsed().as_secs_f64();
    Ok(Cost { cpu_seconds: ticks / TICKS_PER_SECOND, wall_seconds, peak_mebibytes: peak })
}

/// CPU time of a process that runs, with all its threads.
pub fn cpu_seconds_of(id: u32) -> f64 {
    state_and_ticks(id).map_or(f64::NAN, |(_, ticks)| ticks / TICKS_PER_SECOND)
}

/// CPU time of this process.
pub(super) fn own_cpu_seconds() -> f64 {
    cpu_seconds_of(std::process::id())
}

/// Most memory of a process that runs.
pub fn peak_mebibytes(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let high = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let high =
        high.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|it| it.trim().parse::<f64>().ok());
    high.unwrap_or(0.0) / 1024.0
}

fn state_and_ticks(id: u32) -> Result<(char, f64), String> {
    let path = format!("/proc/{id}/stat");
    let stat = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    // The name in brackets may hold blanks.
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
    let state = fields.first().and_then(|state| state.chars().next()).unwrap_or('?');
    Ok((state, ticks(11) + ticks(12)))
}
