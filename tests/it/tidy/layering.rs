//! Who may depend on whom: `docs/ARCHITECTURE.md` against cargo.

use super::architecture_page::{crates, holders, homes, invariant_count, never_linked};
use super::assert_none;
use super::repository::{closure, packages, rust_files};

#[test]
fn every_crate_has_its_row_and_its_line() {
    let table = crates();
    let packages = packages();
    let mut problems = Vec::new();
    for package in &packages {
        let Some(row) = table.get(&package.name) else {
            problems.push(format!("{} has no row in docs/ARCHITECTURE.md", package.name));
            continue;
        };
        let folder = if row.shelf == package.name {
            row.shelf.clone()
        } else {
            format!("{}/{}", row.shelf, package.name)
        };
        if folder != package.folder {
            problems.push(format!("{} is in {}/, its row says {folder}/", package.name, package.folder));
        }
        if row.line != package.description {
            problems.push(format!(
                "{} describes itself as {:?}, its row as {:?}",
                package.name, package.description, row.line
            ));
        }
    }
    for name in table.keys() {
        if !packages.iter().any(|package| package.name == *name) {
            problems.push(format!("the row of {name} has no crate"));
        }
    }
    assert_none("the table of crates and the crates disagree:", &problems);
}

#[test]
fn imports_follow_the_table() {
    let table = crates();
    let mut problems = Vec::new();
    for package in packages() {
        let allowed = table.get(&package.name).map(|row| row.may_import.as_slice()).unwrap_or_default();
        for import in package.imports.iter().filter_map(|import| import.strip_prefix("heal-")) {
            if !allowed.iter().any(|name| name == import) {
                problems.push(format!("{} imports {import}, which its row does not allow", package.name));
            }
        }
        for name in allowed {
            if !table.contains_key(name) {
                problems.push(format!("the row of {} allows {name}, which is no crate", package.name));
            }
        }
    }
    assert_none("imports against docs/ARCHITECTURE.md:", &problems);
}

#[test]
fn outside_crates_stay_in_their_home() {
    let homes = homes();
    let mut problems = Vec::new();
    for package in packages() {
        for import in &package.imports {
            let Some(allowed) = homes.get(import) else { continue };
            if !allowed.contains(&package.name) {
                problems.push(format!(
                    "{} imports {import}, whose home is {}",
                    package.name,
                    allowed.join(", ")
                ));
            }
        }
    }
    assert_none("a wrapped library has a second home:", &problems);
}

#[test]
fn closures_lack_what_they_must() {
    let mut problems = Vec::new();
    for (name, forbidden) in never_linked() {
        let closure = closure(&format!("heal-{name}"));
        for linked in forbidden.iter().filter(|forbidden| closure.contains(forbidden)) {
            problems.push(format!("{name} links {linked}; see: cargo tree -p heal-{name} -i {linked}"));
        }
    }
    assert_none("linked, though it must not be:", &problems);
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let files = rust_files();
    let holders = holders();
    let missing: Vec<String> = holders.iter().filter(|holder| !is_a_test(holder, &files)).cloned().collect();
    assert_none("docs/ARCHITECTURE.md names tests that do not exist:", &missing);
    assert!(holders.len() >= invariant_count(), "an invariant names no test that holds it");
    assert!(invariant_count() >= 8, "docs/ARCHITECTURE.md numbers {} invariants", invariant_count());
}

fn is_a_test(holder: &str, files: &[super::repository::RepositoryFile]) -> bool {
    let Some((module, function)) = holder.split_once("::") else { return false };
    let path = format!("tests/it/tidy/{module}.rs");
    let declaration = format!("#[test]\nfn {function}() {{");
    files.iter().any(|file| file.path == path && file.text.contains(&declaration))
}
