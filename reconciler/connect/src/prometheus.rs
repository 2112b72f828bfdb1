//! A client of Prometheus' HTTP API: instant and range queries, each with a deadline and a limit on the answer's size.

mod error;
mod reply;

use std::time::Duration;

use heal_program::{Millis, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use secrecy::ExposeSecret;

use crate::SecretReference;
pub use error::PrometheusError;
pub(crate) use reply::read;
pub use reply::{QueryAnswer, RawSample, RawSeries};

/// Most bytes of an answer.
pub const RESPONSE_BYTES_MAX: usize = 64 << 20;

/// Most points of a series that are asked for at once: Prometheus itself refuses more than 11,000.
pub const QUERY_POINTS_MAX: i64 = 10_000;

/// Most bytes of an answer that only says what went wrong.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Longest time until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How to get in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// The server asks for nothing.
    #[default]
    Nothing,
    /// A bearer token.
    Bearer(SecretReference),
    /// A user and a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretReference,
    },
}

/// A Prometheus server, or what speaks its query API.
#[derive(Clone, Debug)]
pub struct Prometheus {
    client: Client,
    url: Url,
    authentication: Authentication,
    timeout: Duration,
}

impl Prometheus {
    /// The server at `url`, which may have a path before `/api/v1`. No request is made yet. A request that takes longer
    /// than `timeout` fails.
    ///
    /// # Errors
    /// When the address is not one, or would send a secret without encryption over the network.
    pub fn new(
        url: &str,
        authentication: Authentication,
        timeout: Duration,
    ) -> Result<Prometheus, PrometheusError> {
        let url = base_url(url, &authentication)?;
        install_tls();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            // A redirect could lead a secret elsewhere: it is reported with the address to configure.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("heal/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| PrometheusError::unreachable(&error))?;
        Ok(Prometheus { client, url, authentication, timeout })
    }

    /// Whether an address can be used, as [`Prometheus::new`] finds it, without making a client.
    ///
    /// # Errors
    /// As [`Prometheus::new`].
    pub fn check_address(url: &str, authentication: &Authentication) -> Result<(), PrometheusError> {
        base_url(url, authentication).map(drop)
    }

