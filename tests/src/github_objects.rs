//! Copying commits from a bare repository into the GitHub emulator, which a push would do on the real one.

use std::path::Path;

use serde_json::{Value, json};

use crate::command::{clean_command, git, run_ok};
use crate::github::{GithubEmulator, GithubRepository};

/// Sends what `branch` reaches and points the emulator's branch at it.
pub(crate) fn receive(github: &GithubEmulator, repository: &GithubRepository, folder: &Path, branch: &str) {
    let base = format!("/repos/{}/git", repository.full_name());
    let commits = git(folder, &["rev-list", "--reverse", "--topo-order", &format!("refs/heads/{branch}")]);
    for commit in commits.lines() {
        let known = github
            .api_as(GithubEmulator::OWNER_TOKEN, "GET", &format!("{base}/commits/{commit}"), &Value::Null)
            .status
            == 200;
        if !known {
            send_commit(github, &base, folder, commit);
        }
    }
    let head = git(folder, &["rev-parse", &format!("refs/heads/{branch}")]);
    let reference = format!("{base}/refs/heads/{branch}");
    let moved =
        github.api_as(GithubEmulator::OWNER_TOKEN, "PATCH", &reference, &json!({"sha": head, "force": true}));
    if moved.status == 404 {
        let body = json!({"ref": format!("refs/heads/{branch}"), "sha": head});
        github.api_ok_as(GithubEmulator::OWNER_TOKEN, "POST", &format!("{base}/refs"), &body);
    } else {
        assert_eq!(moved.status, 200, "{}", moved.body);
    }
}

fn send_commit(github: &GithubEmulator, base: &str, folder: &Path, commit: &str) {
    let tree = send_tree(github, base, folder, commit);
    let show = |format: &str| {
        git(folder, &["show", "-s", "--date=iso-strict", &format!("--format={format}"), commit])
    };
    let parents = show("%P");
    let body = json!({
        "message": show("%B"),
        "tree": tree,
        "parents": parents.split_whitespace().collect::<Vec<_>>(),
        "author": {"name": show("%an"), "email": show("%ae"), "date": show("%aI")},
        "committer": {"name": show("%cn"), "email": show("%ce"), "date": show("%cI")},
    });
    let answer = github.api_ok_as(GithubEmulator::OWNER_TOKEN, "POST", &format!("{base}/commits"), &body);
    assert_eq!(
        answer["sha"], commit,
        "the emulator keeps another commit than git: was it made in UTC and unsigned?"
    );
}

fn send_tree(github: &GithubEmulator, base: &str, folder: &Path, commit: &str) -> Value {
    let mut entries = Vec::new();
    for line in git(folder, &["ls-tree", "-r", "--full-tree", commit]).lines() {
        let (description, path) = line.split_once('\t').expect("ls-tree separates the path with a tab");
        let mut words = description.split(' ');
        let mode = words.next().expect("ls-tree names a mode");
        let blob = words.nth(1).expect("ls-tree names an object");
        if github
            .api_as(GithubEmulator::OWNER_TOKEN, "GET", &format!("{base}/blobs/{blob}"), &Value::Null)
            .status
            != 200
        {
            let content = git_base64(folder, blob);
            let sent = github.api_ok_as(
                GithubEmulator::OWNER_TOKEN,
                "POST",
                &format!("{base}/blobs"),
                &json!({"content": content, "encoding": "base64"}),
            );
            assert_eq!(sent["sha"], blob, "the emulator keeps {path} with another content");
        }
        entries.push(json!({"path": path, "mode": mode, "type": "blob", "sha": blob}));
    }
    github.api_ok_as(GithubEmulator::OWNER_TOKEN, "POST", &format!("{base}/trees"), &json!({"tree": entries}))
        ["sha"]
        .clone()
}

/// A blob in base64, by the tools at hand: the content may be any bytes.
fn git_base64(folder: &Path, blob: &str) -> String {
    let script = "git cat-file blob \"$1\" | base64 --wrap=0";
    run_ok(clean_command("sh", folder).args(["-c", script, "sh", blob])).stdout
}
