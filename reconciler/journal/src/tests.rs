#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod format;
mod kill;

use std::path::{Path, PathBuf};

use heal_program::{SemanticHash, Timestamp};

use crate::{
    Applied, AskedEffect, EFFECTS_MAX, EffectKind, Handled, Journal, JournalError, NewInput, Refused,
    Settled, SnapshotRecord, TraceRecord,
};

fn journal_in(folder: &Path) -> PathBuf {
    folder.join("state").join("journal.sqlite")
}

fn input(now: i64) -> NewInput {
    NewInput { now: Timestamp(now), json: format!("{{\"n\":{now}}}"), settles: None }
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
    assert_eq!(journal.append(&[input(10), input(20)]).unwrap(), 1);
    assert_eq!(journal.append(&[]).unwrap(), 3);
    journal.snapshot(&snapshot(2)).unwrap();
    assert_eq!(journal.append(&[input(30)]).unwrap(), 3);
    drop(journal);

    let mut journal = Journal::open(&path).unwrap();
    let resume = journal.resume().unwrap();
    assert_eq!(resume.snapshot.as_ref().unwrap(), &snapshot(2));
    let seen: Vec<(u64, i64, &str)> =
        resume.inputs.iter().map(|input| (input.seq, input.now.0, input.json.as_str())).collect();
    assert_eq!(seen, [(3, 30, "{\"n\":30}")]);
    assert_eq!(resume.last_now(), Some(Timestamp(30)));
    assert_eq!(journal.append(&[input(40)]).unwrap(), 4, "numbers go on where they ended");
}

#[test]
fn numbers_go_on_after_all_inputs_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_in(folder.path());
    let mut journal = Journal::open(&path).unwrap();
    journal.append(&[input(1), input(2), input(3)]).unwrap();
    for seq in [1, 2, 3] {
        journal.snapshot(&snapshot(seq)).unwrap();
    }
    drop(journal);
    let mut journal = Journal::open(&path).unwrap();
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
    assert_eq!(journal.append(&[input(4)]).unwrap(), 4);
}

#[test]
fn an_effect_asked_for_again_is_the_effect_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    let first = Handled {
        trace: vec![event(1, 0, "\"a\""), event(1, 1, "\"b\"")],
        effects: vec![asked("restart", 1, EffectKind::Act), asked("page", 1, EffectKind::Escalate)],
    };
    journal.record(&first).unwrap();
    let settled = Settled { effect: id("restart"), outcome: "succeeded".to_owned() };
    let result = NewInput { settles: Some(settled.clone()), ..input(9) };
    journal.append(&[result]).unwrap();
    // A restart tells the same inputs once more.
    journal.record(&first).unwrap();
    let late = Settled { outcome: "failed".to_owned(), ..settled };
    journal.settle(&late, Timestamp(99)).unwrap();

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
    journal.append(&[input(1)]).unwrap();
    assert_eq!(journal.apply(&applied("aaa"), input(2)).unwrap(), 2);
    let refused = Refused {
        commit: "bbb".to_owned(),
        at: Timestamp(4),
        tool: "0.1.0".to_owned(),
        diagnostics: "a.heal:1:1: bad".to_owned(),
    };
    journal.refuse(&refused).unwrap();
    assert_eq!(journal.apply(&applied("ccc"), input(5)).unwrap(), 3);
    assert_eq!(journal.applied().unwrap().unwrap(), Applied { seq: 3, ..applied("ccc") });
    assert_eq!(journal.refused().unwrap().unwrap(), refused);
    assert_eq!(journal.resume().unwrap().inputs.len(), 3);
    let programs = "SELECT count(*) FROM policies WHERE program IS NOT NULL";
    let kept: i64 = journal.connection.query_row(programs, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1, "only the program that runs is kept");
}

#[test]
fn old_settled_effects_are_forgotten_and_open_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    journal.append(&[input(1), input(2)]).unwrap();
    let names: Vec<String> = (0..EFFECTS_MAX + 5).map(|number| number.to_string()).collect();
    let effects = names.iter().map(|name| asked(name, 1, EffectKind::Act)).collect();
    journal.record(&Handled { trace: Vec::new(), effects }).unwrap();
    for name in names.iter().skip(1).take(10) {
        journal.settle(&Settled { effect: id(name), outcome: "succeeded".to_owned() }, Timestamp(2)).unwrap();
    }
    journal.snapshot(&snapshot(2)).unwrap();
    assert!(journal.effect(id("0")).unwrap().is_some(), "open");
    assert!(journal.effect(id("1")).unwrap().is_none(), "settled and old");
    assert!(journal.effect(id("10")).unwrap().is_some(), "settled and not old");
}

#[test]
fn a_missing_input_is_damage_and_never_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal_in(folder.path())).unwrap();
    journal.append(&[input(1), input(2), input(3)]).unwrap();
    journal.connection.execute("DELETE FROM inputs WHERE seq = 2", []).unwrap();
    assert!(matches!(journal.resume(), Err(JournalError::Damaged { .. })));
}
