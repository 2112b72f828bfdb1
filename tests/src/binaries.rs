//! The binaries under test, as cargo built them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the repository is.
///
/// Asked when the tests run and not when they are compiled: checkouts that share a target folder share binaries too.
pub fn repository_root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // Cargo and nextest name the folder of this package, `tests/`, and start its tests there.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = package.or_else(|| std::env::current_dir().ok()).expect("a working directory");
        let root = package.parent().expect("the tests live in the repository").to_owned();
        assert!(
            root.join("LICENSE").is_file(),
            "{} is not the repository: run the tests with cargo",
            root.display()
        );
        root
    })
}

/// The path of `heal` or `heald`.
///
/// `tests/run` builds them beforehand and sets `HEAL_TEST_BINARIES` to their folder. Otherwise they are built here, into
/// the target folder that the running test came from, so that a test never meets a stale one.
#[track_caller]
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| match std::env::var_os("HEAL_TEST_BINARIES") {
        Some(folder) => PathBuf::from(folder),
        None => build(),
    });
    let path = folder.join(name);
    assert!(path.is_file(), "no {name} in {}: was it built?", folder.display());
    path
}

fn build() -> PathBuf {
    // target/debug/deps/it-0123: the binaries of the profile are two folders up.
    let executable = std::env::current_exe().expect("path of the running test");
    let profile_folder =
        executable.parent().and_then(Path::parent).expect("tests run from target/PROFILE/deps");
    let target_folder = profile_folder.parent().expect("a profile is in the target folder");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "--quiet", "--bins", "-p", "heal-cli", "-p", "heal-service"])
        .env("CARGO_TARGET_DIR", target_folder)
        .current_dir(repository_root());
    if profile_folder.ends_with("release") {
        command.arg("--release");
    }
    let status = command.status().expect("start cargo");
    assert!(status.success(), "the binaries do not build");
    profile_folder.to_owned()
}
