//! Restarts, effects, commits and what is forgotten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod format;
mod kill;

use std::path::{Path, PathBuf};

use heal_program::{SemanticHash, Timestamp};

use crate::{
    Applied, AskedEffect, Batch, EFFECTS_MAX, EffectKind, InputRecord, Journal, JournalError, Refused,
    Settled, SnapshotRecord, TraceRecord,
};

fn journal_in(folder: &Path) -> PathBuf {
    folder.join("state").join("journal.sqlite")
}

/// The next inputs, told at these times.
fn inputs(journal: &Journal, times: &[i64]) -> Vec<InputRecord> {
    let input =
        |(seq, now): (u64, &i64)| InputRecord { seq, now: Timestamp(*now), json: format!("{{\"n\":{now}}}") };
    (journal.next_seq()..).zip(times).map(input).collect()
}

fn tell(journal: &mut Journal, times: &[i64]) {
    let inputs = inputs(journal, times);
    journal.write(&Batch { inputs, ..Batch::default() }).unwrap();
}

fn settled(name: &str, outcome: &str, at: i64) -> Settled {
    Settled { effect: id(name), at: Timestamp(at), outcome: outcome.to_owned() }
}

fn id(text: &str) -> SemanticHash {
    SemanticHash::of([text.as_bytes()])
}

fn asked(name: &str, seq: u64, kind: EffectKind) -> AskedEffect {
    AskedEffect { id: id(name), seq, asked_at: Timestamp(7), kind, json: format!("\"{name}\"") }
}

fn event(seq: u64, ordinal: u32, json: &str) -> TraceRecord {
    TraceRecord { seq, ordinal, at: Timestamp(5), json: json.to_owned() }
}

fn snapshot(seq: u64) -> SnapshotRecord {
    SnapshotRecord { seq, now: Timestamp(100), program: "{}".to_owned(), json: format!("\"{seq}\"") }
}

fn applied(commit: &str) -> Applied {
    Applied {
        commit: commit.to_owned(),
        at: Timestamp(3),
        tool: "0.1.0".to_owned(),
        seq: 0,
        digest: "5f2c".to_owned(),
        program: "{\"heal_program_version\":1}".to_owned(),
    }
}

#[test]
fn a_restart_gets_the_last_snapshot_and_every_input_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    let mut journal = Journal::open(&path).unwrap();
    assert_eq!(journal.resume().unwrap(), crate::Resume::default());
    assert_eq!(journal.next_seq(), 1);
    tell(&mut journal, &[10, 20]);
    tell(&mut journal, &[]);
    journal.snapshot(&snapshot(2)).unwrap();
    tell(&mut journal, &[30]);
    drop(journal);

    let journal = Journal::open(&path).unwrap();
    let resume = journal.resume().unwrap();
    assert_eq!(resume.snapshot.as_ref().unwrap(), &snapshot(2));
    let seen: Vec<(u64, i64, &str)> =
        resume.inputs.iter().map(|input| (input.seq, input.now.0, input.json.as_str())).collect();
    assert_eq!(seen, [(3, 30, "{\"n\":30}")]);
    assert_eq!(resume.last_now(), Some(Timestamp(30)));
    assert_eq!(journal.next_seq(), 4, "numbers go on where they ended");
}

#[test]
fn numbers_go_on_after_all_inputs_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    let mut journal = Journal::open(&path).unwrap();
    tell(&mut journal, &[1, 2, 3]);
    for seq in [1, 2, 3] {
        journal.snapshot(&snapshot(seq)).unwrap();
    }
    drop(journal);
    let journal = Journal::open(&path).unwrap();
    let count = |journal: &Journal, table: &str| -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        journal.connection.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(
        (count(&journal, "snapshots"), count(&journal, "inputs")),
        (2, 1),
        "one stretch is left to replay"
    );
    assert_eq!(journal.resume().unwrap().inputs, []);
    assert_eq!(journal.next_seq(), 4);
}

