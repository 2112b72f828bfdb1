//! The dependency graph and what is proved on it.
