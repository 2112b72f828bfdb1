//! Packages that depend on each other, `heal lock`, and folders of packages.

use std::{fs, path::Path};

use heal_tests::{TestFolder, git};
use serde_json::Value;

use super::heal_ends;

const LOAD: &str = "pub signal load: ratio { from metric \"load\" every 1m }\n";
const BUSY: &str = "use common.{load}\ndetector busy { when load > 90% }\n";

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nedition = \"2026\"\n{rest}")
}

/// A repository with a package `shop` and the package `common` beside it.
fn repository() -> TestFolder {
    let folder = TestFolder::new();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    let dependencies = "[dependencies]\ncommon = { path = \"../common\" }\n";
    folder.write("shop/heal.toml", manifest("shop", dependencies));
    folder.write("shop/main.heal", BUSY);
    folder.write("common/heal.toml", manifest("common", ""));
    folder.write("common/load.heal", LOAD);
    folder
}

/// Code, file and line of what `heal check` says.
fn said(folder: &Path, path: &str) -> Vec<(String, String, u64)> {
    let checked = heal_ends(folder, &["check", path, "--format", "json"], 1);
    let json: Value = serde_json::from_str(&checked.stdout).unwrap();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let diagnostics = json["diagnostics"].as_array().unwrap().iter();
    diagnostics
        .map(|it| (text(&it["code"]), text(&it["file"]), it["start"]["line"].as_u64().unwrap()))
        .collect()
}

fn finding(code: &str, file: &str, line: u64) -> Vec<(String, String, u64)> {
    vec![(code.to_owned(), file.to_owned(), line)]
}

#[test]
fn a_package_beside_this_one_is_used_once_it_is_locked() {
    let folder = repository();
    assert_eq!(said(folder.path(), "shop"), finding("HEAL0602", "shop/heal.toml", 5));
    let locked = heal_ends(folder.path(), &["lock", "shop"], 0);
    assert!(locked.stderr.contains("wrote shop/heal.lock of 1 package"), "{}", locked.stderr);
    heal_ends(folder.path(), &["check", "shop"], 0);
    let again = heal_ends(folder.path(), &["lock", "shop"], 0);
    assert!(again.stderr.contains("heal.lock is as it should be"), "{}", again.stderr);

    folder.write("common/load.heal", LOAD.replace("load\" every 1m", "load\" every 5m"));
    assert_eq!(said(folder.path(), "shop"), finding("HEAL0603", "shop/heal.toml", 5));
    heal_ends(folder.path(), &["lock", "shop"], 0);
    heal_ends(folder.path(), &["check", "shop/main.heal"], 0);

    folder.write("common/load.heal", "pub signal load: ratio { from metric \"load\" }\n");
    heal_ends(folder.path(), &["lock", "shop"], 0);
    assert_eq!(said(folder.path(), "shop"), finding("HEAL0004", "common/load.heal", 1));
}

#[test]
fn what_leads_out_of_the_repository_is_not_read() {
    let folder = repository();
    let inner = folder.join("inner");
    fs::create_dir(&inner).unwrap();
    fs::rename(folder.join("shop"), inner.join("shop")).unwrap();
    git(&inner, &["init", "-q", "-b", "main"]);
    let dependencies = "[dependencies]\ncommon = { path = \"../../common\" }\n";
    folder.write("inner/shop/heal.toml", manifest("shop", dependencies));
    let refused = heal_ends(&inner, &["lock", "shop"], 1).stderr;
    assert!(refused.contains("HEAL0604") && refused.contains("leads out of the repository"), "{refused}");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = repository();
    std::os::unix::fs::symlink(folder.join("common"), folder.join("linked")).unwrap();
    let dependencies = "[dependencies]\ncommon = { path = \"../linked\" }\n";
    folder.write("shop/heal.toml", manifest("shop", dependencies));
    let refused = heal_ends(folder.path(), &["lock", "shop"], 1).stderr;
    assert!(refused.contains("HEAL0604") && refused.contains("links are not followed"), "{refused}");
}

/// A repository elsewhere with the package `slo` in a folder, and what that one depends on beside it.
fn remote() -> TestFolder {
    let folder = TestFolder::new();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    folder.write("libs/slo/heal.toml", manifest("slo", "[dependencies]\nbase = { path = \"../base\" }\n"));
    folder.write("libs/slo/slo.heal", "use base.{load}\npub detector burning { when load > 95% }\n");
    folder.write("libs/slo/other/heal.toml", manifest("other", ""));
    folder.write("libs/base/heal.toml", manifest("base", ""));
    folder.write("libs/base/load.heal", LOAD);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    git(folder.path(), &["tag", "v1"]);
    folder
}

