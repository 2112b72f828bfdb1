//! Runs the program's expression data; the only crate that knows the CEL crate.
