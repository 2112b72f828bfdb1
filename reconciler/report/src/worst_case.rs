//! The most that a policy can start whatever telemetry says.

use heal_program::{Guard, Program};

use crate::WorstCase;

/// The tightest limit without `per`, its own or of a guard that it shares: only those bound, because telemetry can invent
/// keys. `heal check --bounds` goes by the same ones.
pub(crate) fn worst_case(program: &Program, guard: &Guard) -> Option<WorstCase> {
    let shared = guard.shared.iter().filter_map(|index| program.shared_guard(*index));
    let limits = guard.limits.iter().chain(shared.flat_map(|shared| &shared.guard.limits));
    let unkeyed = limits.filter(|limit| limit.per.is_empty());
    let cases = unkeyed.map(|limit| WorstCase { runs_max: limit.runs_max, window: limit.window });
    cases.reduce(|tightest, case| if tightest.is_more_than(&case) { case } else { tightest })
}
