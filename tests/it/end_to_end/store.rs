//! Recordings in a real S3-compatible object store: changed, read, interrupted, refused.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use heal_tests::{
    ChildGuard, HoldingProxy, ObjectStore, Output, TestFolder, binary, clean_command, run, run_ok, skip,
    wait_until,
};

const POLICY: &str = "
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
policy tell { on slow try escalate }
";

/// A value a minute, one in a hundred above the threshold.
fn csv(minutes: u64) -> String {
    let mut text = String::from("timestamp,value\n");
    for minute in 0..minutes {
        let value = if minute % 100 == 7 { 95.0 } else { (minute * 7_919 % 80_021) as f64 / 1_009.0 };
        writeln!(text, "{},{value:.3}", 1_767_225_600 + 60 * minute).unwrap();
    }
    text
}

/// A machine that uses the store.
struct Machine<'a> {
    store: &'a ObjectStore,
    folder: TestFolder,
}

impl Machine<'_> {
    fn new(store: &ObjectStore) -> Machine<'_> {
        let folder = TestFolder::new();
        folder.write("policy.heal", POLICY);
        folder.write("latency.csv", csv(1_000));
        Machine { store, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = clean_command(binary("heal"), self.path());
        self.store.let_in(command.args(arguments));
        let output = run(&mut command);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(!said.contains(self.store.secret()), "the secret is in:\n{said}");
        output
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.code(), 0, "{arguments:?}: {}\n{}", output.stderr, self.store.keys().join("\n"));
        output.stdout
    }

    /// The error of a command that ends with 2.
    #[track_caller]
    fn wrong(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.code(), 2, "{arguments:?}: {}{}", output.stdout, output.stderr);
        output.stderr
    }

    #[track_caller]
    fn record(&self, into: &str, service: &str) -> String {
        let label = format!("service={service}");
        self.ok(&[
            "record",
            "csv",
            "latency.csv",
            "--name",
            "latency",
            "--unit",
            "ms",
            "--label",
            &label,
            "--into",
            into,
        ])
    }
}

#[test]
fn a_recording_in_an_object_store_is_used_like_one_in_a_folder() {
    let Some(store) = ObjectStore::start() else { skip!("an object store", "moto is not installed") };
    let (here, there) = (Machine::new(&store), Machine::new(&store));
    let place = "s3://recordings/team/may";
    let said = here.record(place, "cart");
    assert!(said.contains("s3://recordings/team/may has 1 series now"), "{said}");
    // A second machine adds to what the first one has put there.
    there.record(place, "search");
    here.record("local/may", "cart");
    here.record("local/may", "search");
    assert_eq!(here.ok(&["record", "ls", "s3://recordings/team"]), there.ok(&["record", "ls", place]));
    assert!(here.ok(&["record", "ls", place]).contains("may: 2 series, 2,000 samples"));
    here.ok(&["record", "verify", place]);
    let show = |place: &str| here.ok(&["record", "show", place, "--format", "json"]);
    assert_eq!(show(place), show("local/may"));

    // Named on the command line or in heal.toml, with a full cache or none: the same report.
    let simulate = |place: &str| here.ok(&["simulate", "policy.heal", "--recording", place]);
    let report = simulate("local/may");
    assert_eq!(simulate(place), report);
    fs::remove_dir_all(here.path().join(".cache")).unwrap();
    assert_eq!(simulate(place), report);
    let manifest =
        format!("[package]\nname = \"p\"\nedition = \"2026\"\n\n[recordings]\ndefault = \"{place}\"\n");
    here.folder.write("p/heal.toml", &manifest);
    here.folder.write("p/policy.heal", POLICY);
    here.folder.write("q/heal.toml", &manifest);
    here.folder.write("q/policy.heal", POLICY.replace("90ms", "94ms"));
    assert!(here.ok(&["simulate", "p"]).contains("20 firings"), "{report}");
    let difference = |more: &[&str]| here.ok(&[&["diff", "p", "q", "--format", "json"], more].concat());
    assert_eq!(difference(&[]), difference(&["--recording", "local/may"]));

    // Parts and several, from and to the store.
    here.ok(&[
        "record",
        "slice",
        place,
        "--to",
        "2026-01-01 05:00:00",
        "--into",
        "s3://recordings/team/part",
    ]);
    here.ok(&[
        "record",
        "merge",
        "s3://recordings/team/part",
        "local/may",
        "--into",
        "s3://recordings/team/all",
    ]);
    let wrong = here.wrong(&["record", "slice", place, "--into", "s3://recordings/team/part"]);
    assert!(wrong.contains("`s3://recordings/team/part` exists"), "{wrong}");
    assert_eq!(here.ok(&["record", "ls", "s3://recordings/team"]).lines().count(), 3);
}

