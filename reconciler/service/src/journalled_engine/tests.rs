//! The demo's recording, replayed: as a simulation has it, and the same however often the process dies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use heal_engine::{Input, TraceEvent, TraceKind};
use heal_journal::{EffectKind, Journal};
use heal_program::{SignalIndex, Timestamp};
use heal_simulator::{Options, simulate};

use super::JournalledEngine;
use crate::config::Pace;
use crate::replay::{Progress, Replay};
use crate::tests::{commit, demo_program, demo_recording};

/// Set for the child that is killed: where its journal is.
const CHILD_JOURNAL: &str = "HEAL_TEST_KILLED_ENGINE";
const KILLS_MAX: u32 = 40;

fn open(path: &Path) -> JournalledEngine {
    JournalledEngine::open(Journal::open(path).unwrap()).unwrap()
}

/// Takes up the replay of the demo where the journal ends.
fn resume(path: &Path) -> (JournalledEngine, Replay) {
    let mut engine = open(path);
    let mut replay = Replay::new(demo_recording(), Pace::Max);
    if engine.now().is_none() {
        let program = demo_program("", "");
        engine.apply(&commit('a'), program, replay.begin(), (Vec::new(), Vec::new())).unwrap();
    }
    let (program, now) = (engine.engine().program().clone(), engine.now().unwrap());
    replay.follow(&program, now).unwrap();
    (engine, replay)
}

/// What the journal says happened, with the number of the input.
fn told(engine: &JournalledEngine) -> Vec<(u64, String)> {
    engine.journal().trace(u32::MAX).unwrap().into_iter().map(|event| (event.seq, event.json)).collect()
}

fn actions(engine: &JournalledEngine) -> Vec<(String, Option<String>)> {
    let actions = engine.journal().effects(EffectKind::Act, u32::MAX).unwrap();
    actions.into_iter().map(|action| (action.asked.id.to_string(), action.outcome)).collect()
}

/// The whole replay in one go.
fn undisturbed(folder: &Path) -> JournalledEngine {
    let (mut engine, mut replay) = resume(&folder.join("undisturbed.sqlite"));
    while replay.advance(&mut engine).unwrap() == Progress::More {
        engine.commit().unwrap();
    }
    engine.commit().unwrap();
    engine
}

#[test]
fn a_replay_is_what_a_simulation_says_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = undisturbed(folder.path());
    let is_of_the_engine = |event: &TraceEvent| match event.kind {
        TraceKind::NotSimulated { .. } | TraceKind::ProgramSwapped { .. } => false,
        TraceKind::FiringStarted { .. }
        | TraceKind::FiringEnded { .. }
        | TraceKind::Happened { .. }
        | TraceKind::Chosen { .. }
        | TraceKind::Verified { .. }
        | TraceKind::VerifyDecided { .. }
        | TraceKind::RevertStarted { .. }
        | TraceKind::Noted { .. }
        | TraceKind::RunStarted { .. }
        | TraceKind::ActionStarted { .. }
        | TraceKind::ActionEnded { .. }
        | TraceKind::RunEnded { .. }
        | TraceKind::Withheld { .. }
        | TraceKind::ApprovalRequested { .. }
        | TraceKind::ApprovalEnded { .. }
        | TraceKind::Escalated { .. }
        | TraceKind::SamplesDropped { .. }
        | TraceKind::Paused { .. } => true,
    };
    let mut live = engine.take_events();
    live.retain(is_of_the_engine);
    let mut simulated =
        simulate(&demo_program("", ""), &demo_recording(), &Options::default()).unwrap().trace.events;
    simulated.retain(is_of_the_engine);
    assert!(simulated.len() > 20, "{}", simulated.len());
    assert_eq!(live, simulated);
    assert!(!actions(&engine).is_empty());
    let open = engine.journal().open_effects().unwrap();
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_restart_after_every_few_steps_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let expected = undisturbed(folder.path());
    let path = folder.path().join("restarted.sqlite");
    let mut restarts = 0;
    loop {
        let (mut engine, mut replay) = resume(&path);
        let mut is_over = false;
        for _ in 0..4 {
            is_over = replay.advance(&mut engine).unwrap() != Progress::More;
            engine.commit().unwrap();
        }
        // What was not committed when it died is made again.
        replay.advance(&mut engine).unwrap();
        if restarts % 2 == 0 && !is_over {
            engine.commit().unwrap();
        }
        if is_over {
            assert_eq!(told(&engine), told(&expected));
            assert_eq!(actions(&engine), actions(&expected));
            break;
        }
        restarts += 1;
    }
    assert!(restarts > 3, "{restarts}");
    let (state, expected) = (open(&path).engine().snapshot(), expected.engine().snapshot());
    assert_eq!(state.to_json().unwrap(), expected.to_json().unwrap(), "byte for byte");
}

