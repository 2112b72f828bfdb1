//! `[dependencies]`: which packages a package uses, and where they are found.

use std::collections::BTreeMap;

use heal_diagnostics::TextRange;

use super::{Reader, Section, Written, is_name, stays_inside};
use crate::PackageSource;

/// The schemes of repositories' addresses: what else Git knows could start programs.
const SCHEMES: [&str; 3] = ["https://", "ssh://", "file://"];

/// A package that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Where it is found, from the package that says so.
    pub source: PackageSource,
    /// Its name in `heal.toml`.
    pub range: TextRange,
}

impl Reader {
    pub(super) fn dependencies(&mut self, whole: Section<'_>, own: &str) -> BTreeMap<String, Dependency> {
        let mut dependencies = BTreeMap::new();
        let Some(section) = self.section(whole, "dependencies", "dependencies") else { return dependencies };
        for (key, value) in section.entries {
            let name = Written { text: key.get_ref().to_string(), range: super::text_range(key.span()) };
            let Some(entries) = value.get_ref().as_table() else {
                let help = format!("write `{} = {{ path = \"../{0}\" }}`", name.text);
                self.report(super::text_range(value.span()), format!("`{}` is a table", name.text), help);
                continue;
            };
            let section = format!("dependencies.{}", name.text);
            let section = Section { name: &section, range: name.range, entries };
            if let (true, Some(source)) = (self.is_usable(&name, own), self.source(&name, section)) {
                dependencies.insert(name.text, Dependency { source, range: name.range });
            }
        }
        dependencies
    }

    fn is_usable(&mut self, Written { text: name, range }: &Written, own: &str) -> bool {
        let (message, help) = if name == "std" {
            ("`std` is the standard library, which needs no mention".to_owned(), "leave the line out")
        } else if name == own {
            (format!("`{name}` depends on itself"), "leave the line out: a package sees its own modules")
        } else if !is_name(name) || name.contains('-') {
            let help = "a package that others use has a name of lower case letters, digits and `_`";
            (format!("`{name}` is no name that a `use` could have"), help)
        } else {
            return true;
        };
        self.report(*range, message, help);
        false
    }

    fn source(&mut self, name: &Written, section: Section<'_>) -> Option<PackageSource> {
        self.keys(section, &["path", "git", "rev", "folder"]);
        let (path, git) = (self.text(section, "path"), self.text(section, "git"));
        let (rev, folder) = (self.text(section, "rev"), self.text(section, "folder"));
        let message = match (path, git) {
            (Some(path), None) => {
                if let Some(Written { range, .. }) = rev.or(folder) {
                    let message = "a package that is found by its path has no `rev` and no `folder`";
                    self.report(range, message, "leave it out, or write `git` in place of `path`");
                    return None;
                }
                return self.path(path);
            }
            (None, Some(url)) => match rev {
                Some(rev) => return self.repository(url, rev, folder),
                None if section.entries.contains_key("rev") => return None,
                None => format!("`{}` comes from a repository, and no `rev` of it is said", name.text),
            },
            (Some(_), Some(_)) => {
                format!("`{}` is found by its path or in a repository, not by both", name.text)
            }
            // A value that is no text has been reported.
            (None, None) if ["path", "git"].iter().any(|key| section.entries.contains_key(*key)) => {
                return None;
            }
            (None, None) => format!("nothing says where `{}` is found", name.text),
        };
        let help = format!(
            "write `{} = {{ path = \"../{0}\" }}`, or `{0} = {{ git = \"https://...\", rev = \"v1\" }}`",
            name.text
        );
        self.report(name.range, message, help);
        None
    }

    fn path(&mut self, Written { text, range }: Written) -> Option<PackageSource> {
        let is_relative = !text.trim().is_empty()
            && !text.starts_with('/')
            && !text.chars().any(|letter| letter == '\\' || letter == ':' || letter.is_control());
        let source = is_relative.then(|| PackageSource::Path(String::new()).below(&text)).flatten();
        if source.is_none() || source == Some(PackageSource::Path(String::new())) {
            let message = format!("`{text}` is no path from this package to another one, with `/`");
            self.report(range, message, "write it as `../common` or `libs/common`");
            return None;
        }
        source
    }

    fn repository(&mut self, url: Written, rev: Written, folder: Option<Written>) -> Option<PackageSource> {
        let is_address =
            SCHEMES.iter().any(|scheme| url.text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
                && !url
                    .text
                    .contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '#');
        if !is_address {
            let help = "an address begins with `https://`, `ssh://` or `file://`";
            self.report(url.range, format!("`{}` is no address of a repository", url.text), help);
        }
        let is_revision = rev.text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && rev.text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._/+-".contains(letter))
            && !rev.text.contains("..");
        if !is_revision {
            let help = "write a tag, a branch or the hash of a commit";
            self.report(rev.range, format!("`{}` is no revision", rev.text), help);
        }
        if let Some(Written { text, range }) = folder.as_ref().filter(|folder| !stays_inside(&folder.text)) {
            self.report(*range, format!("`{text}` leaves the repository"), "write a path without `..`");
            return None;
        }
        let folder = folder.map(|it| it.text).unwrap_or_default();
        (is_address && is_revision).then_some(PackageSource::Git { url: url.text, rev: rev.text, folder })
    }
}
