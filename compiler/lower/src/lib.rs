//! Typed program to the program that runs: semantic hashes, and only what is used of the standard library.

mod canonical;
mod hashes;
mod lower;
mod scenario;
mod select;

#[cfg(test)]
mod tests;

pub use lower::{lower, lower_again};
pub use scenario::lower_tests;
