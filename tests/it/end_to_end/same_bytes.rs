//! A report is the same, byte for byte, however it is made.

use std::fs;
use std::path::Path;

use heal_tests::bench::rules::{RULES, write_package};
use heal_tests::gauges::Gauges;
use heal_tests::{TestFolder, binary, clean_command, run_ok};

/// The report in JSON, made with these options.
fn report(folder: &TestFolder, options: &[&str]) -> String {
    let mut command = clean_command(binary("heal"), folder.path());
    command.args(["simulate", "package", "--recording", "recording", "--format", "json"]).args(options);
    run_ok(&mut command).stdout
}

/// Does something to every file below a folder.
fn each_file(folder: &Path, change: &impl Fn(&Path)) {
    for entry in fs::read_dir(folder).expect("list the cache").flatten() {
        if entry.path().is_dir() {
            each_file(&entry.path(), change);
        } else {
            change(&entry.path());
        }
    }
}

#[test]
fn a_report_is_the_same_on_any_threads_and_with_any_cache() {
    let folder = TestFolder::new();
    let gauges = Gauges { series: 40, days: 1 };
    gauges.record(&folder.path().join("recording"));
    write_package(
        &folder.path().join("package"),
        RULES.map(|(name, when, hold, _)| (name, when, hold)),
        true,
    );

    let alone = report(&folder, &["--threads", "1", "--no-cache"]);
    assert!(alone.matches("pending_since").count() > 100, "much fires: {}", alone.len());
    for threads in ["2", "3"] {
        assert!(report(&folder, &["--threads", threads, "--no-cache"]) == alone, "{threads} threads");
    }
    for (state, threads) in [("cold", "3"), ("warm", "2"), ("warm", "1")] {
        let cached = report(&folder, &["--threads", threads, "--cache", "firings"]);
        assert!(cached == alone, "{state} cache, {threads} threads");
    }
    let firings = folder.path().join("firings");
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("cut off", |bytes| bytes.truncate(bytes.len() / 2)),
        ("empty", Vec::clear),
        ("edited", |bytes| {
            if let Some(byte) = bytes.last_mut() {
                *byte ^= 1;
            }
        }),
        ("something else", |bytes| *bytes = b"{\"changes\":[]}".to_vec()),
    ];
    for (damage, change) in damages {
        each_file(&firings, &|path| {
            let mut bytes = fs::read(path).expect("read a file of the cache");
            change(&mut bytes);
            fs::write(path, bytes).expect("damage a file of the cache");
        });
        let repaired = report(&folder, &["--threads", "2", "--cache", "firings"]);
        assert!(repaired == alone, "a cache that was {damage}");
    }
}
