//! The most that policies can do.

use super::sound;
use crate::{WorstCases, worst_cases};

const WORLD: &str = "
entity Pod by (pod) { }
signal load: ratio by (pod) { from metric \"load\" every 15s }
detector busy { when load > 90% }
action restart(pod: Pod) { kubernetes restart pod  risk low  idempotent }
action mark(pod: Pod) { kubernetes mark pod  risk low  idempotent  undo unmark(pod) }
action unmark(pod: Pod) { kubernetes unmark pod  risk low  idempotent }
plan one(pod: Pod) { step a = restart(pod) }
plan many(pod: Pod) {
  step a = restart(pod) { retry 2 }
  step b = mark(pod) { retry 1 every 1s }
  undo { step c = restart(pod) { retry 4 } }
  always { step d = restart(pod) }
}
plan all { for each p in Pod at most 50 { step a = mark(p) } }
";

fn worst(text: &str) -> WorstCases {
    worst_cases(&sound(&format!("{WORLD}{text}")).nodes)
}

#[test]
fn runs_are_bounded_by_the_tightest_limit_without_per() {
    let found = worst(
        "policy a { on busy try one guard { limit 5 per 1h, 2 per 10m, 1 per 1m per pod } }
policy b { on busy try one guard { limit 5 per 1d } }
policy c { on busy try one guard { limit 3 per 25m } }
policy d { on busy try escalate }
",
    );
    let runs: Vec<Option<u64>> = found.policies.iter().map(|case| case.runs_per_hour).collect();
    // Ten minutes fit six times into an hour, and 25 minutes three times, rounded up.
    assert_eq!(runs, [Some(5), Some(5), Some(9)]);
    let because: Vec<&str> = found.policies.iter().filter_map(|case| case.because.as_deref()).collect();
    assert_eq!(because, ["limit 5 per 1h", "limit 5 per 1d", "limit 3 per 25m"]);
    assert_eq!((found.runs_per_hour, found.effects_per_hour), (Some(19), Some(19)));
}

#[test]
fn effects_count_retries_targets_and_what_takes_them_back() {
    let found = worst(
        "policy a { on busy try many then one guard { limit 2 per 1h } }
policy b { on busy shadow try all guard { limit 1 per 1h } }
",
    );
    // (1 + 2) + (1 + 1), what always runs, the undo of `mark` and the plan's own with its retries.
    assert_eq!(found.policies[0].effects_per_run, 5 + 1 + 1 + 5);
    assert_eq!(found.policies[0].effects_per_hour, Some(24));
    assert_eq!((found.policies[1].effects_per_run, found.policies[1].shadow), (100, true));
    // What only decides does nothing.
    assert_eq!((found.runs_per_hour, found.effects_per_hour), (Some(2), Some(24)));
}

#[test]
fn a_shared_limit_is_counted_once() {
    let found = worst(
        "guard shared fleet { limit 6 per 1h, 1 per 1m per pod }
policy a { on busy try many guard { shared fleet  limit 4 per 1h } }
policy b { on busy try one guard { shared fleet } }
policy c { on busy try one guard { shared fleet } }
policy d { on busy try one guard { limit 1 per 1h } }
",
    );
    let runs: Vec<Option<u64>> = found.policies.iter().map(|case| case.runs_per_hour).collect();
    assert_eq!(runs, [Some(4), Some(6), Some(6), Some(1)]);
    assert_eq!(found.policies[1].because.as_deref(), Some("limit 6 per 1h of `fleet`"));
    // Six of the first three together, of which four are of the plan that does most.
    assert_eq!(found.runs_per_hour, Some(6 + 1));
    assert_eq!(found.effects_per_hour, Some(4 * 12 + 2 + 1));
}
