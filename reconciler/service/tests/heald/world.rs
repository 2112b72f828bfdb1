//! A repository with the demo's policies, and a service over it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use heal_service::Status;
use heal_tests::{ChildGuard, Output, TestFolder, clean_command, git, run, wait_until};

/// For anything that has to happen, on a machine that compiles beside it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Everything below one temporary folder.
pub(crate) struct World {
    pub(crate) folder: TestFolder,
}

impl World {
    /// A repository whose main branch has the demo's policies and recording; `telemetry` is a line of the configuration.
    pub(crate) fn new(telemetry: &str) -> World {
        let world = World { folder: TestFolder::new() };
        let policies = world.folder.subfolder("policies");
        git(&policies, &["init", "--quiet", "--initial-branch=main"]);
        copy(&demo(), &policies);
        world.commit("The demo");
        world.configure(telemetry);
        world
    }

    pub(crate) fn configure(&self, telemetry: &str) {
        let text = format!(
            "state = \"state\"\n[repository]\npath = \"policies\"\npoll = \"100ms\"\n{}",
            if telemetry.is_empty() { String::new() } else { format!("[telemetry]\n{telemetry}\n") }
        );
        self.folder.write("heald.toml", text);
    }

    pub(crate) fn policies(&self) -> PathBuf {
        self.folder.join("policies")
    }

    /// Replaces a text in a policy file.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.policies().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        std::fs::write(&path, text.replace(from, to)).unwrap();
    }

    /// Commits everything on the branch at hand and returns the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        git(&self.policies(), &["add", "--all"]);
        git(&self.policies(), &["commit", "--quiet", "--message", message]);
        git(&self.policies(), &["rev-parse", "HEAD"])
    }

    /// A branch that changes the checkout's budget.
    pub(crate) fn push_branch(&self, branch: &str, budget: &str) -> String {
        git(&self.policies(), &["checkout", "--quiet", "-B", branch, "main"]);
        self.edit("checkout.heal", "= 60ms", &format!("= {budget}"));
        let commit = self.commit("Lower the budget");
        git(&self.policies(), &["checkout", "--quiet", "main"]);
        commit
    }

    pub(crate) fn heald(&self, arguments: &[&str]) -> Command {
        let mut command = clean_command(env!("CARGO_BIN_EXE_heald"), self.folder.path());
        command.args(arguments).arg("--config").arg(self.folder.join("heald.toml"));
        command
    }

    pub(crate) fn once(&self) -> Output {
        run(&mut self.heald(&["once"]))
    }

    pub(crate) fn start(&self) -> ChildGuard {
        ChildGuard::spawn("heald", &mut self.heald(&["run"]), self.folder.join("heald.log"))
    }

    /// The status once `is_it` says so; panics with the log when it never does.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, is_it: impl Fn(&Status) -> bool) -> Status {
        let mut last = None;
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_until(what, PATIENCE, || {
                last = heal_service::ask(&self.folder.join("state/heald.sock")).ok();
                last.clone().filter(|status| is_it(status))
            })
        }));
        found.unwrap_or_else(|_| panic!("no {what}; the status is {last:#?}\n{}", self.log()))
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("heald.log")).unwrap_or_default()
    }

    /// The pull requests of the embedded forge: number, and files in its folder.
    pub(crate) fn pulls(&self) -> Vec<(String, Vec<String>)> {
        let folder = self.folder.join("policies.heal/pulls");
        let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
        let names = |folder: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(folder).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        let mut pulls: Vec<(String, Vec<String>)> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), names(&path)))
            .filter(|(name, _)| !name.starts_with('.'))
            .collect();
        pulls.sort();
        pulls
    }

    pub(crate) fn impact(&self, number: u64) -> String {
        self.folder.read(format!("policies.heal/pulls/{number}/impact.md"))
    }
}

/// The demo's policies. Asked when the tests run: checkouts that share a target folder share binaries too.
pub(crate) fn demo() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("run the tests with cargo");
    Path::new(&package).join("../../policies/demo").canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
