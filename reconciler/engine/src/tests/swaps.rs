//! A program takes over from another.

use heal_program::*;

use super::scenario::*;
use crate::*;

const CART: &[&str] = &["cart", "eu"];

fn swap(world: &mut World, minute: i64, program: Program) {
    world.tell(Timestamp(minute * MINUTE), Input::ProgramSwap(Box::new(program)));
}

fn limited(runs_max: u32) -> Program {
    program(vec![run_plan(0)], Guard { limits: vec![limit(runs_max, minutes(60), &[])], ..guard() })
}

#[test]
fn a_detector_of_equal_meaning_keeps_its_state_under_another_name() {
    let mut old = limited(5);
    old.policies.clear();
    old.detectors[0].hold = minutes(4);
    let mut new = old.clone();
    new.detectors[0].head.path = "overloaded".to_owned();
    let mut world = World::new(old);
    world.feed(CART, 0, &steady(11.0, 3));
    swap(&mut world, 2, new);
    world.feed(CART, 3, &steady(11.0, 3));
    world.check(&["2 swapped, kept [\"overloaded\"], 0 parked", "4 fires cart, eu"]);
}

#[test]
fn a_detector_of_another_meaning_starts_afresh_and_its_firings_end_as_replaced() {
    let old = limited(5);
    let mut new = old.clone();
    new.detectors[0].head.hash = hash_of("another meaning");
    new.detectors[0].hold = minutes(2);
    let mut world = World::new(old);
    world.outcomes.push_back(Some(Outcome::Succeeded));
    world.feed(CART, 0, &steady(11.0, 1));
    swap(&mut world, 0, new);
    world.feed(CART, 1, &steady(11.0, 3));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 passed",
        "0 replaced cart, eu",
        "0 swapped, kept [], 0 parked",
        "3 fires cart, eu",
    ]);
}

#[test]
fn a_lower_limit_counts_the_runs_that_were() {
    let mut world = World::new(limited(5));
    world.feed(CART, 0, &steady(11.0, 1));
    swap(&mut world, 0, limited(1));
    world.sample(CART, 1, 9.0);
    world.feed(&["shop", "eu"], 1, &steady(11.0, 1));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 passed",
        "0 swapped, kept [\"busy\"], 0 parked",
        "1 cleared cart, eu",
        "1 fires shop, eu",
        "1 withheld for shop, eu: limit []",
    ]);
}

#[test]
fn renaming_a_policy_loosens_no_guard_even_over_two_swaps() {
    let mut world = World::new(limited(1));
    world.feed(CART, 0, &steady(11.0, 1));
    let mut without = limited(1);
    without.policies.clear();
    swap(&mut world, 0, without);
    let mut renamed = limited(1);
    renamed.policies[0].head.path = "heal_again".to_owned();
    swap(&mut world, 0, renamed);
    world.feed(&["shop", "eu"], 1, &steady(11.0, 1));
    let events = world.into_events();
    let last = &events.last().unwrap().kind;
    assert!(matches!(last, TraceKind::Withheld { reason: WithheldReason::Limit { .. }, .. }), "{last:?}");
}

#[test]
fn renaming_a_policy_does_not_try_its_first_rung_again() {
    let ladder = vec![run_plan(0), escalate()];
    let guard = Guard { cooldown: Some(Cooldown { span: minutes(2), per: Vec::new() }), ..guard() };
    let mut world = World::new(program(ladder.clone(), guard.clone()));
    world.feed(CART, 0, &steady(11.0, 1));
    let mut renamed = program(ladder, guard);
    renamed.policies[0].head.path = "heal_again".to_owned();
    swap(&mut world, 0, renamed);
    world.feed(CART, 1, &steady(11.0, 2));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 passed",
        "0 swapped, kept [\"busy\"], 0 parked",
        "2 tells of cart, eu: first passed, and busy still fires",
    ]);
}

#[test]
fn what_a_policy_started_under_another_name_holds_its_next_rung_back_by_no_cooldown() {
    let ladder = vec![run_plan(0), run_plan(1)];
    let per = vec![Per::Key("service".to_owned())];
    let guard = Guard { cooldown: Some(Cooldown { span: minutes(30), per }), ..guard() };
    let mut world = World::new(program(ladder.clone(), guard.clone()));
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 1));
    let pause = |paused| Input::Pause { paused, by: "ada".to_owned() };
    world.tell(Timestamp(0), pause(true));
    let id = world.unanswered[0];
    let failed = Outcome::Failed { reason: "no such unit".to_owned() };
    world.tell(Timestamp(0), Input::EffectResult { id, outcome: failed });
    let mut renamed = program(ladder, guard);
    renamed.policies[0].head.path = "heal_again".to_owned();
    swap(&mut world, 0, renamed);
    world.tell(Timestamp(0), pause(false));
    world.feed(CART, 1, &steady(11.0, 1));
    let told: Vec<String> = world.into_events().iter().map(line).collect();
    assert!(told.iter().any(|line| line == "1 runs second for cart, eu"), "{told:?}");
}

#[test]
fn a_run_in_flight_ends_as_it_was_planned_when_its_policy_is_removed() {
    let mut world = World::new(limited(5));
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 1));
    let mut without = limited(5);
    without.policies.clear();
    swap(&mut world, 0, without);
    let id = world.unanswered[0];
    let failed = Outcome::Failed { reason: "no such unit".to_owned() };
    world.tell(Timestamp(MINUTE), Input::EffectResult { id, outcome: failed });
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 swapped, kept [\"busy\"], 1 parked",
        "1 failed: no such unit",
        "1 run failed",
        "1 tells of cart, eu: a run in flight failed: no such unit",
    ]);
}

#[test]
fn a_window_that_a_new_program_needs_is_unknown_until_it_is_full() {
    let mut old = limited(5);
    old.policies.clear();
    let mut new = old.clone();
    let window =
        Expression::Window { function: WindowFunction::Max, signal: SignalIndex(0), span: minutes(3) };
    new.detectors[0].when = above(window, 10.0);
    new.detectors[0].head.hash = hash_of("with a window");
    let mut world = World::new(old);
    world.feed(CART, 0, &steady(5.0, 3));
    swap(&mut world, 2, new);
    world.feed(CART, 3, &steady(11.0, 4));
    world.check(&["2 swapped, kept [], 0 parked", "5 fires cart, eu"]);
}

#[test]
fn an_approval_for_a_removed_policy_lapses() {
    let guard = Guard { approval: approval(OnTimeout::Escalate), ..guard() };
    let mut world = World::new(program(vec![run_plan(0)], guard));
    world.feed(CART, 0, &steady(11.0, 1));
    let mut without = limited(5);
    without.policies.clear();
    swap(&mut world, 0, without);
    world.feed(CART, 1, &steady(11.0, 8));
    world.check(&[
        "0 fires cart, eu",
        "0 asks sre until 5",
        "0 approval Lapsed",
        "0 swapped, kept [\"busy\"], 0 parked",
    ]);
}
