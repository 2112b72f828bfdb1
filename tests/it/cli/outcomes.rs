//! `heal record outcomes`, and what simulations make of it. The package, the list of jobs and the commands are those that
//! `docs/outcomes.md` shows.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use heal_tests::{TestFolder, repository_root};
use serde_json::{Value, json};

use super::heal_ends;

fn page() -> String {
    fs::read_to_string(repository_root().join("docs/outcomes.md")).unwrap()
}

/// The blocks of a language on the page.
fn blocks(language: &str) -> Vec<String> {
    let (page, opening) = (page(), format!("```{language}\n"));
    let parts = page.split(&opening).skip(1);
    parts.map(|part| part.split_once("```").unwrap().0.to_owned()).collect()
}

/// What is between quotes is one word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            letter => words.last_mut().unwrap().push(letter),
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

fn heal(folder: &TestFolder, line: &str, code: i32) -> String {
    let words = words(line);
    let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
    let ran = heal_ends(folder.path(), &arguments, code);
    ran.stdout + &ran.stderr
}

/// The package of the page over four hours in which the cache is cold three times for half an hour.
fn shop() -> TestFolder {
    let folder = TestFolder::new();
    folder.write(
        "heal.toml",
        "[package]\nname = \"shop\"\nedition = \"2026\"\n[recordings]\ndefault = \"may\"\n",
    );
    folder.write("shop.heal", blocks("heal").concat());
    let mut hits = "timestamp,value\n".to_owned();
    for minute in 0..240 {
        let is_cold = matches!(minute, 30..60 | 120..150 | 200..230);
        let time = format!("2026-05-01 {:02}:{:02}:00", minute / 60, minute % 60);
        writeln!(hits, "{time},{}", if is_cold { 0.3 } else { 0.9 }).unwrap();
    }
    folder.write("hits.csv", hits);
    heal(&folder, "record csv hits.csv --signal hits --label service=cart --into may", 0);
    folder.write("jobs.csv", blocks("csv").concat());
    folder
}

