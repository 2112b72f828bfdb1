//! What was really done: how it is kept, put together, cut and refused.

use heal_program::Timestamp;

use super::{builder, labels, small};
use crate::*;

const START: i64 = 1_400_000_000_000;

fn outcome(second: i64, verdict: Verdict) -> Outcome {
    Outcome {
        start: Timestamp(START + second * 1_000),
        item: "shop.refill".to_owned(),
        labels: labels([("service", "cart")]),
        end: Some(Timestamp(START + second * 1_000 + 500)),
        verdict,
        note: "by hand".to_owned(),
        source: "17".to_owned(),
        file: "jobs.csv".to_owned(),
    }
}

fn with(outcomes: impl IntoIterator<Item = Outcome>) -> Recording {
    builder().outcomes(outcomes).build().unwrap()
}

#[test]
fn what_was_done_comes_back_as_it_was() {
    let all = Verdict::ALL.into_iter().zip(0..).map(|(verdict, second)| outcome(second, verdict));
    let bare = Outcome { end: None, labels: Labels::new(), note: String::new(), ..outcome(9, Verdict::Done) };
    let recording = with(all.chain([bare]));
    assert_eq!(recording.outcomes.len(), 6);
    let files = recording.to_files().unwrap();
    assert!(files.contains_key("outcomes.parquet"));
    let opened = Recording::open_from(&files).unwrap();
    assert_eq!(opened, recording);
    assert_eq!(opened.outcomes, recording.outcomes);
    assert_eq!(opened.manifest.format_version, 2);
    assert_eq!(opened.to_files().unwrap(), files);
    // The order of collecting does not matter.
    let mut outcomes = recording.outcomes.clone();
    outcomes.reverse();
    assert_eq!(with(outcomes).to_files().unwrap(), files);
}

#[test]
fn a_recording_without_outcomes_is_of_the_format_that_it_was() {
    assert_eq!(with([]).to_files().unwrap(), small().to_files().unwrap());
    assert_eq!(small().manifest.format_version, 1);
    let recording = with([outcome(0, Verdict::Passed)]);
    assert_ne!(recording.digest(), small().digest());
    assert_eq!(recording.digest_without_outcomes(), small().digest());
}

#[test]
fn the_same_outcome_from_another_file_is_one_and_another_one_is_refused() {
    let one = outcome(0, Verdict::Passed);
    let again = Outcome { file: "again.csv".to_owned(), ..one.clone() };
    assert_eq!(with([one.clone(), again]).outcomes, with([one.clone()]).outcomes);
    let other = Outcome { note: String::new(), file: "b.csv".to_owned(), ..outcome(0, Verdict::StepFailed) };
    let refused = builder().outcomes([one.clone()]).outcomes([other.clone()]).build().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this cannot be recorded: there are two different outcomes of `shop.refill{service=\"cart\"}` at \
         2014-05-13T16:53:20Z: `passed` until 2014-05-13T16:53:20.500Z, id `17`, note `by hand`, from `jobs.csv` and \
         `step failed` until 2014-05-13T16:53:20.500Z, id `17`, from `b.csv`"
    );
    // Unless it is to take its place.
    let replaced = builder().outcomes([one]).merge(RecordingBuilder::new("").outcomes([other.clone()]), true);
    assert_eq!(replaced.build().unwrap().outcomes, [other]);
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let check = |outcome: Outcome, expected: &str| {
        let refused = builder().outcomes([outcome]).build().unwrap_err().to_string();
        assert_eq!(refused, format!("this cannot be recorded: `outcomes.parquet` {expected}"));
    };
    let one = outcome(0, Verdict::Passed);
    check(
        Outcome { end: Some(Timestamp(0)), ..one.clone() },
        "has an outcome of `shop.refill` that ends before it starts",
    );
    check(
        Outcome { item: " ".to_owned(), ..one.clone() },
        "names a plan or action \" \": a name has letters, and no line breaks",
    );
    let odd = labels([("a\nb", "x")]);
    check(
        Outcome { labels: odd, ..one },
        "has a label named \"a\\nb\" at `shop.refill`: a name has no line breaks",
    );
}

