//! The files of the embedded forge.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use heal_reconcile::{CommitId, PortError, PullRequestState};
use serde::{Deserialize, Serialize};

use crate::files;

/// Version of `pull.json`.
const VERSION: u32 = 1;
/// Longest `pull.json`.
const JSON_BYTES_MAX: u64 = 1 << 20;
/// Most pull requests in a folder.
const PULLS_MAX: usize = 100_000;

/// What `pull.json` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) branch: String,
    pub(crate) into: String,
    pub(crate) title: String,
    pub(crate) state: PullRequestState,
    pub(crate) head: CommitId,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    version: u32,
    number: u64,
    branch: String,
    into: String,
    title: String,
    state: String,
    head: String,
}

/// Only this much is read of a file whose version is not ours.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

pub(crate) struct Store {
    root: PathBuf,
}

impl Store {
    pub(crate) fn new(root: PathBuf) -> Store {
        Store { root }
    }

    /// Whether there ever was a pull request.
    pub(crate) fn exists(&self) -> bool {
        self.pulls().is_dir()
    }

    pub(crate) fn make(&self) -> Result<(), PortError> {
        files::make_folder(&self.pulls())
    }

    /// Where a pull request's files are.
    pub(crate) fn folder(&self, number: u64) -> PathBuf {
        self.pulls().join(number.to_string())
    }

    /// Keeps other processes out.
    pub(crate) fn lock(&self) -> Result<File, PortError> {
        files::lock(&self.root.join("lock"))
    }

    /// All pull requests, by number.
    pub(crate) fn list(&self) -> Result<Vec<Pull>, PortError> {
        let failed = |error: io::Error| files::failed("read", &self.pulls(), &error);
        let mut pulls = Vec::new();
        for entry in fs::read_dir(self.pulls()).map_err(failed)?.take(PULLS_MAX) {
            let name = entry.map_err(failed)?.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            if let Some(number) = number
                && let Some(pull) = self.read(number)?
            {
                pulls.push(pull);
            }
        }
        pulls.sort_by_key(|pull| pull.number);
        Ok(pulls)
    }

    /// One pull request; `None` when there is none of this number.
    pub(crate) fn read(&self, number: u64) -> Result<Option<Pull>, PortError> {
        let path = self.folder(number).join("pull.json");
        match files::read_text(&path, JSON_BYTES_MAX)? {
            Some(text) => parse(&text, number, &path).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn write(&self, pull: &Pull) -> Result<(), PortError> {
        files::write(&self.folder(pull.number).join("pull.json"), &json(pull)?)
    }

    /// Makes a new pull request appear with all its files at once.
    pub(crate) fn add(&self, pull: &Pull, description: &str) -> Result<(), PortError> {
        let (new, place) = (self.pulls().join(".new"), self.folder(pull.number));
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(files::failed("remove", &new, &error));
            }
            Ok(()) | Err(_) => {}
        }
        files::make_folder(&new)?;
        files::write(&new.join("pull.json"), &json(pull)?)?;
        files::write(&new.join("description.md"), description.as_bytes())?;
        fs::rename(&new, &place).map_err(|error| files::failed("make", &place, &error))?;
        files::sync_folder(&self.pulls())
    }

    /// Removes a file of a pull request; nothing when it is gone already.
    pub(crate) fn remove(&self, number: u64, name: &str) -> Result<(), PortError> {
        let path = self.folder(number).join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(files::failed("remove", &path, &error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn pulls(&self) -> PathBuf {
        self.root.join("pulls")
    }
}

fn parse(text: &str, number: u64, path: &Path) -> Result<Pull, PortError> {
    let path = path.display();
    let damaged = |what: &str| {
        PortError::denied(format!("{path} cannot be read: {what}; correct it or remove its folder"))
    };
    let versioned: Versioned = serde_json::from_str(text).map_err(|error| damaged(&error.to_string()))?;
    if versioned.version > VERSION {
        return Err(PortError::denied(format!(
            "{path} has version {}, and this program knows {VERSION}: use a newer one",
            versioned.version
        )));
    }
    let wire: Wire = serde_json::from_str(text).map_err(|error| damaged(&error.to_string()))?;
    let state = match wire.state.as_str() {
        "open" => PullRequestState::Open,
        "closed" => PullRequestState::Closed,
        "merged" => PullRequestState::Merged,
        _ => return Err(damaged("its state is none of open, closed, merged")),
    };
    let head = CommitId::parse(&wire.head).map_err(|error| damaged(&error.to_string()))?;
    if wire.number != number {
        return Err(damaged("its number is not that of its folder"));
    }
    Ok(Pull { number, branch: wire.branch, into: wire.into, title: wire.title, state, head })
}

fn json(pull: &Pull) -> Result<Vec<u8>, PortError> {
    let Pull { number, branch, into, title, state, head } = pull.clone();
    let state = match state {
        PullRequestState::Open => "open",
        PullRequestState::Closed => "closed",
        PullRequestState::Merged => "merged",
    };
    let wire = Wire {
        version: VERSION,
        number,
        branch,
        into,
        title,
        state: state.to_owned(),
        head: head.as_str().to_owned(),
    };
    let text = serde_json::to_string_pretty(&wire);
    text.map(|text| format!("{text}\n").into_bytes()).map_err(|error| PortError::rejected(error.to_string()))
}
