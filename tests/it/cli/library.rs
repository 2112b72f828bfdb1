//! What Heal ships and shows in its own language: it checks, is formatted, and its tests pass.

use heal_tests::{TestFolder, repository_root};

use super::heal_ends;

/// Packages of the repository, from its root.
const PACKAGES: [&str; 3] = ["stdlib", "policies/demo", "policies/showcases"];

#[test]
fn every_package_that_is_shipped_checks_without_a_word_and_is_formatted() {
    for package in PACKAGES {
        let folder = repository_root().join(package);
        heal_ends(&folder, &["check"], 0);
        heal_ends(&folder, &["fmt", "--check"], 0);
    }
}

#[test]
fn every_test_that_is_shipped_passes() {
    for package in PACKAGES {
        heal_ends(&repository_root().join(package), &["test"], 0);
    }
}

/// What stands in the blocks of a page that are marked as Heal, as one file.
fn examples(page: &str) -> String {
    let text = std::fs::read_to_string(repository_root().join(page)).unwrap();
    let blocks = text.split("```heal\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_the_pages_show_checks_is_formatted_and_passes() {
    for page in ["README.md", "docs/guide.md"] {
        let folder = TestFolder::new();
        let text = examples(page);
        assert!(text.contains("policy "), "{page}");
        folder.write("page.heal", text);
        heal_ends(folder.path(), &["check", "page.heal"], 0);
        heal_ends(folder.path(), &["fmt", "--check", "page.heal"], 0);
        heal_ends(folder.path(), &["test", "page.heal"], 0);
    }
}

#[test]
fn the_tour_has_no_error_and_its_leak_is_healed() {
    for (page, warnings) in [("docs/tour.heal", 6), ("docs/tour_library.heal", 0)] {
        let code = i32::from(warnings > 0);
        let said = heal_ends(repository_root(), &["check", page], code).stderr;
        assert!(!said.contains("error["), "{said}");
        assert_eq!(said.matches("warning[").count(), warnings, "{said}");
        heal_ends(repository_root(), &["fmt", "--check", page], 0);
    }
    heal_ends(repository_root(), &["test", "docs/tour.heal", "--filter", "recycles"], 0);
}
