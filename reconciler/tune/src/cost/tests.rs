//! What outcomes come to that are known.

use proptest::prelude::*;

use super::*;

fn firing(start: i64, end: i64, look_ahead: i64, incidents: &[(i64, i64)]) -> FiringOutcome {
    FiringOutcome {
        start: Timestamp(start),
        end: Timestamp(end),
        look_ahead: Millis(look_ahead),
        incidents: incidents.iter().map(|(start, end)| (Timestamp(*start), Timestamp(*end))).collect(),
    }
}

/// False alarms, and for how long something fires for nothing.
#[track_caller]
fn check(firings: &[FiringOutcome], (from, until): (i64, i64), false_alarms: u64, misled: i64) {
    let outcome = Outcome { firings: firings.to_vec(), ..Outcome::default() };
    let tally = outcome.tally(Span { from: Timestamp(from), until: Timestamp(until) });
    assert_eq!((tally.false_alarms, tally.misled), (false_alarms, Millis(misled)));
}

#[test]
fn an_incident_that_is_yet_to_come_excuses_nothing() {
    let long = [firing(10, 100, 0, &[(50, 60)])];
    check(&long, (0, 200), 0, 80);
    check(&long, (0, 40), 1, 30);
    check(&long, (0, 50), 1, 40);
    check(&long, (40, 200), 0, 50);
    let early = [firing(10, 100, 30, &[(50, 60)])];
    check(&early, (0, 200), 0, 50);
    check(&early, (0, 40), 1, 30);
}

#[test]
fn the_look_ahead_of_one_firing_is_not_that_of_another() {
    let (forecast, other) = (firing(10, 60, 40, &[(50, 60)]), firing(10, 60, 0, &[(50, 60)]));
    check(std::slice::from_ref(&forecast), (0, 100), 0, 0);
    check(&[forecast, other], (0, 100), 0, 40);
}

proptest! {
    /// A score of the past is the one that would have been given then, by a recording that ends there.
    #[test]
    fn the_past_is_scored_as_if_nothing_had_come_after_it(
        firings in prop::collection::vec((0_i64..900, 0_i64..300, 0_i64..50), 0..8),
        incidents in prop::collection::vec((0_i64..900, 0_i64..50), 0..8),
        until in 1_i64..1_000,
    ) {
        let mut incidents: Vec<(i64, i64)> =
            incidents.into_iter().map(|(start, length)| (start, start + length)).collect();
        incidents.sort_unstable();
        let outcome = |end_max: i64| {
            let fired = firings.iter().filter(|(start, _, _)| *start < end_max);
            let fired = fired.map(|(start, length, look_ahead)| {
                let end = (start + length).min(end_max);
                let own: Vec<(i64, i64)> = incidents
                    .iter()
                    .copied()
                    .filter(|it| it.0 < end_max && *start <= it.1 && end >= it.0)
                    .collect();
                firing(*start, end, *look_ahead, &own)
            });
            Outcome { firings: fired.collect(), ..Outcome::default() }
        };
        let past = Span { from: Timestamp(0), until: Timestamp(until) };
        prop_assert_eq!(outcome(2_000).tally(past), outcome(until).tally(past));
    }
}
