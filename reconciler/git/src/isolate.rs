//! Making and opening repositories without anybody's personal settings.

use std::fs;
use std::io;
use std::path::Path;

use git2::{Config, ConfigLevel, Repository};

/// Opens the repository at `folder` itself, not one above it, with its own configuration only.
pub(crate) fn open(folder: &Path) -> Result<Repository, git2::Error> {
    let repository = Repository::open(folder)?;
    // From here on: no aliases for addresses, no proxies, no line end conversions, no excludes of the user or the system.
    let mut config = Config::new()?;
    config.add_file(&repository.commondir().join("config"), ConfigLevel::Local, false)?;
    repository.set_config(&config)?;
    Ok(repository)
}

/// Writes an empty repository into `folder`: a bare one, or the `.git` of one. Nothing of templates and settings gets
/// into it. `HEAD` comes last, so a repository that has it is whole.
pub(crate) fn lay_out(folder: &Path, main: &str, is_bare: bool) -> io::Result<()> {
    for part in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(folder.join(part))?;
    }
    let settings = format!("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {is_bare}\n");
    fs::write(folder.join("config"), settings)?;
    fs::write(folder.join("HEAD"), format!("ref: refs/heads/{main}\n"))
}
