//! `heald run` with a real Prometheus.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use heal_tests::{Prometheus, skip};

use super::world::World;

const POLICY: &str = r#"
use std.notify

/// How full the queue is.
signal depth: ratio in percent by (queue) {
  from prometheus `queue_depth_percent`
  every 1s
}

/// What nobody delivers.
signal silent: ratio by (queue) {
  from prometheus `no_such_series`
  every 1s
}

/// Full for a minute on average: known at once only with the history before the start.
detector full {
  when depth.avg(10m) > 80%
  for 2s
  severity warning
}

detector empty {
  when silent < 1%
}

policy tell {
  on full
  try escalate notify.page("queues")
}
"#;

#[test]
fn a_real_prometheus_feeds_the_engine_with_history_and_all() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut past = "# TYPE queue_depth_percent gauge\n".to_owned();
    // From an hour ago to an hour ahead: the future is not asked for before it comes.
    for at in (now - 3_600..now + 3_600).step_by(15) {
        for (queue, value) in [("mail", 90), ("batch", 20)] {
            writeln!(past, "queue_depth_percent{{queue=\"{queue}\"}} {value} {at}").unwrap();
        }
    }
    past.push_str("# EOF\n");
    let Some(prometheus) = Prometheus::start(&past) else { skip!("prometheus", "it is not installed") };
    let world = World::new(&format!("prometheus = {{ url = \"{}\", timeout = \"5s\" }}", prometheus.url()));
    for file in ["batch.heal", "checkout.heal", "press.heal", "tests.heal", "workers.heal"] {
        std::fs::remove_file(world.policies().join(file)).unwrap();
    }
    std::fs::write(world.policies().join("queues.heal"), POLICY).unwrap();
    world.commit("Watch queues");

    let mut heald = world.start();
    let status = world.wait("a firing", |status| !status.engine.firings.is_empty());
    assert!(world.log().contains("history_fetched"), "{}", world.log());
    let firing = &status.engine.firings[0];
    assert_eq!(
        (status.engine.firings.len(), firing.key.as_slice()),
        (1, ["mail".to_owned()].as_slice()),
        "{firing:?}"
    );
    assert!(firing.detector.ends_with("full"), "{firing:?}");
    let told = world.wait("the message", |status| !status.engine.shadow_messages.is_empty());
    assert_eq!(told.telemetry.kind, "prometheus");
    assert!(told.telemetry.steps > 0 && told.telemetry.failing.is_empty(), "{:?}", told.telemetry);
    assert_eq!(told.engine.shadow_messages[0].outcome.as_deref(), Some("shadow"));

    // A restart keeps the firing: it is the same one, from the same time.
    heald.kill();
    let _heald = world.start();
    let again = world.wait("the service again", |status| status.telemetry.steps > 0);
    assert_eq!(again.engine.firings, status.engine.firings);
    assert_eq!(again.engine.shadow_messages, told.engine.shadow_messages);
    drop(prometheus);
    let alone = world.wait("what fails", |status| !status.telemetry.failing.is_empty());
    assert!(alone.telemetry.failing[0].1.contains("cannot be reached"), "{:?}", alone.telemetry.failing);
}