    /// Its address, which holds no secret.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.as_str()
    }

    /// The value of a query at a point in time.
    ///
    /// # Errors
    /// As [`PrometheusError`] says.
    pub async fn query(&self, query: &str, at: Timestamp) -> Result<QueryAnswer, PrometheusError> {
        reply::read(&self.ask("query", &[("query", query), ("time", &seconds(at.0))]).await?)
    }

    /// The values of a query at `start`, `start + step`, … up to and including `end`, asked for in pieces of at most
    /// [`QUERY_POINTS_MAX`] points. The pieces are joined: a series comes once, its samples ascend in time.
    ///
    /// # Errors
    /// As [`PrometheusError`] says; a piece that fails fails the whole.
    pub async fn query_range(
        &self,
        query: &str,
        (start, end): (Timestamp, Timestamp),
        step: Millis,
    ) -> Result<QueryAnswer, PrometheusError> {
        let step = Millis(step.0.max(1));
        let piece = Millis(step.0.saturating_mul(QUERY_POINTS_MAX - 1));
        let mut answer = QueryAnswer::default();
        let mut from = start;
        while from <= end {
            let to = from.plus(piece).min(end);
            answer.join(reply::read(&self.range_reply(query, (from, to), step).await?)?);
            from = to.plus(step);
        }
        Ok(answer)
    }

    /// What the server says to one range query, unread.
    pub(crate) async fn range_reply(
        &self,
        query: &str,
        (start, end): (Timestamp, Timestamp),
        step: Millis,
    ) -> Result<Vec<u8>, PrometheusError> {
        let parameters = [
            ("query", query),
            ("start", &seconds(start.0)),
            ("end", &seconds(end.0)),
            ("step", &seconds(step.0)),
        ];
        self.ask("query_range", &parameters).await
    }

    async fn ask(&self, method: &str, parameters: &[(&str, &str)]) -> Result<Vec<u8>, PrometheusError> {
        let asked = self.ask_without_deadline(method, parameters);
        match tokio::time::timeout(self.timeout, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(PrometheusError::TimedOut { after: self.timeout }),
        }
    }

    async fn ask_without_deadline(
        &self,
        method: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<u8>, PrometheusError> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/api/v1/{method}", url.path().trim_end_matches('/')));
        let mut request = self.client.get(url).query(parameters).header(ACCEPT, "application/json");
        if let Some(authorization) = self.authorization()? {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = request.send().await.map_err(|error| PrometheusError::unreachable(&error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return body(response, RESPONSE_BYTES_MAX).await;
        }
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (location, retry_after) = (header("location"), header("retry-after"));
        // Why the body of an error cannot be read matters less than the error.
        let text = body(response, ERROR_BYTES_MAX).await.unwrap_or_default();
        Err(PrometheusError::of_status(status.as_u16(), location.as_deref(), retry_after.as_deref(), &text))
    }

    fn authorization(&self) -> Result<Option<HeaderValue>, PrometheusError> {
        let text = match &self.authentication {
            Authentication::Nothing => return Ok(None),
            Authentication::Bearer(token) => format!("Bearer {}", token.read()?.expose_secret()),
            Authentication::Basic { user, password } => {
                let pair = format!("{user}:{}", password.read()?.expose_secret());
                format!("Basic {}", base64(pair.as_bytes()))
            }
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| PrometheusError::UnusableSecret)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

fn base_url(text: &str, authentication: &Authentication) -> Result<Url, PrometheusError> {
    let refuse = |what: &str| PrometheusError::Address { what: what.to_owned() };
    let url = Url::parse(text).map_err(|error| refuse(&format!("it is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("only `http` and `https` are spoken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it holds a user or a password: give them apart from it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it holds a `?` or `#`: write it up to the path before `/api/v1`"));
    }
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if *authentication != Authentication::Nothing && url.scheme() == "http" && !is_local {
        return Err(refuse("it would send a secret over the network without encryption: use `https`"));
    }
    Ok(url)
}

/// The TLS code that the whole process uses. Whoever comes second finds it done.
fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

async fn body(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, PrometheusError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| PrometheusError::unreachable(&error))? {
        if bytes.len().saturating_add(chunk.len()) > bytes_max {
            return Err(PrometheusError::TooLarge { bytes_max });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Milliseconds as Prometheus reads times and spans: seconds with three decimals.
fn seconds(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let size = milliseconds.unsigned_abs();
    format!("{sign}{}.{:03}", size / 1_000, size % 1_000)
}

/// Base64 with padding, as basic authentication wants it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| DIGITS.get((bits & 63) as usize).copied().map_or('=', char::from);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.push(digit(bits >> 18));
        text.push(digit(bits >> 12));
        text.push(if chunk.len() > 1 { digit(bits >> 6) } else { '=' });
        text.push(if chunk.len() > 2 { digit(bits) } else { '=' });
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::time::Duration;

    use super::{Authentication, Prometheus, base64, seconds};
    use crate::SecretReference;

    #[test]
    fn times_keep_their_milliseconds() {
        assert_eq!(seconds(1_700_000_000_123), "1700000000.123");
        assert_eq!(seconds(15_000), "15.000");
        assert_eq!(seconds(-1_500), "-1.500");
        assert_eq!(seconds(i64::MIN), "-9223372036854775.808");
    }

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn addresses_that_hold_or_leak_a_secret_are_refused_without_repeating_it() {
        let token = || Authentication::Bearer(SecretReference::Environment("TOKEN".to_owned()));
        let new = |url: &str, authentication| Prometheus::new(url, authentication, Duration::from_secs(1));
        for url in ["http://127.0.0.1:9090", "https://prom.example/path/", "http://prom:9090"] {
            assert_eq!(
                new(url, Authentication::Nothing).unwrap().address().trim_end_matches('/'),
                url.trim_end_matches('/')
            );
        }
        assert!(new("http://localhost:9090", token()).is_ok());
        let refused = [
            ("http://prom.example", "without encryption"),
            ("https://me:s3cret@prom.example", "a user or a password"),
            ("https://prom.example/?x=s3cret", "holds a `?`"),
            ("ftp://prom.example", "only `http` and `https`"),
            ("prom:9090/s3cret", "only `http` and `https`"),
            ("", "no URL"),
        ];
        for (url, said) in refused {
            let error = new(url, token()).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("s3cret"), "{url}: {error}");
        }
    }
}
