//! From firings to actions, and everything that holds them back.

use heal_program::*;

use super::scenario::*;
use crate::*;

const CART: &[&str] = &["cart", "eu"];

fn world(ladder: Vec<Rung>, edit: impl FnOnce(&mut Guard)) -> World {
    let mut guard = guard();
    edit(&mut guard);
    World::new(program(ladder, guard))
}

fn cooldown(span: Millis, per: &[&str]) -> Option<Cooldown> {
    Some(Cooldown { span, per: per.iter().map(|name| Per::Key((*name).to_owned())).collect() })
}

#[test]
fn a_ladder_goes_on_a_cooldown_after_a_passed_rung_while_it_still_fires() {
    let mut world =
        world(vec![run_plan(0), run_plan(1), escalate()], |guard| guard.cooldown = cooldown(minutes(3), &[]));
    world.feed(CART, 0, &steady(11.0, 12));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 passed",
        "3 runs second for cart, eu",
        "3 acts restart(service: cart)",
        "3 succeeded",
        "3 passed",
        "6 tells of cart, eu: second passed, and busy still fires",
    ]);
}

#[test]
fn a_firing_that_comes_back_within_the_cooldown_meets_the_next_rung_at_once() {
    let mut world = world(vec![run_plan(0), escalate()], |guard| guard.cooldown = cooldown(minutes(5), &[]));
    world.feed(CART, 0, &[11.0, 9.0, 11.0].map(Some));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 passed",
        "1 cleared cart, eu",
        "2 fires cart, eu",
        "2 tells of cart, eu: first passed, and busy fires again",
    ]);
}

#[test]
fn a_full_cooldown_of_silence_starts_the_ladder_again() {
    let mut world = world(vec![run_plan(0), escalate()], |guard| guard.cooldown = cooldown(minutes(3), &[]));
    world.feed(CART, 0, &[11.0, 9.0, 9.0, 9.0, 11.0].map(Some));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 passed",
        "1 cleared cart, eu",
        "4 fires cart, eu",
        "4 runs first for cart, eu",
        "4 acts restart(service: cart)",
        "4 succeeded",
        "4 passed",
    ]);
}

#[test]
fn a_failed_step_hands_over_to_the_next_rung_at_once() {
    let mut world = world(vec![run_plan(0), escalate()], |_| {});
    world.outcomes.push_back(Some(Outcome::Failed { reason: "no such unit".to_owned() }));
    world.feed(CART, 0, &steady(11.0, 1));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 failed: no such unit",
        "0 run failed",
        "0 tells of cart, eu: first failed: no such unit",
    ]);
}

#[test]
fn an_action_without_an_outcome_is_parked_and_never_tried_again() {
    let mut world = world(vec![run_plan(0), run_plan(1)], |_| {});
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 30));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "5 unknown: no outcome was reported in time",
        "5 inconclusive",
        "5 tells of cart, eu: the outcome of a step is unknown: no outcome was reported in time",
    ]);
    // It comes after all, and twice: too late to change anything.
    let id = world.unanswered[0];
    for minute in [30, 31] {
        let late = Input::EffectResult { id, outcome: Outcome::Succeeded };
        world.tell(Timestamp(minute * MINUTE), late);
    }
    assert!(world.engine.drain_trace().is_empty());
}

#[test]
fn a_limit_holds_back_counts_failed_runs_and_opens_as_its_window_slides() {
    let mut world = world(vec![run_plan(0)], |guard| guard.limits = vec![limit(1, minutes(10), &[])]);
    world.outcomes.push_back(Some(Outcome::Failed { reason: "x".to_owned() }));
    world.feed(CART, 0, &steady(11.0, 2));
    world.feed(&["shop", "eu"], 2, &steady(11.0, 9));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 failed: x",
        "0 run failed",
        "2 fires shop, eu",
        "2 withheld for shop, eu: limit []",
        "8 lost cart, eu",
        "10 runs first for shop, eu",
        "10 acts restart(service: shop)",
        "10 succeeded",
        "10 passed",
    ]);
}

#[test]
fn a_limit_per_field_counts_each_group_apart() {
    let mut world = world(vec![run_plan(0)], |guard| guard.limits.push(limit(1, minutes(10), &["zone"])));
    for key in [["a", "eu"], ["b", "eu"], ["c", "us"]] {
        world.sample(&key, 0, 11.0);
    }
    world.tick(0);
    world.check(&[
        "0 fires a, eu",
        "0 fires b, eu",
        "0 fires c, us",
        "0 runs first for a, eu",
        "0 acts restart(service: a)",
        "0 withheld for b, eu: limit [eu]",
        "0 runs first for c, us",
        "0 acts restart(service: c)",
        "0 succeeded",
        "0 passed",
        "0 succeeded",
        "0 passed",
    ]);
}

