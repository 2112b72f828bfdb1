//! What is decided of the language and cannot be said in it: its own tests are in `tests/suite/semantics`.

use heal_program::*;

use super::scenario::*;
use crate::*;

const CART: &[&str] = &["cart", "eu"];

fn service() -> Vec<Argument> {
    vec![Argument::Entity("service".to_owned())]
}

fn failed() -> Option<Outcome> {
    Some(Outcome::Failed { reason: "x".to_owned() })
}

fn swap(world: &mut World, minute: i64, program: Program) {
    world.tell(Timestamp(minute * MINUTE), Input::ProgramSwap(Box::new(program)));
}

/// The same with a trace of nothing but what people watch: lines that begin so are left out.
#[track_caller]
fn check_but(world: World, without: &[&str], expected: &[&str]) {
    let events = world.into_events();
    let lines: Vec<String> = events.iter().map(line).collect();
    let is_kept = |line: &&String| !without.iter().any(|word| line.contains(word));
    let kept: Vec<&String> = lines.iter().filter(is_kept).collect();
    assert_eq!(kept, expected);
}

/// A program whose signal is pushed: its steps are decided two minutes later.
fn pushed() -> Program {
    let mut program = program(vec![escalate()], guard());
    program.signals[0].lateness = minutes(2);
    program.detectors[0].lateness = minutes(2);
    program
}

#[test]
fn semantics_1_a_step_is_decided_once_at_its_time_and_lateness() {
    let mut world = World::new(pushed());
    world.sample(CART, 0, 11.0);
    for minute in 0..=3 {
        world.tick(minute);
    }
    world.check(&["2 fires cart, eu", "2 tells of cart, eu: the ladder says so"]);
}

#[test]
fn semantics_1_a_step_sees_what_came_within_its_lateness() {
    let mut world = World::new(pushed());
    world.sample(CART, 0, 5.0);
    world.tick(2);
    // Told at 2 of 1, whose step is decided at 3.
    world.sample(CART, 1, 11.0);
    world.tick(3);
    world.check(&["3 fires cart, eu", "3 tells of cart, eu: the ladder says so"]);
}

#[test]
fn semantics_1_a_later_sample_is_counted_and_enters_later_windows_only() {
    let mut program = program(vec![escalate()], guard());
    let window =
        Expression::Window { function: WindowFunction::Max, signal: SignalIndex(0), span: minutes(3) };
    program.detectors[0].when = above(window, 10.0);
    let mut world = World::new(program);
    world.feed(CART, 0, &steady(5.0, 4));
    world.tick(4);
    // Of 4, and its step has been decided.
    world.sample(CART, 4, 11.0);
    world.tick(5);
    world.check(&[
        "5 fires cart, eu",
        "5 tells of cart, eu: the ladder says so",
        "5 note on load: a sample came after the step they belong to: only later steps see them",
    ]);
}

#[test]
fn semantics_1_a_sample_older_than_one_that_was_used_is_dropped_and_counted() {
    let mut world = World::new(program(vec![escalate()], guard()));
    world.feed(CART, 0, &[5.0, 5.0, 5.0].map(Some));
    world.sample(CART, 1, 11.0);
    world.tick(3);
    world.check(&["3 1 dropped: they came after a later sample had been used"]);
}

#[test]
fn semantics_18_samples_of_keys_beyond_the_cap_are_a_finding() {
    let mut world = World::new(program(vec![escalate()], guard()));
    for service in ["a", "b", "c", "d"] {
        world.sample(&[service, "eu"], 0, 5.0);
    }
    world.tick(0);
    world.check(&["0 1 dropped: their keys are beyond the cap of 3"]);
}

#[test]
fn semantics_9_people_are_told_again_when_severity_rises() {
    let calm = program(vec![escalate()], guard());
    let mut grave = calm.clone();
    grave.detectors[0].severity = Severity::Critical;
    let mut world = World::new(calm.clone());
    world.feed(CART, 0, &steady(11.0, 2));
    swap(&mut world, 1, grave);
    world.feed(CART, 2, &steady(11.0, 2));
    swap(&mut world, 3, calm);
    world.feed(CART, 4, &steady(11.0, 2));
    check_but(
        world,
        &["swapped"],
        &[
            "0 fires cart, eu",
            "0 tells of cart, eu: the ladder says so",
            "2 tells of cart, eu: it is critical now",
        ],
    );
}

