//! `heald.toml`: what the service is told before it starts.

mod duration;
mod secret;
#[cfg(test)]
mod tests;
mod written;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use heal_connect::{Authentication, Prometheus, SecretReference};
use heal_git::Address;
use heal_reconcile::BranchPattern;
use toml::Spanned;

pub use duration::Pace;
use written::Written;

/// Most bytes of a configuration.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// Where state is kept unless said.
const STATE_DEFAULT: &str = "/var/lib/heald";
/// How often the repository is looked at unless said.
const POLL_DEFAULT: Duration = Duration::from_secs(30);
/// How long Prometheus may take unless said.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
const GITHUB_API: &str = "https://api.github.com";

/// What the service is told. Relative paths have been put behind the folder of the file. It holds no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Folder for all that outlives the process.
    pub state: PathBuf,
    /// The status socket.
    pub socket: PathBuf,
    /// Where policies come from.
    pub repository: RepositoryConfig,
    /// Where pull requests live.
    pub forge: ForgeConfig,
    /// Over what changes are simulated.
    pub recording: RecordingChoice,
    /// What the engine runs on.
    pub telemetry: TelemetryConfig,
}

/// Where policies come from.
#[derive(Clone, Debug, PartialEq)]
pub struct RepositoryConfig {
    /// The repository.
    pub place: RepositoryPlace,
    /// The branch that runs.
    pub branch: String,
    /// The branches that get pull requests.
    pub pattern: BranchPattern,
    /// How often it is looked at.
    pub poll: Duration,
    /// For a remote that asks for it.
    pub token: Option<SecretReference>,
}

/// A repository.
#[derive(Clone, Debug, PartialEq)]
pub enum RepositoryPlace {
    /// On this machine; its own branches are what is reconciled.
    Local(PathBuf),
    /// Elsewhere; it is mirrored below the state folder.
    Remote(Address),
}

/// Where pull requests live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForgeConfig {
    /// In files and references beside the repository.
    Embedded {
        /// Where; none: beside a local repository, below the state folder for a remote one.
        folder: Option<PathBuf>,
    },
    /// On GitHub or GitHub Enterprise.
    GitHub {
        /// Address of the API.
        api: String,
        /// User or organisation.
        owner: String,
        /// Name of the repository.
        repo: String,
        /// The login under which the service writes, where its token may not ask for it.
        login: Option<String>,
        /// The token.
        token: SecretReference,
        /// A folder for pages with pictures, and the address under which somebody serves it.
        reports: Option<(PathBuf, String)>,
    },
}

/// Over what changes are simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingChoice {
    /// The one that the policies' `heal.toml` names.
    OfPolicies,
    /// The one of this name below `recordings/` in the repository.
    Named(String),
    /// The one in this folder of this machine.
    At(PathBuf),
}

/// What the engine runs on.
#[derive(Clone, Debug, PartialEq)]
pub enum TelemetryConfig {
    /// Nothing: pull requests are assessed, and no detector can fire.
    Nothing,
    /// A Prometheus server.
    Prometheus {
        /// Its address.
        url: String,
        /// How to get in.
        authentication: Authentication,
        /// How long a request may take.
        timeout: Duration,
    },
    /// A recording that is replayed.
    Recording {
        /// Its folder.
        path: PathBuf,
        /// How fast.
        pace: Pace,
    },
}

/// Why the configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {message}", path.display(), line.map_or(String::new(), |line| format!(":{line}")))]
pub struct ConfigError {
    path: PathBuf,
    line: Option<usize>,
    message: String,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or says something that cannot be right, with the line and what to write instead.
    pub fn open(path: &Path) -> Result<Config, ConfigError> {
        let failed = |message: String| ConfigError { path: path.to_owned(), line: None, message };
        let read = std::fs::metadata(path).and_then(|metadata| {
            if metadata.len() > CONFIG_BYTES_MAX { Ok(None) } else { std::fs::read_to_string(path).map(Some) }
        });
        match read {
            Ok(Some(text)) => Config::read(path, &text),
            Ok(None) => Err(failed(format!("the file has more than {CONFIG_BYTES_MAX} bytes"))),
            Err(error) => Err(failed(format!("cannot be read: {error}"))),
        }
    }

