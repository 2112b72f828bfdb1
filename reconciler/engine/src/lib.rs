//! Sans-IO state machine over a program: detect, decide, guard, act. The only place where a healing decision is made.

mod input;
mod trace;

pub use input::{Answer, ArgumentValue, Effect, EffectId, Input, Key, Outcome, Request};
pub use trace::{
    ApprovalEnd, FiringEnd, Labels, RunEnd, Trace, TraceEvent, TraceKind, WithheldReason, key_of, label_values,
};
