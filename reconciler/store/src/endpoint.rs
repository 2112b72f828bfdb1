//! Where the store is, as the environment says, and whether data may go there.

use std::net::IpAddr;

use reqwest::Url;

/// Where the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// As it is asked for, so that what was looked at is what is used.
    pub(crate) url: String,
    /// Whether it is plain `http`, and may be.
    pub(crate) is_plain: bool,
}

/// Where the store is; `None` where the environment does not say. That of S3 goes before that of everything. An error never
/// repeats what was said: there may be a password in it.
pub(crate) fn endpoint(
    of_s3: Option<String>,
    of_all: Option<String>,
    is_plain_allowed: bool,
) -> Result<Option<Endpoint>, String> {
    let of_s3 = of_s3.map(|text| (text, "AWS_ENDPOINT_URL_S3"));
    let Some((text, name)) = of_s3.or(of_all.map(|text| (text, "AWS_ENDPOINT_URL"))) else { return Ok(None) };
    let url = Url::parse(&text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let Some(url) = url else { return Err(format!("{name} is no address: write `https://HOST`")) };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "{name} has a name or a password in it: write `https://HOST`, and the credentials in AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY"
        ));
    }
    let is_plain = url.scheme() == "http";
    if is_plain && !is_this_machine(&url) && !is_plain_allowed {
        return Err(format!(
            "{name} is `http`, and data go over `https` only, or to this machine; AWS_ALLOW_HTTP=true says otherwise"
        ));
    }
    Ok(Some(Endpoint { url: url.as_str().trim_end_matches('/').to_owned(), is_plain }))
}

/// Whether an address leads to this machine, so that nobody can listen in.
fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let number = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || number.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[track_caller]
    fn check(of_s3: Option<&str>, of_all: Option<&str>, wanted: Result<&str, &str>) {
        let found = endpoint(of_s3.map(str::to_owned), of_all.map(str::to_owned), false);
        match (&found, wanted) {
            (Ok(Some(endpoint)), Ok(wanted)) => assert_eq!(endpoint.url, wanted),
            (Err(said), Err(wanted)) => assert!(said.contains(wanted), "{said}"),
            _ => panic!("{of_s3:?} {of_all:?}: {found:?}"),
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_whatever_it_is_called() {
        for here in [
            "http://127.0.0.1:9000",
            "http://localhost",
            "http://[::1]",
            "http://[::1]:80/x",
            "HTTP://LOCALHOST/",
        ] {
            let found = endpoint(None, Some(here.to_owned()), false).unwrap().unwrap();
            assert!(found.is_plain, "{here}");
        }
        for there in ["http://192.0.2.1", "http://localhost.example.org", "http://[2001:db8::1]:80"] {
            check(None, Some(there), Err("`https` only"));
            assert!(endpoint(None, Some(there.to_owned()), true).is_ok());
        }
        check(None, Some("https://store.example.org/"), Ok("https://store.example.org"));
        assert_eq!(endpoint(None, None, false), Ok(None));
    }

    #[test]
    fn the_address_of_s3_goes_before_that_of_everything() {
        let (here, there) = (Some("http://127.0.0.1"), Some("http://192.0.2.1"));
        check(there, here, Err("AWS_ENDPOINT_URL_S3 is `http`"));
        check(here, there, Ok("http://127.0.0.1"));
        check(here, None, Ok("http://127.0.0.1"));
    }

    #[test]
    fn a_name_before_the_host_is_refused_and_never_repeated() {
        for text in [
            "http://localhost:80@192.0.2.1/",
            "https://user:hunter2secret@127.0.0.1:1",
            "https://hunter2secret@x",
        ] {
            check(None, Some(text), Err("has a name or a password in it"));
            assert!(!endpoint(None, Some(text.to_owned()), true).unwrap_err().contains("hunter2secret"));
        }
        for text in ["", "127.0.0.1:hunter2secret", "ftp://hunter2secret"] {
            check(None, Some(text), Err("AWS_ENDPOINT_URL is no address"));
            assert!(!endpoint(None, Some(text.to_owned()), true).unwrap_err().contains("hunter2secret"));
        }
    }
}
