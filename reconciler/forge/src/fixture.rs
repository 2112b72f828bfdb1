//! A real repository and a simple assessor for tests.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use heal_git::{Author, GitRepository};
use heal_reconcile::{
    ApplyOutcome, Assessment, Assessor, CommitId, Config, EngineState, Forge, Outcome, PassError, PassReport,
    Repository as _, Side, Tree, run_pass,
};

/// Compiles what does not start with `bad`, and finds an impact that names both sides.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) engine: EngineState,
    pub(crate) assessments: usize,
}

impl Assessor for Words {
    fn assess(&mut self, base: &Tree, head: &Tree) -> Assessment {
        self.assessments += 1;
        let headline = format!("from {} to {}", shown(base), shown(head));
        let outcome = if compiles(head) {
            Outcome::Impact { markdown: format!("### Heal: {headline}\n") }
        } else {
            Outcome::DoesNotCompile {
                side: Side::Head,
                diagnostics: "error: bad\n --> a.heal:1:1".to_owned(),
            }
        };
        Assessment { headline, outcome, report_html: b"<!doctype html>".to_vec() }
    }

    fn apply(&mut self, commit: &CommitId, tree: &Tree) -> ApplyOutcome {
        if compiles(tree) {
            self.engine.applied = Some(commit.clone());
            ApplyOutcome::Applied
        } else {
            self.engine.refused = Some(commit.clone());
            ApplyOutcome::Refused { diagnostics: "error: bad".to_owned() }
        }
    }

    fn engine(&self) -> EngineState {
        self.engine.clone()
    }
}

fn compiles(tree: &Tree) -> bool {
    !tree.values().any(|text| text.starts_with(b"bad"))
}

fn shown(tree: &Tree) -> String {
    tree.iter().map(|(path, text)| format!("{path}={};", String::from_utf8_lossy(text))).collect()
}

/// Commits `a.heal` to a branch that starts at main when it is new.
pub(crate) fn commit(repository: &mut GitRepository, branch: &str, text: &str) -> CommitId {
    let files = BTreeMap::from([("a.heal".to_owned(), Some(text.as_bytes().to_vec()))]);
    let main = repository.tip("main").unwrap();
    repository.commit(branch, main.as_ref(), &files, &format!("make it {text}"), &author()).unwrap()
}

pub(crate) fn author() -> Author {
    Author { name: "Ann".to_owned(), email: "ann@example.invalid".to_owned(), time_seconds: 1_700_000_000 }
}

pub(crate) fn pass(
    repository: &mut GitRepository,
    forge: &mut dyn Forge,
    words: &mut Words,
) -> Result<PassReport, PassError> {
    run_pass(&Config::default(), repository, forge, words)
}
