//! The facade: a set of sources in, a compilation out; embeds the standard library; no IO.

mod compile;
mod manifest;
mod standard_library;

pub use compile::{Compilation, CompileOptions, Compiler, Phase, SourceSet, Tests, compile, compile_with};
pub use heal_graph::{WorstCase, WorstCases, worst_cases};
pub use heal_lint::Day;
pub use manifest::Manifest;

#[cfg(test)]
mod tests;
