//! What people hear of a run that does not pass while a canary's waves wait.

use super::*;

const POLICY: &str = "
use std.notify
use std.service
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 90ms }
plan restart(service: service.Service) {
  step restart = service.restart(service)
  verify latency[service] < 50ms within 5m
}
policy heal {
  on slow
  try restart
  then escalate notify.page(\"x\")
  guard { canary 1 then 100% settle 5m limit 9 per 1h }
}
";

/// What people are told as if every verification failed, by service.
fn told(text: &str, all: Vec<NewSeries>) -> Vec<(String, String)> {
    let simulation = simulate(&program(text), &recording(all), &Options::default()).unwrap();
    let of = |event: &heal_engine::TraceEvent| match &event.kind {
        TraceKind::Escalated { reason, labels, .. } => {
            Some((heal_engine::label_values(labels), reason.clone()))
        }
        _ => None,
    };
    simulation.failing.unwrap().events.iter().filter_map(of).collect()
}

fn slow_for(service: &str, minutes: usize) -> NewSeries {
    let values: Vec<f64> = (0..40).map(|at| if at < minutes { 95.0 } else { 60.0 }).collect();
    series("latency", service, "ms", &values)
}

#[test]
fn people_hear_once_of_a_failed_run_and_that_it_stops_a_canary() {
    let told = told(POLICY, vec![slow_for("cart", 40)]);
    let [(service, reason)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(service, "cart");
    assert!(reason.starts_with("restart failed: a verify"), "{reason}");
    assert!(reason.ends_with("; wave 1 of the canary did not pass, so nothing more is started"), "{reason}");
}

#[test]
fn where_nothing_fires_any_more_no_wave_is_told_of() {
    let told = told(POLICY, vec![slow_for("cart", 3)]);
    let [(_, reason)] = told.as_slice() else { panic!("{told:?}") };
    assert!(reason.starts_with("restart failed: a verify") && !reason.contains("canary"), "{reason}");
}

#[test]
fn who_still_fires_waits_for_a_wave_that_is_told_of_with_what_failed() {
    let told = told(POLICY, vec![slow_for("cart", 3), slow_for("shop", 40)]);
    let of_cart: Vec<&str> =
        told.iter().filter(|(service, _)| service == "cart").map(|(_, reason)| reason.as_str()).collect();
    let [reason] = of_cart.as_slice() else { panic!("{told:?}") };
    assert!(
        reason.starts_with("restart failed: a verify") && reason.contains("wave 1 of the canary"),
        "{reason}"
    );
}

#[test]
fn where_another_plan_would_be_next_people_hear_at_once_that_it_is_not_started() {
    let two = POLICY.replace("  try restart\n", "  try restart\n  then restart\n");
    let told = told(&two, vec![slow_for("cart", 40)]);
    let first = told.first().map(|(_, reason)| reason.as_str());
    assert!(first.is_some_and(|it| it.starts_with("restart failed: a verify")), "{told:?}");
    assert!(first.is_some_and(|it| it.contains("wave 1 of the canary")), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
}
