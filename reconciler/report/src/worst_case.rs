//! The most that a policy can start whatever telemetry says.

use heal_program::Guard;

use crate::WorstCase;

/// The tightest limit without `per`: only those bound, because telemetry can invent keys.
pub(crate) fn worst_case(guard: &Guard) -> Option<WorstCase> {
    let unkeyed = guard.limits.iter().filter(|limit| limit.per.is_empty());
    let cases = unkeyed.map(|limit| WorstCase { runs_max: limit.runs_max, window: limit.window });
    cases.reduce(|tightest, case| if tightest.is_more_than(&case) { case } else { tightest })
}
