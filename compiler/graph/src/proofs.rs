//! What is proved of a package: each proof is a pass over the typed program that finds what is wrong, or nothing.

mod conditions;
mod cycles;
mod facts;
mod loops;
mod never;
mod opposed;
mod places;
mod rungs;
mod shadowed;
mod timeless;
mod windows;
mod withheld;

use heal_check::TypedProgram;
use heal_diagnostics::Diagnostic;

pub use cycles::cycles;
use facts::Facts;

/// A proof.
type Proof = fn(&Facts<'_>, &mut Vec<Diagnostic>);

/// All proofs but that of [`cycles`], which needs no nodes.
const PROOFS: &[Proof] = &[
    loops::healing_loops,
    opposed::opposed_plans,
    never::what_never_happens,
    shadowed::shadowed_policies,
    rungs::unreachable_rungs,
    timeless::detectors_without_time,
    windows::short_windows,
    withheld::withheld_always,
];

/// What is proved of a package that was checked without errors, by place.
#[must_use]
pub fn prove(typed: &TypedProgram) -> Vec<Diagnostic> {
    let facts = Facts::of(typed);
    let mut found = Vec::new();
    for proof in PROOFS {
        proof(&facts, &mut found);
    }
    found.sort_by(|left, right| {
        let place = |it: &Diagnostic| (it.primary.file, it.primary.range, it.code);
        place(left).cmp(&place(right)).then_with(|| left.message.cmp(&right.message))
    });
    found
}
