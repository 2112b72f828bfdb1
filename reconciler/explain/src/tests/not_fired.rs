//! Why something did not happen.

use insta::assert_snapshot;

use super::fixture::*;
use crate::{NoAnswer, Question};

#[test]
fn a_false_condition_is_told_with_what_it_lacked() {
    let ran = ran(&guarded(""), vec![series("load", "a", 0, &values(&[(20, 9.0)]))], vec![]);
    assert_snapshot!(ran.told_at("heal[a]", 7), @r#"
busy for a did not fire at 1970-01-01 00:07 UTC: its condition was false

busy for a
  when load > ceiling
  false at 1970-01-01 00:07 UTC

  Values at 1970-01-01 00:07
    load > ceiling  false
      load          9
      ceiling       10

  What would have had to differ
  - `load` above 10 (`ceiling`): it was 9; or `ceiling` below 9 (it is 10), and that for 2m without
    a break

heal
  nothing to decide on: busy did not fire
"#);
}

#[test]
fn one_that_was_not_true_for_long_enough_is_told_with_how_long() {
    let ran =
        ran(&guarded(""), vec![series("load", "a", 0, &values(&[(10, 5.0), (2, 12.0), (5, 5.0)]))], vec![]);
    assert_snapshot!(ran.told_at("busy[a]", 11), @r#"
busy for a did not fire at 1970-01-01 00:11 UTC: its condition was true for 1m of 2m

busy for a
  when load > ceiling
  true since 1970-01-01 00:10 UTC: 1m of `for 2m`

  Values at 1970-01-01 00:11
    load > ceiling  true
      load          12
      ceiling       10

  What would have had to differ, each alone
  - true for 1m longer
  - `for 1m` or shorter

heal
  nothing to decide on: busy did not fire
"#);
}

#[test]
fn an_unknown_condition_is_told_with_the_last_sample() {
    let ran = ran(
        &guarded(""),
        vec![series("load", "a", 0, &values(&[(10, 5.0)])), series("load", "b", 0, &values(&[(30, 5.0)]))],
        vec![],
    );
    assert_snapshot!(ran.told_at("busy{service: \"a\"}", 20), @r#"
busy for a did not fire at 1970-01-01 00:20 UTC: its condition was unknown

busy for a
  when load > ceiling
  unknown at 1970-01-01 00:20 UTC: what is unknown neither fires nor clears
  `load` is unknown: the last sample came at 1970-01-01 00:09 UTC, and is stale after 3m

  Values at 1970-01-01 00:20
    load > ceiling  unknown
      load          unknown
      ceiling       10

  What would have had to differ
  - `load` known, and `load > ceiling` true: it was unknown, and that for 2m without a break

heal
  nothing to decide on: busy did not fire
"#);
}

#[test]
fn a_window_that_its_key_has_not_lived_is_told_with_its_first_sample() {
    let package = "
signal load: count by (service) { from metric \"load\" every 1m }
detector busy { when load.avg(10m) > 10 }
policy tell { on busy try escalate }
";
    let ran = ran(package, vec![series("load", "a", 5, &values(&[(30, 20.0)]))], vec![]);
    assert_snapshot!(ran.told_at("busy[a]", 9), @r#"
busy for a did not fire at 1970-01-01 00:09 UTC: its condition was unknown

busy for a
  when load.avg(10m) > 10
  unknown at 1970-01-01 00:09 UTC: what is unknown neither fires nor clears
  `load.avg(10m)` is unknown: the first sample came at 1970-01-01 00:05 UTC, and 10m of them are
    needed

  Values at 1970-01-01 00:09
    load.avg(10m) > 10  unknown
      load.avg(10m)     unknown

  What would have had to differ
  - `load.avg(10m)` known, and `load.avg(10m) > 10` true: it was unknown

tell
  nothing to decide on: busy did not fire
"#);
}

#[test]
fn a_key_that_was_never_seen_is_answered_with_those_that_were() {
    let ran = ran(&guarded(""), vec![series("load", "a", 0, &values(&[(20, 9.0)]))], vec![]);
    assert_snapshot!(ran.told_at("busy[cart]", 7), @r#"
busy for cart did not fire at 1970-01-01 00:07 UTC: nothing was seen of it

busy for cart
  when load > ceiling
  `cart` was not seen up to 1970-01-01 00:07 UTC; seen were `a`

heal
  nothing to decide on: busy did not fire
"#);
}

#[test]
fn a_key_is_written_with_its_fields_or_in_their_order() {
    let package = "
signal load: count by (zone, service) { from metric \"load\" every 1m }
detector busy { when load > 10 }
policy tell { on busy try escalate }
";
    let mut series = series("load", "a", 0, &values(&[(9, 20.0)]));
    series.labels.insert("zone".to_owned(), "eu".to_owned());
    let ran = ran(package, vec![series], vec![]);
    let told = |what: &str| ran.answer(&Question::At(what, at(3))).map(|it| it.sentence);
    let expected = "busy for eu/a fired at 1970-01-01 00:03 UTC, since 1970-01-01 00:00 UTC";
    for what in ["tell[eu/a]", "busy[eu, a]", "busy{service: \"a\", zone: \"eu\"}", "busy"] {
        assert_eq!(told(what).unwrap(), expected, "{what}");
    }
    let wrong = told("busy[a/b/c]").unwrap_err().to_string();
    assert_eq!(wrong, "`busy` has the key `zone, service`: write `busy[ZONE/SERVICE]`");
}

#[test]
fn a_part_of_a_key_says_which_keys_it_matches_and_each_policy_names_its_key() {
    let package = "
signal load: count by (zone, service) { from metric \"load\" every 1m }
detector busy { when load > 10 }
policy tell { on busy try escalate }
";
    let of = |zone: &str, service: &str| {
        let mut series = series("load", service, 0, &values(&[(9, 20.0)]));
        series.labels.insert("zone".to_owned(), zone.to_owned());
        series
    };
    let ran = ran(package, vec![of("eu", "a"), of("eu", "b"), of("us", "a")], vec![]);
    let answer = |what: &str| ran.answer(&Question::At(what, at(3)));
    for what in ["tell[a]", "tell{service: \"a\"}"] {
        let told = answer(what).unwrap();
        assert_eq!(told.notes, [format!("`{what}` names a part of the key: matches `eu/a`, `us/a`.")]);
        let text = told.to_text();
        assert!(text.contains("\ntell for eu/a\n") && text.contains("\ntell for us/a\n"), "{text}");
    }
    assert_eq!(answer("busy{zone: us}").unwrap().sentence.split(" fired").next(), Some("busy for us/a"));
    let NoAnswer::NoKey { said } = answer("busy[c]").unwrap_err() else { panic!("answered") };
    let seen = "seen were `eu/a`, `eu/b`, `us/a`";
    assert_eq!(said, format!("no key up to 1970-01-01 00:03 UTC matches `busy[c]`; {seen}"));
}

#[test]
fn what_the_recording_lacks_is_said_and_not_guessed() {
    let ran = ran(&guarded(""), vec![series("other", "a", 0, &values(&[(20, 9.0)]))], vec![]);
    assert_snapshot!(ran.told_at("busy[a]", 7), @r#"
busy for a cannot be told over this recording

busy for a
  when load > ceiling
  load: the recording `small` has no series `load` with `service`

heal
  what it would do cannot be told: busy cannot
"#);
}

#[test]
fn names_that_nothing_has_are_answered_with_those_there_are() {
    let ran = ran(&guarded(""), vec![series("load", "a", 0, &values(&[(20, 9.0)]))], vec![]);
    let NoAnswer::Unknown { said, names, .. } = ran.answer(&Question::At("hael", at(7))).unwrap_err() else {
        panic!("answered")
    };
    assert_eq!(said, "there is no policy and no detector `hael`");
    assert_eq!(names, ["busy", "heal"]);
}

#[test]
fn a_policy_that_is_not_concerned_says_so() {
    let package = guarded("").replace("on busy try", "on busy where service == \"b\" try");
    let ran = ran(&package, vec![series("load", "a", 0, &values(&[(5, 5.0), (9, 12.0)]))], vec![]);
    assert_snapshot!(ran.told_of(false, firing), @r#"
busy for a fired from 1970-01-01 00:07 UTC to the end of the recording

busy for a  b48d205f
  when load > ceiling
  true since 1970-01-01 00:05 UTC without a break: `for 2m` was over at 1970-01-01 00:07 UTC

  Values at 1970-01-01 00:07
    load > ceiling  true
      load          12
      ceiling       10

  What would have had to differ
  - `load` at most 10 (`ceiling`): it was 12 at 1970-01-01 00:05 UTC, the nearest in `for 2m`; or
    `ceiling` at 12 or more (it is 10)

heal
  `where service == "b"` was false: the policy was not concerned
  `service` was "a"
  it would have been with `service == "b"` true: it was false
"#);
}

#[test]
fn while_it_fires_the_policy_says_where_it_stands() {
    let ran =
        ran(&guarded("cooldown 20m"), vec![series("load", "a", 0, &values(&[(5, 5.0), (60, 12.0)]))], vec![]);
    assert_snapshot!(ran.told_at("heal[a]", 10), @r#"
busy for a fired at 1970-01-01 00:10 UTC, since 1970-01-01 00:07 UTC

busy for a  b48d205f
  when load > ceiling
  true since 1970-01-01 00:05 UTC without a break: `for 2m` was over at 1970-01-01 00:07 UTC

  Values at 1970-01-01 00:07
    load > ceiling  true
      load          12
      ceiling       10

  What would have had to differ
  - `load` at most 10 (`ceiling`): it was 12 at 1970-01-01 00:05 UTC, the nearest in `for 2m`; or
    `ceiling` at 12 or more (it is 10)

heal, as if every verification passed
  1970-01-01
  00:07     9bcce2b7  runs restart, rung 1
                        limit 9 per 1d: 0 used
  00:07     ffa8c2df  does std.service.restart(service: a)
  00:07     ffa8c2df  std.service.restart(service: a): succeeded
  00:09     9bcce2b7  restart passed
  at 1970-01-01 00:10 UTC:
  it counted as healed until it clears: nothing more is started for this firing
  before that: restart passed

heal, as if every verification failed
  1970-01-01
  00:07     9bcce2b7  runs restart, rung 1
                        limit 9 per 1d: 0 used
  00:07     ffa8c2df  does std.service.restart(service: a)
  00:07     ffa8c2df  std.service.restart(service: a): succeeded
  00:12     9bcce2b7  restart failed: a verify is assumed to be false
  00:12     f53389df  tells the default channel: restart failed: a verify is assumed to be false
  at 1970-01-01 00:10 UTC:
  a run was on its way (9bcce2b7)
"#);
}

#[test]
fn a_missed_incident_is_told_with_how_near_it_came() {
    let package = guarded("");
    let load = [(10, 5.0), (1, 9.5), (3, 9.2), (10, 5.0)];
    let ran = ran(
        &package,
        vec![series("load", "a", 0, &values(&load)), series("load", "b", 0, &values(&[(24, 1.0)]))],
        vec![incident("outage", 8, 20)],
    );
    assert_snapshot!(ran.told_of_incident("outage"), @r#"
outage, 1970-01-01 00:08 UTC to 1970-01-01 00:20 UTC: missed by busy

busy for a
  when load > ceiling
  it came nearest at 1970-01-01 00:10 UTC for `a`; 2 keys were looked at
  false at 1970-01-01 00:10 UTC

  Values at 1970-01-01 00:10
    load > ceiling  false
      load          9.5
      ceiling       10

  What would have had to differ
  - `load` above 10 (`ceiling`): it was 9.2, the farthest in the 2m up to 1970-01-01 00:12 UTC,
    which came nearest to `for 2m`; or `ceiling` below 9.2 (it is 10)
"#);
}

#[test]
fn of_a_missed_incident_what_nearly_fired_comes_first() {
    let another = "signal idle: count by (service) { from metric \"idle\" every 1m }\n\
                   detector alike { when idle > 100 for 2m }\npolicy other { on alike try escalate }\n";
    let load = series("load", "a", 0, &values(&[(10, 5.0), (1, 12.0), (13, 5.0)]));
    let idle = series("idle", "a", 0, &values(&[(24, 1.0)]));
    let told = ran(&(guarded("") + another), vec![load, idle], vec![incident("outage", 8, 20)]);
    let told = told.told_of_incident("outage");
    let place = |line: &str| told.lines().position(|other| other.starts_with(line));
    assert!(place("busy for a").is_some() && place("busy for a") < place("alike for a"), "{told}");
}

/// The second of two series of a service, which a policy asks about.
const OTHER: &str = "signal other: count by (service) { from metric \"other\" every 1m }\ndetector busy";

#[test]
fn a_plan_that_was_skipped_says_what_it_required_and_by_how_much_it_lacked() {
    let package = guarded("")
        .replace("{\n  step restart", "{\n  require other[service] > ceiling / 2\n  step restart")
        .replace("detector busy", OTHER);
    let a = series("load", "a", 0, &values(&[(10, 5.0), (20, 12.0)]));
    let other = series("other", "a", 0, &values(&[(30, 4.0)]));
    let told = ran(&package, vec![a, other], vec![]).told_of(false, firing);
    let story: Vec<&str> = told.lines().skip_while(|line| *line != "heal").collect();
    assert_snapshot!(story.join("\n"), @r#"
heal
  1970-01-01
  00:12     58ebdd93  restart skipped: `other[service] > ceiling / 2` is false
                        `other[service.service]` was 4
                        `service.service` was "a"
                        `ceiling / 2` was 5
                        `ceiling` was 10
                        to differ: `other[service.service]` above 5 (`ceiling / 2`): it was 4; or
                          `ceiling` below 8 (it is 10)
  00:12     73d23291  tells the default channel: restart was skipped: `other[service] > ceiling / 2`
                      is false
"#);
}

#[test]
fn a_where_that_was_false_says_by_how_much() {
    let package = guarded("")
        .replace("on busy try", "on busy where other.avg(5m) > 6 try")
        .replace("detector busy", OTHER);
    let a = series("load", "a", 0, &values(&[(10, 5.0), (20, 12.0)]));
    let other = series("other", "a", 0, &values(&[(30, 4.0)]));
    let told = ran(&package, vec![a, other], vec![]).told_at("heal[a]", 15);
    let story: Vec<&str> = told.lines().skip_while(|line| *line != "heal").collect();
    assert_snapshot!(story.join("\n"), @r#"
heal
  at 1970-01-01 00:15 UTC:
  `where other.avg(5m) > 6` was false: the policy was not concerned
  `other.avg(5m)` was 4
  it would have been with `other.avg(5m)` above 6: it was 4
"#);
}
