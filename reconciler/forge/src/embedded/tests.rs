//! The embedded forge over real repositories.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use heal_git::{Address, GitRepository};
use heal_reconcile::{Action, Forge as _, Marker, PortError, PullRequestState, References as _};
use tempfile::TempDir;

use super::{EmbeddedForge, EmbeddedPullRequest};
use crate::fixture::{Words, author, commit, pass};

struct Laptop {
    folder: TempDir,
    repository: GitRepository,
    forge: EmbeddedForge,
    words: Words,
}

/// A repository with a policy on main, and nothing else.
fn laptop() -> Laptop {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("policies");
    let mut repository = GitRepository::init(&place, "main").unwrap();
    commit(&mut repository, "main", "one");
    let forge = forge(&place);
    Laptop { folder, repository, forge, words: Words::default() }
}

fn forge(repository: &Path) -> EmbeddedForge {
    let references = GitRepository::open(repository).unwrap().references().unwrap();
    EmbeddedForge::new(EmbeddedForge::folder_beside(repository), Box::new(references))
}

impl Laptop {
    fn pass(&mut self) -> Vec<Action> {
        let report = pass(&mut self.repository, &mut self.forge, &mut self.words).unwrap();
        assert_eq!(report.problems, Vec::new());
        report.actions
    }

    fn only(&mut self) -> EmbeddedPullRequest {
        let mut all = self.forge.pull_requests().unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("policies.heal/pulls/1").join(name)).unwrap()
    }
}

#[test]
fn a_branch_becomes_files_that_a_person_can_read() {
    let mut laptop = laptop();
    let head = commit(&mut laptop.repository, "heal/x", "two");
    assert_eq!(laptop.pass().len(), 3);
    let request = laptop.only();
    assert_eq!((request.title.as_str(), request.request.state), ("make it two", PullRequestState::Open));
    assert_eq!(request.request.head, head);
    assert_eq!(request.folder, laptop.folder.path().canonicalize().unwrap().join("policies.heal/pulls/1"));
    assert!(request.impact.is_some() && request.report.is_some());
    assert!(
        laptop
            .file("description.md")
            .starts_with("# make it two\n\nThe branch `heal/x` changes 1 policy file:")
    );
    assert!(laptop.file("impact.md").contains("### Heal: from a.heal=one; to a.heal=two;"));
    assert!(laptop.file("impact.md").contains("(report.html)"));
    assert_eq!(laptop.file("report.html"), "<!doctype html>");
    let reference = laptop.repository.references().unwrap().target("refs/heal/pull/1/head").unwrap();
    assert_eq!(reference, Some(head));
    let mut names: Vec<_> =
        fs::read_dir(&request.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(
        names,
        ["description.md", "impact.md", "pull.json", "report.html"],
        "nothing half done lies about"
    );
}

#[test]
fn the_folder_lies_beside_the_repository_also_when_that_is_the_present_one() {
    let beside = EmbeddedForge::folder_beside(Path::new("."));
    let here = std::env::current_dir().unwrap().canonicalize().unwrap();
    assert_eq!(beside.parent(), here.parent());
    assert_eq!(EmbeddedForge::folder_beside(Path::new("/nowhere/x.git")), Path::new("/nowhere/x.git.heal"));
}

#[test]
fn a_restart_does_nothing_twice() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    let before = laptop.file("impact.md");
    let engine = laptop.words.engine.clone();
    laptop.forge = forge(&laptop.folder.path().join("policies"));
    laptop.words = Words { engine, assessments: 0 };
    assert_eq!(laptop.pass(), Vec::new());
    assert_eq!((laptop.file("impact.md"), laptop.words.assessments), (before, 0));
}

#[test]
fn a_push_updates_the_comment_and_leaves_the_persons_description() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    let description = laptop.folder.path().join("policies.heal/pulls/1/description.md");
    fs::write(&description, "my words").unwrap();
    let head = commit(&mut laptop.repository, "heal/x", "bad");
    laptop.pass();
    assert_eq!(Marker::read(&laptop.file("impact.md")).unwrap().head, head);
    assert!(laptop.file("impact.md").contains("does not compile"));
    assert_eq!(laptop.file("description.md"), "my words");
}

#[test]
fn a_merge_is_seen_in_the_repository_and_applied() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    let merged = laptop.repository.commit_merge("main", "heal/x", "merge", &author()).unwrap().unwrap();
    assert!(matches!(laptop.pass().as_slice(), [Action::Applied { commit, .. }] if *commit == merged));
    assert_eq!(laptop.only().request.state, PullRequestState::Merged);
    laptop.repository.delete_branch("heal/x").unwrap();
    assert_eq!(laptop.pass(), Vec::new());
    assert_eq!(laptop.only().request.state, PullRequestState::Merged, "merged stays merged");
}

#[test]
fn a_branch_that_goes_on_after_its_merge_gets_a_new_pull_request() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    laptop.repository.commit_merge("main", "heal/x", "merge", &author()).unwrap().unwrap();
    commit(&mut laptop.repository, "heal/x", "three");
    assert!(laptop.pass().iter().any(|action| matches!(action, Action::Opened { pull_request: 2, .. })));
    let states: Vec<_> =
        laptop.forge.pull_requests().unwrap().iter().map(|pull| pull.request.state).collect();
    assert_eq!(states, [PullRequestState::Merged, PullRequestState::Open]);
}

