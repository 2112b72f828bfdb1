//! Which packages there are: the one that is compiled, and those that it depends on, as `heal.toml` and `heal.lock` say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use heal_check::{Package, PackageRole};
use heal_diagnostics::{Code, Diagnostic, FileId, Files, TextRange};

use crate::{
    Dependency, Manifest, PackageFiles, PackageSource, SourceSet,
    lock::{self, HELP, LOCK_FILE, LockEntry, Locked, hash_of},
    manifest::MANIFEST_FILE,
};

/// Most packages that one may depend on, directly or not.
const PACKAGES_MAX: usize = 1_000;

/// The name of a package that does not say.
const NAMELESS: &str = "package";

/// The name of the standard library's package.
pub(crate) const LIBRARY: &str = "std";

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    /// What the package says about itself.
    pub(crate) manifest: Option<Manifest>,
    /// The packages by name, with the one that is compiled and the standard library.
    pub(crate) by_name: BTreeMap<String, Package>,
    /// The name of the package that is compiled.
    pub(crate) own: String,
    /// The packages that it depends on and that are here, by name, with their folders.
    pub(crate) found: BTreeMap<String, String>,
    /// Where each was found that any package names, and who names it first.
    wanted: BTreeMap<String, Wanted>,
    /// The names that two packages have: neither is read, because nobody can tell which one is meant.
    ambiguous: BTreeSet<String>,
    /// What each package depends on, and where it says so.
    edges: BTreeMap<String, BTreeMap<String, (FileId, TextRange)>>,
    /// What has to be locked.
    locked: BTreeMap<String, Locked>,
}

/// A package that another one names.
#[derive(Clone, Debug)]
struct Wanted {
    name: String,
    /// None: it leads out of the repository of the one that names it.
    source: Option<PackageSource>,
    /// Who says so.
    file: FileId,
    range: TextRange,
}

/// Finds all packages, and holds them to the lock file.
pub(crate) fn packages(
    sources: &SourceSet,
    files: &mut Files,
    diagnostics: &mut Vec<Diagnostic>,
) -> Packages {
    let mut wrong = Vec::new();
    let packages = resolve(sources, files, &mut wrong);
    let is_whole = !wrong.iter().any(Diagnostic::is_error);
    diagnostics.extend(wrong);
    match sources.files.get(LOCK_FILE) {
        Some(text) => {
            let file = files.add(LOCK_FILE, text);
            match lock::read(file, text) {
                Ok(entries) => packages.hold(&entries, file, is_whole, diagnostics),
                Err(wrong) => diagnostics.push(*wrong),
            }
        }
        // What else is wrong with the packages comes first: `heal lock` would only say it again.
        None => {
            diagnostics.extend(packages.first_dependency(files).filter(|_| is_whole).map(|(file, range)| {
                let message = "there is no `heal.lock`, which says what the dependencies hold";
                Diagnostic::error(Code::MISSING_LOCK, file, range, message)
                    .with_help("run `heal lock`, and commit `heal.lock`")
            }))
        }
    }
    diagnostics.extend(packages.folders_of_one_name(sources, files));
    packages
}

/// Finds all packages.
fn resolve(sources: &SourceSet, files: &mut Files, diagnostics: &mut Vec<Diagnostic>) -> Packages {
    let mut packages = Packages { own: NAMELESS.to_owned(), ..Packages::default() };
    let mut pending: VecDeque<Wanted> = VecDeque::new();
    if let Some(text) = sources.files.get(MANIFEST_FILE) {
        let file = files.add(MANIFEST_FILE, text);
        let (manifest, wrong) = Manifest::read(file, text);
        diagnostics.extend(wrong);
        if let Some(manifest) = &manifest {
            packages.own.clone_from(&manifest.package);
            pending.extend(packages.named_by(manifest, &PackageSource::Path(String::new()), file));
        }
        packages.manifest = manifest;
    }
    let dependencies = packages.manifest.iter().flat_map(|it| it.dependencies.keys().cloned()).collect();
    let own = Package { dependencies, ..Package::own(packages.own.clone()) };
    packages.by_name.insert(packages.own.clone(), own);
    while let Some(wanted) = pending.pop_front() {
        match packages.take(sources, files, diagnostics, &wanted) {
            Ok(more) => pending.extend(more),
            Err(diagnostic) => diagnostics.extend(diagnostic.map(|it| *it)),
        }
    }
    for name in &packages.ambiguous {
        packages.by_name.remove(name);
        packages.found.remove(name);
    }
    packages.by_name.entry(LIBRARY.to_owned()).or_insert_with(Package::standard);
    let here: BTreeSet<String> = packages.by_name.keys().cloned().collect();
    for package in packages.by_name.values_mut() {
        package.missing = package.dependencies.difference(&here).cloned().collect();
    }
    diagnostics.extend(packages.circle());
    packages
}