#[test]
fn an_upload_that_is_killed_leaves_the_recording_that_was_there() {
    let Some(store) = ObjectStore::start() else { skip!("an object store", "moto is not installed") };
    let machine = Machine::new(&store);
    let place = "s3://recordings/may";
    machine.record(place, "cart");
    // Large enough to be met on its way.
    machine.folder.write("latency.csv", csv(400_000));
    let before = store.keys().len();
    let mut command = clean_command(binary("heal"), machine.path());
    let label = "service=search";
    store.let_in(command.args([
        "record",
        "csv",
        "latency.csv",
        "--name",
        "latency",
        "--unit",
        "ms",
        "--label",
        label,
    ]));
    command.args(["--into", place]);
    let mut child = ChildGuard::spawn("heal", &mut command, machine.path().join("log"));
    wait_until("a table that nobody names", Duration::from_secs(60), || {
        (store.keys().len() > before || child.ended().is_some()).then_some(())
    });
    child.kill();
    machine.ok(&["record", "verify", place]);
    let fresh = Machine::new(&store);
    fresh.ok(&["record", "verify", place]);
    machine.record(place, "search");
    assert!(fresh.ok(&["record", "show", place]).contains("401,000 samples"));
    // The lock of the killed process is gone, and its draft too.
    let drafts = machine.path().join(".cache/heal/recordings/drafts");
    assert_eq!(fs::read_dir(drafts).map_or(0, Iterator::count), 0);
}

/// A table of which a store takes a second piece: doubles of many digits, which nothing makes small.
fn in_pieces(rows: u64) -> String {
    let mut text = String::from("timestamp,value\n");
    for row in 0..rows {
        writeln!(text, "{},{}", 1_600_000_000 + 15 * row, (row as f64).sin().exp()).unwrap();
    }
    text
}

#[test]
fn an_upload_that_is_interrupted_is_given_up_and_the_next_one_completes() {
    let Some(store) = ObjectStore::start() else { skip!("an object store", "moto is not installed") };
    let machine = Machine::new(&store);
    let place = "s3://recordings/may";
    machine.record(place, "cart");
    let before = store.keys();
    machine.folder.write("latency.csv", in_pieces(1_400_000));
    let proxy: HoldingProxy = store.behind_proxy();
    let record = || {
        let mut command = clean_command(binary("heal"), machine.path());
        let line = "record csv latency.csv --name latency --unit ms --label service=search --into s3://recordings/may";
        store.let_in(command.args(line.split(' ')));
        command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", proxy.port()));
        command
    };
    // The first piece has arrived, and the second one is on its way for as long as it takes.
    proxy.hold("partNumber=2");
    let mut child = ChildGuard::spawn("heal", &mut record(), machine.path().join("log"));
    wait_until("the second piece", Duration::from_secs(100), || {
        (proxy.held() > 0 || child.ended().is_some()).then_some(())
    });
    let unfinished = store.unfinished();
    assert!(
        matches!(unfinished.as_slice(), [key] if key.starts_with("may/samples.")),
        "{unfinished:?}\n{}",
        child.log()
    );
    run_ok(clean_command("kill", Path::new("/")).args(["-INT", &child.id().to_string()]));
    let status = wait_until("its end", Duration::from_secs(60), || child.ended());
    assert_eq!((status.code(), child.log().as_str()), (Some(130), ""));
    assert_eq!(store.unfinished(), [""; 0], "what has arrived is given up");
    assert_eq!(store.keys(), before, "nothing half-written is there");
    machine.ok(&["record", "verify", place]);
    assert!(Machine::new(&store).ok(&["record", "show", place]).contains("1 series, 1,000 samples"));

    proxy.let_go();
    run_ok(&mut record());
    assert_eq!(store.unfinished(), [""; 0]);
    let fresh = Machine::new(&store);
    assert!(fresh.ok(&["record", "show", place]).contains("2 series, 1,401,000 samples"));
    fresh.ok(&["record", "verify", place]);
}

