//! The harness itself: each real component is started once and does what the other tests rely on.

use std::process::Command;
use std::time::Duration;

use heal_tests::{
    Browser, ChildGuard, GitServer, GithubEmulator, GithubRepository, Prometheus, TestFolder, clean_command,
    get, git, run, skip, wait_until,
};
use serde_json::{Value, json};

#[test]
fn prometheus_answers_from_its_backfilled_past() {
    let past = "# HELP latency_seconds Latency.\n# TYPE latency_seconds gauge\n\
        latency_seconds{host=\"a\"} 0.25 1700000000\n\
        latency_seconds{host=\"a\"} 0.5 1700000060\n# EOF\n";
    let Some(prometheus) = Prometheus::start(past) else { skip!("prometheus", "it is not installed") };

    let path = "/api/v1/query_range?query=latency_seconds&start=1700000000&end=1700000060&step=60";
    let answer = get(prometheus.port(), path).expect("an answer").json();

    let series = &answer["data"]["result"][0];
    assert_eq!(series["metric"]["host"], "a");
    assert_eq!(series["values"], json!([[1700000000, "0.25"], [1700000060, "0.5"]]));
}

#[test]
fn git_server_lets_everybody_clone_and_only_the_token_push() {
    let Some(server) = GitServer::start() else { skip!("git over HTTP", "lighttpd is not installed") };
    server.create("acme/policies");
    let folder = TestFolder::new();
    let work = folder.subfolder("work");
    commit_file(&work, "a.heal", "# first\n");

    let refused = run(clean_command("git", &work).args(["push", &server.url("acme/policies"), "main"]));
    assert_ne!(refused.code(), 0, "a push without credentials went through");
    git(&work, &["push", "--quiet", &server.push_url("acme/policies"), "main"]);
    git(folder.path(), &["clone", "--quiet", "--depth", "1", &server.url("acme/policies"), "copy"]);

    assert_eq!(folder.read("copy/a.heal"), "# first\n");
}

#[test]
fn github_emulator_keeps_pushed_commits_and_one_comment_of_a_pull_request() {
    let repository = GithubRepository { owner: "acme".to_owned(), name: "policies".to_owned() };
    let Some(github) = GithubEmulator::start(&repository) else {
        skip!("the GitHub emulator", "tests/run has not installed it")
    };
    let folder = TestFolder::new();
    commit_file(folder.path(), "policies/a.heal", "# base\n");
    git(folder.path(), &["switch", "--quiet", "-c", "heal/tighter"]);
    commit_file(folder.path(), "policies/a.heal", "# head é\n");
    let head = git(folder.path(), &["rev-parse", "HEAD"]);
    github.receive(&repository, folder.path(), "main");
    github.receive(&repository, folder.path(), "heal/tighter");

    let body = json!({"title": "Tighter", "head": "heal/tighter", "base": "main", "body": "why"});
    let opened = github.api_ok("POST", "/repos/acme/policies/pulls", &body);
    let number = opened["number"].as_u64().expect("a number");
    let comments = format!("/repos/acme/policies/issues/{number}/comments");
    let comment = github.api_ok("POST", &comments, &json!({"body": "first"}));
    let edit = format!("/repos/acme/policies/issues/comments/{}", comment["id"]);
    github.api_ok("PATCH", &edit, &json!({"body": "second"}));

    let pulls = github.pull_requests(&repository);
    assert_eq!(pulls.len(), 1);
    assert_eq!(pulls[0]["head"]["sha"], head);
    assert_eq!(pulls[0]["user"]["login"], GithubEmulator::LOGIN);
    let bodies: Vec<Value> =
        github.comments(&repository, number).iter().map(|comment| comment["body"].clone()).collect();
    assert_eq!(bodies, ["second"]);
}

#[test]
fn github_emulator_sees_a_second_push_to_a_branch() {
    let repository = GithubRepository { owner: "acme".to_owned(), name: "policies".to_owned() };
    let Some(github) = GithubEmulator::start(&repository) else {
        skip!("the GitHub emulator", "tests/run has not installed it")
    };
    let folder = TestFolder::new();
    commit_file(folder.path(), "a.heal", "# first\n");
    github.receive(&repository, folder.path(), "main");
    commit_file(folder.path(), "a.heal", "# second\n");
    github.receive(&repository, folder.path(), "main");

    let branch = github.api_ok("GET", "/repos/acme/policies/branches/main", &Value::Null);

    assert_eq!(branch["commit"]["sha"], git(folder.path(), &["rev-parse", "HEAD"]));
}

#[test]
fn browser_runs_scripts_and_draws_the_page() {
    let Some(browser) = Browser::find() else { skip!("chromium", "it is not installed") };
    let folder = TestFolder::new();
    let page = folder.write(
        "page.html",
        "<!doctype html><title>t</title><body style='margin:0;background:#f00'><p id=p></p>\
         <script>document.getElementById('p').textContent = 1 + 1</script>",
    );

    let document = browser.rendered_document(&page);
    browser.screenshot(&page, &folder.join("page.png"), 320, 200);

    assert!(document.contains("<p id=\"p\">2</p>"), "{document}");
    let picture = std::fs::read(folder.join("page.png")).expect("a picture");
    assert_eq!(picture.get(..8), Some(b"\x89PNG\r\n\x1a\n".as_slice()));
    // Width and height stand in the first chunk.
    assert_eq!(picture.get(16..24), Some([0, 0, 1, 64, 0, 0, 0, 200].as_slice()));
}

#[test]
fn a_guarded_child_ends_with_its_guard() {
    let folder = TestFolder::new();
    let child = ChildGuard::spawn("sleep", Command::new("sleep").arg("600"), folder.join("log"));
    let alive = format!("/proc/{}", child.id());
    assert!(std::path::Path::new(&alive).exists());

    drop(child);

    wait_until("the child to be gone", Duration::from_secs(5), || {
        (!std::path::Path::new(&alive).exists()).then_some(())
    });
}

#[test]
fn a_test_folder_goes_away() {
    let folder = TestFolder::new();
    let file = folder.write("deep/file", "x");
    assert!(file.is_file());
    drop(folder);
    assert!(std::env::var_os("HEAL_TEST_KEEP").is_some() || !file.exists());
}

#[test]
fn a_clean_command_sees_nothing_of_the_user() {
    let folder = TestFolder::new();
    let seen = run(&mut clean_command("env", folder.path()));
    let home = format!("HOME={}", folder.path().display());
    assert!(seen.stdout.lines().any(|line| line == home), "{}", seen.stdout);
    assert!(!seen.stdout.contains("CARGO"), "{}", seen.stdout);
}

fn commit_file(folder: &std::path::Path, name: &str, content: &str) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "--quiet", "-b", "main"]);
    }
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("make a folder");
    std::fs::write(path, content).expect("write a file");
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "-m", "change\n\nwith a body"]);
}