/// The command of the page that adds the list.
fn command() -> String {
    let command = blocks("sh").into_iter().find(|block| block.contains("record outcomes")).unwrap();
    command.replace("\\\n", " ").trim().strip_prefix("heal ").unwrap().to_owned()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn report(folder: &TestFolder) -> Value {
    serde_json::from_str(&heal(folder, "simulate . --format json", 0)).unwrap()
}

#[test]
fn what_was_really_done_narrows_the_range_and_every_form_says_so() {
    let folder = shop();
    let before = heal(&folder, "simulate .", 0);
    assert!(before.contains("3..6"), "{before}");
    let said = heal(&folder, &command(), 0);
    let added = blocks("text").into_iter().find(|block| block.contains("outcomes, ")).unwrap();
    assert!(said.starts_with(&added), "{said}");
    let shown = heal(&folder, "record show may", 0);
    assert!(
        spaced(&shown)
            .contains("outcomes plan or action runs outcomes first last refill 4 2 passed, 1 failed, 1 done"),
        "{shown}"
    );
    assert!(heal(&folder, "record ls .", 0).contains("240 samples, 4 outcomes"));
    heal(&folder, "record verify may", 0);

    let text = heal(&folder, "simulate .", 0);
    for (format, text) in
        ["text", "markdown", "html"].map(|it| (it, heal(&folder, &format!("simulate . --format {it}"), 0)))
    {
        let words = spaced(&text.replace("<code>", "`").replace("</code>", "`"));
        for part in [
            "Of 5 verifications 3 are decided by recorded outcomes, and 2 are open.",
            "passed as recorded of `refill` for cart at 2026-05-01 00:37 UTC (jobs.csv, id 41)",
            "failed as recorded of `refill` for cart at 2026-05-01 02:06 UTC (jobs.csv, id 43)",
            "3 of 4 are the same as simulated runs, and decided their verifications; 1 is not (1 passed)",
        ] {
            assert!(words.contains(part), "{format}: {part}\n{text}");
        }
    }
    // The timeline says it at the mark of the run.
    let page = heal(&folder, "simulate . --format html", 0);
    assert!(page.contains("passed as recorded of refill for cart at 2026-05-01 00:37 UTC (jobs.csv, id 41); at 2026-05-01 00:35 UTC"));
    let rests = blocks("text").into_iter().find(|block| block.contains("outcomes of")).unwrap();
    assert!(spaced(&text).contains(&spaced(&rests)), "the page shows\n{rests}\nand it is\n{text}");

    let json = report(&folder);
    let runs = json["policies"][0]["runs"].as_array().unwrap();
    let first = json!({
        "by": "recorded", "item": "refill", "labels": [["service", "cart"]], "start": 1_777_595_820_000_i64,
        "end": 1_777_595_860_000_i64, "verdict": "passed", "note": "", "source": "41", "file": "jobs.csv",
    });
    assert_eq!(runs[0]["verified_by"], first, "{json:#}");
    assert_eq!(json["outcomes"][0]["unmatched"], json!({"passed": 1}), "{json:#}");
    // Where it is known that it was done, and not whether it helped, what followed tells.
    let judged = runs.iter().find(|run| run["verified_by"]["verdict"] == "done").unwrap();
    assert!(judged["outcome"].as_str().unwrap().starts_with("failed: "), "{judged:#}");

    let id = |run: &Value| run["id"].as_str().unwrap()[..8].to_owned();
    let explained = spaced(&heal(&folder, &format!("explain {}", id(&runs[0])), 0));
    let told = "verify decided by a recorded outcome: `refill` was really run for service=cart from 2026-05-01T00:37:00Z, \
                until 2026-05-01T00:37:40Z: passed; from jobs.csv, id 41";
    assert!(explained.contains(told), "{explained}");
    let explained = spaced(&heal(&folder, &format!("explain {}", id(judged)), 0));
    assert!(
        explained.contains("verify decided by what was recorded after a run: `refill` was really run"),
        "{explained}"
    );
}

#[test]
fn without_outcomes_a_report_is_what_it_was_and_another_plans_change_nothing() {
    let folder = shop();
    let before = heal(&folder, "simulate . --format json", 0);
    fs::rename(folder.join("may"), folder.join("plain")).unwrap();
    heal(&folder, "record merge plain plain --into may", 0);
    assert_eq!(heal(&folder, "simulate . --format json", 0), before);
    folder.write("other.csv", "start,plan,outcome,service\n2026-05-01 00:35:00,nobody,failed,cart\n");
    heal(&folder, "record outcomes other.csv --into may", 0);
    let after = report(&folder);
    let before: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(after["policies"], before["policies"]);
    let text = heal(&folder, "simulate .", 0);
    assert!(
        spaced(&text).contains("recorded outcomes of `nobody`: none of 1 is the same as a simulated run (1 failed): the policies have no plan or action of this name"),
        "{text}"
    );
}

#[test]
fn a_replay_goes_by_what_was_really_done() {
    let folder = shop();
    fs::create_dir(folder.join("recordings")).unwrap();
    fs::rename(folder.join("may"), folder.join("recordings/may")).unwrap();
    let check = |expected: &str, code: i32| {
        let test = format!("\ntest \"may\" {{\n  replay \"may\"\n  {expected}\n}}\n");
        folder.write("shop.heal", blocks("heal").concat() + &test);
        heal(&folder, "test .", code);
    };
    check("expect refill passed exactly 3", 0);
    check("expect no refill failed", 0);
    heal(&folder, &command().replace("--into may", "--into recordings/may"), 0);
    check("expect no refill failed", 1);
    check("expect refill failed exactly 1 at 2h5m", 0);
}

#[test]
fn what_cannot_be_meant_is_refused_and_the_recording_stays_as_it_was() {
    let folder = shop();
    heal(&folder, &command(), 0);
    let files = |folder: &TestFolder| -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder.join("may")).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
    };
    let before = files(&folder);
    let check = |line: &str, expected: &str| {
        let said = heal(&folder, line, 2);
        assert!(said.contains(expected), "{said}");
        assert_eq!(files(&folder), before, "{line}");
    };
    check("record outcomes jobs.csv --plan refill='Refil cache' --into may", "no row has that name");
    check(
        "record outcomes jobs.csv --plan refill='Refill cache' --plan other='Refill cache' --into may",
        "`--plan` says `Refill cache` twice",
    );
    check("record outcomes jobs.csv --outcome passd=ok --into may", "did you mean `passed`?");
    check("record outcomes jobs.csv --column began=Started --into may", "there is no `began`");
    check(
        "record outcomes jobs.csv --into may",
        "`jobs.csv` line 2, column 2: `Refill cache` is no name of a plan or action",
    );
    // The same run cannot have helped and not.
    let other = fs::read_to_string(folder.join("jobs.csv")).unwrap().replace(",cold,", ",healthy,");
    folder.write("other.csv", other);
    check(
        &command().replace("jobs.csv", "other.csv"),
        "there are two different outcomes of `refill{service=\"cart\"}`",
    );
    let replaced = format!("{} --replace", command().replace("jobs.csv", "other.csv"));
    heal(&folder, &replaced, 0);
    assert_ne!(files(&folder), before);
    // A year too early, and a target that nothing recorded has.
    folder.write("off.csv", "start,plan,outcome,host\n2025-05-01 00:35:00,refill,failed,a\n");
    let said = heal(&folder, "record outcomes off.csv --into may", 0);
    assert!(said.contains("1 of 1 outcomes lies outside the recording"), "{said}");
    assert!(said.contains("the key field `host`, which nothing recorded has"), "{said}");
    let nowhere = heal(&folder, "record outcomes off.csv --into nowhere", 2);
    assert!(nowhere.contains("record those first") && !folder.join("nowhere").exists(), "{nowhere}");
}
