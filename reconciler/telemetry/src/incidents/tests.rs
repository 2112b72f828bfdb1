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
        lines(&import().read_csv("i.csv", text.as_bytes(), &UtcOffset::default()).unwrap().incidents),
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
        import()
            .read_csv("i.csv", b"name,start,end\nx,0,1\nx,0,1\n", &UtcOffset::default())
            .unwrap()
            .incidents
            .len(),
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
    assert_eq!(import().read_file(&path, &UtcOffset::default()).unwrap().incidents.len(), 2);
    std::fs::write(&path, "name,start,end\nx,0,1\n").unwrap();
    assert_eq!(import().read_file(&path, &UtcOffset::default()).unwrap().incidents.len(), 1);
}

#[test]
fn each_incident_is_told_with_its_line_and_a_file_that_was_cut_off_is_remarked_on() {
    let text = "name,start,end\n\nx,0,1\r\n\"y\nz\",0,1\nlast,0,1,service=che";
    let read = import().read_csv("i.csv", text.as_bytes(), &UtcOffset::default()).unwrap();
    assert_eq!(
        read.lines.into_iter().collect::<Vec<_>>(),
        [("last".to_owned(), 6), ("x".to_owned(), 3), ("y\nz".to_owned(), 4)]
    );
    assert_eq!(
        read.remarks,
        [
            "note: `i.csv` does not end with a line break, and its last row, of `last`, is taken as whole: was it cut off?"
        ]
    );
}

#[test]
fn a_label_that_is_given_twice_and_a_quote_that_is_broken_are_refused() {
    check_refused(
        "name,start,end\nx,0,1,service=a,service=b\n",
        "`i.csv` line 2, column 5: the label `service` is there already in this row: an incident has one value of it",
    );
    check_refused(
        "name,start,end\nx,0,1\n\"y,0,1\nz,0,1\n",
        "`i.csv` line 3: a `\"` opens a cell here, and none closes it until the end of the file: close it, or take it away; was \
         the file cut off?",
    );
}

#[test]
fn windows_without_the_file_of_a_series_are_said_to_belong_to_one() {
    let error = IncidentImport::default().read_windows("w.json", WINDOWS.as_bytes(), &UtcOffset::default());
    assert_eq!(
        error.unwrap_err().to_string(),
        "`w.json`: has windows, each of the file of a series: add them with that, `heal record csv FILE --incidents w.json`"
    );
}
