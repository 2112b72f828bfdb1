//! `heal`.
fn main() {}
