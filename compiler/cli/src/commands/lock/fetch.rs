//! Fetching a package from a repository: with the `git` of the machine, which has the keys, the proxies and the trust that
//! its user gave it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

use heal_driver::package_in;
use heal_git::GitRepository;
use heal_reconcile::{CommitId, Repository};

use crate::{
    output::Failure,
    sources::{LOCK_FILE, MANIFEST_FILE, unreadable},
};

/// The ways to a repository that are taken, as Git reads them: what else it knows could start programs.
const PROTOCOLS: &str = "https:ssh:file";

/// The commit that a revision names, and the files of the package in a folder of it.
pub(crate) fn package(
    url: &str,
    revision: &str,
    folder: &str,
) -> Result<(String, BTreeMap<String, String>), Failure> {
    let place = Temporary::new()?;
    git(&place.folder, &["init", "--quiet", "--bare", "--template="])?;
    let commit = fetched(&place.folder, url, revision)?;
    let repository = GitRepository::open(&place.folder)?;
    let mut tree = BTreeMap::new();
    for (path, bytes) in repository.tree(&commit)? {
        if path.ends_with(".heal") || path.ends_with(MANIFEST_FILE) {
            let text = String::from_utf8(bytes)
                .map_err(|_| Failure(format!("{url}: `{path}` at `{revision}` is not UTF-8")))?;
            tree.insert(path, text);
        }
    }
    let mut files = package_in(&tree, folder);
    files.remove(LOCK_FILE);
    // As they are found once they stand on disk: hidden folders and recordings hold no sources.
    files.retain(|path, _| {
        let mut folders = path.split('/');
        !folders.any(|it| it.starts_with('.') || crate::sources::SKIPPED_FOLDERS.contains(&it))
    });
    if !files.contains_key(MANIFEST_FILE) {
        let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        return Err(Failure(format!("{url} has no `{inside}{MANIFEST_FILE}` at `{revision}`")));
    }
    Ok((commit.to_string(), files))
}

/// Brings a revision into a repository, and gives its commit.
fn fetched(repository: &Path, url: &str, revision: &str) -> Result<CommitId, Failure> {
    let alone = git(repository, &["fetch", "--quiet", "--no-tags", "--depth=1", "--", url, revision]);
    if alone.is_ok()
        && let Some(commit) = GitRepository::open(repository)?.resolve("FETCH_HEAD^{commit}")?
    {
        return Ok(commit);
    }
    // Not every server gives out a commit by its hash, and none by a part of it.
    let all = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    git(repository, &["fetch", "--quiet", "--no-tags", "--", url, all[0], all[1]])?;
    let commit = GitRepository::open(repository)?.resolve(&format!("{revision}^{{commit}}"))?;
    commit.ok_or_else(|| Failure(format!("{url} has no revision `{revision}`")))
}

fn git(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
    // A hook that runs this would have it work on the repository of the hook.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    let output = command.stdin(process::Stdio::null()).output().map_err(|wrong| {
        Failure(format!("packages from repositories are fetched by `git`, which cannot be started: {wrong}"))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(Failure(format!("git {}: {said}", arguments.first().unwrap_or(&""))))
}

/// A folder that goes when this does.
struct Temporary {
    folder: PathBuf,
}

impl Temporary {
    fn new() -> Result<Temporary, Failure> {
        let name = format!("heal-lock-{}", process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).map_err(|wrong| unreadable(&folder, &wrong))?;
        Ok(Temporary { folder })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left behind stands in the folder for what may be.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
