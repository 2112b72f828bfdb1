//! The README's demo, and its numbers for one series counted again by code that shares nothing with the product.

use std::{collections::BTreeMap, fs};

use heal_tests::{TestFolder, binary, clean_command, repository_root, run_ok};
use serde_json::Value;

use super::heal_ends;

const MINUTE_MS: i64 = 60_000;
const GRID_MS: i64 = 5 * MINUTE_MS;
const STALE_MS: i64 = 15 * MINUTE_MS;

#[test]
fn the_demo_ignores_the_users_git_configuration_and_names_its_folder() {
    let folder = TestFolder::new();
    fs::write(
        folder.join(".gitconfig"),
        "[commit]\n gpgsign = true\n[core]\n hooksPath = /nowhere\n autocrlf = true\n[init]\n defaultBranch = odd\n",
    )
    .unwrap();
    let mut command = clean_command(binary("heal"), folder.path());
    command.env_remove("GIT_CONFIG_GLOBAL").args(["demo", "--folder", "demo"]);
    let output = run_ok(&mut command);
    assert!(output.stdout.contains("### Heal: catches 2 more incidents"), "{}", output.stdout);
    assert!(output.stdout.len() <= 65_536);
    let report = folder.join("demo/policies.heal/pulls/1/report.html");
    assert!(output.stderr.contains("policies.heal/pulls/1/report.html"), "{}", output.stderr);
    // Whoever has only built Heal has no `heal` on the path.
    let again = format!("&& {} diff main", binary("heal").display());
    assert!(output.stderr.contains(&again), "{}", output.stderr);
    let html = fs::read_to_string(report).unwrap();
    assert!(html.contains("<svg") && !html.contains("http-equiv=\"refresh\""));
}

#[test]
fn the_demos_numbers_for_the_checkout_series_follow_from_its_csv() {
    let folder = TestFolder::new();
    heal_ends(folder.path(), &["demo", "--folder", "demo"], 0);
    let repository = folder.join("demo/policies");
    let arguments = ["diff", "main", "heal/notice-fast-failures", "--format", "json"];
    let json: Value = serde_json::from_str(&heal_ends(&repository, &arguments, 0).stdout).unwrap();
    let samples = checkout_samples();

    // main: the mean of 15 minutes above 60 ms at every step for 10 minutes.
    let slow = |step: i64| {
        if step - 15 * MINUTE_MS < samples.keys().next().copied().unwrap() {
            return None;
        }
        let inside: Vec<f64> =
            samples.range(step - 15 * MINUTE_MS + 1..=step).map(|(_, value)| *value).collect();
        let count = f64::from(u32::try_from(inside.len()).unwrap());
        (!inside.is_empty()).then(|| inside.iter().sum::<f64>() / count > 60.0)
    };
    // The branch: the last value, unless it is stale, above 60 ms or below 31 ms, at once.
    let odd = |step: i64| {
        let (at, value) = samples.range(..=step).next_back()?;
        (step - at <= STALE_MS).then_some(*value > 60.0 || *value < 31.0)
    };
    let end = recording_end();
    for (side, expected) in
        [("base", firings(&samples, end, 10 * MINUTE_MS, slow)), ("head", firings(&samples, end, 0, odd))]
    {
        let detector =
            &json[side]["detectors"].as_array().unwrap().iter().find(|it| it["path"] == "slow").unwrap();
        let found: Vec<(i64, Option<i64>)> = detector["firings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|firing| (firing["start"].as_i64().unwrap(), firing["end"].as_i64()))
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(found, expected, "{side}");
        assert_eq!(caught(&expected), caught_by(detector), "{side}");
    }
    assert_eq!(json["counted"]["base"]["caught"], 6);
    assert_eq!(json["counted"]["head"]["caught"], 8);
}

/// The shipped CSV file: the first row of a time wins.
fn checkout_samples() -> BTreeMap<i64, f64> {
    let file = repository_root().join("policies/demo/telemetry/ec2_request_latency_system_failure.csv");
    let mut samples = BTreeMap::new();
    for line in fs::read_to_string(file).unwrap().lines().skip(1) {
        let (time, value) = line.split_once(',').unwrap();
        samples.entry(milliseconds(time)).or_insert(value.trim().parse().unwrap());
    }
    samples
}

/// The recording ends with its last series.
fn recording_end() -> i64 {
    milliseconds("2014-07-15 17:19:00")
}

/// Firings as (start, end): true at every step from t to t + hold; ends at the first false step, or when unknown for
/// one more stale time.
fn firings(
    samples: &BTreeMap<i64, f64>,
    end: i64,
    hold: i64,
    condition: impl Fn(i64) -> Option<bool>,
) -> Vec<(i64, Option<i64>)> {
    let first = samples.keys().next().unwrap();
    let mut step = (first + GRID_MS - 1) / GRID_MS * GRID_MS;
    let (mut firings, mut since, mut unknown_since, mut started) = (Vec::new(), None, None, None);
    while step <= end {
        let truth = condition(step);
        match (started, truth) {
            (None, Some(true)) => {
                if step - *since.get_or_insert(step) >= hold {
                    started = Some(step);
                }
            }
            (None, _) => since = None,
            (Some(_), Some(true)) => unknown_since = None,
            (Some(start), Some(false)) => {
                firings.push((start, Some(step)));
                (started, since, unknown_since) = (None, None, None);
            }
            (Some(start), None) => {
                if step - *unknown_since.get_or_insert(step) >= STALE_MS {
                    firings.push((start, Some(step)));
                    (started, since, unknown_since) = (None, None, None);
                }
            }
        }
        step += GRID_MS;
    }
    firings.extend(started.map(|start| (start, None)));
    firings
}

/// Time to detect of each caught incident, by the shipped list.
fn caught(firings: &[(i64, Option<i64>)]) -> Vec<(String, i64)> {
    let file = repository_root().join("policies/demo/telemetry/incidents.csv");
    let mut caught = Vec::new();
    for line in fs::read_to_string(file).unwrap().lines().filter(|line| line.ends_with("service=checkout")) {
        let cells: Vec<&str> = line.split(',').collect();
        let (from, to) = (milliseconds(cells[1]), milliseconds(cells[2]));
        let overlapping =
            firings.iter().find(|(start, end)| *start <= to && end.is_none_or(|end| end >= from));
        caught.extend(overlapping.map(|(start, _)| (cells[0].to_owned(), (start - from).max(0))));
    }
    caught
}

fn caught_by(detector: &Value) -> Vec<(String, i64)> {
    let caught = detector["score"]["caught"].as_array().unwrap();
    caught
        .iter()
        .map(|it| (it["incident"].as_str().unwrap().to_owned(), it["time_to_detect"].as_i64().unwrap()))
        .collect()
}

/// `2014-03-14 03:31:00` in UTC as milliseconds since 1970, by counting the days.
fn milliseconds(text: &str) -> i64 {
    let parts: Vec<i64> = text.split([' ', '-', ':']).map(|part| part.parse().unwrap()).collect();
    let [year, month, day, hour, minute, second] = parts[..] else { panic!("{text}") };
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of = |month: i64| match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let years: i64 = (1970..year).map(|year| 365 + i64::from(is_leap(year))).sum();
    let days = years + (1..month).map(days_of).sum::<i64>() + day - 1;
    (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000
}
