//! How far the machine may go: policies, their ladders and their guards.

mod approval;
mod bounded;
mod calendar;
mod canary;
mod firing;
mod guard;
mod ladder;
mod one_step_plan;
mod per;
mod policy;
mod share;
mod shared_guard;

pub(crate) use firing::Firing;
pub(crate) use shared_guard::SharedGuardShape;
