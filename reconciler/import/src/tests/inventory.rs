//! Entities: how they are read, how many of them lived when, and what is wrong with which line.

use heal_program::Timestamp;
use heal_telemetry::RecordingBuilder;
use proptest::prelude::*;

use crate::{ImportError, InventoryImport, Lives};

const MINUTE_MS: i64 = 60_000;

fn read(import: &InventoryImport, text: &str) -> Result<Lives, ImportError> {
    import.read("x", text.as_bytes())
}

/// The counts of the first hour of 1970, a line each: minute, entity, group, how many.
fn counted(import: &InventoryImport, text: &str) -> String {
    let counted = read(import, text).unwrap().counted(Timestamp(0), Timestamp(60 * MINUTE_MS));
    let line = |row: &heal_telemetry::Inventory| {
        let group: Vec<String> = row.group.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{:>2} {} {}: {}", row.at.0 / MINUTE_MS, row.entity, group.join(","), row.live)
    };
    let mut lines: Vec<String> = counted.rows.iter().map(line).collect();
    if counted.outside > 0 {
        lines.push(format!("{} outside", counted.outside));
    }
    lines.join("\n")
}

#[track_caller]
fn check_refused(import: &InventoryImport, text: &str, expected: &str) {
    assert_eq!(read(import, text).unwrap_err().to_string(), expected);
}

const PODS: &str = "entity,namespace,pod,since,until
Pod,shop,cart-1,,
Pod,shop,cart-2,1970-01-01 00:10:00,
Pod,shop,cart-3,1970-01-01 00:10:00,1970-01-01T00:30:00Z
Pod,mail,imap-1,1969-12-31T23:00:00Z,1970-01-01T00:20:00Z
Pod,mail,imap-0,1969-12-31T22:00:00Z,1969-12-31T23:00:00Z
";

fn by_namespace() -> InventoryImport {
    InventoryImport { per: vec![vec!["namespace".to_owned()]], ..InventoryImport::default() }
}

