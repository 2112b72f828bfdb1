//! `heal explain` and `heal fix`.

use heal_tests::TestFolder;

use super::heal_ends;

#[test]
fn a_code_is_explained_however_it_is_written() {
    let folder = TestFolder::new();
    let page = heal_ends(folder.path(), &["explain", "HEAL0203"], 0).stdout;
    assert!(page.starts_with("# HEAL0203: ") && page.contains("\n## Good\n"), "{page}");
    assert_eq!(heal_ends(folder.path(), &["explain", "203"], 0).stdout, page);
}

#[test]
fn what_is_no_code_is_answered_with_those_that_may_be_meant() {
    let folder = TestFolder::new();
    let unknown = heal_ends(folder.path(), &["explain", "HEAL0293"], 2).stderr;
    assert!(
        unknown.contains("no diagnostic has the code HEAL0293") && unknown.contains("HEAL0203"),
        "{unknown}"
    );
    let words = heal_ends(folder.path(), &["explain", "counter without rate"], 2).stderr;
    assert!(words.contains("HEAL0206"), "{words}");
    heal_ends(folder.path(), &["explain"], 2);
}

#[test]
fn all_codes_are_listed_with_what_they_say() {
    let folder = TestFolder::new();
    let list = heal_ends(folder.path(), &["explain", "--list"], 0).stdout;
    assert!(list.starts_with("HEAL0001  ") && list.contains("\nHEAL0992  "), "{list}");
    for line in list.lines() {
        heal_ends(folder.path(), &["explain", &line[..8]], 0);
    }
}

const FIXABLE: &str = "\
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
// heal: allow(HEAL0901) until 2027-01-31 because \"mended since\"
detector slow { when latncy > 64 }
";

#[test]
fn fixes_are_put_in_until_nothing_is_left_to_fix() {
    let folder = TestFolder::new();
    folder.write("a.heal", FIXABLE);
    let diff = heal_ends(folder.path(), &["fix", "a.heal", "--unsafe", "--diff"], 1).stdout;
    assert!(diff.contains("-detector slow { when latncy > 64 }"), "{diff}");
    assert!(diff.contains("+detector slow { when latency > 64ms }"), "{diff}");
    assert_eq!(folder.read("a.heal"), FIXABLE, "--diff only shows");
    let fixed = heal_ends(folder.path(), &["fix", "a.heal", "--unsafe", "--today", "2026-12-01"], 0).stderr;
    assert_eq!(fixed.trim(), "fixed 3 problems in 1 file");
    let expected = "\
signal latency: duration in ms by (service) { from metric \"latency\" every 1m }
detector slow { when latency > 64ms }
";
    assert_eq!(folder.read("a.heal"), expected);
    heal_ends(folder.path(), &["fix", "a.heal"], 0);
}

#[test]
fn more_mistakes_than_are_told_at_a_time_are_all_mended_and_those_that_are_left_are_counted() {
    let folder = TestFolder::new();
    folder.write("a.heal", "# one\n".repeat(3_000) + &"policy 3 { }\n".repeat(100));
    let fixed = heal_ends(folder.path(), &["fix", "a.heal"], 1).stderr;
    assert_eq!(fixed.trim(), "fixed 3000 problems in 1 file; 100 problems left");
    assert_eq!(folder.read("a.heal"), "// one\n".repeat(3_000) + &"policy 3 { }\n".repeat(100));
    folder.write("a.heal", "policy 3 { }\n".repeat(100));
    let said = heal_ends(folder.path(), &["check", "a.heal"], 1).stderr;
    assert!(said.ends_with("\n100 errors\n"), "{said}");
}

#[test]
fn without_leave_only_safe_fixes_are_put_in() {
    let folder = TestFolder::new();
    folder.write("a.heal", FIXABLE.replace("latncy", "latency"));
    let fixed = heal_ends(folder.path(), &["fix", "a.heal"], 1).stderr;
    assert!(fixed.contains("1 problem left, 1 fix to look at with `heal fix --unsafe --diff`"), "{fixed}");
    assert!(folder.read("a.heal").contains("latency > 64 "));
}

#[test]
fn a_file_that_was_not_asked_for_is_left_alone() {
    let folder = TestFolder::new();
    folder.write("heal.toml", "[package]\nname = \"shop\"\nedition = \"2026\"\n");
    folder.write("a.heal", FIXABLE);
    folder.write("b.heal", "detector other { when latency > 32 }\n");
    heal_ends(folder.path(), &["fix", "b.heal", "--unsafe"], 0);
    assert_eq!(folder.read("a.heal"), FIXABLE);
    assert_eq!(folder.read("b.heal"), "detector other { when latency > 32ms }\n");
}
