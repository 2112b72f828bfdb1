//! What is kept of a text with mistakes: everything that can be relied on, and nothing that was only half read.

use heal_diagnostics::FileId;

use super::{show, unindented};

#[track_caller]
fn check(text: &str, tree: &str, unread: &str) {
    let (parsed, diagnostics) = crate::parse(FileId(0), text);
    assert!(!diagnostics.is_empty());
    assert_eq!(show::file(&parsed).trim_end(), unindented(tree).trim_end());
    assert_eq!(parsed.unread.into_iter().collect::<Vec<_>>().join(" "), unread);
}

#[test]
fn a_detector_keeps_its_good_statements() {
    check(
        "detector slow { when a > b  fro 2m  severity critical }",
        "
        detector slow
          severity critical
          incomplete
        ",
        "",
    );
    check(
        "detector slow {\n  when a > b\n  fro 2m\n  severity critical\n}",
        "
        detector slow
          when (a Greater b)
          severity critical
          incomplete
        ",
        "",
    );
}

#[test]
fn a_statement_that_was_read_in_part_is_not_taken_for_the_whole() {
    check("detector x {\n  when a >\n  for 2m\n}", "detector x\n  for 2'm\n  incomplete", "");
    check("param a: duration = 250 ms\nuse b", "use b", "250 a duration ms param");
    check("use a.{b c}\nuse d", "use d", "a b c use");
}

#[test]
fn an_item_whose_head_is_broken_leaves_its_words() {
    check("signal rss bytes by (pod) { every 3s }\nuse b", "use b", "3s by bytes every pod rss signal");
    check("plan x(pod Pod) { risk low }\nuse b", "use b", "Pod low plan pod risk x");
    check("detector slow by (x) { when a }", "detector slow\n  when a\n  incomplete", "by x");
}

#[test]
fn the_item_after_an_unclosed_one_is_whole() {
    check(
        "detector a {\n  when x\n\n/// Doc.\npub detector b { when y }",
        "
        detector a
          when x
          incomplete
        /// Doc.
        pub detector b
          when y
        ",
        "",
    );
}

#[test]
fn a_policy_goes_on_after_a_broken_guard() {
    check(
        "policy p { on a guard { limt 3 per 1h cooldown 5m } then escalate }",
        "
        policy p
          on a
          guard {cooldown 5'm}
          Then escalate
          incomplete
        ",
        "",
    );
}

#[test]
fn comments_of_what_could_not_be_read_are_kept() {
    let (tree, _) = crate::parse(FileId(0), "/// a\nwhat // b\n/// c\nuse d\nwhat { // e\n}");
    let comments: Vec<&str> = tree.comments.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(comments, ["/// a", "// b", "// e"]);
    assert_eq!(tree.items[0].value.documentation, ["c"]);
}
