//! One request, one answer.

use std::time::Duration;

use heal_reconcile::PortError;
use octocrab::Octocrab;
use octocrab::models::{AppId, InstallationId};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::failure;
use super::models::{App, Author, User};
use super::{Credentials, GitHubSettings};

/// Most pages of a list, of a hundred entries each.
const PAGES_MAX: usize = 50;
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(10);
/// Headers of an answer that are looked at.
const HEADERS: [&str; 5] =
    ["link", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-accepted-github-permissions"];

/// A way to send requests.
pub(super) struct Api {
    runtime: Runtime,
    client: Octocrab,
    /// The address, for messages.
    place: String,
    timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// What came back, whatever its status.
pub(super) struct Answer {
    pub(super) doing: &'static str,
    pub(super) place: String,
    pub(super) status: u16,
    headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Api {
    /// A client for these settings, and the login of the app when the credentials are one's.
    pub(super) fn connect(settings: &GitHubSettings) -> Result<(Api, Option<String>), PortError> {
        let place = settings.api.trim_end_matches('/').to_owned();
        let denied = |error: octocrab::Error| failure::unusable(&place, &error);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failure::broken("start", &place, &error))?;
        // octocrab starts a task of its own when it is built.
        let entered = runtime.enter();
        let builder = Octocrab::builder()
            .base_uri(place.as_str())
            .map_err(denied)?
            .set_connect_timeout(Some(settings.timeout.min(CONNECT_TIMEOUT_MAX)));
        let timeout = settings.timeout;
        match &settings.credentials {
            Credentials::Token(token) => {
                let client = builder.personal_token(token.clone()).build().map_err(denied)?;
                drop(entered);
                Ok((Api { runtime, client, place, timeout }, None))
            }
            Credentials::App { id, installation, key } => {
                let app = builder.app_from_rsa_pem(AppId(*id), key.expose_secret()).map_err(denied)?;
                let client = app.build().map_err(denied)?;
                let installed = client.installation(InstallationId(*installation)).map_err(denied)?;
                drop(entered);
                let mut api = Api { runtime, client, place, timeout };
                let app: App =
                    api.send("ask who the app is", Method::Get, "/app", None)?.accepted()?.read()?;
                api.client = installed;
                Ok((api, Some(format!("{}[bot]", app.slug))))
            }
        }
    }

    /// Sends a request once.
    ///
    /// # Errors
    /// When no answer comes; an answer of any status is returned.
    pub(super) fn send(
        &self,
        doing: &'static str,
        method: Method,
        route: &str,
        body: Option<&Value>,
    ) -> Result<Answer, PortError> {
        let exchange = async {
            let response = match method {
                Method::Get => self.client._get(route).await,
                Method::Post => self.client._post(route, body).await,
                Method::Patch => self.client._patch(route, body).await,
                Method::Delete => self.client._delete(route, body).await,
            }?;
            let status = response.status().as_u16();
            let header = |name: &'static str| {
                let value = response.headers().get(name)?.to_str().ok()?;
                Some((name, value.to_owned()))
            };
            let headers = HEADERS.into_iter().filter_map(header).collect();
            let body = self.client.body_to_string(response).await?;
            Ok(Answer { doing, place: self.place.clone(), status, headers, body })
        };
        match self.runtime.block_on(async { tokio::time::timeout(self.timeout, exchange).await }) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let error: octocrab::Error = error;
                Err(failure::broken(doing, &self.place, &error))
            }
            Err(_) => Err(failure::too_slow(doing, &self.place, self.timeout)),
        }
    }

    /// All entries of a list, over its pages. `route` may have a query.
    pub(super) fn list<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        route: &str,
    ) -> Result<Vec<T>, PortError> {
        let mark = if route.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for page in 1..=PAGES_MAX {
            let route = format!("{route}{mark}per_page=100&page={page}");
            let answer = self.send(doing, Method::Get, &route, None)?.accepted()?;
            let entries: Vec<T> = answer.read()?;
            all.extend(entries);
            if !answer.has_next_page() {
                return Ok(all);
            }
        }
        Err(PortError::denied(format!(
            "could not {doing} at {}: there are more than {} entries; close or remove old ones",
            self.place,
            PAGES_MAX * 100
        )))
    }

    /// Whose token it is.
    pub(super) fn author(&self) -> Result<Author, PortError> {
        let answer = self.send("ask whose token this is", Method::Get, "/user", None)?;
        if matches!(answer.status, 403 | 404) {
            return match failure::refused(&answer) {
                PortError::Denied { .. } => Ok(Author::AnyBot),
                other @ (PortError::Temporary { .. }
                | PortError::Rejected { .. }
                | PortError::TooLarge { .. }) => Err(other),
            };
        }
        let user: User = answer.accepted()?.read()?;
        Ok(Author::Login(user.login))
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The answer, if it is a success.
    pub(super) fn accepted(self) -> Result<Answer, PortError> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(failure::refused(&self)) }
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, PortError> {
        serde_json::from_str(&self.body).map_err(|error| {
            failure::broken(
                self.doing,
                &self.place,
                &std::io::Error::other(format!("the answer cannot be read: {error}")),
            )
        })
    }

    /// What was to be created is there already.
    pub(super) fn is_already_there(&self) -> bool {
        self.status == 422 && failure::said(&self.body).to_ascii_lowercase().contains("already exists")
    }

    pub(super) fn is_missing(&self) -> bool {
        matches!(self.status, 404 | 410)
    }

    fn has_next_page(&self) -> bool {
        self.header("link").is_some_and(|link| link.contains("rel=\"next\""))
    }
}