#[test]
fn semantics_9_undo_is_not_held_back_while_starts_are_stopped() {
    let mut program = program(vec![run_plan(0)], guard());
    program.actions[0].undo = Some((ActionIndex(0), service()));
    let mut world = World::new(program);
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 1));
    world.tell(Timestamp(0), Input::Pause { paused: true, by: "ada".to_owned() });
    let id = world.unanswered[0];
    world.tell(Timestamp(0), Input::EffectResult { id, outcome: failed().unwrap() });
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 paused true",
        "0 failed: x",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 run failed",
    ]);
}

#[test]
fn semantics_12_the_undo_of_an_earlier_step_waits_for_that_of_a_later_one() {
    let mut program = program(vec![run_plan(0)], guard());
    program.actions[0].undo = Some((ActionIndex(0), service()));
    let mut more = program.plans[0].steps[0].clone();
    more.name = "more".to_owned();
    program.plans[0].steps.push(more);
    let mut world = World::new(program);
    world.outcomes.extend([Some(Outcome::Succeeded), failed(), None]);
    world.feed(CART, 0, &steady(11.0, 2));
    let id = world.unanswered[0];
    world.tell(Timestamp(2 * MINUTE), Input::EffectResult { id, outcome: Outcome::Succeeded });
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 succeeded",
        "0 acts restart(service: cart)",
        "0 failed: x",
        "0 acts restart(service: cart)",
        "2 succeeded",
        "2 acts restart(service: cart)",
        "2 succeeded",
        "2 run failed",
    ]);
}

#[test]
fn semantics_12_an_unknown_outcome_is_not_tried_again_and_a_known_failure_is() {
    let mut program = program(vec![run_plan(0)], guard());
    program.plans[0].steps[0].retries_max = 2;
    program.plans[0].steps[0].retry_every = minutes(1);
    let mut world = World::new(program);
    let unknown = Some(Outcome::Unknown { reason: "gone".to_owned() });
    world.outcomes.extend([failed(), unknown]);
    world.feed(CART, 0, &steady(11.0, 6));
    world.check(&[
        "0 fires cart, eu",
        "0 runs first for cart, eu",
        "0 acts restart(service: cart)",
        "0 failed: x",
        "1 acts restart(service: cart)",
        "1 unknown: gone",
        "1 inconclusive",
        "1 tells of cart, eu: the outcome of a step is unknown: gone",
    ]);
}

#[test]
fn semantics_13_a_page_is_grouped_under_the_firing_of_what_it_depends_on() {
    let mut program = program(vec![escalate()], guard());
    program.topology = vec![Dependency { from: "cart".to_owned(), to: "store".to_owned() }];
    let mut world = World::new(program);
    world.feed(&["store", "eu"], 0, &steady(11.0, 1));
    world.feed(CART, 1, &steady(11.0, 1));
    let events = world.into_events();
    let cause = events.iter().find_map(|event| match &event.kind {
        TraceKind::FiringStarted { firing, labels, .. } if labels[0].1 == "store" => Some(*firing),
        _ => None,
    });
    let under: Vec<(String, Option<SemanticHash>)> = events
        .iter()
        .filter_map(|event| match &event.kind {
            TraceKind::Escalated { labels, under, .. } => Some((labels[0].1.clone(), *under)),
            _ => None,
        })
        .collect();
    assert!(cause.is_some());
    assert_eq!(under, [("store".to_owned(), None), ("cart".to_owned(), cause)]);
}

#[test]
fn semantics_14_a_cooldown_goes_on_over_a_change_of_the_policy() {
    let cooldown = Some(Cooldown { span: minutes(5), per: vec![Per::Key("zone".to_owned())] });
    let mut old = program(vec![run_plan(0)], Guard { cooldown, ..guard() });
    old.detectors[0].hold = Millis::ZERO;
    let mut new = old.clone();
    new.policies[0].head.hash = hash_of("another ladder");
    new.policies[0].ladder.push(escalate());
    let mut world = World::new(old);
    world.feed(CART, 0, &[Some(11.0), Some(5.0)]);
    swap(&mut world, 1, new);
    world.feed(&["shop", "eu"], 2, &steady(11.0, 1));
    check_but(
        world,
        &["swapped", "succeeded", "passed", "acts"],
        &[
            "0 fires cart, eu",
            "0 runs first for cart, eu",
            "1 cleared cart, eu",
            "2 fires shop, eu",
            "2 withheld for shop, eu: cooldown until 5",
        ],
    );
}

