//! git2 behind the reconciler's ports.
//!
//! [`GitRepository`] reads branches, merges and policy files, either of a repository on this machine or of a bare mirror of
//! a remote one. It never runs hooks, never checks out what it reads, and never looks at the Git configuration of the user
//! or of the system. Calls block; a handle belongs to one thread at a time.

mod address;
mod blame;
mod failure;
#[cfg(test)]
mod fixture;
mod isolate;
mod merge;
mod mirror;
mod read;
mod references;
mod repository;
mod write;

pub use address::{Address, Token};
pub use blame::LineOrigin;
pub use references::GitReferences;
pub use repository::{BRANCHES_MAX, GitRepository};
pub use write::Author;
