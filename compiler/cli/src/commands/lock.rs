//! `heal lock`: writes down what the dependencies hold. The only command that fetches anything: packages from repositories
//! are put into `vendor/`, which is committed, so that all others, and `heald`, find them in the commit.

mod fetch;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use heal_driver::{Locked, PackageFiles, PackageSource, SourceSet, hash_of, lock_text, locked_packages};

use crate::{
    arguments::LockArguments,
    output::{Done, Exit, Failure, colour, write_message, write_rendered},
    sources::{LOCK_FILE, MANIFEST_FILE, Package, dependency, root_above, unreadable},
};

pub(crate) fn run(arguments: &LockArguments) -> Done {
    let root = root_above(&arguments.path)?.ok_or_else(|| {
        let place = arguments.path.display();
        Failure(format!("{place}: no `heal.toml` here, which is where dependencies stand"))
    })?;
    let Package { root, mut sources, .. } = Package::at(root)?;
    let locked = sources.files.get(LOCK_FILE).map(|text| locked_packages(text)).unwrap_or_default();
    let mut vendored = Vendored {
        locked: &locked,
        update: arguments.update,
        commits: BTreeMap::new(),
        looked_up: BTreeMap::new(),
        fetched: BTreeMap::new(),
    };
    vendored.complete(&root, &mut sources)?;
    let text = match lock_text(&sources, &vendored.commits) {
        Ok(text) => text,
        Err((files, diagnostics)) => {
            write_rendered(&heal_diagnostics::render_human(&files, &diagnostics, colour()));
            return Ok(Exit::Findings);
        }
    };
    for (folder, files) in &vendored.fetched {
        write_folder(&root, folder, files)?;
        write_message(&format!("fetched {folder}"));
    }
    let packages = locked_packages(&text);
    for name in locked.iter().filter(|(_, it)| it.commit.is_some()).map(|(name, _)| name) {
        if !packages.contains_key(name) {
            write_message(&format!("vendor/{name} is not needed any more: remove it"));
        }
    }
    if sources.files.get(LOCK_FILE) == Some(&text) {
        write_message("heal.lock is as it should be");
        return Ok(Exit::Nothing);
    }
    let path = root.join(LOCK_FILE);
    if packages.is_empty() && !path.exists() {
        write_message("nothing to lock: `heal.toml` has no dependencies");
        return Ok(Exit::Nothing);
    }
    fs::write(&path, &text).map_err(|wrong| unreadable(&path, &wrong))?;
    let count = packages.len();
    let noun = if count == 1 { "package" } else { "packages" };
    write_message(&format!("wrote {} of {count} {noun}: commit it", path.display()));
    Ok(Exit::Nothing)
}

/// Packages from repositories, as they are found on the way.
struct Vendored<'a> {
    /// What was locked before.
    locked: &'a BTreeMap<String, Locked>,
    /// Whether revisions may name other commits than those that were locked.
    update: bool,
    /// The commit of each.
    commits: BTreeMap<String, String>,
    /// The commits that revisions of addresses name: packages from one revision are from one commit.
    looked_up: BTreeMap<(String, String), String>,
    /// The files of those that were fetched, by their folders.
    fetched: BTreeMap<String, BTreeMap<String, String>>,
}

impl Vendored<'_> {
    /// Goes through all packages from repositories, and those that come to light with them.
    fn complete(&mut self, root: &Path, sources: &mut SourceSet) -> Result<(), Failure> {
        // What stands in `vendor/` is right only as far as it is what was locked.
        let kept = std::mem::take(&mut sources.dependencies);
        while let Some((name, source, folder)) = sources.wanted().pop() {
            let found = match &source {
                PackageSource::Path(_) => match kept.get(&folder) {
                    Some(found) => found.clone(),
                    None => dependency(root, &source, &folder)?,
                },
                PackageSource::Git { url, rev, folder: below } => {
                    let before = self.locked.get(&name).filter(|it| it.source == source.to_string());
                    match (before, kept.get(&folder)) {
                        (
                            Some(Locked { commit: Some(commit), sha256, .. }),
                            Some(PackageFiles::Here(files)),
                        ) if !self.update && *sha256 == hash_of(files) => {
                            self.commits.insert(name, commit.clone());
                            PackageFiles::Here(files.clone())
                        }
                        (_, _) => {
                            let pinned = self.pinned(url, rev);
                            let (commit, files) =
                                fetch::package(url, pinned.as_deref().unwrap_or(rev), below)?;
                            self.looked_up.insert((url.clone(), rev.clone()), commit.clone());
                            self.commits.insert(name, commit);
                            self.fetched.insert(folder.clone(), files.clone());
                            PackageFiles::Here(files)
                        }
                    }
                }
            };
            sources.dependencies.insert(folder, found);
        }
        Ok(())
    }
}

impl Vendored<'_> {
    /// The commit that a revision has named in this run, or for any package that was locked.
    fn pinned(&self, url: &str, rev: &str) -> Option<String> {
        let of_run = self.looked_up.get(&(url.to_owned(), rev.to_owned()));
        let revision = PackageSource::Git { url: url.to_owned(), rev: rev.to_owned(), folder: String::new() }
            .to_string();
        let is_of = |locked: &&Locked| {
            let folder = locked.source.strip_prefix(&revision);
            folder.is_some_and(|folder| folder.is_empty() || folder.starts_with(':'))
        };
        let before = || self.locked.values().filter(|_| !self.update).find(is_of)?.commit.as_ref();
        of_run.or_else(before).cloned()
    }
}

/// Puts a package into its folder, in place of what was there.
fn write_folder(root: &Path, folder: &str, files: &BTreeMap<String, String>) -> Result<(), Failure> {
    let place = root.join(folder);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |wrong: std::io::Error| unreadable(&path, &wrong)
    };
    let links: Vec<PathBuf> = [place.parent().map(Path::to_owned), Some(place.clone())]
        .into_iter()
        .flatten()
        .filter(|path| path.is_symlink())
        .collect();
    if let Some(link) = links.first() {
        return Err(Failure(format!("{}: this is a link, and links are not followed", link.display())));
    }
    if place.join(MANIFEST_FILE).is_file() {
        fs::remove_dir_all(&place).map_err(failed(&place))?;
    } else if place.exists() {
        let place = place.display();
        return Err(Failure(format!("{place} is in the way, and is no package: move it elsewhere")));
    }
    for (name, text) in files {
        let path = place.join(name);
        let parent = path.parent().unwrap_or(&place);
        fs::create_dir_all(parent).map_err(failed(parent))?;
        fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(())
}
