//! An engine that is stopped anywhere and restored goes on as if nothing had been.

use heal_program::*;
use proptest::prelude::*;

use super::scenario::*;
use crate::*;

fn busy_world() -> World {
    let guard = Guard {
        limits: vec![limit(3, minutes(7), &[]), limit(1, minutes(5), &["zone"])],
        cooldown: Some(Cooldown { span: minutes(2), per: vec![Per::Key("zone".to_owned())] }),
        withheld_escalates_after: Some(minutes(4)),
        ..Guard::default()
    };
    let mut program = program(vec![run_plan(0), run_plan(1), escalate()], guard);
    let window =
        Expression::Window { function: WindowFunction::Avg, signal: SignalIndex(0), span: minutes(2) };
    program.detectors[0].when = above(window, 10.0);
    program.detectors[0].hold = minutes(1);
    World::new(program)
}

fn drive(world: &mut World, values: &[(Option<u8>, Option<u8>)], cut: Option<usize>) {
    for (minute, (a, b)) in values.iter().enumerate() {
        if cut == Some(minute) {
            let written = world.engine.snapshot().to_json().unwrap();
            let program = world.engine.program().clone();
            world.engine = Engine::restore(program, Snapshot::from_json(&written).unwrap()).unwrap();
        }
        let minute = i64::try_from(minute).unwrap();
        for (key, value) in [(["a", "eu"], a), (["b", "eu"], b)] {
            if let Some(value) = value {
                world.sample(&key, minute, f64::from(*value) * 0.1);
            }
        }
        world.tick(minute);
    }
}

proptest! {
    #[test]
    fn a_restored_engine_goes_on_as_if_nothing_had_been(
        values in proptest::collection::vec((proptest::option::of(0u8..250), proptest::option::of(0u8..250)), 1..60),
        cut in 0usize..60,
    ) {
        let (mut through, mut stopped) = (busy_world(), busy_world());
        drive(&mut through, &values, None);
        drive(&mut stopped, &values, Some(cut.min(values.len() - 1)));
        prop_assert_eq!(through.into_events(), stopped.into_events());
    }

    #[test]
    fn no_stream_of_inputs_exceeds_a_limit(
        values in proptest::collection::vec((proptest::option::of(0u8..250), proptest::option::of(0u8..250)), 1..60),
    ) {
        let mut world = busy_world();
        drive(&mut world, &values, None);
        let starts: Vec<Timestamp> = world
            .into_events()
            .iter()
            .filter(|event| matches!(event.kind, TraceKind::RunStarted { .. }))
            .map(|event| event.at)
            .collect();
        for start in &starts {
            let in_window = starts.iter().filter(|at| **at <= *start && **at > start.minus(minutes(7))).count();
            prop_assert!(in_window <= 3, "{in_window} starts in 7 minutes before {start}");
        }
    }
}

#[test]
fn a_snapshot_of_a_newer_version_is_refused() {
    let written = busy_world().engine.snapshot().to_json().unwrap();
    let newer = written.replacen("\"version\":5", "\"version\":6", 1);
    let refused = Snapshot::from_json(&newer).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this snapshot has version 6, and this Heal reads up to 5: use a newer Heal"
    );
}

#[test]
fn a_snapshot_from_before_the_first_release_is_refused() {
    let written = busy_world().engine.snapshot().to_json().unwrap();
    let older = written.replacen("\"version\":5", "\"version\":4", 1);
    assert!(matches!(Snapshot::from_json(&older), Err(SnapshotError::Older { found: 4 })));
}

#[test]
fn a_snapshot_of_another_program_is_refused() {
    let snapshot = busy_world().engine.snapshot();
    let mut other = busy_world().engine.program().clone();
    other.policies[0].head.hash = hash_of("changed");
    assert!(matches!(Engine::restore(other, snapshot), Err(SnapshotError::OtherProgram { .. })));
}
