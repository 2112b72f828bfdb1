//! Typed program to the program that runs: semantic hashes, and only what is used of the standard library.

mod canonical;
mod hashes;
mod lower;
mod select;

#[cfg(test)]
mod tests;

pub use lower::{Lowering, lower, lower_tests};