    /// Reads a text as the file `path`.
    ///
    /// # Errors
    /// As [`Config::open`].
    pub fn read(path: &Path, text: &str) -> Result<Config, ConfigError> {
        let reader = Reader { path, text, folder: path.parent().unwrap_or(Path::new("")) };
        // Only the message: the rest of a TOML error repeats the line, which may hold a secret in the wrong place.
        let written: Written =
            toml::from_str(text).map_err(|error| reader.error(error.span(), error.message().to_owned()))?;
        reader.config(written)
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    folder: &'a Path,
}

type Read<T> = Result<T, ConfigError>;

impl Reader<'_> {
    fn config(&self, written: Written) -> Read<Config> {
        let state = self.folder.join(written.state.unwrap_or_else(|| PathBuf::from(STATE_DEFAULT)));
        let socket =
            written.socket.map_or_else(|| state.join("heald.sock"), |socket| self.folder.join(socket));
        let repository = self.repository(written.repository)?;
        Ok(Config {
            forge: self.forge(written.forge)?,
            recording: self.recording(written.recording)?,
            telemetry: self.telemetry(written.telemetry)?,
            state,
            socket,
            repository,
        })
    }

    fn repository(&self, written: Spanned<written::Repository>) -> Read<RepositoryConfig> {
        let span = written.span();
        let written = written.into_inner();
        let place = match (written.url, written.path) {
            (Some(url), None) => {
                let address = Address::parse(url.get_ref())
                    .map_err(|error| self.error(Some(url.span()), error.to_string()))?;
                RepositoryPlace::Remote(address)
            }
            (None, Some(path)) => RepositoryPlace::Local(self.folder.join(path)),
            (Some(_), Some(_)) => return Err(self.error(Some(span), "write `url` or `path`, not both")),
            (None, None) => {
                return Err(self.error(Some(span), "write `url = \"https://…\"` or `path = \"…\"`"));
            }
        };
        if written.token.is_some() && matches!(place, RepositoryPlace::Local(_)) {
            return Err(self.error(
                Some(span),
                "a repository on this machine takes no `token`: remove it, or write `url`",
            ));
        }
        let pattern = written.pattern.map(|text| {
            let read = BranchPattern::new(text.get_ref());
            read.map_err(|error| self.error(Some(text.span()), error.to_string()))
        });
        let branch = written.branch.map(|text| {
            let is_name = !text.get_ref().is_empty() && !text.get_ref().starts_with("refs/");
            let help = "write the name of the branch that runs, without `refs/heads/`";
            if is_name { Ok(text.into_inner()) } else { Err(self.error(Some(text.span()), help)) }
        });
        Ok(RepositoryConfig {
            place,
            branch: branch.transpose()?.unwrap_or_else(|| "main".to_owned()),
            pattern: pattern.transpose()?.unwrap_or_default(),
            poll: self.duration(written.poll, POLL_DEFAULT)?,
            token: written.token.map(|token| self.secret(token)),
        })
    }

    fn forge(&self, written: Option<Spanned<written::Forge>>) -> Read<ForgeConfig> {
        let Some(written) = written else { return Ok(ForgeConfig::Embedded { folder: None }) };
        let span = written.span();
        let written = written.into_inner();
        let needs =
            |what: &str| self.error(Some(span.clone()), format!("a forge of kind `github` needs `{what}`"));
        let has_github_words = written.api.is_some()
            || written.owner.is_some()
            || written.repo.is_some()
            || written.login.is_some()
            || written.reports.is_some()
            || written.token.is_some();
        match written.kind.get_ref().as_str() {
            "embedded" if has_github_words => Err(self.error(
                Some(span),
                "a forge of kind `embedded` takes only `folder`: remove the others, or write `kind = \"github\"`",
            )),
            "embedded" => Ok(ForgeConfig::Embedded { folder: written.folder.map(|folder| self.folder.join(folder)) }),
            "github" if written.folder.is_some() => {
                Err(self.error(Some(span), "a forge of kind `github` takes no `folder`"))
            }
            "github" => Ok(ForgeConfig::GitHub {
                api: written.api.unwrap_or_else(|| GITHUB_API.to_owned()),
                owner: written.owner.ok_or_else(|| needs("owner = \"…\""))?,
                repo: written.repo.ok_or_else(|| needs("repo = \"…\""))?,
                login: written.login,
                token: written.token.map(|token| self.secret(token)).ok_or_else(|| needs("token = { env = \"…\" }"))?,
                reports: written.reports.map(|reports| {
                    let address = reports.address.trim_end_matches('/').to_owned();
                    (self.folder.join(reports.folder), address)
                }),
            }),
            _ => Err(self.error(Some(written.kind.span()), "write `kind = \"embedded\"` or `kind = \"github\"`")),
        }
    }

