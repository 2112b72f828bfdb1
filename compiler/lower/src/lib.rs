//! Typed program and graph to the program that runs.
