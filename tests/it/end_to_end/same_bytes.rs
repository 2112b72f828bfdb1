//! A report is the same, byte for byte, however it is made.

use std::fs;
use std::path::Path;

use heal_tests::bench::rules::{RULES, write_package};
use heal_tests::gauges::Gauges;
use heal_tests::{TestFolder, binary, clean_command, run, run_ok};

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

#[test]
fn of_samples_that_are_damaged_nothing_but_that_is_said_and_nothing_is_kept() {
    let folder = TestFolder::new();
    Gauges { series: 20, days: 1 }.record(&folder.path().join("recording"));
    write_package(
        &folder.path().join("package"),
        RULES.map(|(name, when, hold, _)| (name, when, hold)),
        true,
    );
    let samples = folder.path().join("recording/samples.parquet");
    let sound = fs::read(&samples).expect("read the samples");
    // Where nothing but the hash tells, where pages and the footer are, and at the very end.
    let places = [4, 40, sound.len() / 3, sound.len() / 2, sound.len() - 2_000, sound.len() - 1];
    for place in places {
        let mut damaged = sound.clone();
        damaged[place] ^= 0x41;
        fs::write(&samples, damaged).expect("damage the samples");
        let expected = "heal: `recording`: `samples.parquet` does not have the SHA-256 of the manifest: it is damaged; \
                        restore the folder from a copy, or remove it and record it again\n";
        for threads in ["1", "2"] {
            let mut command = clean_command(binary("heal"), folder.path());
            command.args(["simulate", "package", "--recording", "recording", "--cache", "firings"]);
            let output = run(command.args(["--threads", threads]));
            assert_eq!((output.code(), output.stdout.as_str()), (2, ""), "byte {place}, {threads} threads");
            assert_eq!(output.stderr, expected, "byte {place}, {threads} threads");
            let kept = folder.path().join("firings");
            if kept.exists() {
                each_file(&kept, &|path| panic!("{} is kept", path.display()));
            }
        }
    }
}
