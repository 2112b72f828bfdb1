//! Tests of both forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use crate::{Code, Diagnostic, FileId, Files, Safety, TextRange, render_human, render_json};

fn range(text: &str, part: &str) -> TextRange {
    let start = u32::try_from(text.find(part).unwrap()).unwrap();
    TextRange::new(start, start + u32::try_from(part.len()).unwrap())
}

const POLICY: &str =
    "use std.k8s\n\nsignal rss: bytes\nsignal größe: bytes\n\ndetector x {\n  when größe > 3\n}\n";

/// A diagnostic with everything, over two files.
fn example() -> (Files, Diagnostic) {
    let mut files = Files::default();
    let policy = files.add("policies/a.heal", POLICY);
    let library_text = "/// Bytes.\npub signal rss: bytes\n";
    let library = files.add("lib/b.heal", library_text);
    let diagnostic = Diagnostic::error(
        Code::DIMENSION_MISMATCH,
        policy,
        range(POLICY, "größe > 3"),
        "data and a number are compared",
    )
    .with_label("data on the left, a number on the right")
    .with_secondary(policy, range(POLICY, "signal größe"), "data, because of this")
    .with_secondary(library, range(library_text, "rss"), "another one")
    .with_help("give the number a unit")
    .with_fix("write `3B`", Safety::Unsafe, range(POLICY, "3"), "3B");
    (files, diagnostic)
}

#[test]
fn a_terminal_gets_places_labels_help_and_fixes() {
    let (files, diagnostic) = example();
    let expected = "";
    assert_eq!(render_human(&files, &[diagnostic], false), expected);
}

#[test]
fn colour_adds_nothing_but_escape_sequences() {
    let (files, diagnostic) = example();
    let coloured = render_human(&files, &[diagnostic.clone()], true);
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
    assert_eq!(plain, render_human(&files, &[diagnostic], false));
}

#[test]
fn the_end_of_a_file_can_be_underlined() {
    let mut files = Files::default();
    let file = files.add("a.heal", "detector slow\n");
    let diagnostic = Diagnostic::warning(Code::SYNTAX, file, TextRange::new(14, 14), "the file ends here");
    let expected = "";
    assert_eq!(render_human(&files, &[diagnostic], false), expected);
}

#[test]
fn the_order_is_by_place_and_not_by_pass() {
    let (files, first) = example();
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
    assert_eq!(places, ["lib/b.heal:1:1", "policies/a.heal:1:1", "policies/a.heal:7:8"]);
}

#[test]
fn a_program_gets_the_same_as_json() {
    let (files, diagnostic) = example();
    let json: serde_json::Value = serde_json::from_str(&render_json(&files, &[diagnostic])).unwrap();
    let expected = serde_json::json!({
        "version": 1,
        "diagnostics": [{
            "code": "HEAL0202",
            "severity": "error",
            "message": "data and a number are compared",
            "file": "policies/a.heal",
            "start": {"line": 7, "column": 8, "offset": 74},
            "end": {"line": 7, "column": 17, "offset": 85},
            "labels": [
                {
                    "primary": true,
                    "file": "policies/a.heal",
                    "start": {"line": 7, "column": 8, "offset": 74},
                    "end": {"line": 7, "column": 17, "offset": 85},
                    "text": "data on the left, a number on the right",
                },
                {
                    "primary": false,
                    "file": "policies/a.heal",
                    "start": {"line": 4, "column": 1, "offset": 31},
                    "end": {"line": 4, "column": 13, "offset": 45},
                    "text": "data, because of this",
                },
                {
                    "primary": false,
                    "file": "lib/b.heal",
                    "start": {"line": 2, "column": 12, "offset": 22},
                    "end": {"line": 2, "column": 15, "offset": 25},
                    "text": "another one",
                },
            ],
            "help": ["give the number a unit"],
            "fixes": [{
                "title": "write `3B`",
                "safe": false,
                "edits": [{
                    "file": "policies/a.heal",
                    "start": {"line": 7, "column": 16, "offset": 84},
                    "end": {"line": 7, "column": 17, "offset": 85},
                    "text": "3B",
                }],
            }],
        }],
    });
    assert_eq!(json, expected);
}

#[test]
fn nothing_to_say_is_said_in_both_forms() {
    assert_eq!(render_human(&Files::default(), &[], false), "");
    assert_eq!(render_json(&Files::default(), &[]), r#"{"version":1,"diagnostics":[]}"#);
}

#[test]
fn the_schema_in_the_documentation_names_every_key() {
    let schema = include_str!("../../../../docs/schema/diagnostics.v1.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let (files, diagnostic) = example();
    let json: serde_json::Value = serde_json::from_str(&render_json(&files, &[diagnostic])).unwrap();
    check_keys(&schema, &schema, &json);
}

/// Checks that an object has exactly the properties of its schema, and all that are required.
fn check_keys(root: &serde_json::Value, schema: &serde_json::Value, value: &serde_json::Value) {
    let reference = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    let schema = reference.map_or(schema, |path| root.pointer(path).unwrap());
    if let Some(object) = value.as_object() {
        let properties = schema["properties"].as_object().unwrap();
        let named: Vec<_> = object.keys().collect();
        assert_eq!(named, properties.keys().collect::<Vec<_>>());
        assert_eq!(schema["required"].as_array().unwrap().len(), properties.len());
        for (name, value) in object {
            check_keys(root, &properties[name], value);
        }
    }
    for value in value.as_array().into_iter().flatten() {
        check_keys(root, &schema["items"], value);
    }
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
