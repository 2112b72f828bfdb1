//! Runs: a plan in flight, from its first step to the end of its verify and undo.

mod end;
mod revert;
mod start;
mod steps;
mod verify;
