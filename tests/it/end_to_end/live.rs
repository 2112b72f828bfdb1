//! The live engine over a real Prometheus: event time from the reply, actions in shadow only.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heal_tests::{ChildGuard, Prometheus, TestFolder, binary, clean_command, git, run, skip, wait_until};
use serde_json::Value;

const POLICY: &str = "\
use std.notify
use std.service
signal load: ratio by (service) { from prometheus `load_ratio` every 1s stale after 10m }
detector busy { when load > 90% severity critical }
plan restart(service: service.Service) { step restart = service.restart(service) }
policy heal_load {
  on busy
  try restart
  then escalate notify.page(\"load\")
  guard { limit 1 per 1h cooldown 1h }
}
";

#[test]
fn a_running_engine_polls_prometheus_and_lists_its_shadow_actions() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut past = String::from("# HELP load_ratio Load.\n# TYPE load_ratio gauge\n");
    for (service, value) in [("cart", "0.97"), ("shop", "0.2")] {
        for at in (now - 120..now + 240).step_by(15) {
            writeln!(past, "load_ratio{{service=\"{service}\"}} {value} {at}").unwrap();
        }
    }
    past.push_str("# EOF\n");
    let Some(prometheus) = Prometheus::start(&past) else {
        skip!("the live engine", "Prometheus is not installed")
    };
    let folder = TestFolder::new();
    let work = folder.join("policies");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("load.heal"), POLICY).unwrap();
    git(&work, &["init", "--quiet", "-b", "main"]);
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "--quiet", "-m", "policies"]);
    let configuration = format!(
        "state = \"state\"\n[repository]\npath = \"policies\"\npoll = \"1s\"\n[telemetry]\nprometheus = {{ url = \"{}\" }}\n",
        prometheus.url()
    );
    fs::write(folder.join("heald.toml"), configuration).unwrap();
    let heald = |arguments: &[&str]| {
        let mut command = clean_command(binary("heald"), folder.path());
        command.args(arguments).args(["--config", "heald.toml"]);
        command
    };
    let service = ChildGuard::spawn("heald", &mut heald(&["run"]), folder.join("heald.log"));
    let commit = git(&work, &["rev-parse", "HEAD"]);
    let status = wait_until("a shadow action", Duration::from_secs(60), || {
        let output = run(&mut heald(&["status", "--json"]));
        let status: Value = serde_json::from_str(&output.stdout).ok()?;
        output.stdout.contains("std.service.restart(service: cart)").then_some(status)
    });
    assert_eq!(status["policies"]["commit"], commit.as_str(), "{}", service.log());
    let text = status.to_string();
    assert!(!text.contains("restart(service: shop)"), "{text}");

    // Killed and started again: the firing goes on, and the limit of one an hour holds.
    drop(service);
    let _again = ChildGuard::spawn("heald", &mut heald(&["run"]), folder.join("heald.log"));
    let status = wait_until("the firing after a restart", Duration::from_secs(60), || {
        let output = run(&mut heald(&["status", "--json"]));
        let status: Value = serde_json::from_str(&output.stdout).ok()?;
        (status["telemetry"]["samples"].as_u64()? > 4).then_some(output.stdout)
    });
    assert_eq!(status.matches("std.service.restart(service: cart)").count(), 1, "{status}");
}