#[test]
fn a_cooldown_holds_back_other_keys_of_its_group() {
    let mut world = world(vec![run_plan(0)], |guard| guard.cooldown = cooldown(minutes(2), &["zone"]));
    world.sample(&["a", "eu"], 0, 11.0);
    world.feed(&["b", "eu"], 0, &steady(11.0, 3));
    world.check(&[
        "0 fires a, eu",
        "0 fires b, eu",
        "0 runs first for a, eu",
        "0 acts restart(service: a)",
        "0 withheld for b, eu: cooldown until 2",
        "0 succeeded",
        "0 passed",
        "2 runs first for b, eu",
        "2 acts restart(service: b)",
        "2 succeeded",
        "2 passed",
    ]);
}

#[test]
fn one_plan_at_a_time_works_on_one_entity() {
    let mut world = world(vec![run_plan(0)], |_| {});
    world.outcomes.push_back(None);
    world.sample(&["a", "eu"], 0, 11.0);
    world.sample(&["a", "us"], 0, 11.0);
    world.tick(0);
    world.check(&[
        "0 fires a, eu",
        "0 fires a, us",
        "0 runs first for a, eu",
        "0 acts restart(service: a)",
        "0 withheld for a, us: busy with heal",
    ]);
}

#[test]
fn an_approval_is_asked_for_and_a_grant_starts_the_run() {
    let mut world = world(vec![run_plan(0)], |guard| guard.approval = approval(OnTimeout::Escalate));
    world.feed(CART, 0, &steady(11.0, 2));
    let id = world.asked[0];
    world.tell(Timestamp(MINUTE), Input::Approval { id, granted: true, by: "ada".to_owned() });
    world.check(&[
        "0 fires cart, eu",
        "0 asks sre until 5",
        "1 approval Granted { by: \"ada\" }",
        "1 runs first for cart, eu",
        "1 acts restart(service: cart)",
        "1 succeeded",
        "1 passed",
    ]);
    assert_eq!(world.asked.len(), 1);
}

#[test]
fn guards_are_looked_at_again_after_an_approval() {
    let mut world = world(vec![run_plan(0)], |guard| guard.approval = approval(OnTimeout::Escalate));
    world.feed(CART, 0, &steady(11.0, 1));
    world.tell(Timestamp(0), Input::Pause { paused: true, by: "ada".to_owned() });
    let id = world.asked[0];
    world.tell(Timestamp(0), Input::Approval { id, granted: true, by: "ada".to_owned() });
    world.tell(Timestamp(0), Input::Pause { paused: false, by: "ada".to_owned() });
    world.feed(CART, 1, &steady(11.0, 1));
    world.check(&[
        "0 fires cart, eu",
        "0 asks sre until 5",
        "0 paused true",
        "0 approval Granted { by: \"ada\" }",
        "0 withheld for cart, eu: paused",
        "0 paused false",
        "1 runs first for cart, eu",
        "1 acts restart(service: cart)",
        "1 succeeded",
        "1 passed",
    ]);
}

#[test]
fn an_approval_that_nobody_answers_ends_the_ladder_and_tells_people() {
    let mut world = world(vec![run_plan(0)], |guard| guard.approval = approval(OnTimeout::Escalate));
    world.feed(CART, 0, &steady(11.0, 8));
    world.check(&[
        "0 fires cart, eu",
        "0 asks sre until 5",
        "5 approval TimedOut",
        "5 tells of cart, eu: the approval timed out",
    ]);
}

#[test]
fn a_refused_approval_ends_the_ladder_and_tells_people() {
    let mut world =
        world(vec![run_plan(0), run_plan(1)], |guard| guard.approval = approval(OnTimeout::Reject));
    world.feed(CART, 0, &steady(11.0, 1));
    let id = world.asked[0];
    world.tell(Timestamp(0), Input::Approval { id, granted: false, by: "ada".to_owned() });
    world.feed(CART, 1, &steady(11.0, 20));
    world.check(&[
        "0 fires cart, eu",
        "0 asks sre until 5",
        "0 approval Refused { by: \"ada\" }",
        "0 rejected",
        "0 tells of cart, eu: ada refused the approval",
    ]);
}

#[test]
fn an_approval_lapses_when_the_firing_ends_and_a_late_grant_does_nothing() {
    let mut world = world(vec![run_plan(0)], |guard| guard.approval = approval(OnTimeout::Escalate));
    world.feed(CART, 0, &[Some(11.0), Some(9.0)]);
    let id = world.asked[0];
    world.tell(Timestamp(MINUTE), Input::Approval { id, granted: true, by: "ada".to_owned() });
    world.check(&["0 fires cart, eu", "0 asks sre until 5", "1 cleared cart, eu", "1 approval Lapsed"]);
}

