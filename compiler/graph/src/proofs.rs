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

use heal_check::{ItemKind, PerFile, TakenOver, TypedProgram};
use heal_diagnostics::{Diagnostic, FileId};
use heal_program::{Detector, Plan, SharedGuard};

pub use cycles::cycles;
use facts::{Acting, Facts};

/// A proof of one item: what it finds follows from the item and from what that refers to, directly or not.
type ItemProof<T> = fn(&Facts<'_>, &T, &mut Vec<Diagnostic>);

/// The same of a policy.
type PolicyProof = fn(&Facts<'_>, &Acting<'_>, &mut Vec<Diagnostic>);

/// A proof of the whole program, for what hangs on other items than those that an item refers to.
type Proof = fn(&Facts<'_>, &mut Vec<Diagnostic>);

const DETECTOR_PROOFS: &[ItemProof<Detector>] =
    &[never::never_fires, timeless::without_time, windows::of_detector];

const PLAN_PROOFS: &[ItemProof<Plan>] = &[windows::of_plan, withheld::by_plan];

const POLICY_PROOFS: &[PolicyProof] =
    &[never::never_acts, rungs::unreachable_rungs, windows::of_policy, withheld::by_policy];

const SHARED_GUARD_PROOFS: &[ItemProof<SharedGuard>] = &[withheld::by_shared_guard];

/// All others but that of [`cycles`], which needs no nodes.
const PROOFS: &[Proof] = &[loops::healing_loops, opposed::opposed_plans, shadowed::shadowed_policies];

/// The proofs, and what those of single items have found: what a check took over they do not look at again.
#[derive(Clone, Debug, Default)]
pub struct Proofs {
    found: PerFile<Vec<Diagnostic>>,
}

/// What is proved of a package that was checked without errors, by place.
#[must_use]
pub fn prove(typed: &TypedProgram) -> Vec<Diagnostic> {
    Proofs::default().prove(typed, &TakenOver::default())
}

impl Proofs {
    /// What [`prove`] finds.
    pub fn prove(&mut self, typed: &TypedProgram, taken: &TakenOver) -> Vec<Diagnostic> {
        let facts = Facts::of(typed);
        self.found.take_over(taken, |found, to| found.iter_mut().for_each(|it| it.move_files(to)));
        self.look_at_items(&facts);
        let mut found: Vec<Diagnostic> = self.found.all().flatten().cloned().collect();
        for proof in PROOFS {
            proof(&facts, &mut found);
        }
        found.sort_by(|left, right| {
            let place = |it: &Diagnostic| (it.primary.file, it.primary.range, it.code);
            place(left).cmp(&place(right)).then_with(|| left.message.cmp(&right.message))
        });
        found
    }

    /// Runs the proofs of single items over the files of which nothing is kept.
    fn look_at_items(&mut self, facts: &Facts<'_>) {
        let mut files: Vec<FileId> =
            facts.typed.items.iter().filter(|item| !item.external).map(|item| item.file).collect();
        files.dedup();
        files.retain(|file| !self.found.has(*file));
        if files.is_empty() {
            return;
        }
        files.sort_unstable();
        let nodes = facts.program;
        for (item, at) in facts.typed.placed() {
            if item.external || files.binary_search(&item.file).is_err() {
                continue;
            }
            let found = self.found.of(item.file);
            if item.kind == ItemKind::Detector {
                look(facts, nodes.detectors.get(at), DETECTOR_PROOFS, found);
            } else if item.kind == ItemKind::Plan {
                look(facts, nodes.plans.get(at), PLAN_PROOFS, found);
            } else if item.kind == ItemKind::SharedGuard {
                look(facts, nodes.shared_guards.get(at), SHARED_GUARD_PROOFS, found);
            } else if item.kind == ItemKind::Policy
                && let Some(policy) = nodes.policies.get(at)
            {
                let acting = Acting::of(nodes, policy);
                POLICY_PROOFS.iter().for_each(|proof| proof(facts, &acting, found));
            }
        }
    }
}

fn look<T>(facts: &Facts<'_>, node: Option<&T>, proofs: &[ItemProof<T>], found: &mut Vec<Diagnostic>) {
    node.into_iter().for_each(|node| proofs.iter().for_each(|proof| proof(facts, node, found)));
}
