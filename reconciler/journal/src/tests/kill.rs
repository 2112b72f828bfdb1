//! A real process is killed while it writes; what it had been told was written must be there, whole.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{asked, event, inputs, journal_in, snapshot};
use crate::{Batch, EffectKind, Journal};

/// Set for the child: where its journal is.
const CHILD_JOURNAL: &str = "HEAL_TEST_KILLED_JOURNAL";
const KILLS: u64 = 8;
const BATCH: u64 = 3;

#[test]
fn what_was_written_survives_sigkill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    for round in 0..KILLS {
        let promised = run_and_kill(&path, Duration::from_millis(15 + 23 * round));
        let journal = Journal::open(&path).unwrap();
        let last = journal.next_seq() - 1;
        assert!(last >= promised, "input {promised} was promised, and {last} is the last one");
        assert_eq!(last % BATCH, 0, "a batch is there whole or not at all");
        let resume = journal.resume().unwrap();
        let from = resume.snapshot.map_or(0, |snapshot| snapshot.seq);
        assert_eq!(resume.inputs.len() as u64, last - from, "no input is missing");
        let effects = journal.open_effects().unwrap();
        assert_eq!(effects.len() as u64, last / BATCH, "every batch has what came of it");
    }
    assert!(Journal::open(&path).unwrap().next_seq() > 1, "the child never got to write");
}

/// Returns the last input that the child said was written.
fn run_and_kill(path: &PathBuf, after: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "tests::kill::child_that_writes_until_it_is_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD_JOURNAL, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    // From its first promise on, so that there is always something to lose.
    let mut promised = lines.by_ref().find_map(promise).expect("the child wrote nothing");
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines {
        promised = promise(line).unwrap_or(promised);
    }
    promised
}

fn promise(line: String) -> Option<u64> {
    line.rsplit_once("written ")?.1.parse().ok()
}

/// Not a test of its own: it does nothing unless the test above starts it.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD_JOURNAL) else { return };
    let mut journal = Journal::open(&PathBuf::from(path)).unwrap();
    loop {
        let first = journal.next_seq();
        let last = first + BATCH - 1;
        let effects = vec![asked(&format!("effect {last}"), last, EffectKind::Act)];
        let (inputs, trace) = (inputs(&journal, &[1, 2, 3]), vec![event(first, 0, "\"e\"")]);
        journal.write(&Batch { inputs, trace, effects, ..Batch::default() }).unwrap();
        if last.is_multiple_of(15) {
            journal.snapshot(&snapshot(last)).unwrap();
        }
        // Straight to the pipe: a line that the parent reads is a promise that was made.
        let mut out = std::io::stdout();
        out.write_all(format!("\nwritten {last}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}
