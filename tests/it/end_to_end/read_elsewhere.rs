//! A recording as DuckDB and pandas read it, with the very lines that `docs/recording.md` shows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use heal_tests::{TestFolder, binary, clean_command, python_tool, repository_root, run_ok, skip};
use serde_json::{Value, json};

/// 2014-03-07T03:41:00Z, in milliseconds.
const START: i64 = 1_394_163_660_000;

/// Values of which some have few decimals, and some all that a double has.
fn value(minute: i64, is_full: bool) -> f64 {
    let decimals = (minute * 7_919 % 60_013) as f64 / 1_000.0;
    if is_full { decimals.sqrt() } else { decimals }
}

fn record(folder: &Path, name: &str, unit: &str, service: &str, is_full: bool) {
    let mut text = String::from("timestamp,value\n");
    for minute in 0..500 {
        // Unix milliseconds, so that fractions of seconds are seen too.
        writeln!(text, "{},{}", START + minute * 60_000 + 250, value(minute, is_full)).unwrap();
    }
    fs::write(folder.join("values.csv"), text).unwrap();
    let label = format!("service={service}");
    let arguments = ["record", "csv", "values.csv", "--name", name, "--unit", unit, "--label", &label];
    run_ok(clean_command(binary("heal"), folder).args(arguments).args(["--into", "recording"]));
}

/// The first block of a language under "Reading one elsewhere".
fn shown(language: &str) -> String {
    let text = fs::read_to_string(repository_root().join("docs/recording.md")).unwrap();
    let (_, part) = text.split_once("## Reading one elsewhere").unwrap();
    let (_, block) = part.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// What a Python program prints as JSON in the recording's folder; `shown.txt` is what the page shows.
#[track_caller]
fn python(folder: &Path, shown: &str, program: &str) -> Option<Value> {
    let python = python_tool("python")?;
    let inside = folder.join("recording");
    fs::write(folder.join("shown.txt"), shown).unwrap();
    fs::write(folder.join("program.py"), program).unwrap();
    let output = run_ok(clean_command(python, folder).arg(folder.join("program.py")).current_dir(inside));
    Some(serde_json::from_str(&output.stdout).unwrap())
}

fn recording() -> TestFolder {
    let folder = TestFolder::new();
    record(folder.path(), "app.request_latency", "ms", "checkout", false);
    record(folder.path(), "app.request_latency", "ms", "car\"t", true);
    record(folder.path(), "app.load", "percent", "checkout", true);
    folder
}

fn rows(service: &str, is_full: bool) -> Vec<Value> {
    let row = |minute: i64| {
        json!(["app.request_latency", service, START + minute * 60_000 + 250, value(minute, is_full)])
    };
    (0..500).map(row).collect()
}

const WITH_DUCKDB: &str = r#"
import duckdb, json
query = open("../shown.txt").read().rstrip().rstrip(";")
rows = duckdb.sql(f"SELECT name, service, epoch_ms(time), value FROM ({query}) ORDER BY service, time").fetchall()
series = duckdb.sql("""SELECT name, labels, unit, count(*) FROM 'samples.parquet' JOIN 'series.parquet' ON series = id
    GROUP BY ALL ORDER BY name, labels""").fetchall()
print(json.dumps({"rows": rows, "series": series}))
"#;

const WITH_PANDAS: &str = r#"
import json
exec(open("../shown.txt").read())
wanted = samples[samples["name"] == "app.request_latency"]
rows = [[row["name"], json.loads(row["labels"])["service"], round(row["time"].timestamp() * 1000), row["value"]]
        for _, row in wanted.iterrows()]
listed = [[row["name"], row["labels"], row["unit"], int((samples["series"] == row["id"]).sum())]
          for _, row in series.iterrows()]
print(json.dumps({"rows": sorted(rows, key=lambda row: row[1:3]), "series": sorted(listed)}))
"#;

#[track_caller]
fn check(language: &str, program: &str) {
    if python_tool("python").is_none() {
        skip!("reading a recording elsewhere", "the Python packages are not installed");
    }
    let folder = recording();
    let Some(found) = python(folder.path(), &shown(language), program) else { return };
    let expected = [rows("car\"t", true), rows("checkout", false)].concat();
    for (found, expected) in found["rows"].as_array().unwrap().iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found["rows"].as_array().unwrap().len(), expected.len());
    // Names, labels, units and counts are those that Heal itself shows.
    let mut command = clean_command(binary("heal"), folder.path());
    let output = run_ok(command.args(["record", "show", "recording", "--format", "json"]));
    let shown: Value = serde_json::from_str(&output.stdout).unwrap();
    let own = shown["series"].as_array().unwrap().iter();
    let mut own: Vec<Value> =
        own.map(|one| json!([one["name"], one["labels"].to_string(), one["unit"], one["samples"]])).collect();
    own.sort_by_key(Value::to_string);
    let mut theirs = found["series"].as_array().unwrap().clone();
    theirs.sort_by_key(Value::to_string);
    assert_eq!(theirs, own);
}

#[test]
fn duckdb_reads_the_same_with_the_query_of_the_page() {
    check("sql", WITH_DUCKDB);
}

#[test]
fn pandas_reads_the_same_with_the_lines_of_the_page() {
    check("python", WITH_PANDAS);
}

const ENTITIES: &str = r#"
import duckdb, json
import pandas as pd
rows = duckdb.sql("""SELECT epoch_ms(since), epoch_ms(until), entity, key ->> '$.pod', (fields ->> '$.ready')::DOUBLE,
    units ->> '$.ready' FROM 'entities.parquet'""").fetchall()
table = pd.read_parquet("entities.parquet")
same = [[row["entity"], json.loads(row["key"])["pod"], json.loads(row["fields"])["ready"]] for _, row in table.iterrows()]
print(json.dumps({"rows": rows, "same": same}))
"#;

#[test]
fn both_read_what_entities_were() {
    if python_tool("python").is_none() {
        skip!("reading a recording elsewhere", "the Python packages are not installed");
    }
    let folder = recording();
    let change = START + 60_000;
    let pods = format!("entity,pod,ready,since\nPod,a,2,\nPod,a,1.50,{change}\n");
    fs::write(folder.join("pods.csv"), pods).unwrap();
    let line = "record inventory pods.csv --key pod --unit ready=1 --into recording";
    run_ok(clean_command(binary("heal"), folder.path()).args(line.split(' ')));
    let Some(found) = python(folder.path(), "", ENTITIES) else { return };
    let start = START + 250;
    let rows = json!([[start, change, "Pod", "a", 2.0, "1"], [change, null, "Pod", "a", 1.5, "1"]]);
    assert_eq!(found["rows"], rows);
    assert_eq!(found["same"], json!([["Pod", "a", "2"], ["Pod", "a", "1.50"]]));
}
