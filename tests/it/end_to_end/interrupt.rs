//! Ctrl-C and SIGKILL in the middle: nothing half-written stays, what was there is as it was, and the next run is the one
//! that an undisturbed run would have been.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use heal_tests::{ChildGuard, TestFolder, binary, clean_command, find_program, run_ok, skip, wait_until};

/// Long enough to be met in the middle.
const ROWS: u64 = 1_500_000;

const HOSTS: u64 = 60;

const STEPS: u64 = 6_000;

const POLICY: &str = "
signal load: ratio by (host) { from metric \"load\" every 1m }
detector far { when load > load.median(6h) + 40% }
detector odd { when load.baseline(season: 1d, train: 3d).score > 6 }
policy tell_far { on far try escalate }
policy tell_odd { on odd try escalate }
";

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect()
}

/// The hidden folders in which a recording is written.
fn unfinished(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains(".new-")).count()
}

fn csv(rows: u64) -> String {
    let mut text = String::from("timestamp,value\n");
    for row in 0..rows {
        writeln!(text, "{},{:.3}", 1_600_000_000 + 15 * row, (row * 7_919 % 80_021) as f64 / 9.7).unwrap();
    }
    text
}

fn record(folder: &Path, file: &str, service: &str) -> std::process::Command {
    let mut command = clean_command(binary("heal"), folder);
    let label = format!("service={service}");
    command
        .args(["record", "csv", file, "--name", "latency", "--unit", "ms", "--label", &label, "--into", "x"]);
    command
}

/// Waits until the child is in the middle, sends it a signal, and gives its exit code, that of a shell.
#[track_caller]
fn interrupted(child: &mut ChildGuard, signal: &str, is_amid: impl Fn() -> bool) -> i32 {
    wait_until("the middle", Duration::from_secs(100), || {
        (is_amid() || child.ended().is_some()).then_some(())
    });
    run_ok(clean_command("kill", Path::new("/")).args([&format!("-{signal}"), &child.id().to_string()]));
    let status = wait_until("its end", Duration::from_secs(60), || child.ended());
    use std::os::unix::process::ExitStatusExt as _;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
}

#[test]
fn a_recording_that_is_interrupted_is_the_one_that_it_was() {
    let folder = TestFolder::new();
    folder.write("small.csv", csv(100));
    folder.write("large.csv", csv(ROWS));
    run_ok(&mut record(folder.path(), "small.csv", "cart"));
    let before = files(&folder.join("x"));
    folder.write("x/notes.txt", "ours");
    let interrupt = |signal: &str| {
        let mut command = record(folder.path(), "large.csv", "search");
        let mut child = ChildGuard::spawn("heal", &mut command, folder.join("log"));
        let code = interrupted(&mut child, signal, || unfinished(folder.path()) > 0);
        let mut after = files(&folder.join("x"));
        assert_eq!(after.remove("notes.txt").as_deref(), Some(b"ours".as_slice()));
        assert!(after == before, "{signal} has changed the recording");
        code
    };
    assert_eq!(interrupt("INT"), 130);
    assert_eq!(unfinished(folder.path()), 0, "what is half-written goes with Ctrl-C");
    assert_eq!(interrupt("KILL"), 137);
    assert_eq!(unfinished(folder.path()), 1);
    run_ok(&mut record(folder.path(), "large.csv", "search"));
    assert_eq!(unfinished(folder.path()), 0, "the next run removes what a killed one left");
    let mut after = files(&folder.join("x"));
    assert_eq!(after.remove("notes.txt").as_deref(), Some(b"ours".as_slice()));

    let other = TestFolder::new();
    for (name, rows, service) in [("small.csv", 100, "cart"), ("large.csv", ROWS, "search")] {
        other.write(name, csv(rows));
        run_ok(&mut record(other.path(), name, service));
    }
    assert!(files(&other.join("x")) == after, "the same bytes as without a disturbance");
}

