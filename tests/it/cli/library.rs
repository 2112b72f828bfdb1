//! What Heal ships and shows in its own language: it checks, is formatted, and its tests pass.

use heal_tests::{TestFolder, binary, clean_command, repository_root, run_ok};

use super::heal_ends;

/// Packages of the repository, from its root.
const PACKAGES: [&str; 3] = ["stdlib", "policies/demo", "policies/showcases"];

#[test]
fn every_package_that_is_shipped_checks_without_a_word_and_is_formatted() {
    for package in PACKAGES {
        let folder = repository_root().join(package);
        heal_ends(&folder, &["check"], 0);
        heal_ends(&folder, &["fmt", "--check"], 0);
    }
}

#[test]
fn the_library_says_what_it_offers() {
    let folder = TestFolder::new();
    let doc = |arguments: &[&str]| heal_ends(folder.path(), &[&["doc"], arguments].concat(), 0).stdout;
    let list = doc(&[]);
    assert!(list.contains("\nstd.slo           Burn rates of service level objectives"), "{list}");
    let page = doc(&["std::slo"]);
    assert!(page.contains("\nuse std.slo\n") && page.contains("\npub detector burn_rate("), "{page}");
    assert_eq!(page, doc(&["slo"]));
    let one = doc(&["std.slo.slow_burn"]);
    assert!(one.starts_with("/// Spends 10 %") && one.lines().count() == 2, "{one}");
    for (wrong, expected) in
        [("std.sol", "did you mean `std.slo`?"), ("slo.slow", "it has burn, burn_rate, ")]
    {
        let said = heal_ends(folder.path(), &["doc", wrong], 2).stderr;
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn every_test_that_is_shipped_passes() {
    for package in PACKAGES {
        heal_ends(&repository_root().join(package), &["test"], 0);
    }
}

/// What is decided of the language, as tests in the language itself: a file of each decision, and of what others got wrong.
#[test]
fn what_is_decided_of_the_language_holds() {
    let folder = repository_root().join("tests/suite/semantics");
    // Two of its plans on events verify nothing, and one of its policies tells nobody, on purpose.
    let said = heal_ends(&folder, &["check"], 1).stderr;
    let count = |code: &str| said.matches(&format!("warning[{code}")).count();
    assert_eq!((count(""), count("HEAL0934"), count("HEAL0925")), (3, 2, 1), "{said}");
    heal_ends(&folder, &["fmt", "--check"], 0);
    let passed = heal_ends(&folder, &["test"], 0).stdout;
    assert!(passed.contains("307 tests passed"), "{passed}");
}

/// What is decided where several of these decisions meet: a folder of each meeting.
#[test]
fn what_is_decided_of_the_language_holds_where_its_decisions_meet() {
    let folder = repository_root().join("tests/suite/meetings");
    heal_ends(&folder, &["fmt", "--check"], 0);
    let passed = heal_ends(&folder, &["test"], 0).stdout;
    assert!(passed.contains("163 tests passed"), "{passed}");
}

/// What stands in the blocks of a page that are marked as Heal, as one file.
fn examples(page: &str) -> String {
    let text = std::fs::read_to_string(repository_root().join(page)).unwrap();
    let blocks = text.split("```heal\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_the_pages_show_checks_is_formatted_and_passes() {
    for page in ["README.md", "docs/guide.md", "docs/logs.md"] {
        let folder = TestFolder::new();
        let text = examples(page);
        assert!(text.contains("signal "), "{page}");
        folder.write("page.heal", &text);
        heal_ends(folder.path(), &["check", "page.heal"], 0);
        heal_ends(folder.path(), &["fmt", "--check", "page.heal"], 0);
        if text.contains("\ntest ") {
            heal_ends(folder.path(), &["test", "page.heal"], 0);
        }
    }
}

/// The blocks of a page that are fenced as `language`, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository_root().join(page)).unwrap();
    let fence = format!("```{language}\n");
    text.split(fence.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// A CSV file of answers in seconds: fast for two hours, slow for one, fast again.
fn answer_times() -> String {
    let rows = (0..240).map(|minute| {
        let seconds = if (120..180).contains(&minute) { 0.6 } else { 0.1 };
        format!("2026-05-04 {:02}:{:02}:00,{seconds}\n", minute / 60, minute % 60)
    });
    std::iter::once("timestamp,value\n".to_owned()).chain(rows).collect()
}

#[test]
fn the_guide_can_be_followed_to_its_end_as_it_is_written() {
    let commands = blocks("docs/guide.md", "sh");
    let [begin, clear, check, measure] = commands.as_slice() else { panic!("{commands:#?}") };
    let folder = TestFolder::new();
    let binaries = binary("heal").parent().unwrap().to_owned();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let shell = |place: &std::path::Path, script: &str| {
        let mut shell = clean_command("sh", place);
        run_ok(shell.env("PATH", &path).args(["-e", "-c", script])).stdout
    };
    shell(folder.path(), begin);
    let shop = folder.join("shop");
    shell(&shop, clear);
    let refused = heal_ends(&shop, &["check"], 2);
    assert!(!refused.stderr.contains("heal init"), "{}", refused.stderr);
    folder.write("shop/shop.heal", examples("docs/guide.md"));
    shell(&shop, check);
    folder.write("shop/answer_time.csv", answer_times());
    folder.write(
        "shop/incidents.csv",
        "name,start,end\nslow answers,2026-05-04 02:00:00,2026-05-04 03:00:00\n",
    );
    let said = shell(&shop, measure);
    assert!(said.contains("answer_time{service=\"cart\"} in s: 240 samples, complete"), "{said}");
    // The policy for pods has nothing recorded, and says so; the one that was recorded for is simulated.
    assert!(!said.contains("Unknown: `heal_shop`") && said.contains("--signal pod_restarts"), "{said}");
    let arguments = ["simulate", "--recording", "recordings/may", "--format", "json"];
    let report: serde_json::Value = serde_json::from_str(&heal_ends(&shop, &arguments, 0).stdout).unwrap();
    let slow = report["detectors"].as_array().unwrap().iter().find(|it| it["path"] == "slow").unwrap();
    assert_eq!(slow["score"]["caught"][0]["incident"], "slow answers");
}

#[test]
fn the_tour_has_no_error_and_its_leak_is_healed() {
    for (page, warnings) in [("docs/tour.heal", 6), ("docs/tour_library.heal", 0)] {
        let code = i32::from(warnings > 0);
        let said = heal_ends(repository_root(), &["check", page], code).stderr;
        assert!(!said.contains("error["), "{said}");
        assert_eq!(said.matches("warning[").count(), warnings, "{said}");
        heal_ends(repository_root(), &["fmt", "--check", page], 0);
    }
    heal_ends(repository_root(), &["test", "docs/tour.heal", "--filter", "recycles"], 0);
}
