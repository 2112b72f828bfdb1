//! Exports of incidents: names, spans, labels, and what is wrong with its row.

use proptest::prelude::*;

use super::check_total;
use crate::{ImportError, Imported, IncidentExportImport, IncidentSource, Zone};

fn import(source: IncidentSource, labels: &[(&str, &str)]) -> IncidentExportImport {
    let labels_from = labels.iter().map(|(label, from)| ((*label).to_owned(), (*from).to_owned())).collect();
    IncidentExportImport { source, labels_from, only: Vec::new(), zone: Zone::default() }
}

fn read(import: &IncidentExportImport, text: &str) -> Result<Imported, ImportError> {
    import.read("x", text.as_bytes())
}

fn lines(imported: &Imported) -> String {
    let lines = imported.incidents.iter().map(|incident| {
        let labels: Vec<String> =
            incident.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}: {} to {} {}", incident.name, incident.start, incident.end, labels.join(" "))
    });
    lines.chain(imported.notes.iter().cloned()).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check_refused(import: &IncidentExportImport, text: &str, expected: &str) {
    assert_eq!(read(import, text).unwrap_err().to_string(), expected);
}

#[test]
fn pagerduty_is_read_as_csv_and_as_json() {
    let csv = "\u{feff}ID,Incident Number,Title,Service Name,Created On,Resolved On\n\
               P1,7,\"Slow,\n checkout\",Checkout,2024-03-14T03:31:00Z,2024-03-14T04:00:00Z\nP2,8,Open,Cart,2024-03-15T00:00:00Z,\n";
    let of_csv = import(IncidentSource::PagerDuty, &[("service", "service_name")]);
    insta::assert_snapshot!(lines(&read(&of_csv, csv).unwrap()), @r"
    Slow, checkout #7: 2024-03-14T03:31:00Z to 2024-03-14T04:00:00Z service=Checkout
    1 is not over and was left out
    ");
    let json = r#"{"incidents":[{"incident_number":7,"title":"Slow","created_at":"2024-03-14T03:31:00Z","status":"resolved",
        "last_status_change_at":"2024-03-14T04:00:00Z","service":{"id":"S","summary":"Checkout"},"urgency":"high"}]}"#;
    let of_json = import(
        IncidentSource::PagerDuty,
        &[("service", "service"), ("urgency", "urgency"), ("team", "team.name")],
    );
    insta::assert_snapshot!(lines(&read(&of_json, json).unwrap()), @"Slow #7: 2024-03-14T03:31:00Z to 2024-03-14T04:00:00Z service=Checkout urgency=high");
}

#[test]
fn control_characters_of_a_title_are_kept_as_escapes_and_breaks_are_blanks() {
    let csv = "ID,Incident Number,Title,Created On,Resolved On\n\
               P1,7,\"\u{1b}[31mSlow\u{202e}\t,\n checkout\",2024-03-14T03:31:00Z,2024-03-14T04:00:00Z\n";
    let imported = read(&import(IncidentSource::PagerDuty, &[]), csv).unwrap();
    assert_eq!(imported.incidents[0].name, r"\u{1b}[31mSlow\u{202e} , checkout #7");
}

