//! Packages that depend on each other, the lock file, and what a manifest may say.

use std::collections::BTreeMap;

use heal_program::{Millis, Risk};
use proptest::prelude::*;

use super::lines;
use crate::{
    CompileOptions, Compiler, LimitFloor, Manifest, PackageFiles, PackageSource, SourceSet, compile,
    lock_text, locked_packages,
};

type Texts = BTreeMap<String, String>;

fn texts(files: &[(&str, &str)]) -> Texts {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn manifest(name: &str, dependencies: &[(&str, &str)]) -> String {
    let lines: String =
        dependencies.iter().map(|(name, path)| format!("{name} = {{ path = \"{path}\" }}\n")).collect();
    format!("[package]\nname = \"{name}\"\nedition = \"2026\"\n[dependencies]\n{lines}")
}

/// The package `shop` in a repository with the packages that it depends on, and one that it does not.
fn repository() -> Texts {
    let mut files = texts(&[
        ("shop/main.heal", "use common\ndetector busy { when common.load > 90% }\n"),
        ("libs/common/deep/never.heal", "use base\npub detector never { when base.load > 100% }\n"),
        ("libs/common/load.heal", "pub signal load: ratio { from metric \"l\" every 1m }\n"),
        (
            "libs/base/load.heal",
            "pub signal load: ratio { from metric \"b\" every 1m }\nparam limit: ratio = 90%\n",
        ),
        ("libs/other/broken.heal", "this is not Heal"),
    ]);
    files.insert("shop/heal.toml".to_owned(), manifest("shop", &[("common", "../libs/common")]));
    files.insert("libs/common/heal.toml".to_owned(), manifest("common", &[("base", "../base")]));
    files.insert("libs/base/heal.toml".to_owned(), manifest("base", &[]));
    files.insert("libs/other/heal.toml".to_owned(), manifest("other", &[]));
    files
}

fn with(mut files: Texts, path: &str, text: &str) -> Texts {
    files.insert(path.to_owned(), text.to_owned());
    files
}

pub(super) fn locked(mut sources: SourceSet) -> SourceSet {
    let text = lock_text(&sources, &BTreeMap::new()).map_err(|(_, diagnostics)| diagnostics).unwrap();
    sources.files.insert("heal.lock".to_owned(), text);
    sources
}

/// What is said of `shop` when it was locked as it is.
#[track_caller]
fn said_when_locked(files: &Texts) -> Vec<String> {
    lines(&compile(&locked(SourceSet::of_tree(files, "shop"))))
}

#[test]
fn a_package_compiles_with_what_it_depends_on_and_holds_of_it_what_it_reaches() {
    let compilation = compile(&locked(SourceSet::of_tree(&repository(), "shop")));
    assert_eq!(lines(&compilation), Vec::<String>::new());
    let program = compilation.program.unwrap();
    let paths: Vec<&str> = program.heads().map(|(_, head)| head.path.as_str()).collect();
    assert_eq!(paths, ["common.load", "busy"]);
    assert_eq!(program.signals[0].head.origin.file, "../libs/common/load.heal");
}

#[test]
fn only_what_is_public_of_a_package_that_is_named_can_be_used() {
    let main = "use base
use common
use common.deep.{never}
detector busy { when common.limit < 90% && never }
";
    let found = said_when_locked(&with(repository(), "shop/main.heal", main));
    assert_eq!(
        found,
        [
            "HEAL0103 main.heal:1:5 `base`: unknown module `base`",
            "HEAL0101 main.heal:4:29 `limit`: `common` has no item `limit`",
        ]
    );
    let toml = manifest("shop", &[("common", "../libs/common"), ("base", "../libs/base")]);
    let files = with(with(repository(), "shop/heal.toml", &toml), "shop/main.heal", "use base.{limit}\n");
    assert_eq!(
        said_when_locked(&files),
        ["HEAL0104 main.heal:1:11 `limit`: `limit` is private to the package `base`"]
    );
}

#[test]
fn warnings_of_a_dependency_are_its_owners() {
    let files = with(repository(), "libs/common/idle.heal", "use std.service\nparam idle: ratio = 5%\n");
    assert_eq!(said_when_locked(&files), Vec::<String>::new());
    let files = with(repository(), "libs/common/idle.heal", "param idle: ratio = 5s\n");
    let found = said_when_locked(&files);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains(" ../libs/common/idle.heal:1:"), "{found:#?}");
}

