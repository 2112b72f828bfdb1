//! Secrets, named in the configuration and kept elsewhere.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use secrecy::SecretString;

/// Longest secret, in bytes.
pub const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Where a secret is kept. Showing one shows the place and never the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretReference {
    /// In an environment variable.
    Environment(String),
    /// In a file, without the blanks around it. It is read again whenever the secret is needed, so it may be rotated.
    File(PathBuf),
}

/// Why a secret cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Not in the environment.
    #[error("the environment variable `{name}` is not set: set it, or keep the secret in a file")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// Not in the file.
    #[error("could not read the secret in {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Nothing there.
    #[error("{place} holds no secret: it is empty, or not text of at most {SECRET_BYTES_MAX} bytes")]
    NotASecret {
        /// The variable or file.
        place: SecretReference,
    },
}

impl SecretReference {
    /// Reads the secret.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        let text = match self {
            SecretReference::Environment(name) => std::env::var_os(name)
                .ok_or_else(|| SecretError::NotSet { name: name.clone() })?
                .into_string()
                .ok(),
            SecretReference::File(path) => {
                let failed = |source| SecretError::Unreadable { path: path.clone(), source };
                let mut bytes = Vec::new();
                let file = File::open(path).map_err(failed)?;
                file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
                String::from_utf8(bytes).ok()
            }
        };
        let text = text.filter(|text| text.len() as u64 <= SECRET_BYTES_MAX);
        match text.as_deref().map(str::trim) {
            Some(secret) if !secret.is_empty() && !secret.contains(char::is_control) => Ok(secret.into()),
            Some(_) | None => Err(SecretError::NotASecret { place: self.clone() }),
        }
    }
}

/// `environment variable HEAL_TOKEN`, `file /run/secrets/token`
impl fmt::Display for SecretReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretReference::Environment(name) => write!(formatter, "environment variable {name}"),
            SecretReference::File(path) => write!(formatter, "file {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use secrecy::ExposeSecret;

    use super::{SecretError, SecretReference};

    #[test]
    fn a_file_is_read_without_the_blanks_around_it_and_again_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let reference = SecretReference::File(path.clone());
        assert!(matches!(reference.read(), Err(SecretError::Unreadable { .. })));
        for secret in ["first", "second"] {
            std::fs::write(&path, format!("  {secret}\n")).unwrap();
            let read = reference.read().unwrap();
            assert_eq!(read.expose_secret(), secret);
            assert!(!format!("{read:?} {reference:?} {reference}").contains(secret));
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for bytes in [&b""[..], b" \n", b"two\nlines", b"\xff\xfe", &[b'a'; 70_000]] {
            std::fs::write(&path, bytes).unwrap();
            let error = SecretReference::File(path.clone()).read().unwrap_err();
            assert!(matches!(error, SecretError::NotASecret { .. }), "{error}");
            assert!(!error.to_string().contains("two"));
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = SecretReference::Environment("HEAL_NO_SUCH_VARIABLE".to_owned()).read().unwrap_err();
        assert!(error.to_string().contains("`HEAL_NO_SUCH_VARIABLE` is not set"), "{error}");
    }
}
