//! The packages that `heal-bench replay` runs: three rules, and a hundred.

use std::fmt::Write;
use std::path::Path;

/// The three rules: name, condition in Heal, time that it must hold, condition in PromQL.
///
/// Prometheus 2 counts a sample at the very beginning of a window and Heal does not, so its windows are asked for a
/// millisecond shorter.
pub const RULES: [(&str, &str, &str, &str); 3] = [
    ("busy", "cpu.avg(5m) > 90%", "5m", "avg_over_time(cpu[299999ms]) > 0.9"),
    (
        "odd",
        "(cpu - cpu.avg(1h)) / cpu.stddev(1h) > 4",
        "0s",
        "(cpu - avg_over_time(cpu[3599999ms])) / stddev_over_time(cpu[3599999ms]) > 4",
    ),
    (
        "leaking",
        "cpu.forecast(ahead: 4h, train: 1h, method: \"linear\").value > 100%",
        "0s",
        "predict_linear(cpu[3599999ms], 14400) > 1",
    ),
];

const GROUND: &str = "use std.notify

signal cpu: ratio by (instance) {
  from metric \"cpu\"
  every 15s
}
";

/// Writes a package of detectors: name, condition, time that it must hold. `policies`: with a policy for each.
pub fn write_package<'r>(
    folder: &Path,
    rules: impl IntoIterator<Item = (&'r str, &'r str, &'r str)>,
    policies: bool,
) {
    let mut text = format!("//! Rules over the load of servers.\n{GROUND}");
    for (name, condition, hold) in rules {
        let hold = if hold == "0s" { String::new() } else { format!("  for {hold}\n") };
        let _ = write!(text, "\ndetector {name} {{\n  when {condition}\n{hold}}}\n");
        if policies {
            let _ = write!(
                text,
                "\npolicy heal_{name} {{\n  on {name}\n  try escalate notify.page(\"team\")\n}}\n"
            );
        }
    }
    std::fs::create_dir_all(folder).expect("make a folder");
    let manifest = "[package]\nname = \"bench\"\nedition = \"2026\"\n";
    std::fs::write(folder.join("heal.toml"), manifest).expect("write a file");
    std::fs::write(folder.join("rules.heal"), text).expect("write a file");
}

/// 60 thresholds, 25 z-scores, 10 regressions, 5 medians: names, conditions, holds. They share windows where a team's
/// would. `first` is the limit of the first one.
pub fn hundred(first: &str) -> Vec<(String, String, String)> {
    let mut rules = Vec::new();
    for at in 0..60 {
        let limit = if at == 0 { first.to_owned() } else { format!("{}%", 90 + at % 10) };
        let window = [1, 2, 5, 10, 15, 30][at % 6];
        rules.push((
            format!("threshold_{at}"),
            format!("cpu.avg({window}m) > {limit}"),
            format!("{}m", 30 + at % 30),
        ));
    }
    for at in 0..25 {
        let window = ["30m", "1h", "2h", "4h", "6h"][at % 5];
        let limit = 12 + at / 5;
        let condition = format!("(cpu - cpu.avg({window})) / cpu.stddev({window}) > {limit}");
        rules.push((format!("score_{at}"), condition, "0s".to_owned()));
    }
    for at in 0..10 {
        let (train, ahead) = (["1h", "2h"][at % 2], 1 + at / 2);
        let condition = format!(
            "cpu.forecast(ahead: {ahead}h, train: {train}, method: \"linear\").value > {}%",
            100 + 10 * ahead
        );
        rules.push((format!("regression_{at}"), condition, "30m".to_owned()));
    }
    for at in 0..5 {
        let window = ["5m", "10m", "15m", "30m", "1h"][at];
        rules.push((
            format!("median_{at}"),
            format!("cpu.median({window}) > {}%", 95 + at % 3),
            "20m".to_owned(),
        ));
    }
    rules
}

/// So many thresholds that no two are the same: names and conditions.
pub fn many(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|at| (format!("rule_{at}"), format!("cpu.avg(5m) > {}.{:02}%", 50 + at / 100, at % 100)))
        .collect()
}
