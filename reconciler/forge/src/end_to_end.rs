#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
//! Passes over a real repository and a GitHub that we did not write.

use std::path::PathBuf;
use std::time::Duration;

use heal_git::GitRepository;
use heal_reconcile::{Action, CommitId, Marker};
use heal_tests::{GithubEmulator, GithubRepository, TestFolder, skip};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::fixture::{Words, author, commit, pass};
use crate::{Credentials, GitHubForge, GitHubSettings};

struct World {
    folder: TestFolder,
    name: GithubRepository,
    github: GithubEmulator,
    repository: GitRepository,
    forge: GitHubForge,
    words: Words,
}

/// A repository with `one` on main; `None` without the emulator.
fn world() -> Option<World> {
    let name = GithubRepository { owner: "acme".to_owned(), name: "policies".to_owned() };
    let github = GithubEmulator::start(&name)?;
    let folder = TestFolder::new();
    let repository = GitRepository::init_bare(&folder.join("policies"), "main").unwrap();
    let forge = forge(&github);
    let mut world = World { folder, name, github, repository, forge, words: Words::default() };
    world.push("main", "one");
    Some(world)
}

fn forge(github: &GithubEmulator) -> GitHubForge {
    GitHubForge::new(GitHubSettings {
        api: github.url(),
        owner: "acme".to_owned(),
        repository: "policies".to_owned(),
        credentials: Credentials::Token(SecretString::from(GithubEmulator::TOKEN)),
        login: None,
        reports: None,
        timeout: Duration::from_secs(20),
    })
    .unwrap()
}

impl World {
    fn bare(&self) -> PathBuf {
        self.folder.join("policies")
    }

    /// Pushes a commit, of which the emulator learns too.
    fn push(&mut self, branch: &str, text: &str) -> CommitId {
        let id = commit(&mut self.repository, branch, text);
        self.github.receive(&self.name, &self.bare(), branch);
        id
    }

    fn pass(&mut self) -> Vec<Action> {
        let report = pass(&mut self.repository, &mut self.forge, &mut self.words).unwrap();
        assert_eq!(report.problems, Vec::new());
        report.actions
    }

    /// The only pull request and its only comment.
    fn only(&self) -> (Value, Value) {
        let mut requests = self.github.pull_requests(&self.name);
        assert_eq!(requests.len(), 1, "{requests:?}");
        let request = requests.remove(0);
        let mut comments = self.github.comments(&self.name, request["number"].as_u64().unwrap());
        assert_eq!(comments.len(), 1, "{comments:?}");
        (request, comments.remove(0))
    }
}

macro_rules! world {
    () => {
        match world() {
            Some(world) => world,
            None => skip!("reconciling with GitHub", "tests/run has not installed the emulator"),
        }
    };
}

#[test]
fn a_push_becomes_one_pull_request_with_one_comment_that_follows_it() {
    let mut world = world!();
    world.push("heal/deep/x", "two");
    assert_eq!(world.pass().len(), 3);
    let (request, comment) = world.only();
    assert_eq!((&request["title"], &request["head"]["ref"]), (&json!("make it two"), &json!("heal/deep/x")));
    assert_eq!(request["base"]["ref"], "main");
    assert!(!request["body"].as_str().unwrap().contains("from a.heal"), "no impact in the description");
    assert_eq!(comment["user"]["login"], GithubEmulator::LOGIN);
    assert!(comment["body"].as_str().unwrap().contains("### Heal: from a.heal=one; to a.heal=two;"));

    let head = world.push("heal/deep/x", "bad");
    assert!(matches!(world.pass().as_slice(), [Action::Commented { .. }]));
    let (_, updated) = world.only();
    assert_eq!(updated["id"], comment["id"], "the same comment");
    assert!(updated["body"].as_str().unwrap().contains("a.heal:1:1"));
    assert_eq!(Marker::read(updated["body"].as_str().unwrap()).unwrap().head, head);

    // A new process, with no memory but the engine's.
    world.forge = forge(&world.github);
    assert_eq!(world.pass(), Vec::new());
}

