//! `heal.toml`: what a package says about itself.

mod dependencies;
mod gates;
mod read;
mod span;
mod tune;

use std::collections::BTreeMap;

use heal_check::with_nearest;
use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use toml::de::DeTable;

use read::{Reader, Section, Written};

pub use dependencies::Dependency;
pub use gates::{Floors, Gates, LimitFloor};
pub(crate) use read::text_range;
pub use tune::TuneCost;

/// The name of the file.
pub(crate) const MANIFEST_FILE: &str = "heal.toml";

/// The editions of the language that this compiler reads.
const EDITIONS: [&str; 1] = ["2026"];

/// The version of a package that does not say.
const VERSION_DEFAULT: &str = "0.0.0";

/// How the address of an object store begins.
const STORE: &str = "s3://";

/// The tables of the file.
const TABLES: [&str; 6] = ["package", "dependencies", "recordings", "environments", "gates", "tune"];

/// What a package says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The package's name.
    pub package: String,
    /// Its version, as it says.
    pub version: String,
    /// The time zone in which people read it, by its name in the IANA database: where the local hour of an approval is told.
    pub time_zone: Option<String>,
    /// The packages that it uses, by name.
    pub dependencies: BTreeMap<String, Dependency>,
    /// The recording that `simulate` and `diff` use when none is named: a folder from the package's root, or the address
    /// of one in an object store.
    pub default_recording: Option<String>,
    /// Where that recording was made, as headlines say it: "in production".
    pub environment: Option<String>,
    /// The recordings that were made in each place where the package runs, as the default one is named.
    pub environments: BTreeMap<String, String>,
    /// What a change may do without one of its owners.
    pub gates: Gates,
    /// What `heal tune` takes things to cost.
    pub tune_cost: TuneCost,
}

impl Manifest {
    /// Reads `heal.toml`, and says what is wrong with it. What can be read of it is there in any case, if it says what the
    /// package is called.
    #[must_use]
    pub fn read(file: FileId, text: &str) -> (Option<Manifest>, Vec<Diagnostic>) {
        let mut reader = Reader { file, diagnostics: Vec::new() };
        let manifest = match DeTable::parse(text) {
            Ok(table) => {
                let whole = Section { name: "", range: TextRange::default(), entries: table.get_ref() };
                reader.manifest(whole)
            }
            Err(wrong) => {
                let message = wrong.message().trim().replace('\n', ", ");
                let range = text_range(wrong.span().unwrap_or(0..0));
                reader.diagnostics.push(Diagnostic::error(Code::BAD_MANIFEST, file, range, message));
                None
            }
        };
        (manifest, reader.diagnostics)
    }
}

impl Reader {
    fn manifest(&mut self, whole: Section<'_>) -> Option<Manifest> {
        self.keys(whole, &TABLES);
        let Some(package) = self.section(whole, "package", "package") else {
            if !whole.entries.contains_key("package") {
                let help = "a manifest begins with `[package]`, `name = \"...\"` and `edition = \"2026\"`";
                self.report(TextRange::default(), "`heal.toml` has no table `[package]`", help);
            }
            return None;
        };
        self.keys(package, &["name", "edition", "version", "time_zone"]);
        let name = self.required(package, "name", "shop");
        if let Some(Written { text, range }) = name.as_ref().filter(|name| !is_name(&name.text)) {
            let help = "a name is in lower case and begins with a letter: `checkout_policies`";
            self.report(*range, format!("`{text}` is no name for a package"), help);
        }
        let edition = self.required(package, "edition", EDITIONS[0]);
        if let Some(Written { text, range }) = edition.filter(|it| !EDITIONS.contains(&it.text.as_str())) {
            let message = format!("edition `{text}` is not known to this Heal");
            let diagnostic =
                self.error(range, message).with_help(format!("write `edition = \"{}\"`", EDITIONS[0]));
            self.diagnostics.push(diagnostic);
        }
        let version = self.text(package, "version").map(|version| version.text);
        let time_zone = self.text(package, "time_zone").and_then(|zone| self.time_zone(zone));
        let environments = self.environments(whole);
        let (default_recording, environment) = self.recordings(whole, &environments);
        let name = name?.text;
        Some(Manifest {
            version: version.unwrap_or_else(|| VERSION_DEFAULT.to_owned()),
            dependencies: self.dependencies(whole, &name),
            package: name,
            time_zone,
            default_recording,
            environment,
            environments,
            gates: self.gates(whole),
            tune_cost: self.tune_cost(whole),
        })
    }

