//! Mistakes in files that `heal record` reads which would change what is recorded in silence, and drafts that would cost more than
//! the incidents that they are for.

use std::fs;

use heal_tests::TestFolder;

use super::heal_says;

fn minutes(rows: &[String]) -> String {
    format!("timestamp,service,load\n{}", rows.concat())
}

/// A recording `x` with a load of two services, the greater one in `spikes` of each.
fn record(folder: &TestFolder, cart: &[i64], shop: &[i64]) {
    let row = |minute: i64, service: &str, spikes: &[i64]| {
        let load = if spikes.contains(&minute) { 90 } else { 10 + minute % 7 };
        format!("{},{service},{load}\n", minute * 60)
    };
    let rows: Vec<String> =
        (0..600).flat_map(|minute| [row(minute, "cart", cart), row(minute, "shop", shop)]).collect();
    fs::write(folder.join("load.csv"), minutes(&rows)).unwrap();
    heal_says(folder, "record csv load.csv --name load --unit percent --key service --into x", 0);
}

fn record_incidents(folder: &TestFolder, rows: &str) -> String {
    fs::write(folder.join("incidents.csv"), format!("name,start,end,label\n{rows}")).unwrap();
    heal_says(folder, "record incidents incidents.csv --format csv --into x", 0)
}

#[test]
fn a_broken_quote_records_nothing() {
    let folder = TestFolder::new();
    let rows: Vec<String> = (0..40)
        .map(|minute| {
            let quote = if minute % 15 == 10 { "\"" } else { "" };
            format!("{},{quote}a,{minute}\n", minute * 60)
        })
        .collect();
    fs::write(folder.join("load.csv"), minutes(&rows)).unwrap();
    let said = heal_says(&folder, "record csv load.csv --name load --unit 1 --key service --into x", 2);
    assert!(
        said.contains("`load.csv` line 12: a `\"` opens a cell, the next one closes it in line 27"),
        "{said}"
    );
    assert!(!folder.join("x").exists());
    fs::write(folder.join("pods.csv"), "entity,pod\nPod,a\nPod,\"b\nPod,c\n").unwrap();
    let said = heal_says(&folder, "record inventory pods.csv --into x", 2);
    assert!(said.contains("line 3: a `\"` opens a cell here"), "{said}");
    let jobs = "start,plan,outcome,service\n2026-01-01 00:00:00,recycle,passed,\"cart\n";
    fs::write(folder.join("jobs.csv"), jobs).unwrap();
    let said = heal_says(&folder, "record outcomes jobs.csv --into x", 2);
    assert!(said.contains("line 2: a `\"` opens a cell here"), "{said}");
    fs::write(folder.join("pages.csv"), "Title,Number,Created On,Resolved On\n\"Slow\" cart,1,x,y\n")
        .unwrap();
    let said = heal_says(&folder, "record incidents pages.csv --format pagerduty --into x", 2);
    assert!(
        said.contains("line 2: a `\"` opens a cell, the next one closes it here, and `cart` stands"),
        "{said}"
    );
}

#[test]
fn a_label_that_no_policy_can_name_is_called_otherwise() {
    let folder = TestFolder::new();
    fs::write(folder.join("if.csv"), "timestamp,interface-name,rx\n0,eth0,1\n60,eth0,2\n").unwrap();
    let record = "record csv if.csv --name rx --unit B --into x";
    let said = heal_says(&folder, &format!("{record} --key interface-name"), 0);
    assert!(said.contains("note: the column `interface-name` is the label `interface_name`"), "{said}");
    let said = heal_says(&folder, &format!("{record} --key interface-name=port"), 0);
    assert!(said.contains("rx{port=\"eth0\"}") && !said.contains("note"), "{said}");
    let said = heal_says(&folder, &format!("{record} --key interface-name=a.b"), 2);
    assert!(said.contains("write `interface-name=a_b`"), "{said}");
    let said = heal_says(&folder, &format!("{record} --value-column rx --label a-b=c"), 2);
    assert!(said.contains("a policy cannot name the label `a-b`: write `a_b=c`"), "{said}");
}

#[test]
fn an_incident_with_a_value_that_nothing_recorded_has_is_told_and_explained() {
    let folder = TestFolder::new();
    record(&folder, &[], &[]);
    let said = record_incidents(
        &folder,
        "A,1970-01-01 05:00:00,1970-01-01 05:10:00,service=Cart\nB,1970-01-01 06:00:00,1970-01-01 06:10:00,service=sho\n\
         C,1970-01-01 07:00:00,1970-01-01 07:10:00,service=\nD,1970-01-01 08:00:00,1970-01-01 08:10:00,service=shop\n",
    );
    for part in [
        "warning: `A` in line 2 has `service=Cart`, which nothing recorded has: it concerns nothing that has the label `service`; did \
         you mean `service=cart`?",
        "`B` in line 3 has `service=sho`",
        "did you mean `service=shop`?",
        "`C` in line 4 has `service=`, which",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("`D`"), "{said}");
    let policy = "signal load: ratio in percent by (service) {\n  from metric \"load\"\n  every 1m\n}\n\
                  detector high { when load > 80% }\npolicy tell { on high try escalate }\n";
    fs::write(folder.join("policy.heal"), policy).unwrap();
    let said = heal_says(&folder, "explain A policy.heal --recording x", 0);
    assert!(
        said.contains("concerns no detector that a policy is on: it has")
            && said.contains(
                "`service=Cart`, and nothing that was recorded with a label `service` has that value"
            ),
        "{said}"
    );
}

#[test]
fn a_draft_that_costs_more_than_to_miss_its_incident_is_not_written() {
    let folder = TestFolder::new();
    // By its own series a minute alone tells it. The other service is as high again and again.
    let often: Vec<i64> = (0..40).map(|at| at * 14 + 3).collect();
    record(&folder, &[301, 302], &often);
    record_incidents(&folder, "Down,1970-01-01 05:01:00,1970-01-01 05:05:00,service=cart\n");
    heal_says(&folder, "init --from x drafted", 0);
    let drafts = fs::read_to_string(folder.join("drafted/drafts.heal")).unwrap();
    assert!(drafts.contains("for "), "{drafts}");
    assert!(drafts.contains("no false alarm"), "{drafts}");
    // One that lasts as the incident does, often.
    let folder = TestFolder::new();
    let often: Vec<i64> = (0..20).flat_map(|at| (0..6).map(move |more| at * 28 + more)).collect();
    let cart: Vec<i64> = (301..306).collect();
    record(&folder, &cart, &often);
    record_incidents(&folder, "Down,1970-01-01 05:01:00,1970-01-01 05:05:00,service=cart\n");
    let said = heal_says(&folder, "init --from x drafted", 2);
    assert!(said.contains("no draft for `Down`: ") && !folder.join("drafted").exists(), "{said}");
    assert!(said.contains("costs") && said.contains("and to miss it 244"), "{said}");
}
