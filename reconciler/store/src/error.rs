//! Why a recording could not be brought from an object store, or put into it.

use std::path::PathBuf;

use heal_telemetry::RecordingError;

use crate::Address;

/// Environment variables whose values nobody may see. The library takes their names in small letters too.
const SECRETS: [&str; 5] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SSE_CUSTOMER_KEY_BASE64",
];

/// Why a recording could not be brought from an object store, or put into it. Retrying has been done already.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A text is no address.
    #[error("`{text}` is no place in an object store: {reason}")]
    Address {
        /// The text.
        text: String,
        /// What to write.
        reason: String,
    },
    /// The environment says something that cannot be.
    #[error("{address}: {reason}")]
    Settings {
        /// Which place was meant.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// The store does not let us in.
    #[error(
        "{address}: the store does not let us in ({reason}): credentials are read from AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, or from the machine's role"
    )]
    Denied {
        /// Where.
        address: String,
        /// What the store said.
        reason: String,
    },
    /// There is no such bucket.
    #[error(
        "{address}: there is no bucket `{bucket}` there: make it first, or look at AWS_ENDPOINT_URL and AWS_REGION"
    )]
    NoBucket {
        /// Where.
        address: String,
        /// Which bucket.
        bucket: String,
    },
    /// The store did not do what it was asked for.
    #[error("{address}: {reason}")]
    Failed {
        /// Where.
        address: String,
        /// What the store, or the connection to it, said.
        reason: String,
    },
    /// A file that the manifest names is not there, or is not what the manifest says.
    #[error("{address}: `{file}` {reason}")]
    Damaged {
        /// Where.
        address: String,
        /// Which file.
        file: String,
        /// What is wrong with it, as the rest of a sentence that starts with the file.
        reason: String,
    },
    /// Somebody else has changed the recording meanwhile.
    #[error(
        "{address}: somebody else has changed this recording meanwhile; nothing was changed, do it again"
    )]
    Changed {
        /// Where.
        address: String,
    },
    /// This process is being ended.
    #[error("{address}: interrupted; nothing was changed")]
    Interrupted {
        /// Where.
        address: String,
    },
    /// Another process of this machine is changing the recording.
    #[error("{address}: another `heal` is changing this recording")]
    Busy {
        /// Where.
        address: String,
    },
    /// The cache folder cannot be used.
    #[error("cannot use `{}`: {source}", path.display())]
    Cache {
        /// Which path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is there is no recording that this Heal can read, or nothing can be written in the cache folder.
    #[error("{address}: {source}")]
    Recording {
        /// Where.
        address: String,
        /// Why.
        source: RecordingError,
    },
}

impl StoreError {
    /// What an error of the library means.
    pub(crate) fn of(address: &Address, error: &object_store::Error) -> StoreError {
        let told = told(error);
        let said = said(&told).unwrap_or_else(|| told.clone());
        let (bucket, address) = (address.bucket().to_owned(), address.to_string());
        let reason = hidden(&said);
        let is_denied =
            ["AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"];
        if said.starts_with("NoSuchBucket") {
            return StoreError::NoBucket { address, bucket };
        }
        let is_refused = matches!(
            error,
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }
        );
        if is_refused || is_denied.iter().any(|code| said.starts_with(code)) {
            StoreError::Denied { address, reason }
        } else if told.contains("169.254.169.254") {
            let reason = "there are no credentials, and this machine has no role".to_owned();
            StoreError::Denied { address, reason }
        } else {
            StoreError::Failed { address, reason }
        }
    }
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// Code and message of the XML that a store answers with.
fn said(text: &str) -> Option<String> {
    let of = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0)
    };
    let code = of("Code")?;
    Some(of("Message").map_or_else(|| code.to_owned(), |message| format!("{code}: {message}")))
}

/// A text without what nobody may see: stores repeat in their answers what they were sent.
fn hidden(text: &str) -> String {
    let variables = std::env::vars_os();
    hidden_by(
        text,
        variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    )
}

fn hidden_by(text: &str, variables: impl Iterator<Item = (String, String)>) -> String {
    let secret = variables.filter(|(name, value)| {
        value.len() > 3 && SECRETS.iter().any(|secret| secret.eq_ignore_ascii_case(name))
    });
    without_users(&secret.fold(text.to_owned(), |text, (_, value)| text.replace(&value, "***")))
}

/// A text whose addresses have no names and passwords before the host.
pub(crate) fn without_users(text: &str) -> String {
    let mut parts = text.split("//");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| "/?#".contains(letter) || letter.is_whitespace());
        let (host, rest) = part.split_at(end.unwrap_or(part.len()));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        kept.push_str("//");
        kept.push_str(host);
        kept.push_str(rest);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{hidden_by, said, without_users};

    #[test]
    fn what_nobody_may_see_is_left_out() {
        let set = [("AWS_TOKEN", "tok3n"), ("aws_secret_access_key", "s3cret"), ("AWS_REGION", "north")];
        let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let said =
            "tok3n and s3cret of north at https://user:hunter2@host:1/x?y=a@b, \"http://me@h\" and a@b";
        assert_eq!(
            hidden_by(said, set.into_iter()),
            "*** and *** of north at https://host:1/x?y=a@b, \"http://h\" and a@b"
        );
        assert_eq!(without_users("s3://key:secret@bucket/x"), "s3://bucket/x");
        assert_eq!(without_users("nothing // to @ hide"), "nothing // to @ hide");
    }

    #[test]
    fn of_an_answer_only_code_and_message_are_said() {
        let answer = "Error performing GET: <?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
                      <Message>wrong</Message><StringToSign>AKIA</StringToSign></Error>";
        assert_eq!(said(answer).as_deref(), Some("SignatureDoesNotMatch: wrong"));
        assert_eq!(said("connection refused"), None);
    }
}
