//! Each format of the same change, hostile names, and limits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use heal_program::Dimension;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::{MARKDOWN_BYTES_MAX, markdown};
use crate::{
    HtmlOptions, ImpactDiff, JsonError, MarkdownOptions, Report, Side, SourceFile, Telemetry,
    document::Line,
    testing::{Source, Story, at, incident, one_policy, quiet, sample},
};

fn options() -> MarkdownOptions {
    MarkdownOptions {
        marker: "base=5f2c head=91ab".to_owned(),
        graph: Some("graph LR\n  leaking --> heal_leaks\n".to_owned()),
        report_link: Some("https://example.org/report.html".to_owned()),
        reproduce: Some("heal diff main...heal/leaks --recording prod-2026-10".to_owned()),
        explain: Some("heal explain ID heal/leaks --base main".to_owned()),
        commands: vec!["/heal approve 91ab".to_owned()],
        bytes_max: None,
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may write what a person wants to look at")]
fn the_sample_in_every_format() {
    let sample = sample();
    let diff = ImpactDiff::between(&sample.base(), &sample.head(), &sample.telemetry).unwrap();
    let report = Report::of(&sample.head(), &sample.telemetry).unwrap();
    let html =
        HtmlOptions { graph: options().graph, reproduce: options().reproduce, explain: options().explain };
    let page = diff.to_html(&sample.telemetry, &html).unwrap();
    let one_sided = report.to_html(&sample.telemetry, &html).unwrap();
    // To look at: HEAL_REPORT_SAMPLES=folder cargo test -p heal-report
    if let Ok(folder) = std::env::var("HEAL_REPORT_SAMPLES") {
        let write = |name: &str, text: &str| std::fs::write(format!("{folder}/{name}"), text).unwrap();
        write("impact.json", &diff.to_json().unwrap());
        write("impact.html", &page);
        write("impact.svg", &diff.to_svg(&sample.telemetry).unwrap().unwrap());
        write("report.html", &one_sided);
    }
    assert_snapshot!("impact_text", diff.to_text());
    assert_snapshot!("impact_markdown", diff.to_markdown(&options()));
    assert_snapshot!("report_text", report.to_text());
    assert_snapshot!("report_markdown", report.to_markdown(&MarkdownOptions::default()));
    assert!(diff.to_text().lines().all(|line| line.chars().count() <= 100));
    for page in [&page, &one_sided] {
        assert!(page.len() < 400_000);
        let scripts = page.matches("<script").count() + page.matches("<style").count();
        assert_eq!(scripts, 2);
        for fetched in ["src=", "<link", "<iframe", "@import", "url(", "fetch("] {
            assert!(!page.contains(fetched), "{fetched}");
        }
    }
    assert!(diff.differences.iter().all(|difference| page.contains(&format!("id=\"d-{}\"", difference.id))));
}

#[test]
fn a_small_strip_is_drawn_as_it_should_be() {
    let (source, mut telemetry) = (one_policy(0.9), quiet(vec![incident("outage", at(10), at(40), &[])]));
    telemetry.signals = vec![crate::SignalSamples {
        signal: "load".to_owned(),
        labels: crate::testing::labels(&[("host", "a")]),
        unit: "ratio".to_owned(),
        samples: [0, 20, 40, 60]
            .map(|minute| heal_telemetry::Sample { at: at(minute), value: 0.95 })
            .into_iter()
            .collect(),
    }];
    let story = |start: i64| {
        let story = Story::default().fires("hot", &[("host", "a")], (at(start), at(35)), &[("load", 0.95)]);
        story.runs("heal", "hot", &[("host", "a")], at(start), at(start)).trace()
    };
    let (before, after) = (story(20), story(15));
    let side = |trace| Side { revision: "x", program: &source.0, trace, failing: None, sources: &[] };
    let diff = ImpactDiff::between(&side(&before), &side(&after), &telemetry).unwrap();
    let svg = diff.to_svg(&telemetry).unwrap().unwrap();
    let drawn = svg.split("</style>").nth(1).unwrap().replace("><", ">\n<");
    assert_snapshot!("strip_svg", drawn);
}

#[test]
fn json_reads_again_and_a_newer_version_is_refused() {
    let sample = sample();
    let diff = ImpactDiff::between(&sample.base(), &sample.head(), &sample.telemetry).unwrap();
    let text = diff.to_json().unwrap();
    let again = ImpactDiff::from_json(&text).unwrap();
    assert_eq!(again.to_json().unwrap(), text);
    assert_eq!(again.differences, diff.differences);
    assert_eq!(again.to_markdown(&options()), diff.to_markdown(&options()));

    let newer =
        ImpactDiff::from_json(r#"{"version": 2, "kind": "impact", "shape": "unheard of"}"#).unwrap_err();
    assert!(matches!(newer, JsonError::Newer { found: 2, .. }));
    assert_snapshot!(newer, @"this impact has version 2, and this Heal reads up to 1: use a newer Heal");
    let report = Report::of(&sample.head(), &sample.telemetry).unwrap().to_json().unwrap();
    assert!(Report::from_json(&report).is_ok());
    assert_snapshot!(
        ImpactDiff::from_json(&report).unwrap_err(),
        @"this is a document of kind `report`, and `impact` is wanted: pass the output of `heal diff --format json`"
    );
    assert!(matches!(ImpactDiff::from_json("[]"), Err(JsonError::Malformed(_))));
}

/// Thousands of differences: `count` hosts fire in head that did not in base.
fn many(count: usize) -> (ImpactDiff, Telemetry) {
    let source = one_policy(0.9);
    let hosts: Vec<String> = (0..count).map(|host| format!("web-{host:04}.example")).collect();
    let story = hosts.iter().enumerate().fold(Story::default(), |story, (position, host)| {
        let start = at(position as i64 * 7);
        story.fires(
            "hot",
            &[("host", host)],
            (start, start.plus(heal_program::Millis(300_000))),
            &[("load", 0.97)],
        )
    });
    let mut telemetry = quiet(Vec::new());
    telemetry.signals = vec![crate::SignalSamples {
        signal: "load".to_owned(),
        labels: Vec::new(),
        unit: "ratio".to_owned(),
        samples: (0..40_000).map(|step| heal_telemetry::Sample { at: at(step), value: 0.5 }).collect(),
    }];
    let file = |bound: &str| {
        let text = (0..4_000).map(|line| format!("// {line} {bound} ```` </details> @org/team\n")).collect();
        vec![SourceFile { path: "big.heal".to_owned(), text }]
    };
    let (before, after) = (Story::default().trace(), story.trace());
    let (old, new) = (file("a"), file("b"));
    let base = Side { revision: "main", program: &source.0, trace: &before, failing: None, sources: &old };
    let head = Side { revision: "head", program: &source.0, trace: &after, failing: None, sources: &new };
    (ImpactDiff::between(&base, &head, &telemetry).unwrap(), telemetry)
}

#[test]
fn five_thousand_differences_fit_and_say_what_was_cut() {
    let (diff, telemetry) = many(5_000);
    assert_eq!(diff.differences.len(), 5_000);
    let comment = diff.to_markdown(&options());
    assert!(comment.len() <= MARKDOWN_BYTES_MAX, "{} bytes", comment.len());
    assert!(comment.len() > MARKDOWN_BYTES_MAX * 9 / 10, "what fits is shown: {} bytes", comment.len());
    let shown = comment.matches("\n- `").count();
    let left = crate::units::count(crate::report::size(5_000 - shown));
    assert!(comment.contains(&format!("… and {left} more in the report")), "{shown} shown");
    assert!(comment.contains(&format!("Left out for length: {left} differences, ")));
    assert!(
        comment.contains("lines of the text diff. The report has all of it."),
        "{}",
        &comment[comment.len() - 6000..]
    );
    // Cut from the bottom, never from the top, and what it rests on is still there.
    assert!(comment.starts_with("<!-- heal:impact:v1 base=5f2c head=91ab -->\n### Heal: causes 5,000 more"));
    assert!(comment.contains("What this rests on") && comment.trim_end().ends_with("`/heal approve 91ab`"));
    assert_eq!(comment.matches("<details>").count(), comment.matches("\n</details>\n").count());

    let page = diff.to_html(&telemetry, &HtmlOptions::default()).unwrap();
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("And 4,200 more, in the JSON form."));
    assert!(diff.to_text().contains("and 4940 more: `--format json` has them all"), "a page does not");
}

#[test]
fn a_comment_fits_whatever_room_there_is() {
    let (diff, _) = many(60);
    for room in [200, 900, 2_000, 5_000, 12_000, 30_000] {
        let comment = diff.to_markdown(&MarkdownOptions { bytes_max: Some(room), ..options() });
        assert!(comment.len() <= room, "{} bytes of {room}", comment.len());
        assert_eq!(comment.matches("<details>").count(), comment.matches("\n</details>\n").count(), "{room}");
        assert!(comment.starts_with("<!-- heal:impact:v1"), "{room}");
    }
}

#[test]
fn a_name_in_a_table_is_broken_only_where_nothing_else_is_left_and_then_between_its_parts() {
    let shown = |name: &str| {
        let source = Source::default()
            .signal("load", Dimension::RATIO, &["host"])
            .detector("hot", 0, 0.9, 0)
            .plan("recycle", heal_program::Risk::Low)
            .policy(name, 0, 0, (6, 60));
        crate::testing::diff((&source, Story::default()), (&source, Story::default()), Vec::new()).to_text()
    };
    let name = "services.checkout.heal_slow_answers_of_card";
    let text = shown(name);
    assert!(text.lines().any(|line| line.starts_with(name)), "{text}");
    let text = shown("services.checkout.heal_slow_answers_of_card_payments_in_europe_and_elsewhere");
    assert!(text.lines().any(|line| line.starts_with("services.checkout.heal_")), "{text}");
    let rows = text.lines().filter(|line| line.starts_with("services.") || line.contains("elsewhere"));
    assert!(rows.clone().count() >= 2 && rows.clone().all(|line| !line.starts_with("s_")), "{text}");
}

/// Names that try to leave their place.
const HOSTILE: [&str; 9] = [
    "a|b",
    "`code` ``` x",
    "</details><script>alert(1)</script>",
    "@org/team and @someone",
    "two\nlines\r\n\n# heading",
    "--> <!-- x",
    "fixes #12, GH-12, https://example.org/x/issues/1 www.example.org",
    "right\u{202e}left\u{200b}",
    "\\| \\` **bold** [link](javascript:alert(1)) $x$",
];

fn hostile() -> (ImpactDiff, Telemetry) {
    let all = HOSTILE.join(" ");
    let source = Source::default()
        .signal(&all, Dimension::RATIO, &["host"])
        .detector(&all, 0, 0.9, 0)
        .plan("recycle", heal_program::Risk::Low)
        .policy(&all, 0, 0, (6, 60));
    let story = HOSTILE.iter().enumerate().fold(Story::default(), |story, (position, name)| {
        let start = at(position as i64 * 100);
        let end = start.plus(heal_program::Millis(600_000));
        let story = story.fires(&all, &[("host", name)], (start, end), &[(name, 1.0)]);
        story.runs(&all, &all, &[("host", name)], start, start).asks(
            &all,
            &all,
            &[("host", name)],
            start,
            name,
        )
    });
    let story = story.lacks("other", &all, &[&all, "x"]);
    let incidents = HOSTILE.iter().enumerate().map(|(position, name)| {
        incident(name, at(position as i64 * 100), at(position as i64 * 100 + 5), &[])
    });
    let mut telemetry = quiet(incidents.collect());
    telemetry.recording.clone_from(&all);
    telemetry.notes = vec![all.clone()];
    telemetry.signals = HOSTILE
        .iter()
        .map(|name| crate::SignalSamples {
            signal: all.clone(),
            labels: crate::testing::labels(&[("host", name)]),
            unit: (*name).to_owned(),
            samples: (0..900)
                .map(|step| heal_telemetry::Sample { at: at(step), value: step as f64 })
                .collect(),
        })
        .collect();
    let known = Story::default().trace();
    let mut after = story.trace();
    // Known on both sides, so that everything is shown.
    after.events.retain(|event| !matches!(event.kind, heal_engine::TraceKind::NotSimulated { .. }));
    let old = vec![SourceFile { path: all.clone(), text: "x\n".to_owned() }];
    let new = vec![SourceFile { path: all.clone(), text: all.clone() }];
    let base = Side { revision: &all, program: &source.0, trace: &known, failing: None, sources: &old };
    let head = Side { revision: &all, program: &source.0, trace: &after, failing: None, sources: &new };
    let mut diff = ImpactDiff::between(&base, &head, &telemetry).unwrap();
    diff.gates_broken = vec![crate::BrokenGate { gate: crate::Gate::FalseAlarms, detail: all }];
    (diff, telemetry)
}

#[test]
fn hostile_names_stay_in_their_place_in_markdown() {
    let (diff, _) = hostile();
    let all = HOSTILE.join(" ");
    let options = MarkdownOptions {
        marker: "x --> <b>".to_owned(),
        report_link: Some("https://example.org/a b>)(<c".to_owned()),
        reproduce: Some(all.clone()),
        explain: Some(all.clone()),
        commands: vec![all.clone()],
        graph: Some(format!("graph LR\n  {all}\n```\nout\n")),
        bytes_max: None,
    };
    let comment = diff.to_markdown(&options);
    assert!(
        comment.starts_with("<!-- heal:impact:v1 x --_ _b_ -->\n### Heal: ")
            || comment.starts_with("<!-- heal:impact:v1 x")
    );
    assert_eq!(
        comment.matches("-->").count() - comment.matches("` --> ").count(),
        comment.matches("-->").count()
    );
    let prose = without_code(&comment);
    assert_eq!(prose.matches("</details>").count(), prose.matches("<details>").count());
    assert_eq!(prose.matches("<script").count(), 0);
    assert!(!prose.contains("@org") && !prose.contains("@someone"), "people would be called");
    for linked in ["#12,", "GH-12", "://example.org/x"] {
        let found = prose.lines().find(|line| line.contains(linked));
        assert_eq!(found, None, "{linked} becomes a link");
    }
    assert!(!comment.contains('\u{202e}') && !comment.contains('\u{200b}'));
    let columns = |line: &str| line.matches('|').count();
    let rows: Vec<&str> =
        comment.lines().filter(|line| line.starts_with("| ") || line.starts_with("|--")).collect();
    assert!(rows.len() > 10);
    for row in rows {
        assert!([4, 6, 8].contains(&columns(row)), "{row}");
    }
}

/// What Markdown reads as prose: without code blocks and code spans.
fn without_code(comment: &str) -> String {
    let mut prose = String::new();
    let mut fence: Option<String> = None;
    for line in comment.lines() {
        let run: String = line.trim_start().chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if run.len() >= open.len() && line.trim() == run => fence = None,
            Some(_) => {}
            None if run.len() >= 3 && !line.trim_start().trim_start_matches('`').contains('`') => {
                fence = Some(run)
            }
            None => {
                prose.push_str(&without_spans(line));
                prose.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a code block is left open");
    prose
}

fn without_spans(line: &str) -> String {
    let mut prose = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        // A backslash before a backquote makes it a letter.
        if rest[..start].ends_with('\\') {
            prose.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        }
        let run = rest[start..].chars().take_while(|c| *c == '`').count();
        prose.push_str(&rest[..start]);
        let after = &rest[start + run..];
        let mut from = 0;
        let close = loop {
            let Some(found) = after[from..].find('`') else { break None };
            let length = after[from + found..].chars().take_while(|c| *c == '`').count();
            if length == run {
                break Some(from + found + length);
            }
            from += found + length;
        };
        rest = close.map_or("", |end| &after[end..]);
    }
    prose.push_str(rest);
    prose
}

#[test]
fn hostile_names_stay_in_their_place_in_html_and_svg() {
    let (diff, telemetry) = hostile();
    let page = diff
        .to_html(&telemetry, &HtmlOptions { graph: Some(HOSTILE.join("\n")), ..HtmlOptions::default() })
        .unwrap();
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(!page.contains("<script>alert") && !page.contains('\u{202e}'));
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    let svg = diff.to_svg(&telemetry).unwrap().unwrap();
    assert!(!svg.contains("<script") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
}

proptest! {
    #[test]
    fn no_text_breaks_out_of_a_table_cell(text in "\\PC{0,60}") {
        let line = Line::of(&text).text(" ").code(&text).strong(&text).emphasis(&text);
        let cell = markdown::inline(&line, true);
        prop_assert!(!cell.contains('|') && !cell.contains('\n'));
        let prose = without_spans(&cell);
        prop_assert!(!prose.contains('<') && !prose.contains('>'));
        let called = prose.split('@').skip(1).any(|after| after.starts_with(|c: char| c.is_alphanumeric()));
        prop_assert!(!called);
    }

    #[test]
    fn text_never_exceeds_its_columns(name in "[a-z_]{1,180}", count in 0_usize..4) {
        let hosts: Vec<String> = (0..count).map(|host| format!("{name}{host}")).collect();
        let source = Source::default()
            .signal("load", Dimension::RATIO, &["host"])
            .detector(&name, 0, 0.9, 0)
            .plan("recycle", heal_program::Risk::Low)
            .policy(&name, 0, 0, (6, 60));
        let story = hosts.iter().fold(Story::default(), |story, host| {
            story.fires(&name, &[("host", host)], (at(10), at(20)), &[]).runs(&name, &name, &[("host", host)], at(10), at(10))
        });
        let diff = crate::testing::diff((&source, Story::default()), (&source, story), Vec::new());
        for line in diff.to_text().lines() {
            prop_assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
