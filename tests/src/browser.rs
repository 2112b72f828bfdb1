//! A headless Chromium that looks at files.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{clean_command, find_program, run_ok};
use crate::folder::TestFolder;

/// Chromium with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    program: PathBuf,
    profile: TestFolder,
}

impl Browser {
    /// `None` when no Chromium is installed.
    pub fn find() -> Option<Browser> {
        let program = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find_program)?;
        Some(Browser { program, profile: TestFolder::new() })
    }

    /// Renders a file and writes what a window of that size shows, as PNG.
    #[track_caller]
    pub fn screenshot(&self, page: &Path, picture: &Path, width: u32, height: u32) {
        let output = run_ok(
            self.command()
                .arg(format!("--screenshot={}", picture.display()))
                .arg(format!("--window-size={width},{height}"))
                .arg(file_url(page)),
        );
        assert!(picture.is_file(), "the browser wrote no picture; it said:\n{}", output.stderr);
    }

    /// The document after its scripts have run.
    #[track_caller]
    pub fn rendered_document(&self, page: &Path) -> String {
        run_ok(self.command().arg("--dump-dom").arg(file_url(page))).stdout
    }

    fn command(&self) -> Command {
        let mut command = clean_command(&self.program, self.profile.path());
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            // A page may draw from timers; time runs ahead for it, so that the picture shows the end.
            "--virtual-time-budget=2000",
        ]);
        command.arg(format!("--user-data-dir={}", self.profile.join("profile").display()));
        command
    }
}

fn file_url(page: &Path) -> String {
    let path = page.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    format!("file://{}", path.display())
}
