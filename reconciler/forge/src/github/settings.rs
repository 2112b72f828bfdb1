//! What has to be known to reach a repository on GitHub.

use std::fmt;
use std::time::Duration;

use heal_reconcile::PortError;
use secrecy::SecretString;

use super::ReportFolder;

/// Where the repository is and how to get in. Secrets are never shown.
#[derive(Clone, Debug)]
pub struct GitHubSettings {
    /// Address of the API: `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server.
    pub api: String,
    /// User or organisation.
    pub owner: String,
    /// Name of the repository.
    pub repository: String,
    /// Who we are.
    pub credentials: Credentials,
    /// The login under which our comments appear. `None`: it is asked for, and where the token may not ask, any bot's
    /// comment that starts with our marker counts as ours.
    pub login: Option<String>,
    /// Where pages of assessments are kept; `None`: comments have no link to one.
    pub reports: Option<ReportFolder>,
    /// How long a request may take as a whole.
    pub timeout: Duration,
}

/// Who we are.
#[derive(Clone)]
pub enum Credentials {
    /// A personal, fine-grained or installation token that may read contents and write pull requests.
    Token(SecretString),
    /// An installed GitHub App, whose tokens are fetched and renewed.
    App {
        /// Id of the app.
        id: u64,
        /// Id of its installation.
        installation: u64,
        /// Its private RSA key, in PEM.
        key: SecretString,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credentials::Token(_) => formatter.write_str("Token(…)"),
            Credentials::App { id, installation, .. } => formatter
                .debug_struct("App")
                .field("id", id)
                .field("installation", installation)
                .finish_non_exhaustive(),
        }
    }
}

impl GitHubSettings {
    /// Refuses what cannot be right, before anything is sent.
    pub(super) fn check(&self) -> Result<(), PortError> {
        for (what, name) in [("owner", &self.owner), ("repository", &self.repository)] {
            let is_name =
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
            if !is_name || name.is_empty() || name.starts_with('.') || name.len() > 100 {
                return Err(PortError::denied(format!(
                    "the GitHub {what} is not a name: write it as in the repository's address, OWNER/NAME"
                )));
            }
        }
        let wrong = |why: &str| {
            Err(PortError::denied(format!(
                "the address of the GitHub API {why}: write `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise \
                 Server"
            )))
        };
        let (scheme, rest) = self.api.split_once("://").unwrap_or(("", ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        if !matches!(scheme, "https" | "http") || authority.is_empty() {
            return wrong("does not start with `https://` and a host");
        }
        if authority.contains('@') {
            return wrong("holds a user or a password");
        }
        if rest.contains(['?', '#', ' ']) {
            return wrong("has more than a host and a path");
        }
        if scheme == "http" && !is_this_machine(authority) {
            return wrong("is not encrypted");
        }
        // octocrab takes a request's path that starts with the base's path for one that includes it.
        let routes =
            [format!("/repos/{}/{}", self.owner, self.repository), "/user".to_owned(), "/app".to_owned()];
        if !path.is_empty() && routes.iter().any(|route| route.starts_with(&format!("/{path}"))) {
            return wrong("ends in a path that a request starts with");
        }
        Ok(())
    }
}

fn is_this_machine(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => authority,
    };
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}
