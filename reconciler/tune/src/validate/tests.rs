//! Cross-validation over outcomes that are known: one where a better value is there, and others where it only seems so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::cost::{FiringOutcome, IncidentOutcome};

const HOUR: i64 = 3_600_000;

/// Incidents of an hour, one each hundred hours.
fn incidents(count: i64) -> Vec<(Timestamp, Timestamp)> {
    let at = |hour: i64| Timestamp(hour * HOUR);
    (0..count).map(|it| (at(it * 100 + 50), at(it * 100 + 51))).collect()
}

/// What each incident took to be noticed in minutes, and false alarms at hours.
fn outcome(detected: &[Option<i64>], alarms: &[i64]) -> Outcome {
    let incident = |((start, end), after): ((Timestamp, Timestamp), &Option<i64>)| IncidentOutcome {
        start,
        length: end.since(start),
        detected_after: after.map(Millis::from_minutes),
    };
    let alarm = |hour: &i64| {
        let at = Timestamp(hour * HOUR);
        FiringOutcome { start: at, end: at, look_ahead: Millis::ZERO, incidents: Vec::new() }
    };
    let notices = detected.iter().any(Option::is_some);
    Outcome {
        incidents: incidents(detected.len() as i64).into_iter().zip(detected).map(incident).collect(),
        firings: alarms.iter().map(alarm).collect(),
        noticed_by: notices.then(|| "slow".to_owned()).into_iter().collect(),
        ..Outcome::default()
    }
}

/// What comes of the values 0 to 19, 10 being the present one, judged over `count` incidents: for each incident the time
/// to detect, and false alarms at hours.
fn check(count: i64, folds_max: usize, of: &dyn Fn(usize) -> (Vec<Option<i64>>, Vec<i64>)) -> Validated {
    check_outcomes(count, folds_max, 1, &|value| {
        let (detected, alarms) = of(value);
        outcome(&detected, &alarms)
    })
}

/// As [`check`], with all that an outcome may hold, one search of so many.
fn check_outcomes(count: i64, folds_max: usize, searches: usize, of: &dyn Fn(usize) -> Outcome) -> Validated {
    let incidents = incidents(count);
    let mut run = |point: &Point| Ok::<_, Infallible>(Some(of(point[0])));
    let ground = Ground {
        cost: &Cost::default(),
        recording: Span { from: Timestamp(0), until: Timestamp(count.max(1) * 100 * HOUR) },
        incidents: &incidents,
        folds_max,
        look_back: Millis::ZERO,
        searches,
    };
    let space = Space { lengths: vec![20], present: vec![10] };
    validate(&ground, &space, &mut Tried::new(400, &mut run)).unwrap()
}

#[test]
fn a_value_that_is_better_in_every_block_is_proposed_with_the_region_around_it() {
    // Below 8 every incident is caught at once; at 3 and below there is an alarm before each.
    let validated = check(6, 4, &|value| {
        let detected = vec![if value < 8 { Some(5) } else { None }; 6];
        let alarms = if value <= 3 { (0..6).map(|it| it * 100 + 20).collect() } else { Vec::new() };
        (detected, alarms)
    });
    assert_eq!(validated.doubt, None);
    assert_eq!(validated.found.unwrap().point, [7], "the nearest to the present one");
    assert_eq!(validated.flats, [Flat { low: 4, high: 7, open: false }]);
    assert_eq!(validated.held_out.len(), 3);
    let saving = validated.saving.unwrap();
    // A missed incident of an hour costs 240 + 60; a caught one 5. A block has one incident or two.
    assert_eq!((saving.min, saving.max), (295.0, 590.0));
    assert_eq!((saving.passing, saving.failing), (saving.mean, saving.mean));
}