/// A world whose plan requires that the service has two instances available.
fn with_require(available: Option<f64>) -> World {
    let mut program = program(vec![run_plan(0), escalate()], guard());
    program.entities[0].fields.push(heal_program::Field {
        name: "available".to_owned(),
        kind: FieldKind::Quantity(Dimension::COUNT),
        source: None,
        scale: 1.0,
        offset: 0.0,
    });
    let field = Expression::EntityField {
        root: "service".to_owned(),
        entity: EntityIndex(0),
        path: vec!["available".to_owned()],
    };
    let number = Box::new(Expression::Number(2.0));
    let condition = Expression::Binary(BinaryOperator::GreaterOrEqual, Box::new(field), number);
    program.plans[0].requires = vec![Require { condition, text: "service.available >= 2".to_owned() }];
    let mut world = World::new(program);
    world.available(0, available);
    world
}

#[test]
fn a_require_that_holds_lets_the_plan_run() {
    let mut world = with_require(Some(2.0));
    world.feed(CART, 0, &steady(11.0, 1));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 passed",
    ]);
}

#[test]
fn a_require_that_is_false_skips_to_the_next_rung() {
    let mut world = with_require(Some(1.0));
    world.feed(CART, 0, &steady(11.0, 1));
    world.check(&[
        "0 fires cart, eu",
        "0 skipped: service.available >= 2",
        "0 tells of cart, eu: first was skipped: `service.available >= 2` is false",
    ]);
}

#[test]
fn a_require_that_is_not_recorded_withholds_is_looked_at_again_and_escalates_when_it_lasts() {
    let mut world = with_require(None);
    world.feed(CART, 0, &steady(11.0, 17));
    world.check(&[
        "0 fires cart, eu",
        "0 withheld for cart, eu: require not recorded",
        "15 tells of cart, eu: withheld for 15m",
    ]);
    world.available(17, Some(2.0));
    world.feed(CART, 17, &steady(11.0, 1));
    let events = world.engine.drain_trace();
    assert!(matches!(events[0].kind, TraceKind::RunStarted { .. }), "{events:?}");
}

#[test]
fn where_false_is_silent_and_where_unknown_withholds() {
    let mut program = program(vec![run_plan(0)], guard());
    let is_cart = Expression::Binary(
        BinaryOperator::Equal,
        Box::new(Expression::KeyField("service".to_owned())),
        Box::new(Expression::Text("cart".to_owned())),
    );
    program.policies[0].condition =
        Some(Require { condition: is_cart, text: "service == \"cart\"".to_owned() });
    let mut other = World::new(program.clone());
    other.feed(&["shop", "eu"], 0, &steady(11.0, 2));
    other.check(&["0 fires shop, eu"]);

    let tier = Expression::EntityField {
        root: "service".to_owned(),
        entity: EntityIndex(0),
        path: vec!["tier".to_owned()],
    };
    let is_gold = Expression::Binary(
        BinaryOperator::Equal,
        Box::new(tier),
        Box::new(Expression::Text("gold".to_owned())),
    );
    program.policies[0].condition =
        Some(Require { condition: is_gold, text: "service.tier == \"gold\"".to_owned() });
    let mut unknown = World::new(program);
    unknown.feed(CART, 0, &steady(11.0, 2));
    unknown.check(&["0 fires cart, eu", "0 withheld for cart, eu: unknown service.tier == \"gold\""]);
}

#[test]
fn a_pause_holds_everything_back_but_not_people_being_told() {
    let mut world = world(vec![escalate(), run_plan(0)], |guard| guard.cooldown = cooldown(minutes(1), &[]));
    world.tell(Timestamp(0), Input::Pause { paused: true, by: "ada".to_owned() });
    world.feed(CART, 0, &steady(11.0, 3));
    world.check(&[
        "0 paused true",
        "0 fires cart, eu",
        "0 tells of cart, eu: the ladder says so",
        "1 withheld for cart, eu: paused",
    ]);
}

#[test]
fn ids_are_hashes_of_their_cause_and_so_equal_in_every_run() {
    let run = || {
        let mut world = world(vec![run_plan(0)], |_| {});
        world.feed(CART, 0, &steady(11.0, 3));
        world.into_events()
    };
    let (first, second) = (run(), run());
    assert_eq!(first, second);
    let mut later = world(vec![run_plan(0)], |_| {});
    later.feed(CART, 1, &steady(11.0, 3));
    let id = |events: &[TraceEvent]| match &events[0].kind {
        TraceKind::FiringStarted { firing, .. } => *firing,
        other => panic!("{other:?}"),
    };
    assert_ne!(id(&first), id(&later.into_events()), "another start is another firing");
}
