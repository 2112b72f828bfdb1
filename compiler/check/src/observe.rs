//! What is observed: entities, signals, events, sources, detectors, topology.

mod detector;
mod entity;
mod event;
mod log;
mod metric_name;
mod sample_source;
mod signal;
mod source;
mod topology;