#[test]
fn what_only_the_past_says_is_refused() {
    // Lower values save alarms in the first half and cost them in the second.
    let validated = check(6, 6, &|value| {
        let alarms = match value {
            0..10 => vec![320, 330, 420, 430, 520, 530],
            10 => vec![20, 120, 220, 420],
            _ => vec![20, 120, 220, 320, 420, 520, 530, 540],
        };
        (vec![Some(0); 6], alarms)
    });
    assert_eq!(validated.doubt, Some(Doubt::PresentIsBest));
    let moved = check(6, 6, &|value| {
        let alarms = if value < 10 { vec![420, 520] } else { vec![10, 20, 30, 40, 50] };
        (vec![Some(0); 6], alarms)
    });
    assert_eq!(moved.doubt, Some(Doubt::NoneHeldOut), "{moved:?}");
}

#[test]
fn an_improvement_in_one_block_alone_is_noise() {
    let validated = check(6, 6, &|value| {
        let mut alarms = vec![20, 25];
        if value >= 10 {
            alarms.extend([30, 520, 521, 522, 523]);
        }
        (vec![Some(0); 6], alarms)
    });
    assert_eq!(validated.doubt, Some(Doubt::WithinNoise));
    let saving = validated.saving.unwrap();
    assert!((saving.mean - saving.error).abs() < 1e-9, "{saving:?}");
}

#[test]
fn too_little_to_judge_by_is_said() {
    let nothing = |_: usize| (vec![Some(0); 6], Vec::new());
    assert_eq!(check(2, 5, &nothing).doubt, Some(Doubt::TooFewIncidents));
    assert_eq!(check(6, 2, &nothing).doubt, Some(Doubt::TooFewFolds));
    assert_eq!(check(6, 5, &nothing).doubt, Some(Doubt::NothingDiffers));
}

proptest! {
    /// False alarms that hang on nothing but chance, and every value at the same of them.
    #[test]
    fn what_no_value_changes_is_never_proposed(alarms in prop::collection::vec(0_i64..1_000, 0..30)) {
        let validated = check(10, 5, &|_| (vec![Some(0); 10], alarms.clone()));
        prop_assert_eq!(validated.doubt, Some(Doubt::NothingDiffers));
    }

    #[test]
    fn a_proposal_costs_less_than_the_present_value_where_it_was_found_and_where_it_was_not(
        alarms in prop::collection::vec(prop::collection::vec(0_i64..800, 0..12), 20),
    ) {
        let validated = check(8, 5, &|value| (vec![Some(0); 8], alarms[value].clone()));
        if validated.doubt.is_none() {
            let cost = Cost::default();
            let (now, then) = validated.whole.unwrap();
            prop_assert!(then.mean_cost(&cost) < now.mean_cost(&cost));
            let saving = validated.saving.unwrap();
            prop_assert!(saving.at_least > 0.0);
            prop_assert!(validated.held_out.iter().filter(|fold| fold.saving(&cost) > 0.0).count() >= 2);
        }
    }
}

/// Values that differ by nothing but chance, at the same rate of alarms, are proposed in one of ten cases at most.
#[test]
fn noise_is_refused_nearly_always() {
    let mut state = 20_261_126_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut proposed = 0;
    for _ in 0..200 {
        let mut alarms = || (0..800).filter(|_| random(80) == 0).collect::<Vec<i64>>();
        let alarms: Vec<Vec<i64>> = (0..20).map(|_| alarms()).collect();
        let validated = check(8, 5, &|value| (vec![Some(0); 8], alarms[value].clone()));
        proposed += usize::from(validated.doubt.is_none());
    }
    assert!(proposed <= 20, "{proposed} of 200 were proposed");
}

#[test]
fn to_notice_nothing_is_no_proposal() {
    let validated = check(6, 5, &|value| {
        let alarms = (0..if value == 0 { 0 } else { 6 }).flat_map(|it| [it * 100, it * 100 + 10]).collect();
        (vec![None; 6], alarms)
    });
    assert_eq!(validated.doubt, Some(Doubt::NothingCaught));
}

