//! Results as people and programs read them.

mod human;
mod json;
mod junit;
mod plot;

pub use human::render_human;
pub use json::{JSON_VERSION, render_json};
pub use junit::render_junit;
