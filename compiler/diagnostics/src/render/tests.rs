//! What people and programs see.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod formats;

use proptest::prelude::*;

use super::human::View;
use crate::{Code, Diagnostic, FileId, Files, Safety, TextRange, render_human, render_json};

fn example() -> (Files, Vec<Diagnostic>) {
    let mut files = Files::default();
    let text = "// \u{e4}\u{f6}\ndetector slow { when latency > 64 }\n";
    let file = files.add("a.heal", text);
    let other = files.add("b.heal", "signal latency: duration in ms { }\n");
    let at = u32::try_from(text.find("64").unwrap()).unwrap();
    let range = TextRange::new(at, at + 2);
    let unitless = Diagnostic::error(Code::MISSING_UNIT, file, range, "`64` needs a unit")
        .with_label("a bare number")
        .with_secondary(other, TextRange::new(7, 14), "a duration")
        .with_help("durations are written `64ms`, `2s`")
        .with_fix("write `64ms`", Safety::Unsafe, range, "64ms");
    let unused =
        Diagnostic::warning(Code::UNUSED_ITEM, other, TextRange::new(7, 14), "nothing reads `latency`");
    (files, vec![unitless, unused])
}

#[test]
fn people_see_places_labels_help_and_the_exact_rewrite() {
    let (files, diagnostics) = example();
    let expected = "\
error[HEAL0203]: `64` needs a unit
 --> a.heal:2:32
  |
2 | detector slow { when latency > 64 }
  |                                ^^ a bare number
  |
 ::: b.heal:1:8
  |
1 | signal latency: duration in ms { }
  |        ------- a duration
  |
  = help: durations are written `64ms`, `2s`
help: write `64ms`
  |
2 | detector slow { when latency > 64ms }
  |                                  ++

warning[HEAL0901]: nothing reads `latency`
 --> b.heal:1:8
  |
1 | signal latency: duration in ms { }
  |        ^^^^^^^

1 error, 1 warning
";
    assert_eq!(render_human(&files, &diagnostics, false), expected);
}

#[test]
fn colour_is_there_only_when_it_is_asked_for() {
    let (files, diagnostics) = example();
    assert!(render_human(&files, &diagnostics, true).contains('\u{1b}'));
    assert!(!render_human(&files, &diagnostics, false).contains('\u{1b}'));
}

#[test]
fn programs_see_a_version_and_places_by_line_column_and_offset() {
    let (files, diagnostics) = example();
    let json: serde_json::Value = serde_json::from_str(&render_json(&files, &diagnostics)).unwrap();
    assert_eq!(json["version"], 1);
    let first = &json["diagnostics"][0];
    assert_eq!(first["code"], "HEAL0203");
    assert_eq!(first["file"], "a.heal");
    // The two letters before have two bytes each: the column counts characters, the offset bytes.
    assert_eq!(first["start"], serde_json::json!({"line": 2, "column": 32, "offset": 39}));
    assert_eq!(first["labels"][0]["file"], "b.heal");
    assert_eq!(first["fixes"][0]["edits"][0]["text"], "64ms");
    assert_eq!(json["diagnostics"][1]["severity"], "warning");
}

#[test]
fn nothing_to_say_is_nothing_for_people_and_an_empty_list_for_programs() {
    let files = Files::default();
    assert_eq!(render_human(&files, &[], false), "");
    assert_eq!(render_json(&files, &[]), "{\n  \"version\": 1,\n  \"diagnostics\": []\n}\n");
}

#[test]
fn a_place_that_is_none_of_the_file_is_no_reason_to_stop() {
    let mut files = Files::default();
    let file = files.add("a.heal", "\u{e4}");
    let wrong = Diagnostic::error(Code::SYNTAX, file, TextRange::new(1, 900), "odd");
    assert!(render_human(&files, std::slice::from_ref(&wrong), false).contains("odd"));
    assert!(render_json(&files, &[wrong]).contains("odd"));
}

#[test]
fn colour_adds_nothing_but_escape_sequences() {
    let (files, diagnostics) = example();
    let coloured = render_human(&files, &diagnostics, true);
    let mut plain = String::new();
    let mut is_escape = false;
    for one in coloured.chars() {
        match (is_escape, one) {
            (false, '\u{1b}') => is_escape = true,
            (true, 'm') => is_escape = false,
            (true, _) => {}
            (false, _) => plain.push(one),
        }
    }
    assert_ne!(coloured, plain);
    assert_eq!(plain, render_human(&files, &diagnostics, false));
}

#[test]
fn the_end_of_a_file_can_be_underlined() {
    let mut files = Files::default();
    let file = files.add("a.heal", "detector slow\n");
    let diagnostic = Diagnostic::warning(Code::SYNTAX, file, TextRange::new(14, 14), "the file ends here");
    let expected = "\
warning[HEAL0001]: the file ends here
 --> a.heal:2:1
  |
2 |
  | ^

1 warning
";
    assert_eq!(render_human(&files, &[diagnostic], false), expected);
}

