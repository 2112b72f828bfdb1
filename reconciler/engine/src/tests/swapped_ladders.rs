//! Ladders whose rungs a new program moves while they are climbed.

use heal_program::*;

use super::scenario::*;
use crate::*;

const CART: &[&str] = &["cart", "eu"];

/// A ladder with a cooldown of 3 min.
fn ladder(rungs: Vec<Rung>) -> Program {
    let cooldown = Some(Cooldown { span: minutes(3), per: vec![Per::Key("zone".to_owned())] });
    program(rungs, Guard { cooldown, ..guard() })
}

/// Which plans run when, and what people are told, where `new` takes over at a minute.
fn lived(old: Vec<Rung>, at: i64, new: Program) -> Vec<String> {
    let mut world = World::new(ladder(old));
    let before = usize::try_from(at).unwrap();
    world.feed(CART, 0, &steady(11.0, before + 1));
    world.tell(Timestamp(at * MINUTE), Input::ProgramSwap(Box::new(new)));
    world.feed(CART, at + 1, &steady(11.0, 20));
    let lines = world.into_events().iter().map(line).collect::<Vec<_>>();
    lines.into_iter().filter(|line| line.contains(" runs ") || line.contains(" tells ")).collect()
}

#[test]
fn a_rung_that_is_inserted_before_one_that_was_tried_repeats_nothing() {
    let new = ladder(vec![run_plan(1), run_plan(0), escalate()]);
    assert_eq!(
        lived(vec![run_plan(0), escalate()], 1, new),
        ["0 runs first for cart, eu", "3 tells of cart, eu: first passed, and busy still fires"]
    );
}

#[test]
fn who_is_to_be_told_is_told_though_a_rung_before_is_removed() {
    let new = ladder(vec![run_plan(0), escalate()]);
    assert_eq!(
        lived(vec![run_plan(0), run_plan(1), escalate()], 4, new),
        [
            "0 runs first for cart, eu",
            "3 runs second for cart, eu",
            "6 tells of cart, eu: second passed, and busy still fires",
        ]
    );
}

#[test]
fn a_rung_that_was_not_tried_is_after_the_one_before_it_is_removed() {
    let new = ladder(vec![run_plan(1), escalate()]);
    assert_eq!(
        lived(vec![run_plan(0), run_plan(1), escalate()], 1, new),
        [
            "0 runs first for cart, eu",
            "3 runs second for cart, eu",
            "6 tells of cart, eu: second passed, and busy still fires",
        ]
    );
}

#[test]
fn who_is_to_be_told_before_a_rung_that_was_tried_is_told_and_it_is_not_tried_again() {
    let new = ladder(vec![run_plan(0), escalate(), run_plan(1)]);
    assert_eq!(
        lived(vec![run_plan(0), run_plan(1)], 4, new),
        [
            "0 runs first for cart, eu",
            "3 runs second for cart, eu",
            "6 tells of cart, eu: second passed, and busy still fires",
        ]
    );
}

#[test]
fn a_plan_under_another_name_was_tried() {
    let mut new = ladder(vec![run_plan(1), run_plan(0), escalate()]);
    new.plans[0].head.path = "renamed".to_owned();
    assert_eq!(
        lived(vec![run_plan(0), escalate()], 1, new),
        ["0 runs first for cart, eu", "3 tells of cart, eu: first passed, and busy still fires"]
    );
}

#[test]
fn a_run_in_flight_whose_rung_is_gone_hands_over_to_whom_is_left() {
    let mut world = World::new(ladder(vec![run_plan(0), run_plan(1), escalate()]));
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 1));
    let id = world.unanswered[0];
    world.tell(Timestamp(0), Input::ProgramSwap(Box::new(ladder(vec![escalate()]))));
    let outcome = Outcome::Failed { reason: "no such unit".to_owned() };
    world.tell(Timestamp(MINUTE), Input::EffectResult { id, outcome });
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 swapped, kept [\"busy\"], 0 parked",
        "1 failed: no such unit",
        "1 run failed",
        "1 tells of cart, eu: first failed: no such unit",
    ]);
}

#[test]
fn what_two_changes_do_to_a_run_in_flight_is_as_what_one_does() {
    let mut world = World::new(ladder(vec![run_plan(0), run_plan(1), escalate()]));
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 1));
    let id = world.unanswered[0];
    world.tell(Timestamp(0), Input::ProgramSwap(Box::new(ladder(vec![run_plan(1), escalate()]))));
    world.tell(Timestamp(0), Input::ProgramSwap(Box::new(ladder(vec![escalate(), run_plan(1)]))));
    let outcome = Outcome::Failed { reason: "no such unit".to_owned() };
    world.tell(Timestamp(MINUTE), Input::EffectResult { id, outcome });
    world.feed(CART, 1, &steady(11.0, 6));
    let lines = world.into_events().iter().map(line).collect::<Vec<_>>();
    let told = lines.into_iter().filter(|line| line.contains(" runs ") || line.contains(" tells "));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "0 runs first for cart, eu",
            "1 tells of cart, eu: first failed: no such unit",
            "4 runs second for cart, eu",
        ]
    );
}

#[test]
fn a_run_in_flight_hands_over_to_the_next_rung_of_its_renamed_policy() {
    let rungs = vec![run_plan(0), escalate()];
    let mut world = World::new(ladder(rungs.clone()));
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 1));
    let id = world.unanswered[0];
    let mut renamed = ladder(rungs);
    renamed.policies[0].head.path = "heal_again".to_owned();
    world.tell(Timestamp(0), Input::ProgramSwap(Box::new(renamed)));
    let outcome = Outcome::Failed { reason: "no such unit".to_owned() };
    world.tell(Timestamp(MINUTE), Input::EffectResult { id, outcome });
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 swapped, kept [\"busy\"], 0 parked",
        "1 failed: no such unit",
        "1 run failed",
        "1 tells of cart, eu: first failed: no such unit",
    ]);
}

#[test]
fn what_fires_on_under_another_bound_is_no_silence() {
    let mut new = ladder(vec![run_plan(0), escalate()]);
    new.detectors[0].head.hash = hash_of("another bound");
    new.detectors[0].hold = minutes(6);
    assert_eq!(
        lived(vec![run_plan(0), escalate()], 1, new),
        ["0 runs first for cart, eu", "8 tells of cart, eu: first passed, and busy fires again"]
    );
}

#[test]
fn what_is_known_to_be_quiet_under_another_bound_for_a_cooldown_begins_anew() {
    let mut new = ladder(vec![run_plan(0), escalate()]);
    new.detectors[0].head.hash = hash_of("another bound");
    let mut world = World::new(ladder(vec![run_plan(0), escalate()]));
    world.feed(CART, 0, &steady(11.0, 2));
    world.tell(Timestamp(MINUTE), Input::ProgramSwap(Box::new(new)));
    world.feed(CART, 2, &[steady(9.0, 4), steady(11.0, 1)].concat());
    let lines = world.into_events().iter().map(line).collect::<Vec<_>>();
    let runs: Vec<_> = lines.into_iter().filter(|line| line.contains(" runs ")).collect();
    assert_eq!(runs, ["0 runs first for cart, eu", "6 runs first for cart, eu"]);
}
