//! What other tools read: GitHub, GitLab, `JUnit`, reviewdog, SARIF.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::example;
use crate::{
    Code, Diagnostic, Files, Safety, TextRange, render_github, render_gitlab, render_junit, render_rdjson,
    render_sarif,
};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn github_gets_a_command_a_line_with_nothing_in_it_that_ends_it() {
    let (files, diagnostics) = example();
    assert_eq!(
        render_github(&files, &diagnostics),
        "::error file=a.heal,line=2,endLine=2,col=32,endColumn=34,title=HEAL0203::`64` needs a unit%0Ahere: a bare \
         number%0Ahelp: durations are written `64ms`, `2s`%0Afix: write `64ms`\n\
         ::warning file=b.heal,line=1,endLine=1,col=8,endColumn=15,title=HEAL0901::nothing reads `latency`\n"
    );
    let mut files = Files::default();
    let file = files.add("a,b:c%.heal", "x\ny");
    let hostile = Diagnostic::error(Code::SYNTAX, file, TextRange::new(0, 3), "50%\r\n::set-env name=X::y");
    assert_eq!(
        render_github(&files, &[hostile]),
        "::error file=a%2Cb%3Ac%25.heal,line=1,endLine=2,title=HEAL0001::50%25%0D%0A::set-env name=X::y\n"
    );
}

#[test]
fn gitlab_gets_fingerprints_that_moved_lines_keep_and_twins_do_not_share() {
    let (files, diagnostics) = example();
    let report = parsed(&render_gitlab(&files, &diagnostics));
    assert_eq!(report[0]["check_name"], "HEAL0203");
    assert_eq!(report[0]["severity"], "major");
    assert_eq!(report[1]["severity"], "minor");
    assert_eq!(report[0]["location"], json!({"path": "a.heal", "lines": {"begin": 2, "end": 2}}));
    let fingerprint = |before: &str, at: u32| {
        let mut files = Files::default();
        let file = files.add("a.heal", format!("{before}x\nx\n"));
        let twin =
            |start: u32| Diagnostic::error(Code::SYNTAX, file, TextRange::new(start, start + 1), "odd");
        parsed(&render_gitlab(&files, &[twin(at), twin(at + 2)]))
    };
    let (before, after) = (fingerprint("", 0), fingerprint("\n\n", 2));
    assert_eq!(before[0]["fingerprint"], after[0]["fingerprint"]);
    assert_ne!(before[0]["fingerprint"], before[1]["fingerprint"]);
    assert_eq!(render_gitlab(&Files::default(), &[]), "[]\n");
}

#[test]
fn junit_has_a_failure_a_diagnostic_and_a_passed_case_for_a_file_without_one() {
    let (files, diagnostics) = example();
    let checked = BTreeSet::from(["fine.heal".to_owned(), "a.heal".to_owned()]);
    assert_eq!(
        render_junit(&files, &checked, &diagnostics),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"heal check\" tests=\"3\" failures=\"2\" errors=\"0\">
  <testsuite name=\"a.heal\" tests=\"1\" failures=\"1\" errors=\"0\">
    <testcase name=\"HEAL0203 at 2:32\" classname=\"a.heal\">
      <failure type=\"error\" message=\"`64` needs a unit\">a.heal:2:32: HEAL0203: `64` needs a unit
here: a bare number
help: durations are written `64ms`, `2s`
fix: write `64ms`</failure>
    </testcase>
  </testsuite>
  <testsuite name=\"b.heal\" tests=\"1\" failures=\"1\" errors=\"0\">
    <testcase name=\"HEAL0901 at 1:8\" classname=\"b.heal\">
      <failure type=\"warning\" message=\"nothing reads `latency`\">b.heal:1:8: HEAL0901: nothing reads `latency`</failure>
    </testcase>
  </testsuite>
  <testsuite name=\"fine.heal\" tests=\"1\" failures=\"0\" errors=\"0\">
    <testcase name=\"nothing to report\" classname=\"fine.heal\"/>
  </testsuite>
</testsuites>
"
    );
}

