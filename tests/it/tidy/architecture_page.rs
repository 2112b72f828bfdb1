//! `docs/ARCHITECTURE.md` as data: its tables are the rules that the other tests hold.

use std::collections::BTreeMap;

use heal_tests::repository_root;

/// A row of the table of crates.
pub(super) struct CrateRow {
    /// `compiler`, `reconciler` or `tests`.
    pub(super) shelf: String,
    /// Its one line.
    pub(super) line: String,
    /// Crates of the workspace that it may import.
    pub(super) may_import: Vec<String>,
}

/// The crates by name.
pub(super) fn crates() -> BTreeMap<String, CrateRow> {
    let rows = table("shelf | crate | its one line | may import").into_iter().map(|cells| {
        let [shelf, name, line, imports] = <[String; 4]>::try_from(cells).expect("four cells in a row");
        (name, CrateRow { shelf, line, may_import: names(&imports) })
    });
    rows.collect()
}

/// Outside crates with the crates that may name them.
pub(super) fn homes() -> BTreeMap<String, Vec<String>> {
    let mut homes = BTreeMap::new();
    for cells in table("outside crate | may be named by") {
        for outside in names(&cells[0]) {
            homes.insert(outside, names(&cells[1]));
        }
    }
    homes
}

/// Crates with what may not be linked into them.
pub(super) fn never_linked() -> BTreeMap<String, Vec<String>> {
    let rows = table("crate | never links").into_iter();
    rows.map(|cells| (cells[0].clone(), names(&cells[1]))).collect()
}

/// The tests that the page calls the holders of its invariants, as `module::function`.
pub(super) fn holders() -> Vec<String> {
    let page = page();
    let (_, invariants) = page.split_once("## Architecture invariants").expect("the section of invariants");
    let (invariants, _) = invariants.split_once("\n## ").unwrap_or((invariants, ""));
    let quoted = invariants.split('`').skip(1).step_by(2);
    quoted.filter(|text| text.contains("::")).map(str::to_owned).collect()
}

/// How many invariants the page numbers.
pub(super) fn invariant_count() -> usize {
    let page = page();
    let (_, invariants) = page.split_once("## Architecture invariants").expect("the section of invariants");
    let (invariants, _) = invariants.split_once("\n## ").unwrap_or((invariants, ""));
    let numbered = invariants
        .lines()
        .filter(|line| line.split_once(". **").is_some_and(|(n, _)| n.parse::<u32>().is_ok()));
    numbered.count()
}

fn page() -> String {
    std::fs::read_to_string(repository_root().join("docs/ARCHITECTURE.md")).expect("the page on architecture")
}

/// The rows below the header, as cells.
fn table(header: &str) -> Vec<Vec<String>> {
    let page = page();
    let header = format!("| {header} |");
    let mut lines = page.lines().skip_while(|line| *line != header).skip(2).peekable();
    assert!(lines.peek().is_some(), "docs/ARCHITECTURE.md has lost its table {header}");
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn names(cell: &str) -> Vec<String> {
    cell.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty() && *name != "–")
        .map(str::to_owned)
        .collect()
}
