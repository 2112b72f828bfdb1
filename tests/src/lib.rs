//! What end-to-end tests stand on: folders that go away, commands with a clean environment, real components on loopback.
//!
//! A helper that cannot do its work panics with everything a reader needs to see: in a test, that is the report.
//! A component that is not installed is no failure: its starter returns `None`, and the test says so with [`skip!`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests link this crate, and a panic is how a test fails"
)]

pub mod bench;
mod binaries;
mod browser;
mod command;
mod folder;
pub mod gauges;
mod git_server;
mod github;
mod github_objects;
mod http;
mod port;
mod process;
mod prometheus;
mod proxy;
mod s3;
mod skip;
mod victoria;
mod wait;

pub use binaries::{binary, repository_root};
pub use browser::Browser;
pub use command::{COMMAND_TIMEOUT_MAX, Output, clean_command, find_program, git, run, run_ok};
pub use folder::TestFolder;
pub use git_server::GitServer;
pub use github::{GithubEmulator, GithubRepository};
pub use http::{Response, get, request, serve};
pub use port::free_port;
pub use process::ChildGuard;
pub use prometheus::Prometheus;
pub use proxy::HoldingProxy;
pub use s3::{ObjectStore, python_tool};
pub use skip::say_skipped;
pub use victoria::VictoriaMetrics;
pub use wait::wait_until;
