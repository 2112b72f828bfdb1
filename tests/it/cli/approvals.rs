//! When people would have been asked, in the zone of those who are asked.

use std::fmt::Write as _;

use heal_tests::TestFolder;

use super::heal_ends;

const POLICY: &str = "
use std.service.{Service}
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
action swap_out(service: Service) { command [\"swap-out\", service.service] risk low idempotent }
plan swapping(service: Service) { step swap = swap_out(service) }
policy swap {
  on slow
  try swapping
  guard {
    limit 20 per 1d
    approval \"sre\", timeout 20m
  }
}
";

/// 2026-07-01T00:00:00Z.
const START: u64 = 1_782_864_000;

#[test]
fn a_report_and_a_diff_say_at_which_local_hours_a_team_would_have_been_asked() {
    let folder = TestFolder::new();
    let mut csv = String::from("timestamp,value\n");
    for minute in 0..3 * 1_440 {
        // An hour of it each night, from 01:10 UTC on.
        let value = if (70..130).contains(&(minute % 1_440)) { 95 } else { 20 };
        writeln!(csv, "{},{value}", START + 60 * minute).unwrap();
    }
    folder.write("latency.csv", csv);
    let arguments = "record csv latency.csv --name latency --unit ms --label service=cart --into x";
    heal_ends(folder.path(), &arguments.split(' ').collect::<Vec<_>>(), 0);
    let package = |name: &str, zone: &str| {
        folder.write(
            format!("{name}/heal.toml"),
            format!("[package]\nname = \"shop\"\nedition = \"2026\"\n{zone}"),
        );
        folder.write(format!("{name}/policy.heal"), POLICY);
    };
    package("utc", "");
    package("berlin", "time_zone = \"Europe/Berlin\"\n");
    let text = |arguments: &[&str]| {
        let output = heal_ends(folder.path(), &[arguments, &["--recording", "x"]].concat(), 0).stdout;
        output.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "")
    };
    let asked =
        |hours: &str| format!("swap would have asked sre 3 times, at the median open 20m, at {hours}");
    let utc = text(&["simulate", "utc"]);
    assert!(utc.contains(&asked("01h (3) UTC")), "{utc}");
    let berlin = text(&["simulate", "berlin"]);
    assert!(berlin.contains(&asked("03h (3) Europe/Berlin")), "{berlin}");
    let diff = text(&["diff", "utc", "berlin"]);
    assert!(diff.contains(&asked("03h (3) Europe/Berlin")), "{diff}");
    package("wrong", "time_zone = \"Europe/Berlim\"\n");
    let wrong = heal_ends(folder.path(), &["check", "wrong"], 1).stderr;
    assert!(
        wrong.contains("there is no time zone `Europe/Berlim`") && wrong.contains("Europe/Berlin"),
        "{wrong}"
    );
}
