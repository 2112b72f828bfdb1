//! What held a rung back, guard by guard.

use insta::assert_snapshot;

use super::fixture::*;

/// Two services that are busy from minutes 10 and 12 on: the second one is held back.
fn two_busy(package: &str) -> Ran {
    let a = series("load", "a", 0, &values(&[(10, 5.0), (40, 12.0)]));
    let b = series("load", "b", 0, &values(&[(12, 5.0), (38, 12.0)]));
    ran(package, vec![a, b], vec![])
}

/// The lines about the withheld rung.
fn held(ran: &Ran, failing: bool) -> String {
    let told = ran.told_of(failing, withheld);
    let lines: Vec<&str> = told.lines().collect();
    let from = lines.iter().position(|line| line.starts_with('>')).unwrap();
    let more = lines.iter().skip(from + 1).take_while(|line| line.starts_with("                      "));
    std::iter::once(&lines[from]).chain(more).map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_limit_names_the_starts_that_used_it_up() {
    assert_snapshot!(held(&two_busy(&guarded("").replace("limit 9 per 1d", "limit 1 per 30m")), false), @r#"
> 00:14     cadfab7b  withheld restart, rung 1: limit 1 per 30m
                        1 of 1 used
                        counted: restart for a at 1970-01-01 00:12 (58ebdd93)
                        to differ: a limit of 2 or more; or 28m later, at 1970-01-01 00:42 UTC: the
                          oldest start leaves the window then
"#);
}

#[test]
fn a_concurrency_names_the_runs_in_flight() {
    assert_snapshot!(held(&two_busy(&guarded("concurrency 1")), false), @r#"
> 00:14     1cfa26ce  withheld restart, rung 1: concurrency 1
                        1 in flight, 1 may be
                        counted: restart for a at 1970-01-01 00:12 (58ebdd93)
                        to differ: a concurrency of 2 or more; or 1m later, at 1970-01-01 00:15 UTC:
                          the first of them has ended by then
"#);
}

#[test]
fn a_breaker_names_the_runs_that_failed() {
    let a = series("load", "a", 0, &values(&[(10, 5.0), (40, 12.0)]));
    let b = series("load", "b", 0, &values(&[(25, 5.0), (25, 12.0)]));
    let ran = ran(&guarded("breaker 1 failures in 1h, open for 20m"), vec![a, b], vec![]);
    assert_snapshot!(held(&ran, true), @r#"
> 00:27     f9c87745  withheld restart, rung 1: breaker 1 failures per 1h
                        open: 1 run failed within 1h, and 1 opens it
                        counted: restart for a at 1970-01-01 00:12 (58ebdd93)
                        to differ: a breaker of 2 failures or more; or 10m later, at 1970-01-01
                          00:37 UTC: one run is let through then
"#);
}

#[test]
fn a_freeze_says_when_it_ends() {
    assert_snapshot!(held(&two_busy(&guarded("freeze \"daily 00:00..00:30 UTC\"")), false), @r#"
> 00:12     2f5a5a5e  withheld restart, rung 1: freeze `daily 00:00..00:30 UTC`
                        it was 1970-01-01 00:12 UTC then
                        to differ: 18m later, at 1970-01-01 00:30 UTC: the freeze ends then
"#);
}

#[test]
fn an_only_says_when_starts_are_allowed() {
    assert_snapshot!(held(&two_busy(&guarded("only \"daily 09:00..17:00 UTC\"")), false), @r#"
> 00:12     6b0c4458  withheld restart, rung 1: only during `daily 09:00..17:00 UTC`
                        it was 1970-01-01 00:12 UTC then
                        to differ: 8h48m later, at 1970-01-01 09:00 UTC: starts are allowed from
                          then on
"#);
}

#[test]
fn a_storm_says_how_many_firings_began() {
    assert_snapshot!(held(&two_busy(&guarded("storm 2 firings in 5m, open for 10m")), false), @r#"
> 00:14     fa054549  withheld restart, rung 1: storm: 2 firings per 5m
                        2 firings began within 5m
                        to differ: fewer than 2 firings within 5m; or 10m later, at 1970-01-01 00:24
                          UTC: the storm is over then, if no more begin
"#);
}

#[test]
fn a_requirement_that_nothing_was_recorded_for_says_what_lacks() {
    let package =
        guarded("").replace("{\n  step restart", "{\n  require other[service] > 2\n  step restart").replace(
            "detector busy",
            "signal other: count by (service) { from metric \"other\" every 1m }\ndetector busy",
        );
    assert_snapshot!(held(&two_busy(&package), false), @r#"
> 00:12     834b80a5  withheld restart, rung 1: `require other[service] > 2` reads what the
                      recording does not hold
                        `other[service.service]` was unknown
                        `service.service` was "a"
                        to differ: `require other[service] > 2` known and true
"#);
}

#[test]
fn another_run_on_the_same_entity_is_named() {
    let package = format!(
        "{}\npolicy other {{ on busy try restart then escalate guard {{ limit 9 per 1d }} }}\n",
        guarded("")
    );
    assert_snapshot!(held(&two_busy(&package), false), @r#"
> 00:12     9fe4c3dd  withheld restart, rung 1: a run of heal works on the same entity
                        to differ: the run of heal on the same entity over
"#);
}

#[test]
fn an_approval_that_nobody_answers_says_what_would_have_helped() {
    let ran = two_busy(&guarded("approval \"sre\", timeout 5m else escalate"));
    let told = ran.told_of(false, firing);
    let story: Vec<&str> = told.lines().skip_while(|line| *line != "heal").collect();
    assert_snapshot!(story.join("\n"), @r#"
heal
  1970-01-01
  00:12     45592930  asks sre about restart, until 1970-01-01 00:17
                        to differ: no approval needed, or sre agreed
  00:17     45592930  nobody answered in time
                        to differ: an answer in time
  00:17     73d23291  tells the default channel: the approval timed out
"#);
}

#[test]
fn a_choice_shows_its_arms() {
    let package = guarded("")
        .replace("try restart", "try choose [restart, replace]")
        .replace("policy heal", "plan replace(service: Service) {\n  step replace = service.replace(service)\n  verify load[service] < ceiling within 5m\n}\npolicy heal");
    let told = two_busy(&package).told_of(true, |kind| match kind {
        heal_engine::TraceKind::Chosen { firing, labels, .. } if labels[0].1 == "b" => Some(*firing),
        _ => None,
    });
    let story: Vec<&str> = told.lines().skip_while(|line| !line.contains("chooses")).take(4).collect();
    assert_snapshot!(story.join("\n"), @r#"
00:14               chooses replace
                      restart: 0 of 0 passed, index 0.500
                      replace: 0 of 0 passed, index 0.500; chosen
                      2 have the highest index: drawn by a lot that policy, firing and plan decide
"#);
}
