//! What Heal ships in its own language: it checks, is formatted, and its tests pass.

use super::heal_ends;

/// Packages of the repository, from its root.
const PACKAGES: [&str; 3] = ["stdlib", "policies/demo", "policies/showcases"];

#[test]
fn every_package_that_is_shipped_checks_without_a_word_and_is_formatted() {
    for package in PACKAGES {
        let folder = heal_tests::repository_root().join(package);
        heal_ends(&folder, &["check"], 0);
        heal_ends(&folder, &["fmt", "--check"], 0);
    }
}

#[test]
fn every_test_that_is_shipped_passes() {
    for package in PACKAGES {
        heal_ends(&heal_tests::repository_root().join(package), &["test"], 0);
    }
}