#[test]
fn a_package_from_a_repository_is_fetched_pinned_and_kept_in_the_package() {
    let (remote, folder) = (remote(), TestFolder::new());
    let dependency = |rev: &str| {
        let url = format!("file://{}", remote.path().display());
        manifest(
            "shop",
            &format!("[dependencies]\nslo = {{ git = \"{url}\", rev = \"{rev}\", folder = \"libs/slo\" }}\n"),
        )
    };
    folder.write("heal.toml", dependency("main"));
    folder.write("main.heal", "use slo\nuse slo.{burning}\ndetector both { when burning for 5m }\n");
    assert_eq!(said(folder.path(), "."), finding("HEAL0602", "heal.toml", 5));
    heal_ends(folder.path(), &["lock"], 0);
    let commit = git(remote.path(), &["rev-parse", "HEAD"]).trim().to_owned();
    let lock = fs::read_to_string(folder.join("heal.lock")).unwrap();
    assert!(lock.contains(&format!("commit = \"{commit}\"")), "{lock}");
    assert!(folder.join("vendor/base/load.heal").is_file());
    assert!(!folder.join("vendor/slo/other").exists(), "a package of its own");

    // The remote is gone: nothing but `lock` wants it, and not even that where all is here.
    let gone = remote.join("gone");
    fs::rename(remote.join(".git"), &gone).unwrap();
    let checked = heal_ends(folder.path(), &["check", "--format", "json"], 1).stdout;
    assert!(checked.contains("HEAL0901") && !checked.contains("HEAL06"), "{checked}");
    heal_ends(folder.path(), &["lock"], 0);
    fs::rename(&gone, remote.join(".git")).unwrap();

    // A branch that has moved stays where it was locked, also where the files have to be fetched again.
    remote.write("libs/base/load.heal", LOAD.replace("1m", "2m"));
    git(remote.path(), &["commit", "-q", "-a", "-m", "second"]);
    folder.write("vendor/base/load.heal", LOAD.replace("1m", "9m"));
    assert_eq!(said(folder.path(), "."), finding("HEAL0603", "vendor/slo/heal.toml", 5));
    heal_ends(folder.path(), &["lock"], 0);
    assert_eq!(fs::read_to_string(folder.join("heal.lock")).unwrap(), lock);
    assert_eq!(fs::read_to_string(folder.join("vendor/base/load.heal")).unwrap(), LOAD);
    heal_ends(folder.path(), &["lock", "--update"], 0);
    assert_ne!(fs::read_to_string(folder.join("heal.lock")).unwrap(), lock);
    assert_eq!(fs::read_to_string(folder.join("vendor/base/load.heal")).unwrap(), LOAD.replace("1m", "2m"));

    folder.write("heal.toml", dependency("v1"));
    assert_eq!(said(folder.path(), ".").first().unwrap().0, "HEAL0603");
    heal_ends(folder.path(), &["lock"], 0);
    assert_eq!(fs::read_to_string(folder.join("vendor/base/load.heal")).unwrap(), LOAD);
    folder.write("heal.toml", dependency("v9"));
    let none = heal_ends(folder.path(), &["lock"], 2).stderr;
    assert!(none.contains("has no revision `v9`"), "{none}");
}

#[test]
fn a_folder_of_packages_stands_for_each_of_them() {
    let folder = repository();
    heal_ends(folder.path(), &["lock", "shop"], 0);
    let checked = heal_ends(folder.path(), &["check"], 0).stderr;
    assert!(checked.contains("./common: checked") && checked.contains("./shop: checked"), "{checked}");
    let test = "detector hot { when load > 90% }
test \"calm\" { given load = 1% for 10m  expect no hot }
";
    folder.write("common/test.heal", test);
    heal_ends(folder.path(), &["lock", "shop"], 0);
    let tested = heal_ends(folder.path(), &["test", "--format", "json"], 0).stdout;
    assert!(tested.contains("common/test.heal"), "{tested}");
    folder.write("shop/odd.heal", "param   unused: ratio = 5%\n");
    folder.write("loose.heal", "detector loose { when 1 }\n");
    let json = heal_ends(folder.path(), &["check", "--format", "json"], 1).stdout;
    for file in ["loose.heal", "shop/odd.heal"] {
        assert!(
            json.contains(&format!("\"file\":\"{file}\"")) || json.contains(&format!("\"file\": \"{file}\"")),
            "{json}"
        );
    }
    let unformatted = heal_ends(folder.path(), &["fmt", "--check"], 1).stderr;
    assert!(unformatted.contains("shop/odd.heal is not formatted"), "{unformatted}");
    let one = heal_ends(folder.path(), &["simulate", "."], 1);
    assert!(one.stderr.contains("loose.heal"), "{}", one.stderr);
    fs::remove_file(folder.join("loose.heal")).unwrap();
    let several = heal_ends(folder.path(), &["simulate", "."], 2).stderr;
    assert!(several.contains("name one of the packages in it: ./common, ./shop"), "{several}");
}

