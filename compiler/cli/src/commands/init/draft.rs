//! `heal init --from RECORDING`: drafts of policies for what recurs most in a recording, in shadow.

mod candidates;
mod judge;
mod series;
mod text;

use std::{
    fs,
    path::{Path, PathBuf},
};

use heal_store::Address;
use heal_telemetry::{Overwrite, Recording, recurring};

use self::{judge::best_of, series::groups};
use super::{make_folder_and_name, unreadable};
use crate::output::{Done, Exit, Failure, write_message};
use crate::recordings::open_recording;
use crate::sources::MANIFEST_FILE;

/// For so many of what recurs a policy is drafted.
const DRAFTS_MAX: usize = 5;

/// The file that drafts are written to.
const DRAFTS_FILE: &str = "drafts.heal";

pub(super) fn run(from: &Path, folder: &Path) -> Done {
    let recording = open_recording(from)?;
    let all = recurring(&recording);
    if all.is_empty() {
        return Err(Failure(format!(
            "{}: there is no incident and no alert in it; add some with `heal record incidents`",
            from.display()
        )));
    }
    let path = folder.join(DRAFTS_FILE);
    if path.exists() {
        return Err(Failure(format!(
            "{} is there already: move it away, or name another folder",
            path.display()
        )));
    }
    let groups = groups(&recording)?;
    let drafts = best_of(&recording, &groups, &all, DRAFTS_MAX)?;
    let lacks: Vec<String> = drafts
        .iter()
        .filter_map(|draft| {
            let lack = draft.best.as_ref().err()?;
            Some(format!("no draft for `{}`: {}", draft.of.name, text::why_not(lack)))
        })
        .collect();
    if lacks.len() == drafts.len() {
        return Err(Failure(format!("{}: nothing is drafted\n{}", from.display(), lacks.join("\n"))));
    }
    let text = text::file(&recording.manifest.name, &drafts);
    let name = make_folder_and_name(folder)?;
    let manifest = folder.join(MANIFEST_FILE);
    let mut next = "heal check, heal simulate --recording RECORDING";
    if !manifest.exists() {
        let inside = kept_inside(&recording, from, folder)?;
        let name = name.unwrap_or_else(|| "drafts".to_owned());
        let inside = inside.display().to_string().replace('\\', "/");
        let text = format!(
            "[package]\nname = \"{name}\"\nedition = \"2026\"\n\n[recordings]\ndefault = {inside:?}\n"
        );
        fs::write(&manifest, text).map_err(|wrong| unreadable(&manifest, &wrong))?;
        next = "heal check, heal simulate";
    }
    fs::write(&path, text).map_err(|wrong| unreadable(&path, &wrong))?;
    lacks.iter().for_each(|lack| write_message(lack));
    write_message(&format!(
        "drafted policies in {}, all in shadow: they decide and do nothing\nnow read them, and try there: {next}",
        path.display()
    ));
    Ok(Exit::Nothing)
}

/// Where the recording is in the folder: where it is, if it is in there, else a copy of it.
fn kept_inside(recording: &Recording, from: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let whole = |path: &Path| fs::canonicalize(path).map_err(|wrong| unreadable(path, &wrong));
    let folder = whole(folder)?;
    // What is in a store stays there, and is found there.
    if Address::is_meant(&from.to_string_lossy()) {
        return Ok(from.to_owned());
    }
    let from = whole(from)?;
    if let Ok(inside) = from.strip_prefix(&folder) {
        return Ok(inside.to_owned());
    }
    let inside = Path::new("recordings").join(from.file_name().unwrap_or_default());
    recording.write(&folder.join(&inside), Overwrite::Refuse)?;
    Ok(inside)
}
