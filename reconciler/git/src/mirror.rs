//! A bare mirror of a remote repository: fetching, pruning, and cleaning up after a process that died.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::Path;

use git2::{
    AutotagOption, Cred, CredentialType, Direction, FetchOptions, Oid, ProxyOptions, RemoteCallbacks,
    Repository,
};
use heal_reconcile::PortError;

use crate::{Address, Token, failure, isolate};

/// How often one connection may ask for credentials: a refused token is refused for good.
const CREDENTIAL_TRIES_MAX: usize = 1;
/// Most branches of a remote.
const REMOTE_BRANCHES_MAX: usize = 100_000;
/// Deepest folder of references that is searched for what a dead process left.
const LOCK_DEPTH_MAX: usize = 32;

/// The remote side of a mirror.
pub(crate) struct Mirror {
    address: Address,
    token: Option<Token>,
    /// Held as long as the mirror is in use, so that no second process fetches into it.
    _lock: File,
}

/// Opens the mirror in `folder`, or makes an empty one.
pub(crate) fn open(
    address: Address,
    folder: &Path,
    token: Option<Token>,
) -> Result<(Repository, Mirror), PortError> {
    if token.is_some() && address.is_network() && !address.may_carry_a_token() {
        return Err(PortError::denied(format!(
            "the token would travel to {} in the clear: use an `https://` address",
            address.as_str()
        )));
    }
    if address.needs_tls() && !cfg!(feature = "https") {
        return Err(PortError::denied(format!(
            "this program was built without HTTPS and cannot reach {}: use `heald`, or a clone on this machine",
            address.as_str()
        )));
    }
    let place = folder.display().to_string();
    let unwritable = |error: std::io::Error| {
        PortError::denied(format!(
            "could not write to the mirror {place}: {error}; give this user access or choose another folder"
        ))
    };
    fs::create_dir_all(folder).map_err(unwritable)?;
    let lock = File::create(folder.join("heal.lock")).map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(PortError::temporary(format!(
                "another process uses the mirror {place}: stop it or choose another folder"
            )));
        }
        Err(TryLockError::Error(error)) => return Err(unwritable(error)),
    }
    remove_stale_locks(folder, 0);
    if !folder.join("HEAD").exists() {
        isolate::lay_out(folder, "main", true).map_err(unwritable)?;
    }
    let repository =
        isolate::open(folder).map_err(|error| failure::local("open the mirror", &place, &error))?;
    Ok((repository, Mirror { address, token, _lock: lock }))
}

impl Mirror {
    /// Makes the branches of the mirror those of the remote. References other than branches stay.
    pub(crate) fn fetch(&self, repository: &Repository) -> Result<(), PortError> {
        let failed = |error: git2::Error| failure::remote("fetch from", self.address.as_str(), &error);
        // An address without a name: nothing about it is stored, so changing the configuration is all that it takes.
        let mut remote = repository.remote_anonymous(self.address.as_str()).map_err(failed)?;
        let theirs = {
            let connection = remote
                .connect_auth(Direction::Fetch, Some(self.callbacks()), Some(proxy()))
                .map_err(failed)?;
            branches(connection.list().map_err(failed)?)?
        };
        let place = repository.path().display().to_string();
        // Gone branches go first: `heal/x` has to make room for `heal/x/y`.
        let ours =
            prune(repository, &theirs).map_err(|error| failure::local("prune branches", &place, &error))?;
        if ours == theirs {
            return Ok(());
        }
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(self.callbacks())
            .proxy_options(proxy())
            .download_tags(AutotagOption::None)
            .update_fetchhead(false);
        remote.fetch(&["+refs/heads/*:refs/heads/*"], Some(&mut options), None).map_err(failed)
    }

    fn callbacks(&self) -> RemoteCallbacks<'_> {
        let mut callbacks = RemoteCallbacks::new();
        let mut tries = 0;
        callbacks.credentials(move |url, _, allowed| {
            tries += 1;
            let refused =
                |message: &str| Err(git2::Error::new(git2::ErrorCode::Auth, git2::ErrorClass::Http, message));
            match &self.token {
                _ if tries > CREDENTIAL_TRIES_MAX => refused("the remote did not accept the token"),
                _ if !self.address.has_origin_of(url) => {
                    refused("the remote sent us elsewhere, where the token does not belong")
                }
                Some(token) if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) => {
                    Cred::userpass_plaintext("x-access-token", token.expose())
                }
                Some(_) => refused("the remote does not take tokens"),
                None => refused("the remote wants a token and none is configured"),
            }
        });
        callbacks
    }
}

fn proxy() -> ProxyOptions<'static> {
    let mut proxy = ProxyOptions::new();
    // From the usual environment variables; the repository's own configuration names none.
    proxy.auto();
    proxy
}

fn branches(heads: &[git2::RemoteHead<'_>]) -> Result<BTreeMap<String, Oid>, PortError> {
    if heads.len() > REMOTE_BRANCHES_MAX {
        return Err(PortError::denied(format!(
            "the remote has {} references, more than {REMOTE_BRANCHES_MAX}: remove old ones",
            heads.len()
        )));
    }
    let branches = heads.iter().filter(|head| head.name().starts_with("refs/heads/"));
    Ok(branches.map(|head| (head.name().to_owned(), head.oid())).collect())
}

/// Removes branches that the remote no longer has and returns those that are left.
fn prune(
    repository: &Repository,
    theirs: &BTreeMap<String, Oid>,
) -> Result<BTreeMap<String, Oid>, git2::Error> {
    let mut ours = BTreeMap::new();
    for reference in repository.references_glob("refs/heads/*")? {
        let mut reference = reference?;
        let name = reference.name().map(str::to_owned);
        match (name, reference.target()) {
            (Ok(name), Some(target)) if theirs.contains_key(&name) => {
                ours.insert(name, target);
            }
            (_, _) => reference.delete()?,
        }
    }
    Ok(ours)
}

/// Lock files of references that a killed process left. Whoever holds `heal.lock` is alone here, so none is in use.
fn remove_stale_locks(folder: &Path, depth: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth < LOCK_DEPTH_MAX && (depth > 0 || name == "refs") {
            remove_stale_locks(&path, depth + 1);
        } else if !is_folder
            && name != "heal.lock"
            && path.extension().is_some_and(|extension| extension == "lock")
        {
            // Should it fail, the fetch says so.
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests;