impl Packages {
    /// Takes up a package that another one names, and gives those that it names itself.
    fn take(
        &mut self,
        sources: &SourceSet,
        files: &mut Files,
        diagnostics: &mut Vec<Diagnostic>,
        wanted: &Wanted,
    ) -> Result<Vec<Wanted>, Option<Box<Diagnostic>>> {
        let name = &wanted.name;
        let error = |code: Code, message: String| Diagnostic::error(code, wanted.file, wanted.range, message);
        let Some(source) = &wanted.source else {
            let message = format!("the path to `{name}` leads out of the repository that names it");
            let help = "a package from a repository finds by paths only what is in that repository";
            return Err(Some(Box::new(error(Code::MISSING_PACKAGE, message).with_help(help))));
        };
        if *name == self.own {
            // The circle that this closes is said of them all.
            return Ok(Vec::new());
        }
        if let Some(before) = self.wanted.get(name).cloned() {
            return self.again(wanted, source, &before);
        }
        if self.wanted.len() >= PACKAGES_MAX {
            let message = format!("more than {PACKAGES_MAX} packages are depended on");
            return Err(Some(Box::new(error(Code::TOO_DEEP, message))));
        }
        self.wanted.insert(name.clone(), wanted.clone());
        let folder = source.folder(name);
        let absent = |why: String| {
            // Without a lock file nothing was fetched yet, which is said once for all.
            let is_said =
                matches!(source, PackageSource::Git { .. }) && !sources.files.contains_key(LOCK_FILE);
            let message = format!("the package `{name}` is not here");
            (!is_said).then(|| Box::new(error(Code::MISSING_PACKAGE, message).with_help(why)))
        };
        let of_package = match sources.dependencies.get(&folder) {
            Some(PackageFiles::Here(files)) => files,
            Some(PackageFiles::Absent(why)) => return Err(absent(why.clone())),
            None => return Err(absent(source.absence(&folder))),
        };
        let Some(text) = of_package.get(MANIFEST_FILE) else { return Err(absent(source.absence(&folder))) };
        let file = files.add(format!("{folder}/{MANIFEST_FILE}"), text);
        let (manifest, wrong) = Manifest::read(file, text);
        diagnostics.extend(wrong);
        let Some(manifest) = manifest else { return Err(None) };
        if manifest.package != *name {
            let message = format!("`{folder}` calls itself `{}`", manifest.package);
            let help = format!("a package is used under its own name: write `{}`", manifest.package);
            return Err(Some(Box::new(error(Code::MISSING_PACKAGE, message).with_help(help))));
        }
        let more = self.named_by(&manifest, source, file);
        let locked = Locked {
            source: source.to_string(),
            version: manifest.version,
            commit: None,
            sha256: hash_of(of_package),
        };
        self.locked.insert(name.clone(), locked);
        self.found.insert(name.clone(), folder);
        let package = Package {
            role: PackageRole::Dependency,
            dependencies: manifest.dependencies.into_keys().collect(),
            ..Package::own(name.clone())
        };
        self.by_name.insert(name.clone(), package);
        Ok(more)
    }

