//! From samples to firings.

use heal_program::*;

use super::scenario::*;
use crate::*;

const CART: &[&str] = &["cart", "eu"];

fn detecting(edit: impl FnOnce(&mut Detector)) -> World {
    let mut program = program(vec![escalate()], guard());
    program.policies.clear();
    edit(&mut program.detectors[0]);
    World::new(program)
}

#[test]
fn for_needs_every_step_from_the_first_to_the_last_inclusive() {
    let mut world = detecting(|detector| detector.hold = minutes(2));
    let values = [5.0, 11.0, 11.0, 9.0, 11.0, 11.0, 11.0, 9.0].map(Some);
    world.feed(CART, 0, &values);
    world.check(&["6 fires cart, eu", "7 cleared cart, eu"]);
}

#[test]
fn a_firing_with_a_clear_condition_ends_only_by_it_and_when_wins() {
    let mut world = detecting(|detector| {
        let below = Expression::Binary(
            BinaryOperator::Less,
            Box::new(Expression::Signal(SignalIndex(0))),
            Box::new(Expression::Number(20.0)),
        );
        // Both hold between 10 and 20: `when` wins there.
        detector.clear = Some(Clear { when: below, hold: minutes(1) });
    });
    world.feed(CART, 0, &[11.0, 15.0, 15.0, 9.0, 11.0, 9.0, 9.0].map(Some));
    world.check(&["0 fires cart, eu", "6 cleared cart, eu"]);
}

#[test]
fn a_pending_key_whose_samples_stop_starts_afresh() {
    let mut world = detecting(|detector| detector.hold = minutes(6));
    let mut values = steady(11.0, 2);
    // Stale after 3 minutes: the last value holds at minutes 2 to 4 and is unknown from minute 5 on.
    values.extend([None; 5]);
    values.extend(steady(11.0, 7));
    world.feed(CART, 0, &values);
    world.check(&["13 fires cart, eu"]);
}

#[test]
fn a_firing_whose_samples_stop_is_lost_one_stale_time_after_it_went_unknown() {
    let mut world = detecting(|_| {});
    let mut values = steady(11.0, 1);
    values.extend([None; 9]);
    world.feed(CART, 0, &values);
    world.check(&["0 fires cart, eu", "7 lost cart, eu"]);
}

#[test]
fn a_window_is_unknown_until_its_key_has_lived_as_long() {
    let mut world = detecting(|detector| {
        let window =
            Expression::Window { function: WindowFunction::Avg, signal: SignalIndex(0), span: minutes(3) };
        detector.when = above(window, 10.0);
    });
    world.feed(CART, 0, &[90.0, 0.0, 0.0, 31.0, 0.0, 0.0, 0.0].map(Some));
    // At minute 3 the window holds minutes 1 to 3; the 90 of minute 0 is out, as the window is open on the left.
    world.check(&["3 fires cart, eu", "6 cleared cart, eu"]);
}

#[test]
fn keys_fire_apart() {
    let mut world = detecting(|_| {});
    world.sample(&["cart", "us"], 0, 11.0);
    world.feed(CART, 0, &[Some(9.0), Some(11.0)]);
    world.check(&["0 fires cart, us", "1 fires cart, eu"]);
}

#[test]
fn keys_beyond_the_cap_are_dropped_and_counted() {
    let mut world = detecting(|_| {});
    for name in ["a", "b", "c", "d", "e"] {
        world.sample(&[name, "eu"], 0, 5.0);
    }
    world.tick(0);
    world.check(&["0 2 dropped: their keys are beyond the cap of 3"]);
}

#[test]
fn samples_that_are_older_than_one_that_was_used_are_dropped_and_counted() {
    let mut world = detecting(|_| {});
    world.feed(CART, 0, &steady(5.0, 3));
    world.sample(CART, 1, 99.0);
    world.tick(3);
    world.check(&["3 1 dropped: they came after a later sample had been used"]);
}

#[test]
fn a_detector_reads_another_one_of_the_same_step() {
    let mut program = program(vec![escalate()], guard());
    program.policies.clear();
    let mut other = program.detectors[0].clone();
    // Stands before the one that it reads, in the order of paths.
    other.head.path = "alarm".to_owned();
    other.when = Expression::Firing(DetectorIndex(1));
    program.detectors.insert(0, other);
    let mut world = World::new(program);
    world.feed(CART, 0, &[Some(11.0), Some(9.0)]);
    world.check(&["0 fires cart, eu", "0 fires cart, eu", "1 cleared cart, eu", "1 cleared cart, eu"]);
}

#[test]
fn a_firing_says_what_its_condition_read() {
    let mut world = detecting(|_| {});
    world.feed(CART, 0, &[Some(11.0)]);
    let events = world.into_events();
    let TraceKind::FiringStarted { values, pending_since, .. } = &events[0].kind else {
        panic!("{events:?}")
    };
    assert_eq!(values, &[("load".to_owned(), Some(11.0))]);
    assert_eq!(*pending_since, Timestamp(0));
}

#[test]
fn the_grid_is_aligned_to_the_epoch_and_a_step_sees_the_last_value() {
    let mut world = detecting(|detector| detector.every = minutes(5));
    world.sample(CART, 1, 11.0);
    for minute in 1..=5 {
        world.tick(minute);
    }
    // The sample of minute 1 is stale at minute 5; that of minute 4 is not.
    world.check(&[]);
    world.sample(CART, 9, 11.0);
    world.tick(10);
    world.check(&["10 fires cart, eu"]);
}

#[test]
fn time_that_goes_back_halts_the_engine_and_changes_nothing() {
    let mut world = detecting(|_| {});
    world.feed(CART, 0, &steady(5.0, 3));
    let before = world.engine.snapshot().to_json().unwrap();
    let back = world.engine.handle(Timestamp(0), Input::Watermark { until: Timestamp(0) });
    assert_eq!(back, Err(Halt::TimeWentBack { from: Timestamp(2 * MINUTE), to: Timestamp(0) }));
    assert_eq!(world.engine.snapshot().to_json().unwrap(), before);
}

#[test]
fn equal_windows_are_computed_once_for_all_detectors() {
    let mut program = program(vec![escalate()], guard());
    program.policies.clear();
    let window = |minute_count: i64| Expression::Window {
        function: WindowFunction::Avg,
        signal: SignalIndex(0),
        span: minutes(minute_count),
    };
    program.detectors[0].when = above(window(3), 10.0);
    for at in 1..100 {
        let mut detector = program.detectors[0].clone();
        detector.head.path = format!("other_{at:03}");
        // Three windows, and a hundred limits.
        detector.when = above(window(3 + at % 3), at as f64);
        program.detectors.push(detector);
    }
    let mut world = World::new(program);
    world.feed(CART, 0, &steady(11.0, 10));
    let engine = &mut world.engine;
    assert_eq!(engine.prepared.lanes[0].kernels.len(), 3, "kernels that take samples in");
    let (board, at) = (crate::foretell::Board::default(), Timestamp(9 * 60_000));
    for detector in (0..100).map(DetectorIndex) {
        let mut keys = engine.state.detectors[detector.at()].keys.clone();
        let step = crate::agenda::Step { due: at, at, verify: None };
        assert!(engine.look_together(detector, step, &mut keys, &board).is_some(), "all keys at once");
    }
    assert_eq!(board.columns_count(), 3, "windows that are looked at");
}
