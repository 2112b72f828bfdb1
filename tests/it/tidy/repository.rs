//! The repository as files and as cargo sees it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use heal_tests::{clean_command, repository_root, run};
use serde_json::Value;

/// A file of the repository.
pub(super) struct RepositoryFile {
    /// Its path from the root, with `/` between the parts.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
}

/// A package of the workspace.
pub(super) struct Package {
    /// The name without `heal-`.
    pub(super) name: String,
    /// The folder from the root.
    pub(super) folder: String,
    /// The one line.
    pub(super) description: String,
    /// Names of everything it depends on, optional or not, but for tests.
    pub(super) imports: Vec<String>,
}

/// Every text file that belongs to the repository, in order of path.
pub(super) fn text_files() -> Vec<RepositoryFile> {
    let read = |path: String| {
        let text = std::fs::read_to_string(repository_root().join(&path)).ok()?;
        Some(RepositoryFile { path, text })
    };
    paths().into_iter().filter_map(read).collect()
}

/// Every Rust file.
pub(super) fn rust_files() -> Vec<RepositoryFile> {
    text_files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// The packages of the workspace, from `cargo metadata`.
pub(super) fn packages() -> Vec<Package> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    let packages: Vec<Package> = metadata["packages"].as_array().unwrap().iter().map(package).collect();
    assert!(packages.len() > 20, "cargo names only {} packages", packages.len());
    packages
}

/// Everything that a package links or runs in its build with default features, itself included.
pub(super) fn closure(package: &str) -> Vec<String> {
    let tree = cargo(&["tree", "-p", package, "-e", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let mut names: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    assert!(names.iter().any(|name| name == package), "cargo tree does not name {package}");
    names
}

fn package(package: &Value) -> Package {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let manifest = PathBuf::from(text("manifest_path"));
    let folder =
        manifest.parent().unwrap().strip_prefix(canonical_root()).unwrap().to_string_lossy().into_owned();
    let imports = package["dependencies"].as_array().unwrap().iter();
    let imports =
        imports.filter(|dependency| dependency["kind"] != "dev").map(|dependency| dependency["name"].clone());
    let imports = imports.map(|name| name.as_str().unwrap().to_owned()).collect();
    let name = text("name").strip_prefix("heal-").expect("packages are named heal-…").to_owned();
    Package { name, folder, description: text("description"), imports }
}

fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output = run(command.args(arguments).arg("--offline").current_dir(repository_root()));
    assert!(output.status.success(), "cargo {arguments:?}:\n{}", output.stderr);
    output.stdout
}

fn canonical_root() -> PathBuf {
    repository_root().canonicalize().unwrap()
}

/// What git tracks or would track; without git, everything but what is built.
fn paths() -> Vec<String> {
    let mut command = clean_command("git", repository_root());
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = match command.args(arguments).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => String::new(),
    };
    let mut paths: Vec<String> =
        listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    if paths.is_empty() {
        walk(repository_root(), &mut paths);
    }
    paths.sort();
    paths.dedup();
    assert!(paths.iter().any(|path| path == "Cargo.toml"), "no Cargo.toml among {} files", paths.len());
    paths
}

fn walk(folder: &Path, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_dir() {
            if name != "target" && name != ".git" {
                walk(&path, paths);
            }
        } else {
            paths.push(path.strip_prefix(repository_root()).unwrap().to_string_lossy().into_owned());
        }
    }
}

/// Whether a file holds only tests, by its path.
pub(super) fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
}

/// The text of a Rust file up to its inline test module.
pub(super) fn without_inline_tests(text: &str) -> &str {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "#[cfg(test)]" && opens_a_module(&text[offset + line.len()..]) {
            return &text[..offset];
        }
        offset += line.len();
    }
    text
}

fn opens_a_module(rest: &str) -> bool {
    let first = rest.lines().find(|line| !line.trim_start().starts_with("#["));
    first.is_some_and(|line| line.starts_with("mod ") && line.trim_end().ends_with('{'))
}

/// The parsed manifests of the workspace's packages, by folder.
pub(super) fn manifests() -> BTreeMap<String, toml::Table> {
    let read = |package: Package| {
        let text =
            std::fs::read_to_string(repository_root().join(&package.folder).join("Cargo.toml")).unwrap();
        (package.folder, text.parse::<toml::Table>().unwrap())
    };
    packages().into_iter().map(read).collect()
}
