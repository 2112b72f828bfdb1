//! The repository and the forge that the configuration names.

use std::time::Duration;

use heal_connect::{SecretError, SecretReference};
use heal_forge::{Credentials, EmbeddedForge, GitHubForge, GitHubSettings, ReportFolder};
use heal_git::{GitRepository, Token};
use heal_reconcile::{Forge, PortError};
use secrecy::ExposeSecret as _;

use crate::config::{Config, ForgeConfig, RepositoryPlace};

/// How long a request to a forge may take.
const FORGE_TIMEOUT: Duration = Duration::from_secs(30);
/// The mirror of a remote repository, below the state folder.
const MIRROR_FOLDER: &str = "mirror.git";

/// What a pass works on.
pub(crate) struct Ports {
    pub(crate) repository: GitRepository,
    pub(crate) forge: Box<dyn Forge>,
}

impl Ports {
    /// Opens both. Secrets are read now, so ports that were denied access are opened anew.
    pub(crate) fn open(config: &Config) -> Result<Ports, PortError> {
        let token = config.repository.token.as_ref().map(git_token).transpose()?;
        let repository = match &config.repository.place {
            RepositoryPlace::Local(folder) => GitRepository::open(folder)?,
            RepositoryPlace::Remote(address) => {
                GitRepository::mirror(address.clone(), &config.state.join(MIRROR_FOLDER), token)?
            }
        };
        let forge: Box<dyn Forge> = match &config.forge {
            ForgeConfig::Embedded { folder } => {
                let folder = folder.clone().unwrap_or_else(|| match &config.repository.place {
                    RepositoryPlace::Local(repository) => EmbeddedForge::folder_beside(repository),
                    RepositoryPlace::Remote(_) => {
                        EmbeddedForge::folder_beside(&config.state.join(MIRROR_FOLDER))
                    }
                });
                Box::new(EmbeddedForge::new(folder, Box::new(repository.references()?)))
            }
            ForgeConfig::GitHub { api, owner, repo, login, token, reports } => {
                Box::new(GitHubForge::new(GitHubSettings {
                    api: api.clone(),
                    owner: owner.clone(),
                    repository: repo.clone(),
                    credentials: Credentials::Token(token.read().map_err(denied)?),
                    login: login.clone(),
                    reports: reports.clone().map(|(folder, address)| ReportFolder { folder, address }),
                    timeout: FORGE_TIMEOUT,
                })?)
            }
        };
        Ok(Ports { repository, forge })
    }
}

fn git_token(reference: &SecretReference) -> Result<Token, PortError> {
    Ok(Token::new(reference.read().map_err(denied)?.expose_secret()))
}

fn denied(error: SecretError) -> PortError {
    PortError::denied(error.to_string())
}
