//! Local times of a table in a zone with daylight saving: by the rule that logs go by, for each series by itself.

use heal_telemetry::IncidentImport;
use heal_telemetry::csv::Import;

use crate::Zone;

/// Each series: its labels, its times with values, and how many of them lay in an hour that the clock skips or repeats.
fn read(keys: &[&str], zone: &str, text: &str) -> String {
    let import = Import {
        name: "a".to_owned(),
        unit: "1".to_owned(),
        key_columns: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Import::default()
    };
    let zone: Zone = zone.parse().unwrap();
    let series = import.read("a.csv", text.as_bytes(), &zone).unwrap().series;
    let lines = series.iter().map(|series| {
        let samples: Vec<String> =
            series.samples.iter().map(|sample| format!("{}={}", sample.at, sample.value)).collect();
        let labels: String = series.labels.values().map(|value| format!("{value} ")).collect();
        format!(
            "{labels}{}\n  {:?} shifted, {:?} repeated; {}",
            samples.join(" "),
            series.quality.shifted,
            series.quality.repeated_dropped,
            series.time_rule
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_hour_that_a_clock_repeats_is_two_hours_and_that_which_it_skips_none() {
    let text = "timestamp,value
2024-10-27 01:30:00,1
2024-10-27 02:00:00,2
2024-10-27 02:30:00,3
2024-10-27 02:00:00,4
2024-10-27 02:30:00,5
2024-10-27 03:00:00,6
";
    insta::assert_snapshot!(read(&[], "Europe/Berlin", text), @r"
    2024-10-26T23:30:00Z=1 2024-10-27T00:00:00Z=2 2024-10-27T00:30:00Z=3 2024-10-27T01:00:00Z=4 2024-10-27T01:30:00Z=5 2024-10-27T02:00:00Z=6
      4 shifted, 0 repeated; local time without a zone, read as Europe/Berlin
    ");
    insta::assert_snapshot!(read(&[], "+01:00", text), @r"
    2024-10-27T00:30:00Z=1 2024-10-27T01:00:00Z=2 2024-10-27T01:30:00Z=3 2024-10-27T02:00:00Z=6
      0 shifted, 2 repeated; local time without a zone, read as UTC+01:00
    ");
    let spring = "timestamp,value\n2024-03-31 01:59:00,1\n2024-03-31 02:30:00,2\n2024-03-31 03:31:00,3\n";
    insta::assert_snapshot!(read(&[], "Europe/Berlin", spring), @r"
    2024-03-31T00:59:00Z=1 2024-03-31T01:30:00Z=2 2024-03-31T01:31:00Z=3
      1 shifted, 0 repeated; local time without a zone, read as Europe/Berlin
    ");
}

#[test]
fn the_clock_of_one_series_is_not_set_by_the_rows_of_another() {
    let text = "time,host,value
2024-10-27 02:30:00,a,1
2024-10-27 02:00:00,a,2
2024-10-27 12:00:00,a,3
2024-10-27 02:30:00,b,4
2024-10-27 03:00:00,b,5
";
    insta::assert_snapshot!(read(&["host"], "Europe/Berlin", text), @r"
    a 2024-10-27T00:30:00Z=1 2024-10-27T01:00:00Z=2 2024-10-27T11:00:00Z=3
      2 shifted, 0 repeated; local time without a zone, read as Europe/Berlin
    b 2024-10-27T00:30:00Z=4 2024-10-27T02:00:00Z=5
      1 shifted, 0 repeated; local time without a zone, read as Europe/Berlin
    ");
}

#[test]
fn an_incident_ends_in_the_second_pass_of_an_hour_where_it_would_end_before_it_starts() {
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    let read = |rows: &str| {
        let text = format!("name,start,end\n{rows}\n");
        let read = IncidentImport::default().read_csv("i.csv", text.as_bytes(), &zone);
        read.map(|read| {
            read.incidents.iter().map(|it| format!("{} {}", it.start, it.end)).collect::<Vec<_>>()
        })
    };
    for (row, expected) in [
        ("A,2025-10-26 02:30:00,2025-10-26 02:10:00", "2025-10-26T00:30:00Z 2025-10-26T01:10:00Z"),
        ("A,2025-10-26 02:30:30,2025-10-26 02:30:00", "2025-10-26T00:30:30Z 2025-10-26T01:30:00Z"),
        ("A,2025-10-26 02:10:00,2025-10-26 02:30:00", "2025-10-26T00:10:00Z 2025-10-26T00:30:00Z"),
        ("A,2025-10-26T01:20:00Z,2025-10-26 02:40:00", "2025-10-26T01:20:00Z 2025-10-26T01:40:00Z"),
    ] {
        assert_eq!(read(row).unwrap(), [expected], "{row}");
    }
    assert_eq!(
        read("C,2026-03-29 02:30:00,2026-03-29 03:10:00").unwrap_err().to_string(),
        "`i.csv` line 2, column 3: the incident `C` ends at 2026-03-29T01:10:00Z, before it starts at 2026-03-29T01:30:00Z: the \
         clock of Europe/Berlin skips or repeats an hour here; write its times with their offset, such as \
         `2026-03-29T02:30:00+01:00`"
    );
    assert_eq!(
        read("D,2026-06-29 02:30:00,2026-06-29 02:10:00").unwrap_err().to_string(),
        "`i.csv` line 2, column 3: the incident `D` ends before it starts"
    );
}
