//! Choosing among plans: what it learns from, and what it does not.

use heal_program::*;

use super::scenario::*;
use crate::{state::Tally, *};

fn choice() -> Rung {
    let service = || vec![Argument::EntityFromKey(EntityIndex(0), vec!["service".to_owned()])];
    Rung::Choose { among: vec![(PlanIndex(0), service()), (PlanIndex(1), service())], again: None }
}

fn choosing(guard: Guard) -> World {
    World::new(program(vec![choice()], guard))
}

fn unknown() -> Option<Outcome> {
    Some(Outcome::Unknown { reason: "nobody knows".to_owned() })
}

fn failed() -> Option<Outcome> {
    Some(Outcome::Failed { reason: "x".to_owned() })
}

/// What is remembered of both plans: passed, failed, inconclusive.
fn tallies(world: &World) -> [(u32, u32, u32); 2] {
    let state = world.engine.state.policies.get("heal").unwrap();
    ["first", "second"].map(|plan| {
        let Tally { passed, failed, inconclusive } = state.tallies.get(plan).copied().unwrap_or_default();
        (passed, failed, inconclusive)
    })
}

fn sum(tallies: [(u32, u32, u32); 2]) -> (u32, u32, u32) {
    let [a, b] = tallies;
    (a.0 + b.0, a.1 + b.1, a.2 + b.2)
}

fn choices(world: World) -> Vec<(String, Vec<Candidate>)> {
    let chosen = world.into_events().into_iter().filter_map(|event| match event.kind {
        TraceKind::Chosen { plan, among, .. } => Some((plan, among)),
        _ => None,
    });
    chosen.collect()
}

#[test]
fn a_choice_learns_from_what_passed_and_failed_and_counts_what_is_unknown_apart() {
    let mut world = choosing(guard());
    world.outcomes = [Some(Outcome::Succeeded), failed(), unknown()].into();
    world.feed(&["a", "eu"], 0, &steady(20.0, 1));
    world.feed(&["b", "eu"], 1, &steady(20.0, 1));
    world.feed(&["c", "eu"], 2, &steady(20.0, 1));
    assert_eq!(sum(tallies(&world)), (1, 1, 1));
    let last = choices(world).pop().unwrap().1;
    assert_eq!(last.iter().map(|arm| arm.passed + arm.failed + arm.inconclusive).sum::<u32>(), 2);
}

#[test]
fn what_is_unknown_moves_no_index() {
    let indexes = |outcomes: Vec<Option<Outcome>>| {
        let mut world = choosing(guard());
        world.outcomes = outcomes.into();
        world.feed(&["a", "eu"], 0, &steady(20.0, 1));
        world.feed(&["b", "eu"], 1, &steady(20.0, 1));
        let all = choices(world);
        let scores = |at: usize| all[at].1.iter().map(|arm| arm.score).collect::<Vec<f64>>();
        (scores(0), scores(1))
    };
    let (before, after) = indexes(vec![unknown()]);
    assert_eq!(before, after);
    let (before, after) = indexes(vec![failed()]);
    assert_ne!(before, after);
}

#[test]
fn a_policy_in_shadow_learns_nothing() {
    let mut program = program(vec![choice()], guard());
    program.policies[0].shadow = true;
    let mut world = World::new(program);
    world.feed(&["a", "eu"], 0, &steady(20.0, 2));
    assert_eq!(sum(tallies(&world)), (0, 0, 0));
}

#[test]
fn a_guard_holds_the_rung_back_and_does_not_choose() {
    let mut world = choosing(Guard { limits: vec![limit(1, minutes(10), &[])], ..Guard::default() });
    world.feed(&["a", "eu"], 0, &steady(20.0, 1));
    world.feed(&["b", "eu"], 1, &steady(20.0, 14));
    let events = world.into_events();
    let of_b = |labels: &Labels| label_values(labels) == "b, eu";
    let chosen: Vec<String> = events
        .iter()
        .filter_map(|event| match &event.kind {
            TraceKind::Chosen { plan, labels, .. } if of_b(labels) => Some(plan.clone()),
            _ => None,
        })
        .collect();
    let run: Vec<(i64, String)> = events
        .iter()
        .filter_map(|event| match &event.kind {
            TraceKind::RunStarted { plan, labels, .. } if of_b(labels) => {
                Some((event.at.0 / MINUTE, plan.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(chosen.len(), 1, "{chosen:?}");
    assert_eq!(run, [(10, chosen[0].clone())]);
}

#[test]
fn what_was_learned_outlives_a_restart_and_the_same_is_chosen() {
    let drive = |stops: bool| {
        let mut world = choosing(guard());
        for (minute, key) in (0..).zip(["a", "b", "c", "d", "e", "f"]) {
            world.outcomes.push_back(if minute % 2 == 0 { failed() } else { Some(Outcome::Succeeded) });
            world.feed(&[key, "eu"], minute, &steady(20.0, 1));
            if stops {
                let written = world.engine.snapshot().to_json().unwrap();
                let program = world.engine.program().clone();
                world.engine = Engine::restore(program, Snapshot::from_json(&written).unwrap()).unwrap();
            }
        }
        (tallies(&world), world.engine.state.policies.clone())
    };
    assert_eq!(drive(false), drive(true));
    assert_eq!(sum(drive(true).0).2, 0);
}
