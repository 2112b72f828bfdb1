//! Runs that end badly after their firing has ended: nobody acts for it any more, and people hear of it.

use heal_program::*;

use super::scenario::*;
use crate::*;

const CART: &[&str] = &["cart", "eu"];

fn world(ladder: Vec<Rung>, silence: i64) -> World {
    let cooldown = Some(Cooldown { span: minutes(silence), per: Vec::new() });
    World::new(program(ladder, Guard { cooldown, ..guard() }))
}

/// Answers what was asked of the world first.
fn answer(world: &mut World, minute: i64, outcome: Outcome) {
    let id = world.unanswered.remove(0);
    world.tell(Timestamp(minute * MINUTE), Input::EffectResult { id, outcome });
}

fn refused() -> Outcome {
    Outcome::Failed { reason: "no such unit".to_owned() }
}

const BEGUN: [&str; 3] = ["0 fires cart, eu", "0 runs first for cart, eu", "0 acts restart(service: cart)"];

#[test]
fn a_run_that_fails_after_its_firing_cleared_starts_nothing_and_tells_people() {
    let mut world = world(vec![run_plan(0), run_plan(1), escalate()], 10);
    world.outcomes.push_back(None);
    world.feed(CART, 0, &[Some(11.0), Some(9.0)]);
    answer(&mut world, 1, refused());
    world.feed(CART, 2, &steady(9.0, 2));
    world.check(
        &[
            &BEGUN[..],
            &[
                "1 cleared cart, eu",
                "1 failed: no such unit",
                "1 run failed",
                "1 tells of cart, eu: first failed: no such unit",
            ],
        ]
        .concat(),
    );
}

#[test]
fn a_ladder_without_a_later_escalation_tells_nobody_of_a_failure() {
    let mut world = world(vec![run_plan(0), run_plan(1)], 10);
    world.outcomes.push_back(None);
    world.feed(CART, 0, &[Some(11.0), Some(9.0)]);
    answer(&mut world, 1, refused());
    let ended = ["1 cleared cart, eu", "1 failed: no such unit", "1 run failed"];
    world.check(&[&BEGUN[..], &ended].concat());
}

#[test]
fn a_run_without_an_outcome_is_told_of_though_its_firing_cleared() {
    let mut world = world(vec![run_plan(0), run_plan(1)], 10);
    world.outcomes.push_back(None);
    world.feed(CART, 0, &[vec![Some(11.0)], steady(9.0, 5)].concat());
    world.check(
        &[
            &BEGUN[..],
            &[
                "1 cleared cart, eu",
                "5 unknown: no outcome was reported in time",
                "5 inconclusive",
                "5 tells of cart, eu: the outcome of a step is unknown: no outcome was reported in time",
            ],
        ]
        .concat(),
    );
}

#[test]
fn a_firing_that_came_back_meanwhile_goes_on_with_the_ladder_and_people_hear_once() {
    let mut world = world(vec![run_plan(0), escalate()], 10);
    world.outcomes.push_back(None);
    world.feed(CART, 0, &[11.0, 9.0, 11.0].map(Some));
    answer(&mut world, 2, refused());
    world.feed(CART, 3, &steady(11.0, 2));
    world.check(
        &[
            &BEGUN[..],
            &[
                "1 cleared cart, eu",
                "2 fires cart, eu",
                "2 failed: no such unit",
                "2 run failed",
                "2 tells of cart, eu: first failed: no such unit",
            ],
        ]
        .concat(),
    );
}

#[test]
fn what_failed_is_not_started_again_at_once_however_long_it_was_silent_meanwhile() {
    let mut world = world(vec![run_plan(0), escalate()], 1);
    world.outcomes.push_back(None);
    world.feed(CART, 0, &[11.0, 9.0, 9.0, 11.0].map(Some));
    answer(&mut world, 3, refused());
    world.check(
        &[
            &BEGUN[..],
            &[
                "1 cleared cart, eu",
                "3 fires cart, eu",
                "3 failed: no such unit",
                "3 run failed",
                "3 tells of cart, eu: first failed: no such unit",
            ],
        ]
        .concat(),
    );
}

