//! Renderings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use crate::{HtmlOptions, ImpactDiff, MarkdownOptions, Report, testing::sample};

#[test]
fn sample_files() {
    let sample = sample();
    let diff = ImpactDiff::between(&sample.base(), &sample.head(), &sample.telemetry);
    let graph = Some("graph LR\n  leaking --> heal_leaks\n".to_owned());
    let options = MarkdownOptions {
        marker: "base=5f2c head=91ab".to_owned(),
        graph: graph.clone(),
        report_link: Some("https://example.org/report.html".to_owned()),
        reproduce: Some("heal diff main...heal/leaks --recording prod-2026-10".to_owned()),
        commands: vec!["/heal approve 91ab".to_owned()],
        bytes_max: None,
    };
    if let Ok(folder) = std::env::var("HEAL_REPORT_SAMPLES") {
        let write = |name: &str, text: &str| std::fs::write(format!("{folder}/{name}"), text).unwrap();
        let html = HtmlOptions { graph, reproduce: options.reproduce.clone() };
        write("impact.txt", &diff.to_text());
        write("impact.md", &diff.to_markdown(&options));
        write("impact.json", &diff.to_json().unwrap());
        write("impact.html", &diff.to_html(&sample.telemetry, &html));
        write("impact.svg", &diff.to_svg(&sample.telemetry).unwrap());
        let report = Report::of(&sample.head(), &sample.telemetry);
        write("report.txt", &report.to_text());
        write("report.md", &report.to_markdown(&MarkdownOptions::default()));
        write("report.html", &report.to_html(&sample.telemetry, &HtmlOptions::default()));
    }
}