    /// A name that has been met before: the same package, or another one.
    fn again(
        &mut self,
        wanted: &Wanted,
        source: &PackageSource,
        before: &Wanted,
    ) -> Result<Vec<Wanted>, Option<Box<Diagnostic>>> {
        let Some(other) = before.source.as_ref().filter(|other| *other != source) else {
            return Ok(Vec::new());
        };
        let name = &wanted.name;
        self.ambiguous.insert(name.clone());
        let message = format!("two packages are called `{name}`: `{other}` and `{source}`");
        let diagnostic = Diagnostic::error(Code::DUPLICATE_NAME, wanted.file, wanted.range, message)
            .with_secondary(before.file, before.range, "the other one")
            .with_help("let all that depend on it name the same one, or rename one of them");
        Err(Some(Box::new(diagnostic)))
    }

    /// What a package names, which is found at `base`.
    fn named_by(&mut self, manifest: &Manifest, base: &PackageSource, file: FileId) -> Vec<Wanted> {
        let places = manifest.dependencies.iter().map(|(name, it)| (name.clone(), (file, it.range)));
        self.edges.insert(manifest.package.clone(), places.collect());
        wanted_by(manifest, base, file)
    }

    /// Packages that depend on each other in a circle; the first, if there are several.
    fn circle(&self) -> Option<Diagnostic> {
        let mut left: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, edges) in &self.edges {
            let known = edges.keys().filter(|name| self.edges.contains_key(*name));
            left.insert(name, known.map(String::as_str).collect());
        }
        // What depends on nothing that is left is in no circle.
        loop {
            let done: Vec<&str> =
                left.iter().filter(|(_, edges)| edges.is_empty()).map(|(name, _)| *name).collect();
            if done.is_empty() {
                break;
            }
            for name in done {
                left.remove(name);
                left.values_mut().for_each(|edges| _ = edges.remove(name));
            }
        }
        // From any of those that are left, each step leads to another one of them, and at last to one that was met.
        let own = self.own.as_str();
        let first = if left.contains_key(own) { own } else { *left.keys().next()? };
        let mut way: Vec<&str> = vec![first];
        let closing = loop {
            let next = *left.get(way.last()?)?.first()?;
            if let Some(at) = way.iter().position(|name| *name == next) {
                way.drain(..at);
                break next;
            }
            way.push(next);
        };
        let (file, range) = *self.edges.get(*way.last()?)?.get(closing)?;
        way.push(closing);
        let shown: Vec<String> = way.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("packages depend on each other in a circle: {}", shown.join(" -> "));
        let help = "move what both need into a package of its own";
        Some(Diagnostic::error(Code::CYCLE, file, range, message).with_help(help))
    }

    /// Says where what is here is not what was locked.
    fn hold(
        &self,
        entries: &BTreeMap<String, LockEntry>,
        file: FileId,
        is_whole: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for (name, locked) in &self.locked {
            let Some(wanted) = self.wanted.get(name) else { continue };
            let error = |message: String| {
                Diagnostic::error(Code::LOCK_MISMATCH, wanted.file, wanted.range, message).with_help(HELP)
            };
            diagnostics.extend(match entries.get(name) {
                None => Some(error(format!("`heal.lock` does not know the package `{name}`"))),
                Some(entry) if entry.locked.source != locked.source => {
                    let message =
                        format!("`{name}` is found at `{}` now, which is not what was locked", locked.source);
                    Some(error(message).with_secondary(file, entry.source_range, "what was locked"))
                }
                Some(entry) if entry.locked.sha256 != locked.sha256 => {
                    let message = format!("`{name}` is not what was locked: its files have changed");
                    Some(error(message).with_secondary(file, entry.hash_range, "what was locked"))
                }
                Some(_) => None,
            });
        }
        for (name, entry) in entries.iter().filter(|_| is_whole) {
            if !self.locked.contains_key(name) {
                let message = format!("nothing depends on `{name}` any more");
                let place = entry.name_range;
                diagnostics
                    .push(Diagnostic::warning(Code::LOCK_MISMATCH, file, place, message).with_help(HELP));
            }
        }
    }

    /// The first dependency that the manifest names.
    fn first_dependency(&self, files: &Files) -> Option<(FileId, TextRange)> {
        let ranges = self.manifest.as_ref()?.dependencies.values().map(|it| it.range);
        Some((manifest_file(files)?, ranges.min()?))
    }

    /// A folder that has the name of a dependency: a `use` could mean both.
    fn folders_of_one_name(&self, sources: &SourceSet, files: &Files) -> Vec<Diagnostic> {
        let policies = sources.files.keys().filter(|path| path.ends_with(".heal"));
        let folders: BTreeSet<&str> =
            policies.filter_map(|path| path.split_once('/').map(|(folder, _)| folder)).collect();
        let Some((file, manifest)) = manifest_file(files).zip(self.manifest.as_ref()) else {
            return Vec::new();
        };
        let error = |(name, dependency): (&String, &Dependency)| {
            let message = format!("`{name}` is also a folder of this package: `use {name}` could mean both");
            Diagnostic::error(Code::DUPLICATE_NAME, file, dependency.range, message)
                .with_help("rename the folder")
        };
        manifest.dependencies.iter().filter(|(name, _)| folders.contains(name.as_str())).map(error).collect()
    }
}