#[test]
fn what_a_store_refuses_or_has_lost_is_one_clear_error() {
    let Some(store) = ObjectStore::start() else { skip!("an object store", "moto is not installed") };
    let machine = Machine::new(&store);
    let place = "s3://recordings/may";
    machine.record(place, "cart");

    let wrong = machine.wrong(&["record", "show", "s3://nothing/may"]);
    assert!(wrong.contains("there is no bucket `nothing`"), "{wrong}");
    let wrong = machine.wrong(&["record", "show", "s3://recordings/june"]);
    assert_eq!(wrong, "heal: s3://recordings/june: there is no recording\n");
    let wrong = machine.wrong(&["record", "show", "s3://recordings//june"]);
    assert!(wrong.contains("is no place in an object store"), "{wrong}");

    // What is in the cache is as good as ever; elsewhere the change is seen.
    let samples = store.keys().into_iter().find(|key| key.contains("samples")).unwrap();
    store.put(&samples, "something else");
    machine.ok(&["record", "verify", place]);
    let fresh = Machine::new(&store);
    let wrong = fresh.wrong(&["record", "show", place]);
    assert!(wrong.contains("samples.") && wrong.contains("has 14 bytes"), "{wrong}");

    // One key that nobody can ask for hides no other.
    store.put("a\tb/recording.toml", "something else");
    let listed = machine.run(&["record", "ls", "s3://recordings"]);
    assert_eq!(listed.code(), 1, "{}{}", listed.stdout, listed.stderr);
    let is_there =
        listed.stdout.contains("may: 1 series") && listed.stdout.contains("s3://recordings/a\\tb/");
    assert!(is_there, "{}{}", listed.stdout, listed.stderr);

    store.lock();
    machine.ok(&["record", "show", place]);
    let mut command = clean_command(binary("heal"), machine.path());
    store
        .let_in(command.args(["record", "show", place]))
        .env("AWS_SECRET_ACCESS_KEY", "another-secret-of-somebody");
    let output = run(&mut command);
    assert_eq!(output.code(), 2, "{}", output.stderr);
    let is_clear =
        output.stderr.contains("does not let us in") && output.stderr.contains("AWS_SECRET_ACCESS_KEY");
    assert!(is_clear && !output.stderr.contains("another-secret"), "{}", output.stderr);

    let mut command = clean_command(binary("heal"), machine.path());
    store.let_in(command.args(["record", "show", place])).env("AWS_ENDPOINT_URL", "http://store.example.org");
    let output = run(&mut command);
    assert!(output.stderr.contains("`https` only"), "{}", output.stderr);
    let with_password = "https://user:hunter2secret@127.0.0.1:1";
    let mut command = clean_command(binary("heal"), machine.path());
    store.let_in(command.args(["record", "show", place])).env("AWS_ENDPOINT_URL_S3", with_password);
    let output = run(&mut command);
    let is_refused = output.code() == 2 && output.stderr.contains("AWS_ENDPOINT_URL_S3 has a name");
    assert!(is_refused && !output.stderr.contains("hunter2secret"), "{}", output.stderr);
}
