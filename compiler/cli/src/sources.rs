//! Packages and single files, read from disk.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use heal_diagnostics::Files;
use heal_driver::{Compilation, SourceSet, compile};

use crate::output::{Failure, colour, write_message};

/// The file at a package's root.
const MANIFEST_FILE: &str = "heal.toml";

/// Folders below a package in which there are no sources.
const SKIPPED_FOLDERS: [&str; 3] = ["recordings", "target", "node_modules"];

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
            let root = root.unwrap_or(folder);
            let sources = read_sources(&root)?;
            if !sources.files.keys().any(|path| path.ends_with(".heal")) {
                return Err(Failure(format!(
                    "{}: no `.heal` file here; `heal init` makes a package",
                    path.display()
                )));
            }
            return Ok(Package { root, sources, only: None });
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
                Ok(Package { root: folder, sources: SourceSet { files }, only: Some(name) })
            }
        }
    }

    /// Compiles. Files are called as they are found from the current folder, for editors to open.
    pub(crate) fn compile(&self) -> Compilation {
        let mut compilation = compile(&self.sources);
        let mut files = Files::default();
        for (_, file) in compilation.files.iter() {
            let is_ours = self.sources.files.contains_key(file.name());
            let name = if is_ours { self.path_from_here(file.name()) } else { file.name().to_owned() };
            files.add(name, file.text());
        }
        compilation.files = files;
        compilation
    }

    /// Compiles; what there is to say about it goes to standard error. `None` when it does not compile.
    pub(crate) fn compile_aloud(&self) -> Option<Compilation> {
        let compilation = self.compile();
        if !compilation.diagnostics.is_empty() {
            write_message(&heal_diagnostics::render_human(
                &compilation.files,
                &compilation.diagnostics,
                colour(),
            ));
        }
        (!compilation.has_errors()).then_some(compilation)
    }

    /// The path of one of its files from the current folder, with `/`.
    pub(crate) fn path_from_here(&self, name: &str) -> String {
        let path = self.root.join(name);
        let here = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
        let path = path.strip_prefix(&here).or_else(|_| path.strip_prefix(".")).unwrap_or(&path);
        path.to_string_lossy().replace('\\', "/")
    }
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// The nearest folder with a manifest, from `folder` upwards, written as `folder` is where that is possible.
fn root_above(folder: &Path) -> Result<Option<PathBuf>, Failure> {
    if folder.join(MANIFEST_FILE).is_file() {
        return Ok(Some(folder.to_owned()));
    }
    let full = fs::canonicalize(folder).map_err(|wrong| unreadable(folder, &wrong))?;
    Ok(full.ancestors().find(|above| above.join(MANIFEST_FILE).is_file()).map(Path::to_owned))
}

fn read_sources(root: &Path) -> Result<SourceSet, Failure> {
    let mut sources = SourceSet::default();
    let manifest = root.join(MANIFEST_FILE);
    if manifest.is_file() {
        sources.files.insert(MANIFEST_FILE.to_owned(), read_text(&manifest)?);
    }
    for path in heal_files(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        sources.files.insert(name, read_text(&path)?);
    }
    Ok(sources)
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