#[test]
fn the_lock_says_what_each_package_held_whatever_its_line_ends() {
    let text = lock_text(&SourceSet::of_tree(&repository(), "shop"), &BTreeMap::new()).unwrap();
    let shape: Vec<&str> = text.lines().filter(|line| !line.starts_with("sha256")).collect();
    assert_eq!(
        shape.join("\n"),
        "# Written by `heal lock`.
version = 1

[[package]]
name = \"base\"
source = \"path+../libs/base\"
version = \"0.0.0\"

[[package]]
name = \"common\"
source = \"path+../libs/common\"
version = \"0.0.0\""
    );
    let windows: Texts =
        repository().into_iter().map(|(path, text)| (path, text.replace('\n', "\r\n"))).collect();
    assert_eq!(lock_text(&SourceSet::of_tree(&windows, "shop"), &BTreeMap::new()).unwrap(), text);
    let same = with(repository(), "libs/base/heal.lock", "of its own\n");
    assert_eq!(lock_text(&SourceSet::of_tree(&same, "shop"), &BTreeMap::new()).unwrap(), text);
    let hash = |text: &str| locked_packages(text)["base"].sha256.clone();
    let moved = with(repository(), "libs/base/moved.heal", "");
    let moved = lock_text(&SourceSet::of_tree(&moved, "shop"), &BTreeMap::new()).unwrap();
    assert_ne!(hash(&moved), hash(&text));
}

#[test]
fn what_was_not_locked_is_said_where_it_is_named() {
    let sources = SourceSet::of_tree(&repository(), "shop");
    assert_eq!(
        lines(&compile(&sources)),
        ["HEAL0602 heal.toml:5:1 `common`: there is no `heal.lock`, which says what the dependencies hold"]
    );
    let lock = locked(sources.clone()).files["heal.lock"].clone();
    let said = |files: &Texts, lock: &str| {
        let mut sources = SourceSet::of_tree(files, "shop");
        sources.files.insert("heal.lock".to_owned(), lock.to_owned());
        lines(&compile(&sources))
    };
    assert_eq!(
        said(&with(repository(), "libs/base/new.heal", "// A remark.\n"), &lock),
        [
            "HEAL0603 ../libs/common/heal.toml:5:1 `base`: `base` is not what was locked: its files have changed"
        ]
    );
    let other = lock.replace("path+../libs/common", "path+../other").replace("\"base\"", "\"basis\"");
    assert_eq!(
        said(&repository(), &other),
        [
            "HEAL0603 heal.toml:5:1 `common`: `common` is found at `path+../libs/common` now, which is not what was locked",
            "HEAL0603 ../libs/common/heal.toml:5:1 `base`: `heal.lock` does not know the package `base`",
            "HEAL0603 heal.lock:5:8 `\"basis\"`: nothing depends on `basis` any more",
        ]
    );
    for (text, expected) in [
        (
            "version = 2\n",
            "HEAL0601 heal.lock:1:11 `2`: this lock file has version 2, and this Heal reads up to 1",
        ),
        (
            "version = 1\n[[package]]\nname = 1\n",
            "HEAL0601 heal.lock:3:8 `1`: invalid type: integer `1`, expected a string",
        ),
    ] {
        assert_eq!(said(&repository(), text), [expected]);
    }
}

#[test]
fn a_package_that_is_not_here_is_said_once_and_its_names_are_not() {
    let mut files = repository();
    files.remove("libs/common/heal.toml");
    let compilation = compile(&SourceSet::of_tree(&files, "shop"));
    assert_eq!(lines(&compilation), ["HEAL0604 heal.toml:5:1 `common`: the package `common` is not here"]);
    assert_eq!(compilation.diagnostics[0].help, ["there is no `../libs/common/heal.toml`"]);

    let toml = manifest("shop", &[("common", "../../common")]);
    let compilation = compile(&SourceSet::of_tree(&with(repository(), "shop/heal.toml", &toml), "shop"));
    assert_eq!(compilation.diagnostics[0].help, ["`../../common` leads out of the repository"]);

    let toml = manifest("basis", &[]);
    let found =
        lines(&compile(&SourceSet::of_tree(&with(repository(), "libs/base/heal.toml", &toml), "shop")));
    assert_eq!(found, ["HEAL0604 ../libs/common/heal.toml:5:1 `base`: `../libs/base` calls itself `basis`"]);
}