#[test]
fn recordings_are_put_together_with_their_outcomes_and_a_part_has_what_began_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let into = |name: &str| folder.path().join(name);
    let (first, second) = (with([outcome(0, Verdict::Passed)]), with([outcome(60, Verdict::Failed)]));
    let both = merge(&[first.clone(), second], &into("both"), Overwrite::Refuse).unwrap();
    assert_eq!(both.outcomes, [outcome(0, Verdict::Passed), outcome(60, Verdict::Failed)]);
    let part = Part { from: Timestamp(START + 30_000), to: Timestamp(START + 90_000), series: Vec::new() };
    let cut = slice(&both, &part, &into("part"), Overwrite::Refuse).unwrap();
    assert_eq!(cut.outcomes, [outcome(60, Verdict::Failed)]);
    let before = Part { from: Timestamp(START + 61_000), ..part };
    let cut = slice(&both, &Part { to: LATEST, ..before }, &into("after"), Overwrite::Refuse).unwrap();
    assert_eq!((cut.outcomes.len(), cut.manifest.format_version), (0, 1));
    assert!(!into("after").join("outcomes.parquet").exists());
    let other = with([outcome(0, Verdict::Unknown)]);
    let refused = merge(&[first, other], &into("conflict"), Overwrite::Refuse).unwrap_err().to_string();
    assert!(refused.contains("there are two different outcomes of `shop.refill"), "{refused}");
    assert!(!into("conflict").exists());
    // In the place of one with outcomes, one without leaves none behind.
    small().write(&into("both"), Overwrite::Replace).unwrap();
    assert_eq!(verify(&into("both")).unwrap(), small());
    assert!(!into("both").join("outcomes.parquet").exists());
}

#[test]
fn what_is_shown_counts_them_by_plan_and_outcome() {
    let more = Outcome { item: "shop.restart".to_owned(), ..outcome(5, Verdict::StepFailed) };
    let recording =
        with([outcome(0, Verdict::Passed), outcome(7, Verdict::Passed), outcome(3, Verdict::Done), more]);
    let shown = describe(&recording);
    let (_, shown) = shown.split_once("\noutcomes\n").unwrap();
    let lines: Vec<&str> = shown.lines().take(3).collect();
    assert_eq!(
        lines,
        [
            "  plan or action  runs  outcomes          first                 last",
            "  shop.refill     3     2 passed, 1 done  2014-05-13T16:53:20Z  2014-05-13T16:53:27Z",
            "  shop.restart    1     1 step failed     2014-05-13T16:53:25Z  2014-05-13T16:53:25Z",
        ]
    );
    let json: serde_json::Value = serde_json::from_str(&describe_json(&recording, &[])).unwrap();
    assert_eq!(json["outcomes"][0]["outcomes"], serde_json::json!({"passed": 2, "done": 1}));
    assert!(!describe(&small()).contains("outcomes"));
}

#[test]
fn damage_is_one_error_that_names_the_file() {
    let files = with([outcome(0, Verdict::Passed)]).to_files().unwrap();
    type Files = std::collections::BTreeMap<String, Vec<u8>>;
    let opened = |change: &dyn Fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        Recording::open_from(&files).unwrap_err().to_string()
    };
    let name = || "outcomes.parquet".to_owned();
    assert_eq!(
        opened(&|files| drop(files.remove("outcomes.parquet"))),
        "`outcomes.parquet` is missing: a recording is a folder with `recording.toml` and its Parquet files"
    );
    let torn = opened(&|files| files.get_mut("outcomes.parquet").unwrap().truncate(100));
    assert!(torn.starts_with("`outcomes.parquet` has 100 bytes"), "{torn}");
    let other = opened(&|files| {
        let mut bytes = files["outcomes.parquet"].clone();
        bytes[50] ^= 1;
        files.insert(name(), bytes);
    });
    assert_eq!(other, "`outcomes.parquet` does not have the SHA-256 of the manifest: it is damaged");
    // One that says it is of the old format must not have a table of the new.
    let plain = opened(&|files| {
        let text = String::from_utf8(files["recording.toml"].clone()).unwrap();
        let text = text.replace("format_version = 2", "format_version = 1");
        files.insert("recording.toml".to_owned(), text.into_bytes());
    });
    assert!(plain.starts_with("`recording.toml` must list the files `events.parquet`"), "{plain}");
}
