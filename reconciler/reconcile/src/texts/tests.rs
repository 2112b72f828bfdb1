//! The sentences that go to a forge.
#![allow(clippy::unwrap_used, reason = "tests")]

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{COMMENT_CHARS_MAX, IMPACT_CHARS_MAX, comment, description, title};
use crate::{Assess, Assessed, Assessment, CommitId, Marker, Outcome, Side, is_ours};

fn assessed(outcome: Outcome, conflicts: &[&str]) -> Assessed {
    let commit = |letter: &str| CommitId::parse(&letter.repeat(40)).unwrap();
    Assessed {
        request: Assess {
            pull_request: 1,
            branch: "heal/x".to_owned(),
            base: commit("a"),
            head: commit("b"),
        },
        conflicts: conflicts.iter().map(|file| (*file).to_owned()).collect(),
        assessment: Assessment { headline: "h".to_owned(), outcome, report_html: Vec::new() },
    }
}

/// The comment without its marker, whose digests say nothing to a reader.
fn below(outcome: Outcome, conflicts: &[&str], link: Option<&str>) -> String {
    let comment = comment(&assessed(outcome, conflicts), "", link);
    assert!(Marker::read(&comment).is_some());
    comment.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn titles_are_the_authors_words_made_harmless() {
    assert_eq!(title("heal/x", "Catch leaks\u{7} for @ops  "), "Catch leaks for @\u{200b}ops");
    assert_eq!(title("heal/x", "  "), "Policies of heal/x");
    assert_eq!(title("heal/x", &"é".repeat(500)).chars().count(), 120);
}

#[test]
fn the_description_lists_files_and_holds_no_impact() {
    let files = ["policies/a.heal".to_owned(), "policies/<b>`.heal".to_owned()];
    assert_snapshot!(description("heal/x", &files), @"
    The branch `heal/x` changes 2 policy files:

    - `policies/a.heal`
    - ``policies/<b>`.heal``

    What this change would have done stands in a comment below. Heal keeps that comment up to date with every push to this branch and to the branch it merges into. This description is yours: Heal does not touch it again.
    ");
    let many: Vec<String> = (0..30).map(|at| format!("{at}.heal")).collect();
    assert!(description("heal/x", &many).contains("- and 10 more\n"));
}

#[test]
fn an_impact_keeps_its_words_and_gets_the_marker() {
    let markdown = "<!-- heal:impact:v1 -->\n### Heal: catches 1 more\n\ntable\n".to_owned();
    assert_snapshot!(below(Outcome::Impact { markdown }, &[], Some("report.html")), @"
    ### Heal: catches 1 more

    table

    [Report with pictures](report.html)

    <sub>Compared aaaaaaaaaa with bbbbbbbbbb merged into it.</sub>
    ");
}

#[test]
fn a_conflict_is_said() {
    let markdown = "### Heal: changes nothing".to_owned();
    assert_snapshot!(below(Outcome::Impact { markdown }, &["a.heal"], None), @"
    ### Heal: changes nothing

    **This branch conflicts with the branch it merges into.** What is shown is the branch as it stands, not the merge. Resolve these files to see the merge:

    - `a.heal`


    <sub>Compared aaaaaaaaaa with bbbbbbbbbb.</sub>
    ");
}

#[test]
fn a_change_that_does_not_compile_says_where_and_what_follows() {
    let diagnostics = "error[HEAL0101]: expected `}`\n --> a.heal:3:9\n```\n@team <b>\n".to_owned();
    assert_snapshot!(below(Outcome::DoesNotCompile { side: Side::Head, diagnostics }, &[], None), @"
    ### Heal: this change does not compile, so its impact is unknown

    ````text
    error[HEAL0101]: expected `}`
     --> a.heal:3:9
    ```
    @team <b>
    ````

    If it were merged like this, the policies that run now would go on running.

    <sub>Compared aaaaaaaaaa with bbbbbbbbbb merged into it.</sub>
    ");
    let base = below(Outcome::DoesNotCompile { side: Side::Base, diagnostics: "x".to_owned() }, &[], None);
    assert!(base.contains("nothing to compare with"), "{base}");
}

#[test]
fn an_unknown_impact_says_why() {
    let text = below(Outcome::Unknown { reason: "there is no recording".to_owned() }, &[], None);
    assert!(
        text.starts_with(
            "### Heal: the impact of this change is unknown\n\n```text\nthere is no recording\n```"
        ),
        "{text}"
    );
}

#[test]
fn what_is_too_long_is_cut_at_a_line_with_everything_closed() {
    let markdown =
        format!("### Heal: much\n<details><summary>all</summary>\n\n```diff\n{}", "+ line\n".repeat(20_000));
    let comment = comment(&assessed(Outcome::Impact { markdown }, &[]), "", None);
    assert!(comment.chars().count() <= COMMENT_CHARS_MAX);
    let end = "+ line\n```\n\n</details>\n\n*The rest did not fit into a comment and was cut.*";
    assert!(comment.contains(end));
}

#[test]
fn an_impact_within_its_limit_is_never_cut() {
    let markdown = "é".repeat(IMPACT_CHARS_MAX);
    let comment =
        comment(&assessed(Outcome::Impact { markdown: markdown.clone() }, &[]), "", Some("https://x/1"));
    assert!(comment.contains(&markdown) && comment.chars().count() <= COMMENT_CHARS_MAX);
}

#[test]
fn a_marker_inside_untrusted_text_is_not_taken_for_ours() {
    let markdown = "### Heal: x\n<!-- heal:impact:v1 base=1 -->\n".to_owned();
    let comment = comment(&assessed(Outcome::Impact { markdown }, &[]), "", None);
    assert!(is_ours(&comment));
    assert_eq!(comment.matches("<!-- heal:impact:").count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_comment_fits_and_reads_back(
        unit in "(\\PC|`|\n|<details>|</details>|```|@){1,40}",
        repeats in 1_usize..20_000,
        kind in 0..3,
        files in prop::collection::vec("[`a-z/]{1,300}", 0..40),
    ) {
        let text = unit.repeat(repeats);
        let outcome = match kind {
            0 => Outcome::Impact { markdown: text },
            1 => Outcome::DoesNotCompile { side: Side::Head, diagnostics: text },
            _ => Outcome::Unknown { reason: text },
        };
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let comment = comment(&assessed(outcome, &files), "ground", Some("report.html"));
        prop_assert!(comment.chars().count() <= COMMENT_CHARS_MAX, "{}", comment.chars().count());
        let marker = Marker::read(&comment).unwrap();
        prop_assert_eq!(marker.body_digest, crate::marker::digest(crate::marker::text_below(&comment)));
    }
}
