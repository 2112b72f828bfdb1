//! References to secrets, and refusing secrets themselves without repeating them.

use std::path::PathBuf;

use heal_connect::SecretReference;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// `{ env = "NAME" }` or `{ file = "PATH" }`
#[derive(Clone, Debug)]
pub(super) struct WrittenSecret(pub(super) SecretReference);

const HELP: &str =
    "a secret is not written into this file: write `{ env = \"NAME\" }` or `{ file = \"PATH\" }`";

impl<'de> Deserialize<'de> for WrittenSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The messages of derived code repeat what they find, which may be the secret.
        let value = toml::Value::deserialize(deserializer).map_err(|_| D::Error::custom(HELP))?;
        let table = value.as_table().ok_or_else(|| D::Error::custom(HELP))?;
        let mut entries = table.iter();
        match (entries.next(), entries.next()) {
            (Some((key, toml::Value::String(text))), None) if !text.is_empty() => match key.as_str() {
                "env" if is_variable(text) => Ok(WrittenSecret(SecretReference::Environment(text.clone()))),
                "file" => Ok(WrittenSecret(SecretReference::File(PathBuf::from(text)))),
                _ => Err(D::Error::custom(HELP)),
            },
            _ => Err(D::Error::custom(HELP)),
        }
    }
}

/// A token that was put in the place of a name is not repeated in later messages, as long as it does not look like one.
fn is_variable(text: &str) -> bool {
    text.len() <= 100
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|first: char| first.is_ascii_digit())
}
