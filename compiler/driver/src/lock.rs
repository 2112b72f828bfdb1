//! `heal.lock`: which packages a package was last compiled with, and what they held.

use std::collections::BTreeMap;

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::manifest::text_range;

/// The name of the file.
pub(crate) const LOCK_FILE: &str = "heal.lock";

/// The version of its form that is written, and the newest that is read.
const LOCK_VERSION: u32 = 1;

/// What to do about anything that is wrong with it.
pub(crate) const HELP: &str = "look at what has changed, run `heal lock`, and commit `heal.lock`";

/// A package as it was locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Where it is found, as [`PackageSource`](crate::PackageSource) is shown.
    pub source: String,
    /// What it says its version is.
    pub version: String,
    /// Of one from a repository: the commit that its revision named.
    pub commit: Option<String>,
    /// The hash of its files.
    pub sha256: String,
}

/// A locked package with its places in the file.
#[derive(Clone, Debug)]
pub(crate) struct LockEntry {
    /// What was locked.
    pub(crate) locked: Locked,
    /// Its name in the file.
    pub(crate) name_range: TextRange,
    /// Its source in the file.
    pub(crate) source_range: TextRange,
    /// Its hash in the file.
    pub(crate) hash_range: TextRange,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: toml::Spanned<u32>,
    #[serde(default)]
    package: Vec<WrittenPackage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPackage {
    name: toml::Spanned<String>,
    source: toml::Spanned<String>,
    version: String,
    commit: Option<String>,
    sha256: toml::Spanned<String>,
}

#[derive(Serialize)]
struct Form<'a> {
    version: u32,
    package: Vec<FormPackage<'a>>,
}

#[derive(Serialize)]
struct FormPackage<'a> {
    name: &'a str,
    source: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    sha256: &'a str,
}

/// Reads a lock file.
pub(crate) fn read(file: FileId, text: &str) -> Result<BTreeMap<String, LockEntry>, Box<Diagnostic>> {
    let error = |range: std::ops::Range<usize>, message: String| {
        let range = text_range(range);
        Box::new(Diagnostic::error(Code::BAD_LOCK, file, range, message))
    };
    let written: Written = toml::from_str(text).map_err(|wrong| {
        let message = wrong.message().trim().replace('\n', ", ");
        Box::new(error(wrong.span().unwrap_or(0..0), message).with_help(HELP))
    })?;
    if *written.version.get_ref() > LOCK_VERSION {
        let found = written.version.get_ref();
        let message = format!("this lock file has version {found}, and this Heal reads up to {LOCK_VERSION}");
        return Err(Box::new(error(written.version.span(), message).with_help("use a newer Heal")));
    }
    let mut entries = BTreeMap::new();
    for package in written.package {
        let entry = LockEntry {
            name_range: text_range(package.name.span()),
            source_range: text_range(package.source.span()),
            hash_range: text_range(package.sha256.span()),
            locked: Locked {
                source: package.source.into_inner(),
                version: package.version,
                commit: package.commit,
                sha256: package.sha256.into_inner(),
            },
        };
        let span = package.name.span();
        let name = package.name.into_inner();
        if entries.contains_key(&name) {
            return Err(Box::new(error(span, format!("`{name}` is locked twice")).with_help(HELP)));
        }
        entries.insert(name, entry);
    }
    Ok(entries)
}

/// The packages of a lock file by name; none of one that cannot be read.
#[must_use]
pub fn locked_packages(text: &str) -> BTreeMap<String, Locked> {
    let entries = read(FileId::default(), text).unwrap_or_default();
    entries.into_iter().map(|(name, entry)| (name, entry.locked)).collect()
}

/// The text of a lock file.
pub(crate) fn written(packages: &BTreeMap<String, Locked>) -> String {
    let package = packages
        .iter()
        .map(|(name, locked)| FormPackage {
            name,
            source: &locked.source,
            version: &locked.version,
            commit: locked.commit.as_deref(),
            sha256: &locked.sha256,
        })
        .collect();
    // INVARIANT: numbers and texts can always be written.
    let body = toml::to_string(&Form { version: LOCK_VERSION, package }).unwrap_or_default();
    format!("# Written by `heal lock`.\n{body}")
}

/// A hash of a package's files by their paths and texts, as hexadecimal digits. Line ends count as Git may change them: not
/// at all. Its own lock file is none of what it means to others.
#[must_use]
pub fn hash_of(files: &BTreeMap<String, String>) -> String {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for (path, text) in files.iter().filter(|(path, _)| *path != LOCK_FILE) {
        part(path.as_bytes());
        part(text.replace("\r\n", "\n").as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
