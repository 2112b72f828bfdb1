//! Incidents come from CSV or from windows, with their labels and places.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::csv::UtcOffset;

fn import() -> IncidentImport {
    IncidentImport {
        series_file: "data/real/cpu.csv".to_owned(),
        name: "cpu".to_owned(),
        labels: Labels::from([("service".to_owned(), "workers".to_owned())]),
        unlabelled: Labels::from([("team".to_owned(), "edge".to_owned())]),
    }
}

/// Incidents as name, start, end and labels.
fn lines(incidents: &[Incident]) -> Vec<String> {
    let line = |i: &Incident| format!("{} {} {} {:?}", i.name, i.start, i.end, i.labels);
    incidents.iter().map(line).collect()
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    assert_eq!(
        import().read_csv("i.csv", text.as_bytes(), &UtcOffset::default()).unwrap_err().to_string(),
        expected
    );
}

#[test]
fn rows_have_labels_of_their_own_or_those_for_such_as_have_none() {
    let text = "name,start,end,labels\nfirst,2014-03-14 03:31:00,2014-03-14T04:00:00Z,service=checkout,zone=a=b\n\
                second,1394767860,1394767860000\n";
    assert_eq!(
        lines(&import().read_csv("i.csv", text.as_bytes(), &UtcOffset::default()).unwrap()),
        [
            "first 2014-03-14T03:31:00Z 2014-03-14T04:00:00Z {\"service\": \"checkout\", \"zone\": \"a=b\"}",
            "second 2014-03-14T03:31:00Z 2014-03-14T03:31:00Z {\"team\": \"edge\"}",
        ]
    );
}

#[test]
fn what_is_wrong_with_a_row_is_said_with_its_place() {
    check_refused("", "`i.csv`: is empty: the first row must name the columns");
    check_refused(
        "first,2014-03-14 03:31:00,2014-03-14 04:00:00\n",
        "`i.csv`: has no header: its first row is `first,2014-03-14 03:31:00,2014-03-14 04:00:00`; write \
         `name,start,end` above it",
    );
    check_refused("name,start,end\nx,0\n", "`i.csv` line 2: an incident needs a name, a start and an end");
    check_refused(
        "name,start,end\n,0,1\n",
        "`i.csv` line 2, column 1: an incident needs a name, a start and an end",
    );
    check_refused(
        "name,start,end\nx,2,1\n",
        "`i.csv` line 2, column 3: the incident `x` ends before it starts",
    );
    check_refused(
        "name,start,end\nx,0,1,checkout\n",
        "`i.csv` line 2, column 4: `checkout` is not a label: write `name=value`",
    );
    check_refused(
        "name,start,end\nx,0,1\ny,0,later\n",
        "`i.csv` line 3, column 3: `later` is not a time: write it as `2014-03-14 03:31:00`, `2014-03-14T03:31:00Z`, \
         Unix seconds or Unix milliseconds",
    );
}

#[test]
fn what_is_no_list_of_incidents_is_said_as_that() {
    check_refused(
        "name;start;end\nx;0;1\n",
        "`i.csv`: line 1: the cells are apart by `;`, and `,` is needed: `tr ';' ',' < i.csv > COMMAS` makes it so",
    );
    check_refused(
        "name,start,end\nx,0,1\ny,0,1\nx,2,3\n",
        "`i.csv` line 4, column 1: the incident `x` is there already, in line 2: give each a name of its own",
    );
    check_refused(
        "name,start,end\nx,-5,1\n",
        "`i.csv` line 2, column 2: `-5` is not a time: it is before 1970",
    );
    assert_eq!(
        import().read_csv("i.csv", b"name,start,end\nx,0,1\nx,0,1\n", &UtcOffset::default()).unwrap().len(),
        1
    );
}

const WINDOWS: &str = r#"{
  "real/cpu.csv": [["2014-03-14 03:31:00.000000", "2014-03-14 04:00:00.000000"], ["2014-03-15 00:00:00", "2014-03-15 01:00:00"]],
  "artificial/cpu.csv": [],
  "real/one.csv": [["2014-03-14 03:31:00", "2014-03-14 04:00:00"]],
  "real/none.csv": []
}"#;

#[test]
fn windows_of_the_series_file_are_numbered() {
    assert_eq!(
        lines(&import().read_windows("w.json", WINDOWS.as_bytes(), &UtcOffset::default()).unwrap()),
        [
            "cpu 1 2014-03-14T03:31:00Z 2014-03-14T04:00:00Z {\"service\": \"workers\"}",
            "cpu 2 2014-03-15T00:00:00Z 2014-03-15T01:00:00Z {\"service\": \"workers\"}",
        ]
    );
    let one = IncidentImport { series_file: "/elsewhere/one.csv".to_owned(), ..import() };
    let incidents = one.read_windows("w.json", WINDOWS.as_bytes(), &UtcOffset::default()).unwrap();
    assert_eq!(
        lines(&incidents),
        ["cpu 2014-03-14T03:31:00Z 2014-03-14T04:00:00Z {\"service\": \"workers\"}"]
    );
    let none = IncidentImport { series_file: "none.csv".to_owned(), ..import() };
    assert_eq!(none.read_windows("w.json", WINDOWS.as_bytes(), &UtcOffset::default()).unwrap(), []);
}

#[test]
fn windows_that_fit_no_file_or_several_are_refused() {
    for series_file in ["cpu.csv", "gone.csv"] {
        let import = IncidentImport { series_file: series_file.to_owned(), ..import() };
        assert_eq!(
            import.read_windows("w.json", WINDOWS.as_bytes(), &UtcOffset::default()).unwrap_err().to_string(),
            format!("`w.json`: has no windows of `{series_file}`, or of several such files")
        );
    }
    let error = import().read_windows("w.json", b"[1]", &UtcOffset::default()).unwrap_err().to_string();
    assert!(error.starts_with("`w.json`: is not an object of lists of windows `[start, end]`: "), "{error}");
}

#[test]
fn a_file_that_begins_with_a_brace_has_windows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("incidents");
    std::fs::write(&path, WINDOWS).unwrap();
    assert_eq!(import().read_file(&path, &UtcOffset::default()).unwrap().len(), 2);
    std::fs::write(&path, "name,start,end\nx,0,1\n").unwrap();
    assert_eq!(import().read_file(&path, &UtcOffset::default()).unwrap().len(), 1);
}