#[test]
fn silence_begins_when_the_firing_and_its_run_are_both_over() {
    for (ended, next) in [(2, "first"), (3, "second")] {
        let mut world = world(vec![run_plan(0), run_plan(1)], 2);
        world.outcomes.push_back(None);
        let quiet = usize::try_from(ended).unwrap();
        world.feed(CART, 0, &[&[Some(11.0)][..], &vec![Some(9.0); quiet]].concat());
        answer(&mut world, ended, refused());
        world.feed(CART, ended + 1, &[&vec![Some(9.0); 3 - quiet][..], &[Some(11.0)]].concat());
        let failed = [format!("{ended} failed: no such unit"), format!("{ended} run failed")];
        let again = format!("4 runs {next} for cart, eu");
        let told: Vec<&str> = ["1 cleared cart, eu"]
            .into_iter()
            .chain(failed.iter().map(String::as_str))
            .chain(["4 fires cart, eu", &again, "4 acts restart(service: cart)", "4 succeeded", "4 passed"])
            .collect();
        world.check(&[&BEGUN[..], &told].concat());
    }
}

/// A firing that is lost while its plan waits: the samples stop for good after the second.
fn lost(edit: impl FnOnce(&mut Guard)) -> World {
    let mut guard = guard();
    edit(&mut guard);
    let mut world = World::new(program(vec![run_plan(0), escalate()], guard));
    world.feed(CART, 0, &[steady(11.0, 2), vec![None; 60]].concat());
    world
}

#[test]
fn a_firing_that_is_lost_while_people_are_asked_is_told_of() {
    let mut world = lost(|guard| {
        guard.approval = approval(OnTimeout::Escalate).map(|it| Approval { timeout: minutes(30), ..it });
    });
    world.check(&[
        "0 fires cart, eu",
        "0 asks sre until 30",
        "8 lost cart, eu",
        "8 approval Lapsed",
        "8 tells of cart, eu: its samples stopped while people were asked for an approval",
    ]);
}

#[test]
fn a_firing_that_is_lost_while_its_plan_is_withheld_is_told_of_once() {
    let mut world = lost(|guard| guard.limits = vec![limit(0, minutes(60), &[])]);
    world.check(&[
        "0 fires cart, eu",
        "0 withheld for cart, eu: limit []",
        "8 lost cart, eu",
        "8 tells of cart, eu: its samples stopped while first was withheld",
    ]);
    let mut world = lost(|guard| {
        guard.limits = vec![limit(0, minutes(60), &[])];
        guard.withheld_escalates_after = Some(minutes(5));
    });
    world.check(&[
        "0 fires cart, eu",
        "0 withheld for cart, eu: limit []",
        "5 tells of cart, eu: withheld for 5m",
        "8 lost cart, eu",
    ]);
}

#[test]
fn a_firing_that_is_lost_in_the_pause_of_an_earlier_ones_rung_is_told_of() {
    let again = match run_plan(0) {
        Rung::Plan { plan, arguments, .. } => Rung::Plan { plan, arguments, again: Some(minutes(30)) },
        other => other,
    };
    let begun = [&BEGUN[..], &["0 succeeded", "0 passed"]].concat();
    let mut world = world(vec![again.clone(), escalate()], 10);
    world.feed(CART, 0, &[vec![Some(11.0), Some(9.0), Some(11.0)], vec![None; 20]].concat());
    let told = "9 tells of cart, eu: its samples stopped while first waited for its turn";
    world.check(&[&begun[..], &["1 cleared cart, eu", "2 fires cart, eu", "9 lost cart, eu", told]].concat());
    // In its own pause its plan has done its part.
    let mut world = self::world(vec![again, escalate()], 10);
    world.feed(CART, 0, &[steady(11.0, 2), vec![None; 20]].concat());
    world.check(&[&begun[..], &["8 lost cart, eu"]].concat());
}

#[test]
fn a_firing_that_clears_while_its_plan_is_withheld_is_told_to_nobody() {
    let mut guard = guard();
    guard.limits = vec![limit(0, minutes(60), &[])];
    let mut world = World::new(program(vec![run_plan(0), escalate()], guard));
    world.feed(CART, 0, &[vec![Some(11.0), Some(9.0)], vec![None; 60]].concat());
    world.check(&["0 fires cart, eu", "0 withheld for cart, eu: limit []", "1 cleared cart, eu"]);
}
