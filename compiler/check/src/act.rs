//! What is done: actions, channels, plans, and the calls between them.

pub(crate) mod action;
mod affects;
pub(crate) mod call;
mod channel;
mod disturbs;
mod fan;
mod plan;
mod reach;
mod replaced;
mod request;
mod risk;
mod step;
mod url;
mod verify;

pub(crate) use plan::PlanShape;
