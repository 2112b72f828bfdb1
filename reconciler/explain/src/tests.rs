//! Small packages over small recordings, and what is said of what came of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of event")]

mod all_that_holds;
mod fired;
mod fixture;
mod groups;
mod not_fired;
mod read_closely;
mod reasons;
mod withheld;
