//! `heal.toml`: what a package says about itself.

use heal_diagnostics::{Code, Diagnostic, FileId, TextRange};
use serde::Deserialize;

/// The name of the file.
pub(crate) const MANIFEST_FILE: &str = "heal.toml";

/// The editions of the language that this compiler reads.
const EDITIONS: [&str; 1] = ["2026"];

/// What a package says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The package's name.
    pub package: String,
    /// Folder of the recording that `simulate` and `diff` use when none is named, from the package's root.
    pub default_recording: Option<String>,
    /// Where that recording was made, as headlines say it: "in production".
    pub environment: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    package: toml::Spanned<Package>,
    #[serde(default)]
    recordings: Recordings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    name: toml::Spanned<String>,
    edition: toml::Spanned<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recordings {
    default: Option<toml::Spanned<String>>,
    environment: Option<String>,
}

impl Manifest {
    /// Reads `heal.toml`.
    ///
    /// # Errors
    /// A diagnostic at the place that is wrong.
    pub fn read(file: FileId, text: &str) -> Result<Manifest, Box<Diagnostic>> {
        let error =
            |range: std::ops::Range<usize>, message: String| {
                let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let range = TextRange::new(offset(range.start), offset(range.end));
                Box::new(Diagnostic::error(Code::BAD_MANIFEST, file, range, message).with_help(
                    "a manifest begins with `[package]`, `name = \"...\"` and `edition = \"2026\"`",
                ))
            };
        let written: Written = toml::from_str(text).map_err(|wrong| {
            error(wrong.span().unwrap_or(0..0), wrong.message().trim().replace('\n', ", "))
        })?;
        let package = written.package.into_inner();
        if !is_name(package.name.get_ref()) {
            let message = format!("`{}` is no name for a package", package.name.get_ref());
            return Err(error(package.name.span(), message));
        }
        if !EDITIONS.contains(&package.edition.get_ref().as_str()) {
            let message = format!("edition `{}` is not known to this Heal", package.edition.get_ref());
            return Err(error(package.edition.span(), message));
        }
        if let Some(folder) = &written.recordings.default
            && !stays_inside(folder.get_ref())
        {
            let message = format!("`{}` leaves the package", folder.get_ref());
            return Err(error(folder.span(), message));
        }
        Ok(Manifest {
            package: package.name.into_inner(),
            default_recording: written.recordings.default.map(toml::Spanned::into_inner),
            environment: written.recordings.environment,
        })
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