#[test]
fn what_others_notice_too_is_not_silenced() {
    // Another detector notices all of it after a quarter of an hour; the alarms are of the one that is tuned.
    let validated = check_outcomes(6, 5, 1, &|value| {
        let alarms: Vec<i64> = (0..if value >= 10 { 6 } else { 0 }).map(|it| it * 100 + 10).collect();
        let noticed_by = if value >= 10 { BTreeSet::from(["slow".to_owned()]) } else { BTreeSet::new() };
        Outcome { noticed_by, ..outcome(&[Some(15); 6], &alarms) }
    });
    assert_eq!(validated.doubt, Some(Doubt::NothingCaught));
    assert_eq!(validated.silenced, BTreeSet::from(["slow".to_owned()]));
    // So it is where it notices none at present either.
    let never = check_outcomes(6, 5, 1, &|value| {
        let alarms: Vec<i64> = (0..if value >= 10 { 6 } else { 0 }).map(|it| it * 100 + 10).collect();
        Outcome { noticed_by: BTreeSet::new(), ..outcome(&[Some(15); 6], &alarms) }
    });
    assert_eq!((never.doubt, never.silenced.len()), (Some(Doubt::NothingCaught), 0));
}

#[test]
fn what_the_whole_recording_makes_dearer_in_one_course_is_refused() {
    // In the blocks that judge the lower values only save; before them they ask for many actions, if verifications fail.
    let costing = |actions: usize| {
        check_outcomes(6, 6, 1, &|value| {
            let mut alarms: Vec<i64> = (1..=12).collect();
            alarms.extend((1..6).flat_map(|it| [it * 100 + 10, it * 100 + 20, it * 100 + 30]));
            let is_low = value < 10;
            Outcome {
                actions_failing: vec![Timestamp(HOUR); if is_low { actions } else { 0 }],
                ..outcome(&[Some(0); 6], if is_low { &[] } else { &alarms })
            }
        })
    };
    let validated = costing(163);
    let (now, then) = validated.whole.unwrap();
    let (cost, saving) = (Cost::default(), validated.saving.unwrap());
    assert_eq!((now.cost(&cost, Course::Failing), then.cost(&cost, Course::Failing)), (810.0, 815.0));
    assert!(saving.at_least > 0.0 && saving.passing > 0.0 && saving.failing > 0.0, "{saving:?}");
    assert_eq!(validated.doubt, Some(Doubt::HangsOnVerify));
    assert_eq!(costing(161).doubt, None);
}

#[test]
fn of_many_searches_each_has_to_be_more_than_chance() {
    // Values below the present one save one alarm in a block, two or three in others.
    let saved = |searches| {
        check_outcomes(6, 6, searches, &|value| {
            let alarms: &[i64] = if value < 10 { &[] } else { &[10, 110, 210, 220, 310, 410, 420, 430, 510] };
            outcome(&[Some(0); 6], alarms)
        })
    };
    assert_eq!(saved(1).doubt, None);
    assert_eq!(saved(2).doubt, None);
    assert_eq!(saved(100).doubt, Some(Doubt::WithinNoise));
    let (one, many) = (saved(1).saving.unwrap(), saved(10).saving.unwrap());
    assert!(many.mean == one.mean && many.at_least < one.at_least, "{one:?} {many:?}");
}

#[test]
fn without_a_choice_that_was_run_nothing_is_said_of_any() {
    let mut run = |_: &Point| Ok::<_, Infallible>(Some(outcome(&[Some(0); 6], &[])));
    let ground = Ground {
        cost: &Cost::default(),
        recording: Span { from: Timestamp(0), until: Timestamp(600 * HOUR) },
        incidents: &incidents(6),
        folds_max: 5,
        look_back: Millis::ZERO,
        searches: 1,
    };
    let space = Space { lengths: vec![20], present: vec![10] };
    let validated = validate(&ground, &space, &mut Tried::new(1, &mut run)).unwrap();
    assert_eq!(validated.doubt, Some(Doubt::NotRun));
}
