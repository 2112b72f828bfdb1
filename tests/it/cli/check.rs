//! `heal init`, `heal check`, `heal fmt`, `heal graph`.

use std::fs;

use heal_tests::TestFolder;
use serde_json::Value;

use super::heal_ends;

#[test]
fn what_init_makes_checks_formats_simulates_and_draws_at_once() {
    let folder = TestFolder::new();
    heal_ends(folder.path(), &["init", "x"], 0);
    let package = folder.join("x");
    let checked = heal_ends(&package, &["check"], 0);
    assert!(checked.stderr.contains("nothing to report"), "{}", checked.stderr);
    heal_ends(&package, &["fmt", "--check"], 0);
    let tested = heal_ends(&package, &["test"], 0);
    assert!(tested.stdout.contains("3 tests passed"), "{tested:?}");
    let simulated = heal_ends(&package, &["simulate"], 0).stdout;
    assert!(simulated.starts_with("Heal: catches 6 of 8 incidents"), "{simulated}");
    assert!(simulated.contains("heal_checkout"), "{simulated}");
    let graph = heal_ends(&package, &["graph", "--format", "mermaid"], 0).stdout;
    assert!(graph.starts_with("flowchart LR\n") && graph.contains("detector slow"), "{graph}");
    assert!(graph.contains("std.service.restart"), "{graph}");
}

#[test]
fn what_nothing_stands_on_is_drawn_only_when_it_is_asked_for() {
    let folder = TestFolder::new();
    let plan = "use std.k8s\nuse std.k8s.{Workload}\npub plan again(workload: Workload) { step s = k8s.restart(workload) }\n";
    folder.write("again.heal", plan);
    let graph = heal_ends(folder.path(), &["graph"], 0).stdout;
    assert!(graph.contains("std.k8s.restart") && !graph.contains("std.k8s.cordon"), "{graph}");
    let all = heal_ends(folder.path(), &["graph", "--all"], 0).stdout;
    assert!(all.contains("std.k8s.cordon"), "{all}");
}

#[test]
fn init_names_the_package_after_its_folder() {
    let folder = TestFolder::new();
    for (made, name) in [("shop", "shop"), ("My Shop.2", "my_shop_2"), ("2026", "demo")] {
        heal_ends(folder.path(), &["init", made], 0);
        let package = folder.join(made);
        let manifest = fs::read_to_string(package.join("heal.toml")).unwrap();
        assert!(manifest.starts_with(&format!("[package]\nname = \"{name}\"\n")), "{manifest}");
        heal_ends(&package, &["check"], 0);
    }
}

