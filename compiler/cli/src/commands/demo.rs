//! `heal demo`: the whole way on shipped telemetry, with no account, in a folder of its own.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use heal_forge::EmbeddedForge;
use heal_git::{Author, GitRepository};
use heal_impact::{Ground, assess};
use heal_reconcile::{
    Action, ApplyOutcome, Assessment, Assessor, CommitId, Config, EngineState, Tree, run_pass,
};
use heal_simulator::Options;

use crate::{
    arguments::DemoArguments,
    commands::init::SHIPPED,
    output::{Done, Exit, Failure, write_message, write_result},
};

/// The branch on which the demo changes a detector.
const BRANCH: &str = "heal/notice-fast-failures";

/// What the demo changes: the text before, the text after. It must stand in the file just once.
const CHANGES: [(&str, &str); 3] = [
    (
        "/// Answers have been slow for a while.",
        "/// Answers are slow, or so fast that they can only be errors.",
    ),
    (
        "  when request_latency.avg(15m) > budget\n  for 10m\n",
        "  when request_latency > budget || request_latency < 31ms\n",
    ),
    ("    limit 2 per 1d\n", "    limit 4 per 1d\n"),
];

pub(crate) fn run(arguments: &DemoArguments) -> Done {
    let folder = make_folder(arguments.folder.as_deref())?;
    let place = folder.join("policies");
    write_message(&format!("1. a policy repository in {}", place.display()));
    let mut repository = GitRepository::init(&place, "main")?;
    let shipped: BTreeMap<String, Option<Vec<u8>>> =
        SHIPPED.iter().map(|shipped| (shipped.path.to_owned(), Some(shipped.bytes.to_vec()))).collect();
    repository.commit("main", None, &shipped, "policies and the recording they are tried on", &author(0))?;
    let main = heal_reconcile::Repository::tip(&repository, "main")?;
    write_message(&format!("2. a change of a detector on the branch {BRANCH}"));
    let changed = BTreeMap::from([("checkout.heal".to_owned(), Some(changed_checkout()?.into_bytes()))]);
    repository.commit(BRANCH, main.as_ref(), &changed, "checkout: notice fast failures", &author(60))?;
    repository.check_out(BRANCH)?;

    write_message(
        "3. one pass of the reconciler: compile both sides, replay seven months, open a pull request",
    );
    let pulls = EmbeddedForge::folder_beside(&place);
    let mut forge = EmbeddedForge::new(pulls, Box::new(repository.references()?));
    let report = run_pass(&Config::default(), &mut repository, &mut forge, &mut DemoAssessor::default())?;
    show(&mut forge, &report.actions, &place)?;
    match report.problems.first() {
        Some(problem) => Err(Failure(format!("could not {}: {}", problem.doing, problem.message))),
        None => Ok(Exit::Nothing),
    }
}

fn show(forge: &mut EmbeddedForge, actions: &[Action], place: &Path) -> Result<(), Failure> {
    let opened = actions.iter().find_map(|action| match action {
        Action::Opened { pull_request, .. } => Some(*pull_request),
        Action::Applied { .. } | Action::Commented { .. } | Action::RemovedDuplicate { .. } => None,
    });
    let number = opened.ok_or_else(|| Failure("no pull request was opened".to_owned()))?;
    let pull = forge.pull_requests()?.into_iter().find(|pull| pull.request.number == number);
    let pull = pull.ok_or_else(|| Failure(format!("pull request {number} is gone")))?;
    let impact = pull.impact.ok_or_else(|| Failure("the pull request has no impact comment".to_owned()))?;
    let text = std::fs::read_to_string(&impact)?;
    write_message(&format!("4. pull request {number}: {}\n", pull.title));
    write_result(&text)?;
    let report = pull.report.map(|path| format!("the report with the timelines: {}\n", path.display()));
    write_message(&format!(
        "\n{}the pull request as files: {}\ntry it yourself: cd {} && {} diff main",
        report.unwrap_or_default(),
        pull.folder.display(),
        place.display(),
        this_command(),
    ));
    Ok(())
}

/// How a shell in any folder starts this binary again: as it was started, unless that was by a path.
fn this_command() -> String {
    let name = std::env::args_os().next().map(PathBuf::from).filter(|name| name.components().count() == 1);
    let path = name.or_else(|| std::env::current_exe().ok());
    path.map_or_else(|| "heal".to_owned(), |path| path.display().to_string())
}

/// The checkout policy as the branch has it.
fn changed_checkout() -> Result<String, Failure> {
    let shipped = SHIPPED.iter().find(|shipped| shipped.path == "checkout.heal").map(|shipped| shipped.bytes);
    let mut text = String::from_utf8_lossy(shipped.unwrap_or_default()).into_owned();
    for (before, after) in CHANGES {
        if text.matches(before).count() != 1 {
            return Err(Failure(format!(
                "the shipped policy does not hold the text that the demo changes: {before}"
            )));
        }
        text = text.replace(before, after);
    }
    Ok(text)
}

/// The demo's commits are equal in every run.
fn author(seconds: i64) -> Author {
    let time_seconds = 1_767_225_600 + seconds;
    Author { name: "Heal demo".to_owned(), email: "demo@example.org".to_owned(), time_seconds }
}

/// The folder that was named, or a new one among the temporary ones.
fn make_folder(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(folder) = named {
        if folder.exists() {
            return Err(Failure(format!("{} is there already: name a folder to be made", folder.display())));
        }
        std::fs::create_dir_all(folder)?;
        return Ok(folder.canonicalize()?);
    }
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let folder = std::env::temp_dir().join(format!("heal-demo-{}-{moment}", std::process::id()));
    std::fs::create_dir(&folder)?;
    Ok(folder)
}

/// Assesses over the repository's own recording; no engine runs, so what is merged is only noted.
#[derive(Default)]
struct DemoAssessor {
    state: EngineState,
}

impl Assessor for DemoAssessor {
    fn assess(&mut self, base: &Tree, head: &Tree) -> Assessment {
        let ground = Ground { recording: None, base_name: "main".to_owned(), head_name: BRANCH.to_owned() };
        assess(base, head, &ground, &Options::default())
    }

    fn apply(&mut self, commit: &CommitId, _tree: &Tree) -> ApplyOutcome {
        self.state.applied = Some(commit.clone());
        ApplyOutcome::Applied
    }

    fn engine(&self) -> EngineState {
        self.state.clone()
    }
}