#[test]
fn what_lives_is_counted_over_all_and_by_groups_from_the_beginning_on() {
    insta::assert_snapshot!(counted(&by_namespace(), PODS), @r"
     0 Pod : 2
     0 Pod namespace=mail: 1
     0 Pod namespace=shop: 1
    10 Pod : 4
    10 Pod namespace=shop: 3
    20 Pod : 3
    20 Pod namespace=mail: 0
    30 Pod : 2
    30 Pod namespace=shop: 2
    1 outside
    ");
}

#[test]
fn without_a_word_it_is_counted_by_each_field_alone_and_one_without_it_in_no_group() {
    let text = "entity,zone,host\nHost,eu,a\nHost,,b\n";
    insta::assert_snapshot!(counted(&InventoryImport::default(), text), @r"
     0 Host : 2
     0 Host host=a: 1
     0 Host host=b: 1
     0 Host zone=eu: 1
    ");
    let both = InventoryImport {
        per: vec![vec!["zone".to_owned(), "host".to_owned()]],
        ..InventoryImport::default()
    };
    insta::assert_snapshot!(counted(&both, text), @r"
     0 Host : 2
     0 Host host=a,zone=eu: 1
    ");
}

#[test]
fn objects_a_line_say_the_same_as_rows() {
    let objects = r#"{"entity":"Pod","metadata":{"namespace":"shop","name":"cart-1"},"until":null}
{"entity":"Pod","metadata":{"namespace":"shop","name":"cart-2"},"since":"1970-01-01T00:10:00Z"}
"#;
    let rows = "entity,namespace,name,since\nPod,shop,cart-1,\nPod,shop,cart-2,1970-01-01 00:10:00\n";
    let fields_from = ["namespace", "name"].map(|field| (field.to_owned(), format!("metadata.{field}")));
    let renamed = InventoryImport { fields_from: fields_from.to_vec(), ..InventoryImport::default() };
    assert_eq!(counted(&renamed, objects), counted(&InventoryImport::default(), rows));
}

#[test]
fn one_that_comes_back_lives_twice_and_counts_once_at_a_time() {
    let text = "entity,host,since,until\nHost,a,,1970-01-01 00:05:00\nHost,a,1970-01-01 00:07:00,\n";
    insta::assert_snapshot!(counted(&InventoryImport::default(), text), @r"
     0 Host : 1
     0 Host host=a: 1
     5 Host : 0
     5 Host host=a: 0
     7 Host : 1
     7 Host host=a: 1
    ");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let plain = InventoryImport::default();
    let check = |text: &str, expected: &str| check_refused(&plain, text, expected);
    check("", "`x`: is empty");
    check("entity,host\n", "`x`: has no entity");
    check(
        "host,zone\na,eu\n",
        "`x` line 1: there is no column `entity`: say of which kind they are with `--entity NAME`; there are `host`, `zone`",
    );
    check(
        "entity,host,host\nHost,a,b\n",
        "`x` line 1: two columns are called `host`: leave one out, or call it otherwise",
    );
    check("entity,host\nHost,a\nHost,b,c\n", "`x` line 3: has 3 cells, and the header 2");
    check(
        "entity,host\nHost,a\n,b\n",
        "`x` line 3: it does not say of which kind it is: give it `entity`, or pass `--entity NAME`",
    );
    check("entity,host\nHost,\n", "`x` line 2: the Host has no field that tells it from another");
    check(
        "entity,host,since\nHost,a,yesterday\n",
        "`x` line 2: its `since` `yesterday` is not a time: write it as `2014-03-14 03:31:00` or in RFC 3339",
    );
    check(
        "entity,host,since,until\nHost,a,1970-01-02,1970-01-01\n",
        "`x` line 2: its `since` `1970-01-02` is not a time: write it as `2014-03-14 03:31:00` or in RFC 3339",
    );
    check(
        "entity,host,since,until\nHost,a,1970-01-02 00:00:00,1970-01-01 00:00:00\n",
        "`x` line 2: the Host ends at 1970-01-01T00:00:00Z, and begins at 1970-01-02T00:00:00Z",
    );
    check(
        "entity,host,until\nHost,a,\nHost,a,1970-01-01 00:00:00\n",
        "`x` line 3: `Host a` lives already, by line 2: give it `since` and the other one `until`, or tell them apart by a field",
    );
    check(
        "{\"entity\":\"Host\",\"host\":[1]}\n",
        "`x` line 1: `host` is a list: an entity has one value of a field",
    );
    check(
        "{\"entity\":\"Host\",\"host\":1}\n[]\n",
        "`x` line 2: is no JSON object: write one a line, as `jq -c .` does",
    );
    check(
        "entity,host\r\n\r\nHost,a\r\n\r\n,b\r\n",
        "`x` line 5: it does not say of which kind it is: give it `entity`, or pass `--entity NAME`",
    );
    check("entity,host\r\n\r\nHost,a\r\nHost,b,c\r\n", "`x` line 4: has 3 cells, and the header 2");
    check(
        "{\"entity\":\"Host\",\"a\":{\"b\":1},\"a.b\":2}\n",
        "`x` line 1: two of its values are called `a.b`: leave one out, or call it otherwise",
    );
    check(
        "{\"entity\":\"Host\",\"host\":\"a\",\"host\":\"b\"}\n",
        "`x` line 1: two of its values are called `host`: leave one out, or call it otherwise",
    );
    let renamed = |from: &str, to: &str| InventoryImport {
        fields_from: vec![(to.to_owned(), from.to_owned())],
        ..plain.clone()
    };
    let nested = "{\"entity\":\"Pod\",\"metadata\":{\"namespace\":\"shop\"},\"namespace\":\"mail\"}\n";
    check_refused(
        &renamed("metadata.namespace", "namespace"),
        nested,
        "`x` line 1: two of its values are called `namespace`: leave one out, or call it otherwise",
    );
    check_refused(
        &renamed("metadata.namespac", "namespace"),
        nested,
        "`x`: no object has `metadata.namespac` to be the field `namespace`; they have `entity`, `metadata.namespace`, \
         `namespace`",
    );
    let kinds = "kind,host\nHost,a\n";
    assert_eq!(read(&renamed("kind", "entity"), kinds).unwrap().kinds().collect::<Vec<_>>(), ["Host"]);
    let open = "{\"entity\":\"Host\",\"host\":\"a\",\"gone\":null}\n";
    assert_eq!(read(&renamed("gone", "until"), open).unwrap().len(), 1, "all of them live on");
    let kind = InventoryImport { entity: Some("Host".to_owned()), ..plain.clone() };
    check_refused(
        &kind,
        "entity,host\nHost,a\n",
        "`x` line 2: `--entity` and the column `entity` both say of which kind it is: leave one out",
    );
    let keyed = InventoryImport { keys: vec!["pod".to_owned()], ..plain.clone() };
    check_refused(&keyed, "entity,host\nHost,a\n", "`x`: no entity has a field `pod`; they have `host`");
    let by_host = InventoryImport { keys: vec!["host".to_owned()], ..plain };
    check_refused(
        &by_host,
        "entity,host,zone\nHost,a,eu\nHost,a,us\n",
        "`x` line 3: `Host a` lives already, by line 2: give it `since` and the other one `until`, or where it has changed, a later \
         `since`",
    );
}

/// What entities were in the first hour of 1970, a line each: minutes, entity, key, fields with their units.
fn lived(import: &InventoryImport, text: &str) -> String {
    let labels = |labels: &heal_telemetry::Labels| {
        let all: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        all.join(",")
    };
    let line = |row: &heal_telemetry::LivedEntity| {
        let until = row.until.map_or(String::new(), |until| (until.0 / MINUTE_MS).to_string());
        let (key, fields, units) = (labels(&row.key), labels(&row.fields), labels(&row.units));
        let line = format!("{}..{until} {} {key}: {fields} {units}", row.since.0 / MINUTE_MS, row.entity);
        line.trim_end().to_owned()
    };
    let rows = read(import, text).unwrap().lived(Timestamp(0), Timestamp(60 * MINUTE_MS));
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Entities as a package declares them.
const DECLARED: &str = "
entity Node by (node) { memory: bytes in MB from metric \"memory\" zone: text every 1m }
entity Pod by (namespace, pod) { node: Node ready: count from metric \"ready\" role: text peers: [Pod] every 1m }
";

fn declared() -> InventoryImport {
    let sources = heal_driver::SourceSet::of([("a.heal".to_owned(), DECLARED.to_owned())].into());
    let compilation = heal_driver::compile(&sources);
    let program = compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    InventoryImport { declared: program.entities.iter().cloned().collect(), ..InventoryImport::default() }
}

#[test]
fn a_row_of_a_later_since_says_how_an_entity_changed() {
    let text = "entity,pod,tier,since,until
Pod,a,gold,,
Pod,a,silver,1970-01-01 00:10:00,
Pod,a,silver,1970-01-01 00:20:00,
Pod,a,,1970-01-01 00:30:00,1970-01-01 00:40:00
Pod,a,gold,1970-01-01 00:50:00,
Pod,a,gold,1970-01-01 02:00:00,
";
    let keyed = InventoryImport { keys: vec!["pod".to_owned()], ..InventoryImport::default() };
    insta::assert_snapshot!(lived(&keyed, text), @r"
    0..10 Pod pod=a: tier=gold
    10..30 Pod pod=a: tier=silver
    30..40 Pod pod=a:
    50.. Pod pod=a: tier=gold
    ");
    insta::assert_snapshot!(counted(&keyed, text), @r"
     0 Pod : 1
     0 Pod pod=a: 1
     0 Pod tier=gold: 1
     0 Pod tier=silver: 0
    10 Pod tier=gold: 0
    10 Pod tier=silver: 1
    30 Pod tier=silver: 0
    40 Pod : 0
    40 Pod pod=a: 0
    50 Pod : 1
    50 Pod pod=a: 1
    50 Pod tier=gold: 1
    1 outside
    ");
    // Where all fields tell one from another, each row is one of its own.
    check_refused(
        &InventoryImport::default(),
        "entity,pod,since\nPod,a,\nPod,a,1970-01-01 00:10:00\n",
        "`x` line 3: `Pod a` lives already, by line 2: give it `since` and the other one `until`, or tell them apart by a field",
    );
    check_refused(
        &keyed,
        "entity,pod,tier\nPod,a,gold\nPod,a,silver\n",
        "`x` line 3: `Pod a` lives already, by line 2: give it `since` and the other one `until`, or where it has changed, a later \
         `since`",
    );
}

#[test]
fn a_package_says_what_is_the_key_and_what_numbers_are_in() {
    let text = "entity,namespace,pod,node,ready,role,memory,since
Node,,,n1,,,512,
Pod,shop,a,n1,1,web,,
Pod,shop,a,n1,0.5,web,,1970-01-01 00:10:00
Pod,shop,b,,,,,
";
    insta::assert_snapshot!(lived(&declared(), text), @r"
    0.. Node node=n1: memory=512 memory=MB
    0..10 Pod namespace=shop,pod=a: node=n1,ready=1,role=web ready=1
    0.. Pod namespace=shop,pod=b:
    10.. Pod namespace=shop,pod=a: node=n1,ready=0.5,role=web ready=1
    ");
    insta::assert_snapshot!(counted(&declared(), text), @r"
    0 Node : 1
    0 Node node=n1: 1
    0 Pod : 2
    0 Pod namespace=shop: 2
    0 Pod node=n1: 1
    0 Pod pod=a: 1
    0 Pod pod=b: 1
    0 Pod role=web: 1
    ");
    let other = InventoryImport { units: vec![("memory".to_owned(), "GB".to_owned())], ..declared() };
    insta::assert_snapshot!(lived(&other, "entity,node,memory\nNode,n1,0.5\n"), @"0.. Node node=n1: memory=0.5 memory=GB");
}

#[test]
fn what_is_not_as_it_is_declared_is_said_with_its_line() {
    let wrong = |import: &InventoryImport, text: &str| read(import, text).unwrap_err().to_string();
    let declared = declared();
    let said = [
        "entity,node\nNode,a\nNod,b\n",
        "entity,node,pod\nPod,n1,a\n",
        "entity,namespace,pod,ready\nPod,shop,a,two\n",
        "entity,namespace,pod,ready\nPod,shop,a,inf\n",
        "entity,namespace,pod,node\nPod,shop,a,n2\nNode,,,n1\n",
        "entity,namespace,pod,ready\nPod,shop,a,1\nPod,shop,a,2\n",
    ]
    .map(|text| wrong(&declared, text));
    insta::assert_snapshot!(said.join("\n"), @r"
    `x` line 3: the package has no entity `Nod`; it has `Node`, `Pod`
    `x` line 2: the Pod has no `namespace`, which is of its key
    `x` line 2: `ready` of Pod is a number, and `two` is none
    `x` line 2: `ready` of Pod is a number, and `inf` is none
    `x` line 2: its `node` is `n2`, and no Node of the file is that: `node` of Pod is told as `node` of Node
    `x` line 3: `Pod shop/a` lives already, by line 2: give it `since` and the other one `until`, or where it has changed, a later `since`
    ");
    let said =
        [("memory", "ms"), ("memory", "parsecs"), ("zone", "MB"), ("disk", "MB")].map(|(field, unit)| {
            let units = vec![(field.to_owned(), unit.to_owned())];
            wrong(&InventoryImport { units, ..declared.clone() }, "entity,node,memory,zone\nNode,n1,1,2\n")
        });
    insta::assert_snapshot!(said.join("\n"), @r"
    `x` line 2: `ms` is no unit of `memory` of Node
    `x`: `parsecs`, which `memory` is in, is no unit
    `x` line 2: `zone` of Node is no number, and has no unit
    `x`: no entity has a field `disk`; they have `memory`, `node`, `zone`
    ");
    // What the file does not tell of may be told by another one.
    assert_eq!(read(&declared, "entity,namespace,pod,node\nPod,shop,a,n2\n").unwrap().len(), 1);
}

#[test]
fn fifty_thousand_lives_of_one_entity_are_compared_with_their_neighbours_only() {
    let life = |minute: i64| {
        let time = |minute: i64| Timestamp(minute * MINUTE_MS).to_string();
        format!("Host,a,{},{}\n", time(minute), time(minute + 1))
    };
    let rows: String = (0..50_000).rev().map(life).collect();
    let text = format!("entity,host,since,until\n{rows}");
    let began = std::time::Instant::now();
    assert_eq!(read(&InventoryImport::default(), &text).unwrap().len(), 50_000);
    let (line, expected) =
        (format!("Host,a,{},\n", Timestamp(30 * MINUTE_MS)), "line 50002: `Host a` lives already");
    let wrong = read(&InventoryImport::default(), &(text + &line)).unwrap_err().to_string();
    assert!(wrong.contains(expected), "{wrong}");
    // Compared all with all it takes minutes.
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}

proptest! {
    #[test]
    fn any_bytes_are_entities_or_one_clear_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        match InventoryImport::default().read("x", &bytes) {
            Ok(lives) => {
                let rows = lives.counted(Timestamp(0), Timestamp(MINUTE_MS)).rows;
                let _ = RecordingBuilder::new("any").inventory(rows).build();
            }
            Err(wrong) => prop_assert!(!wrong.to_string().contains('\n')),
        }
    }

    /// However many live, and however their spans lie: at each time as many are counted as live then.
    #[test]
    fn at_each_time_as_many_are_counted_as_live(
        spans in proptest::collection::vec((-5_i64..70, 1_i64..40, 0_u8..3), 1..12),
    ) {
        let rows: String = spans.iter().enumerate().map(|(at, (since, length, zone))| {
            let time = |minute: i64| Timestamp(minute * MINUTE_MS).to_string();
            format!("Host,h{at},z{zone},{},{}\n", time(*since), time(since + length))
        }).collect();
        let import = InventoryImport { per: vec![vec!["zone".to_owned()]], ..InventoryImport::default() };
        let lives = read(&import, &format!("entity,host,zone,since,until\n{rows}")).unwrap();
        let counted = lives.counted(Timestamp(0), Timestamp(60 * MINUTE_MS));
        for minute in 0..=60 {
            for zone in [None, Some(0), Some(1), Some(2)] {
                let lives = |(since, length, of): &&(i64, i64, u8)| {
                    *since <= minute && minute < since + length && zone.is_none_or(|zone| zone == *of)
                };
                let expected = spans.iter().filter(lives).count() as u64;
                let group = zone.map(|zone| ("zone".to_owned(), format!("z{zone}"))).into_iter().collect();
                let told = counted.rows.iter().rfind(|row| row.group == group && row.at.0 <= minute * MINUTE_MS);
                prop_assert_eq!(told.map_or(0, |row| row.live), expected, "{:?} at {}", zone, minute);
            }
        }
    }
}