#[test]
fn an_effect_asked_for_again_is_the_effect_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    let first = Batch {
        trace: vec![event(1, 0, "\"a\""), event(1, 1, "\"b\"")],
        effects: vec![asked("restart", 1, EffectKind::Act), asked("page", 1, EffectKind::Escalate)],
        settled: vec![settled("restart", "succeeded", 9)],
        ..Batch::default()
    };
    journal.write(&first).unwrap();
    // A restart tells the same inputs once more, and an outcome may come late.
    journal.write(&Batch { settled: vec![settled("restart", "failed", 99)], ..first.clone() }).unwrap();

    assert_eq!(journal.effects_count(EffectKind::Act).unwrap(), 1);
    assert_eq!(journal.trace(10).unwrap(), first.trace);
    let restart = journal.effect(id("restart")).unwrap().unwrap();
    assert_eq!((restart.outcome.as_deref(), restart.settled_at), (Some("succeeded"), Some(Timestamp(9))));
    let open: Vec<SemanticHash> =
        journal.open_effects().unwrap().into_iter().map(|effect| effect.asked.id).collect();
    assert_eq!(open, [id("page")]);
    assert_eq!(journal.effects(EffectKind::Act, 5).unwrap(), [restart]);
    assert_eq!(journal.effect(id("nothing")).unwrap(), None);
    assert_eq!(journal.trace(1).unwrap(), [event(1, 1, "\"b\"")]);
}

#[test]
fn a_commit_and_the_swap_that_brings_it_are_written_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    assert_eq!((journal.applied().unwrap(), journal.refused().unwrap()), (None, None));
    let bring = |journal: &mut Journal, commit: &str| {
        let inputs = inputs(journal, &[1, 2]);
        let applied = Applied { seq: journal.next_seq() + 1, ..applied(commit) };
        journal.write(&Batch { inputs, applied: Some(applied), ..Batch::default() }).unwrap();
    };
    bring(&mut journal, "aaa");
    let refused = Refused {
        commit: "bbb".to_owned(),
        at: Timestamp(4),
        tool: "0.1.0".to_owned(),
        diagnostics: "a.heal:1:1: bad".to_owned(),
    };
    journal.refuse(&refused).unwrap();
    bring(&mut journal, "ccc");
    assert_eq!(journal.applied().unwrap().unwrap(), Applied { seq: 4, ..applied("ccc") });
    assert_eq!(journal.refused().unwrap().unwrap(), refused);
    assert_eq!(journal.resume().unwrap().inputs.len(), 4);
    let programs = "SELECT count(*) FROM policies WHERE program IS NOT NULL";
    let kept: i64 = journal.connection.query_row(programs, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1, "only the program that runs is kept");
}

#[test]
fn old_settled_effects_are_forgotten_and_open_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    tell(&mut journal, &[1, 2]);
    let names: Vec<String> = (0..EFFECTS_MAX + 5).map(|number| number.to_string()).collect();
    let effects = names.iter().map(|name| asked(name, 1, EffectKind::Act)).collect();
    let settled = names.iter().skip(1).take(10).map(|name| settled(name, "succeeded", 2)).collect();
    journal.write(&Batch { effects, settled, ..Batch::default() }).unwrap();
    journal.snapshot(&snapshot(2)).unwrap();
    assert!(journal.effect(id("0")).unwrap().is_some(), "open");
    assert!(journal.effect(id("1")).unwrap().is_none(), "settled and old");
    assert!(journal.effect(id("10")).unwrap().is_some(), "settled and not old");
}

#[test]
fn a_missing_input_is_damage_and_never_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    tell(&mut journal, &[1, 2, 3]);
    journal.connection.execute("DELETE FROM inputs WHERE seq = 2", []).unwrap();
    assert!(matches!(journal.resume(), Err(JournalError::Damaged { .. })));
}

#[test]
fn inputs_that_are_not_the_next_ones_are_refused_with_all_that_came_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    let inputs = inputs(&journal, &[1, 2]);
    let backwards = Batch {
        inputs: inputs.into_iter().rev().collect(),
        effects: vec![asked("restart", 1, EffectKind::Act)],
        ..Batch::default()
    };
    assert!(matches!(journal.write(&backwards), Err(JournalError::OutOfOrder { expected: 1 })));
    assert_eq!((journal.next_seq(), journal.open_effects().unwrap().len()), (1, 0));
}
