//! What people and programs see.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::{Code, Diagnostic, Files, Safety, TextRange, render_human, render_json};

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
    let unused = Diagnostic::warning(Code::UNUSED_ITEM, other, TextRange::new(7, 14), "nothing reads `latency`");
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
