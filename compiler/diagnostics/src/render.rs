//! Diagnostics as people and programs read them.

mod human;
mod json;

pub use human::render_human;
pub use json::{JSON_VERSION, render_json};

#[cfg(test)]
mod tests;