#[test]
fn servicenow_is_read_in_the_zone_of_its_instance() {
    let csv = "number,short_description,opened_at,resolved_at,closed_at,cmdb_ci\n\
               INC1,Disk full,2024-07-01 12:00:00,,2024-07-01 13:00:00,db1\n\"INC2\",,2024-07-02 12:00:00,2024-07-02 12:30:00,2024-07-05 00:00:00,\n";
    let mut import = import(IncidentSource::ServiceNow, &[("host", "Cmdb CI")]);
    import.zone = "Europe/Berlin".parse().unwrap();
    insta::assert_snapshot!(lines(&read(&import, csv).unwrap()), @r"
    Disk full #INC1: 2024-07-01T10:00:00Z to 2024-07-01T11:00:00Z host=db1
    INC2: 2024-07-02T10:00:00Z to 2024-07-02T10:30:00Z 
    ");
}

#[test]
fn issues_of_github_are_chosen_by_label_and_labelled_by_theirs() {
    let json = r#"[
        {"number":1,"title":"Down","labels":[{"name":"incident"},{"name":"service: cart"}],"created_at":"2024-01-01T00:00:00Z","closed_at":"2024-01-01T01:00:00Z"},
        {"number":2,"title":"Idea","labels":["question"],"createdAt":"2024-01-01T00:00:00Z","closedAt":"2024-01-01T01:00:00Z"},
        {"number":3,"title":"Fix","labels":["incident"],"pull_request":{},"created_at":"2024-01-01T00:00:00Z","closed_at":"2024-01-01T01:00:00Z"},
        {"number":4,"title":"Open","labels":["incident"],"createdAt":"2024-01-01T00:00:00Z","closedAt":null}]"#;
    let mut import = import(IncidentSource::GitHub, &[("service", "service")]);
    import.only = vec!["incident".to_owned()];
    insta::assert_snapshot!(lines(&read(&import, json).unwrap()), @r"
    Down #1: 2024-01-01T00:00:00Z to 2024-01-01T01:00:00Z service=cart
    1 is not over and was left out
    ");
    import.only = vec!["outage".to_owned()];
    check_refused(&import, json, "`x`: has no incident with these labels");
}

#[test]
fn what_is_wrong_is_said_with_its_row() {
    let csv = import(IncidentSource::ServiceNow, &[]);
    let head = "number,short_description,opened_at,resolved_at\n";
    check_refused(&csv, "", "`x`: is empty");
    check_refused(&csv, head, "`x`: has no incident");
    check_refused(
        &csv,
        "a,b\n1,2\n",
        "`x`: is no export of ServiceNow: it has no column for the start (openedat, opened, syscreatedon, created); it has `a`, `b`",
    );
    check_refused(
        &csv,
        &format!("{head}1,x,2024-01-01 00:00:00\n"),
        "`x`: row 2: has 3 cells, and the header 4",
    );
    check_refused(
        &csv,
        &format!(
            "{head}1,x,2024-01-02 00:00:00,2024-01-03 00:00:00\n2,x,2024-01-02 00:00:00,2024-01-01 00:00:00\n"
        ),
        "`x`: row 3: the incident `x #2` ends before it starts",
    );
    check_refused(
        &csv,
        &format!("{head}1,x,01/02/2024,\n"),
        "`x`: row 2: its start `01/02/2024` is not a time: write it as `2014-03-14 03:31:00` or in RFC 3339",
    );
    check_refused(
        &csv,
        &format!("{head},,2024-01-01 00:00:00,\n"),
        "`x`: row 2: the incident has neither a title nor a number",
    );
    check_refused(
        &import(IncidentSource::ServiceNow, &[("host", "ci")]),
        &format!("{head}1,x,,\n"),
        "`x`: is no export of ServiceNow: it has no column for the label `host` (ci); it has `number`, `short_description`, `opened_at`, `resolved_at`",
    );
    check_refused(
        &csv,
        &format!(
            "{head}1,x,2024-01-02 00:00:00,2024-01-03 00:00:00\n1,x,2024-01-05 00:00:00,2024-01-06 00:00:00\n"
        ),
        "`x`: row 3: another incident of row 2 is called `x #1` too: export their numbers, or give each a name of its own",
    );
    check_refused(
        &csv,
        "number;short_description;opened_at\n",
        "`x`: line 1: the cells are apart by `;`, and `,` is needed: `tr ';' ',' < x > COMMAS` makes it so",
    );
    let github = import(IncidentSource::GitHub, &[]);
    check_refused(&github, "[{\"title\":\"a\"", "`x` line 1, column 13: is not JSON, or was cut off here");
    check_refused(&github, "{}", "`x`: is no list of issues of GitHub");
    check_refused(&github, "[{\"title\":\"a\"}]", "`x`: issue 1: the incident has no start");
    check_refused(&github, "[1]", "`x`: issue 1: is no object");
}

proptest! {
    #[test]
    fn any_bytes_give_incidents_or_one_error(bytes in proptest::collection::vec(any::<u8>(), 0..200), which in 0_usize..3) {
        let source = [IncidentSource::PagerDuty, IncidentSource::ServiceNow, IncidentSource::GitHub][which];
        check_total(import(source, &[("a", "b")]).read("x", &bytes));
        let headed = [b"number,opened,closed,b,title,created on,resolved on\n".as_slice(), &bytes].concat();
        check_total(import(source, &[("a", "b")]).read("x", &headed));
    }
}
