//! `heal record openmetrics`, `logs`, `otlp`, `incidents`: files of other tools, and what broken ones leave alone.

use std::{collections::BTreeMap, fs, path::Path};

use heal_tests::TestFolder;

use super::heal_ends;

fn run(folder: &TestFolder, line: &str, code: i32) -> String {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let ran = heal_ends(folder.path(), &arguments, code);
    ran.stdout + &ran.stderr
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

const METRICS: &str = "# TYPE took_seconds gauge\n# UNIT took_seconds seconds\n\
took_seconds{service=\"cart\"} 0.1 1767225600\ntook_seconds{service=\"cart\"} 0.3 1767225660\n# EOF\n";

/// What each importer reads, with what it says of the file when it is sound.
const SOUND: [(&str, &str, &str); 1] = [("openmetrics a.prom", "a.prom", METRICS)];

#[test]
fn whatever_is_wrong_with_a_file_the_recording_stays_as_it_was() {
    let folder = TestFolder::new();
    for (command, name, sound) in SOUND {
        let command = format!("record {command} --into x");
        fs::write(folder.join(name), sound).unwrap();
        run(&folder, "record csv a.csv --name a --unit 1 --into x", 2);
        fs::write(folder.join("a.csv"), "timestamp,value\n1767225600,1\n1767225660,1\n").unwrap();
        run(&folder, "record csv a.csv --name a --unit 1 --into x", 0);
        let before = files(&folder.join("x"));
        let truncated = sound.trim_end().trim_end_matches("# EOF");
        let truncated = &truncated[..truncated.len() - 4];
        let broken: [&[u8]; 5] = [
            b"",
            &[0x89, b'P', b'N', b'G', 0, 0xff],
            b"name;what\n1;2\n",
            b"{\"a\": 1}\n",
            truncated.as_bytes(),
        ];
        for bytes in broken {
            fs::write(folder.join(name), bytes).unwrap();
            let said = run(&folder, &command, 2);
            assert!(said.starts_with("heal: ") && said.trim_end().lines().count() == 1, "{command}: {said}");
            assert!(said.contains(name), "{said}");
            assert_eq!(files(&folder.join("x")), before, "{command}");
        }
        fs::write(folder.join(name), sound).unwrap();
        run(&folder, &command, 0);
        let after = files(&folder.join("x"));
        assert_ne!(after, before, "{command}");
        run(&folder, &command, 0);
        assert_eq!(files(&folder.join("x")), after, "{command}: the same file again changes nothing");
        run(&folder, "record verify x", 0);
        assert_eq!(
            fs::read_dir(folder.path())
                .unwrap()
                .filter(|entry| entry.as_ref().unwrap().path().is_dir())
                .count(),
            1
        );
        fs::remove_dir_all(folder.join("x")).unwrap();
        fs::remove_file(folder.join("a.csv")).unwrap();
    }
}

const LOG: &str = "\
Mar  1 00:00:01 h sshd[1]: Failed password for root from 10.0.0.1 port 22
Mar  1 00:00:02 h sshd[1]: message repeated 98 times: [ Failed password for root from 10.0.0.1 port 22]
Mar  1 00:01:30 h cron[2]: hello
Mar  1 00:03:00 h sshd[1]: Failed password for root from 10.0.0.2 port 22
";

const POLICY: &str = "
signal failed: count by (ip) { from logs \"sshd\" match `Failed password for .* from (?<ip>[0-9.]+)` count per 1m }
event failure by (ip) { from logs \"sshd\" match `Failed password for .* from (?<ip>[0-9.]+)` }
detector guessing { when failed > 90 }
detector burst { when failure.count(2m) > 90 }
policy tell { on guessing try escalate }
policy tell_of_burst { on burst try escalate }
";

#[test]
fn a_log_is_recorded_as_a_signal_declares_it_and_simulates() {
    let folder = TestFolder::new();
    fs::write(folder.join("auth.log"), LOG).unwrap();
    fs::write(folder.join("policy.heal"), POLICY).unwrap();
    let said = run(&folder, "record logs auth.log --signal failed --year 2026 --into x", 0);
    assert!(said.contains("failed{ip=\"10.0.0.1\"} in 1: 3 samples"), "{said}");
    assert!(said.contains("97 more messages were told as repeated"), "{said}");
    let said = run(&folder, "record logs auth.log . --event failure --year 2026 --into x", 0);
    assert!(said.contains("events: 100"), "{said}");
    let report = run(&folder, "simulate policy.heal --recording x --format json", 0);
    let json: serde_json::Value =
        serde_json::from_str(report.lines().next().map_or("", |_| &report)).unwrap();
    let guessing = json["detectors"].as_array().unwrap().iter().find(|it| it["path"] == "guessing").unwrap();
    assert_eq!(guessing["firings"].as_array().unwrap().len(), 1, "{guessing:#}");
    let said = run(&folder, "record logs auth.log --signal failed --into y", 2);
    assert!(said.contains("`auth.log` line 1: times here have no year"), "{said}");
    let said = run(&folder, "record logs auth.log --event missing --year 2026 --into y", 2);
    assert!(said.contains("there is no event `missing`; there are: failure"), "{said}");
    assert!(!folder.join("y").exists());
}
