//! Making repositories and commits.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;

use heal_reconcile::Repository as _;

use crate::fixture::{author, commit, empty};
use crate::{Address, GitRepository};

#[test]
fn equal_commits_have_equal_ids_on_every_machine() {
    let make = || commit(&mut empty().1, "main", &[("a.heal", "one")]);
    assert_eq!(make(), make());
    assert_eq!(make().as_str(), "8e7314d893c27d21c0357034e69fbc1fc9b0aa18");
}

#[test]
fn an_existing_repository_is_not_made_again() {
    let (folder, _repository) = empty();
    let error = GitRepository::init(folder.path(), "main").err().unwrap();
    assert!(error.to_string().contains("choose another folder"), "{error}");
}

#[test]
fn a_merge_commit_has_both_parents_and_a_conflict_writes_nothing() {
    let (_folder, mut repository) = empty();
    commit(&mut repository, "main", &[("a.heal", "1")]);
    let head = commit(&mut repository, "heal/x", &[("a.heal", "2")]);
    let merged = repository.commit_merge("main", "heal/x", "merge", &author(1)).unwrap().unwrap();
    assert_eq!(repository.tip("main").unwrap(), Some(merged.clone()));
    assert!(repository.merge_base(&merged, &head).unwrap() == Some(head));
    commit(&mut repository, "heal/y", &[("a.heal", "3")]);
    let main = commit(&mut repository, "main", &[("a.heal", "4")]);
    assert_eq!(repository.commit_merge("main", "heal/y", "merge", &author(2)).unwrap(), None);
    assert_eq!(repository.tip("main").unwrap(), Some(main));
    assert!(repository.commit_merge("main", "none", "merge", &author(2)).is_err());
}

#[test]
fn the_working_tree_can_show_a_branch() {
    let (folder, mut repository) = empty();
    commit(&mut repository, "main", &[("p/a.heal", "main\n")]);
    commit(&mut repository, "heal/x", &[("p/a.heal", "branch\n")]);
    for branch in ["main", "heal/x"] {
        repository.check_out(branch).unwrap();
        let text = std::fs::read_to_string(folder.path().join("p/a.heal")).unwrap();
        assert_eq!(text, if branch == "main" { "main\n" } else { "branch\n" });
    }
    repository.delete_branch("main").unwrap();
    repository.delete_branch("main").unwrap();
    assert_eq!(repository.tip("main").unwrap(), None);
}

/// The body runs in a child process, because libgit2 reads the home folder once a process.
#[test]
fn settings_of_the_user_do_not_matter() {
    const CHILD: &str = "HEAL_TEST_CHILD_FOLDER";
    if let Some(folder) = std::env::var_os(CHILD) {
        let folder = std::path::PathBuf::from(folder);
        let mut repository = match GitRepository::init(&folder.join("source"), "main") {
            Ok(repository) => repository,
            Err(error) => {
                // libgit2 reads the file before it can be told not to; then at least which file it is has to be said.
                assert!(
                    error.to_string().contains(".gitconfig")
                        && error.to_string().contains("correct that file")
                );
                std::fs::write(folder.join("refused"), "").unwrap();
                return;
            }
        };
        let id = commit(&mut repository, "main", &[("a.heal", "one\r\n")]);
        repository.check_out("main").unwrap();
        assert_eq!(std::fs::read(folder.join("source/a.heal")).unwrap(), b"one\r\n");
        assert!(!folder.join("source/.git/hooks/from-template").exists());
        let source = folder.join("source").display().to_string();
        let address = Address::parse(&source).unwrap();
        let mut mirror = GitRepository::mirror(address, &folder.join("mirror"), None).unwrap();
        mirror.refresh().unwrap();
        assert_eq!(mirror.tip("main").unwrap(), Some(id));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let template = folder.path().join("template/hooks");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::create_dir_all(&template).unwrap();
    std::fs::write(template.join("from-template"), "").unwrap();
    let broken = "[core\n  nonsense";
    let hostile = format!(
        "[init]\n defaultBranch = trunk\n templateDir = {0}/template\n[core]\n autocrlf = input\n hooksPath = {0}/nowhere\n\
         [url \"/nowhere/\"]\n insteadOf = {0}/\n[user]\n name = Someone\n[safe]\n directory =\n",
        folder.path().display()
    );
    for (round, settings) in [hostile.as_str(), broken].into_iter().enumerate() {
        std::fs::write(home.join(".gitconfig"), settings).unwrap();
        let work = folder.path().join(format!("work{round}"));
        std::fs::create_dir_all(&work).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "write::tests::settings_of_the_user_do_not_matter", "--nocapture"])
            .env(CHILD, &work)
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("xdg"))
            .env("GIT_CONFIG_GLOBAL", home.join(".gitconfig"))
            .output()
            .unwrap();
        assert!(child.status.success(), "{settings}\n{}", String::from_utf8_lossy(&child.stderr));
        let result = if settings == broken { "refused" } else { "mirror/HEAD" };
        assert!(work.join(result).exists(), "the child ran");
    }
}