#[test]
fn the_shipped_policies_are_checked_from_their_folder() {
    let root = heal_tests::repository_root();
    let checked = heal_ends(root, &["check", "policies"], 0).stderr;
    assert!(
        checked.contains("policies/demo: checked") && checked.contains("policies/showcases: checked"),
        "{checked}"
    );
    heal_ends(root, &["fmt", "--check", "policies"], 0);
}

#[test]
fn a_diff_of_revisions_knows_what_the_package_depends_on() {
    let folder = TestFolder::new();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    heal_ends(folder.path(), &["init", "."], 0);
    let toml = fs::read_to_string(folder.join("heal.toml")).unwrap();
    folder.write("heal.toml", format!("{toml}\n[dependencies]\ncommon = {{ path = \"libs/common\" }}\n"));
    folder.write("libs/common/heal.toml", manifest("common", ""));
    folder.write(
        "libs/common/budget.heal",
        "/// How slow an answer may be.\npub param budget: duration = 60ms\n",
    );
    let checkout = fs::read_to_string(folder.join("checkout.heal")).unwrap();
    let own = checkout.lines().find(|line| line.starts_with("param budget")).unwrap();
    folder.write("checkout.heal", checkout.replace(own, "use common.{budget}"));
    heal_ends(folder.path(), &["lock"], 0);
    heal_ends(folder.path(), &["check"], 0);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    let budget = "/// How slow an answer may be.\npub param budget: duration = 52ms\n";
    folder.write("libs/common/budget.heal", budget);
    let stale = heal_ends(folder.path(), &["diff", "HEAD"], 1);
    assert!(stale.stderr.contains("HEAL0603"), "{}", stale.stderr);
    heal_ends(folder.path(), &["lock"], 0);
    let diff = heal_ends(folder.path(), &["diff", "HEAD", "--format", "json"], 0).stdout;
    let json: Value = serde_json::from_str(&diff).unwrap();
    let mut changes = json["changes"].as_array().unwrap().iter();
    assert!(changes.any(|it| it["path"] == "common.budget"), "{}", json["changes"]);
    let paths: Vec<&str> =
        json["sources"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["heal.lock", "libs/common/budget.heal"]);
}

#[test]
fn gates_are_those_of_the_base_and_end_with_one_where_asked() {
    let folder = TestFolder::new();
    for name in ["base", "head"] {
        heal_ends(folder.path(), &["init", name], 0);
    }
    let toml = fs::read_to_string(folder.join("base/heal.toml")).unwrap();
    folder.write("head/heal.toml", &toml);
    let diff = |gates: &str, arguments: &[&str], code: i32| {
        folder.write("base/heal.toml", format!("{toml}\n{gates}"));
        folder.write("head/heal.toml", format!("{toml}\n{gates}"));
        heal_ends(folder.path(), &[&["diff", "base", "head"], arguments].concat(), code)
    };
    let checkout = fs::read_to_string(folder.join("head/checkout.heal")).unwrap();
    folder.write(
        "head/checkout.heal",
        checkout
            .replace("limit 2 per 1d", "limit 9 per 1d")
            .replace("request_latency.avg(15m) > budget\n  for 10m\n", "request_latency > budget\n"),
    );
    let floor = "[gates.floors]\nlimit = \"8 per 1d\"\n";
    let said = diff(floor, &["--gate"], 1);
    assert!(
        said.stderr.contains("gate `floors.limit` nothing limits heal_checkout to 8 per 1d"),
        "{}",
        said.stderr
    );
    assert!(said.stdout.contains("1 gate is broken"), "{}", said.stdout);
    diff(floor, &[], 0);
    let changed = fs::read_to_string(folder.join("head/checkout.heal")).unwrap();
    let (rung, repeated) = ("try restart\n", "try restart again every 1m\n");
    assert!(changed.contains(rung) && changed.contains("cooldown"), "{changed}");
    let pause = "[gates.floors]\ncooldown = \"5m\"\n";
    diff(pause, &["--gate"], 0);
    folder.write("head/checkout.heal", changed.replace(rung, repeated));
    let said = diff(pause, &["--gate"], 1);
    assert!(
        said.stderr.contains("gate `floors.cooldown` heal_checkout may run again within 5m"),
        "{}",
        said.stderr
    );
    assert!(said.stdout.contains("again every 1m added"), "{}", said.stdout);
    folder.write("head/checkout.heal", changed);
    diff("[gates]\nmissed_incidents = 0\n", &["--gate"], 0);
    let started = diff("[gates]\nplans_started = 0\n", &["--gate"], 1);
    assert!(started.stderr.contains("gate `plans_started`"), "{}", started.stderr);

    folder.write("head/heal.toml", format!("{toml}\n[gates]\nplans_started = 999\n"));
    let own = heal_ends(folder.path(), &["diff", "base", "head", "--gate"], 1).stderr;
    assert!(
        own.contains("the gates themselves are changed: ") && own.contains("gate `plans_started`"),
        "{own}"
    );
}
