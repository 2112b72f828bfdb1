//! Packages and single files, read from disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
    time::SystemTime,
};

use heal_diagnostics::Files;
use heal_driver::{Compilation, CompileOptions, Day, PackageFiles, PackageSource, SourceSet, compile_with};

use crate::output::{Failure, colour, write_rendered};

/// The file at a package's root.
pub(crate) const MANIFEST_FILE: &str = "heal.toml";

/// The file beside it that says what its dependencies held.
pub(crate) const LOCK_FILE: &str = "heal.lock";

/// The folder of a package in which packages from repositories are kept.
const VENDOR_FOLDER: &str = "vendor";

/// Folders below a package in which there are no sources.
pub(crate) const SKIPPED_FOLDERS: [&str; 3] = ["recordings", "target", "node_modules"];

/// Deepest nesting of folders that is followed.
const FOLDERS_DEEP_MAX: usize = 64;

/// A package on disk.
pub(crate) struct Package {
    /// Its root.
    pub(crate) root: PathBuf,
    /// Its files.
    pub(crate) sources: SourceSet,
    /// The one file that was asked for, from the root, if it was not the whole package.
    pub(crate) only: Option<String>,
}

impl Package {
    /// The package that a path belongs to: the nearest folder with a `heal.toml`, else the folder or file alone.
    pub(crate) fn read(path: &Path) -> Result<Package, Failure> {
        let metadata = fs::metadata(path).map_err(|wrong| unreadable(path, &wrong))?;
        let folder = if metadata.is_dir() { path.to_owned() } else { parent(path) };
        let root = root_above(&folder)?;
        if metadata.is_dir() {
            let package = Package::at(root.unwrap_or(folder))?;
            if !package.has_policies() {
                let inside = packages_below(path)?;
                let inside: Vec<String> = inside.iter().map(|it| it.display().to_string()).collect();
                let help = if !inside.is_empty() {
                    format!("name one of the packages in it: {}", inside.join(", "))
                } else if package.root.join(MANIFEST_FILE).exists() {
                    "the package has a `heal.toml` and nothing else yet; write one, such as `policy.heal`"
                        .to_owned()
                } else {
                    "`heal init` makes a package".to_owned()
                };
                return Err(Failure(format!("{}: no `.heal` file here; {help}", path.display())));
            }
            return Ok(package);
        }
        let name = |root: &Path| -> Option<String> {
            let (path, root) = (fs::canonicalize(path).ok()?, fs::canonicalize(root).ok()?);
            Some(path.strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/"))
        };
        match root.and_then(|root| name(&root).map(|name| (root, name))) {
            Some((root, only)) => Ok(Package { sources: read_sources(&root)?, root, only: Some(only) }),
            None => {
                let name =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let files = BTreeMap::from([(name.clone(), read_text(path)?)]);
                Ok(Package { root: folder, sources: SourceSet::of(files), only: Some(name) })
            }
        }
    }

    /// The packages that a path stands for: of a folder without a `heal.toml` each package in it, with what stands in it
    /// outside of them; of any other path the one that it belongs to.
    pub(crate) fn read_all(path: &Path) -> Result<Vec<Package>, Failure> {
        if !path.is_dir() || path.join(MANIFEST_FILE).is_file() {
            return Ok(vec![Package::read(path)?]);
        }
        let inside = packages_below(path)?;
        let is_of_package_above = root_above(path)?.is_some() && !heal_files(path)?.is_empty();
        if inside.is_empty() || is_of_package_above {
            return Ok(vec![Package::read(path)?]);
        }
        let has_loose = !heal_files(path)?.is_empty();
        let roots = has_loose.then(|| path.to_owned()).into_iter().chain(inside);
        roots.map(Package::at).collect()
    }

    /// The package whose root is a folder.
    pub(crate) fn at(root: PathBuf) -> Result<Package, Failure> {
        Ok(Package { sources: read_sources(&root)?, root, only: None })
    }

    fn has_policies(&self) -> bool {
        self.sources.files.keys().any(|path| path.ends_with(".heal"))
    }

    /// Compiles. Files are called as they are found from the current folder, for editors to open.
    pub(crate) fn compile(&self, today: Day) -> Compilation {
        let mut compilation = compile_with(&self.sources, CompileOptions { today: Some(today) });
        let mut files = Files::default();
        let ours: BTreeSet<String> = self.sources.texts().map(|(path, _)| path).collect();
        for (_, file) in compilation.files.iter() {
            let is_ours = ours.contains(file.name());
            let name = if is_ours { self.path_from_here(file.name()) } else { file.name().to_owned() };
            files.add(name, file.text());
        }
        compilation.files = files;
        compilation
    }

    /// Compiles; what there is to say about it goes to standard error. `None` when it does not compile.
    pub(crate) fn compile_aloud(&self) -> Option<Compilation> {
        let compilation = self.compile(today());
        if !compilation.diagnostics.is_empty() {
            write_rendered(&heal_diagnostics::render_human(
                &compilation.files,
                &compilation.diagnostics,
                colour(),
            ));
        }
        (!compilation.has_errors()).then_some(compilation)
    }

    /// The path of one of its files from the current folder, with `/`.
    pub(crate) fn path_from_here(&self, name: &str) -> String {
        let path = plain(&self.root.join(name));
        let here = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
        let path = path.strip_prefix(&here).or_else(|_| path.strip_prefix(".")).unwrap_or(&path);
        path.to_string_lossy().replace('\\', "/")
    }
}

/// The day of the clock, in UTC.
pub(crate) fn today() -> Day {
    const SECONDS: u64 = 86_400;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Day::of_unix_day(i64::try_from(since.as_secs() / SECONDS).unwrap_or_default())
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// The nearest folder with a manifest, from `folder` upwards, written as `folder` is where that is possible.
pub(crate) fn root_above(folder: &Path) -> Result<Option<PathBuf>, Failure> {
    if folder.join(MANIFEST_FILE).is_file() {
        return Ok(Some(folder.to_owned()));
    }
    let full = fs::canonicalize(folder).map_err(|wrong| unreadable(folder, &wrong))?;
    Ok(full.ancestors().find(|above| above.join(MANIFEST_FILE).is_file()).map(Path::to_owned))
}

fn read_sources(root: &Path) -> Result<SourceSet, Failure> {
    let mut sources = SourceSet::of(read_package(root)?);
    // Each turn adds what was not there: it ends where nothing is wanted any more.
    while let Some((_, source, folder)) = sources.wanted().pop() {
        let found = dependency(root, &source, &folder)?;
        sources.dependencies.insert(folder, found);
    }
    Ok(sources)
}

/// The files of one package.
fn read_package(root: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    for name in [MANIFEST_FILE, LOCK_FILE] {
        let path = root.join(name);
        if path.is_symlink() {
            return Err(Failure(format!("{}: this is a link, and links are not followed", path.display())));
        }
        if path.is_file() {
            files.insert(name.to_owned(), read_text(&path)?);
        }
    }
    for path in heal_files(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        files.insert(name, read_text(&path)?);
    }
    Ok(files)
}

/// What is in the folder of a package that the one at `root` depends on. A commit says all that its policies do, so
/// nothing outside of its repository is read, and no link is followed.
pub(crate) fn dependency(root: &Path, source: &PackageSource, folder: &str) -> Result<PackageFiles, Failure> {
    let root = fs::canonicalize(root).map_err(|wrong| unreadable(root, &wrong))?;
    let repository = root.ancestors().find(|above| above.join(".git").exists());
    let place = plain(&root.join(folder));
    if repository.is_some_and(|repository| !place.starts_with(repository)) {
        return Ok(PackageFiles::Absent(format!("`{folder}` leads out of the repository")));
    }
    if !place.join(MANIFEST_FILE).is_file() {
        return Ok(PackageFiles::Absent(source.absence(folder)));
    }
    let is_reached_by_links = fs::canonicalize(&place).map_err(|wrong| unreadable(&place, &wrong))? != place;
    if is_reached_by_links || place.join(MANIFEST_FILE).is_symlink() {
        return Ok(PackageFiles::Absent(format!(
            "`{folder}` is reached over a link, and links are not followed"
        )));
    }
    Ok(PackageFiles::Here(read_package(&place)?))
}

/// A path without `..` where that can be, by its text alone.
fn plain(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::ParentDir, Some(Component::Normal(_))) => _ = parts.pop(),
            (Component::ParentDir, Some(Component::RootDir)) | (Component::CurDir, _) => {}
            (part, _) => parts.push(part),
        }
    }
    if parts.is_empty() { PathBuf::from(".") } else { parts.iter().collect() }
}

