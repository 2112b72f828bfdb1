//! What goes in: the files of a package and of those that it depends on.

use std::{collections::BTreeMap, fmt};

use crate::manifest::MANIFEST_FILE;

/// The folder of a package in which packages from repositories are kept.
const VENDOR_FOLDER: &str = "vendor";

/// The files of a package: paths from its root, with `/`, and their texts. `heal.toml` is among them, if there is one,
/// and `heal.lock`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSet {
    /// The files.
    pub files: BTreeMap<String, String>,
    /// The packages that it depends on, directly or not, by their folders from its root. One that is not here is
    /// reported.
    pub dependencies: BTreeMap<String, PackageFiles>,
}

/// What was found in the folder of a package that is depended on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageFiles {
    /// Its files, as those of a [`SourceSet`].
    Here(BTreeMap<String, String>),
    /// Nothing that may be read; why, in a phrase.
    Absent(String),
}

/// Where a package is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageSource {
    /// A folder, from the root of the package that is compiled, with `/` and without `.`.
    Path(String),
    /// A folder in a revision of a Git repository.
    Git {
        /// The address of the repository.
        url: String,
        /// The revision, as Git reads it: a tag, a branch, a commit.
        rev: String,
        /// The folder, empty for the root.
        folder: String,
    },
}

impl PackageSource {
    /// Where a folder is that a package found here calls `path`; none where that leads out of its repository.
    #[must_use]
    pub fn below(&self, path: &str) -> Option<PackageSource> {
        match self {
            PackageSource::Path(base) => Some(PackageSource::Path(joined(base, path))),
            PackageSource::Git { url, rev, folder } => {
                let folder = joined(folder, path);
                let source = PackageSource::Git { url: url.clone(), rev: rev.clone(), folder };
                (!source.leaves_its_repository()).then_some(source)
            }
        }
    }

    fn leaves_its_repository(&self) -> bool {
        matches!(self, PackageSource::Git { folder, .. } if folder == ".." || folder.starts_with("../"))
    }

    /// The folder, from the root of the package that is compiled, in which the files of a package found here stand: of
    /// one from a repository that is where `heal lock` keeps it.
    #[must_use]
    pub fn folder(&self, name: &str) -> String {
        match self {
            PackageSource::Path(path) => path.clone(),
            PackageSource::Git { .. } => format!("{VENDOR_FOLDER}/{name}"),
        }
    }
}

/// As it stands in `heal.lock`: `path+../shared`, `git+https://example.org/shared#v1`, and with a folder
/// `git+https://example.org/shared#v1:slo`.
impl fmt::Display for PackageSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackageSource::Path(path) => write!(formatter, "path+{path}"),
            PackageSource::Git { url, rev, folder } if folder.is_empty() => {
                write!(formatter, "git+{url}#{rev}")
            }
            PackageSource::Git { url, rev, folder } => write!(formatter, "git+{url}#{rev}:{folder}"),
        }
    }
}

impl SourceSet {
    /// The files of one package, without dependencies.
    #[must_use]
    pub fn of(files: BTreeMap<String, String>) -> SourceSet {
        SourceSet { files, dependencies: BTreeMap::new() }
    }

    /// The package in a folder of a tree of files, with those of the tree that it depends on; the empty folder is the
    /// root. Folders below it with a `heal.toml` of their own are packages of their own.
    #[must_use]
    pub fn of_tree(tree: &BTreeMap<String, String>, folder: &str) -> SourceSet {
        let mut sources = SourceSet::of(package_in(tree, folder));
        while let Some((_, source, below)) = sources.wanted().pop() {
            let place = joined(folder, &below);
            let files = package_in(tree, &place);
            let found = if place == ".." || place.starts_with("../") {
                PackageFiles::Absent(format!("`{below}` leads out of the repository"))
            } else if files.contains_key(MANIFEST_FILE) {
                PackageFiles::Here(files)
            } else {
                PackageFiles::Absent(source.absence(&below))
            };
            sources.dependencies.insert(below, found);
        }
        sources
    }

    /// The files of the package and of all that it depends on, by their paths from its root.
    pub fn texts(&self) -> impl Iterator<Item = (String, &String)> {
        let own = self.files.iter().map(|(path, text)| (path.clone(), text));
        let others = self.dependencies.iter().flat_map(|(folder, found)| {
            let files = match found {
                PackageFiles::Here(files) => Some(files),
                PackageFiles::Absent(_) => None,
            };
            files.into_iter().flatten().map(move |(path, text)| (format!("{folder}/{path}"), text))
        });
        own.chain(others)
    }
}

impl PackageSource {
    /// Why nothing is in the folder in which a package should be.
    #[must_use]
    pub fn absence(&self, folder: &str) -> String {
        match self {
            PackageSource::Path(_) => format!("there is no `{folder}/heal.toml`"),
            PackageSource::Git { .. } => {
                format!("it is not in `{folder}`: run `heal lock`, and commit the folder")
            }
        }
    }
}

/// The files of a package in a folder of a tree: all below it, without those of packages below it.
#[must_use]
pub fn package_in(tree: &BTreeMap<String, String>, folder: &str) -> BTreeMap<String, String> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let below = |path: &str| path.strip_prefix(&prefix).map(str::to_owned);
    let others: Vec<String> = tree
        .keys()
        .filter_map(|path| below(path)?.strip_suffix(MANIFEST_FILE).map(str::to_owned))
        .filter(|root| root.ends_with('/'))
        .collect();
    tree.iter()
        .filter_map(|(path, text)| Some((below(path)?, text.clone())))
        .filter(|(path, _)| !others.iter().any(|root| path.starts_with(root)))
        .collect()
}

/// `path` as seen from `base`, without `.` and with `..` only at its beginning.
pub(crate) fn joined(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
