//! A forge, a remote, and a service between them: real ones all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use heal_tests::{
    ChildGuard, GitServer, GithubEmulator, GithubRepository, Output, TestFolder, binary, clean_command, git,
    run, run_ok, wait_until,
};
use serde_json::Value;

/// No step of a scene takes longer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// GitHub, a Git remote over smart HTTP with the demo's policies on its main branch, and a configured service.
pub(super) struct Scene {
    pub(super) folder: TestFolder,
    pub(super) github: GithubEmulator,
    pub(super) repository: GithubRepository,
    server: GitServer,
    /// A clone with which a person works.
    pub(super) work: PathBuf,
}

impl Scene {
    /// `None` when a component is not installed.
    pub(super) fn start() -> Option<Scene> {
        let repository = GithubRepository { owner: "acme".to_owned(), name: "policies".to_owned() };
        let github = GithubEmulator::start(&repository)?;
        let server = GitServer::start()?;
        let folder = TestFolder::new();
        server.create("acme/policies");
        let work = folder.join("work");
        run_ok(clean_command(binary("heal"), folder.path()).args(["init", "work"]));
        if !work.join(".git").exists() {
            git(&work, &["init", "--quiet", "-b", "main"]);
            git(&work, &["add", "-A"]);
            git(&work, &["commit", "--quiet", "-m", "policies"]);
        }
        let scene = Scene { folder, github, repository, server, work };
        scene.write_configuration();
        scene.push("main");
        Some(scene)
    }

    fn write_configuration(&self) {
        let text = format!(
            "state = \"state\"\n\
             [repository]\nurl = \"{}\"\npoll = \"1s\"\n\
             [forge]\nkind = \"github\"\napi = \"{}\"\nowner = \"acme\"\nrepo = \"policies\"\ntoken = {{ env = \"HEAL_TEST_TOKEN\" }}\n",
            self.server.url("acme/policies"),
            self.github.url(),
        );
        fs::write(self.folder.join("heald.toml"), text).unwrap();
    }

    /// `heald` with the scene's configuration and the service's token.
    pub(super) fn heald(&self, arguments: &[&str]) -> Command {
        let mut command = clean_command(binary("heald"), self.folder.path());
        command.env("HEAL_TEST_TOKEN", GithubEmulator::TOKEN).args(arguments);
        command.args(["--config", "heald.toml"]);
        command
    }

    pub(super) fn heald_ends(&self, arguments: &[&str]) -> Output {
        run(&mut self.heald(arguments))
    }

    /// Starts the service.
    pub(super) fn run_service(&self) -> ChildGuard {
        ChildGuard::spawn("heald", &mut self.heald(&["run"]), self.folder.join("heald.log"))
    }

    /// Makes a branch from main with one text of a file replaced.
    pub(super) fn branch(&self, name: &str, file: &str, before: &str, after: &str) {
        git(&self.work, &["switch", "--quiet", "-C", name, "main"]);
        self.edit(file, before, after);
    }

    /// Replaces one text of a file and commits.
    pub(super) fn edit(&self, file: &str, before: &str, after: &str) {
        let path = self.work.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(before).count(), 1, "{before} in {file}");
        fs::write(&path, text.replace(before, after)).unwrap();
        git(&self.work, &["commit", "--quiet", "-am", &format!("{file}: {after}")]);
    }

    /// Pushes a branch to the remote, and lets the forge know, as GitHub knows of its own pushes.
    pub(super) fn push(&self, branch: &str) {
        self.github.receive(&self.repository, &self.work, branch);
        git(&self.work, &["push", "--quiet", "--force", &self.server.push_url("acme/policies"), branch]);
    }

    pub(super) fn head(&self) -> String {
        git(&self.work, &["rev-parse", "HEAD"])
    }

    /// Pull requests of a branch.
    pub(super) fn pulls_of(&self, branch: &str) -> Vec<Value> {
        let all = self.github.pull_requests(&self.repository);
        all.into_iter().filter(|pull| pull["head"]["ref"] == branch).collect()
    }

    /// Waits until the branch has a pull request whose one comment is about `head` and satisfies `wanted`.
    #[track_caller]
    pub(super) fn wait_for_comment(
        &self,
        branch: &str,
        head: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> (u64, Value) {
        wait_until(&format!("a comment on {branch} about {head}"), PATIENCE, || {
            let number = self.pulls_of(branch).first()?["number"].as_u64()?;
            let comments = self.github.comments(&self.repository, number);
            let about = |comment: &&Value| {
                comment["body"]
                    .as_str()
                    .is_some_and(|body| body.contains(&format!("head={head}")) && wanted(body))
            };
            comments.iter().find(about).map(|comment| (number, comment.clone()))
        })
    }

    /// Waits for a status that satisfies `wanted`.
    #[track_caller]
    pub(super) fn wait_for_status(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        wait_until(what, PATIENCE, || {
            let output = self.heald_ends(&["status", "--json"]);
            let status: Value = serde_json::from_str(&output.stdout).ok()?;
            wanted(&status).then_some(status)
        })
    }
}

/// The text of a comment.
pub(super) fn body(comment: &Value) -> &str {
    comment["body"].as_str().unwrap()
}

/// The digest of the program in a folder, as reports name it.
pub(super) fn program_digest(folder: &Path) -> String {
    let report = run_ok(clean_command(binary("heal"), folder).args(["simulate", "--format", "json"])).stdout;
    let json: Value = serde_json::from_str(&report).unwrap();
    json["program"].as_str().unwrap().to_owned()
}
