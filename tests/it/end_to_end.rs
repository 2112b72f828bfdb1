//! Tests that start servers, browsers and the binaries. They share few cores, so they run few at a time.

mod components;
mod interrupt;
mod kill;
mod live;
mod parity;
mod pull_requests;
mod read_elsewhere;
mod record_prometheus;
mod report_page;
mod same_bytes;
mod scene;
mod store;
