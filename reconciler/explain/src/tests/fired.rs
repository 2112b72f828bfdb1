//! Why something fired, and what was done about it.

use heal_engine::TraceKind;
use heal_program::SemanticHash;
use insta::assert_snapshot;

use super::fixture::*;
use crate::{NoAnswer, Question, to_json};

fn one_busy_service() -> Ran {
    ran(
        &guarded(""),
        vec![series("load", "a", 0, &values(&[(10, 5.0), (4, 12.0), (3, 11.0), (20, 5.0)]))],
        vec![],
    )
}

#[test]
fn a_firing_is_told_with_its_values_its_hold_and_what_would_have_had_to_differ() {
    let text = one_busy_service().told_of(false, firing);
    assert_snapshot!(text, @r#"
busy for a fired from 1970-01-01 00:12 UTC to 1970-01-01 00:17 UTC

busy for a  d5d7f189
  when load > ceiling
  true since 1970-01-01 00:10 UTC without a break: `for 2m` was over at 1970-01-01 00:12 UTC
  cleared at 1970-01-01 00:17 UTC, after 5m: its condition was false

  Values at 1970-01-01 00:12
    load > ceiling  true
      load          12
      ceiling       10

  Values at its end, 1970-01-01 00:17
    load     5
    ceiling  10

  What would have had to differ, each alone
  - `load` at most 10 (`ceiling`): it was 12 at 1970-01-01 00:10 UTC, the nearest in `for 2m`; or
    `ceiling` at 12 or more (it is 10)
  - `for` longer than 6m: it was true from 1970-01-01 00:10 UTC to 1970-01-01 00:16 UTC

heal, as if every verification passed
  1970-01-01
  00:12     58ebdd93  runs restart, rung 1
                        limit 9 per 1d: 0 used
  00:12     83352d08  does std.service.restart(service: a)
  00:12     83352d08  std.service.restart(service: a): succeeded
  00:14     58ebdd93  restart passed

heal, as if every verification failed
  1970-01-01
  00:12     58ebdd93  runs restart, rung 1
                        limit 9 per 1d: 0 used
  00:12     83352d08  does std.service.restart(service: a)
  00:12     83352d08  std.service.restart(service: a): succeeded
  00:17     58ebdd93  restart failed: a verify is assumed to be false
  00:17     73d23291  tells the default channel: restart failed: a verify is assumed to be false
"#);
}

#[test]
fn several_ways_to_differ_are_told_the_nearest_first_and_what_belongs_together_together() {
    let package = format!(
        "{PACKAGE}
signal errors: count by (service) {{ from metric \"errors\" every 1m }}
detector worse {{ when load > 10 && (errors > 2 || load > 11) && !(errors > 90) }}
policy tell {{ on worse try escalate }}
"
    );
    let load = series("load", "a", 0, &values(&[(10, 5.0), (5, 12.0), (5, 5.0)]));
    let errors = series("errors", "a", 0, &values(&[(10, 0.0), (5, 4.0), (5, 0.0)]));
    let ran = ran(&package, vec![load, errors], vec![]);
    let worse = |kind: &TraceKind| match kind {
        TraceKind::FiringStarted { firing, detector, .. } if detector == "worse" => Some(*firing),
        _ => None,
    };
    assert_snapshot!(ran.told_of(false, worse), @r#"
worse for a fired from 1970-01-01 00:10 UTC to 1970-01-01 00:15 UTC

worse for a  372889a3
  when load > 10 && (errors > 2 || load > 11) && !(errors > 90)
  true at 1970-01-01 00:10 UTC, and nothing more is asked
  cleared at 1970-01-01 00:15 UTC, after 5m: its condition was false

  Values at 1970-01-01 00:10
    load > 10 && (errors > 2 || load > 11) && !(errors > 90)  true
      load > 10 && (errors > 2 || load > 11)                  true
        load > 10                                             true
          load                                                12
        errors > 2 || load > 11                               true
          errors > 2                                          true
            errors                                            4
          load > 11                                           true
      !(errors > 90)                                          true
        errors > 90                                           false

  Values at its end, 1970-01-01 00:15
    load    5
    errors  0

  What would have had to differ, each alone
  - `load` at most 10: it was 12
  - `errors` at most 2: it was 4, and `load` at most 11: it was 12
  - `errors` above 90: it was 4
  - `for` longer than 4m: it was true from 1970-01-01 00:10 UTC to 1970-01-01 00:14 UTC

tell
  1970-01-01
  00:10     f5190504  tells the default channel: the ladder says so
"#);
}

#[test]
fn a_baseline_is_told_with_its_band() {
    let package = "
signal load: count by (service) { from metric \"load\" every 1m }
detector odd { when load.baseline(season: 10m, train: 30m).score > 4 && load > 20 }
policy tell { on odd try escalate }
";
    let wave: Vec<f64> = (0..60).map(|minute| f64::from(minute % 10)).collect();
    let all: Vec<f64> = wave.into_iter().chain([50.0, 5.0]).collect();
    let ran = ran(package, vec![series("load", "a", 0, &all)], vec![]);
    assert_snapshot!(ran.told_of(false, firing), @r#"
odd for a fired from 1970-01-01 01:00 UTC to 1970-01-01 01:01 UTC

odd for a  249b75ec
  when load.baseline(season: 10m, train: 30m).score > 4 && load > 20
  true at 1970-01-01 01:00 UTC, and nothing more is asked
  cleared at 1970-01-01 01:01 UTC, after 1m: its condition was false

  Values at 1970-01-01 01:00
    load.baseline(season: 10m, train: 30m).score > 4 && load > 20  true
      load.baseline(season: 10m, train: 30m).score > 4             true
        load.baseline(season: 10m, train: 30m).score               33.1
      load > 20                                                    true
        load                                                       50

  What was learned
    load.baseline(season: 10m, train: 30m).value  1
    load.baseline(season: 10m, train: 30m).lower  -3.45
    load.baseline(season: 10m, train: 30m).upper  5.45
    load.baseline(season: 10m, train: 30m).score  33.1

  Values at its end, 1970-01-01 01:01
    load.baseline(season: 10m, train: 30m).score  2.7
    load                                          5

  What would have had to differ, each alone
  - `load` at most 20: it was 50
  - `load.baseline(season: 10m, train: 30m).score` at most 4: it was 33.1
  - any `for`: it was true at one step only, 1970-01-01 01:00 UTC

tell
  1970-01-01
  01:00     b19350cd  tells the default channel: the ladder says so
"#);
}

#[test]
fn a_run_an_action_and_a_page_are_marked_in_the_story_of_their_firing() {
    let ran = one_busy_service();
    let run = |kind: &TraceKind| match kind {
        TraceKind::RunStarted { run, .. } => Some(*run),
        _ => None,
    };
    let page = |kind: &TraceKind| match kind {
        TraceKind::Escalated { escalation, .. } => Some(*escalation),
        _ => None,
    };
    let told = ran.told_of(false, run);
    assert!(told.starts_with("heal: runs restart, rung 1, 1970-01-01 00:12 UTC\n"), "{told}");
    assert!(told.contains("\n> 00:12     "), "{told}");
    let told = ran.told_of(true, page);
    assert!(told.starts_with("heal: tells the default channel: restart failed"), "{told}");
}

#[test]
fn a_beginning_of_an_id_is_enough_and_what_has_none_is_answered_with_what_is_near() {
    let ran = one_busy_service();
    let id = ran.simulation.trace.events.iter().find_map(|event| firing(&event.kind)).unwrap().to_string();
    let by = |text: &str| ran.answer(&Question::Id(&ran.sought(text)));
    assert_eq!(by(&id).unwrap().detections, by(&id[..8]).unwrap().detections);
    assert_eq!(by(&id[..8].to_uppercase()).unwrap().detections, by(&id).unwrap().detections);
    let last = if id.as_bytes()[7] == b'0' { "1" } else { "0" };
    let NoAnswer::Unknown { said, near, .. } = by(&format!("{}{last}", &id[..7])).unwrap_err() else {
        panic!("answered")
    };
    assert!(said.starts_with("nothing in this simulation has the id"), "{said}");
    assert!(near[0].starts_with(&id[..8]) && near[0].contains("firing busy for a"), "{near:?}");
    let NoAnswer::Unknown { near, .. } = by("").unwrap_err() else { panic!("answered") };
    assert!(near.len() > 1, "{near:?}");
    let NoAnswer::Unknown { names, .. } = by("healer").unwrap_err() else { panic!("answered") };
    assert!(names.contains(&"heal".to_owned()) && names.contains(&"busy".to_owned()), "{names:?}");
}

#[test]
fn every_id_of_a_report_is_answered() {
    let ran = one_busy_service();
    let mut ids: Vec<SemanticHash> = Vec::new();
    let failing = ran.simulation.failing.as_ref().unwrap();
    for event in ran.simulation.trace.events.iter().chain(&failing.events) {
        match &event.kind {
            TraceKind::FiringStarted { firing, .. } => ids.push(*firing),
            TraceKind::RunStarted { run, .. } => ids.push(*run),
            TraceKind::ActionStarted { action, .. } => ids.push(*action),
            TraceKind::Escalated { escalation, .. } => ids.push(*escalation),
            _ => {}
        }
    }
    assert!(ids.len() >= 4, "{ids:?}");
    for id in ids {
        let explanation = ran.answer(&Question::Id(&ran.sought(&id.short()))).unwrap();
        assert!(!explanation.sentence.is_empty() && !explanation.detections.is_empty());
    }
}

#[test]
fn an_explanation_made_twice_is_equal_byte_for_byte() {
    let made = || {
        let ran = one_busy_service();
        let id = ran.simulation.trace.events.iter().find_map(|event| firing(&event.kind)).unwrap();
        let explanation = ran.answer(&Question::Id(&ran.sought(&id.to_string()))).unwrap();
        to_json(&[explanation], None).unwrap()
    };
    assert_eq!(made(), made());
}

#[test]
fn a_verify_that_the_recording_decides_is_told_with_what_was_recorded() {
    let package = guarded("").replace("  step restart", "  affects nothing\n  step restart");
    let load = series("load", "a", 0, &values(&[(10, 5.0), (20, 12.0)]));
    let text = ran(&package, vec![load], vec![]).told_of(false, firing);
    // The courses do not differ, so they are told as one.
    let decided = "verify decided by the recording: the run affects nothing";
    assert_eq!(text.matches(decided).count(), 1, "{text}");
    assert!(text.contains("restart failed: verify load[service] < ceiling is false"), "{text}");
    assert!(!text.contains("assumed"), "{text}");
    let read = text.lines().skip_while(|line| !line.contains(decided)).nth(1).unwrap_or_default();
    assert!(read.contains("`load[a]` was 12"), "{text}");
}
