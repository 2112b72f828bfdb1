//! Where a remote repository is, and how to get in.

use std::fmt;

use heal_reconcile::PortError;

/// The address of a remote repository: a path, `file://`, `https://`, or `http://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Path,
    File,
    Http,
    Https,
}

/// A secret that grants access. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// When its scheme is not one of the four, or when it holds a user or a password.
    pub fn parse(text: &str) -> Result<Address, PortError> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("file", rest)) => (Scheme::File, rest),
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(("https", rest)) => (Scheme::Https, rest),
            Some((other, _)) => {
                return Err(PortError::denied(format!(
                    "addresses that start with `{}://` are not supported: use `https://…`, `file:///…` or a path",
                    printable(other)
                )));
            }
            None => (Scheme::Path, text),
        };
        let authority = rest.split('/').next().unwrap_or("");
        match scheme {
            Scheme::Http | Scheme::Https if authority.contains('@') => Err(PortError::denied(
                "the address of the repository holds a user or a password: put the token into the configuration instead",
            )),
            Scheme::Path if authority.contains('@') && authority.contains(':') => Err(PortError::denied(
                "addresses such as `git@host:name` are not supported: use `https://…`, `file:///…` or a path",
            )),
            Scheme::Path | Scheme::File | Scheme::Http | Scheme::Https if rest.is_empty() => {
                Err(PortError::denied(
                    "the address of the repository is empty: write `https://…`, `file:///…` or a path",
                ))
            }
            Scheme::Path | Scheme::File | Scheme::Http | Scheme::Https => {
                Ok(Address { text: text.to_owned(), scheme })
            }
        }
    }

    /// As written; it holds no secret.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a token may be sent there: encrypted, or to this machine.
    pub(crate) fn may_carry_a_token(&self) -> bool {
        match self.scheme {
            Scheme::Https => true,
            Scheme::Http => matches!(host(&self.text), "127.0.0.1" | "localhost" | "[::1]"),
            Scheme::Path | Scheme::File => false,
        }
    }

    /// Whether it is reached only over an encrypted connection.
    pub(crate) fn needs_tls(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether it is reached over the network.
    pub(crate) fn is_network(&self) -> bool {
        matches!(self.scheme, Scheme::Http | Scheme::Https)
    }

    /// Whether another address has the same scheme, host and port, so that it may see the token of this one.
    pub(crate) fn has_origin_of(&self, other: &str) -> bool {
        origin(&self.text) == origin(other)
    }
}

impl Token {
    /// A token; surrounding blanks are not part of it.
    #[must_use]
    pub fn new(text: &str) -> Token {
        Token(text.trim().to_owned())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

/// `https://host:port` of an address, without a user.
fn origin(address: &str) -> Option<(String, String)> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    Some((scheme.to_ascii_lowercase(), place.to_ascii_lowercase()))
}

/// The host without its port.
fn host(address: &str) -> &str {
    let authority = address.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or("");
    if authority.starts_with('[') {
        authority.find(']').and_then(|end| authority.get(..=end)).unwrap_or(authority)
    } else {
        authority.split(':').next().unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Address, Token};

    #[test]
    fn paths_files_and_http_are_addresses() {
        for text in
            ["/srv/policies.git", "../policies", "file:///srv/policies", "https://git.example/o/n.git"]
        {
            assert_eq!(Address::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_ways_and_secrets_in_addresses_are_refused_without_repeating_the_secret() {
        for text in [
            "ssh://git@host/x",
            "git@host:o/n.git",
            "git://host/x",
            "",
            "https://me:s3cret@host/x",
            "ext::sh -c",
        ] {
            match Address::parse(text) {
                Err(error) => assert!(!error.to_string().contains("s3cret"), "{error}"),
                Ok(address) => assert!(!address.is_network(), "{text} is a path"),
            }
        }
        assert!(Address::parse("https://me:s3cret@host/x").is_err());
    }

    #[test]
    fn tokens_travel_encrypted_or_not_at_all() {
        let may = |text: &str| Address::parse(text).unwrap().may_carry_a_token();
        assert!(may("https://host/x") && may("http://127.0.0.1:81/x") && may("http://[::1]:81/x"));
        assert!(!may("http://host/x") && !may("http://127.0.0.1.evil.example/x") && !may("/srv/x"));
    }

    #[test]
    fn a_token_goes_back_only_to_where_it_was_meant_for() {
        let address = Address::parse("https://host:8443/o/n.git").unwrap();
        assert!(address.has_origin_of("https://HOST:8443/other"));
        for other in [
            "https://host/o/n.git",
            "http://host:8443/o",
            "https://host:8443.evil/o",
            "https://host:8443@evil/",
        ] {
            assert!(!address.has_origin_of(other), "{other}");
        }
    }

    #[test]
    fn tokens_are_never_shown() {
        assert_eq!(format!("{:?}", Token::new(" s3cret\n")), "Token(…)");
        assert_eq!(Token::new(" s3cret\n").expose(), "s3cret");
    }
}
