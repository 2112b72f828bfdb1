//! What a simulation takes for verified goes on like what is seen to be: the same plans are started for the same firings.

use heal_program::*;
use proptest::prelude::*;

use super::scenario::*;

const CART: &[&str] = &["cart", "eu"];

/// A ladder of two plans that verify what always holds, for as long as it takes, and of people; the second plan may be
/// repeated after a minute.
fn verified(silence: i64, is_repeated: bool) -> Program {
    let second = match run_plan(1) {
        Rung::Plan { plan, arguments, .. } => {
            Rung::Plan { plan, arguments, again: is_repeated.then(|| minutes(1)) }
        }
        other => other,
    };
    let cooldown = Some(Cooldown { span: minutes(silence), per: Vec::new() });
    let mut guard = Guard { cooldown, ..guard() };
    // Two starts need no time between them: what is compared is which rung has its turn.
    guard.cooldown.iter_mut().for_each(|cooldown| cooldown.per = vec![Per::Key("service".to_owned())]);
    let mut program = program(vec![run_plan(0), second, escalate()], guard);
    for plan in &mut program.plans {
        plan.verifies = vec![Verify {
            condition: Expression::Bool(true),
            text: "true".to_owned(),
            within: minutes(24 * 60),
        }];
    }
    program
}

/// Which plans are started when, and who is told what.
fn lived(program: &Program, spells: &[(usize, usize)], assumes: bool) -> Vec<String> {
    let mut world = World::new(program.clone());
    if assumes {
        world.engine = world.engine.assuming_verify(true);
    }
    let values: Vec<Option<f64>> = spells
        .iter()
        .flat_map(|(fires, rests)| [steady(11.0, *fires), steady(9.0, *rests)].concat())
        .collect();
    world.feed(CART, 0, &values);
    let lines = world.into_events().iter().map(line).collect::<Vec<_>>();
    lines.into_iter().filter(|line| line.contains(" runs ") || line.contains(" tells ")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_for_verified_goes_on_like_what_is_seen_to_be(
        spells in proptest::collection::vec((1usize..12, 1usize..15), 1..8),
        silence in 3i64..12,
        is_repeated in any::<bool>(),
    ) {
        let program = verified(silence, is_repeated);
        prop_assert_eq!(lived(&program, &spells, true), lived(&program, &spells, false));
    }
}

#[test]
fn a_key_that_was_taken_for_healed_and_fires_again_meets_the_next_rung() {
    let program = verified(10, false);
    assert_eq!(
        lived(&program, &[(8, 5), (8, 5), (3, 30), (3, 1)], true),
        [
            "0 runs first for cart, eu",
            "13 runs second for cart, eu",
            "26 tells of cart, eu: second passed, and busy fires again",
            "59 runs first for cart, eu",
        ]
    );
}

#[test]
fn a_rung_that_repeats_itself_and_passes_when_its_firing_has_ended_has_its_turn_again() {
    let program = verified(10, true);
    assert_eq!(
        lived(&program, &[(3, 5), (3, 5), (3, 5), (3, 1)], false),
        [
            "0 runs first for cart, eu",
            "8 runs second for cart, eu",
            "16 runs second for cart, eu",
            "24 runs second for cart, eu",
        ]
    );
}