#[test]
fn packages_in_a_circle_are_said_once_where_it_closes() {
    let circle = |name: &str, toml: &str| {
        let files = with(repository(), name, toml);
        lines(&compile(&SourceSet::of_tree(&files, "shop")))
    };
    assert_eq!(
        circle("libs/base/heal.toml", &manifest("base", &[("shop", "../../shop")])),
        [
            "HEAL0401 ../libs/base/heal.toml:5:1 `shop`: packages depend on each other in a circle: `shop` -> `common` -> `base` -> `shop`"
        ]
    );
    assert_eq!(
        circle("libs/base/heal.toml", &manifest("base", &[("common", "../common")])),
        [
            "HEAL0401 ../libs/base/heal.toml:5:1 `common`: packages depend on each other in a circle: `common` -> `base` -> `common`"
        ]
    );
}

#[test]
fn one_name_is_one_package_and_no_folder_beside_it() {
    let toml = manifest("shop", &[("common", "../libs/common"), ("base", "../base")]);
    let files = with(repository(), "shop/heal.toml", &toml);
    let files = with(files, "base/heal.toml", &manifest("base", &[]));
    let found = lines(&compile(&SourceSet::of_tree(&files, "shop")));
    assert_eq!(
        found,
        [
            "HEAL0102 ../libs/common/heal.toml:5:1 `base`: two packages are called `base`: `path+../base` and `path+../libs/base`"
        ]
    );
    let found = said_when_locked(&with(repository(), "shop/common/x.heal", ""));
    assert_eq!(
        found,
        [
            "HEAL0102 heal.toml:5:1 `common`: `common` is also a folder of this package: `use common` could mean both"
        ]
    );
}