#[test]
fn init_overwrites_nothing() {
    let folder = TestFolder::new();
    fs::write(folder.join("checkout.heal"), "mine").unwrap();
    let refused = heal_ends(folder.path(), &["init"], 2);
    assert!(refused.stderr.contains("checkout.heal is there already"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(folder.join("checkout.heal")).unwrap(), "mine");
    assert!(!folder.join("heal.toml").exists());
}

const FIVE_MISTAKES: &str = "\
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
signal load: ratio by (service) { from metric \"load\" every 1m }
detector unitless { when latency > 64 }
detector mixed { when latency.avg(5m) > load }
detector misspelt { when latencyy > 64ms }
detector broken { whne load > 90% }
detector fine { when load > 90% }
policy lost { on fine try nothing_like_it guard { limit 1 per 1h } }
";

#[test]
fn a_single_file_with_five_mistakes_has_five_diagnostics_each_at_its_place() {
    let folder = TestFolder::new();
    fs::write(folder.join("five.heal"), FIVE_MISTAKES).unwrap();
    let checked = heal_ends(folder.path(), &["check", "five.heal", "--format", "json"], 1);
    let json: Value = serde_json::from_str(&checked.stdout).unwrap();
    let lines: Vec<&str> = FIVE_MISTAKES.lines().collect();
    let found: Vec<(String, u64, String)> = json["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["severity"] == "error")
        .map(|it| {
            let line = it["start"]["line"].as_u64().unwrap();
            let column = |end: &str| usize::try_from(it[end]["column"].as_u64().unwrap()).unwrap() - 1;
            let text = &lines[usize::try_from(line).unwrap() - 1][column("start")..column("end")];
            (it["code"].as_str().unwrap().to_owned(), line, text.to_owned())
        })
        .collect();
    let expected = [
        ("HEAL0203", 3, "64"),
        ("HEAL0202", 4, "load"),
        ("HEAL0101", 5, "latencyy"),
        ("HEAL0001", 6, "whne"),
        ("HEAL0101", 8, "nothing_like_it"),
    ];
    let expected: Vec<(String, u64, String)> =
        expected.iter().map(|(code, line, text)| ((*code).to_owned(), *line, (*text).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_file_is_not_called_well_while_another_of_its_package_has_errors() {
    let folder = TestFolder::new();
    folder.write("heal.toml", "[package]\nname = \"shop\"\nedition = \"2026\"\n");
    folder.write("fine.heal", "signal load: ratio by (service) { from metric \"load\" every 1m }\n");
    folder.write("wrong.heal", "detector hot { when laod > 90% }\n");
    let checked = heal_ends(folder.path(), &["check", "fine.heal"], 1);
    let expected = "`fine.heal` is only checked in part: its package has errors in wrong.heal; `heal check` shows them\n";
    assert_eq!((checked.stdout.as_str(), checked.stderr.as_str()), ("", expected));
    folder.write("wrong.heal", "detector hot { when load > 90% }\n");
    heal_ends(folder.path(), &["check", "fine.heal"], 0);
}

#[test]
fn places_are_paths_from_the_current_folder() {
    let folder = TestFolder::new();
    let package = folder.join("packages/shop");
    fs::create_dir_all(package.join("services")).unwrap();
    fs::write(folder.join("packages/alone.heal"), "detector alone { when 1 }\n").unwrap();
    fs::write(package.join("heal.toml"), "[package]\nname = \"shop\"\nedition = \"2026\"\n").unwrap();
    fs::write(package.join("services/cart.heal"), "detector cart { when 1 }\n").unwrap();
    let place = |here: &std::path::Path, path: &str| {
        let checked = heal_ends(here, &["check", path, "--format", "json"], 1);
        let json: Value = serde_json::from_str(&checked.stdout).unwrap();
        json["diagnostics"][0]["file"].as_str().unwrap().to_owned()
    };
    assert_eq!(place(folder.path(), "packages/alone.heal"), "packages/alone.heal");
    assert_eq!(place(folder.path(), "packages/shop"), "packages/shop/services/cart.heal");
    assert_eq!(place(folder.path(), "packages/shop/services/cart.heal"), "packages/shop/services/cart.heal");
    assert_eq!(place(&package, "."), "services/cart.heal");
    assert_eq!(place(&package, "services/cart.heal"), "services/cart.heal");
    let spoken = heal_ends(folder.path(), &["check", "packages/shop"], 1).stderr;
    assert!(spoken.contains("--> packages/shop/services/cart.heal:1:"), "{spoken}");
}

#[test]
fn help_begins_with_what_heal_is() {
    let folder = TestFolder::new();
    let help = heal_ends(folder.path(), &["--help"], 0).stdout;
    assert!(help.starts_with("Policy as code for self-healing systems\n"), "{help}");
}

#[test]
fn unreadable_input_is_wrong_usage_and_says_what_to_do() {
    let folder = TestFolder::new();
    let nothing = heal_ends(folder.path(), &["check"], 2);
    assert!(nothing.stderr.contains("no `.heal` file here"), "{}", nothing.stderr);
    fs::write(folder.join("bad.heal"), b"detector \xff").unwrap();
    let binary = heal_ends(folder.path(), &["check", "bad.heal"], 2);
    assert!(binary.stderr.contains("byte 9 is not UTF-8"), "{}", binary.stderr);
    heal_ends(folder.path(), &["no-such-command"], 2);
}
