//! Sources to simulations, two simulations to an impact diff.

use std::collections::BTreeSet;

use heal_diagnostics::render_human;
use heal_driver::{Compilation, SourceSet, compile};
use heal_program::Program;
use heal_report::{ImpactDiff, Part, Report, SourceFile, Telemetry};
use heal_simulator::{Groups, Options, SimulationError};
use heal_telemetry::{Recording, RecordingError};

use crate::{
    gates::broken,
    parts::{KnownParts, each_part, report_in_parts},
    telemetry_of,
    zone::zone_over,
};

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

/// A revision that compiles, and its groups over a recording, which are decided when somebody asks.
#[derive(Debug)]
pub struct Grouped<'r> {
    /// The name of the revision.
    pub name: String,
    /// What came of compiling.
    pub compilation: Compilation,
    /// What runs.
    pub program: Program,
    /// Its groups.
    pub groups: Groups<'r>,
    recording: &'r Recording,
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

/// Compiles a revision and parts it into groups over a recording. Nothing is decided yet.
///
/// # Errors
/// When it does not compile.
pub fn group_revision<'r>(
    revision: &Revision,
    recording: &'r Recording,
) -> Result<Grouped<'r>, DoesNotCompile> {
    let (compilation, program) = compiled(revision)?;
    let groups = Groups::of(&program, recording);
    let (name, environment) = (revision.name.clone(), revision.environment.clone());
    Ok(Grouped { name, compilation, program, groups, recording, environment })
}

fn compiled(revision: &Revision) -> Result<(Compilation, Program), DoesNotCompile> {
    let compilation = compile(&revision.sources);
    match compilation.program.clone() {
        Some(program) => Ok((compilation, program)),
        None => {
            let diagnostics = render_human(&compilation.files, &compilation.diagnostics, false);
            Err(DoesNotCompile { name: revision.name.clone(), diagnostics })
        }
    }
}

impl Grouped<'_> {
    /// Takes what each group did, by its place: as it is kept, else decided. One that is kept is held for no longer than it
    /// is taken.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn each_part(
        &self,
        options: &Options<'_>,
        take: impl FnMut(usize, Part),
    ) -> Result<(), SimulationError> {
        let telemetry = self.telemetry();
        each_part(&self.groups, (&self.program, &telemetry), options, &KnownParts::new(), take)
    }

    /// The report of this side alone.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn report(&self, options: &Options<'_>) -> Result<Report, SimulationError> {
        let (own, known) = ((self.name.as_str(), &self.program), KnownParts::new());
        Ok(report_in_parts(own, self.recording, &self.telemetry(), options, &known)?.0)
    }

    fn telemetry(&self) -> Telemetry {
        // Where the recording was made, as was asked for or as the package says it.
        let of_package = || self.compilation.manifest.as_ref()?.environment.as_deref();
        let environment = self.environment.as_deref().or_else(of_package);
        telemetry_over(self.recording, (&self.compilation, &self.program), environment)
    }
}

/// What was recorded, read in the zone of a package.
fn telemetry_over(
    recording: &Recording,
    (compilation, program): (&Compilation, &Program),
    environment: Option<&str>,
) -> Telemetry {
    let mut telemetry = telemetry_of(recording, environment, &[program]);
    let zone = compilation.manifest.as_ref().and_then(|manifest| manifest.time_zone.as_deref());
    telemetry.zone = zone_over(zone, recording.start(), recording.end());
    telemetry
}

/// A revision that compiles, and the report of what it did over a recording.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The name of the revision.
    pub name: String,
    /// What came of compiling.
    pub compilation: Compilation,
    /// What runs.
    pub program: Program,
    /// What it did.
    pub report: Report,
    /// What was recorded.
    pub telemetry: Telemetry,
    sources: Vec<SourceFile>,
}

/// Compiles a revision and says what it did over a recording. What was kept of its groups of policies is not decided again,
/// and no trace is held: whoever asks why wants [`group_revision`].
///
/// # Errors
/// When it does not compile, or the recording cannot be read.
pub fn report_revision(
    revision: &Revision,
    recording: &Recording,
    options: &Options<'_>,
) -> Result<Reported, ImpactError> {
    Ok(reported(revision, recording, options, None, &KnownParts::new())?.0)
}

/// The same, with the parts that are known, and those that it is made of. `place` is where the recording was made, if another
/// revision says so.
fn reported(
    revision: &Revision,
    recording: &Recording,
    options: &Options<'_>,
    place: Option<&str>,
    known: &KnownParts,
) -> Result<(Reported, KnownParts), ImpactError> {
    let (compilation, program) = compiled(revision)?;
    let manifest = compilation.manifest.as_ref();
    let of_package = || manifest?.environment.as_deref();
    let environment = place.or(revision.environment.as_deref()).or_else(of_package);
    let telemetry = telemetry_over(recording, (&compilation, &program), environment);
    let (report, parts) = report_in_parts((&revision.name, &program), recording, &telemetry, options, known)?;
    let source = |(path, text): (String, &String)| SourceFile { path, text: text.clone() };
    let sources = revision.sources.texts().map(source).collect();
    let name = revision.name.clone();
    Ok((Reported { name, compilation, program, report, telemetry, sources }, parts))
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
    let (mut base, parts) = reported(base, recording, options, None, &KnownParts::new())?;
    // What the change does not touch is what base did.
    let environment = base.telemetry.environment.clone();
    let (head, _) = reported(head, recording, options, Some(&environment), &parts)?;
    let mut telemetry = telemetry_of(recording, Some(&environment), &[&base.program, &head.program]);
    telemetry.zone = head.telemetry.zone.clone();
    // Both sides are read in one zone.
    base.report.recording.zone = head.telemetry.zone.clone();
    let (programs, sources) =
        ((&base.program, &head.program), (base.sources.as_slice(), head.sources.as_slice()));
    let mut diff = ImpactDiff::of_reports((base.report, head.report), programs, sources);
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
