//! The facade: a set of sources in, a compilation out; embeds the standard library; no IO.

mod compile;
mod library_pages;
mod lock;
mod manifest;
mod packages;
mod params;
mod source_set;
mod standard_library;

pub use compile::{Compilation, CompileOptions, Compiler, Phase, Tests, compile, compile_with};
pub use heal_graph::{WorstCase, WorstCases, worst_cases};
pub use heal_lint::Day;
pub use library_pages::{LibraryModule, library_modules};
pub use lock::{Locked, hash_of, locked_packages};
pub use manifest::{Dependency, Floors, Gates, LimitFloor, Manifest, TuneCost};
pub use packages::lock_text;
pub use params::{WrittenParam, written_params};
pub use source_set::{PackageFiles, PackageSource, SourceSet, package_in};

#[cfg(test)]
mod tests;