#[test]
fn killed_at_any_moment_it_takes_up_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.sqlite");
    let mut kills = 0;
    while kills < KILLS_MAX && !run_and_kill(&path, Duration::from_millis(40 + u64::from(kills) * 37 % 400)) {
        kills += 1;
    }
    let (mut engine, mut replay) = resume(&path);
    while replay.advance(&mut engine).unwrap() == Progress::More {
        engine.commit().unwrap();
    }
    engine.commit().unwrap();
    let expected = undisturbed(folder.path());
    assert!(kills > 2, "the child was too fast to be killed: {kills}");
    assert_eq!(told(&engine), told(&expected));
    assert_eq!(actions(&engine), actions(&expected));
    let json = |engine: &JournalledEngine| engine.engine().snapshot().to_json().unwrap();
    assert_eq!(json(&engine), json(&expected));
}

/// Whether the child came to its end before it was killed.
fn run_and_kill(path: &PathBuf, after: Duration) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "journalled_engine::tests::child_that_replays_until_it_is_killed", "--nocapture"])
        .env(CHILD_JOURNAL, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.find(|line| line.contains("child begins")).expect("the child did not begin");
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    lines.any(|line| line.contains("child is done"))
}

/// Not a test of its own: it does nothing unless the test above starts it.
#[test]
fn child_that_replays_until_it_is_killed() {
    use std::io::Write as _;
    let Some(path) = std::env::var_os(CHILD_JOURNAL) else { return };
    let say = |text: &str| std::io::stdout().write_all(format!("\nchild {text}\n").as_bytes()).unwrap();
    let (mut engine, mut replay) = resume(Path::new(&path));
    say("begins");
    while replay.advance(&mut engine).unwrap() == Progress::More {
        engine.commit().unwrap();
    }
    engine.commit().unwrap();
    say("is done");
}

#[test]
fn a_program_swap_outlives_a_restart_with_its_commit_and_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swapped.sqlite");
    let (mut engine, mut replay) = resume(&path);
    replay.advance(&mut engine).unwrap();
    let position = engine.now().unwrap();
    let next = demo_program("= 60ms", "= 45ms");
    let digest = next.digest();
    let history =
        vec![Input::Sample { signal: SignalIndex(0), key: vec!["x".to_owned()], at: position, value: 1.0 }];
    engine.apply(&commit('b'), next, position, (Vec::new(), history)).unwrap();
    engine.refuse(&commit('c'), "bad.heal:1:1: no".to_owned(), position).unwrap();
    let before = engine.engine().snapshot().to_json().unwrap();
    drop(engine);

    let engine = open(&path);
    assert_eq!(engine.engine().program().digest(), digest);
    assert_eq!(engine.engine().snapshot().to_json().unwrap(), before);
    let applied = engine.journal().applied().unwrap().unwrap();
    assert_eq!((applied.commit, applied.digest), (commit('b').to_string(), digest.to_string()));
    assert_eq!(engine.journal().refused().unwrap().unwrap().commit, commit('c').to_string());
}

#[test]
fn time_never_goes_back_and_what_is_no_number_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(&folder.path().join("clock.sqlite"));
    engine.tick(Timestamp(5_000), Timestamp(5_000)).unwrap();
    engine.tick(Timestamp(1_000), Timestamp(1_000)).unwrap();
    assert_eq!(engine.now(), Some(Timestamp(5_000)));
    let nothing =
        Input::Sample { signal: SignalIndex(0), key: Vec::new(), at: Timestamp(1), value: f64::NAN };
    engine.tell(Timestamp(6_000), [nothing]).unwrap();
    engine.commit().unwrap();
    assert_eq!(engine.journal().next_seq(), 3);
}

/// A restart must be able to read whatever the compiler lets through.
#[test]
fn the_deepest_program_that_compiles_outlives_a_restart() {
    let sum = |terms: usize| vec!["x"; terms].join(" + ");
    let source = |terms: usize| {
        format!(
            "/// X.\nsignal x: ratio {{ from metric \"x\" every 1m }}\n/// D.\ndetector d {{ when {} > 1 }}\n",
            sum(terms)
        )
    };
    let compiled = |terms: usize| {
        let files = [("a.heal".to_owned(), source(terms))].into();
        heal_driver::compile(&heal_driver::SourceSet::of(files)).program
    };
    let sizes = [10, 60, 200, 250, 500];
    let deepest = sizes.into_iter().rev().find_map(compiled).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.sqlite");
    let mut engine = open(&path);
    engine.apply(&commit('d'), deepest.clone(), Timestamp(0), (Vec::new(), Vec::new())).unwrap();
    drop(engine);
    let mut engine = open(&path);
    assert_eq!(engine.engine().program(), &deepest, "from its input");
    engine.snapshot().unwrap();
    drop(engine);
    assert_eq!(open(&path).engine().program(), &deepest, "from its snapshot");
}