    fn recording(&self, written: Option<Spanned<written::Recording>>) -> Read<RecordingChoice> {
        let Some(written) = written else { return Ok(RecordingChoice::OfPolicies) };
        let span = written.span();
        let written = written.into_inner();
        match (written.path, written.name) {
            (Some(path), None) => Ok(RecordingChoice::At(self.folder.join(path))),
            (None, Some(name)) => {
                let is_name = !name.get_ref().is_empty() && !name.get_ref().contains(['/', '\\']);
                let help = "write the name of a folder below `recordings/`";
                if is_name { Ok(RecordingChoice::Named(name.into_inner())) } else { Err(self.error(Some(name.span()), help)) }
            }
            (Some(_), Some(_)) | (None, None) => Err(self.error(
                Some(span),
                "write `path = \"…\"` for a recording on this machine, or `name = \"…\"` for one in the repository",
            )),
        }
    }

    fn telemetry(&self, written: Option<Spanned<written::Telemetry>>) -> Read<TelemetryConfig> {
        let Some(written) = written else { return Ok(TelemetryConfig::Nothing) };
        let span = written.span();
        match (written.get_ref().prometheus.is_some(), written.get_ref().recording.is_some()) {
            (true, true) => return Err(self.error(Some(span), "write `prometheus` or `recording`, not both")),
            (false, false) => {
                return Err(self.error(
                    Some(span),
                    "write `prometheus = { url = \"…\" }` or `recording = { path = \"…\" }`",
                ));
            }
            (true, false) | (false, true) => {}
        }
        let written = written.into_inner();
        if let Some(replay) = written.recording {
            let replay = replay.into_inner();
            let pace = replay.pace.map(|text| {
                duration::pace(text.get_ref()).map_err(|message| self.error(Some(text.span()), message))
            });
            let path = self.folder.join(replay.path);
            return Ok(TelemetryConfig::Recording {
                path,
                pace: pace.transpose()?.unwrap_or(Pace::Times(1.0)),
            });
        }
        written.prometheus.map_or(Ok(TelemetryConfig::Nothing), |prometheus| self.prometheus(prometheus))
    }

    fn prometheus(&self, written: Spanned<written::Prometheus>) -> Read<TelemetryConfig> {
        let span = written.span();
        let written = written.into_inner();
        let authentication = match (written.token, written.user, written.password) {
            (None, None, None) => Authentication::Nothing,
            (Some(token), None, None) => Authentication::Bearer(self.secret(token)),
            (None, Some(user), Some(password)) => {
                Authentication::Basic { user, password: self.secret(password) }
            }
            _ => {
                return Err(
                    self.error(Some(span), "write `token`, or `user` and `password`, or none of them")
                );
            }
        };
        let timeout = self.duration(written.timeout, TIMEOUT_DEFAULT)?;
        let url = written.url.get_ref().clone();
        Prometheus::check_address(&url, &authentication)
            .map_err(|error| self.error(Some(written.url.span()), error.to_string()))?;
        Ok(TelemetryConfig::Prometheus { url, authentication, timeout })
    }

    fn duration(&self, written: Option<Spanned<String>>, default: Duration) -> Read<Duration> {
        written.map_or(Ok(default), |text| {
            duration::duration(text.get_ref()).map_err(|message| self.error(Some(text.span()), message))
        })
    }

    fn secret(&self, written: secret::WrittenSecret) -> SecretReference {
        match written.0 {
            SecretReference::File(path) => SecretReference::File(self.folder.join(path)),
            SecretReference::Environment(name) => SecretReference::Environment(name),
        }
    }

    fn error(&self, span: Option<Range<usize>>, message: impl Into<String>) -> ConfigError {
        let line =
            span.and_then(|span| self.text.get(..span.start)).map(|before| 1 + before.matches('\n').count());
        ConfigError { path: self.path.to_owned(), line, message: message.into() }
    }
}