#[test]
fn junit_escapes_what_xml_cannot_hold() {
    let mut files = Files::default();
    let file = files.add("<&\">.heal", "");
    let odd = Diagnostic::error(Code::SYNTAX, file, TextRange::default(), "a\u{1}<b>\n\"&");
    let report = render_junit(&files, &BTreeSet::new(), &[odd]);
    assert!(report.contains("message=\"a\u{fffd}&lt;b&gt;&#10;&quot;&amp;\""), "{report}");
    assert!(report.contains("<testsuite name=\"&lt;&amp;&quot;&gt;.heal\""), "{report}");
}

#[test]
fn reviewdog_counts_bytes_and_gets_fixes_as_suggestions() {
    let mut files = Files::default();
    let file = files.add("a.heal", "\u{e4} 64\n");
    let range = TextRange::new(3, 5);
    let unitless = Diagnostic::error(Code::MISSING_UNIT, file, range, "`64` needs a unit")
        .with_secondary(file, TextRange::new(0, 2), "beside this")
        .with_fix("write `64ms`", Safety::Unsafe, range, "64ms");
    let report = parsed(&render_rdjson(&files, &[unitless]));
    let entry = &report["diagnostics"][0];
    let place = json!({"start": {"line": 1, "column": 4}, "end": {"line": 1, "column": 6}});
    assert_eq!(entry["location"], json!({"path": "a.heal", "range": place}));
    assert_eq!(entry["suggestions"], json!([{"range": place, "text": "64ms"}]));
    assert_eq!(entry["severity"], "ERROR");
    assert_eq!(entry["code"]["value"], "HEAL0203");
    assert_eq!(entry["related_locations"][0]["message"], "beside this");
    assert_eq!(report["source"]["name"], "heal");
}

#[test]
fn sarif_names_rules_places_fingerprints_and_fixes() {
    let (files, diagnostics) = example();
    let log = parsed(&render_sarif(&files, &diagnostics));
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = &run["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["id"], "HEAL0203");
    assert!(rules[0]["help"]["markdown"].as_str().unwrap().contains("## Why"), "{rules:#}");
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "HEAL0203");
    assert_eq!(result["ruleIndex"], 0);
    assert_eq!(run["results"][1]["ruleIndex"], 1);
    assert_eq!(result["level"], "error");
    let place = json!({"startLine": 2, "startColumn": 32, "endLine": 2, "endColumn": 34});
    assert_eq!(result["locations"][0]["physicalLocation"]["region"], place);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "a duration");
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "a.heal");
    assert_eq!(
        change["replacements"],
        json!([{"deletedRegion": place, "insertedContent": {"text": "64ms"}}])
    );
    assert!(result["partialFingerprints"]["healDiagnostic/v1"].is_string());
}

#[test]
fn sarif_percent_encodes_paths() {
    let mut files = Files::default();
    let file = files.add("a b/\u{e4}#1.heal", "x");
    let log =
        parsed(&render_sarif(&files, &[Diagnostic::error(Code::SYNTAX, file, TextRange::new(0, 1), "odd")]));
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%20b/%C3%A4%231.heal");
}

proptest! {
    #[test]
    fn any_words_at_any_place_can_be_told_in_every_format(
        text in "(?s).{0,60}",
        name in "(?s).{0,12}",
        words in "(?s).{0,20}",
        (start, end) in (0..80u32, 0..80u32),
    ) {
        let mut files = Files::default();
        let file = files.add(name, text);
        let range = TextRange::new(start, end);
        let diagnostic = Diagnostic::warning(Code::SYNTAX, file, range, words.clone())
            .with_help(words.clone())
            .with_fix(words.clone(), Safety::Safe, range, words);
        let all = std::slice::from_ref(&diagnostic);
        for json in [render_gitlab(&files, all), render_rdjson(&files, all), render_sarif(&files, all)] {
            prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
        }
        prop_assert_eq!(render_github(&files, all).lines().count(), 1);
        prop_assert!(render_junit(&files, &BTreeSet::new(), all).contains("HEAL0001"));
    }
}