#[test]
fn semantics_14_a_breaker_stays_open_over_a_change_of_the_policy() {
    let breaker = Breaker { failures: 1, window: minutes(60), per: Vec::new(), open_for: minutes(60) };
    let old = program(vec![run_plan(0)], Guard { breakers: vec![breaker], ..guard() });
    let mut new = old.clone();
    new.policies[0].head.hash = hash_of("another ladder");
    new.policies[0].ladder.push(escalate());
    let mut world = World::new(old);
    world.outcomes.push_back(failed());
    world.feed(CART, 0, &[Some(11.0), Some(5.0)]);
    swap(&mut world, 1, new);
    world.feed(&["shop", "eu"], 2, &steady(11.0, 1));
    let events = world.into_events();
    let last = &events.last().unwrap().kind;
    assert!(matches!(last, TraceKind::Withheld { reason: WithheldReason::Breaker { .. }, .. }), "{last:?}");
}

#[test]
fn semantics_14_a_revert_stays_owed_over_a_change_of_the_policy() {
    let mut old = program(vec![run_plan(0)], guard());
    old.actions[0].undo = Some((ActionIndex(0), service()));
    old.plans[0].revert = Some(Revert::After(minutes(5)));
    let mut new = old.clone();
    new.policies.clear();
    new.plans[0].revert = None;
    let mut world = World::new(old);
    world.feed(CART, 0, &[Some(11.0), Some(5.0)]);
    swap(&mut world, 1, new);
    for minute in 2..=6 {
        world.tick(minute);
    }
    check_but(
        world,
        &["swapped"],
        &[
            "0 fires cart, eu",
            "0 runs first for cart, eu",
            "0 acts restart(service: cart)",
            "0 succeeded",
            "0 passed",
            "1 cleared cart, eu",
            "5 takes back first",
            "5 acts restart(service: cart)",
            "5 succeeded",
            "5 passed",
        ],
    );
}

#[test]
fn semantics_20_an_event_whose_source_is_down_is_unknown_and_not_false() {
    let mut program = program(vec![run_plan(0)], guard());
    program.events = vec![Event {
        head: Head { path: "deploy".to_owned(), hash: hash_of("deploy"), ..Head::default() },
        keys: vec!["service".to_owned()],
        source: EventSource::Named { name: "deploys".to_owned(), matching: Vec::new() },
        keys_max: 100,
    }]
    .into();
    let within = Expression::EventWithin { event: EventIndex(0), span: minutes(10) };
    let condition = Expression::Unary(UnaryOperator::Not, Box::new(within));
    program.policies[0].condition = Some(Require { condition, text: "!deploy.within(10m)".to_owned() });
    let mut world = World::new(program);
    let source = |live| Input::Source { name: "deploys".to_owned(), live };
    world.tell(Timestamp(0), source(false));
    world.feed(CART, 0, &steady(11.0, 2));
    world.tell(Timestamp(MINUTE), source(true));
    world.feed(CART, 2, &steady(11.0, 1));
    world.check(&[
        "0 fires cart, eu",
        "0 withheld for cart, eu: unknown !deploy.within(10m)",
        "2 runs first for cart, eu",
        "2 acts restart(service: cart)",
        "2 succeeded",
        "2 passed",
    ]);
}

/// A program whose signal counts lines of a log.
fn counted() -> Program {
    let mut program = program(vec![escalate()], guard());
    program.signals[0].source = Source::Logs(LogSource {
        name: "sshd".to_owned(),
        pattern: None,
        matching: Vec::new(),
        reading: LogReading::Count { per: minutes(1) },
    });
    program
}

#[test]
fn semantics_3_a_count_of_lines_is_zero_for_a_known_key_while_the_log_lives() {
    let mut world = World::new(counted());
    world.feed(CART, 0, &[Some(11.0), None]);
    world.check(&["0 fires cart, eu", "0 tells of cart, eu: the ladder says so", "1 cleared cart, eu"]);
}

#[test]
fn semantics_3_a_count_of_lines_is_unknown_while_the_log_is_down() {
    let program = counted();
    let name = program.signals[0].source_hash().to_string();
    let mut world = World::new(program);
    world.feed(CART, 0, &[Some(11.0)]);
    world.tell(Timestamp(0), Input::Source { name: name.clone(), live: false });
    for minute in 1..=3 {
        world.tick(minute);
    }
    world.tell(Timestamp(3 * MINUTE), Input::Source { name, live: true });
    world.tick(4);
    world.check(&["0 fires cart, eu", "0 tells of cart, eu: the ladder says so", "4 cleared cart, eu"]);
}
