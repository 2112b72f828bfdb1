//! Small packages over recordings whose right values are known.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod grouped;
mod made;
mod refusals;