#[test]
fn what_a_person_closes_stays_closed_until_the_next_push() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    laptop.forge.close(1).unwrap();
    assert_eq!(laptop.pass(), Vec::new());
    assert_eq!(laptop.only().request.state, PullRequestState::Closed);
    commit(&mut laptop.repository, "heal/x", "three");
    laptop.pass();
    assert_eq!(laptop.forge.open_pull_requests().unwrap()[0].number, 2);
    assert!(laptop.forge.close(9).is_err());
}

#[test]
fn a_removed_branch_closes_its_pull_request() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    laptop.repository.delete_branch("heal/x").unwrap();
    assert_eq!(laptop.pass(), Vec::new());
    assert_eq!(laptop.only().request.state, PullRequestState::Closed);
}

#[test]
fn a_second_opening_of_the_same_branch_finds_the_first() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    assert_eq!(laptop.forge.open_pull_request("heal/x", "main", "title <b>", "body").unwrap(), 1);
    assert_eq!(laptop.forge.open_pull_request("heal/x", "main", "title", "body").unwrap(), 1);
    assert_eq!(laptop.file("description.md"), "# title &lt;b&gt;\n\nbody");
    assert!(matches!(
        laptop.forge.open_pull_request("heal/none", "main", "t", "b"),
        Err(PortError::Rejected { .. })
    ));
    assert!(matches!(laptop.forge.create_comment(7, "x"), Err(PortError::Rejected { .. })));
}

#[test]
fn the_comment_can_be_removed_more_than_once() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    for _ in 0..2 {
        laptop.forge.delete_comment(1, 1).unwrap();
    }
    assert_eq!(laptop.forge.impact_comments(1).unwrap(), Vec::new());
    assert!(matches!(laptop.pass().as_slice(), [Action::Commented { pull_request: 1, .. }]));
}

#[test]
fn newer_and_damaged_files_are_refused_with_what_to_do() {
    let mut laptop = laptop();
    commit(&mut laptop.repository, "heal/x", "two");
    laptop.pass();
    let path = laptop.folder.path().join("policies.heal/pulls/1/pull.json");
    let good = fs::read_to_string(&path).unwrap();
    for (text, says) in [
        (
            r#"{"version": 2, "unknown": true}"#.to_owned(),
            "has version 2, and this program knows 1: use a newer one",
        ),
        (good.replace("\"open\"", "\"odd\""), "correct it or remove its folder"),
        (good.replace("\"number\": 1", "\"number\": 3"), "its number is not that of its folder"),
        ("{".to_owned(), "cannot be read"),
    ] {
        fs::write(&path, text).unwrap();
        let error = laptop.forge.open_pull_requests().unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_mirror_of_a_remote_has_pull_requests_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = GitRepository::init_bare(&folder.path().join("source"), "main").unwrap();
    commit(&mut source, "main", "one");
    commit(&mut source, "heal/x", "two");
    let address = Address::parse(&folder.path().join("source").display().to_string()).unwrap();
    let mut mirror = GitRepository::mirror(address, &folder.path().join("mirror"), None).unwrap();
    let mut forge = forge(&folder.path().join("mirror"));
    let mut words = Words::default();
    pass(&mut mirror, &mut forge, &mut words).unwrap();
    let head = commit(&mut source, "heal/x", "three");
    pass(&mut mirror, &mut forge, &mut words).unwrap();
    let all = forge.pull_requests().unwrap();
    assert_eq!((all.len(), &all[0].request.head), (1, &head));
    assert!(pass(&mut mirror, &mut forge, &mut words).unwrap().actions.is_empty());
}

/// A child process reconciles again and again and is killed at any moment; then one more pass makes all right.
#[test]
fn a_process_killed_anywhere_leaves_one_pull_request_with_one_right_comment() {
    const CHILD: &str = "HEAL_TEST_CHILD_FOLDER";
    if let Some(place) = std::env::var_os(CHILD) {
        let place = PathBuf::from(place);
        let mut repository = GitRepository::open(&place).unwrap();
        // Newlines end the words that the test runner wrote before.
        print!("\nready\n");
        loop {
            // Without its comment each round has something to write.
            let _ = fs::remove_file(EmbeddedForge::folder_beside(&place).join("pulls/1/impact.md"));
            pass(&mut repository, &mut forge(&place), &mut Words::default()).unwrap();
        }
    }
    let mut laptop = laptop();
    let place = laptop.folder.path().join("policies");
    for round in 0_u64..15 {
        let head = commit(&mut laptop.repository, "heal/x", &format!("round {round}"));
        let name =
            "embedded::tests::a_process_killed_anywhere_leaves_one_pull_request_with_one_right_comment";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, &place)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"), "the child runs");
        std::thread::sleep(Duration::from_micros(round * 1_700));
        child.kill().unwrap();
        child.wait().unwrap();
        laptop.pass();
        let only = laptop.only();
        assert_eq!((only.request.number, &only.request.head), (1, &head));
        assert_eq!(Marker::read(&laptop.file("impact.md")).unwrap().head, head);
        assert!(laptop.file("impact.md").contains(&format!("to a.heal=round {round};")));
        assert_eq!(laptop.pass(), Vec::new());
    }
}
