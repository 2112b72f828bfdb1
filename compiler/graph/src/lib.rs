//! The dependency graph and what is proved on it.
//!
//! [`DependencyGraph`] is how items depend on each other; it is drawn, and says what a change can reach. [`cycles`] is
//! what is proved of any package, [`prove`] what is proved of one that was checked without errors, and [`worst_cases`]
//! the most that its policies can do, whatever telemetry says.

mod bounds;
mod build;
mod proofs;
mod render;

pub use bounds::{WorstCase, WorstCases, worst_cases};
pub use build::{DependencyGraph, Edge, EdgeKind, Node, NodeKind};
pub use proofs::{Proofs, cycles, prove};

#[cfg(test)]
mod tests;
