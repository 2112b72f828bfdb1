//! The JSON form of reports and impact diffs: versioned, described by `docs/schema/impact.v1.json`.

use std::io::Write;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{ImpactDiff, Report};

/// Version of the JSON form that this code writes. Raised when an older reader would misread a document; fields may
/// be added without.
pub const JSON_VERSION: u32 = 1;

const IMPACT_KIND: &str = "impact";
const REPORT_KIND: &str = "report";

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Written by a newer Heal.
    #[error("this {kind} has version {found}, and this Heal reads up to {JSON_VERSION}: use a newer Heal")]
    Newer {
        /// What was asked for.
        kind: &'static str,
        /// The version found.
        found: u32,
    },
    /// Something else than what was asked for.
    #[error(
        "this is a document of kind `{found}`, and `{wanted}` is wanted: pass the output of `heal {command} --format json`"
    )]
    OtherKind {
        /// What was asked for.
        wanted: &'static str,
        /// What was found.
        found: String,
        /// The command that makes what was asked for.
        command: &'static str,
    },
    /// Not a document at all.
    #[error("not an impact diff or report in JSON: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Written<'a, T> {
    version: u32,
    kind: &'static str,
    #[serde(flatten)]
    content: &'a T,
}

#[derive(Deserialize)]
struct Envelope {
    version: u32,
    #[serde(default)]
    kind: String,
}

impl ImpactDiff {
    /// The JSON form.
    ///
    /// # Errors
    /// When a number is not finite, which a diff made by [`ImpactDiff::between`] never holds.
    pub fn to_json(&self) -> Result<String, JsonError> {
        write(IMPACT_KIND, self)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// When the text is not an impact diff, or one of a newer version.
    pub fn from_json(text: &str) -> Result<ImpactDiff, JsonError> {
        read(IMPACT_KIND, "diff", text)
    }
}

impl Report {
    /// The JSON form.
    ///
    /// # Errors
    /// When a number is not finite, which a report made by [`Report::of`] never holds.
    pub fn to_json(&self) -> Result<String, JsonError> {
        write(REPORT_KIND, self)
    }

    /// The same, written piece by piece: the text of a report may be larger than the report.
    ///
    /// # Errors
    /// As [`Report::to_json`], or when `out` takes no more.
    pub fn write_json(&self, out: &mut dyn Write) -> Result<(), JsonError> {
        write_into(REPORT_KIND, self, out)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// When the text is not a report, or one of a newer version.
    pub fn from_json(text: &str) -> Result<Report, JsonError> {
        read(REPORT_KIND, "simulate", text)
    }
}

fn write<T: Serialize>(kind: &'static str, content: &T) -> Result<String, JsonError> {
    let mut text = Vec::new();
    write_into(kind, content, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn write_into<T: Serialize>(kind: &'static str, content: &T, out: &mut dyn Write) -> Result<(), JsonError> {
    serde_json::to_writer_pretty(&mut *out, &Written { version: JSON_VERSION, kind, content })?;
    Ok(out.write_all(b"\n").map_err(serde_json::Error::io)?)
}

fn read<T: DeserializeOwned>(kind: &'static str, command: &'static str, text: &str) -> Result<T, JsonError> {
    // The version comes first: a newer form need not look like anything that is known here.
    let envelope: Envelope = serde_json::from_str(text)?;
    if envelope.version > JSON_VERSION {
        return Err(JsonError::Newer { kind, found: envelope.version });
    }
    if envelope.kind != kind {
        return Err(JsonError::OtherKind { wanted: kind, found: envelope.kind, command });
    }
    Ok(serde_json::from_str(text)?)
}

#[cfg(test)]
mod tests;
