//! Mirrors of remotes: over the file system and over smart HTTP.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod smart_http;

use std::path::Path;

use heal_reconcile::{BranchPattern, PortError, Repository as _};

use self::smart_http::SmartHttp;
use crate::fixture::{commit, empty, shown};
use crate::{Address, GitRepository, Token};

fn mirror(address: &str, folder: &Path, token: Option<&str>) -> Result<GitRepository, PortError> {
    GitRepository::mirror(Address::parse(address)?, folder, token.map(Token::new))
}

fn names(repository: &GitRepository) -> Vec<String> {
    repository.branches(&BranchPattern::new("**").unwrap()).unwrap().into_keys().collect()
}

#[test]
fn a_mirror_follows_pushes_force_pushes_and_deletions() {
    let (source_folder, mut source) = empty();
    let folder = tempfile::tempdir().unwrap();
    let first = commit(&mut source, "main", &[("a.heal", "1")]);
    commit(&mut source, "heal/x", &[("a.heal", "2")]);
    for address in
        [source_folder.path().display().to_string(), format!("file://{}", source_folder.path().display())]
    {
        let mut copy = mirror(&address, &folder.path().join("mirror"), None).unwrap();
        copy.refresh().unwrap();
        assert_eq!(names(&copy), names(&source), "{address}");
        assert_eq!(shown(&copy.tree(&first).unwrap()), "a.heal=1");
    }
    let mut copy =
        mirror(&source_folder.path().display().to_string(), &folder.path().join("mirror"), None).unwrap();
    source.set_branch("heal/x", &first).unwrap();
    copy.refresh().unwrap();
    assert_eq!(copy.tip("heal/x").unwrap(), Some(first.clone()), "a force push");
    source.delete_branch("heal/x").unwrap();
    source.set_branch("heal/x/deeper", &first).unwrap();
    copy.refresh().unwrap();
    assert_eq!(names(&copy), ["heal/x/deeper", "main"], "a folder where a branch was");
}

#[test]
fn references_of_ours_in_a_mirror_stay() {
    use heal_reconcile::References as _;
    let (source_folder, mut source) = empty();
    let folder = tempfile::tempdir().unwrap();
    let main = commit(&mut source, "main", &[("a.heal", "1")]);
    let mut copy = mirror(&source_folder.path().display().to_string(), folder.path(), None).unwrap();
    copy.refresh().unwrap();
    copy.references().unwrap().set_target("refs/heal/pull/1/head", &main).unwrap();
    source.delete_branch("main").unwrap();
    copy.refresh().unwrap();
    assert_eq!(names(&copy), Vec::<String>::new());
    assert_eq!(copy.references().unwrap().target("refs/heal/pull/1/head").unwrap(), Some(main));
}

#[test]
fn what_a_killed_fetch_left_does_not_stop_the_next() {
    let (source_folder, mut source) = empty();
    let folder = tempfile::tempdir().unwrap();
    let address = source_folder.path().display().to_string();
    commit(&mut source, "main", &[("a.heal", "1")]);
    mirror(&address, folder.path(), None).unwrap().refresh().unwrap();
    let new = commit(&mut source, "main", &[("a.heal", "2")]);
    for lock in ["refs/heads/main.lock", "packed-refs.lock", "HEAD.lock"] {
        std::fs::write(folder.path().join(lock), "").unwrap();
    }
    let mut copy = mirror(&address, folder.path(), None).unwrap();
    copy.refresh().unwrap();
    assert_eq!(copy.tip("main").unwrap(), Some(new));
    // Killed before the mirror was whole.
    std::fs::remove_file(folder.path().join("HEAD")).unwrap();
    drop(copy);
    mirror(&address, folder.path(), None).unwrap().refresh().unwrap();
}

#[test]
fn a_mirror_belongs_to_one_process_at_a_time() {
    let (source_folder, _source) = empty();
    let folder = tempfile::tempdir().unwrap();
    let address = source_folder.path().display().to_string();
    let first = mirror(&address, folder.path(), None).unwrap();
    let error = mirror(&address, folder.path(), None).err().unwrap();
    assert!(
        matches!(error, PortError::Temporary { .. }) && error.to_string().contains("another process"),
        "{error}"
    );
    drop(first);
    assert!(mirror(&address, folder.path(), None).is_ok());
}

#[test]
fn a_remote_that_is_not_there_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut copy = mirror("/nowhere/at/all", folder.path(), None).unwrap();
    let error = copy.refresh().unwrap_err();
    assert!(
        matches!(error, PortError::Denied { .. }) && error.to_string().contains("check the address"),
        "{error}"
    );
    let error = mirror("http://git.example/x", folder.path(), Some("s3cret")).err().unwrap();
    assert!(error.to_string().contains("use an `https://` address"), "{error}");
}

#[cfg(not(feature = "https"))]
#[test]
fn a_build_without_https_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = mirror("https://git.example/x.git", folder.path(), None).err().unwrap();
    assert!(error.to_string().contains("built without HTTPS"), "{error}");
}

#[test]
fn smart_http_with_a_token_works_and_a_wrong_token_is_told_once() {
    let Some(server) = SmartHttp::start("t0ken") else { return };
    let mut source = GitRepository::init_bare(&server.repository("policies.git"), "main").unwrap();
    let first = commit(&mut source, "main", &[("a.heal", "1")]);
    let address = server.address("policies.git");
    let folder = tempfile::tempdir().unwrap();
    let mut copy = mirror(&address, &folder.path().join("good"), Some("t0ken")).unwrap();
    copy.refresh().unwrap();
    assert_eq!(copy.tip("main").unwrap(), Some(first));
    let next = commit(&mut source, "heal/x", &[("a.heal", "2")]);
    copy.refresh().unwrap();
    assert_eq!(copy.tip("heal/x").unwrap(), Some(next));
    for (token, name) in [(Some("wr0ng"), "wrong"), (None, "none")] {
        let error = mirror(&address, &folder.path().join(name), token).unwrap().refresh().unwrap_err();
        assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
        assert!(
            error.to_string().contains("check that the token is valid")
                && !error.to_string().contains("wr0ng")
        );
    }
    let missing = server.address("missing.git");
    let error =
        mirror(&missing, &folder.path().join("missing"), Some("t0ken")).unwrap().refresh().unwrap_err();
    assert!(
        matches!(error, PortError::Denied { .. }) && error.to_string().contains("no such repository"),
        "{error}"
    );
}

#[test]
fn a_server_that_is_down_is_worth_another_try() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut copy = mirror(&format!("http://127.0.0.1:{port}/x.git"), folder.path(), None).unwrap();
    let error = copy.refresh().unwrap_err();
    assert!(matches!(error, PortError::Temporary { .. }), "{error:?}");
}
