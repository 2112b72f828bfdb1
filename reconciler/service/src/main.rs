//! The binary `heald`; everything is in the library.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    heal_service::Arguments::parse().execute()
}
