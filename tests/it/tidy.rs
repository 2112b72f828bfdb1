//! The repository's own rules, read from its files and from cargo.
