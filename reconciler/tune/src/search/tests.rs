//! The search over costs that are known.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::convert::Infallible;

use heal_program::Timestamp;
use proptest::prelude::*;

use super::*;

/// An outcome that costs so many false alarms.
fn costing(cost: u32) -> Outcome {
    Outcome { actions_passing: vec![Timestamp(0); cost as usize], ..Outcome::default() }
}

fn cost(outcome: &Outcome) -> f64 {
    outcome.actions_passing.len() as f64
}

/// What is found over costs, and how many choices were run.
fn find(space: &Space, budget: usize, costs: &dyn Fn(&Point) -> Option<u32>) -> (Found, Vec<Flat>, usize) {
    let mut run = |point: &Point| Ok::<_, Infallible>(costs(point).map(costing));
    let mut tried = Tried::new(budget, &mut run);
    let found = search(space, &mut tried, &cost).unwrap().unwrap();
    let dimensions = 0..space.lengths.len();
    let flats = dimensions.map(|it| flat(space, &found, it, 24, &mut tried, &cost).unwrap()).collect();
    (found, flats, tried.count())
}

fn line(length: usize, present: usize) -> Space {
    Space { lengths: vec![length], present: vec![present] }
}

#[test]
fn the_value_nearest_to_the_present_one_is_taken_of_a_flat_region() {
    let costs = |point: &Point| Some(if (20..=31).contains(&point[0]) { 3 } else { 9 });
    let (found, flats, count) = find(&line(56, 40), 400, &costs);
    assert_eq!((found.point, count), (vec![31], 56));
    assert_eq!(flats, [Flat { low: 20, high: 31, open: false }]);
    let (found, _, _) = find(&line(56, 25), 400, &costs);
    assert_eq!(found.point, [25], "the present value is as good as any");
}

#[test]
fn a_long_line_is_searched_in_a_fraction_of_its_values() {
    let costs =
        |point: &Point| Some(if (380..=470).contains(&point[0]) { 1 } else { 2 + point[0] as u32 / 100 });
    let (found, flats, count) = find(&line(1_000, 700), 100, &costs);
    assert_eq!(found.point, [470]);
    assert!(count < 80, "{count}");
    assert_eq!(flats, [Flat { low: 443, high: 470, open: true }]);
}

#[test]
fn what_was_looked_at_is_what_was_run_and_compiled() {
    let mut run = |point: &Point| Ok::<_, Infallible>((point[0] != 9).then(|| costing(1)));
    let mut tried = Tried::new(4, &mut run);
    for point in [vec![5, 2], vec![3, 2], vec![3, 7], vec![9, 9], vec![0, 0]] {
        let _ = tried.outcome(&point).unwrap();
    }
    assert_eq!(tried.looks(0), Looks { low: 3, high: 5, count: 2 });
    assert_eq!(tried.looks(1), Looks { low: 2, high: 7, count: 2 });
}

#[test]
fn two_params_are_moved_together_where_that_is_better() {
    let away = |at: usize, best: usize| if at < best { (best - at) * 5 } else { (at - best) * 2 };
    let costs = |point: &Point| Some((away(point[0], 30) + away(point[1], 70)) as u32);
    let space = Space { lengths: vec![100, 100], present: vec![90, 10] };
    let (found, _, count) = find(&space, 400, &costs);
    assert_eq!((found.point, found.cost), (vec![30, 70], 0.0));
    assert!(count <= 400);
}

#[test]
fn a_budget_is_kept_to_and_a_choice_that_does_not_compile_is_none() {
    let costs = |point: &Point| point[0].is_multiple_of(2).then_some(100 - point[0] as u32);
    let (found, _, count) = find(&line(90, 10), 7, &costs);
    assert!(count <= 7 && found.cost <= 90.0, "{count} {found:?}");
    assert_eq!(find(&line(90, 10), 900, &costs).0.point, [88]);
    let (found, flats, count) = find(&line(90, 10), 1, &costs);
    assert_eq!((found.point, count, flats[0].open), (vec![10], 1, true));
}

proptest! {
    #[test]
    fn what_is_found_is_a_choice_that_is_never_worse_than_the_present_one_and_always_the_same(
        lengths in prop::collection::vec(1_usize..40, 1..4),
        seed in any::<u32>(),
        budget in 1_usize..200,
        blocks in 1_usize..9,
    ) {
        let present: Point = lengths.iter().map(|length| seed as usize % length).collect();
        let space = Space { lengths, present };
        let costs = |point: &Point| {
            let mixed = point.iter().fold(seed, |mixed, at| {
                mixed.wrapping_mul(31).wrapping_add((at / blocks) as u32).rotate_left(7)
            });
            Some(mixed % 50)
        };
        let (found, flats, count) = find(&space, budget, &costs);
        prop_assert!(found.point.iter().zip(&space.lengths).all(|(at, length)| at < length));
        prop_assert!(found.cost <= f64::from(costs(&space.present).unwrap()));
        prop_assert_eq!(found.cost, f64::from(costs(&found.point).unwrap()));
        prop_assert!(count <= budget);
        for (dimension, flat) in flats.iter().enumerate() {
            for at in flat.low..=flat.high {
                let mut point = found.point.clone();
                point[dimension] = at;
                prop_assert_eq!(costs(&point), costs(&found.point));
            }
        }
        prop_assert_eq!(find(&space, budget, &costs), (found.clone(), flats, count));
        if budget >= space.size() {
            let lowest = (0..space.size()).map(|at| costs(&space.point(at)).unwrap()).min().unwrap();
            prop_assert_eq!(found.cost, f64::from(lowest));
        }
    }
}
