//! The binary `heald`; everything is in the library.

use std::process::ExitCode;

use clap::Parser as _;

/// Compiling and deciding make many small things, and this allocator takes less time for them than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    heal_service::Arguments::parse().execute()
}
