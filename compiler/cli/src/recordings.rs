//! Recordings where they are: in a folder, or in an object store, from which they are brought into a cache folder.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use heal_store::{Address, Progress, Remote};
use heal_telemetry::{Listed, MANIFEST_FILE, Recording, RecordingError, is_recording};

use crate::{
    output::{Done, Exit, Failure, write_result},
    simulation::{cache_folder, eprint_over},
};

/// Nothing is shown of what takes less.
const PATIENCE: Duration = Duration::from_millis(500);

/// The time between two lines of progress.
const BETWEEN_LINES: Duration = Duration::from_millis(100);

/// Bytes of a megabyte.
const MEGABYTE: f64 = 1e6;

/// The place that a manifest names: in a store, or a folder from the package's root.
pub(crate) fn from_root(root: &Path, place: &str) -> PathBuf {
    if Address::is_meant(place) { PathBuf::from(place) } else { root.join(place) }
}

/// Opens a recording.
pub(crate) fn open_recording(place: &Path) -> Result<Recording, Failure> {
    open_as(place, Recording::open)
}

/// Opens a recording in a way of one's own. One from a store that does not open is brought anew, once.
pub(crate) fn open_as<E: std::error::Error>(
    place: &Path,
    open: impl Fn(&Path) -> Result<Recording, E>,
) -> Result<Recording, Failure> {
    let at_place = |wrong: E| at_place(place, wrong);
    let Some(remote) = remote(place)? else { return open(place).map_err(at_place) };
    let mut line = Line::default();
    for is_last in [false, true] {
        let fetched = remote.fetch(&mut |progress| line.show(remote.address(), progress))?;
        line.clear();
        let fetched =
            fetched.ok_or_else(|| Failure(format!("{}: there is no recording", remote.address())))?;
        match open(&fetched.folder) {
            Err(_) if !is_last => remote.forget(&fetched),
            opened => return opened.map_err(at_place),
        }
    }
    Err(Failure(format!("{}: it cannot be opened", remote.address())))
}

/// What is wrong with the recording at a place.
pub(crate) fn at_place(place: &Path, wrong: impl std::error::Error) -> Failure {
    let Failure(text) = Failure::from(wrong);
    Failure(format!("`{}`: {text}", place.display()))
}

/// Whether a place is in a store.
pub(crate) fn is_remote(place: &Path) -> bool {
    Address::is_meant(&place.to_string_lossy())
}

/// The recordings in a folder or below a place in a store.
pub(crate) fn list_recordings(place: &Path) -> Result<Vec<Listed>, Failure> {
    let Some(remote) = remote(place)? else { return Ok(heal_telemetry::list(place)?) };
    let below = remote.list()?;
    let found = below.found.into_iter();
    let found = found.map(|it| Listed { folder: it.address.to_string().into(), manifest: it.manifest });
    let left_out = below.left_out.into_iter().map(|address| {
        let reason =
            "cannot be asked for: a part of its key is empty, `.` or `..`, or has a control character";
        let wrong = RecordingError::Malformed { file: MANIFEST_FILE.to_owned(), reason: reason.to_owned() };
        Listed { folder: address.into(), manifest: Err(wrong) }
    });
    let refused = below.refused.into_iter().map(|(address, reason)| {
        let path = format!("{address}/{MANIFEST_FILE}").into();
        let source = std::io::Error::other(format!("the store does not let us in ({reason})"));
        let wrong = RecordingError::Io { action: "read", path, source };
        Listed { folder: address.to_string().into(), manifest: Err(wrong) }
    });
    let mut all: Vec<Listed> = found.chain(refused).collect();
    all.sort_by(|one, other| one.folder.cmp(&other.folder));
    all.extend(left_out);
    Ok(all)
}

/// Lets a command change the recording at a place, which need not be there, and prints what the command says of it when
/// the recording is where it belongs. The command gets the folder that it is to change; `None` when there were findings.
pub(crate) fn change<T>(
    place: &Path,
    run: impl FnOnce(PathBuf) -> Result<Option<(String, T)>, Failure>,
) -> Result<Option<T>, Failure> {
    let Some(remote) = remote(place)? else {
        let Some((text, rest)) = run(place.to_owned())? else { return Ok(None) };
        write_result(&text)?;
        return Ok(Some(rest));
    };
    let mut line = Line::default();
    let draft = remote.draft(&mut |progress| line.show(remote.address(), progress))?;
    line.clear();
    // Nobody has named the folder in which it is changed.
    let folder = draft.folder().display().to_string();
    let named = |text: &str| text.replace(&folder, &remote.address().to_string());
    let done = run(draft.folder().to_owned()).map_err(|Failure(text)| Failure(named(&text)))?;
    let Some((text, rest)) = done else { return Ok(None) };
    if is_recording(draft.folder()) {
        draft.commit(&mut |progress| line.show(remote.address(), progress))?;
        line.clear();
    }
    write_result(&named(&text))?;
    Ok(Some(rest))
}

/// As [`change`], of a command that leaves nothing behind.
pub(crate) fn changed(place: &Path, run: impl FnOnce(PathBuf) -> Result<Option<String>, Failure>) -> Done {
    let done = change(place, |folder| Ok(run(folder)?.map(|text| (text, ()))))?;
    Ok(if done.is_some() { Exit::Nothing } else { Exit::Findings })
}

/// The store that a place is in, if it is in one.
fn remote(place: &Path) -> Result<Option<Remote>, Failure> {
    let text = place.to_string_lossy();
    if !is_remote(place) {
        return Ok(None);
    }
    let cache = cache_folder("recordings").ok_or_else(|| {
        Failure(format!("{text}: there is no folder to bring it to: set HOME, or XDG_CACHE_HOME"))
    })?;
    Ok(Some(Remote::connect(text.parse()?, cache)?))
}

/// A line on the terminal that says how far a transfer is.
#[derive(Default)]
struct Line {
    begun: Option<Instant>,
    shown: Option<Instant>,
}

impl Line {
    fn show(&mut self, address: &Address, Progress { is_upload, done, all }: Progress) {
        let now = Instant::now();
        let elapsed = now.duration_since(*self.begun.get_or_insert(now));
        let is_due = self.shown.is_none_or(|shown| now.duration_since(shown) >= BETWEEN_LINES);
        if !is_due || elapsed < PATIENCE || !std::io::stderr().is_terminal() {
            return;
        }
        self.shown = Some(now);
        let doing = if is_upload { "sending" } else { "bringing" };
        let rate = done as f64 / elapsed.as_secs_f64();
        let left = all.saturating_sub(done) as f64 / rate.max(1.0);
        let [done, all, rate] = [done as f64, all as f64, rate].map(|bytes| bytes / MEGABYTE);
        eprint_over(&format!(
            "{doing} {address}: {done:.0} of {all:.0} MB, {rate:.1} MB/s, {left:.0} s left"
        ));
    }

    fn clear(&mut self) {
        if self.shown.take().is_some() {
            eprint_over("");
        }
        self.begun = None;
    }
}