    /// `[recordings]`: the folder of the default one, and where it was made.
    fn recordings(
        &mut self,
        whole: Section<'_>,
        environments: &BTreeMap<String, String>,
    ) -> (Option<String>, Option<String>) {
        let Some(recordings) = self.section(whole, "recordings", "recordings") else { return (None, None) };
        self.keys(recordings, &["default", "environment"]);
        let default = self.text(recordings, "default").and_then(|folder| self.folder(folder));
        let environment = self.text(recordings, "environment");
        if let Some(Written { text, range }) = &environment
            && !environments.is_empty()
            && !environments.contains_key(text)
        {
            let diagnostic = self.error(*range, format!("there is no environment `{text}`"));
            let known: Vec<String> = environments.keys().map(|name| format!("\"{name}\"")).collect();
            let written = format!("\"{text}\"");
            let diagnostic = with_nearest(diagnostic, &written, *range, known.iter().map(String::as_str));
            let diagnostic = match diagnostic.help.is_empty() {
                true => diagnostic.with_help(format!("write `[environments.{text}]` and its `recording`")),
                false => diagnostic,
            };
            self.diagnostics.push(diagnostic);
        }
        let environment = environment.map(|it| it.text);
        let made_there = environment.as_ref().and_then(|name| environments.get(name).cloned());
        (default.or(made_there), environment)
    }

    /// `[environments.NAME]`: the folder of the recording that was made there.
    fn environments(&mut self, whole: Section<'_>) -> BTreeMap<String, String> {
        let mut environments = BTreeMap::new();
        let Some(section) = self.section(whole, "environments", "environments") else { return environments };
        for (Written { text: name, range }, entries) in self.sections(section) {
            let section = format!("environments.{name}");
            let section = Section { name: &section, range, entries };
            self.keys(section, &["recording"]);
            let recording = self.required(section, "recording", &format!("recordings/{name}"));
            if let Some(folder) = recording.and_then(|folder| self.folder(folder)) {
                environments.insert(name, folder);
            }
        }
        environments
    }

    /// A zone with its daylight saving.
    fn time_zone(&mut self, Written { text, range }: Written) -> Option<String> {
        if text.parse::<chrono_tz::Tz>().is_ok() {
            return Some(text);
        }
        let known: Vec<String> =
            chrono_tz::TZ_VARIANTS.iter().map(|zone| format!("\"{}\"", zone.name())).collect();
        let diagnostic = self.error(range, format!("there is no time zone `{text}`"));
        let diagnostic =
            with_nearest(diagnostic, &format!("\"{text}\""), range, known.iter().map(String::as_str));
        let diagnostic = match diagnostic.help.is_empty() {
            true => diagnostic.with_help("write its name in the IANA database, such as `Europe/Berlin`"),
            false => diagnostic,
        };
        self.diagnostics.push(diagnostic);
        None
    }

    /// A folder inside of the package, or a place in an object store.
    fn folder(&mut self, Written { text, range }: Written) -> Option<String> {
        let fits = stays_inside(&text) || text.strip_prefix(STORE).is_some_and(stays_inside);
        if !fits {
            self.report(range, format!("`{text}` leaves the package"), "write a path without `..`");
        }
        fits.then_some(text)
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter))
}

/// A relative path without `..`: nothing in a package reads outside of it.
fn stays_inside(path: &str) -> bool {
    !path.is_empty() && !path.contains('\\') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