const FROM_GIT: &str = "[package]
name = \"shop\"
edition = \"2026\"
[dependencies]
slo = { git = \"https://example.org/slo\", rev = \"v1\", folder = \"libs/slo\" }
";

#[test]
fn a_package_from_a_repository_is_found_where_it_is_kept() {
    let mut files =
        texts(&[("heal.toml", FROM_GIT), ("main.heal", "use slo.{load}\ndetector d { when load > 90% }\n")]);
    let bare = SourceSet::of_tree(&files, "");
    let found = lines(&compile(&bare));
    assert_eq!(
        found,
        ["HEAL0602 heal.toml:5:1 `slo`: there is no `heal.lock`, which says what the dependencies hold"]
    );
    let compilation = compile(&SourceSet::of_tree(&with(files.clone(), "heal.lock", "version = 1\n"), ""));
    assert_eq!(lines(&compilation), ["HEAL0604 heal.toml:5:1 `slo`: the package `slo` is not here"]);
    let help = ["it is not in `vendor/slo`: run `heal lock`, and commit the folder"];
    assert_eq!(compilation.diagnostics[0].help, help);

    files.insert("vendor/slo/heal.toml".to_owned(), manifest("slo", &[("base", "../base")]));
    files.insert(
        "vendor/slo/load.heal".to_owned(),
        "use base\npub signal load: ratio { from metric \"l\" every 1m }\n".to_owned(),
    );
    let wanted = SourceSet::of_tree(&files, "").dependencies;
    assert_eq!(wanted["vendor/base"], PackageFiles::Absent(help[0].replace("slo", "base")));
    files.insert("vendor/base/heal.toml".to_owned(), manifest("base", &[]));
    files.insert("vendor/base/load.heal".to_owned(), String::new());
    let mut sources = SourceSet::of_tree(&files, "");
    let commits = BTreeMap::from([("slo".to_owned(), "1f2e".to_owned())]);
    let lock = lock_text(&sources, &commits).unwrap();
    let packages = locked_packages(&lock);
    assert_eq!(packages["slo"].source, "git+https://example.org/slo#v1:libs/slo");
    assert_eq!(packages["slo"].commit.as_deref(), Some("1f2e"));
    assert_eq!(packages["base"].source, "git+https://example.org/slo#v1:libs/base");
    sources.files.insert("heal.lock".to_owned(), lock);
    assert_eq!(lines(&compile(&sources)), Vec::<String>::new());

    let toml = manifest("slo", &[("base", "../../../base")]);
    let found = lines(&compile(&SourceSet::of_tree(&with(files, "vendor/slo/heal.toml", &toml), "")));
    assert_eq!(
        found,
        [
            "HEAL0604 vendor/slo/heal.toml:5:1 `base`: the path to `base` leads out of the repository that names it"
        ]
    );
}

#[test]
fn a_compiler_that_remembers_knows_a_dependency_that_changed() {
    let before = locked(SourceSet::of_tree(&repository(), "shop"));
    let changed = "pub signal load: bytes { from metric \"l\" every 1m }\n";
    let after = SourceSet::of_tree(&with(repository(), "libs/common/load.heal", changed), "shop");
    let mut compiler = Compiler::default();
    for sources in [&before, &locked(after), &before] {
        let warm = compiler.compile(sources, CompileOptions::default(), &mut |_| {});
        let cold = compile(sources);
        assert_eq!((&warm.diagnostics, &warm.program), (&cold.diagnostics, &cold.program));
    }
}

const FULL: &str = "[package]
name = \"shop\"
edition = \"2026\"
version = \"2.0.1\"
[dependencies]
slo = { git = \"https://example.org/slo\", rev = \"1f2e3d\" }
[recordings]
environment = \"production\"
[environments.production]
recording = \"recordings/production\"
[environments.staging]
recording = \"recordings/staging\"
[gates]
owners = [\"sre\", \"alice\"]
missed_incidents = 0
false_alarms = 1
slower_detection = \"1m30s\"
[gates.floors]
limit = \"20 per 1h\"
cooldown = \"5m\"
approval = \"medium\"
[tune.cost]
missed = 500
false_alarm = 12.5
";

fn read(text: &str) -> (Option<Manifest>, Vec<heal_diagnostics::Diagnostic>) {
    Manifest::read(heal_diagnostics::FileId::default(), text)
}

#[test]
fn a_manifest_holds_environments_and_gates() {
    let (manifest, wrong) = read(FULL);
    assert_eq!(wrong, []);
    let manifest = manifest.unwrap();
    assert_eq!(manifest.version, "2.0.1");
    let source = PackageSource::Git {
        url: "https://example.org/slo".to_owned(),
        rev: "1f2e3d".to_owned(),
        folder: String::new(),
    };
    assert_eq!(manifest.dependencies["slo"].source, source);
    assert_eq!(manifest.environments["staging"], "recordings/staging");
    assert_eq!(manifest.default_recording.as_deref(), Some("recordings/production"));
    let gates = &manifest.gates;
    assert_eq!(gates.owners, ["sre", "alice"]);
    assert_eq!((gates.missed_incidents, gates.false_alarms, gates.plans_started), (Some(0), Some(1), None));
    assert_eq!((gates.slower_detection, gates.unknown_impact), (Some(Millis(90_000)), None));
    let floors = &gates.floors;
    assert_eq!(floors.limit, Some(LimitFloor { runs_max: 20, window: Millis::from_minutes(60) }));
    assert_eq!((floors.cooldown, floors.approval), (Some(Millis::from_minutes(5)), Some(Risk::Medium)));
    let cost = &manifest.tune_cost;
    assert_eq!((cost.missed, cost.false_alarm, cost.action), (Some(500.0), Some(12.5), None));
}

#[test]
fn several_things_that_are_wrong_in_a_manifest_are_said_each_at_its_place() {
    let text = "[package]
name = \"shop\"
edition = \"2026\"
[dependencies]
shop = { path = \"../shop\" }
std = { path = \"../std\" }
a-b = { path = \"../a\" }
b = { }
c = { path = \"/c\" }
d = { git = \"https://example.org/d\" }
e = { git = \"git@example.org:e\", rev = \"1\" }
f = { git = \"ext::sh -c x\", rev = \"--upload-pack=x\" }
g = { path = \".\" }
h = \"../h\"
i = { path = \"../i\", rev = \"1\" }
[recordings]
default = \"../elsewhere\"
environment = \"prodution\"
[environments.production]
recording = 5
[environments.staging]
[environments.prod]
recording = \"recordings/prod\"
[gates]
owners = [\"sre\", \"\", \"sre\"]
missed_incidents = -1
slower_detection = \"0s\"
false_alarm = 3
[gates.floors]
limit = \"20\"
cooldown = \"5\"
approval = \"deadly\"
[tune.cost]
missed = \"much\"
action = -1
minute = 1e308
alarm = 3
[gate]
";
    let found: Vec<String> = lines(&compile(&SourceSet::of(texts(&[("heal.toml", text)]))))
        .into_iter()
        .map(|line| line.trim_start_matches("HEAL0006 heal.toml:").to_owned())
        .collect();
    assert_eq!(
        found,
        [
            "5:1 `shop`: `shop` depends on itself",
            "6:1 `std`: `std` is the standard library, which needs no mention",
            "7:1 `a-b`: `a-b` is no name that a `use` could have",
            "8:1 `b`: nothing says where `b` is found",
            "9:14 `\"/c\"`: `/c` is no path from this package to another one, with `/`",
            "10:1 `d`: `d` comes from a repository, and no `rev` of it is said",
            "11:13 `\"git@example.org:e\"`: `git@example.org:e` is no address of a repository",
            "12:13 `\"ext::sh -c x\"`: `ext::sh -c x` is no address of a repository",
            "12:35 `\"--upload-pack=x\"`: `--upload-pack=x` is no revision",
            "13:14 `\".\"`: `.` is no path from this package to another one, with `/`",
            "14:5 `\"../h\"`: `h` is a table",
            "15:28 `\"1\"`: a package that is found by its path has no `rev` and no `folder`",
            "17:11 `\"../elsewhere\"`: `../elsewhere` leaves the package",
            "18:15 `\"prodution\"`: there is no environment `prodution`",
            "20:13 `5`: `recording` is a text",
            "21:15 `staging`: `[environments.staging]` has no `recording`",
            "25:18 `\"\"`: an owner has a name",
            "25:22 `\"sre\"`: the owner `sre` stands twice",
            "26:20 `-1`: `missed_incidents` is a whole number that is not negative",
            "27:20 `\"0s\"`: `0s` is no span of time",
            "28:1 `false_alarm`: `[gates]` has no key `false_alarm`",
            "30:9 `\"20\"`: `20` is no limit",
            "31:12 `\"5\"`: `5` is no span of time",
            "32:12 `\"deadly\"`: `deadly` is no risk",
            "34:10 `\"much\"`: `missed` is a number that is not negative",
            "35:10 `-1`: `action` is a number that is not negative",
            "36:10 `1e308`: `minute` is at most 1e12",
            "37:1 `alarm`: `[tune.cost]` has no key `alarm`",
            "38:2 `gate`: `heal.toml` has no table `[gate]`",
        ]
    );
}

#[test]
fn a_key_that_is_not_known_has_a_fix() {
    let (_, wrong) = read("[package]\nname = \"x\"\nedtion = \"2026\"\nedition = \"2026\"\n");
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
    assert_eq!(wrong[0].help, ["did you mean `edition`?"]);
    assert_eq!(wrong[0].fixes[0].edits[0].text, "edition");
}

proptest! {
    #[test]
    fn any_text_is_read_as_a_manifest_and_as_a_lock_file(text in "\\PC*|(\\[[a-z.\"]{0,9}\\]\n|[a-z]{1,9} = [\\[\\]{}a-z\"0-9=,-]{0,12}\n)*") {
        let _ = read(&text);
        let _ = read(&format!("[package]\nname = \"x\"\n{text}"));
        let _ = locked_packages(&text);
    }
}