/// A recording over which a simulation takes seconds.
fn large(folder: &TestFolder) {
    let mut text = String::from("# TYPE load gauge\n# UNIT load ratio\n");
    for host in 0..HOSTS {
        for step in 0..STEPS {
            let value = ((step * 7_919 + host * 104_729) % 997) as f64 / 1_000.0;
            writeln!(text, "load{{host=\"h{host}\"}} {value:.3} {}", 1_600_000_000 + 60 * step).unwrap();
        }
    }
    folder.write("load.om", text + "# EOF\n");
    folder.write("policy.heal", POLICY);
    folder.write("other/policy.heal", POLICY.replace("40%", "42%"));
    folder.write("base/policy.heal", POLICY);
    let arguments = ["record", "openmetrics", "load.om", "--unit", "load=1", "--into", "x"];
    run_ok(clean_command(binary("heal"), folder.path()).args(arguments));
}

#[test]
fn a_simulation_and_a_diff_that_are_interrupted_leave_a_cache_that_is_right() {
    let folder = TestFolder::new();
    large(&folder);
    let commands: [&[&str]; 2] = [
        &["simulate", "policy.heal", "--recording", "x", "--format", "json"],
        &["diff", "base", "other", "--recording", "x", "--format", "json"],
    ];
    for arguments in commands {
        let undisturbed =
            run_ok(clean_command(binary("heal"), folder.path()).args(arguments).arg("--no-cache")).stdout;
        let cache = folder.join(arguments[0]);
        let with_cache = || {
            let mut command = clean_command(binary("heal"), folder.path());
            command.args(arguments).args(["--threads", "1", "--cache"]).arg(&cache);
            command
        };
        let before = files(&folder.join("x"));
        let log = folder.join(format!("{}.log", arguments[0]));
        let mut child = ChildGuard::spawn("heal", &mut with_cache(), &log);
        let code = interrupted(&mut child, "INT", || cache.is_dir());
        assert_eq!((code, child.log().as_str()), (130, ""), "nothing of a report is printed");
        assert!(files(&folder.join("x")) == before);
        assert!(run_ok(&mut with_cache()).stdout == undisturbed, "{arguments:?}");
        assert!(run_ok(&mut with_cache()).stdout == undisturbed, "{arguments:?}, all from the cache");
    }
}

#[test]
fn a_terminal_shows_how_far_a_simulation_is_how_fast_and_how_long_it_still_takes() {
    let Some(script) = find_program("script") else {
        skip!("a terminal", "util-linux's script is not installed")
    };
    let folder = TestFolder::new();
    large(&folder);
    // What is over in half a second has no progress to show.
    let more: String = (7..11)
        .map(|hours| {
            format!(
                "detector far_{hours}h {{ when load > load.median({hours}h) + 45% }}\n\
                 policy tell_far_{hours}h {{ on far_{hours}h try escalate }}\n"
            )
        })
        .collect();
    for file in ["policy.heal", "base/policy.heal", "other/policy.heal"] {
        let text = folder.read(file) + &more;
        folder.write(file, text);
    }
    for arguments in ["simulate policy.heal --recording x", "diff base other --recording x"] {
        let heal = binary("heal");
        let line = format!("{} {arguments} --no-cache --threads 1 > report.txt", heal.display());
        let mut command = clean_command(&script, folder.path());
        let shown = run_ok(command.args(["-qec", &line, "terminal.log"])).stdout;
        let progress =
            shown.split("\r\u{1b}[K").find(|text| text.starts_with("simulating: ")).unwrap_or_default();
        let words: Vec<&str> = progress.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        assert!(
            matches!(words.as_slice(), ["simulating:", _, "of", _, "keys" | "hours", rate, _, "s", "left"] if rate.ends_with("/s")),
            "{arguments}: {shown:?}"
        );
        // The line is gone in the end, and is no part of the report.
        assert!(shown.trim_end_matches(['\r', '\n']).ends_with("\u{1b}[K"), "{shown:?}");
        assert!(!folder.read("report.txt").contains("simulating:"));
    }
}
