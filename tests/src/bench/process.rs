//! What another process costs.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// CPU time and memory of a process with all its threads.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// User and system time.
    pub cpu_seconds: f64,
    /// Most memory at one time, as often as it was looked at.
    pub peak_mebibytes: f64,
}

/// Ticks of the kernel's clock in `/proc/PID/stat`, which are the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Runs a command to its end and says what it cost; an error when it fails.
pub fn cost(command: &mut Command) -> Result<Cost, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("start {command:?}: {error}"))?;
    let folder = format!("/proc/{}", child.id());
    let mut peak = 0.0_f64;
    // A process that has ended keeps its times until it is waited for, so nothing is missed.
    let ticks = loop {
        let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let high = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .and_then(|it| it.trim().parse::<f64>().ok());
        peak = peak.max(high.unwrap_or(0.0) / 1024.0);
        let stat = fs::read_to_string(format!("{folder}/stat"))
            .map_err(|error| format!("{folder}/stat: {error}"))?;
        // The name in brackets may hold blanks.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
        if fields.first() == Some(&"Z") {
            let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
            break ticks(11) + ticks(12);
        }
        thread::sleep(Duration::from_millis(2));
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}"));
    }
    Ok(Cost { cpu_seconds: ticks / TICKS_PER_SECOND, peak_mebibytes: peak })
}
