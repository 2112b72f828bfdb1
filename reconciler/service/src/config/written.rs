//! The configuration as it is written.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::secret::WrittenSecret;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default)]
    pub(super) state: Option<PathBuf>,
    #[serde(default)]
    pub(super) socket: Option<PathBuf>,
    pub(super) repository: Spanned<Repository>,
    #[serde(default)]
    pub(super) forge: Option<Spanned<Forge>>,
    #[serde(default)]
    pub(super) recording: Option<Spanned<Recording>>,
    #[serde(default)]
    pub(super) telemetry: Option<Spanned<Telemetry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repository {
    pub(super) url: Option<Spanned<String>>,
    pub(super) path: Option<PathBuf>,
    pub(super) branch: Option<Spanned<String>>,
    pub(super) pattern: Option<Spanned<String>>,
    pub(super) poll: Option<Spanned<String>>,
    pub(super) token: Option<WrittenSecret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forge {
    pub(super) kind: Spanned<String>,
    pub(super) folder: Option<PathBuf>,
    pub(super) api: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) repo: Option<String>,
    pub(super) login: Option<String>,
    pub(super) reports: Option<Reports>,
    pub(super) token: Option<WrittenSecret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reports {
    pub(super) folder: PathBuf,
    pub(super) address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recording {
    pub(super) path: Option<PathBuf>,
    pub(super) name: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Telemetry {
    pub(super) prometheus: Option<Spanned<Prometheus>>,
    pub(super) recording: Option<Spanned<Replay>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prometheus {
    pub(super) url: Spanned<String>,
    pub(super) token: Option<WrittenSecret>,
    pub(super) user: Option<String>,
    pub(super) password: Option<WrittenSecret>,
    pub(super) timeout: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replay {
    pub(super) path: PathBuf,
    pub(super) pace: Option<Spanned<String>>,
}
