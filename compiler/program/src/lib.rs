//! What runs: data only, with semantic hashes and a versioned wire form.
//!
//! The compiler writes a [`Program`]; the engine, the simulator and the service read it. It holds no behaviour
//! beyond looking things up.

mod calendar;
mod conversion;
mod dimension;
mod expression;
mod hash;
pub mod index;
mod nodes;
mod program;
pub mod scenario;
mod table;
mod time;
mod units;
mod validate;
mod wire;

pub use calendar::{Calendar, CalendarSpan};
pub use conversion::Conversion;
pub use dimension::Dimension;
pub use expression::*;
pub use hash::{Parts, SemanticHash};
pub use index::*;
pub use nodes::*;
pub use program::Program;
pub use table::Table;
pub use time::{Millis, Timestamp};
pub use units::{
    Unit, base_unit, dimension_named, dimension_words, hexadecimal, literal_unit, recorded_unit, signal_unit,
    unit_names,
};
pub use validate::Invalid;
pub use wire::{WIRE_VERSION, WireError, read_json};
