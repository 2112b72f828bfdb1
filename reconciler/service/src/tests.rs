//! What the tests of this crate share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use heal_driver::{SourceSet, compile};
use heal_program::Program;
use heal_reconcile::CommitId;
use heal_telemetry::Recording;

/// The demo's policies.
pub(crate) fn demo() -> PathBuf {
    // Asked when the tests run: checkouts that share a target folder share binaries too.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("run the tests with cargo");
    Path::new(&package).join("../../policies/demo")
}

pub(crate) fn demo_recording() -> Recording {
    Recording::open(&demo().join("recordings/nab")).unwrap()
}

/// The demo's program, with a text replaced in its sources.
pub(crate) fn demo_program(from: &str, to: &str) -> Program {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(demo()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap().to_owned();
        if name == "heal.toml" || Path::new(&name).extension().is_some_and(|extension| extension == "heal") {
            files.insert(name, std::fs::read_to_string(&path).unwrap().replace(from, to));
        }
    }
    let compilation = compile(&SourceSet::of(files));
    let said = heal_diagnostics::render_human(&compilation.files, &compilation.diagnostics, false);
    // As a simulation meets a recording, which these tests compare with: nothing waits for what is late.
    heal_simulator::on_time(&compilation.program.unwrap_or_else(|| panic!("{said}")))
}

pub(crate) fn commit(digit: char) -> CommitId {
    CommitId::parse(&digit.to_string().repeat(40)).unwrap()
}