#[test]
fn the_order_is_by_place_and_not_by_pass() {
    let (files, mut all) = example();
    let first = all.remove(0);
    let second = Diagnostic::warning(Code::UNUSED_ITEM, first.primary.file, TextRange::new(0, 3), "a");
    let third = Diagnostic::warning(Code::UNUSED_ITEM, FileId(1), TextRange::new(0, 3), "b");
    let forward = [first.clone(), second.clone(), third.clone()];
    let backward = [third, second, first];
    assert_eq!(render_human(&files, &forward, false), render_human(&files, &backward, false));
    assert_eq!(render_json(&files, &forward), render_json(&files, &backward));
    let places: Vec<_> = render_human(&files, &forward, false)
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--> ").map(str::to_owned))
        .collect();
    assert_eq!(places, ["a.heal:1:1", "a.heal:2:32", "b.heal:1:1"]);
}

#[test]
fn far_apart_places_are_shown_without_what_lies_between() {
    let mut files = Files::default();
    let text = format!("signal größe: bytes\n{}detector x {{ when größe > 3 }}\n", "\n".repeat(50));
    let file = files.add("a.heal", text.as_str());
    let at = |part: &str| u32::try_from(text.find(part).unwrap()).unwrap();
    let diagnostic = Diagnostic::error(Code::SYNTAX, file, TextRange::new(at("> 3"), at("> 3") + 3), "odd")
        .with_secondary(file, TextRange::new(at("größe"), at(":")), "this");
    let expected = "\
error[HEAL0001]: odd
  --> a.heal:52:25
   |
 1 | signal größe: bytes
   |        ----- this
...
52 | detector x { when größe > 3 }
   |                         ^^^

1 error
";
    assert_eq!(render_human(&files, &[diagnostic], false), expected);
}

/// A file of one line, and the same words on it again and again.
fn long_line(count: usize) -> (Files, FileId) {
    let mut files = Files::default();
    let file = files.add("a.heal", "detector a { } ".repeat(count));
    (files, file)
}

#[test]
fn a_place_far_along_its_line_is_named_without_the_line() {
    let (files, file) = long_line(1_000);
    let odd = Diagnostic::error(Code::SYNTAX, file, TextRange::new(14_994, 14_995), "odd")
        .with_label("here")
        .with_secondary(file, TextRange::new(9, 10), "first")
        .with_fix("write `b`", Safety::Safe, TextRange::new(14_994, 14_995), "b");
    let expected = "\
error[HEAL0001]: odd
 --> a.heal:1:14995
  = note: here
  |
 ::: a.heal:1:10
  |
1 | detector a { } detector a { } detector a { } detector a { } detector a { } detector a { } detector a { } detector a { } detector a { ...
  |          - first
  |
help: write `b`

1 error
";
    assert_eq!(render_human(&files, &[odd], false), expected);
}

#[test]
fn of_a_long_line_a_bounded_piece_is_gone_over() {
    // There may be as many places on it as it is long.
    let (files, file) = long_line(40_000);
    let source = files.get(file).unwrap();
    let shown =
        |at: u32| View::of(source, std::iter::once(TextRange::new(at, at + 1))).map(|it| it.text.len());
    assert_eq!([shown(0), shown(2_000), shown(2_001)], [Some(2_001), Some(4_001), None]);
}

#[test]
fn places_very_far_apart_are_shown_each_by_itself() {
    let (mut files, _) = example();
    let file = files.add("c.heal", format!("detector a {{ }}\n{}detector a {{ }}\n", "\n".repeat(9_000)));
    let again = Diagnostic::error(Code::DUPLICATE_NAME, file, TextRange::new(9_024, 9_025), "again")
        .with_secondary(file, TextRange::new(9, 10), "first");
    let expected = "\
error[HEAL0102]: again
    --> c.heal:9002:10
     |
9002 | detector a { }
     |          ^
     |
    ::: c.heal:1:10
     |
   1 | detector a { }
     |          - first

1 error
";
    assert_eq!(render_human(&files, &[again], false), expected);
}

#[test]
fn what_is_not_told_is_counted() {
    let (files, mut diagnostics) = example();
    diagnostics[0].add_more("more errors follow in this file", 36);
    assert!(render_human(&files, &diagnostics, false).ends_with("\n37 errors, 1 warning\n"));
}

proptest! {
    #[test]
    fn any_place_in_any_text_can_be_shown(
        text in "(?s).{0,80}",
        places in proptest::collection::vec((0..100u32, 0..100u32), 1..4),
        replacement in "(?s).{0,10}",
    ) {
        let mut files = Files::default();
        let file = files.add("a.heal", text);
        let mut diagnostic = Diagnostic::error(Code::SYNTAX, file, TextRange::new(places[0].0, places[0].1), "x");
        for (start, end) in &places {
            let range = TextRange::new(*start, *end);
            diagnostic = diagnostic.with_secondary(file, range, "y").with_fix("z", Safety::Safe, range, replacement.clone());
        }
        prop_assert!(render_human(&files, std::slice::from_ref(&diagnostic), true).contains("HEAL0001"));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&render_json(&files, &[diagnostic])).is_ok());
    }
}
