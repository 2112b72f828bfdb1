//! Logs in which nothing happened: 0 and not unknown, for as long as they lived.

use heal_program::Timestamp;
use heal_telemetry::{LogSummary, RecordingBuilder};

use super::{LATENCY, MINUTE_MS, firings, not_simulated, program, series};
use crate::{Options, simulate};

/// A log of which no line counts, from one second to another.
fn quiet(name: &str, start: i64, end: i64) -> LogSummary {
    let at = |second: i64| Timestamp(second * 1_000);
    LogSummary { name: name.to_owned(), start: at(start), end: at(end), ..LogSummary::default() }
}

#[test]
fn an_event_of_a_quiet_log_did_not_happen_while_the_log_lived_and_is_unknown_beyond() {
    let text = format!(
        "{LATENCY}
event deploy by (service) {{ from event \"deploy\" }}
detector calm {{ when latency > 90ms && !deploy.within(1m) }}
policy tell {{ on calm try escalate }}
"
    );
    let fires = |logs: &[LogSummary]| {
        let recorded = RecordingBuilder::new("small").series(series("latency", "cart", "ms", &[95.0; 6]));
        let recorded = recorded.logs(logs.iter().cloned()).build().unwrap();
        let simulation = simulate(&program(&text), &recorded, &Options::default()).unwrap();
        assert_eq!(not_simulated(&simulation).is_empty(), !logs.is_empty());
        let calm: Vec<i64> = firings(&simulation).into_iter().map(|(_, minute)| minute).collect();
        calm
    };
    assert_eq!(fires(&[]), [0; 1], "of `slow` alone");
    assert_eq!(fires(&[quiet("deploy", -60, 600)]), [0, 0]);
    assert_eq!(fires(&[quiet("deploy", 60, 600)]), [0, 1]);
    assert_eq!(fires(&[quiet("deploy", 60, 90)]), [0, 1], "it was known when it mattered");
    let two = [quiet("deploy", 60, 150), quiet("deploy", 120, 600)];
    assert_eq!(fires(&two), [0, 1], "two files of one log");
    assert_eq!(fires(&[quiet("deploy", 150, 170)]), [0], "between two samples");
    // Where something happened the log is taken for one that lived.
    let loud = LogSummary { lines: 1, ..quiet("deploy", 120, 120) };
    assert_eq!(fires(&[loud, quiet("deploy", 180, 240)]), [0, 0]);
}

#[test]
fn what_counts_the_lines_of_a_quiet_log_is_recorded_though_no_key_is_known() {
    let text = "
signal refused: count by (ip) { from logs \"sshd\" match `refused (?<ip>[0-9.]+)` count per 1m }
detector guessing { when refused > 90 }
policy tell { on guessing try escalate }
";
    let program = program(text);
    let hash = program.signals.iter().next().unwrap().source_hash().to_string();
    let with = |builder: RecordingBuilder| {
        let recorded = builder.series(series("latency", "cart", "ms", &[95.0])).build().unwrap();
        not_simulated(&simulate(&program, &recorded, &Options::default()).unwrap()).len()
    };
    let quiet = quiet("refused", 0, MINUTE_MS);
    assert_eq!(with(RecordingBuilder::new("a").logs([quiet.clone()]).signal(hash, "refused")), 0);
    assert_eq!(with(RecordingBuilder::new("a").logs([quiet])), 1, "nothing says that the signal counts it");
}
