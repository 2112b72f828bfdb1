//! What rules find.

use std::{cell::OnceCell, collections::BTreeSet};

use heal_check::PerFile;
use heal_diagnostics::{Diagnostic, FileId};
use heal_program::{Expression, SignalIndex};

use crate::linted::Linted;

/// What was found of the items of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    diagnostics: Vec<Diagnostic>,
    /// What holds unless some detector of the program tells that none of these signals, named by their paths, has samples.
    unless_watched: Vec<(Vec<String>, Diagnostic)>,
}

impl Found {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.diagnostics.extend(diagnostics);
    }

    /// Adds what holds unless detectors tell that these signals have no samples.
    pub(crate) fn push_unless_watched(
        &mut self,
        signals: &[SignalIndex],
        linted: &Linted<'_>,
        diagnostic: Diagnostic,
    ) {
        let signals = signals.iter().filter_map(|signal| linted.program.signal(*signal));
        let paths = signals.map(|signal| signal.head.path.clone()).collect();
        self.unless_watched.push((paths, diagnostic));
    }

    pub(crate) fn move_files(&mut self, to: &dyn Fn(FileId) -> FileId) {
        let unless_watched = self.unless_watched.iter_mut().map(|(_, diagnostic)| diagnostic);
        self.diagnostics.iter_mut().chain(unless_watched).for_each(|it| it.move_files(to));
    }
}

/// All that was found, as far as it holds in the whole program.
pub(crate) fn all(found: &PerFile<Found>, linted: &Linted<'_>) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> =
        found.all().flat_map(|found| found.diagnostics.iter().cloned()).collect();
    let watched = OnceCell::new();
    for (signals, diagnostic) in found.all().flat_map(|found| &found.unless_watched) {
        let watched = watched.get_or_init(|| watched_signals(linted));
        if !signals.iter().all(|signal| watched.contains(signal.as_str())) {
            diagnostics.push(diagnostic.clone());
        }
    }
    diagnostics
}

/// The signals of which some detector tells that they have no samples.
fn watched_signals<'a>(linted: &Linted<'a>) -> BTreeSet<&'a str> {
    let mut watched = BTreeSet::new();
    for detector in &linted.program.detectors {
        detector.when.walk(&mut |node| {
            if let Expression::Absent { signal, .. } = node {
                watched.extend(linted.program.signal(*signal).map(|signal| signal.head.path.as_str()));
            }
        });
    }
    watched
}