impl SourceSet {
    /// The packages that are depended on and are not among [`SourceSet::dependencies`] yet: their names, where they are
    /// found, and the folders in which their files stand. Whoever reads files adds them, and asks again.
    #[must_use]
    pub fn wanted(&self) -> Vec<(String, PackageSource, String)> {
        let mut wanted: BTreeMap<String, (String, PackageSource)> = BTreeMap::new();
        if self.dependencies.len() > PACKAGES_MAX {
            return Vec::new();
        }
        let mut known: BTreeMap<String, PackageSource> = BTreeMap::new();
        let mut pending = vec![(PackageSource::Path(String::new()), &self.files)];
        while let Some((base, files)) = pending.pop() {
            let Some(text) = files.get(MANIFEST_FILE) else { continue };
            let (Some(manifest), _) = Manifest::read(FileId::default(), text) else { continue };
            for it in wanted_by(&manifest, &base, FileId::default()) {
                let Some(source) = it.source else { continue };
                let folder = source.folder(&it.name);
                match self.dependencies.get(&folder) {
                    None => _ = wanted.entry(folder).or_insert((it.name, source)),
                    Some(PackageFiles::Absent(_)) => {}
                    Some(PackageFiles::Here(files)) => {
                        if known.insert(folder, source.clone()).is_none() {
                            pending.push((source, files));
                        }
                    }
                }
            }
        }
        wanted.into_iter().map(|(folder, (name, source))| (name, source, folder)).collect()
    }
}

/// The text of `heal.lock` for what these sources depend on, whose repositories were at these commits; diagnostics where
/// that cannot be said.
///
/// # Errors
/// What is wrong with the manifests, with the files that they are about.
pub fn lock_text(
    sources: &SourceSet,
    commits: &BTreeMap<String, String>,
) -> Result<String, (Files, Vec<Diagnostic>)> {
    let (mut files, mut diagnostics) = (Files::default(), Vec::new());
    let mut packages = resolve(sources, &mut files, &mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err((files, diagnostics));
    }
    for (name, locked) in &mut packages.locked {
        locked.commit = commits.get(name).cloned();
    }
    Ok(lock::written(&packages.locked))
}

fn wanted_by(manifest: &Manifest, base: &PackageSource, file: FileId) -> Vec<Wanted> {
    let wanted = |(name, dependency): (&String, &Dependency)| {
        let source = match &dependency.source {
            PackageSource::Path(path) => base.below(path),
            git @ PackageSource::Git { .. } => Some(git.clone()),
        };
        Wanted { name: name.clone(), source, file, range: dependency.range }
    };
    manifest.dependencies.iter().map(wanted).collect()
}

fn manifest_file(files: &Files) -> Option<FileId> {
    files.iter().find(|(_, file)| file.name() == MANIFEST_FILE).map(|(id, _)| id)
}
