//! Reading repositories.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use heal_reconcile::{BranchPattern, References as _, Repository as _};

use crate::fixture::{commit, commit_tree, empty, raw_tree, shown, shown_merge};
use crate::{GitReferences, GitRepository};

#[test]
fn branches_are_listed_by_pattern_and_tips_are_found() {
    let (_folder, mut repository) = empty();
    assert_eq!(repository.tip("main").unwrap(), None);
    let main = commit(&mut repository, "main", &[("a.heal", "one")]);
    let deep = commit(&mut repository, "heal/deep/x", &[("a.heal", "two")]);
    commit(&mut repository, "feature", &[("a.heal", "two")]);
    assert_eq!(repository.tip("main").unwrap(), Some(main));
    let branches = repository.branches(&BranchPattern::default()).unwrap();
    assert_eq!(branches.into_iter().collect::<Vec<_>>(), [("heal/deep/x".to_owned(), deep)]);
    assert!(repository.tip("no\nname").unwrap_err().to_string().contains("correct the configuration"));
}

#[test]
fn only_policy_files_with_other_contents_count_as_changed() {
    let (_folder, mut repository) = empty();
    let main = commit(&mut repository, "main", &[("a.heal", "one"), ("README.md", "x"), ("gone.heal", "y")]);
    let readme = commit(&mut repository, "heal/readme", &[("README.md", "z"), ("recordings/r/x.csv", "1")]);
    assert_eq!(repository.changed_policies(&main, &readme).unwrap(), Vec::<String>::new());
    commit(&mut repository, "heal/x", &[("heal.toml", "t"), ("deep/b.heal", "new"), ("sub/heal.lock", "l")]);
    let author = crate::fixture::author(0);
    let removal = [("gone.heal".to_owned(), None)].into();
    let head = repository.commit("heal/x", None, &removal, "remove", &author).unwrap();
    assert_eq!(
        repository.changed_policies(&main, &head).unwrap(),
        ["deep/b.heal", "gone.heal", "heal.toml", "sub/heal.lock"]
    );
    assert_eq!(repository.merge_base(&main, &head).unwrap(), Some(main));
    assert_eq!(repository.subject(&head).unwrap(), "remove");
}

#[test]
fn histories_without_a_common_commit_have_no_merge_base() {
    let (_folder, mut repository) = empty();
    let orphan = commit(&mut repository, "orphan", &[("a.heal", "one")]);
    let main = commit(&mut repository, "main", &[("a.heal", "two")]);
    assert_eq!(repository.merge_base(&main, &orphan).unwrap(), None);
}

#[test]
fn a_tree_holds_policies_and_recordings_and_nothing_else() {
    let (_folder, mut repository) = empty();
    let files =
        [("heal.toml", "t"), ("p/a.heal", "a"), ("recordings/r/s.parquet", "r"), ("src/main.rs", "no")];
    let main = commit(&mut repository, "main", &files);
    assert_eq!(shown(&repository.tree(&main).unwrap()), "heal.toml=t p/a.heal=a recordings/r/s.parquet=r");
}

#[test]
fn links_submodules_and_names_that_leave_the_folder_are_passed_over() {
    let (_folder, mut repository) = empty();
    let main = commit(&mut repository, "main", &[("ok.heal", "ok")]);
    let blob = repository.repository.blob(b"evil").unwrap();
    let inner = raw_tree(&repository, &[("100644", "x.heal", blob)]);
    let tree = raw_tree(
        &repository,
        &[
            ("40000", "..", inner),
            ("40000", ".git", inner),
            ("100644", "../up.heal", blob),
            ("120000", "link.heal", blob),
            ("160000", "module.heal", blob),
            ("100755", "run.heal", blob),
            ("40000", "sub", inner),
        ],
    );
    let head = commit_tree(&repository, "heal/evil", tree);
    assert_eq!(shown(&repository.tree(&head).unwrap()), "run.heal=evil sub/x.heal=evil");
    let changed = repository.changed_policies(&main, &head).unwrap();
    assert_eq!(changed, ["ok.heal", "run.heal", "sub/x.heal"]);
}

#[test]
fn too_many_files_are_refused_with_what_to_do() {
    let (_folder, repository) = empty();
    let blob = repository.repository.blob(b"x").unwrap();
    let names: Vec<String> = (0..=heal_reconcile::TREE_FILES_MAX).map(|at| format!("{at:06}.heal")).collect();
    let entries: Vec<_> = names.iter().map(|name| ("100644", name.as_str(), blob)).collect();
    let head = commit_tree(&repository, "heal/many", raw_tree(&repository, &entries));
    let error = repository.tree(&head).unwrap_err();
    assert!(matches!(error, heal_reconcile::PortError::TooLarge { .. }));
    assert!(error.to_string().contains("split the repository"), "{error}");
}

#[test]
fn a_merge_shows_what_would_run_or_what_conflicts() {
    let (_folder, mut repository) = empty();
    commit(&mut repository, "main", &[("a.heal", "1\n2\n3\n"), ("README.md", "x")]);
    let head = commit(&mut repository, "heal/x", &[("a.heal", "1\n2\nthree\n"), ("README.md", "y")]);
    let beside = commit(&mut repository, "main", &[("b.heal", "b"), ("README.md", "z")]);
    assert_eq!(
        shown_merge(repository.merge(&beside, &head).unwrap()),
        "a.heal=1\n2\nthree\n b.heal=b",
        "a conflict in a file that is no policy does not matter"
    );
    let against = commit(&mut repository, "main", &[("a.heal", "1\n2\ndrei\n")]);
    assert_eq!(shown_merge(repository.merge(&against, &head).unwrap()), "conflict: a.heal");
    assert_eq!(repository.tip("main").unwrap(), Some(against), "nothing moved");
}

#[test]
fn references_can_be_set_read_and_compared() {
    let (folder, mut repository) = empty();
    let old = commit(&mut repository, "main", &[("a.heal", "1")]);
    let new = commit(&mut repository, "main", &[("a.heal", "2")]);
    let mut references = repository.references().unwrap();
    assert_eq!(references.target("refs/heal/pull/1/head").unwrap(), None);
    references.set_target("refs/heal/pull/1/head", &old).unwrap();
    references.set_target("refs/heal/pull/1/head", &new).unwrap();
    let again = GitReferences::open(folder.path()).unwrap();
    assert_eq!(again.target("refs/heal/pull/1/head").unwrap(), Some(new.clone()));
    assert!(again.contains(&new, &old).unwrap() && again.contains(&new, &new).unwrap());
    assert!(!again.contains(&old, &new).unwrap());
}

#[test]
fn a_lock_that_a_dead_writer_left_below_our_prefix_is_broken() {
    let (folder, mut repository) = empty();
    let main = commit(&mut repository, "main", &[("a.heal", "1")]);
    let locks = folder.path().join(".git/refs/heal/pull/1");
    std::fs::create_dir_all(&locks).unwrap();
    std::fs::write(locks.join("head.lock"), "").unwrap();
    repository.references().unwrap().set_target("refs/heal/pull/1/head", &main).unwrap();
    std::fs::write(folder.path().join(".git/refs/heads/main.lock"), "").unwrap();
    let error = repository.references().unwrap().set_target("refs/heads/main", &main).unwrap_err();
    assert!(error.to_string().contains("another process writes there"), "{error}");
}

#[test]
fn a_folder_without_a_repository_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = GitRepository::open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("git init"), "{error}");
}
