//! Who compiles, simulates and hands programs to the engine, for a pass over the repository.

use std::collections::BTreeMap;

use heal_diagnostics::render_human;
use heal_driver::compile;
use heal_impact::{Ground, assess, sources_of};
use heal_reconcile::{ApplyOutcome, Assessment, Assessor, CommitId, EngineState, Outcome, Tree};
use heal_simulator::Options;
use heal_telemetry::Recording;
use tokio::sync::{mpsc, oneshot};

use crate::config::RecordingChoice;
use crate::journalled_engine::TOOL_VERSION;
use crate::request::Request;

/// The assessor of the service. It lives on the thread of the reconciler and asks the engine's task.
pub(crate) struct ServiceAssessor {
    ground: Ground,
    /// The recording in the repository that the configuration names, if it does.
    named: Option<String>,
    requests: mpsc::Sender<Request>,
    engine: EngineState,
}

impl ServiceAssessor {
    /// An assessor over a recording that was opened, or over one of the repository. Asks what the engine has taken;
    /// `None` when the service is about to end.
    pub(crate) fn new(
        choice: &RecordingChoice,
        recording: Option<Recording>,
        main: &str,
        requests: mpsc::Sender<Request>,
    ) -> Option<ServiceAssessor> {
        let named = match choice {
            RecordingChoice::Named(name) => Some(name.clone()),
            RecordingChoice::OfPolicies | RecordingChoice::At(_) => None,
        };
        let (reply, state) = oneshot::channel();
        requests.blocking_send(Request::EngineState(reply)).ok()?;
        let engine = state.blocking_recv().ok()?;
        let ground = Ground { recording, base_name: main.to_owned(), head_name: "this change".to_owned() };
        Some(ServiceAssessor { ground, named, requests, engine })
    }

    /// Whether the newest verdict on this commit is that it does not compile.
    pub(crate) fn is_refused(&self, commit: Option<&CommitId>) -> bool {
        commit.is_some() && self.engine.refused.as_ref() == commit && self.engine.applied.as_ref() != commit
    }

    /// Asks the engine's task and waits. An error is a reason for people, and nothing has been done.
    fn ask(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<(), String>>) -> Request,
    ) -> Result<(), String> {
        let gone = || "the service is about to end".to_owned();
        let (reply, done) = oneshot::channel();
        self.requests.blocking_send(request(reply)).map_err(|_| gone())?;
        done.blocking_recv().map_err(|_| gone())?
    }
}

impl Assessor for ServiceAssessor {
    fn assess(&mut self, base: &Tree, head: &Tree) -> Assessment {
        // The other cores are left to what runs.
        let options = Options { threads: 1, ..Options::default() };
        let Some(name) = &self.named else { return assess(base, head, &self.ground, &options) };
        // Of the base, as gates are: a change does not bring what it is judged on.
        match recording_named(name, base) {
            Some(Ok(recording)) => {
                let ground = Ground { recording: Some(recording), ..self.ground.clone() };
                assess(base, head, &ground, &options)
            }
            Some(Err(reason)) => unknown(reason),
            None => unknown(format!(
                "the main branch has no recording `recordings/{name}`, which the service is configured for"
            )),
        }
    }

    fn apply(&mut self, commit: &CommitId, tree: &Tree) -> ApplyOutcome {
        let compilation = compile(&sources_of(tree));
        let (commit, asked) = (commit.clone(), commit.clone());
        let Some(program) = compilation.program else {
            let diagnostics = render_human(&compilation.files, &compilation.diagnostics, false);
            let text = diagnostics.clone();
            if self.ask(|reply| Request::Refuse { commit: asked, diagnostics: text, reply }).is_ok() {
                self.engine.refused = Some(commit);
            }
            return ApplyOutcome::Refused { diagnostics };
        };
        match self.ask(|reply| Request::Apply { commit: asked, program: Box::new(program), reply }) {
            Ok(()) => {
                self.engine.applied = Some(commit);
                ApplyOutcome::Applied
            }
            Err(reason) => ApplyOutcome::Refused { diagnostics: reason },
        }
    }

    fn engine(&self) -> EngineState {
        self.engine.clone()
    }

    fn ground(&self) -> String {
        let recording = self.ground.recording.as_ref().map(|recording| recording.digest().to_owned());
        let recording = recording.or(self.named.clone()).unwrap_or_default();
        format!("{TOOL_VERSION} {recording}").trim().to_owned()
    }
}

/// The recording of this name in a tree; none when it has no such folder.
fn recording_named(name: &str, tree: &Tree) -> Option<Result<Recording, String>> {
    let inside = format!("recordings/{name}/");
    let files: BTreeMap<String, Vec<u8>> = tree
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&inside)?.to_owned(), bytes.clone())))
        .collect();
    let open = || {
        Recording::open_from(&files)
            .map_err(|error| format!("the recording `{name}` cannot be used: {error}"))
    };
    (!files.is_empty()).then(open)
}

fn unknown(reason: String) -> Assessment {
    let headline = format!("cannot know what this change would have done: {reason}");
    Assessment { headline, outcome: Outcome::Unknown { reason }, report_html: Vec::new() }
}
