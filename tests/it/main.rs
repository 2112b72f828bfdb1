//! The one integration binary. `cli` runs `heal` as a person would; `broken` holds what it says of broken files to their marks; `tidy` holds the repository to its own rules; `end_to_end` starts real components.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests: a panic is a report"
)]

mod broken;
mod cli;
mod end_to_end;
mod tidy;