#[test]
fn second_comments_go_and_those_of_people_stay() {
    let mut world = world!();
    world.push("heal/x", "two");
    world.pass();
    let (request, comment) = world.only();
    let route = format!("/repos/acme/policies/issues/{}/comments", request["number"]);
    let copy = json!({ "body": comment["body"] });
    world.github.api_ok("POST", &route, &copy);
    let persons = world.github.api_ok_as(GithubEmulator::OWNER_TOKEN, "POST", &route, &copy);
    assert!(matches!(world.pass().as_slice(), [Action::RemovedDuplicate { .. }]));
    let left = world.github.comments(&world.name, request["number"].as_u64().unwrap());
    let ids: Vec<&Value> = left.iter().map(|comment| &comment["id"]).collect();
    assert_eq!(ids, [&comment["id"], &persons["id"]]);
    // What somebody wrote over is set right.
    let own = format!("/repos/acme/policies/issues/comments/{}", comment["id"]);
    let edited = comment["body"].as_str().unwrap().replace("two", "nothing at all");
    world.github.api_ok("PATCH", &own, &json!({ "body": edited }));
    world.pass();
    let now = world.github.api_ok("GET", &own, &Value::Null);
    assert_eq!(now["body"], comment["body"]);
}

#[test]
fn what_a_person_closes_stays_closed() {
    let mut world = world!();
    world.push("heal/x", "two");
    world.pass();
    let (request, _) = world.only();
    let route = format!("/repos/acme/policies/pulls/{}", request["number"]);
    world.github.api_ok_as(GithubEmulator::OWNER_TOKEN, "PATCH", &route, &json!({ "state": "closed" }));
    assert_eq!(world.pass(), Vec::new());
    assert_eq!(world.only().0["state"], "closed");
}

#[test]
fn a_pull_request_that_a_person_opened_gets_the_comment_too() {
    let mut world = world!();
    world.push("heal/x", "two");
    let body = json!({ "title": "Mine", "head": "heal/x", "base": "main", "body": "my words" });
    world.github.api_ok_as(GithubEmulator::OWNER_TOKEN, "POST", "/repos/acme/policies/pulls", &body);
    world.pass();
    let (request, comment) = world.only();
    assert_eq!((&request["title"], &request["body"]), (&json!("Mine"), &json!("my words")));
    assert!(comment["body"].as_str().unwrap().contains("to a.heal=two;"));
}

#[test]
fn a_merge_is_applied_and_the_branch_left_alone() {
    let mut world = world!();
    world.push("heal/x", "two");
    world.pass();
    let (request, _) = world.only();
    let merged = world.repository.commit_merge("main", "heal/x", "merge", &author()).unwrap().unwrap();
    world.github.receive(&world.name, &world.bare(), "main");
    let route = format!("/repos/acme/policies/pulls/{}", request["number"]);
    world.github.api_ok_as(GithubEmulator::OWNER_TOKEN, "PATCH", &route, &json!({ "state": "closed" }));
    assert!(matches!(world.pass().as_slice(), [Action::Applied { commit, .. }] if *commit == merged));
    assert_eq!(world.pass(), Vec::new());
    world.only();
}

#[test]
fn many_pull_requests_and_comments_fill_more_than_a_page() {
    let mut world = world!();
    for at in 0..104 {
        let body = json!({ "title": "t", "head": format!("other/{at}"), "base": "main", "body": "" });
        world.github.api_ok_as(GithubEmulator::OWNER_TOKEN, "POST", "/repos/acme/policies/pulls", &body);
    }
    world.push("heal/x", "two");
    world.pass();
    let requests = heal_reconcile::Forge::open_pull_requests(&mut world.forge).unwrap();
    assert_eq!(requests.len(), 105);
    let number = requests.iter().find(|request| request.branch == "heal/x").unwrap().number;
    let route = format!("/repos/acme/policies/issues/{number}/comments");
    for at in 0..101 {
        world.github.api_ok_as(
            GithubEmulator::OWNER_TOKEN,
            "POST",
            &route,
            &json!({ "body": format!("talk {at}") }),
        );
    }
    let comment = heal_reconcile::Forge::impact_comments(&mut world.forge, number).unwrap();
    heal_reconcile::Forge::delete_comment(&mut world.forge, number, comment[0].0).unwrap();
    world.pass();
    assert_eq!(
        heal_reconcile::Forge::impact_comments(&mut world.forge, number).unwrap().len(),
        1,
        "on the second page"
    );
    assert_eq!(world.pass(), Vec::new());
}
