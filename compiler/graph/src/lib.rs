//! The dependency graph and what is proved on it.

mod build;
mod cycles;
mod render;

pub use build::{DependencyGraph, Edge, Node};
pub use cycles::cycles;

#[cfg(test)]
mod tests;
