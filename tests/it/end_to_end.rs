//! Tests that start servers, browsers and the binaries. They share few cores, so they run few at a time.

mod components;
mod kill;
mod live;
mod pull_requests;
mod report_page;
mod scene;
