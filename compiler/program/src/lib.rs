//! What runs: data only, with semantic hashes and a versioned wire form.
//!
//! The compiler writes a [`Program`]; the engine, the simulator and the service read it. It holds no behaviour
//! beyond looking things up.

mod dimension;
mod expression;
mod hash;
pub mod index;
mod nodes;
mod program;
mod time;
mod wire;

pub use dimension::Dimension;
pub use expression::{BinaryOperator, Expression, Function, UnaryOperator, WindowFunction};
pub use hash::SemanticHash;
pub use index::*;
pub use nodes::*;
pub use program::Program;
pub use time::{Millis, Timestamp};
pub use wire::{WIRE_VERSION, WireError, read_json};
