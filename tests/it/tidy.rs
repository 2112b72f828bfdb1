//! The repository's own rules, read from its files and from cargo. Each failure names every place that breaks a rule.

mod architecture_page;
mod layering;
mod layout;
mod purity;
mod repository;
mod sizes;
mod words;

/// Fails with all `problems` under one heading; none is fine.
#[track_caller]
fn assert_none(rule: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{rule}\n  {}", problems.join("\n  "));
}
