//! `heal record`: what it refuses, what it says then, and that a recording stays as it was.

use std::{collections::BTreeMap, fs, path::Path};

use heal_tests::TestFolder;

use super::{heal, heal_ends};

const LOAD: &str = "timestamp,value\n2026-01-01 00:00:00,1\n2026-01-01 00:01:00,2\n";

fn record(folder: &TestFolder, line: &str, code: i32) -> String {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let ran = heal_ends(folder.path(), &arguments, code);
    ran.stdout + &ran.stderr
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}

#[test]
fn a_file_whose_parts_do_not_go_together_changes_nothing() {
    let folder = TestFolder::new();
    fs::write(folder.join("load.csv"), LOAD).unwrap();
    record(&folder, "record csv load.csv --name load --unit 1 --into x", 0);
    let before = files(&folder.join("x"));
    let point = |unit: &str, second: u32| {
        format!(
            "{{\"resourceMetrics\":[{{\"scopeMetrics\":[{{\"metrics\":[{{\"name\":\"q\",\"unit\":\"{unit}\",\"gauge\":\
             {{\"dataPoints\":[{{\"timeUnixNano\":\"{}\",\"asDouble\":1.5}}]}}}}]}}]}}]}}\n",
            1_767_225_600_000_000_000_u64 + u64::from(second) * 1_000_000_000
        )
    };
    fs::write(folder.join("two.json"), point("ms", 0) + &point("s", 60)).unwrap();
    fs::write(
        folder.join("two.om"),
        "# UNIT x seconds\nx 1 1767225600\n# UNIT x milliseconds\nx 1000 1767225660\n# EOF\n",
    )
    .unwrap();
    fs::write(folder.join("mixed.csv"), "timestamp,value\n1767225600000,1\n1767225660,2\n").unwrap();
    fs::write(folder.join("semicolons.csv"), LOAD.replace(',', ";")).unwrap();
    fs::write(folder.join("empty.csv"), "timestamp,value\n0,NaN\n60,\n").unwrap();
    fs::write(folder.join("esc.csv"), "timestamp,value\n0,\u{1b}[31mred\n").unwrap();
    for (line, expected) in [
        ("otlp two.json", "line 2: a point of `q` is in `s`, and in line 1 one is in `ms`"),
        (
            "openmetrics two.om",
            "line 3, column 10: the unit of `x` is `milliseconds` here and `seconds` above",
        ),
        ("csv mixed.csv --name m --unit ms", "line 3, column 1: `1767225660` is not a time"),
        ("csv semicolons.csv --name m --unit ms", "`tr ';' ',' < semicolons.csv > COMMAS`"),
        ("csv empty.csv --name m --unit ms", "no row has a number for `m`"),
        ("csv esc.csv --name m --unit ms", "`\\u{1b}[31mred` in `value` is not a number"),
    ] {
        let said = record(&folder, &format!("record {line} --into x"), 2);
        assert!(said.contains(expected) && !said.contains('\u{1b}'), "{line}: {said}");
        assert_eq!(files(&folder.join("x")), before, "{line}");
    }
}

#[test]
fn what_is_said_twice_or_of_nothing_is_refused() {
    let folder = TestFolder::new();
    fs::write(folder.join("load.csv"), LOAD).unwrap();
    fs::write(folder.join("a.om"), "queue_wait{a=\"1\"} 250 1767225600\n# EOF\n").unwrap();
    for (line, expected) in [
        (
            "csv load.csv --name load --unit 1 --label a=1 --label a=2",
            "`--label` says `a` twice, `a=1` and `a=2`: leave one of them out",
        ),
        ("openmetrics a.om --unit queue_wait=ms --unit queue_wait=s", "`--unit` says `queue_wait` twice"),
        (
            "openmetrics a.om --unit queue_wiat=ms",
            "a.om has no metric of this name; did you mean `queue_wait`?",
        ),
        ("openmetrics a.om --unit other=ms", "a.om has no metric of this name; it has `queue_wait`"),
    ] {
        let said = record(&folder, &format!("record {line} --into x"), 2);
        assert!(said.contains(expected), "{line}: {said}");
        assert!(!folder.join("x").exists(), "{line}");
    }
}

#[test]
fn those_that_record_into_one_folder_at_once_lose_nothing() {
    let folder = TestFolder::new();
    fs::write(folder.join("load.csv"), LOAD).unwrap();
    std::thread::scope(|scope| {
        for key in ["1", "2", "3", "4"] {
            let folder = &folder;
            scope.spawn(move || {
                let label = format!("s={key}");
                let line = ["record", "csv", "load.csv", "--name", "m", "--unit", "ms", "--label", &label];
                let ran = heal(folder.path(), &[&line[..], &["--into", "deep/x"]].concat());
                assert_eq!(ran.code(), 0, "{}", ran.stderr);
            });
        }
    });
    let shown = record(&folder, "record show deep/x", 0);
    assert!(shown.starts_with("x: 4 series, 8 samples"), "{shown}");
    let left: Vec<_> = fs::read_dir(folder.join("deep")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["x"]);
}

#[test]
fn what_is_damaged_is_named_with_its_folder_and_what_to_do() {
    let folder = TestFolder::new();
    fs::write(folder.join("load.csv"), LOAD).unwrap();
    for name in ["sound", "cut"] {
        record(&folder, &format!("record csv load.csv --name load --unit 1 --into recordings/{name}"), 0);
    }
    assert!(record(&folder, "record ls", 0).contains("cut: 1 series"));
    fs::write(folder.join("recordings/cut/samples.parquet"), "PAR1").unwrap();
    let listed = record(&folder, "record ls", 1);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("damaged: `samples.parquet` has 4 bytes") && listed.contains("sound: 1 series"));
    let refused = record(&folder, "record merge recordings/sound recordings/cut --into recordings/both", 2);
    for part in ["`recordings/cut`", "`samples.parquet`", "restore the folder from a copy", "record it again"]
    {
        assert!(refused.contains(part), "{part} in {refused}");
    }
    fs::create_dir(folder.join("thesis")).unwrap();
    fs::write(folder.join("thesis/thesis.tex"), "years of work").unwrap();
    let refused = record(&folder, "record csv load.csv --name load --unit 1 --replace --into thesis", 2);
    assert!(
        refused.contains("thesis` holds other files and no recording: choose another folder"),
        "{refused}"
    );
    assert!(!refused.contains("replaced"), "{refused}");
}