/// The folders below one that have a `heal.toml`, sorted; packages from repositories are others' and not among them.
pub(crate) fn packages_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|wrong| unreadable(&folder, &wrong))? {
            let entry = entry.map_err(|wrong| unreadable(&folder, &wrong))?;
            let kind = entry.file_type().map_err(|wrong| unreadable(&entry.path(), &wrong))?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let is_other =
                name.starts_with('.') || name == VENDOR_FOLDER || SKIPPED_FOLDERS.contains(&name.as_str());
            if !kind.is_dir() || is_other || depth >= FOLDERS_DEEP_MAX {
                continue;
            }
            if path.join(MANIFEST_FILE).is_file() {
                found.push(path.clone());
            }
            folders.push((path, depth + 1));
        }
    }
    found.sort();
    Ok(found)
}

/// The `.heal` files below a folder, sorted. Hidden folders, recordings and other packages are left alone; links are
/// not followed.
pub(crate) fn heal_files(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|wrong| unreadable(&folder, &wrong))? {
            let entry = entry.map_err(|wrong| unreadable(&folder, &wrong))?;
            let kind = entry.file_type().map_err(|wrong| unreadable(&entry.path(), &wrong))?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if name.starts_with('.') {
                continue;
            }
            let is_other = SKIPPED_FOLDERS.contains(&name.as_str()) || path.join(MANIFEST_FILE).is_file();
            if kind.is_dir() && depth < FOLDERS_DEEP_MAX && !is_other {
                folders.push((path, depth + 1));
            } else if kind.is_file() && name.ends_with(".heal") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file's text.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|wrong| unreadable(path, &wrong))?;
    String::from_utf8(bytes).map_err(|wrong| {
        let at = wrong.utf8_error().valid_up_to();
        Failure(format!("{}: byte {at} is not UTF-8; save the file as UTF-8", path.display()))
    })
}

pub(crate) fn unreadable(path: &Path, wrong: &std::io::Error) -> Failure {
    Failure(format!("{}: {wrong}", path.display()))
}
