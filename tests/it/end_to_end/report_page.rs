//! The report as a browser shows it.

use std::fs;

use heal_tests::{Browser, TestFolder, binary, clean_command, run_ok, skip};

#[test]
fn the_demos_report_needs_no_network_and_draws_its_timelines() {
    let Some(browser) = Browser::find() else {
        skip!("the report in a browser", "chromium is not installed")
    };
    let folder = TestFolder::new();
    run_ok(clean_command(binary("heal"), folder.path()).args(["demo", "--folder", "demo"]));
    let page = folder.join("demo/policies.heal/pulls/1/report.html");
    let source = fs::read_to_string(&page).unwrap();
    for address in ["http://", "https://", "url(", "@import", "src="] {
        let found = source
            .match_indices(address)
            .filter(|(at, _)| !source[at + address.len()..].starts_with("www.w3.org"));
        assert_eq!(found.count(), 0, "{address} in the page");
    }
    let document = browser.rendered_document(&page);
    assert!(document.contains("atches 2 more incidents"));
    assert!(document.matches("<svg").count() >= 1, "no picture");
    assert!(document.contains("checkout latency failure 3"));
    let picture = folder.join("report.png");
    browser.screenshot(&page, &picture, 1300, 1500);
    let size = fs::metadata(&picture).unwrap().len();
    assert!(size > 50_000, "the picture is nearly empty: {size} bytes");
}
