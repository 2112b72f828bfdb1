//! What runs: data only, with semantic hashes and a versioned wire form.
//!
//! The compiler writes a [`Program`]; the engine, the simulator and the service read it. It holds no behaviour
//! beyond looking things up.

mod calendar;
mod dimension;
mod expression;
mod hash;
pub mod index;
mod nodes;
mod program;
pub mod scenario;
mod time;
mod validate;
mod wire;

pub use calendar::{Calendar, CalendarSpan};
pub use dimension::Dimension;
pub use expression::*;
pub use hash::SemanticHash;
pub use index::*;
pub use nodes::*;
pub use program::Program;
pub use time::{Millis, Timestamp};
pub use validate::Invalid;
pub use wire::{WIRE_VERSION, WireError, read_json};
