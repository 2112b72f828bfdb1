//! Errors of libgit2 as errors of a port: what happened, what to do, and whether waiting helps.

use git2::{ErrorClass, ErrorCode};
use heal_reconcile::PortError;

/// An error of the local repository at `place`.
pub(crate) fn local(doing: &str, place: &str, error: &git2::Error) -> PortError {
    let message = error.message();
    match () {
        () if error.code() == ErrorCode::Owner => PortError::denied(format!(
            "could not {doing} in {place}: the folder belongs to another user; run as its owner or give it to this user"
        )),
        () if error.code() == ErrorCode::Locked => PortError::temporary(format!(
            "could not {doing} in {place}: {message}; another process writes there"
        )),
        () if error.class() == ErrorClass::Repository && error.code() == ErrorCode::NotFound => {
            PortError::denied(format!(
                "there is no Git repository at {place}: check the path, or run `git init` there"
            ))
        }
        () if error.class() == ErrorClass::Config => {
            PortError::denied(format!("could not {doing} in {place}: {message}; correct that file"))
        }
        () if is_damage(error) => PortError::denied(format!(
            "could not {doing} in {place}: {message}; run `git fsck` there, or remove the folder if it is a mirror: it is \
             fetched anew"
        )),
        () => PortError::temporary(format!("could not {doing} in {place}: {message}")),
    }
}

/// An error on the way to the remote `address`, which holds no secret.
pub(crate) fn remote(doing: &str, address: &str, error: &git2::Error) -> PortError {
    let message = error.message();
    let says = |status: &str| message.contains(&format!("status code: {status}"));
    match () {
        () if error.code() == ErrorCode::Auth || says("401") || says("403") => PortError::denied(format!(
            "could not {doing} {address}: the remote wants other credentials; check that the token is valid and may read \
             this repository ({message})"
        )),
        // What libgit2 says of a folder that is not there.
        () if says("404") || error.code() == ErrorCode::NotFound || message == "unsupported URL protocol" => {
            PortError::denied(format!(
                "could not {doing} {address}: no such repository, or the token may not see it; check the address and the token \
             ({message})"
            ))
        }
        () if error.code() == ErrorCode::Certificate => PortError::denied(format!(
            "could not {doing} {address}: its certificate is not trusted here; add its authority to this machine's \
             certificates ({message})"
        )),
        () if error.code() == ErrorCode::Owner => PortError::denied(format!(
            "could not {doing} {address}: the folder belongs to another user; run as its owner or give it to this user"
        )),
        () => PortError::temporary(format!("could not {doing} {address}: {message}")),
    }
}

/// Objects that should be there and are not, or are not what they should be.
fn is_damage(error: &git2::Error) -> bool {
    error.code() == ErrorCode::HashsumMismatch
        || matches!(
            error.class(),
            ErrorClass::Odb | ErrorClass::Zlib | ErrorClass::Object | ErrorClass::Indexer
        )
}
