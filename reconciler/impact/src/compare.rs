//! Sources to simulations, two simulations to an impact diff.

use std::collections::BTreeSet;

use heal_diagnostics::render_human;
use heal_driver::{Compilation, SourceSet, compile};
use heal_engine::Trace;
use heal_program::Program;
use heal_report::{ImpactDiff, LocalZone, Report, Side, SourceFile, Telemetry};
use heal_simulator::{Options, SimulationError, simulate};
use heal_telemetry::{Recording, RecordingError};

use crate::{gates::broken, telemetry_of, zone::zone_over};

/// Sources with the name that people know them by: a branch, a commit, a folder.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The name.
    pub name: String,
    /// The sources.
    pub sources: SourceSet,
    /// Where the recording was made, if it is not the one that the package's own recording is of.
    pub environment: Option<String>,
}

/// A revision that compiles, and what it did over a recording.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The name of the revision.
    pub name: String,
    /// What came of compiling.
    pub compilation: Compilation,
    /// What runs.
    pub program: Program,
    /// What it did, as if every verification passed.
    pub trace: Trace,
    /// The same as if every verification failed; none where nothing is verified.
    pub failing: Option<Trace>,
    sources: Vec<SourceFile>,
    environment: Option<String>,
}

/// An impact diff with what is needed to show it.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The difference.
    pub diff: ImpactDiff,
    /// What was recorded.
    pub telemetry: Telemetry,
    /// Mermaid: the changed items, and what they can reach.
    pub graph: String,
    /// What the compiler warns of on the head side, as plain text.
    pub warnings: String,
    /// Who may let a change through that breaks a gate, as the base says.
    pub owners: Vec<String>,
}

/// A revision that does not compile.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{name} does not compile")]
pub struct DoesNotCompile {
    /// The name of the revision.
    pub name: String,
    /// Diagnostics with their places, as plain text.
    pub diagnostics: String,
}

/// Why there is no impact diff.
#[derive(Debug, thiserror::Error)]
pub enum ImpactError {
    /// A side does not compile.
    #[error(transparent)]
    DoesNotCompile(#[from] DoesNotCompile),
    /// The simulation failed: the recording cannot be read, or a defect of Heal.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The samples of the recording could not be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// Compiles a revision and runs it over a recording.
///
/// # Errors
/// When it does not compile, or the recording cannot be read.
pub fn simulate_revision(
    revision: &Revision,
    recording: &Recording,
    options: &Options<'_>,
) -> Result<Simulated, ImpactError> {
    let compilation = compile(&revision.sources);
    let Some(program) = compilation.program.clone() else {
        let diagnostics = render_human(&compilation.files, &compilation.diagnostics, false);
        return Err(DoesNotCompile { name: revision.name.clone(), diagnostics }.into());
    };
    let simulation = simulate(&program, recording, options)?;
    let (trace, failing) = (simulation.trace, simulation.failing);
    let source = |(path, text): (String, &String)| SourceFile { path, text: text.clone() };
    let sources = revision.sources.texts().map(source).collect();
    let environment = revision.environment.clone();
    Ok(Simulated { name: revision.name.clone(), compilation, program, trace, failing, sources, environment })
}

impl Simulated {
    fn side(&self) -> Side<'_> {
        Side {
            revision: &self.name,
            program: &self.program,
            trace: &self.trace,
            failing: self.failing.as_ref(),
            sources: &self.sources,
        }
    }

    /// Where the recording was made, as was asked for or as the package says it.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        let of_package = || self.compilation.manifest.as_ref()?.environment.as_deref();
        self.environment.as_deref().or_else(of_package)
    }

    /// The zone in which people read of it.
    fn zone(&self, recording: &Recording) -> LocalZone {
        let name = self.compilation.manifest.as_ref().and_then(|manifest| manifest.time_zone.as_deref());
        zone_over(name, recording.start(), recording.end())
    }

    /// The report of this side alone.
    ///
    /// # Errors
    /// When the samples of the recording cannot be read.
    pub fn report(&self, recording: &Recording) -> Result<(Report, Telemetry), RecordingError> {
        let mut telemetry = telemetry_of(recording, self.environment(), &[&self.program]);
        telemetry.zone = self.zone(recording);
        Ok((Report::of(&self.side(), &telemetry)?, telemetry))
    }
}

/// What `head` would have done differently from `base` over a recording.
///
/// # Errors
/// When a side does not compile, or the recording cannot be read.
pub fn compare(
    base: &Revision,
    head: &Revision,
    recording: &Recording,
    options: &Options<'_>,
) -> Result<Comparison, ImpactError> {
    let base = simulate_revision(base, recording, options)?;
    let head = simulate_revision(head, recording, options)?;
    let mut telemetry = telemetry_of(recording, base.environment(), &[&base.program, &head.program]);
    telemetry.zone = head.zone(recording);
    let mut diff = ImpactDiff::between(&base.side(), &head.side(), &telemetry)?;
    // A change is judged by the gates that were there before it.
    let mut owners = Vec::new();
    if let Some(manifest) = &base.compilation.manifest {
        owners.clone_from(&manifest.gates.owners);
        let of_head = head.compilation.manifest.as_ref().map(|manifest| &manifest.gates);
        diff.gates_broken = broken(&manifest.gates, of_head, &diff, &head.program);
    }
    let changed: BTreeSet<String> = changed_paths(&base.program, &head.program);
    let warnings = render_human(&head.compilation.files, &head.compilation.diagnostics, false);
    let graph = head.compilation.graph.around(&changed).to_mermaid(&changed);
    Ok(Comparison { diff, telemetry, graph, warnings, owners })
}

/// Items of the head that are new or whose own text means something else: what they stand on is unchanged in meaning,
/// or is listed itself.
#[must_use]
pub fn changed_paths(base: &Program, head: &Program) -> BTreeSet<String> {
    let of_base: BTreeSet<_> = base.heads().map(|(kind, head)| (kind, &head.path, head.hash)).collect();
    let changed = head.heads().filter(|(kind, head)| !of_base.contains(&(*kind, &head.path, head.hash)));
    changed.map(|(_, head)| head.path.clone()).collect()
}
